#include "rps/handover_body.h"

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "http/check.h"
#include "http/client.h"
#include "io/resolve.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_LIMIT 120 /* of a refusal that are passed on */

static void put_text(struct json_writer *json, const char *key, const char *value)
{
    if (value != NULL)
        json_put_member_string(json, key, value);
}

static void put_tags(struct json_writer *json, const struct rps_device *device)
{
    if (device->tags == NULL)
        return;
    json_put_key(json, "tags");
    json_open_array(json);
    for (size_t i = 0; i < device->tag_count; i++)
        json_put_string(json, device->tags[i]);
    json_close_array(json);
}

static void put_passwords(struct json_writer *json, const struct rps_device *device, bool is_new)
{
    put_text(json, "mpspassword", device->mps_password);
    put_text(json, "password", device->amt_password);
    put_text(json, "mebxpassword", device->mebx_password);
    if (is_new && device->amt_password != NULL && device->mps_username == NULL) {
        json_put_member_bool(json, "useTLS", false);
        json_put_member_bool(json, "allowSelfSigned", false);
    }
}

/* A presence server may refuse the whole body for a name that it could not use. What the agent
 * says that the machine is called is not worth that: of a device that isn't known to call in, it
 * is the address, and a suffix is there for people. */
static const char *host_name_of(const struct rps_device *device)
{
    if (device->host_name == NULL || device->mps_username != NULL ||
        io_host_is_valid(device->host_name))
        return device->host_name;
    return NULL;
}

static const char *suffix_of(const struct rps_device *device)
{
    if (device->dns_suffix == NULL || device->dns_suffix[0] == '\0' ||
        http_check_fqdn(slice_of_string(device->dns_suffix)))
        return device->dns_suffix;
    return NULL;
}

void rps_handover_body_put(struct buffer *out, const struct rps_device *device,
                           enum rps_body_kind kind, bool with_passwords, bool is_new)
{
    struct json_writer json;
    char guid[GUID_TEXT_SIZE];
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "guid", guid_format(&device->guid, guid));
    put_text(&json, "hostname", host_name_of(device));
    put_text(&json, "mpsusername", device->mps_username);
    put_tags(&json, device);
    if (kind == RPS_BODY_ADD)
        put_text(&json, "tenantId", device->tenant);
    put_text(&json, "dnsSuffix", suffix_of(device));
    put_text(&json, "friendlyName", device->friendly_name);
    if (device->device_info != NULL) {
        json_put_key(&json, "deviceInfo");
        json_put_raw(&json, slice_of_string(device->device_info));
    }
    if (with_passwords)
        put_passwords(&json, device, is_new);
    json_close_object(&json);
}

static const char *dump(struct arena *arena, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    const char *copy = text == NULL ? NULL : arena_string(arena, slice_of_string(text));
    free(text);
    return copy;
}

static bool is_record_of(const json_t *record, const struct guid *guid)
{
    struct guid own;
    const char *text = json_string_value(json_object_get(record, "guid"));
    return text != NULL && guid_parse(slice_of_string(text), &own) && guid_equal(&own, guid);
}

/* … that an administrator says of a device. */
static bool has_nothing(const json_t *record)
{
    static const char *const texts[] = {"friendlyName", "dnsSuffix", "username", "certHash"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = json_string_value(json_object_get(record, texts[i]));
        if (text != NULL && text[0] != '\0')
            return false;
    }
    return !json_is_true(json_object_get(record, "useTLS")) &&
           json_array_size(json_object_get(record, "tags")) == 0;
}

