/*
 * What a client says in a screen session (spec device-protocols 3.1, 3.4; RFC 6143 7.5): one
 * encoder per message. Numbers are big-endian. Pure; any thread.
 */
#ifndef REDIR_RFB_MESSAGE_H
#define REDIR_RFB_MESSAGE_H

#include "redir/screen.h"

/* Opens a screen session after the login, and its answer from the device. */
#define REDIR_KVM_OPEN      0x40
#define REDIR_KVM_OPENED    0x41
#define REDIR_KVM_OPEN_SIZE 8

enum redir_rfb_client_message {
    REDIR_RFB_SET_PIXEL_FORMAT = 0,
    REDIR_RFB_SET_ENCODINGS = 2,
    REDIR_RFB_UPDATE_REQUEST = 3,
    REDIR_RFB_KEY_EVENT = 4,
    REDIR_RFB_POINTER_EVENT = 5,
    REDIR_RFB_CLIENT_CUT_TEXT = 6
};

enum redir_rfb_device_message {
    REDIR_RFB_UPDATE = 0,
    REDIR_RFB_BELL = 2,
    REDIR_RFB_SERVER_CUT_TEXT = 3
};

#define REDIR_RFB_ENCODING_RAW          0
#define REDIR_RFB_ENCODING_ZRLE         16
#define REDIR_RFB_ENCODING_CHANNEL      1092 /* the client knows KvmDataChannel; no rectangle has it */
#define REDIR_RFB_ENCODING_DESKTOP_SIZE (-223)

#define REDIR_RFB_VERSION_TEXT  "RFB 003.008\n"
#define REDIR_RFB_VERSION_SIZE  12
#define REDIR_RFB_SECURITY_NONE 1

/* Tags of the cut texts that are none, with both NULs. */
#define REDIR_RFB_CHANNEL_TAG   SLICE_LITERAL("\0KvmDataChannel\0")
#define REDIR_RFB_EXTENSION_TAG SLICE_LITERAL("\0KvmExtCmd\0")

void redir_rfb_put_pixel_format(struct buffer *b, enum redir_rfb_format format);
void redir_rfb_put_encodings(struct buffer *b, const int32_t *encodings, uint16_t count);
void redir_rfb_put_update_request(struct buffer *b, bool incremental,
                                  const struct redir_rect *rect);

/* ClientCutText with a KvmExtCmd: command 4 with 0 switches compression off. */
void redir_rfb_put_extension(struct buffer *b, uint8_t command, uint8_t value);

#endif
