#include "core/clock.h"

#include "core/cursor.h"

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

/* Exactly `count` digits with a value of `least` to `most`; anything else fails the cursor and
 * counts as the least. */
static int digits(struct cursor *at, size_t count, int least, int most)
{
    uint64_t value = 0;
    if (slice_to_u64(cursor_bytes(at, count), (uint64_t)most, &value) && (int)value >= least)
        return (int)value;
    at->failed = true;
    return least;
}

static void expect(struct cursor *at, char byte)
{
    if (cursor_u8(at) != (uint8_t)byte)
        at->failed = true;
}

static bool next_is(const struct cursor *at, char byte)
{
    return cursor_ok(at) && at->left > 0 && *at->at == (uint8_t)byte;
}

/* Milliseconds of a fraction; digits past the third are dropped. */
static int fraction(struct cursor *at)
{
    int ms = 0, weight = 100;
    expect(at, '.');
    if (at->left == 0)
        at->failed = true;
    do {
        ms += weight * digits(at, 1, 0, 9);
        weight /= 10;
    } while (cursor_ok(at) && at->left > 0 && *at->at >= '0' && *at->at <= '9');
    return ms;
}

/* Minutes by which the zone is ahead of UTC: "Z", "+01:00", "+0100", "+01" or nothing. */
static int zone(struct cursor *at)
{
    if (at->left == 0)
        return 0;
    uint8_t sign = cursor_u8(at);
    if (sign == 'Z' || sign == 'z')
        return 0;
    if (sign != '+' && sign != '-')
        at->failed = true;
    int minutes = 60 * digits(at, 2, 0, 23);
    bool extended = next_is(at, ':');
    if (extended)
        (void)cursor_u8(at);
    if (extended || at->left > 0)
        minutes += digits(at, 2, 0, 59);
    return sign == '-' ? -minutes : minutes;
}

static bool day_exists(const struct tm *tm)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = tm->tm_year + 1900;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return tm->tm_mday <= lengths[tm->tm_mon] + (leap && tm->tm_mon == 1 ? 1 : 0);
}

bool clock_parse(struct slice text, int64_t *ms)
{
    struct cursor at = cursor_of(text);
    struct tm tm = {0};
    int minutes_ahead = 0, part = 0;
    tm.tm_year = digits(&at, 4, 1970, 9999) - 1900;
    expect(&at, '-');
    tm.tm_mon = digits(&at, 2, 1, 12) - 1;
    expect(&at, '-');
    tm.tm_mday = digits(&at, 2, 1, 31);
    if (!cursor_ok(&at) || !day_exists(&tm))
        return false;
    if (at.left > 0) {
        expect(&at, next_is(&at, ' ') ? ' ' : 'T');
        tm.tm_hour = digits(&at, 2, 0, 23);
        expect(&at, ':');
        tm.tm_min = digits(&at, 2, 0, 59);
        if (next_is(&at, ':')) {
            expect(&at, ':');
            tm.tm_sec = digits(&at, 2, 0, 59);
            if (next_is(&at, '.'))
                part = fraction(&at);
        }
        minutes_ahead = zone(&at);
    }
    if (!cursor_ok(&at) || at.left > 0)
        return false;
    *ms = ((int64_t)timegm(&tm) - minutes_ahead * 60) * 1000 + part;
    return true;
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}
