#include "mei/flash_log.h"

bool mei_flash_log_size(uint32_t *size, struct error *err)
{
    (void)size;
    return error_set(err, ERROR_UNSUPPORTED, "mei_flash_log_size is not there yet");
}

bool mei_flash_log_read(struct buffer *log, struct error *err)
{
    (void)log;
    return error_set(err, ERROR_UNSUPPORTED, "mei_flash_log_read is not there yet");
}

bool mei_flash_log_ask(struct mei *mei, enum mei_flash_log_request request, struct buffer *reply,
                       struct slice *body, struct error *err)
{
    (void)mei;
    (void)request;
    (void)reply;
    (void)body;
    return error_set(err, ERROR_UNSUPPORTED, "mei_flash_log_ask is not there yet");
}

bool mei_flash_log_take_reply(struct slice message, enum mei_flash_log_request request,
                              struct slice *body, struct error *err)
{
    (void)message;
    (void)request;
    (void)body;
    return error_set(err, ERROR_UNSUPPORTED, "mei_flash_log_take_reply is not there yet");
}
