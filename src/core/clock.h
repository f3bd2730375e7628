/* Wall-clock time for people, tokens and certificates. Deadlines use io_now (io/loop.h), which a
 * simulated loop controls. Times are milliseconds since 1970-01-01 UTC. Any thread. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/slice.h"

#define CLOCK_TEXT_SIZE 25 /* "2024-01-03T00:44:35.000Z" and the NUL */

int64_t clock_wall_ms(void);

/* ISO 8601 in UTC with milliseconds, as JavaScript prints it. Returns `text`. */
const char *clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/* Reads a date and time of ISO 8601 in its usual form, "2024-01-03T00:44:35.5+01:00": the calendar
 * date, "T" or a blank, hours and minutes; seconds, their fraction and the zone may be absent, and
 * so may the time as a whole. Without a zone it is UTC. Years 1970 to 9999. False for anything
 * else, also for days that their month does not have. */
bool clock_parse(struct slice text, int64_t *ms);

/* Monotonic nanoseconds, for measuring. */
uint64_t clock_monotonic_ns(void);

#endif
