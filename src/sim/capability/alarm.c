/* Alarms that switch the machine on (spec device-classes 3, faults of device-protocols 5.4). */
#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

#define ALARMS_MOST 5

static const char occurrence[] = "IPS_AlarmClockOccurrence";

static bool digits(struct slice text, size_t at, size_t count, unsigned *value)
{
    *value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
            return false;
        *value = *value * 10 + (unsigned)(text.data[i] - '0');
    }
    return true;
}

/* Days from 1970-01-01 of a day in the Gregorian calendar; years begin in March here. */
static uint64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1;
    unsigned m = month > 2 ? month - 3 : month + 9;
    return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* "2026-01-31T12:00:00Z", perhaps with a fraction of a second. */
static bool read_time(struct slice text, uint64_t *seconds)
{
    unsigned year, month, day, hour, minute, second;
    if (text.size < 20 || text.data[4] != '-' || text.data[7] != '-' || text.data[10] != 'T' ||
        text.data[13] != ':' || text.data[16] != ':' || text.data[text.size - 1] != 'Z')
        return false;
    if (!digits(text, 0, 4, &year) || !digits(text, 5, 2, &month) || !digits(text, 8, 2, &day) ||
        !digits(text, 11, 2, &hour) || !digits(text, 14, 2, &minute) ||
        !digits(text, 17, 2, &second))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    *seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static const char *write_time(struct arena *arena, uint64_t seconds)
{
    uint64_t days = seconds / 86400;
    unsigned year = 1970, month = 1;
    while (days_of(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_of(year, month + 1, 1) <= days)
        month++;
    return arena_printf(arena, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month,
                        (unsigned)(days - days_of(year, month, 1) + 1),
                        (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60),
                        (unsigned)(seconds % 60));
}

/* "P1DT2H30M", of which each part may be absent; at most a few years. */
static bool read_interval(struct slice text, uint64_t *seconds)
{
    static const struct {
        uint8_t letter;
        uint32_t seconds;
    } units[] = {{'D', 86400}, {'H', 3600}, {'M', 60}, {'S', 1}};
    uint64_t number = 0;
    *seconds = 0;
    if (text.size < 2 || text.data[0] != 'P')
        return false;
    for (size_t i = 1; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c >= '0' && c <= '9') {
            number = number * 10 + (uint64_t)(c - '0');
            if (number > 1000000)
                return false;
            continue;
        }
        for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
            if (units[k].letter == c)
                *seconds += number * units[k].seconds;
        }
        if (strchr("DHMST", c) == NULL)
            return false;
        number = 0;
    }
    return true;
}

void sim_alarm_plan(struct sim_device *device, uint64_t now_ms)
{
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *alarm;
    device->alarm_ms = UINT64_MAX;
    while ((alarm = sim_walk_next_of(&walk, occurrence)) != NULL) {
        uint64_t start;
        if (!read_time(sim_object_get(device, alarm, "StartTime"), &start) ||
            start < device->clock_base)
            continue;
        uint64_t at = (start - device->clock_base) * 1000;
        if (at > now_ms && at < device->alarm_ms)
            device->alarm_ms = at;
    }
}

/* One alarm whose time has come. Afterwards it is gone, or later, or in the past. */
static void ring(struct sim_device *device, const struct sim_personality_instance *alarm,
                 uint64_t start, uint64_t now_ms)
{
    struct arena arena;
    uint64_t interval = 0, now = sim_clock(device, now_ms);
    if (device->power != SIM_POWER_ON)
        device->alarm_rings = sim_device_power(device, SIM_POWER_ON, now_ms) == SIM_OK;
    arena_init(&arena);
    (void)read_interval(sim_object_get(device, alarm, "Interval"), &interval);
    if (interval > 0) {
        start += ((now - start) / interval + 1) * interval;
        sim_object_set(device, alarm, "StartTime", slice_of_string(write_time(&arena, start)));
    } else if (slice_equal_string(sim_object_get(device, alarm, "DeleteOnCompletion"), "true")) {
        sim_object_remove(device, alarm);
    }
    arena_fini(&arena);
}

void sim_alarm_tick(struct sim_device *device, uint64_t now_ms)
{
    if (device->alarm_ms > now_ms)
        return;
    struct sim_walk walk = {.device = device};
    uint64_t now = sim_clock(device, now_ms), due = sim_clock(device, device->alarm_ms);
    const struct sim_personality_instance *alarm = sim_walk_next_of(&walk, occurrence);
    while (alarm != NULL) {
        const struct sim_personality_instance *next = sim_walk_next_of(&walk, occurrence);
        uint64_t start;
        if (read_time(sim_object_get(device, alarm, "StartTime"), &start) && start >= due &&
            start <= now)
            ring(device, alarm, start, now_ms);
        alarm = next;
    }
    sim_alarm_plan(device, now_ms);
}

static enum sim_fault add_alarm(struct sim_call *call)
{
    const struct wsman_xml *template = wsman_xml_child(call->input, "AlarmTemplate");
    struct slice id = wsman_xml_child_text(template, "InstanceID");
    struct slice start = wsman_xml_child_text(wsman_xml_child(template, "StartTime"), "Datetime");
    struct slice interval = wsman_xml_child_text(wsman_xml_child(template, "Interval"), "Interval");
    struct slice once = wsman_xml_child_text(template, "DeleteOnCompletion");
    uint64_t seconds;
    if (id.size == 0 || !read_time(start, &seconds) ||
        (interval.size > 0 && !read_interval(interval, &seconds)) ||
        sim_object_find(call->device, occurrence, "InstanceID", id) != NULL)
        return SIM_FAULT_INVALID_REPRESENTATION;
    if (sim_object_count(call->device, occurrence) >= ALARMS_MOST)
        return SIM_FAULT_QUOTA_LIMIT;
    const struct sim_personality_instance *alarm =
        sim_object_add(call->device, &wsman_IPS_AlarmClockOccurrence);
    struct slice name = wsman_xml_child_text(template, "ElementName");
    bool deletes = slice_equal_string(once, "true") || slice_equal_string(once, "1");
    sim_object_set(call->device, alarm, "DeleteOnCompletion",
                   deletes ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
    if (name.size > 0)
        sim_object_set(call->device, alarm, "ElementName", name);
    sim_object_set(call->device, alarm, "InstanceID", id);
    sim_object_set(call->device, alarm, "Interval",
                   interval.size > 0 ? interval : SLICE_LITERAL("P0DT0H0M0S"));
    sim_object_set(call->device, alarm, "StartTime", start);
    sim_alarm_plan(call->device, call->now_ms);
    sim_call_put_reference(call, "AlarmClock", "");
    call->return_value = SIM_OK;
    return SIM_FAULT_NONE;
}

static void plan(struct sim_change *change)
{
    sim_alarm_plan(change->device, change->now_ms);
}

const struct sim_capability sim_alarms = {
    .methods =
        (const struct sim_method[]){
            {"AMT_AlarmClockService", "AddAlarm", add_alarm},
            {NULL, NULL, NULL},
        },
    .guards =
        (const struct sim_guard[]){
            {.class = occurrence, .changed = plan},
            {.class = NULL},
        },
};
