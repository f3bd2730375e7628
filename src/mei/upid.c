#include "mei/upid.h"

#include "core/cursor.h"

#include <string.h>

/*  X(number, name) */
#define STATUSES(X)                                  \
    X(0, "UPID_STATUS_SUCCESS")                      \
    X(1, "UPID_STATUS_FEATURE_NOT_SUPPORTED")        \
    X(2, "UPID_STATUS_INVALID_INPUT_PARAMETER")      \
    X(3, "UPID_STATUS_INTERNAL_ERROR")               \
    X(4, "UPID_STATUS_NOT_ALLOWED_AFTER_EOP")        \
    X(5, "UPID_STATUS_NOT_ALLOWED_AFTER_MANUF_LOCK") \
    X(6, "UPID_STATUS_MAX_COUNTERS_EXCEEDED")        \
    X(7, "UPID_STATUS_INVALID_STATE")                \
    X(9, "UPID_STATUS_NOT_ALLOWED_AFTER_CBD")

#define STATUS_NOT_SUPPORTED 1

static const char *status_name(uint32_t status)
{
    switch (status) {
#define CASE(number, name) \
    case number:           \
        return name;
        STATUSES(CASE)
#undef CASE
    default:
        return "UPID_STATUS_UNKNOWN";
    }
}

static const char *name_of(enum mei_upid_command command)
{
    static const char *const names[] = {"FeatureSupportGet",   "FeatureStateGet",
                                        "FeatureStateSet",     "FeatureOsControlGet",
                                        "FeatureOsControlSet", "PlatformIdGet"};
    return names[command];
}

bool mei_upid_take_reply(struct slice message, enum mei_upid_command command, struct slice *body,
                         struct error *err)
{
    const char *name = name_of(command);
    struct cursor c = cursor_of(message);
    uint8_t feature = cursor_u8(&c);
    uint8_t answered = cursor_u8(&c);
    uint16_t size = cursor_u16_le(&c);
    size_t behind = c.left;
    uint32_t status = cursor_u32_le(&c);
    if (!cursor_ok(&c))
        return error_set(err, ERROR_PROTOCOL, "UPID %s: the reply has %zu bytes, too few", name,
                         message.size);
    if (feature != 0 || answered != command)
        return error_set(err, ERROR_PROTOCOL, "UPID %s: the reply is to another command (%u.%u)",
                         name, feature, answered);
    if (size != behind)
        return error_set(err, ERROR_PROTOCOL,
                         "UPID %s: the reply says that it has %u bytes and has %zu", name, size,
                         behind);
    if (status != 0)
        return error_set(err, status == STATUS_NOT_SUPPORTED ? ERROR_UNSUPPORTED : ERROR_DEVICE,
                         "UPID %s: %s (%u)", name, status_name(status), status);
    *body = cursor_bytes(&c, c.left);
    return true;
}

bool mei_upid_decode(struct slice body, struct mei_upid *upid)
{
    struct cursor c = cursor_of(body);
    upid->oem_type = cursor_u32_le(&c);
    struct slice oem = cursor_bytes(&c, MEI_UPID_SIZE);
    struct slice csme = cursor_bytes(&c, MEI_UPID_SIZE);
    if (!cursor_ok(&c) || c.left > 0)
        return false;
    memcpy(upid->oem_id, oem.data, MEI_UPID_SIZE);
    memcpy(upid->csme_id, csme.data, MEI_UPID_SIZE);
    return true;
}

bool mei_upid_ask(struct mei *mei, enum mei_upid_command command, uint8_t value,
                  struct buffer *reply, struct slice *body, struct error *err)
{
    bool sets = command == MEI_UPID_STATE_SET || command == MEI_UPID_OS_CONTROL_SET;
    const uint8_t request[] = {0, (uint8_t)command, sets ? 1 : 0, 0, value};
    struct slice sent = slice_of(request, sets ? sizeof request : sizeof request - 1);
    if (!mei_send(mei, sent, err) || !mei_receive(mei, reply, err)) {
        (void)error_wrap(err, "UPID %s", name_of(command));
        return false;
    }
    return mei_upid_take_reply(buffer_slice(reply), command, body, err);
}

static bool malformed(enum mei_upid_command command, struct slice body, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL,
                     "UPID %s: the reply of %zu bytes is not of the form that is known",
                     name_of(command), body.size);
}

/* Opens, asks, and gives the body to whoever continues: it is in `reply`. */
static bool ask(enum mei_upid_command command, uint8_t value, struct buffer *reply,
                struct slice *body, struct error *err)
{
    struct mei *mei = mei_open(MEI_UPID, err);
    bool asked = mei != NULL && mei_upid_ask(mei, command, value, reply, body, err);
    mei_close(mei);
    return asked;
}

bool mei_upid_get(struct mei_upid *upid, struct error *err)
{
    struct buffer reply;
    struct slice body = {0};
    buffer_init(&reply, MEI_MESSAGE_LIMIT);
    bool got = ask(MEI_UPID_PLATFORM_ID_GET, 0, &reply, &body, err) &&
               (mei_upid_decode(body, upid) || malformed(MEI_UPID_PLATFORM_ID_GET, body, err));
    buffer_fini(&reply);
    return got;
}

/* A command that is answered with one byte. */
static bool get_byte(enum mei_upid_command command, uint8_t *value, struct error *err)
{
    struct buffer reply;
    struct slice body = {0};
    buffer_init(&reply, MEI_MESSAGE_LIMIT);
    bool got =
        ask(command, 0, &reply, &body, err) && (body.size == 1 || malformed(command, body, err));
    if (got) {
        struct cursor c = cursor_of(body);
        *value = cursor_u8(&c);
    }
    buffer_fini(&reply);
    return got;
}

static bool get_bool(enum mei_upid_command command, bool *on, struct error *err)
{
    uint8_t value = 0;
    bool got = get_byte(command, &value, err);
    *on = value != 0;
    return got;
}

bool mei_upid_support(uint8_t *bits, struct error *err)
{
    return get_byte(MEI_UPID_SUPPORT_GET, bits, err);
}

bool mei_upid_state(bool *on, struct error *err)
{
    return get_bool(MEI_UPID_STATE_GET, on, err);
}

bool mei_upid_os_control(bool *on, struct error *err)
{
    return get_bool(MEI_UPID_OS_CONTROL_GET, on, err);
}
