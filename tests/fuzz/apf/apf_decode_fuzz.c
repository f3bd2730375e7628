/*
 * The decoder of APF messages, on anything. What it must hold besides memory safety: a message lies
 * within the bytes given, no shorter piece of it is taken for a message, what follows does not
 * change it, and writing down what was read gives the same message again.
 */
#include "apf/message.h"

#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Writes a message anew; false when there is no encoder, or it writes a canonical form. */
static bool put_again(struct buffer *b, const struct apf_message *m)
{
    switch (m->type) {
    case APF_DISCONNECT:
        apf_put_disconnect(b, m->disconnect.reason);
        return true;
    case APF_SERVICE_REQUEST:
        apf_put_service_request(b, m->service.name);
        return true;
    case APF_SERVICE_ACCEPT:
        apf_put_service_accept(b, m->service.name);
        return true;
    case APF_USERAUTH_REQUEST:
        apf_put_userauth_request(b, m->userauth.user, m->userauth.service, m->userauth.method,
                                 m->userauth.password);
        return true;
    case APF_GLOBAL_REQUEST:
        if (m->global.kind == APF_OTHER_REQUEST)
            return false;
        if (m->global.kind == APF_UDP_SEND_TO)
            apf_put_udp_send_to(b, m->global.want_reply, m->global.address, m->global.port,
                                m->global.origin_address, m->global.origin_port, m->global.data);
        else
            apf_put_tcpip_forward(b, m->global.kind == APF_CANCEL_TCPIP_FORWARD,
                                  m->global.want_reply, m->global.address, m->global.port);
        return true;
    case APF_REQUEST_SUCCESS:
        if (m->request_success.has_port)
            apf_put_request_success_port(b, m->request_success.port);
        else
            apf_put_request_success(b);
        return true;
    case APF_CHANNEL_OPEN:
        apf_put_channel_open(b, m->open.type, m->open.sender, m->open.window,
                             m->open.connected_address, m->open.connected_port,
                             m->open.origin_address, m->open.origin_port);
        return true;
    case APF_CHANNEL_OPEN_CONFIRMATION:
        apf_put_open_confirmation(b, m->confirmation.recipient, m->confirmation.sender,
                                  m->confirmation.window);
        return true;
    case APF_CHANNEL_OPEN_FAILURE:
        apf_put_open_failure(b, m->failure.recipient, m->failure.reason);
        return true;
    case APF_CHANNEL_WINDOW_ADJUST:
        apf_put_window_adjust(b, m->adjust.recipient, m->adjust.bytes);
        return true;
    case APF_CHANNEL_DATA:
        apf_put_channel_data(b, m->data.recipient, m->data.bytes);
        return true;
    case APF_CHANNEL_CLOSE:
        apf_put_channel_close(b, m->close.recipient);
        return true;
    case APF_PROTOCOLVERSION:
        apf_put_protocolversion(b, m->version.major, m->version.minor, m->version.trigger,
                                &m->version.guid);
        return true;
    case APF_KEEPALIVE_REQUEST:
        apf_put_keepalive_request(b, m->keepalive.cookie);
        return true;
    case APF_KEEPALIVE_REPLY:
        apf_put_keepalive_reply(b, m->keepalive.cookie);
        return true;
    case APF_KEEPALIVE_OPTIONS_REQUEST:
        apf_put_keepalive_options_request(b, m->options.interval_s, m->options.timeout_s);
        return true;
    case APF_KEEPALIVE_OPTIONS_REPLY:
        apf_put_keepalive_options_reply(b, m->options.interval_s, m->options.timeout_s);
        return true;
    default:
        return false;
    }
}

/* Words that carry nothing are not kept, so the bytes may differ but neither the length nor what a
 * third look finds. */
static void check_again(struct slice bytes, bool has_port, const struct apf_message *m)
{
    struct buffer once;
    struct buffer twice;
    struct apf_message again;
    struct error err;
    size_t used;
    buffer_init(&once, 2 * APF_DATA_LIMIT);
    buffer_init(&twice, 2 * APF_DATA_LIMIT);
    if (put_again(&once, m)) {
        must(buffer_ok(&once) && buffer_size(&once) == bytes.size);
        must(apf_decode(buffer_slice(&once), has_port, &again, &used, &err) == APF_DECODED);
        must(used == bytes.size && again.type == m->type);
        must(put_again(&twice, &again));
        must(slice_equal(buffer_slice(&once), buffer_slice(&twice)));
    }
    buffer_fini(&once);
    buffer_fini(&twice);
}

static void check_cuts(struct slice bytes, bool has_port)
{
    size_t step = bytes.size < 512 ? 1 : bytes.size / 64;
    for (size_t cut = 0; cut < bytes.size; cut += step) {
        struct apf_message m;
        struct error err;
        size_t used;
        uint8_t *copy = malloc(cut > 0 ? cut : 1);
        must(copy != NULL);
        memcpy(copy, bytes.data, cut);
        must(apf_decode(slice_of(copy, cut), has_port, &m, &used, &err) == APF_NEED_MORE);
        free(copy);
    }
}

static void decode_all(struct slice bytes, bool has_port)
{
    while (bytes.size > 0) {
        struct apf_message m;
        struct error err = {.code = ERROR_NONE};
        size_t used;
        enum apf_decoded decoded = apf_decode(bytes, has_port, &m, &used, &err);
        if (decoded == APF_MALFORMED)
            must(err.code == ERROR_PROTOCOL && err.text[0] != '\0');
        if (decoded != APF_DECODED)
            return;
        must(used > 0 && used <= bytes.size);
        struct slice one = slice_first(bytes, used);
        if (m.type != APF_USERAUTH_FAILURE) /* its last byte is optional */
            check_cuts(one, has_port);
        check_again(one, has_port, &m);
        bytes = slice_from(bytes, used);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode_all(slice_of(data, size), false);
    decode_all(slice_of(data, size), true);
    return 0;
}
