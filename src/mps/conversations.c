#include "mps/conversations.h"

#include "io/fiber.h"
#include "mps/shard.h"

struct conversation {
    struct list link; /* in the shard's */
    struct io_task task;
    const void *with;
    bool (*talk)(void *arg, struct error *err);
    void *arg;
    bool ok;
    struct error err;
    struct error ended; /* why; ERROR_NONE: it was not */
};

static void converse(void *arg)
{
    struct conversation *conversation = arg;
    conversation->ok = conversation->talk(conversation->arg, &conversation->err);
}

bool mps_conversation_run(struct mps_shard *shard, const void *with,
                          bool (*talk)(void *arg, struct error *err), void *arg, struct error *err)
{
    struct conversation conversation = {.with = with, .talk = talk, .arg = arg};
    if (shard->stopping)
        return error_set(err, ERROR_BUSY, "the server is shutting down");
    list_append(&shard->conversations, &conversation.link);
    if (io_task_start(&conversation.task, converse, &conversation, &conversation.err))
        io_task_join(&conversation.task);
    list_remove(&conversation.link);
    if (shard->stopping && list_is_empty(&shard->conversations))
        io_signal(&shard->emptied);
    if (conversation.ok)
        return true;
    bool for_that =
        conversation.ended.code != ERROR_NONE && conversation.err.code == ERROR_CANCELLED;
    *err = for_that ? conversation.ended : conversation.err;
    return false;
}

void mps_conversations_end(struct mps_shard *shard, const void *with, const struct error *why)
{
    for (struct list *at = shard->conversations.next; at != &shard->conversations; at = at->next) {
        struct conversation *conversation = LIST_ENTRY(at, struct conversation, link);
        if (with != NULL && conversation->with != with)
            continue;
        if (conversation->ended.code == ERROR_NONE)
            conversation->ended = *why;
        io_task_cancel(&conversation->task);
    }
}
