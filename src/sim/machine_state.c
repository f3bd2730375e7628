#include "sim/machine_state.h"

#include "core/encoding.h"
#include "core/file.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/door.h"
#include "sim/object.h"
#include "sim/provisioning.h"
#include "sim/tables/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE_LIMIT (1024 * 1024)
#define DEPTH       8

/* ---- names of instances ---- */

/* Where an instance of the tables is: "CLASS#N", the N-th of that class, deleted or not. */
static const struct sim_personality_instance *in_tables(const struct sim_device *device,
                                                        const char *class, uint64_t wanted)
{
    const struct sim_personality_instance *const *lists[] = {device->personality->tables,
                                                             sim_tables_of_all};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; lists[k][i] != NULL; i++) {
            for (const struct sim_personality_instance *at = lists[k][i]; at->class != NULL; at++) {
                if (strcmp(at->class, class) == 0 && wanted-- == 0)
                    return at;
            }
        }
    }
    return NULL;
}

static bool place_of(const struct sim_device *device,
                     const struct sim_personality_instance *instance, uint64_t *place)
{
    const struct sim_personality_instance *at;
    for (*place = 0; (at = in_tables(device, instance->class, *place)) != NULL; (*place)++) {
        if (at == instance)
            return true;
    }
    return false;
}

/* ---- writing ---- */

static void put_values(const struct sim_device *device,
                       const struct sim_personality_instance *instance, struct json_writer *json)
{
    json_put_key(json, "values");
    json_open_array(json);
    for (const struct sim_stored *at = device->stored; at != NULL; at = at->next) {
        if (at->instance != instance)
            continue;
        json_open_array(json);
        json_put_string(json, at->property == NULL ? "" : at->property->name);
        json_put_string(json, at->text);
        json_close_array(json);
    }
    json_close_array(json);
}

static bool was_put(const struct sim_device *device, const struct sim_stored *stored)
{
    for (const struct sim_stored *at = device->stored; at != stored; at = at->next) {
        if (at->instance == stored->instance)
            return true;
    }
    return false;
}

static void put_tables(const struct sim_device *device, struct json_writer *json)
{
    uint64_t place;
    json_put_key(json, "changed");
    json_open_array(json);
    for (const struct sim_stored *at = device->stored; at != NULL; at = at->next) {
        if (was_put(device, at) || !place_of(device, at->instance, &place))
            continue;
        json_open_object(json);
        json_put_member_string(json, "class", at->instance->class);
        json_put_member_int(json, "place", (int64_t)place);
        put_values(device, at->instance, json);
        json_close_object(json);
    }
    json_close_array(json);
}

static void put_objects(const struct sim_device *device, struct json_writer *json)
{
    json_put_key(json, "added");
    json_open_array(json);
    for (const struct sim_object *at = device->objects; at != NULL; at = at->next) {
        json_open_object(json);
        json_put_member_string(json, "class", at->table.class);
        if (at->secret != NULL)
            json_put_member_string(json, "secret", at->secret);
        put_values(device, &at->table, json);
        json_close_object(json);
    }
    json_close_array(json);
}

static void put_doors(const struct sim_provisioning *p, struct json_writer *json)
{
    json_put_key(json, "doors");
    json_open_array(json);
    for (int i = 0; i < 2; i++) {
        json_put_bool(json, p->doors[i].tls);
        json_put_bool(json, p->doors[i].plain);
        json_put_bool(json, p->doors[i].mutual);
    }
    json_close_array(json);
}

