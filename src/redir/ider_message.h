/*
 * The messages of an IDE redirection session behind its login (spec device-protocols 2.4,
 * meshcentral 3.2). Every one begins with eight bytes: type, two zeros, attributes, sequence
 * number; each side numbers its own from 0, one by one. Pure; any thread.
 *
 *   client: 40 open -> device: 41 -> client: 48 set features -> device: 49
 *   device: 50 command -> client: 54 data, the last of them completed; or 51 end with sense;
 *   or 52 get data -> device: 53 data, as often as it takes, and 51 end
 *   device: 46 reset -> client: 47;  44 -> 45 and 4B from either;  client: 42 close -> device: 43
 */
#ifndef REDIR_IDER_MESSAGE_H
#define REDIR_IDER_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "redir/drive.h"
#include "redir/message.h"

enum redir_ider_type {
    REDIR_IDER_OPEN = 0x40,
    REDIR_IDER_OPEN_REPLY = 0x41,
    REDIR_IDER_CLOSE = 0x42,
    REDIR_IDER_CLOSE_REPLY = 0x43,
    REDIR_IDER_PING = 0x44,
    REDIR_IDER_PONG = 0x45,
    REDIR_IDER_RESET = 0x46,
    REDIR_IDER_RESET_REPLY = 0x47,
    REDIR_IDER_FEATURES = 0x48,
    REDIR_IDER_FEATURES_REPLY = 0x49,
    REDIR_IDER_ERROR = 0x4A,
    REDIR_IDER_HEARTBEAT = 0x4B,
    REDIR_IDER_COMMAND = 0x50,
    REDIR_IDER_COMMAND_END = 0x51,
    REDIR_IDER_GET_DATA = 0x52,
    REDIR_IDER_DATA_FROM_HOST = 0x53,
    REDIR_IDER_DATA_TO_HOST = 0x54,
};

#define REDIR_IDER_HEADER       8u
#define REDIR_IDER_DATA_HEAD    34u /* of 54, before its data */
#define REDIR_IDER_BUFFER_LEAST 512u
#define REDIR_IDER_BUFFER_MOST  8192u
#define REDIR_IDER_MESSAGE_MOST (14u + REDIR_IDER_BUFFER_MOST) /* of a device */

/* Types of the features message. */
#define REDIR_IDER_FEATURES_SET 3

/* A message of the device. */
struct redir_ider_message {
    enum redir_ider_type type;
    uint32_t sequence;
    size_t size; /* of all of it */
    /* OPEN_REPLY */
    uint8_t status;
    uint8_t major, minor; /* of the protocol */
    uint8_t firmware_major, firmware_minor;
    uint16_t read_buffer, write_buffer;
    uint8_t protocol;
    /* FEATURES_REPLY */
    uint8_t features_type;
    uint32_t features;
    /* ERROR */
    uint8_t code;
    /* COMMAND; borrowed: twelve bytes */
    enum redir_drive_kind drive;
    bool dma;
    const uint8_t *command;
    /* DATA_FROM_HOST; borrowed */
    struct slice data;
};

/* The message that `bytes` begin with. PART: more bytes are needed, never more than
 * REDIR_IDER_MESSAGE_MOST. MALFORMED: `err` says why. */
enum redir_parsed redir_ider_parse(struct slice bytes, struct redir_ider_message *message,
                                   struct error *err);

/* ---- writing, each with the sequence number given ---- */

/* Times in milliseconds: that the device waits for us, that it may take to send, between its
 * heartbeats. */
void redir_ider_put_open(struct buffer *to, uint32_t sequence, uint16_t receive, uint16_t transmit,
                         uint16_t heartbeat);

/* CLOSE, PING, PONG, RESET_REPLY, HEARTBEAT: nothing but the header. */
void redir_ider_put_plain(struct buffer *to, uint32_t sequence, enum redir_ider_type type);
void redir_ider_put_features(struct buffer *to, uint32_t sequence, uint32_t features);

/* What a command was for, which its answers repeat. */
struct redir_ider_target {
    enum redir_drive_kind drive;
    bool dma;
};

/* The end of a command without data, or behind data that came from the host. Sense key, code and
 * qualifier; a key of 0 is success. */
void redir_ider_put_end(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                        uint8_t sense, uint8_t asc, uint8_t ascq);

/* Asks for `size` bytes of what the host writes. */
void redir_ider_put_get_data(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                             uint16_t size);

/* Data for the host; the command is over with the last of it. */
void redir_ider_put_data(struct buffer *to, uint32_t sequence, struct redir_ider_target target,
                         struct slice data, bool last);

#endif
