/*
 * What the three files of a session share. intake.c turns bytes into messages, session.c acts on
 * them, channel.c has the channels and their windows. Nobody else includes this. Same thread and
 * life cycle as session.h.
 *
 * An idle session is one allocation: no buffer is held unless a message has arrived in part, and
 * CHANNEL_DATA is never collected but handed on as it comes (`data_left`).
 */
#ifndef APF_SESSION_INTERNAL_H
#define APF_SESSION_INTERNAL_H

#include "apf/session.h"

/* Ports a device may offer at once; firmware offers seven. */
#define APF_PORTS_LIMIT 16
/* Channels closed by us whose CLOSE the device may still owe. */
#define APF_CLOSING_LIMIT 64
/* As MPS; firmware is known to close a dead channel 0 again. */
#define APF_FIRST_ID 4

/* Sets of states. */
enum {
    IN_START = 1 << APF_START,
    IN_VERSION = 1 << APF_VERSION,
    IN_AUTH = 1 << APF_AUTH,
    IN_CHECKING = 1 << APF_CHECKING,
    IN_ADMITTED = 1 << APF_ADMITTED,
    IN_FORWARDING = 1 << APF_FORWARDING,
    IN_CLOSED = 1 << APF_CLOSED,
    IN_ANY = IN_CLOSED - 1,
};

struct apf_session {
    struct buffer *out;
    const struct apf_session_events *events;
    void *owner;
    struct list channels;
    uint8_t *kept; /* the part of a message that has arrived; anything while CHECKING */
    uint32_t kept_size;
    uint32_t kept_capacity;
    struct apf_session_options options;
    uint32_t next_id;      /* where to look for the next free id of a channel of ours */
    uint32_t data_channel; /* recipient of the CHANNEL_DATA that is arriving */
    uint32_t data_left;    /* bytes of its payload still to come */
    uint32_t closing;      /* channels that wait for the device's CLOSE, or for an unwanted open */
    uint64_t ignored;
    struct guid guid;
    uint16_t ports[APF_PORTS_LIMIT];
    uint8_t port_count;
    uint8_t failures;
    uint8_t state; /* enum apf_state */
    bool processing;
    bool options_asked;
    bool begun; /* local: the ME has got further than PROTOCOLVERSION */
};

/* Ends the session over what the device did: queues DISCONNECT with `reason` (none for 0), tells
 * every channel and then the owner. Nothing when it has ended before. */
void apf_session_fail(struct apf_session *session, uint32_t reason, enum error_code code,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Acts on a whole message that fits the state. */
void apf_session_message(struct apf_session *session, const struct apf_message *message);

/* Goes on with the bytes that were kept; nothing from inside an event, where the intake goes on by
 * itself. */
void apf_intake_resume(struct apf_session *session);

/* Wipes and frees what was kept: it may have held a password. */
void apf_intake_drop(struct apf_session *session);

/* Handles one of CHANNEL_OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST and CLOSE. */
void apf_channels_message(struct apf_session *session, const struct apf_message *message);

/* Judges the header of a CHANNEL_DATA: counts `size` against the window of the channel, and fails
 * the session when it does not fit. */
void apf_channels_expect_data(struct apf_session *session, uint32_t id, uint32_t size);

/* Hands a piece of the payload to the channel, or counts it as ignored. Past a failed header
 * nothing is handed over. */
void apf_channels_data(struct apf_session *session, uint32_t id, struct slice bytes);

/* Longest payload of a CHANNEL_DATA that is sent. */
uint32_t apf_channels_send_most(const struct apf_session *session);

/* Tells every channel that the session is over, and frees them. */
void apf_channels_end(struct apf_session *session, const struct error *why);

/* Frees every channel without events. */
void apf_channels_free(struct apf_session *session);

/* Fails the session when the device owes too many CLOSEs. */
void apf_channels_check(struct apf_session *session);

#endif
