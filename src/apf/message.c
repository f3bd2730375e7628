#include "apf/message.h"

#include "core/cursor.h"

#define DISCONNECT_SIZE       7
#define USERAUTH_FAILURE_SIZE 15
#define OPEN_ANSWER_SIZE      17
#define PROTOCOLVERSION_SIZE  93
#define GUID_SIZE             16
#define VERSION_RESERVED      64
#define STRING_SIZE(s)        (4 + (s).size)

static const char name_forward[] = "tcpip-forward";
static const char name_cancel[] = "cancel-tcpip-forward";
static const char name_udp[] = "udp-send-to@amt.intel.com";
static const char method_password[] = "password";

const char *apf_type_name(unsigned type)
{
    switch (type) {
#define APF_MESSAGE(name, value) \
    case value:                  \
        return &#name[sizeof("APF_") - 1];
        APF_MESSAGES(APF_MESSAGE)
#undef APF_MESSAGE
    default:
        return "unknown";
    }
}

const char *apf_disconnect_reason_name(uint32_t reason)
{
    static const char *const names[] = {
        "unknown reason",
        "host not allowed to connect",
        "protocol error",
        "key exchange failed",
        "reserved",
        "MAC error",
        "compression error",
        "service not available",
        "protocol version not supported",
        "host key not verifiable",
        "connection lost",
        "by application",
        "too many connections",
        "authentication cancelled by user",
        "no more authentication methods",
        "illegal user name",
        "connection timed out",
        "by policy",
        "temporarily unavailable",
    };
    return names[reason < sizeof names / sizeof *names ? reason : 0];
}

const char *apf_open_failure_name(uint32_t reason)
{
    static const char *const names[] = {
        "unknown reason",       "administratively prohibited", "connect failed",
        "unknown channel type", "resource shortage",
    };
    return names[reason < sizeof names / sizeof *names ? reason : 0];
}

/* ---- decoding ---- */

/* A cursor that also knows why a message is wrong. A wrong field fails the cursor, so that a
 * decoder reads on without asking and finish() tells "wrong" from "not all here". */
struct reader {
    struct cursor in;
    enum apf_type type;
    bool malformed;
    struct error *err;
};

static void malformed(struct reader *r)
{
    r->malformed = true;
    r->in.failed = true;
}

/* The length is judged as soon as it is there, before the bytes it announces. */
static struct slice read_string(struct reader *r, uint32_t limit, const char *field)
{
    uint32_t size = cursor_u32_be(&r->in);
    if (cursor_ok(&r->in) && size > limit) {
        error_set(r->err, ERROR_PROTOCOL, "%s: its %s has %u bytes, at most %u are allowed",
                  apf_type_name(r->type), field, size, limit);
        malformed(r);
    }
    return cursor_bytes(&r->in, cursor_ok(&r->in) ? size : 0);
}

static struct slice read_name(struct reader *r, const char *field)
{
    return read_string(r, APF_STRING_LIMIT, field);
}

static void read_userauth(struct reader *r, struct apf_message *message)
{
    message->userauth.user = read_name(r, "user name");
    message->userauth.service = read_name(r, "service name");
    message->userauth.method = read_name(r, "method");
    message->userauth.has_password = slice_equal_string(message->userauth.method, method_password);
    message->userauth.password = (struct slice){NULL, 0};
    if (message->userauth.has_password) {
        (void)cursor_u8(&r->in); /* always 0; no peer looks at it */
        message->userauth.password = read_name(r, "password");
    }
}

/* The flag byte is followed by a second zero from MPS and by nothing from the Go code (spec
 * device-protocols 1.1): take it when it is here. */
static void read_userauth_failure(struct reader *r)
{
    (void)read_name(r, "method list");
    (void)cursor_u8(&r->in);
    if (cursor_ok(&r->in) && r->in.left > 0 && r->in.at[0] == 0)
        (void)cursor_u8(&r->in);
}

static enum apf_request_kind request_kind(struct slice name)
{
    if (slice_equal_string(name, name_forward))
        return APF_TCPIP_FORWARD;
    if (slice_equal_string(name, name_cancel))
        return APF_CANCEL_TCPIP_FORWARD;
    if (slice_equal_string(name, name_udp))
        return APF_UDP_SEND_TO;
    return APF_OTHER_REQUEST;
}

