#include "rps/message.h"

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "http/json.h"

#define DEPTH         8
#define MAJOR_VERSION 4
#define MINOR_VERSION 0
#define REVISION      0

/* ---- reading ---- */

static bool take_text(struct arena *arena, const json_t *object, const char *key,
                      struct slice *text)
{
    const json_t *value = json_object_get(object, key);
    *text = (struct slice){NULL, 0};
    if (!json_is_string(value))
        return false;
    *text = arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

static enum rps_message_kind kind_of(struct slice method)
{
    static const struct {
        const char *word;
        enum rps_message_kind kind;
    } kinds[] = {
        {"response", RPS_MESSAGE_RESPONSE},
        {"tls_data", RPS_MESSAGE_TLS_DATA},
        {"connection_reset", RPS_MESSAGE_CONNECTION_RESET},
        {"port_switch_ack", RPS_MESSAGE_PORT_SWITCH_ACK},
        {"heartbeat_response", RPS_MESSAGE_HEARTBEAT_RESPONSE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_equal_string(method, kinds[i].word))
            return kinds[i].kind;
    return RPS_MESSAGE_COMMAND;
}

bool rps_message_read(struct arena *arena, struct slice text, struct rps_message *message,
                      struct error *err)
{
    struct slice version;
    struct error why;
    *message = (struct rps_message){.kind = RPS_MESSAGE_COMMAND};
    json_t *json = json_reader_parse_any(text, DEPTH, &why);
    if (json == NULL)
        return error_set(err, ERROR_INVALID, "SyntaxError: %s", why.text);
    bool ok = json_is_object(json) ||
              error_set(err, ERROR_INVALID, "SyntaxError: the message is no JSON object");
    if (ok) {
        (void)take_text(arena, json, "method", &message->method);
        (void)take_text(arena, json, "tenantId", &message->tenant);
        (void)take_text(arena, json, "protocolVersion", &version);
        message->has_payload = take_text(arena, json, "payload", &message->payload);
        message->kind = kind_of(message->method);
        ok = rps_version_check(version, err);
    }
    http_json_wipe(json); /* a command line may hold a password */
    json_decref(json);
    return ok;
}

/* ---- the version ---- */

/* As JavaScript's parseInt: blanks and a sign may come first, what follows the digits is not looked
 * at. What is too large stays large. */
static bool leading_integer(struct slice text, int64_t *value)
{
    bool negative = false;
    text = slice_trim(text);
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        negative = text.data[0] == '-';
        text = slice_from(text, 1);
    }
    if (text.size == 0 || text.data[0] < '0' || text.data[0] > '9')
        return false;
    *value = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        if (*value < INT32_MAX)
            *value = *value * 10 + (text.data[i] - '0');
    *value = negative ? -*value : *value;
    return true;
}

static bool is_spoken(const int64_t parts[3])
{
    return parts[0] == MAJOR_VERSION && parts[1] <= MINOR_VERSION &&
           (parts[1] != MINOR_VERSION || parts[2] <= REVISION);
}

bool rps_version_check(struct slice version, struct error *err)
{
    static const char *const names[] = {"major", "minor", "revision"};
    struct slice shown = slice_first_text(version, 40);
    struct slice rest = version;
    int64_t parts[3] = {0, 0, 0};
    size_t count = 1;
    if (version.size == 0)
        return true;
    for (size_t i = 0; i < version.size; i++)
        count += version.data[i] == '.';
    if (count > 3)
        return error_set(err, ERROR_INVALID, "Error: invalid version string length");
    for (size_t i = 0; i < count; i++)
        if (!leading_integer(slice_split(&rest, '.'), &parts[i]))
            return error_set(err, ERROR_INVALID, "Error: failed to parse %s", names[i]);
    return is_spoken(parts) ||
           error_set(err, ERROR_INVALID, "Error: protocol version NOT supported: %.*s",
                     SLICE_ARG(shown));
}

/* ---- writing ---- */

static void put_member(struct json_writer *json, const char *key, struct slice value)
{
    json_put_key(json, key);
    json_put_string_slice(json, value);
}

void rps_message_put(struct buffer *out, const char *version, const struct rps_told *told)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "method", told->method);
    json_put_member_string(&json, "apiKey", "xxxxx");
    json_put_member_string(&json, "appVersion", version);
    json_put_member_string(&json, "protocolVersion", RPS_PROTOCOL_VERSION);
    json_put_member_string(&json, "status", told->status);
    put_member(&json, "message", told->message);
    if (told->payload.data == NULL)
        json_put_member_string(&json, "payload", NULL);
    else
        put_member(&json, "payload", told->payload);
    json_put_member_string(&json, "tenantId", "");
    json_close_object(&json);
}
