#include "server/renewal.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/random.h"
#include "io/call.h"

struct delivery {
    struct shard *shard;
    const struct shard_secrets *secrets;
    bool ok;
    struct error err;
};

static void deliver(void *arg)
{
    struct delivery *delivery = arg;
    delivery->ok = shard_renew(delivery->shard, delivery->secrets, &delivery->err);
}

/* The end of the server cancels a renewal; that is no failure. */
static void report(const char *what, const struct error *err)
{
    if (err->code != ERROR_CANCELLED)
        log_line(LOG_ERROR, what, "why", err->text, NULL);
}

static void deliver_to_all(struct renewal *renewal, const struct shard_secrets *secrets)
{
    for (unsigned i = 0; i < renewal->count; i++) {
        struct delivery delivery = {.shard = &renewal->shards[i], .secrets = secrets};
        error_clear(&delivery.err);
        if (!io_call(renewal->shards[i].loop, deliver, &delivery, &delivery.err) || !delivery.ok)
            report("a listener keeps its old certificate or ticket key", &delivery.err);
    }
}

/* The shards get the stored certificates whether they are new or not: that makes up for a delivery
 * that failed before. */
static void renew(struct renewal *renewal)
{
    struct arena arena;
    struct certificates certificates;
    struct shard_secrets secrets;
    struct error err;
    bool made = false;
    error_clear(&err);
    arena_init(&arena);
    bool ok = certificates_load(renewal->store, &arena, renewal->shards[0].plan->settings,
                                &certificates, &made, &err);
    if (!ok)
        report("the certificates cannot be renewed", &err);
    else if (made)
        log_line(LOG_INFO, "renewed certificates", NULL);
    secrets.certificates = ok ? &certificates : NULL;
    random_bytes(secrets.cira_ticket_key, sizeof secrets.cira_ticket_key);
    random_bytes(secrets.web_ticket_key, sizeof secrets.web_ticket_key);
    deliver_to_all(renewal, &secrets);
    memory_wipe(&secrets, sizeof secrets);
    if (ok)
        certificates_wipe(&certificates);
    arena_fini(&arena);
}

static void run(void *arg)
{
    struct renewal *renewal = arg;
    while (io_sleep(renewal->period_ms, NULL))
        renew(renewal);
}

bool renewal_start(struct renewal *renewal, struct store *store, struct shard *shards,
                   unsigned count, uint64_t period_ms, struct error *err)
{
    renewal->store = store;
    renewal->shards = shards;
    renewal->count = count;
    renewal->period_ms = period_ms;
    return io_task_start(&renewal->task, run, renewal, err);
}

void renewal_stop(struct renewal *renewal)
{
    if (!io_task_running(&renewal->task))
        return;
    io_task_cancel(&renewal->task);
    io_task_join(&renewal->task);
}
