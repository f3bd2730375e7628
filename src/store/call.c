#include "store/call.h"

#include "core/clock.h"
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

static void run_write(void *arg)
{
    run_measured(arg, &write_duration);
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
