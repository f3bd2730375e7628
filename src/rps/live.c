#include "rps/live.h"

#include "core/clock.h"

#include <string.h>

void rps_live_init(struct rps_live *live)
{
    (void)pthread_mutex_init(&live->lock, NULL);
    list_init(&live->running);
}

void rps_live_fini(struct rps_live *live)
{
    (void)pthread_mutex_destroy(&live->lock);
}

static struct rps_running *running_of(struct list *link)
{
    return LIST_ENTRY(link, struct rps_running, link);
}

void rps_live_enter(struct rps_live *live, struct rps_running *running)
{
    running->started_ms = running->since_ms = clock_wall_ms();
    (void)pthread_mutex_lock(&live->lock);
    list_append(&live->running, &running->link);
    (void)pthread_mutex_unlock(&live->lock);
}

void rps_live_leave(struct rps_live *live, struct rps_running *running)
{
    (void)pthread_mutex_lock(&live->lock);
    list_remove(&running->link);
    (void)pthread_mutex_unlock(&live->lock);
}

void rps_live_step(struct rps_live *live, struct rps_running *running, const char *label)
{
    struct slice text = slice_first_text(slice_of_string(label), sizeof running->step - 1);
    (void)pthread_mutex_lock(&live->lock);
    if (text.size > 0)
        memcpy(running->step, text.data, text.size);
    running->step[text.size] = '\0';
    running->since_ms = clock_wall_ms();
    (void)pthread_mutex_unlock(&live->lock);
}

static const char *copy(struct arena *arena, const char *text)
{
    return text[0] == '\0' ? NULL : arena_string(arena, slice_of_string(text));
}

void rps_live_list(struct rps_live *live, struct arena *arena, const char *tenant,
                   const struct guid *guid, struct rps_live_facts **list, size_t *count)
{
    size_t most = 0;
    *count = 0;
    (void)pthread_mutex_lock(&live->lock);
    for (struct list *at = live->running.next; at != &live->running; at = at->next)
        most++;
    *list = arena_array(arena, most + 1, sizeof **list);
    for (struct list *at = live->running.next; at != &live->running; at = at->next) {
        const struct rps_running *running = running_of(at);
        if (strcmp(running->tenant, tenant) != 0 ||
            (guid != NULL && !guid_equal(guid, &running->guid)))
            continue;
        (*list)[(*count)++] = (struct rps_live_facts){
            .guid = running->guid,
            .command = running->command,
            .profile = copy(arena, running->profile),
            .step = copy(arena, running->step),
            .started_ms = running->started_ms,
            .since_ms = running->since_ms,
            .waited_ms = atomic_load_explicit(running->waited_ms, memory_order_relaxed),
        };
    }
    (void)pthread_mutex_unlock(&live->lock);
}
