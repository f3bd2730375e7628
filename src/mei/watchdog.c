#include "mei/watchdog.h"

#include "core/buffer.h"
#include "core/cursor.h"

/* Headers: command, bytes that follow, sub-command, version. */
#define HEADER_SIZE 4

static const uint8_t ask_flags[] = {0x05, 0x02, 0x51, 0x10};
static const uint8_t switch_off[] = {0x05, 0x03, 0x53, 0x10, 0x00};
static const uint8_t switch_on[] = {0x05, 0x03, 0x53, 0x10, 0x01};

/* One byte without a header, as LMS and rpc-go read it. */
bool mei_watchdog_decode_flags(struct slice message, struct mei_watchdog_flags *flags)
{
    if (message.size != 1)
        return false;
    uint8_t raw = message.data[0];
    *flags = (struct mei_watchdog_flags){
        .allowed = (raw & 0x01) != 0,
        .enabled = (raw & 0x02) != 0,
        .restricted = (raw & 0x20) != 0,
        .tls_enforced = (raw & 0x40) != 0,
        .new_interface = (raw & 0x80) != 0,
        .raw = raw,
    };
    return true;
}

/* What stands in the header of the reply nobody has told, so that is not looked at. */
bool mei_watchdog_decode_operational(struct slice message, uint32_t *status)
{
    struct cursor c = cursor_of(message);
    (void)cursor_bytes(&c, HEADER_SIZE);
    *status = cursor_u32_le(&c);
    return cursor_ok(&c) && c.left == 0;
}

static bool exchange(struct mei *mei, const char *name, struct slice request, struct buffer *reply,
                     struct error *err)
{
    return (mei_send(mei, request, err) && mei_receive(mei, reply, err)) ||
           error_wrap(err, "watchdog %s", name);
}

static bool malformed(const char *name, const struct buffer *reply, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL,
                     "watchdog %s: the reply of %zu bytes is not of the form that is known", name,
                     buffer_size(reply));
}

bool mei_watchdog_ask_flags(struct mei *mei, struct mei_watchdog_flags *flags, struct error *err)
{
    static const char name[] = "IsChangeToAmtEnabled";
    struct buffer reply;
    buffer_init(&reply, MEI_MESSAGE_LIMIT);
    bool asked =
        exchange(mei, name, slice_of(ask_flags, sizeof ask_flags), &reply, err) &&
        (mei_watchdog_decode_flags(buffer_slice(&reply), flags) || malformed(name, &reply, err));
    buffer_fini(&reply);
    return asked;
}

bool mei_watchdog_ask_operational(struct mei *mei, bool on, struct error *err)
{
    static const char name[] = "SetAmtOperationalState";
    struct slice request =
        on ? slice_of(switch_on, sizeof switch_on) : slice_of(switch_off, sizeof switch_off);
    struct buffer reply;
    uint32_t status = 0;
    buffer_init(&reply, MEI_MESSAGE_LIMIT);
    bool asked = exchange(mei, name, request, &reply, err) &&
                 (mei_watchdog_decode_operational(buffer_slice(&reply), &status) ||
                  malformed(name, &reply, err));
    if (asked && status != 0)
        asked = error_set(err, ERROR_DEVICE, "watchdog %s: the management engine refuses (%u)",
                          name, status);
    buffer_fini(&reply);
    return asked;
}

bool mei_watchdog_flags(struct mei_watchdog_flags *flags, struct error *err)
{
    struct mei *mei = mei_open(MEI_WATCHDOG, err);
    bool asked = mei != NULL && mei_watchdog_ask_flags(mei, flags, err);
    mei_close(mei);
    return asked;
}

bool mei_watchdog_set_operational(bool on, struct error *err)
{
    struct mei *mei = mei_open(MEI_WATCHDOG, err);
    bool asked = mei != NULL && mei_watchdog_ask_operational(mei, on, err);
    mei_close(mei);
    return asked;
}
