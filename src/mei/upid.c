#include "mei/upid.h"

bool mei_upid_get(struct mei_upid *upid, struct error *err)
{
    (void)upid;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_get is not there yet");
}

bool mei_upid_state(bool *on, struct error *err)
{
    (void)on;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_state is not there yet");
}

bool mei_upid_set_state(bool on, struct error *err)
{
    (void)on;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_set_state is not there yet");
}

bool mei_upid_support(uint8_t *bits, struct error *err)
{
    (void)bits;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_support is not there yet");
}

bool mei_upid_os_control(bool *on, struct error *err)
{
    (void)on;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_os_control is not there yet");
}

bool mei_upid_ask(struct mei *mei, enum mei_upid_command command, uint8_t value,
                  struct buffer *reply, struct slice *body, struct error *err)
{
    (void)mei;
    (void)command;
    (void)value;
    (void)reply;
    (void)body;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_ask is not there yet");
}

bool mei_upid_take_reply(struct slice message, enum mei_upid_command command, struct slice *body,
                         struct error *err)
{
    (void)message;
    (void)command;
    (void)body;
    return error_set(err, ERROR_UNSUPPORTED, "mei_upid_take_reply is not there yet");
}

bool mei_upid_decode(struct slice body, struct mei_upid *upid)
{
    (void)body;
    (void)upid;
    return false;
}

const char *mei_upid_status_name(uint32_t status)
{
    (void)status;
    return "unknown";
}
