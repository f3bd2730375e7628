#include "core/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
    int64_t whole = ms / 1000;
    int64_t part = ms % 1000;
    if (part < 0) {
        part += 1000;
        whole--;
    }
    time_t seconds = (time_t)whole;
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    size_t length = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + length, CLOCK_TEXT_SIZE - length, ".%03dZ", (int)part);
    return text;
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}
