#include "amt/clock.h"

#include "amt/status.h"
#include "core/clock.h"

#include <inttypes.h>

static const struct wsman_target service = {.class = &wsman_AMT_TimeSynchronizationService};

bool amt_clock_get(struct amt *amt, struct arena *arena, struct amt_clock_reading *reading,
                   struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    uint64_t seconds = 0;
    if (!amt_invoke(amt, arena, &service, "GetLowAccuracyTimeSynch", NULL, 0, &reply, &value, err))
        return false;
    reading->server = clock_wall_ms() / 1000;
    if (value != 0)
        return amt_status_refuse(err, "GetLowAccuracyTimeSynch", value);
    struct slice text =
        wsman_xml_child_text(wsman_xml_child(reply.body, "GetLowAccuracyTimeSynch_OUTPUT"), "Ta0");
    if (!slice_to_u64(text, UINT32_MAX, &seconds))
        return error_set(err, ERROR_PROTOCOL, "the device did not tell its time");
    reading->device = (int64_t)seconds;
    return true;
}

/* Ta0 is what the device said, Tm1 our time when it came, Tm2 our time when this is sent. */
static bool set(struct amt *amt, struct arena *arena, const struct amt_clock_reading *before,
                struct error *err)
{
    struct wsman_reply reply;
    int64_t value = 0;
    const char *const times[] = {
        arena_printf(arena, "%" PRId64, before->device),
        arena_printf(arena, "%" PRId64, before->server),
        arena_printf(arena, "%" PRId64, clock_wall_ms() / 1000),
    };
    const struct wsman_value values[] = {
        {.name = "Ta0", .text = slice_of_string(times[0])},
        {.name = "Tm1", .text = slice_of_string(times[1])},
        {.name = "Tm2", .text = slice_of_string(times[2])},
    };
    if (!amt_invoke(amt, arena, &service, "SetHighAccuracyTimeSynch", values, 3, &reply, &value,
                    err))
        return false;
    return value == 0 ? true : amt_status_refuse(err, "SetHighAccuracyTimeSynch", value);
}

bool amt_clock_set(struct amt *amt, struct arena *arena, struct amt_clock_reading *before,
                   struct error *err)
{
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = amt_clock_get(amt, arena, before, err) && set(amt, arena, before, err);
    amt_sequence_end(amt);
    return ok;
}
