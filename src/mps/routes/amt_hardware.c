/* /api/v1/amt/hardwareInfo (spec mps 1.9) and /api/v1/amt/diskInfo (spec console 1.6). */
#include "amt/hardware.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/routes/wsman_json.h"

struct hardware_call {
    struct arena *arena;
    struct amt_hardware *hardware;
};

static bool get_hardware(struct amt *amt, void *arg, struct error *err)
{
    struct hardware_call *call = arg;
    call->hardware = amt_hardware_read(amt, call->arena, err);
    return call->hardware != NULL;
}

static bool get_disks(struct amt *amt, void *arg, struct error *err)
{
    struct hardware_call *call = arg;
    call->hardware = amt_hardware_read_disks(amt, call->arena, err);
    return call->hardware != NULL;
}

/* A copy of the element with other children. */
static struct wsman_xml *copy_with(struct arena *arena, const struct wsman_xml *element,
                                   struct wsman_xml *first)
{
    struct wsman_xml *copy = arena_alloc(arena, sizeof *copy);
    *copy = *element;
    copy->first = first;
    return copy;
}

/* {"Datetime":x} as {"Datetime":x,"DateTime":x}: MPS passes the device's spelling through,
 * Console's clients know the other one. */
static struct wsman_xml *spell_both_ways(struct arena *arena, const struct wsman_xml *date)
{
    struct wsman_xml *first = copy_with(arena, date->first, NULL);
    first->next = copy_with(arena, first, NULL);
    first->next->name = SLICE_LITERAL("DateTime");
    first->next->next = NULL;
    return copy_with(arena, date, first);
}

/* The BIOS with its ReleaseDate spelt both ways. */
static const struct wsman_xml *with_both_dates(struct arena *arena, const struct wsman_xml *bios)
{
    struct wsman_xml *copy = copy_with(arena, bios, NULL);
    struct wsman_xml **end = &copy->first;
    for (const struct wsman_xml *child = bios->first; child != NULL; child = child->next) {
        bool is_date = slice_equal_string(child->name, "ReleaseDate") && child->first != NULL &&
                       child->first->next == NULL &&
                       slice_equal_string(child->first->name, "Datetime");
        *end = is_date ? spell_both_ways(arena, child) : copy_with(arena, child, child->first);
        end = &(*end)->next;
    }
    *end = NULL;
    return copy;
}

static void open_block(struct json_writer *json, const char *name)
{
    json_put_key(json, name);
    json_open_object(json);
}

static void close_block(struct json_writer *json, bool found)
{
    json_put_member_int(json, "status", found ? 200 : 400);
    json_close_object(json);
}

/* {"response":…,"responses":[{"Header":…,"Body":…}],"status":…} */
static void put_single(struct json_writer *json, struct arena *arena,
                       const struct amt_hardware *hardware, enum amt_hardware_part part)
{
    const struct amt_reading *reading = &hardware->parts[part];
    const struct wsman_xml *instance = amt_reading_instance(reading);
    open_block(json, reading->target.class->name);
    json_put_key(json, "response");
    wsman_json_put(json, part == AMT_HARDWARE_BIOS && instance != NULL
                             ? with_both_dates(arena, instance)
                             : instance);
    json_put_key(json, "responses");
    json_open_array(json);
    if (instance == NULL) {
        json_put_null(json);
    } else {
        json_open_object(json);
        json_put_key(json, "Header");
        wsman_json_put(json, reading->reply.header);
        json_put_key(json, "Body");
        wsman_json_put(json, reading->reply.body);
        json_close_object(json);
    }
    json_close_array(json);
    close_block(json, instance != NULL);
}

/* Writes those of the items that are of a class, or all for NULL; how many there are. */
static size_t put_items(struct json_writer *json, const struct amt_items *items, const char *class)
{
    size_t count = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (class != NULL && !slice_equal_string(items->items[i]->name, class))
            continue;
        wsman_json_put(json, items->items[i]);
        count++;
    }
    return count;
}