void sim_machine_state_put(const struct sim_machine *machine, struct buffer *out)
{
    const struct sim_device *device = &machine->device;
    const struct sim_provisioning *p = device->provisioning;
    struct json_writer json;
    char text[GUID_TEXT_SIZE];
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "guid", guid_format(&device->guid, text));
    json_put_member_int(&json, "state", device->setup);
    json_put_member_bool(&json, "client", device->client_mode);
    json_put_member_int(&json, "setups", device->setups);
    json_put_member_int(&json, "power", device->power);
    json_put_member_string(&json, "user", device->admin_name);
    char hash[HTTP_DIGEST_HEX_SIZE];
    if (device->admin_changed) /* the authenticator has not heard of it yet */
        encoding_hex(slice_of(device->admin_hash, sizeof(device->admin_hash)), hash);
    json_put_member_string(&json, "hash",
                           device->admin_changed ? hash : machine->authenticator.ha1);
    memory_wipe(hash, sizeof(hash));
    json_put_member_bool(&json, "mebx", p->mebx_was_set);
    json_put_member_bool(&json, "off", p->switched_off);
    json_put_member_bool(&json, "follow", p->doors_follow);
    json_put_member_string(&json, "shown", p->shown);
    put_doors(p, &json);
    put_tables(device, &json);
    put_objects(device, &json);
    json_close_object(&json);
}

bool sim_machine_state_save(const struct sim_machine *machine, const char *path, struct error *err)
{
    struct buffer text;
    buffer_init_secret(&text, STATE_LIMIT);
    sim_machine_state_put(machine, &text);
    bool saved = buffer_ok(&text) && file_write(path, buffer_slice(&text), 0600, FILE_REPLACE);
    if (!saved)
        (void)(file_error(err, ERROR_INTERNAL, path) || error_wrap(err, "cannot write"));
    buffer_fini(&text);
    return saved;
}

/* ---- reading ---- */

static struct slice text_of(const json_t *value)
{
    return value == NULL || !json_is_string(value)
               ? (struct slice){0}
               : slice_of(json_string_value(value), json_string_length(value));
}

static bool read_values(struct sim_device *device, const struct sim_personality_instance *instance,
                        const struct wsman_class *class, const json_t *values)
{
    size_t index;
    const json_t *pair;
    json_array_foreach(values, index, pair)
    {
        struct slice name = text_of(json_array_get(pair, 0));
        const json_t *value = json_array_get(pair, 1);
        const struct wsman_property *property =
            name.size == 0 ? NULL : wsman_property_find(class, name);
        if ((name.size > 0 && property == NULL) || value == NULL)
            return false;
        if (json_is_null(value))
            sim_device_hide(device, instance, property);
        else
            sim_device_store(device, instance, property, text_of(value));
    }
    return json_is_array(values);
}

static bool read_instance(struct sim_device *device, const json_t *entry, bool added)
{
    const struct wsman_class *class = wsman_class_find(text_of(json_object_get(entry, "class")));
    json_int_t place = json_integer_value(json_object_get(entry, "place"));
    if (class == NULL || place < 0)
        return false;
    const struct sim_personality_instance *instance =
        added ? sim_object_add(device, class) : in_tables(device, class->name, (uint64_t)place);
    if (instance == NULL || instance->values == NULL)
        return false;
    struct slice secret = text_of(json_object_get(entry, "secret"));
    if (added && secret.size > 0)
        sim_object_keep_secret(device, instance, secret);
    return read_values(device, instance, class, json_object_get(entry, "values"));
}

static bool read_instances(struct sim_device *device, const json_t *list, bool added)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (!read_instance(device, entry, added))
            return false;
    }
    return json_is_array(list);
}

static bool read_administrator(struct sim_machine *machine, const json_t *state)
{
    struct sim_device *device = &machine->device;
    struct slice user = text_of(json_object_get(state, "user"));
    uint8_t hash[16];
    if (user.size == 0 || user.size >= SIM_USER_NAME_SIZE ||
        !encoding_hex_decode(text_of(json_object_get(state, "hash")), hash, sizeof(hash)))
        return false;
    memset(device->admin_name, 0, sizeof(device->admin_name));
    memcpy(device->admin_name, user.data, user.size);
    sim_authenticator_change(&machine->authenticator, device->admin_name, hash);
    memory_wipe(hash, sizeof(hash));
    return true;
}

