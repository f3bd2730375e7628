#include "sim/stats.h"

#include "core/json_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Values below 64 have a bucket each; above, every power of two has 32. */
#define FINE  64
#define STEPS 32

static unsigned bucket_of(uint64_t value)
{
    if (value < FINE)
        return (unsigned)value;
    unsigned exponent = 63u - (unsigned)__builtin_clzll(value); /* 6 and up */
    unsigned step = (unsigned)(value >> (exponent - 5)) & (STEPS - 1);
    unsigned bucket = FINE + (exponent - 6) * STEPS + step;
    return bucket < SIM_HISTOGRAM_BUCKETS ? bucket : SIM_HISTOGRAM_BUCKETS - 1;
}

static uint64_t top_of(unsigned bucket)
{
    if (bucket < FINE)
        return bucket;
    unsigned exponent = (bucket - FINE) / STEPS + 6;
    uint64_t step = (bucket - FINE) % STEPS;
    return ((STEPS + step + 1) << (exponent - 5)) - 1;
}

void sim_histogram_add(struct sim_histogram *histogram, uint64_t value)
{
    histogram->count++;
    if (value > histogram->max)
        histogram->max = value;
    histogram->buckets[bucket_of(value)]++;
}

void sim_histogram_merge(struct sim_histogram *histogram, const struct sim_histogram *from)
{
    histogram->count += from->count;
    if (from->max > histogram->max)
        histogram->max = from->max;
    for (unsigned i = 0; i < SIM_HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += from->buckets[i];
}

uint64_t sim_histogram_quantile(const struct sim_histogram *histogram, double share)
{
    uint64_t seen = 0;
    double wanted = share * (double)histogram->count;
    for (unsigned i = 0; i < SIM_HISTOGRAM_BUCKETS && histogram->count > 0; i++) {
        seen += histogram->buckets[i];
        if (histogram->buckets[i] > 0 && (double)seen >= wanted) {
            uint64_t top = top_of(i);
            return top < histogram->max ? top : histogram->max;
        }
    }
    return histogram->max;
}

void sim_stats_merge(struct sim_stats *stats, const struct sim_stats *from)
{
    stats->devices += from->devices;
    stats->connected += from->connected;
    stats->logging_in += from->logging_in;
    stats->logins += from->logins;
    stats->login_failures += from->login_failures;
    stats->drops += from->drops;
    stats->reconnects += from->reconnects;
    stats->wsman_requests += from->wsman_requests;
    stats->challenges += from->challenges;
    stats->violations += from->violations;
    stats->oddities += from->oddities;
    sim_histogram_merge(&stats->keepalive_us, &from->keepalive_us);
    sim_histogram_merge(&stats->login_us, &from->login_us);
}

static void put_count(struct json_writer *json, const char *key, uint64_t value)
{
    json_put_member_int(json, key, (int64_t)value);
}

static void put_histogram(struct json_writer *json, const char *key,
                          const struct sim_histogram *histogram, double unit)
{
    json_put_key(json, key);
    json_open_object(json);
    put_count(json, "count", histogram->count);
    json_put_key(json, "p50");
    json_put_double(json, (double)sim_histogram_quantile(histogram, 0.5) / unit);
    json_put_key(json, "p99");
    json_put_double(json, (double)sim_histogram_quantile(histogram, 0.99) / unit);
    json_put_key(json, "max");
    json_put_double(json, (double)histogram->max / unit);
    json_close_object(json);
}

static double cpu_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void sim_stats_print(struct buffer *out, const struct sim_stats *stats)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    put_count(&json, "devices", stats->devices);
    put_count(&json, "connected", stats->connected);
    put_count(&json, "logging_in", stats->logging_in);
    put_count(&json, "logins", stats->logins);
    put_count(&json, "login_failures", stats->login_failures);
    put_count(&json, "drops", stats->drops);
    put_count(&json, "reconnects", stats->reconnects);
    put_count(&json, "wsman_requests", stats->wsman_requests);
    put_count(&json, "challenges", stats->challenges);
    put_count(&json, "violations", stats->violations);
    put_count(&json, "oddities", stats->oddities);
    put_histogram(&json, "keepalive_us", &stats->keepalive_us, 1);
    put_histogram(&json, "login_ms", &stats->login_us, 1000);
    json_put_key(&json, "cpu_s");
    json_put_double(&json, cpu_seconds());
    json_close_object(&json);
}

bool sim_stats_write(const char *path, const struct sim_stats *stats, struct error *err)
{
    char temporary[4096];
    struct buffer text;
    bool done = false;
    buffer_init(&text, 65536);
    sim_stats_print(&text, stats);
    buffer_put_text(&text, "\n");
    struct slice bytes = buffer_slice(&text);
    int length = snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
    int fd = -1;
    if (length > 0 && (size_t)length < sizeof(temporary))
        fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        done = write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size;
        done = close(fd) == 0 && done && rename(temporary, path) == 0;
    }
    if (!done)
        error_set(err, ERROR_INTERNAL, "cannot write %s (errno %d)", path, errno);
    buffer_fini(&text);
    return done;
}
