/*
 * What a fleet counts, and how it is reported: a JSON document for scripts. Histograms keep about
 * 3 % of precision in fixed memory. One owner; copies are plain values.
 */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "core/buffer.h"
#include "core/error.h"

#define SIM_HISTOGRAM_BUCKETS 1024

struct sim_histogram {
    uint64_t count;
    uint64_t max;
    uint32_t buckets[SIM_HISTOGRAM_BUCKETS];
};

void sim_histogram_add(struct sim_histogram *histogram, uint64_t value);

/* Adds what `from` has counted. */
void sim_histogram_merge(struct sim_histogram *histogram, const struct sim_histogram *from);

/* The value that `share` (0 … 1) of all values do not exceed, rounded up to its bucket; 0 when
 * nothing was counted. */
uint64_t sim_histogram_quantile(const struct sim_histogram *histogram, double share);

struct sim_stats {
    uint64_t devices;
    uint64_t connected;
    uint64_t logging_in;
    uint64_t logins;
    uint64_t login_failures; /* refused, or the connection failed before the login was complete */
    uint64_t drops;          /* connections lost after the login */
    uint64_t reconnects;     /* logins of a device that had been logged in before */
    uint64_t wsman_requests;
    uint64_t challenges; /* 401s sent */
    uint64_t violations; /* sessions ended because the server broke the protocol */
    uint64_t oddities;   /* what firmware lets pass, but a server should not do */
    struct sim_histogram keepalive_us;
    struct sim_histogram login_us;
};

void sim_stats_merge(struct sim_stats *stats, const struct sim_stats *from);

/* One JSON object; CPU time is this process's. */
void sim_stats_print(struct buffer *out, const struct sim_stats *stats);

/* Replaces the file at once: readers see the old or the new text, never half of one. */
bool sim_stats_write(const char *path, const struct sim_stats *stats, struct error *err);

#endif