/* {"responses":[item,…],"status":…}, or [null] and 400 when there is none. */
static void put_flat(struct json_writer *json, const struct amt_hardware *hardware,
                     enum amt_hardware_part part)
{
    const struct amt_reading *reading = &hardware->parts[part];
    open_block(json, reading->target.class->name);
    json_put_key(json, "responses");
    json_open_array(json);
    size_t count = put_items(json, &reading->items, NULL);
    if (count == 0)
        json_put_null(json);
    json_close_array(json);
    close_block(json, count > 0);
}

/* The same of the items of one class; as in the toolkit several are an array in the array. */
static void put_nested(struct json_writer *json, const struct amt_hardware *hardware,
                       enum amt_hardware_part part, const char *class)
{
    const struct amt_reading *reading = &hardware->parts[part];
    size_t count = 0;
    for (size_t i = 0; i < reading->items.count; i++)
        count += slice_equal_string(reading->items.items[i]->name, class);
    open_block(json, reading->target.class->name);
    json_put_key(json, "responses");
    json_open_array(json);
    if (count > 1)
        json_open_array(json);
    (void)put_items(json, &reading->items, class);
    if (count > 1)
        json_close_array(json);
    if (count == 0)
        json_put_null(json);
    json_close_array(json);
    close_block(json, count > 0);
}

void routes_amt_hardware_info(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_HardwareInfo",
        .requested = "Hardware Information requested",
        .received = "Hardware Information received",
        .received_has_guid = true,
        .refused = "AMT Hardware Information request failed",
        .refused_event = "AMT Hardware Information request failed",
        .exception = "Exception during AMT Hardware Information request",
        .exception_event = true,
    };
    struct hardware_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_hardware, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    const struct amt_hardware *hardware = call.hardware;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_single(&json, exchange->arena, hardware, AMT_HARDWARE_SYSTEM_PACKAGE);
    put_nested(&json, hardware, AMT_HARDWARE_SYSTEM_PACKAGING, "CIM_ComputerSystemPackage");
    put_single(&json, exchange->arena, hardware, AMT_HARDWARE_CHASSIS);
    put_flat(&json, hardware, AMT_HARDWARE_CHIP);
    put_single(&json, exchange->arena, hardware, AMT_HARDWARE_CARD);
    put_single(&json, exchange->arena, hardware, AMT_HARDWARE_BIOS);
    put_flat(&json, hardware, AMT_HARDWARE_PROCESSOR);
    put_flat(&json, hardware, AMT_HARDWARE_MEMORY);
    put_flat(&json, hardware, AMT_HARDWARE_MEDIA);
    put_nested(&json, hardware, AMT_HARDWARE_PACKAGE, "CIM_Card");
    json_close_object(&json);
}

/* {"responses":[[item,…]],"status":…}: always two levels, since Console's clients index them. */
static void put_two_levels(struct json_writer *json, const struct amt_hardware *hardware,
                           enum amt_hardware_part part)
{
    const struct amt_reading *reading = &hardware->parts[part];
    open_block(json, reading->target.class->name);
    json_put_key(json, "responses");
    json_open_array(json);
    json_open_array(json);
    (void)put_items(json, &reading->items, NULL);
    json_close_array(json);
    json_close_array(json);
    close_block(json, reading->ok);
}

void routes_amt_hardware_disks(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_DiskInfo",
        .requested = "Disk Information requested",
        .received = "Disk Information received",
        .received_has_guid = true,
        .refused = "AMT Disk Information request failed",
        .refused_event = "AMT Disk Information request failed",
        .exception = "Exception during AMT Disk Information request",
        .exception_event = true,
    };
    struct hardware_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_disks, &call))
        return;
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_two_levels(&json, call.hardware, AMT_HARDWARE_MEDIA);
    put_two_levels(&json, call.hardware, AMT_HARDWARE_PACKAGE);
    json_close_object(&json);
}
