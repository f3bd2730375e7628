#include "core/metrics.h"

#include <inttypes.h>
#include <string.h>

static struct metric *all; /* sorted by name; changed before main only */

static const uint64_t bounds[METRIC_BUCKETS] = {100,     250,     500,      1000,    2500,   5000,
                                                10000,   25000,   50000,    100000,  250000, 500000,
                                                1000000, 2500000, 10000000, 30000000};

void metric_register(struct metric *metric)
{
    struct metric **at = &all;
    while (*at != NULL && strcmp((*at)->name, metric->name) <= 0)
        at = &(*at)->next;
    metric->next = *at;
    *at = metric;
}

void metric_add(struct metric *metric, int64_t by)
{
    atomic_fetch_add_explicit(&metric->value, by, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

int64_t metric_value(struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, uint64_t microseconds)
{
    size_t bucket = 0;
    while (bucket < METRIC_BUCKETS && microseconds > bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
    metric_add(metric, (int64_t)microseconds);
}

static void print_histogram(struct buffer *out, struct metric *metric)
{
    const char *labels = metric->labels == NULL ? "" : metric->labels;
    const char *comma = *labels == '\0' ? "" : ",";
    uint64_t count = 0;
    for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        if (i < METRIC_BUCKETS)
            buffer_printf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", metric->name, labels,
                          comma, (double)bounds[i] / 1e6, count);
        else
            buffer_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", metric->name, labels,
                          comma, count);
    }
    const char *open = *labels == '\0' ? "" : "{";
    const char *shut = *labels == '\0' ? "" : "}";
    buffer_printf(out, "%s_sum%s%s%s %g\n%s_count%s%s%s %" PRIu64 "\n", metric->name, open, labels,
                  shut, (double)metric_value(metric) / 1e6, metric->name, open, labels, shut,
                  count);
}

void metrics_print(struct buffer *out)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const char *last = "";
    for (struct metric *metric = all; metric != NULL; metric = metric->next) {
        if (strcmp(last, metric->name) != 0)
            buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                          metric->name, kinds[metric->kind]);
        last = metric->name;
        if (metric->kind == METRIC_HISTOGRAM)
            print_histogram(out, metric);
        else if (metric->labels != NULL)
            buffer_printf(out, "%s{%s} %" PRId64 "\n", metric->name, metric->labels,
                          metric_value(metric));
        else
            buffer_printf(out, "%s %" PRId64 "\n", metric->name, metric_value(metric));
    }
}
