/*
 * Alarms that switch the machine on (spec mps 1.13, B.2; device-classes AMT_AlarmClockService and
 * IPS_AlarmClockOccurrence; device-protocols 5.4). A device holds five. Over struct amt, on a
 * fiber; reading and writing of intervals is pure.
 */
#ifndef AMT_ALARM_H
#define AMT_ALARM_H

#include "amt/amt.h"

#define AMT_ALARM_INTERVAL_MOST 5270400 /* minutes: ten years, 366 days each */

struct amt_alarm {
    struct slice id;           /* InstanceID; the caller chooses it */
    struct slice name;         /* ElementName; left out when empty */
    int64_t start;             /* seconds since 1970-01-01 UTC */
    uint32_t interval_minutes; /* 0: once */
    bool delete_on_completion;
};

/* What a device that does not do as it is told means by it. */
enum amt_alarm_refusal {
    AMT_ALARM_NOT_REFUSED,
    AMT_ALARM_INVALID, /* by content, or there is one of that id already */
    AMT_ALARM_QUOTA,   /* it has as many as it holds */
    AMT_ALARM_ABSENT,  /* there is none of that id */
    AMT_ALARM_FAILED   /* anything else */
};

/* The IPS_AlarmClockOccurrence instances. */
bool amt_alarm_list(struct amt *amt, struct arena *arena, struct amt_items *alarms,
                    struct error *err);

/* Adds an alarm. A refusal of the device is ERROR_DEVICE, and *refusal says which. */
bool amt_alarm_add(struct amt *amt, struct arena *arena, const struct amt_alarm *alarm,
                   enum amt_alarm_refusal *refusal, struct error *err);

/* Deletes the alarm of that InstanceID; errors as above. */
bool amt_alarm_delete(struct amt *amt, struct arena *arena, struct slice id,
                      enum amt_alarm_refusal *refusal, struct error *err);

/* The minutes of "P1DT1H10M"; seconds are dropped. False for what is none, or uses months or years,
 * which have no fixed length. */
bool amt_alarm_read_interval(struct slice text, uint64_t *minutes);

/* "P1DT1H10M" in the arena. */
struct slice amt_alarm_interval(struct arena *arena, uint32_t minutes);

#endif
