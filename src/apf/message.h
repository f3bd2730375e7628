/*
 * The messages of AMT Port Forwarding: one decoder, one encoder per message. Layouts are spec
 * device-protocols 1.1; integers are big-endian; APF has no framing, so the length of a message
 * follows from its contents. Pure: no I/O, no state.
 */
#ifndef APF_MESSAGE_H
#define APF_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "core/guid.h"

/*  X(name, type byte) */
#define APF_MESSAGES(X)                   \
    X(APF_DISCONNECT, 1)                  \
    X(APF_SERVICE_REQUEST, 5)             \
    X(APF_SERVICE_ACCEPT, 6)              \
    X(APF_USERAUTH_REQUEST, 50)           \
    X(APF_USERAUTH_FAILURE, 51)           \
    X(APF_USERAUTH_SUCCESS, 52)           \
    X(APF_GLOBAL_REQUEST, 80)             \
    X(APF_REQUEST_SUCCESS, 81)            \
    X(APF_REQUEST_FAILURE, 82)            \
    X(APF_CHANNEL_OPEN, 90)               \
    X(APF_CHANNEL_OPEN_CONFIRMATION, 91)  \
    X(APF_CHANNEL_OPEN_FAILURE, 92)       \
    X(APF_CHANNEL_WINDOW_ADJUST, 93)      \
    X(APF_CHANNEL_DATA, 94)               \
    X(APF_CHANNEL_CLOSE, 97)              \
    X(APF_PROTOCOLVERSION, 192)           \
    X(APF_KEEPALIVE_REQUEST, 208)         \
    X(APF_KEEPALIVE_REPLY, 209)           \
    X(APF_KEEPALIVE_OPTIONS_REQUEST, 210) \
    X(APF_KEEPALIVE_OPTIONS_REPLY, 211)

enum apf_type {
#define APF_MESSAGE(name, value) name = value,
    APF_MESSAGES(APF_MESSAGE)
#undef APF_MESSAGE
};

/* "CHANNEL_OPEN"; "unknown" for another number. */
const char *apf_type_name(unsigned type);

enum apf_disconnect_reason { /* spec device-protocols 1.1 */
                             APF_HOST_NOT_ALLOWED_TO_CONNECT = 1,
                             APF_PROTOCOL_ERROR,
                             APF_KEY_EXCHANGE_FAILED,
                             APF_RESERVED,
                             APF_MAC_ERROR,
                             APF_COMPRESSION_ERROR,
                             APF_SERVICE_NOT_AVAILABLE,
                             APF_PROTOCOL_VERSION_NOT_SUPPORTED,
                             APF_HOST_KEY_NOT_VERIFIABLE,
                             APF_CONNECTION_LOST,
                             APF_BY_APPLICATION,
                             APF_TOO_MANY_CONNECTIONS,
                             APF_AUTH_CANCELLED_BY_USER,
                             APF_NO_MORE_AUTH_METHODS,
                             APF_ILLEGAL_USER_NAME,
                             APF_CONNECTION_TIMED_OUT,
                             APF_BY_POLICY,
                             APF_TEMPORARILY_UNAVAILABLE,
};
const char *apf_disconnect_reason_name(uint32_t reason);

enum apf_open_failure {
    APF_ADMINISTRATIVELY_PROHIBITED = 1,
    APF_CONNECT_FAILED,
    APF_UNKNOWN_CHANNEL_TYPE,
    APF_RESOURCE_SHORTAGE,
};
const char *apf_open_failure_name(uint32_t reason);

enum apf_request_kind {
    APF_TCPIP_FORWARD,
    APF_CANCEL_TCPIP_FORWARD,
    APF_UDP_SEND_TO,
    APF_OTHER_REQUEST
};