static void read_doors(struct sim_provisioning *p, const json_t *doors)
{
    for (size_t i = 0; i < 2; i++) {
        p->doors[i].tls = json_is_true(json_array_get(doors, 3 * i));
        p->doors[i].plain = json_is_true(json_array_get(doors, 3 * i + 1));
        p->doors[i].mutual = json_is_true(json_array_get(doors, 3 * i + 2));
    }
}

static bool read_all(struct sim_machine *machine, const json_t *state)
{
    struct sim_device *device = &machine->device;
    struct guid guid;
    json_int_t setup = json_integer_value(json_object_get(state, "state"));
    json_int_t setups = json_integer_value(json_object_get(state, "setups"));
    if (!guid_parse(text_of(json_object_get(state, "guid")), &guid) ||
        !guid_equal(&guid, &device->guid) || setup < 0 || setup > SIM_SETUP_POST || setups < 0 ||
        setups > UINT32_MAX || !read_administrator(machine, state) ||
        !read_instances(device, json_object_get(state, "changed"), false) ||
        !read_instances(device, json_object_get(state, "added"), true))
        return false;
    device->setup = (uint8_t)setup;
    device->setups = (uint32_t)setups;
    device->client_mode = json_is_true(json_object_get(state, "client"));
    device->power = json_integer_value(json_object_get(state, "power")) == SIM_POWER_OFF
                        ? SIM_POWER_OFF
                        : SIM_POWER_ON;
    device->provisioning->mebx_was_set = json_is_true(json_object_get(state, "mebx"));
    device->provisioning->switched_off = json_is_true(json_object_get(state, "off"));
    device->provisioning->doors_follow = json_is_true(json_object_get(state, "follow"));
    read_doors(device->provisioning, json_object_get(state, "doors"));
    sim_door_take_names(device);
    snprintf(device->provisioning->shown, sizeof(device->provisioning->shown), "%.*s",
             SLICE_ARG(text_of(json_object_get(state, "shown"))));
    sim_device_renew_realm(device);
    return true;
}

static void forget(struct sim_device *device)
{
    sim_object_free_all(device);
    while (device->stored != NULL)
        sim_device_forget(device, device->stored->instance, NULL);
}

bool sim_machine_state_read(struct sim_machine *machine, struct slice text, struct error *err)
{
    json_t *state = json_reader_parse(text, DEPTH, err);
    if (state == NULL)
        return false;
    forget(&machine->device);
    bool done = read_all(machine, state);
    json_decref(state);
    if (!done) {
        forget(&machine->device);
        sim_provisioning_begin(&machine->device);
        return error_set(err, ERROR_INVALID, "it is no state of this machine");
    }
    return true;
}

bool sim_machine_state_load(struct sim_machine *machine, const char *path, struct error *err)
{
    struct slice text;
    struct arena arena;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    arena_init(&arena);
    bool done = fd >= 0 && file_read(&arena, fd, STATE_LIMIT, &text);
    if (!done)
        (void)(file_error(err, ERROR_INVALID, path) || error_wrap(err, "cannot read"));
    else if (!sim_machine_state_read(machine, text, err))
        done = error_wrap(err, "%s", path);
    arena_fini_wiped(&arena);
    if (fd >= 0)
        (void)close(fd);
    return done;
}

int sim_machine_state_take(const char *path, struct error *err)
{
    char name[4096];
    if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name)) {
        errno = ENAMETOOLONG;
        (void)file_error(err, ERROR_INVALID, path);
        return -1;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0 && errno == EWOULDBLOCK)
        (void)error_set(err, ERROR_CONFLICT,
                        "%.120s is the state of a machine that another amtsim runs", path);
    else
        (void)file_error(err, ERROR_INVALID, name);
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

void sim_machine_state_plain(struct sim_machine *machine)
{
    struct sim_device *device = &machine->device;
    bool client = device->client_mode;
    sim_provisioning_begin(device);
    device->setup = SIM_SETUP_POST;
    device->client_mode = client;
}
