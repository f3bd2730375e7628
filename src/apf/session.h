/*
 * The host's side of one APF session: the presence server towards a device that called in (CIRA),
 * and the role of LMS towards the ME (`local`, below). Pure protocol: bytes from the device go in,
 * events and bytes for the device come out; no I/O, no clock, no memory beyond a partial message
 * and its channels. One thread.
 *
 * States (a message that does not fit the state ends the session with DISCONNECT 2):
 *
 *   START --PROTOCOLVERSION--> VERSION --SERVICE_REQUEST auth--> AUTH --USERAUTH_REQUEST-->
 *   CHECKING --apf_session_admit(true)--> ADMITTED --SERVICE_REQUEST pfwd--> FORWARDING
 *                \--apf_session_admit(false)--> AUTH (three failures: CLOSED)
 *   any state --DISCONNECT, malformed message, apf_session_disconnect--> CLOSED
 *
 * An unknown major version is answered with DISCONNECT 8, an unknown service with 7, the third
 * refusal with 14.
 *
 * Before ADMITTED only PROTOCOLVERSION, SERVICE_REQUEST, USERAUTH_REQUEST, KEEPALIVE_* and
 * DISCONNECT are understood, and their effect is confined to this session: nothing an
 * unauthenticated peer says can touch another device (spec mps 3.4). A keep-alive is answered but
 * not reported. While CHECKING further bytes are kept (at most one message length) until the owner
 * has decided; more end the session.
 *
 * Windows: channel data is handed over as it comes and counts against the channel's receive window
 * until the owner says it is consumed (apf_channel_consumed); credit goes back when half the
 * window is consumed. Data beyond the window is a protocol error. What is sent never exceeds the
 * device's credit.
 *
 * Towards the ME of the same machine (spec rpc 3.2, device-protocols 1.4) the host speaks first, so
 * apf_session_new queues PROTOCOLVERSION, and START goes to FORWARDING with the ME's. There is no
 * login worth the name: services are accepted, and credentials too, at any time and as often as
 * they come, since firmware begins its session anew whenever it likes; a port that is offered again
 * stays offered. A PROTOCOLVERSION after anything else of a session is answered, ends the channels
 * and forgets the ports. No keep-alive is asked for. Credit goes back as soon as all that came is
 * consumed, since nobody knows that the ME sends less than a whole message.
 *
 * `out` is bounded by its owner: a control message that does not fit ends the session the next time
 * it is fed, channel data just waits.
 */
#ifndef APF_SESSION_H
#define APF_SESSION_H

#include "apf/message.h"
#include "core/list.h"

enum apf_state {
    APF_START,
    APF_VERSION,
    APF_AUTH,
    APF_CHECKING,
    APF_ADMITTED,
    APF_FORWARDING,
    APF_CLOSED
};
const char *apf_state_name(enum apf_state state);

struct apf_session;
struct apf_channel;

/* What the session tells its owner. Called from inside apf_session_feed and the other functions;
 * the owner may call back into the session, except that it must neither feed nor free it before
 * they have returned. Any event but `authenticate` may be NULL. */
struct apf_session_events {
    /* The device said who it is (not yet proven). */
    void (*version)(void *owner, const struct apf_message *message);
    /* Credentials to check; answer with apf_session_admit, now or later. Slices are borrowed. A
     * method other than "password" is refused by the session itself. */
    void (*authenticate)(void *owner, struct slice user, struct slice password);
    /* The device offers (or withdraws) a port that channels may be opened to. */
    void (*forward)(void *owner, struct slice address, uint32_t port, bool offered);
    /* Local only: the ME opens a channel to the host, as it does for its alerts. Returns the events
     * under which it is taken, with *channel_owner set, or NULL: refused, as without this event.
     * `channel` is open once this has returned, and not to be used before; nor may the session be
     * ended before. At most four at once. */
    const struct apf_channel_events *(*accept)(void *owner, struct apf_channel *channel,
                                               const struct apf_message *open,
                                               void **channel_owner);
    /* udp-send-to: an alert (RMCP/PET) that the device asks to be sent on. */
    void (*udp)(void *owner, const struct apf_message *message);
    /* A keep-alive arrived; the answer is already queued. */
    void (*keepalive)(void *owner);
    /* The device agreed to keep-alive options. */
    void (*keepalive_options)(void *owner, uint32_t interval_s, uint32_t timeout_s);
    /* The session ended: `why` is the device's DISCONNECT, or that it does not read
     * (ERROR_CONNECTION), or what it did wrong (ERROR_PROTOCOL, ERROR_UNAUTHORIZED). Every channel
     * has had its closed event before. Does not follow apf_session_disconnect. */
    void (*closed)(void *owner, const struct error *why);
};

