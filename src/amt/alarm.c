#include "amt/alarm.h"

#include "amt/reading.h"
#include "core/clock.h"

#include <inttypes.h>

#define NUMBER_MOST 100000000 /* of one part of an interval, far from overflow */

bool amt_alarm_list(struct amt *amt, struct arena *arena, struct amt_items *alarms,
                    struct error *err)
{
    const struct wsman_target occurrences = {.class = &wsman_IPS_AlarmClockOccurrence};
    return amt_enumerate(amt, arena, &occurrences, alarms, err);
}

static enum amt_alarm_refusal refusal_of(const struct error *err, const struct wsman_reply *reply)
{
    if (err->code != ERROR_DEVICE)
        return AMT_ALARM_NOT_REFUSED;
    if (!reply->is_fault)
        return AMT_ALARM_FAILED;
    if (slice_equal_string(reply->fault_code, "QuotaLimit"))
        return AMT_ALARM_QUOTA;
    if (slice_equal_string(reply->fault_code, "InvalidRepresentation") ||
        slice_equal_string(reply->fault_code, "AlreadyExists") ||
        slice_equal_string(reply->fault_code, "SchemaValidationError"))
        return AMT_ALARM_INVALID;
    if (amt_fault_is_absence(reply))
        return AMT_ALARM_ABSENT;
    return AMT_ALARM_FAILED;
}

/* Without milliseconds, as firmware wants it. */
static struct slice start_of(struct arena *arena, const struct amt_alarm *alarm)
{
    char text[CLOCK_TEXT_SIZE];
    (void)clock_format(alarm->start * 1000, text);
    return slice_of_string(arena_printf(arena, "%.19sZ", text));
}

bool amt_alarm_add(struct amt *amt, struct arena *arena, const struct amt_alarm *alarm,
                   enum amt_alarm_refusal *refusal, struct error *err)
{
    static const struct wsman_target service = {.class = &wsman_AMT_AlarmClockService};
    const struct slice absent = {NULL, 0};
    const struct wsman_value properties[] = {
        {.name = "InstanceID", .text = alarm->id},
        {.name = "ElementName", .text = alarm->name.size > 0 ? alarm->name : absent},
        {.name = "StartTime", .text = start_of(arena, alarm)},
        {.name = "Interval",
         .text = alarm->interval_minutes > 0 ? amt_alarm_interval(arena, alarm->interval_minutes)
                                             : absent},
        {.name = "DeleteOnCompletion",
         .text = slice_of_string(alarm->delete_on_completion ? "true" : "false")},
    };
    const struct wsman_embedded occurrence = {
        .class = &wsman_IPS_AlarmClockOccurrence,
        .values = properties,
        .count = sizeof properties / sizeof properties[0],
    };
    const struct wsman_value template = {.name = "AlarmTemplate", .embedded = &occurrence};
    struct wsman_reply reply = {.is_fault = false};
    struct error why;
    int64_t value = 0;
    error_clear(&why);
    *refusal = AMT_ALARM_NOT_REFUSED;
    bool ok = amt_invoke(amt, arena, &service, "AddAlarm", &template, 1, &reply, &value, &why);
    if (ok && value != 0)
        ok = error_set(&why, ERROR_DEVICE, "the device refuses AddAlarm: %s (%" PRId64 ")",
                       amt_status_name(value), value);
    if (!ok) {
        *refusal = refusal_of(&why, &reply);
        if (err != NULL)
            *err = why;
    }
    return ok;
}

bool amt_alarm_delete(struct amt *amt, struct arena *arena, struct slice id,
                      enum amt_alarm_refusal *refusal, struct error *err)
{
    const struct wsman_selector selector = {"InstanceID", id};
    const struct wsman_target alarm = {
        .class = &wsman_IPS_AlarmClockOccurrence, .selectors = &selector, .selector_count = 1};
    struct wsman_reply reply = {.is_fault = false};
    struct error why;
    error_clear(&why);
    *refusal = AMT_ALARM_NOT_REFUSED;
    bool ok = amt_delete(amt, arena, &alarm, &reply, &why);
    if (!ok) {
        *refusal = refusal_of(&why, &reply);
        if (err != NULL)
            *err = why;
    }
    return ok;
}

/* Minutes of a number of units of a duration: 'D' before the T, 'H', 'M' and 'S' behind. */
static bool minutes_of(uint8_t unit, bool is_time, uint64_t number, uint64_t *minutes)
{
    if (!is_time && unit == 'W')
        *minutes = number * 7 * 24 * 60;
    else if (!is_time && unit == 'D')
        *minutes = number * 24 * 60;
    else if (is_time && unit == 'H')
        *minutes = number * 60;
    else if (is_time && unit == 'M')
        *minutes = number;
    else if (is_time && unit == 'S')
        *minutes = 0;
    else
        return number == 0; /* no months, no years */
    return true;
}

bool amt_alarm_read_interval(struct slice text, uint64_t *minutes)
{
    bool is_time = false;
    *minutes = 0;
    if (text.size < 2 || text.data[0] != 'P')
        return false;
    text = slice_from(text, 1);
    while (text.size > 0) {
        uint64_t number = 0, part = 0;
        size_t digits = 0;
        if (text.data[0] == 'T' && !is_time) {
            is_time = true;
            text = slice_from(text, 1);
            continue;
        }
        while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
            digits++;
        if (digits == text.size || !slice_to_u64(slice_first(text, digits), NUMBER_MOST, &number))
            return false;
        if (!minutes_of(text.data[digits], is_time, number, &part))
            return false;
        *minutes += part;
        text = slice_from(text, digits + 1);
    }
    return true;
}

struct slice amt_alarm_interval(struct arena *arena, uint32_t minutes)
{
    return slice_of_string(arena_printf(arena, "P%" PRIu32 "DT%" PRIu32 "H%" PRIu32 "M",
                                        minutes / (24 * 60), minutes / 60 % 24, minutes % 60));
}