static void read_global(struct reader *r, struct apf_message *message)
{
    struct slice name = read_name(r, "request name");
    message->global.name = name;
    message->global.kind = request_kind(name);
    message->global.want_reply = cursor_u8(&r->in) != 0;
    /* The data of a request nobody knows cannot be measured; MPS takes it for empty, as here. */
    if (message->global.kind == APF_OTHER_REQUEST)
        return;
    message->global.address = read_name(r, "address");
    message->global.port = cursor_u32_be(&r->in);
    if (message->global.kind != APF_UDP_SEND_TO)
        return;
    message->global.origin_address = read_name(r, "originator address");
    message->global.origin_port = cursor_u32_be(&r->in);
    message->global.data = read_name(r, "data");
}

static void read_open(struct reader *r, struct apf_message *message)
{
    message->open.type = read_name(r, "channel type");
    message->open.sender = cursor_u32_be(&r->in);
    message->open.window = cursor_u32_be(&r->in);
    (void)cursor_u32_be(&r->in); /* largest packet: 0xFFFFFFFF */
    message->open.connected_address = read_name(r, "connected address");
    message->open.connected_port = cursor_u32_be(&r->in);
    message->open.origin_address = read_name(r, "originator address");
    message->open.origin_port = cursor_u32_be(&r->in);
}

static void read_version(struct reader *r, struct apf_message *message)
{
    message->version.major = cursor_u32_be(&r->in);
    message->version.minor = cursor_u32_be(&r->in);
    message->version.trigger = cursor_u32_be(&r->in);
    struct slice raw = cursor_bytes(&r->in, GUID_SIZE);
    (void)cursor_bytes(&r->in, VERSION_RESERVED);
    if (cursor_ok(&r->in))
        message->version.guid = guid_from_smbios(raw.data);
}

static void read_channel(struct reader *r, struct apf_message *message)
{
    uint32_t recipient = cursor_u32_be(&r->in);
    switch (message->type) {
    case APF_CHANNEL_OPEN_CONFIRMATION:
        message->confirmation.recipient = recipient;
        message->confirmation.sender = cursor_u32_be(&r->in);
        message->confirmation.window = cursor_u32_be(&r->in);
        (void)cursor_u32_be(&r->in); /* largest packet */
        break;
    case APF_CHANNEL_OPEN_FAILURE:
        message->failure.recipient = recipient;
        message->failure.reason = cursor_u32_be(&r->in);
        (void)cursor_bytes(&r->in, 8); /* two words, zero */
        break;
    case APF_CHANNEL_WINDOW_ADJUST:
        message->adjust.recipient = recipient;
        message->adjust.bytes = cursor_u32_be(&r->in);
        break;
    case APF_CHANNEL_DATA:
        message->data.recipient = recipient;
        message->data.bytes = read_string(r, APF_DATA_LIMIT, "data");
        break;
    default:
        message->close.recipient = recipient;
        break;
    }
}

static void read_body(struct reader *r, bool success_has_port, struct apf_message *message)
{
    switch (message->type) {
    case APF_DISCONNECT:
        message->disconnect.reason = cursor_u32_be(&r->in);
        (void)cursor_u16_be(&r->in);
        break;
    case APF_SERVICE_REQUEST:
    case APF_SERVICE_ACCEPT:
        message->service.name = read_name(r, "service name");
        break;
    case APF_USERAUTH_REQUEST:
        read_userauth(r, message);
        break;
    case APF_USERAUTH_FAILURE:
        read_userauth_failure(r);
        break;
    case APF_USERAUTH_SUCCESS:
    case APF_REQUEST_FAILURE:
        break;
    case APF_GLOBAL_REQUEST:
        read_global(r, message);
        break;
    case APF_REQUEST_SUCCESS:
        message->request_success.has_port = success_has_port;
        message->request_success.port = success_has_port ? cursor_u32_be(&r->in) : 0;
        break;
    case APF_CHANNEL_OPEN:
        read_open(r, message);
        break;
    case APF_CHANNEL_OPEN_CONFIRMATION:
    case APF_CHANNEL_OPEN_FAILURE:
    case APF_CHANNEL_WINDOW_ADJUST:
    case APF_CHANNEL_DATA:
    case APF_CHANNEL_CLOSE:
        read_channel(r, message);
        break;
    case APF_PROTOCOLVERSION:
        read_version(r, message);
        break;
    case APF_KEEPALIVE_REQUEST:
    case APF_KEEPALIVE_REPLY:
        message->keepalive.cookie = cursor_u32_be(&r->in);
        break;
    case APF_KEEPALIVE_OPTIONS_REQUEST:
    case APF_KEEPALIVE_OPTIONS_REPLY:
        message->options.interval_s = cursor_u32_be(&r->in);
        message->options.timeout_s = cursor_u32_be(&r->in);
        break;
    default:
        error_set(r->err, ERROR_PROTOCOL, "message type %u is unknown", (unsigned)r->type);
        malformed(r);
        break;
    }
}

