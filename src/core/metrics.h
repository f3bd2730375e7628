/*
 * Counters, gauges and histograms. A room declares each with one line at file scope and changes it
 * from any thread; /metrics prints all of them in Prometheus text form. Names start with
 * "outband_" and the room. They are the one kind of global there is: relaxed atomics that nothing
 * decides by.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "core/buffer.h"

#include <stdatomic.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Upper bounds of the histogram buckets, microseconds; one more bucket takes the rest. */
#define METRIC_BUCKETS 16

struct metric {
    const char *name;
    const char *labels; /* `kind="x"` or NULL; metrics of one name differ in labels */
    const char *help;
    enum metric_kind kind;
    struct metric *next;
    _Atomic int64_t value; /* histogram: sum in microseconds */
    _Atomic uint64_t buckets[METRIC_BUCKETS + 1];
};

#define METRIC_DEFINE(variable, metric_kind, metric_name, metric_labels, metric_help) \
    static struct metric variable = {.name = (metric_name),                           \
                                     .labels = (metric_labels),                       \
                                     .help = (metric_help),                           \
                                     .kind = (metric_kind)};                          \
    __attribute__((constructor)) static void variable##_register(void)                \
    {                                                                                 \
        metric_register(&variable);                                                   \
    }

/* Used by METRIC_DEFINE before main; lives as long as the process. */
void metric_register(struct metric *metric);

void metric_add(struct metric *metric, int64_t by);
void metric_set(struct metric *metric, int64_t value);
int64_t metric_value(struct metric *metric);

/* Counts one observation into a histogram. */
void metric_observe(struct metric *metric, uint64_t microseconds);

/* Prometheus text format 0.0.4, sorted by name. */
void metrics_print(struct buffer *out);

#endif
