#include "store/call.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "io/work.h"

METRIC_DEFINE(read_duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"read\"",
              "Seconds that calls to the store took on their worker.")
METRIC_DEFINE(lookup_duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"lookup\"",
              "Seconds that calls to the store took on their worker.")
METRIC_DEFINE(write_duration, METRIC_HISTOGRAM, "outband_store_calls_seconds", "call=\"write\"",
              "Seconds that calls to the store took on their worker.")

static void run_measured(struct store_call *call, struct metric *duration)
{
    uint64_t started = clock_monotonic_ns();
    call->run(call);
    metric_observe(duration, (clock_monotonic_ns() - started) / 1000);
}

static void run_read(void *arg)
{
    run_measured(arg, &read_duration);
}

static void run_lookup(void *arg)
{
    run_measured(arg, &lookup_duration);
}

/* Not of what the caller asked wrongly: of a disk that is full, read-only or broken. */
static void run_write(void *arg)
{
    struct store_call *call = arg;
    run_measured(call, &write_duration);
    if (call->ok || (call->err.code != ERROR_STORE && call->err.code != ERROR_FULL))
        return;
    atomic_store(&call->store->write_failed, true);
    log_line(LOG_ERROR, "the store cannot write", "error", call->err.text, NULL);
}

static bool outcome(bool ran, const struct store_call *call, struct error *err)
{
    if (ran && !call->ok && err != NULL)
        *err = call->err;
    return ran && call->ok;
}

bool store_call_read(struct store *store, struct store_call *call, struct error *err)
{
    call->store = store;
    return outcome(io_work(store->readers, run_read, call, err), call, err);
}

bool store_call_lookup(struct store *store, struct store_call *call, struct error *err)
{
    call->store = store;
    return outcome(io_work(store->lookups, run_lookup, call, err), call, err);
}

bool store_call_write(struct store *store, struct store_call *call, struct error *err)
{
    call->store = store;
    return outcome(io_work(store->writer, run_write, call, err), call, err);
}
