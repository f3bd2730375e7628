/*
 * Serial over LAN: the messages of a session after its start and login (spec device-protocols 2.3).
 * Numbers are little-endian; each message carries the number of its sender's messages before it.
 *
 *   client: 20 start -> device: 21 reply, 29 the line's state -> client: 27 settings
 *   data: 28 to the host, 2A from it      life: 24 and 25 its answer, 2B on either side
 *   either: 22 end -> 23 its answer
 *
 * Pure; any thread.
 */
#ifndef REDIR_SOL_MESSAGE_H
#define REDIR_SOL_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/slice.h"
#include "redir/message.h"

enum redir_sol_type {
    REDIR_SOL_START = 0x20,
    REDIR_SOL_STARTED = 0x21,
    REDIR_SOL_END = 0x22,
    REDIR_SOL_ENDED = 0x23,
    REDIR_SOL_PING = 0x24,
    REDIR_SOL_PONG = 0x25,
    REDIR_SOL_SETTINGS = 0x27,
    REDIR_SOL_TYPED = 0x28,
    REDIR_SOL_LINE = 0x29,
    REDIR_SOL_SAID = 0x2A,
    REDIR_SOL_HEARTBEAT = 0x2B,
};

/* Control bits of 27 and 29, and status bits of 29. */
#define REDIR_SOL_RTS   0x01u
#define REDIR_SOL_DTR   0x02u
#define REDIR_SOL_BREAK 0x04u

#define REDIR_SOL_TX_OVERFLOW 0x01u /* some of what the host said is lost */
#define REDIR_SOL_LOOPBACK    0x02u /* neither BIOS nor system uses the line */
#define REDIR_SOL_POWER_ON    0x04u
#define REDIR_SOL_RX_FLUSHED  0x08u
#define REDIR_SOL_TEST_MODE   0x10u

#define REDIR_SOL_HEADER       10u /* of 28 and 2A */
#define REDIR_SOL_STARTED_SIZE 23u
#define REDIR_SOL_MOST         1000u /* bytes of data that we put into one message */

struct redir_sol_message {
    enum redir_sol_type type;
    uint32_t sequence;
    uint8_t status;    /* STARTED: 0 is success */
    uint16_t most;     /* STARTED: bytes that the device takes in one message; 0: it does not say */
    uint8_t controls;  /* LINE */
    uint8_t line;      /* LINE: status bits */
    struct slice data; /* SAID: some of it */
};

/* Reads what a device sends. Holds a message's head, never its data, so that a length off the wire
 * costs no memory. Zero-initialise. */
struct redir_sol_reader {
    uint8_t head[REDIR_SOL_STARTED_SIZE];
    uint8_t have;  /* bytes of the head */
    uint16_t left; /* bytes of data still to come */
};

/* Takes the next message off `rest`. WHOLE: there it is; data that comes in pieces is a message for
 * each, with a slice of `rest`; data of length 0 is a message, too. PART: all of `rest` was taken.
 * MALFORMED: no message that a device sends. */
enum redir_parsed redir_sol_read(struct redir_sol_reader *reader, struct slice *rest,
                                 struct redir_sol_message *message, struct error *err);

/* 20, with times in ms; `heartbeat_ms` 0: none is wanted. */
void redir_sol_put_start(struct buffer *to, uint32_t sequence, uint16_t heartbeat_ms);

/* 27: the line's control bits; BREAK is the one that anybody needs. */
void redir_sol_put_settings(struct buffer *to, uint32_t sequence, uint8_t controls);

/* 28, of up to 65,535 bytes. */
void redir_sol_put_typed(struct buffer *to, uint32_t sequence, struct slice bytes);

/* 22 to 25 and 2B, which are but their number. */
void redir_sol_put_plain(struct buffer *to, enum redir_sol_type type, uint32_t sequence);

#endif
