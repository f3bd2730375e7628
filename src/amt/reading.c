#include "amt/reading.h"

#include "amt/session.h"
#include "io/fiber.h"

/* One fiber per place that the device has on the wire takes reading after reading: more of them
 * would only wait for each other. */
struct read_together {
    struct amt *amt;
    struct arena *arena;
    struct amt_reading *readings;
    size_t count;
    size_t next;
    const struct amt_reading *failed; /* the first that ends the whole */
    struct io_task *tasks;
    size_t task_count;
};

bool amt_is_device_answer(const struct error *err)
{
    return err->code == ERROR_DEVICE || err->code == ERROR_PROTOCOL;
}

bool amt_fault_is_absence(const struct wsman_reply *reply)
{
    static const char unknown[] = "/faultDetail/InvalidResourceURI";
    struct slice detail = reply->fault_detail;
    return reply->is_fault &&
           (slice_equal_string(reply->fault_code, "DestinationUnreachable") ||
            slice_equal_string(reply->fault_code, "InvalidSelectors") ||
            slice_equal_string(reply->fault_code, "InvalidResourceURI") ||
            (detail.size >= sizeof unknown - 1 &&
             slice_equal_string(slice_from(detail, detail.size - (sizeof unknown - 1)), unknown)));
}

bool amt_reading_is_absent(const struct amt_reading *reading)
{
    const struct wsman_reply *reply = reading->enumerate ? &reading->items.last : &reading->reply;
    return !reading->ok && reading->err.code == ERROR_DEVICE && amt_fault_is_absence(reply);
}

static bool is_borne(const struct amt_reading *reading)
{
    return reading->ok || (reading->optional && amt_reading_is_absent(reading)) ||
           (reading->tolerant && amt_is_device_answer(&reading->err));
}

static void read_one(const struct read_together *together, struct amt_reading *reading)
{
    if (reading->enumerate)
        reading->ok = amt_enumerate(together->amt, together->arena, &reading->target,
                                    &reading->items, &reading->err);
    else
        reading->ok = amt_get(together->amt, together->arena, &reading->target, &reading->reply,
                              &reading->err) &&
                      (amt_instance(&reading->reply, reading->target.class) != NULL ||
                       error_set(&reading->err, ERROR_PROTOCOL,
                                 "Get %s: the device answered with another class",
                                 reading->target.class->name));
    if (!reading->ok)
        reading->items = (struct amt_items){.count = 0, .last = reading->items.last};
}

static void read_in_turn(void *arg)
{
    struct read_together *together = arg;
    while (together->failed == NULL && together->next < together->count) {
        struct amt_reading *reading = &together->readings[together->next++];
        read_one(together, reading);
        if (is_borne(reading) || together->failed != NULL)
            continue;
        together->failed = reading;
        for (size_t i = 0; i < together->task_count; i++)
            io_task_cancel(&together->tasks[i]);
    }
}

/* False when not even one fiber could be started. */
static bool read_side_by_side(struct read_together *together, size_t most, struct error *err)
{
    together->tasks = arena_array(together->arena, most, sizeof *together->tasks);
    while (together->task_count < most) {
        if (!io_task_start(&together->tasks[together->task_count], read_in_turn, together, err))
            break;
        together->task_count++;
    }
    for (size_t i = 0; i < together->task_count; i++)
        io_task_join(&together->tasks[i]);
    return together->task_count > 0;
}

bool amt_read(struct amt *amt, struct arena *arena, struct amt_reading *readings, size_t count,
              struct error *err)
{
    struct read_together together = {
        .amt = amt, .arena = arena, .readings = readings, .count = count};
    for (size_t i = 0; i < count; i++) {
        readings[i].ok = false;
        readings[i].items = (struct amt_items){.count = 0};
        error_clear(&readings[i].err);
    }
    size_t most = amt->options.in_flight_limit < count ? amt->options.in_flight_limit : count;
    if (most <= 1)
        read_in_turn(&together);
    else if (!read_side_by_side(&together, most, err))
        return false;
    if (together.failed == NULL)
        return true;
    if (err != NULL)
        *err = together.failed->err;
    return false;
}

const struct wsman_xml *amt_reading_instance(const struct amt_reading *reading)
{
    return reading->ok ? amt_instance(&reading->reply, reading->target.class) : NULL;
}

bool amt_delete_one(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                    const char *key, struct slice value, struct error *err)
{
    const struct wsman_selector selector = {key, value};
    const struct wsman_target target = {
        .class = class, .selectors = &selector, .selector_count = 1};
    struct wsman_reply reply;
    struct error why;
    if (amt_delete(amt, arena, &target, &reply, &why) || amt_fault_is_absence(&reply))
        return true;
    if (err != NULL)
        *err = why;
    return false;
}