bool rps_handover_record_read(struct arena *arena, struct slice text, const struct guid *guid,
                              const char *tenant, struct rps_known *known, const char **device_info,
                              struct error *err)
{
    json_t *record = json_reader_parse(text, 2 * JSON_READER_DEPTH, NULL);
    *known = (struct rps_known){0};
    *device_info = NULL;
    if (!is_record_of(record, guid)) {
        json_decref(record);
        return error_set(err, ERROR_PROTOCOL,
                         "it was asked for a device and answered with something else");
    }
    const json_t *info = json_object_get(record, "deviceInfo");
    const char *owner = json_string_value(json_object_get(record, "tenantId"));
    known->other_tenant = owner != NULL && !slice_equal_string(slice_of_string(owner), tenant);
    known->found = !known->other_tenant;
    const char *host = json_string_value(json_object_get(record, "hostname"));
    const char *user = json_string_value(json_object_get(record, "mpsusername"));
    known->on_lan =
        known->found && host != NULL && *host != '\0' && (user == NULL || *user == '\0');
    if (known->found && user != NULL && *user != '\0' && strlen(user) <= STORE_MPS_USERNAME_LIMIT)
        known->mps_username = arena_string(arena, slice_of_string(user));
    known->connected = json_is_true(json_object_get(record, "connectionStatus"));
    if (known->found && json_is_object(info)) {
        const char *at = json_string_value(json_object_get(info, "activatedAt"));
        known->activated_at = at == NULL ? NULL : arena_string(arena, slice_of_string(at));
        *device_info = dump(arena, info);
    }
    known->is_bare = known->found && known->mps_username == NULL && known->activated_at == NULL &&
                     has_nothing(record);
    json_decref(record);
    return true;
}

/* Words that a person may read: no bytes that would do something to a terminal or a log. */
static const char *words_of(const json_t *value, char words[WORDS_LIMIT + 1])
{
    const char *text = json_string_value(value);
    struct slice given = slice_first(slice_of_string(text == NULL ? "" : text), WORDS_LIMIT);
    for (size_t i = 0; i < given.size; i++)
        words[i] = given.data[i] < 0x20 || given.data[i] > 0x7e ? '?' : (char)given.data[i];
    words[given.size] = '\0';
    return given.size > 0 ? words : NULL;
}

bool rps_handover_refusal(int status, struct slice body, struct error *err)
{
    char first[WORDS_LIMIT + 1], second[WORDS_LIMIT + 1];
    enum error_code code = http_client_error_of(status);
    /* Its refusal of our token is no login of the agent's. */
    if (code == ERROR_UNAUTHORIZED || code == ERROR_FORBIDDEN)
        return error_set(err, code, "it refuses the token (status %d): see --mps-token-file",
                         status);
    json_t *json = json_reader_parse(body, JSON_READER_DEPTH, NULL);
    const json_t *wrong = json_array_get(json_object_get(json, "errors"), 0);
    const char *kind = words_of(
        json_object_get(wrong != NULL ? wrong : json, wrong != NULL ? "path" : "error"), first);
    const char *text = words_of(
        json_object_get(wrong != NULL ? wrong : json, wrong != NULL ? "msg" : "message"), second);
    if (kind != NULL && text != NULL)
        error_set(err, code, "it answered with status %d: %s: %s", status, kind, text);
    else if (kind != NULL || text != NULL)
        error_set(err, code, "it answered with status %d: %s", status, kind != NULL ? kind : text);
    else
        error_set(err, code, "it answered with status %d", status);
    json_decref(json);
    return false;
}

const char *rps_device_info_merge(struct arena *arena, const char *stored, const char *changes,
                                  struct error *err)
{
    json_t *whole =
        stored != NULL ? json_reader_parse(slice_of_string(stored), JSON_READER_DEPTH, NULL) : NULL;
    json_t *part = json_reader_parse(slice_of_string(changes), JSON_READER_DEPTH, err);
    const char *text = NULL;
    if (!json_is_object(whole)) {
        json_decref(whole);
        whole = json_object();
    }
    if (part != NULL && json_object_update(whole, part) == 0)
        text = dump(arena, whole);
    json_decref(part);
    json_decref(whole);
    if (text == NULL)
        error_set(err, ERROR_INTERNAL, "deviceInfo cannot be written");
    return text;
}