/* Slices borrow from the decoded bytes. Only the fields of the type at hand are set. */
struct apf_message {
    enum apf_type type;
    union {
        struct {
            uint32_t reason;
        } disconnect;
        struct {
            struct slice name;
        } service; /* request and accept */
        struct {
            struct slice user, service, method, password;
            bool has_password;
        } userauth;
        struct {
            enum apf_request_kind kind;
            struct slice name, address, origin_address, data;
            uint32_t port, origin_port;
            bool want_reply;
        } global;
        struct {
            uint32_t port;
            bool has_port;
        } request_success;
        struct {
            struct slice type, connected_address, origin_address;
            uint32_t sender, window, connected_port, origin_port;
        } open;
        struct {
            uint32_t recipient, sender, window;
        } confirmation;
        struct {
            uint32_t recipient, reason;
        } failure;
        struct {
            uint32_t recipient, bytes;
        } adjust;
        struct {
            uint32_t recipient;
            struct slice bytes;
        } data;
        struct {
            uint32_t recipient;
        } close;
        struct {
            uint32_t major, minor, trigger;
            struct guid guid;
        } version;
        struct {
            uint32_t cookie;
        } keepalive; /* request and reply */
        struct {
            uint32_t interval_s, timeout_s;
        } options; /* request and reply */
    };
};

/* Longest string in any field before and outside of CHANNEL_DATA (spec device-protocols 1.2). */
#define APF_STRING_LIMIT 2048
/* Longest payload of CHANNEL_DATA; MPS closes the tunnel past 1 MiB. */
#define APF_DATA_LIMIT (1024 * 1024)

enum apf_decoded { APF_DECODED, APF_NEED_MORE, APF_MALFORMED };

/* Decodes the message at the start of `bytes`. APF_DECODED: `message` and its length `used`.
 * APF_NEED_MORE: it has not arrived whole. APF_MALFORMED: `err` says which field is wrong; the
 * stream cannot be followed any further. REQUEST_SUCCESS (81) has a port or not depending on what
 * was asked, so the caller says with `success_has_port` which one it expects. USERAUTH_FAILURE (51)
 * has 14 or 15 bytes: a zero after the fourteenth is taken with it when it is there already, and
 * must be dropped by the caller when it comes later. */
enum apf_decoded apf_decode(struct slice bytes, bool success_has_port, struct apf_message *message,
                            size_t *used, struct error *err);

/* Encoders append one message. */
void apf_put_disconnect(struct buffer *out, uint32_t reason);
void apf_put_service_request(struct buffer *out, struct slice name);
void apf_put_service_accept(struct buffer *out, struct slice name);
void apf_put_userauth_request(struct buffer *out, struct slice user, struct slice service,
                              struct slice method, struct slice password);
void apf_put_userauth_failure(struct buffer *out); /* 15 bytes, as MPS (trap 11) */
void apf_put_userauth_success(struct buffer *out);
void apf_put_tcpip_forward(struct buffer *out, bool cancel, bool want_reply, struct slice address,
                           uint32_t port);
void apf_put_udp_send_to(struct buffer *out, bool want_reply, struct slice address, uint32_t port,
                         struct slice origin_address, uint32_t origin_port, struct slice data);
void apf_put_request_success(struct buffer *out);
void apf_put_request_success_port(struct buffer *out, uint32_t port);
void apf_put_request_failure(struct buffer *out);
void apf_put_channel_open(struct buffer *out, struct slice type, uint32_t sender, uint32_t window,
                          struct slice connected_address, uint32_t connected_port,
                          struct slice origin_address, uint32_t origin_port);
void apf_put_open_confirmation(struct buffer *out, uint32_t recipient, uint32_t sender,
                               uint32_t window);
void apf_put_open_failure(struct buffer *out, uint32_t recipient, uint32_t reason);
void apf_put_window_adjust(struct buffer *out, uint32_t recipient, uint32_t bytes);
void apf_put_channel_data(struct buffer *out, uint32_t recipient, struct slice bytes);
void apf_put_channel_close(struct buffer *out, uint32_t recipient);
void apf_put_protocolversion(struct buffer *out, uint32_t major, uint32_t minor, uint32_t trigger,
                             const struct guid *guid);
void apf_put_keepalive_request(struct buffer *out, uint32_t cookie);
void apf_put_keepalive_reply(struct buffer *out, uint32_t cookie);
void apf_put_keepalive_options_request(struct buffer *out, uint32_t interval_s, uint32_t timeout_s);
void apf_put_keepalive_options_reply(struct buffer *out, uint32_t interval_s, uint32_t timeout_s);

#endif
