#include "mei/flash_log.h"

#include "core/cursor.h"

/*
 * The header is one word, little-endian: message class (bits 1:0; 2 is a command), target (4:2; 1),
 * number in a sequence (7:5), code of the request or the result (15:8), length of the message
 * (27:16; requests have none and that of replies is not told, so neither counts), type (31).
 */
#define HEADER_SIZE 4
#define CLASS       0x06

/* Results. */
#define RESULT_SUCCESS     0x10
#define RESULT_UNSUPPORTED 0x89 /* also seen in the last byte of a reply that is but a header */

static const char *name_of(enum mei_flash_log_request request)
{
    return request == MEI_FLASH_LOG_SIZE ? "GetSize" : "GetData";
}

bool mei_flash_log_take_reply(struct slice message, enum mei_flash_log_request request,
                              struct slice *body, struct error *err)
{
    const char *name = name_of(request);
    if (message.size < HEADER_SIZE)
        return error_set(err, ERROR_PROTOCOL, "flash log %s: the reply has %zu bytes, too few",
                         name, message.size);
    uint8_t result = message.data[1];
    *body = slice_from(message, HEADER_SIZE);
    if (body->size == 0 && (message.data[3] == RESULT_UNSUPPORTED || result == RESULT_UNSUPPORTED))
        return error_set(err, ERROR_UNSUPPORTED, "flash log %s: this firmware keeps no flash log",
                         name);
    /* LMS wants 0x10 there; rpc-go does not look, so the code of the request does as well. */
    if (result != RESULT_SUCCESS && result != request)
        return error_set(err, ERROR_DEVICE, "flash log %s: the management engine refuses (0x%02X)",
                         name, result);
    if (request == MEI_FLASH_LOG_SIZE ? body->size != sizeof(uint32_t)
                                      : body->size > MEI_FLASH_LOG_LIMIT)
        return error_set(err, ERROR_PROTOCOL,
                         "flash log %s: the reply of %zu bytes is not of the form that is known",
                         name, message.size);
    return true;
}

bool mei_flash_log_ask(struct mei *mei, enum mei_flash_log_request request, struct buffer *reply,
                       struct slice *body, struct error *err)
{
    const uint8_t sent[HEADER_SIZE] = {CLASS, (uint8_t)request, 0, 0};
    if (!mei_send(mei, slice_of(sent, sizeof sent), err) || !mei_receive(mei, reply, err))
        return error_wrap(err, "flash log %s", name_of(request));
    return mei_flash_log_take_reply(buffer_slice(reply), request, body, err);
}

static bool ask(enum mei_flash_log_request request, struct buffer *reply, struct slice *body,
                struct error *err)
{
    struct mei *mei = mei_open(MEI_HOTHAM, err);
    bool asked = mei != NULL && mei_flash_log_ask(mei, request, reply, body, err);
    mei_close(mei);
    return asked;
}

bool mei_flash_log_read(struct buffer *log, struct error *err)
{
    struct buffer reply;
    struct slice body;
    buffer_init(&reply, MEI_MESSAGE_LIMIT);
    bool asked = ask(MEI_FLASH_LOG_DATA, &reply, &body, err);
    if (asked)
        buffer_put(log, body);
    buffer_fini(&reply);
    return asked && (buffer_ok(log) ||
                     error_set(err, ERROR_TOO_LARGE, "the flash log is longer than there is room"));
}