enum apf_decoded apf_decode(struct slice bytes, bool success_has_port, struct apf_message *message,
                            size_t *used, struct error *err)
{
    struct reader r = {.in = cursor_of(bytes), .err = err};
    *message = (struct apf_message){.type = APF_DISCONNECT};
    *used = 0;
    uint8_t type = cursor_u8(&r.in);
    if (!cursor_ok(&r.in))
        return APF_NEED_MORE;
    message->type = type;
    r.type = type;
    read_body(&r, success_has_port, message);
    if (r.malformed)
        return APF_MALFORMED;
    if (!cursor_ok(&r.in))
        return APF_NEED_MORE;
    *used = bytes.size - r.in.left;
    return APF_DECODED;
}

/* ---- encoding ---- */

/* Makes room for the whole message first, so that a full buffer never holds half of one. */
static bool begin(struct buffer *out, size_t size, enum apf_type type)
{
    if (buffer_reserve(out, size) == NULL)
        return false;
    buffer_put_u8(out, (uint8_t)type);
    return true;
}

static void put_words(struct buffer *out, enum apf_type type, size_t count, const uint32_t *words)
{
    if (!begin(out, 1 + 4 * count, type))
        return;
    for (size_t i = 0; i < count; i++)
        buffer_put_u32_be(out, words[i]);
}

#define PUT_WORDS(out, type, ...)                                                  \
    put_words((out), (type), sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
              (const uint32_t[]){__VA_ARGS__})

static void put_name(struct buffer *out, enum apf_type type, struct slice name)
{
    if (begin(out, 1 + STRING_SIZE(name), type))
        buffer_put_string_be(out, name);
}

void apf_put_disconnect(struct buffer *out, uint32_t reason)
{
    if (!begin(out, DISCONNECT_SIZE, APF_DISCONNECT))
        return;
    buffer_put_u32_be(out, reason);
    buffer_put_u16_be(out, 0);
}

void apf_put_service_request(struct buffer *out, struct slice name)
{
    put_name(out, APF_SERVICE_REQUEST, name);
}

void apf_put_service_accept(struct buffer *out, struct slice name)
{
    put_name(out, APF_SERVICE_ACCEPT, name);
}

void apf_put_userauth_request(struct buffer *out, struct slice user, struct slice service,
                              struct slice method, struct slice password)
{
    bool has_password = slice_equal_string(method, method_password);
    size_t size = 1 + STRING_SIZE(user) + STRING_SIZE(service) + STRING_SIZE(method) +
                  (has_password ? 1 + STRING_SIZE(password) : 0);
    if (!begin(out, size, APF_USERAUTH_REQUEST))
        return;
    buffer_put_string_be(out, user);
    buffer_put_string_be(out, service);
    buffer_put_string_be(out, method);
    if (has_password) {
        buffer_put_u8(out, 0);
        buffer_put_string_be(out, password);
    }
}

void apf_put_userauth_failure(struct buffer *out)
{
    if (!begin(out, USERAUTH_FAILURE_SIZE, APF_USERAUTH_FAILURE))
        return;
    buffer_put_string_be(out, slice_of_string(method_password));
    buffer_put_u16_be(out, 0);
}

void apf_put_userauth_success(struct buffer *out)
{
    (void)begin(out, 1, APF_USERAUTH_SUCCESS);
}

static bool begin_request(struct buffer *out, const char *name, bool want_reply, size_t data_size)
{
    struct slice text = slice_of_string(name);
    if (!begin(out, 1 + STRING_SIZE(text) + 1 + data_size, APF_GLOBAL_REQUEST))
        return false;
    buffer_put_string_be(out, text);
    buffer_put_u8(out, want_reply ? 1 : 0);
    return true;
}

void apf_put_tcpip_forward(struct buffer *out, bool cancel, bool want_reply, struct slice address,
                           uint32_t port)
{
    const char *name = cancel ? name_cancel : name_forward;
    if (!begin_request(out, name, want_reply, STRING_SIZE(address) + 4))
        return;
    buffer_put_string_be(out, address);
    buffer_put_u32_be(out, port);
}