struct apf_session_options {
    uint32_t window;         /* receive window per channel: 32,768 … 1,048,576; default 81,920.
                                Local: from 1,024 on; default 4,096, which firmware is used to */
    uint32_t channels_limit; /* most channels at once; default 8, the firmware's pool */
    uint32_t keepalive_s;    /* asked once, at port 5900 or the fourth port; default 30 */
    uint32_t keepalive_timeout_s; /* default 0, as MPS asks */
    uint16_t message_limit; /* bytes of a CHANNEL_DATA that is sent; default and least 4,096 for
                               CIRA; local: what the ME's client carries, from 64 on */
    bool local;             /* the peer is the ME of this machine */
};

/* `out` receives the bytes for the device; the owner sends and consumes them after each call.
 * `out`, `events` and `owner` are borrowed for the session's life. Options that are 0 have their
 * default; a window out of range is moved into it. */
struct apf_session *apf_session_new(const struct apf_session_options *options, struct buffer *out,
                                    const struct apf_session_events *events, void *owner);

/* Frees the session and its channels without events. NULL is fine. */
void apf_session_free(struct apf_session *session);

/* Takes bytes from the device, split or coalesced anywhere. False once the session is closed. */
bool apf_session_feed(struct apf_session *session, struct slice bytes);

/* Decides on the credentials: USERAUTH_SUCCESS or USERAUTH_FAILURE. Then goes on with bytes that
 * were kept. Nothing unless the state is CHECKING. */
void apf_session_admit(struct apf_session *session, bool admitted);

/* Sends DISCONNECT with the reason and closes the session: its channels have their closed event,
 * the session itself has none. */
void apf_session_disconnect(struct apf_session *session, uint32_t reason);

/* Asks the device for a KEEPALIVE_REPLY; that it comes is not reported, only fed. Nothing before
 * ADMITTED. */
void apf_session_ping(struct apf_session *session, uint32_t cookie);

enum apf_state apf_session_state(const struct apf_session *session);

/* True when the device forwards this port now. */
bool apf_session_forwards(const struct apf_session *session, uint32_t port);

/* The GUID of PROTOCOLVERSION. */
const struct guid *apf_session_guid(const struct apf_session *session);

/* Bytes of channel data that came for channels that are unknown or closed by us; for a counter. */
uint64_t apf_session_ignored(const struct apf_session *session);

/* ---- channels ---- */

/* Any event may be NULL. */
struct apf_channel_events {
    void (*opened)(void *owner);
    /* Bytes from the device; they stay counted against the window until apf_channel_consumed. */
    void (*data)(void *owner, struct slice bytes);
    /* The device gave credit; more can be sent. */
    void (*credit)(void *owner);
    /* The channel is over and freed after this returns. `why` is NULL after an orderly close by
     * either side; ERROR_CONNECTION when the open was refused (with the reason's name) or the
     * session ended; ERROR_UNSUPPORTED when the open was refused because the device has withdrawn
     * the port meanwhile. Local: ERROR_BUSY when it was refused with a reason that passes (1, 4).
     */
    void (*closed)(void *owner, const struct error *why);
};

/* Opens a forwarded-tcpip channel to a port of the device. NULL with ERROR_BUSY when the limit of
 * channels is reached or `out` is full, ERROR_UNSUPPORTED when the device does not forward the
 * port, ERROR_CONNECTION when the session is not forwarding. The result comes as an event, never
 * before this returns. Channels that are closing do not count against the limit. */
struct apf_channel *apf_channel_open(struct apf_session *session, uint32_t port,
                                     const struct apf_channel_events *events, void *owner,
                                     struct error *err);

/* The same with a receive window of its own, of at most the session's: what may wait for its
 * reader.
 */
struct apf_channel *apf_channel_open_within(struct apf_session *session, uint32_t port,
                                            uint32_t window,
                                            const struct apf_channel_events *events, void *owner,
                                            struct error *err);

/* Bytes that may be sent now. */
uint32_t apf_channel_credit(const struct apf_channel *channel);

/* How many of `size` bytes that wait should be sent now: all, when the credit is enough, else whole
 * messages (of 4,096 bytes) or, what is at least a sixteenth of the device's window.
 * Otherwise a device that returns credit message by message is sent the splinters of its window
 * over and over (RFC 1122 4.2.3.4 has the same trouble). 0: wait for more credit, but not for ever,
 * since nobody says that a device returns all of it. */
size_t apf_channel_worth(const struct apf_channel *channel, size_t size);

/* Sends at most the credit in CHANNEL_DATA messages of at most `message_limit`; returns how many
 * bytes were taken. Fewer than the credit means that `out` is full: try again once it has drained,
 * no event will tell. */
size_t apf_channel_send(struct apf_channel *channel, struct slice bytes);

/* `size` bytes of those handed over (no more than those count) have been dealt with; returns credit
 * to the device. */
void apf_channel_consumed(struct apf_channel *channel, size_t size);

/* Closes our side. The owner hears nothing more and must not use the channel again; the session
 * keeps its id until the device has answered. A device that owes more than 64 such answers is given
 * up: the session ends, here or when the event at hand has returned. */
void apf_channel_close(struct apf_channel *channel);

#endif
