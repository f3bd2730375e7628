/*
 * The flash log of the CSME over the HOTHAM client (spec rpc 2.9). Each question is a connection of
 * its own. On a fiber.
 */
#ifndef MEI_FLASH_LOG_H
#define MEI_FLASH_LOG_H

#include "core/buffer.h"
#include "core/error.h"
#include "mei/mei.h"

#include <stdint.h>

/* The longest log. */
#define MEI_FLASH_LOG_LIMIT 8192

/* Codes of the two requests. */
enum mei_flash_log_request { MEI_FLASH_LOG_SIZE = 0x80, MEI_FLASH_LOG_DATA = 0x81 };

/* Appends the log to `log`. */
bool mei_flash_log_read(struct buffer *log, struct error *err);

/* One question over a client that is open; `body` (borrowed from `reply`) follows the header. */
bool mei_flash_log_ask(struct mei *mei, enum mei_flash_log_request request, struct buffer *reply,
                       struct slice *body, struct error *err);

/* A reply; pure. False with ERROR_PROTOCOL, ERROR_UNSUPPORTED or ERROR_DEVICE. */
bool mei_flash_log_take_reply(struct slice message, enum mei_flash_log_request request,
                              struct slice *body, struct error *err);

#endif