void apf_put_udp_send_to(struct buffer *out, bool want_reply, struct slice address, uint32_t port,
                         struct slice origin_address, uint32_t origin_port, struct slice data)
{
    size_t size = STRING_SIZE(address) + 4 + STRING_SIZE(origin_address) + 4 + STRING_SIZE(data);
    if (!begin_request(out, name_udp, want_reply, size))
        return;
    buffer_put_string_be(out, address);
    buffer_put_u32_be(out, port);
    buffer_put_string_be(out, origin_address);
    buffer_put_u32_be(out, origin_port);
    buffer_put_string_be(out, data);
}

void apf_put_request_success(struct buffer *out)
{
    (void)begin(out, 1, APF_REQUEST_SUCCESS);
}

void apf_put_request_success_port(struct buffer *out, uint32_t port)
{
    PUT_WORDS(out, APF_REQUEST_SUCCESS, port);
}

void apf_put_request_failure(struct buffer *out)
{
    (void)begin(out, 1, APF_REQUEST_FAILURE);
}

void apf_put_channel_open(struct buffer *out, struct slice type, uint32_t sender, uint32_t window,
                          struct slice connected_address, uint32_t connected_port,
                          struct slice origin_address, uint32_t origin_port)
{
    size_t size = 1 + STRING_SIZE(type) + 12 + STRING_SIZE(connected_address) + 4 +
                  STRING_SIZE(origin_address) + 4;
    if (!begin(out, size, APF_CHANNEL_OPEN))
        return;
    buffer_put_string_be(out, type);
    buffer_put_u32_be(out, sender);
    buffer_put_u32_be(out, window);
    buffer_put_u32_be(out, UINT32_MAX);
    buffer_put_string_be(out, connected_address);
    buffer_put_u32_be(out, connected_port);
    buffer_put_string_be(out, origin_address);
    buffer_put_u32_be(out, origin_port);
}

void apf_put_open_confirmation(struct buffer *out, uint32_t recipient, uint32_t sender,
                               uint32_t window)
{
    PUT_WORDS(out, APF_CHANNEL_OPEN_CONFIRMATION, recipient, sender, window, UINT32_MAX);
}

void apf_put_open_failure(struct buffer *out, uint32_t recipient, uint32_t reason)
{
    PUT_WORDS(out, APF_CHANNEL_OPEN_FAILURE, recipient, reason, 0, 0);
}

void apf_put_window_adjust(struct buffer *out, uint32_t recipient, uint32_t bytes)
{
    PUT_WORDS(out, APF_CHANNEL_WINDOW_ADJUST, recipient, bytes);
}

void apf_put_channel_data(struct buffer *out, uint32_t recipient, struct slice bytes)
{
    if (!begin(out, 1 + 4 + STRING_SIZE(bytes), APF_CHANNEL_DATA))
        return;
    buffer_put_u32_be(out, recipient);
    buffer_put_string_be(out, bytes);
}

void apf_put_channel_close(struct buffer *out, uint32_t recipient)
{
    PUT_WORDS(out, APF_CHANNEL_CLOSE, recipient);
}

void apf_put_protocolversion(struct buffer *out, uint32_t major, uint32_t minor, uint32_t trigger,
                             const struct guid *guid)
{
    static const uint8_t reserved[VERSION_RESERVED];
    uint8_t raw[GUID_SIZE];
    if (!begin(out, PROTOCOLVERSION_SIZE, APF_PROTOCOLVERSION))
        return;
    guid_to_smbios(guid, raw);
    buffer_put_u32_be(out, major);
    buffer_put_u32_be(out, minor);
    buffer_put_u32_be(out, trigger);
    buffer_put(out, slice_of(raw, sizeof raw));
    buffer_put(out, slice_of(reserved, sizeof reserved));
}

void apf_put_keepalive_request(struct buffer *out, uint32_t cookie)
{
    PUT_WORDS(out, APF_KEEPALIVE_REQUEST, cookie);
}

void apf_put_keepalive_reply(struct buffer *out, uint32_t cookie)
{
    PUT_WORDS(out, APF_KEEPALIVE_REPLY, cookie);
}

void apf_put_keepalive_options_request(struct buffer *out, uint32_t interval_s, uint32_t timeout_s)
{
    PUT_WORDS(out, APF_KEEPALIVE_OPTIONS_REQUEST, interval_s, timeout_s);
}

void apf_put_keepalive_options_reply(struct buffer *out, uint32_t interval_s, uint32_t timeout_s)
{
    PUT_WORDS(out, APF_KEEPALIVE_OPTIONS_REPLY, interval_s, timeout_s);
}
