#include "apf/message.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) SLICE_LITERAL(s)

static const struct slice nothing;

/* ---- every message of the catalogue, by hand from spec device-protocols 1.1 ---- */

static void check_disconnect(const struct apf_message *m)
{
    assert_int_equal(m->disconnect.reason, APF_BY_APPLICATION);
}

static void put_disconnect(struct buffer *b)
{
    apf_put_disconnect(b, APF_BY_APPLICATION);
}

static void check_service(const struct apf_message *m)
{
    assert_true(slice_equal_string(m->service.name, "auth@amt.intel.com"));
}

static void put_service_request(struct buffer *b)
{
    apf_put_service_request(b, TEXT("auth@amt.intel.com"));
}

static void put_service_accept(struct buffer *b)
{
    apf_put_service_accept(b, TEXT("auth@amt.intel.com"));
}

static void check_password(const struct apf_message *m)
{
    assert_true(slice_equal_string(m->userauth.user, "admin"));
    assert_true(slice_equal_string(m->userauth.service, "pfwd@amt.intel.com"));
    assert_true(slice_equal_string(m->userauth.method, "password"));
    assert_true(m->userauth.has_password);
    assert_true(slice_equal_string(m->userauth.password, "P@ssw0rd"));
}

static void put_password(struct buffer *b)
{
    apf_put_userauth_request(b, TEXT("admin"), TEXT("pfwd@amt.intel.com"), TEXT("password"),
                             TEXT("P@ssw0rd"));
}

static void check_none(const struct apf_message *m)
{
    assert_true(slice_equal_string(m->userauth.method, "none"));
    assert_false(m->userauth.has_password);
    assert_int_equal(m->userauth.password.size, 0);
}

static void put_none(struct buffer *b)
{
    apf_put_userauth_request(b, TEXT("admin"), TEXT("pfwd@amt.intel.com"), TEXT("none"), nothing);
}

static void check_forward(const struct apf_message *m)
{
    assert_int_equal(m->global.kind, APF_TCPIP_FORWARD);
    assert_true(m->global.want_reply);
    assert_true(slice_equal_string(m->global.address, "pc1"));
    assert_int_equal(m->global.port, 16992);
}

static void put_forward(struct buffer *b)
{
    apf_put_tcpip_forward(b, false, true, TEXT("pc1"), 16992);
}

static void check_cancel(const struct apf_message *m)
{
    assert_int_equal(m->global.kind, APF_CANCEL_TCPIP_FORWARD);
    assert_false(m->global.want_reply);
    assert_int_equal(m->global.address.size, 0);
    assert_int_equal(m->global.port, 623);
}

static void put_cancel(struct buffer *b)
{
    apf_put_tcpip_forward(b, true, false, nothing, 623);
}

static void check_udp(const struct apf_message *m)
{
    assert_int_equal(m->global.kind, APF_UDP_SEND_TO);
    assert_true(m->global.want_reply);
    assert_true(slice_equal_string(m->global.address, "10.0.0.9"));
    assert_int_equal(m->global.port, 162);
    assert_true(slice_equal_string(m->global.origin_address, "pc1"));
    assert_int_equal(m->global.origin_port, 623);
    assert_true(slice_equal(m->global.data, slice_of((uint8_t[]){6, 0, 0xff, 6}, 4)));
}

static void put_udp(struct buffer *b)
{
    apf_put_udp_send_to(b, true, TEXT("10.0.0.9"), 162, TEXT("pc1"), 623,
                        slice_of((uint8_t[]){6, 0, 0xff, 6}, 4));
}

static void check_other(const struct apf_message *m)
{
    assert_int_equal(m->global.kind, APF_OTHER_REQUEST);
    assert_true(m->global.want_reply);
    assert_true(slice_equal_string(m->global.name, "hello"));
}

static void check_port(const struct apf_message *m)
{
    assert_true(m->request_success.has_port);
    assert_int_equal(m->request_success.port, 16992);
}

static void put_port(struct buffer *b)
{
    apf_put_request_success_port(b, 16992);
}

static void check_no_port(const struct apf_message *m)
{
    assert_false(m->request_success.has_port);
}

static void check_open(const struct apf_message *m)
{
    assert_true(slice_equal_string(m->open.type, "forwarded-tcpip"));
    assert_int_equal(m->open.sender, 4);
    assert_int_equal(m->open.window, 81920);
    assert_int_equal(m->open.connected_address.size, 0);
    assert_int_equal(m->open.connected_port, 16992);
    assert_true(slice_equal_string(m->open.origin_address, "1.2.3.4"));
    assert_int_equal(m->open.origin_port, 1028);
}

static void put_open(struct buffer *b)
{
    apf_put_channel_open(b, TEXT("forwarded-tcpip"), 4, 81920, nothing, 16992, TEXT("1.2.3.4"),
                         1028);
}

static void check_confirmation(const struct apf_message *m)
{
    assert_int_equal(m->confirmation.recipient, 4);
    assert_int_equal(m->confirmation.sender, 1);
    assert_int_equal(m->confirmation.window, 8192);
}

static void put_confirmation(struct buffer *b)
{
    apf_put_open_confirmation(b, 4, 1, 8192);
}

static void check_failure(const struct apf_message *m)
{
    assert_int_equal(m->failure.recipient, 4);
    assert_int_equal(m->failure.reason, APF_RESOURCE_SHORTAGE);
}

static void put_failure(struct buffer *b)
{
    apf_put_open_failure(b, 4, APF_RESOURCE_SHORTAGE);
}

static void check_adjust(const struct apf_message *m)
{
    assert_int_equal(m->adjust.recipient, 4);
    assert_int_equal(m->adjust.bytes, 499);
}

static void put_adjust(struct buffer *b)
{
    apf_put_window_adjust(b, 4, 499);
}

static void check_data(const struct apf_message *m)
{
    assert_int_equal(m->data.recipient, 4);
    assert_true(slice_equal_string(m->data.bytes, "HTTP/1.1"));
}

static void put_data(struct buffer *b)
{
    apf_put_channel_data(b, 4, TEXT("HTTP/1.1"));
}

static void check_close(const struct apf_message *m)
{
    assert_int_equal(m->close.recipient, 0x01020304);
}

static void put_close(struct buffer *b)
{
    apf_put_channel_close(b, 0x01020304);
}

/* The GUID is a reply of real firmware: SMBIOS order on the wire, the first three groups swapped
 * in print. */
static void check_version(const struct apf_message *m)
{
    char text[GUID_TEXT_SIZE];
    assert_int_equal(m->version.major, 1);
    assert_int_equal(m->version.minor, 0);
    assert_int_equal(m->version.trigger, 1);
    assert_string_equal(guid_format(&m->version.guid, text), WIRE_GUID);
}

static void put_version(struct buffer *b)
{
    struct guid guid;
    assert_true(guid_parse(TEXT(WIRE_GUID), &guid));
    apf_put_protocolversion(b, 1, 0, 1, &guid);
}

static void check_cookie(const struct apf_message *m)
{
    assert_int_equal(m->keepalive.cookie, 0xdeadbeef);
}

static void put_keepalive_request(struct buffer *b)
{
    apf_put_keepalive_request(b, 0xdeadbeef);
}

static void put_keepalive_reply(struct buffer *b)
{
    apf_put_keepalive_reply(b, 0xdeadbeef);
}

static void check_options(const struct apf_message *m)
{
    assert_int_equal(m->options.interval_s, 30);
    assert_int_equal(m->options.timeout_s, 90);
}

static void put_options_request(struct buffer *b)
{
    apf_put_keepalive_options_request(b, 30, 90);
}

static void put_options_reply(struct buffer *b)
{
    apf_put_keepalive_options_reply(b, 30, 90);
}

static const struct vector {
    enum apf_type type;
    size_t size;
    const char *wire;
    void (*check)(const struct apf_message *message); /* NULL: there is nothing in it */
    void (*put)(struct buffer *out);                  /* NULL: we never send it */
} vectors[] = {
    {APF_DISCONNECT, 7, "01 0000000b 0000", check_disconnect, put_disconnect},
    {APF_SERVICE_REQUEST, 23, "05 00000012 'auth@amt.intel.com'", check_service,
     put_service_request},
    {APF_SERVICE_ACCEPT, 23, "06 00000012 'auth@amt.intel.com'", check_service, put_service_accept},
    {APF_USERAUTH_REQUEST, 18 + 5 + 18 + 8 + 8, WIRE_USERAUTH, check_password, put_password},
    {APF_USERAUTH_REQUEST, 13 + 5 + 18 + 4,
     "32 00000005 'admin' 00000012 'pfwd@amt.intel.com' 00000004 'none'", check_none, put_none},
    {APF_USERAUTH_SUCCESS, 1, "34", NULL, apf_put_userauth_success},
    {APF_GLOBAL_REQUEST, 6 + 13 + 8 + 3, WIRE_FORWARD(WIRE_16992), check_forward, put_forward},
    {APF_GLOBAL_REQUEST, 6 + 20 + 8, "50 00000014 'cancel-tcpip-forward' 00 00000000 0000026f",
     check_cancel, put_cancel},
    {APF_GLOBAL_REQUEST, 6 + 25 + 12 + 8 + 4 + 7 + 4,
     "50 00000019 'udp-send-to@amt.intel.com' 01 00000008 '10.0.0.9' 000000a2 00000003 'pc1' "
     "0000026f 00000004 0600ff06",
     check_udp, put_udp},
    {APF_GLOBAL_REQUEST, 11, "50 00000005 'hello' 01", check_other, NULL},
    {APF_REQUEST_SUCCESS, 5, "51 00004260", check_port, put_port},
    {APF_REQUEST_SUCCESS, 1, "51", check_no_port, apf_put_request_success},
    {APF_REQUEST_FAILURE, 1, "52", NULL, apf_put_request_failure},
    {APF_CHANNEL_OPEN, 33 + 15 + 0 + 7,
     "5a 0000000f 'forwarded-tcpip' 00000004 00014000 ffffffff 00000000 00004260 "
     "00000007 '1.2.3.4' 00000404",
     check_open, put_open},
    {APF_CHANNEL_OPEN_CONFIRMATION, 17, "5b 00000004 00000001 00002000 ffffffff",
     check_confirmation, put_confirmation},
    {APF_CHANNEL_OPEN_FAILURE, 17, "5c 00000004 00000004 00000000 00000000", check_failure,
     put_failure},
    {APF_CHANNEL_WINDOW_ADJUST, 9, "5d 00000004 000001f3", check_adjust, put_adjust},
    {APF_CHANNEL_DATA, 9 + 8, "5e 00000004 00000008 'HTTP/1.1'", check_data, put_data},
    {APF_CHANNEL_CLOSE, 5, "61 01020304", check_close, put_close},
    {APF_PROTOCOLVERSION, 93, WIRE_VERSION, check_version, put_version},
    {APF_KEEPALIVE_REQUEST, 5, "d0 deadbeef", check_cookie, put_keepalive_request},
    {APF_KEEPALIVE_REPLY, 5, "d1 deadbeef", check_cookie, put_keepalive_reply},
    {APF_KEEPALIVE_OPTIONS_REQUEST, 9, "d2 0000001e 0000005a", check_options, put_options_request},
    {APF_KEEPALIVE_OPTIONS_REPLY, 9, "d3 0000001e 0000005a", check_options, put_options_reply},
};
#define VECTOR_COUNT (sizeof vectors / sizeof *vectors)

static void fill(struct buffer *b, const char *wire)
{
    buffer_init(b, WIRE_LIMIT);
    wire_put(b, wire);
}

/* Decodes a copy of exactly `size` bytes, so that a read beyond them is found by the sanitizer. */
static enum apf_decoded decode(struct slice bytes, bool has_port, struct apf_message *m,
                               size_t *used, struct error *err, uint8_t **copy)
{
    *copy = malloc(bytes.size > 0 ? bytes.size : 1);
    assert_non_null(*copy);
    if (bytes.size > 0)
        memcpy(*copy, bytes.data, bytes.size);
    return apf_decode(slice_of(*copy, bytes.size), has_port, m, used, err);
}

static void every_message_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        const struct vector *v = &vectors[i];
        struct buffer b;
        struct apf_message m;
        struct error err;
        size_t used;
        uint8_t *copy;
        fill(&b, v->wire);
        assert_int_equal(buffer_size(&b), v->size);
        assert_int_equal(decode(buffer_slice(&b), v->size == 5, &m, &used, &err, &copy),
                         APF_DECODED);
        assert_int_equal(used, v->size);
        assert_int_equal(m.type, v->type);
        if (v->check != NULL)
            v->check(&m);
        free(copy);
        buffer_fini(&b);
    }
}

static void every_message_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct buffer b;
        buffer_init(&b, WIRE_LIMIT);
        if (vectors[i].put == NULL)
            continue;
        vectors[i].put(&b);
        wire_assert(buffer_slice(&b), vectors[i].wire);
        buffer_fini(&b);
    }
}

static void the_catalogue_is_complete(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        size_t found = 0;
        for (size_t i = 0; i < VECTOR_COUNT; i++)
            found += vectors[i].type == type ? 1 : 0;
        bool named = strcmp(apf_type_name(type), "unknown") != 0;
        assert_int_equal(named, found > 0 || type == APF_USERAUTH_FAILURE);
    }
    assert_string_equal(apf_type_name(90), "CHANNEL_OPEN");
}

static void a_message_cut_anywhere_waits_for_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct buffer b;
        fill(&b, vectors[i].wire);
        for (size_t cut = 0; cut < vectors[i].size; cut++) {
            struct apf_message m;
            struct error err;
            size_t used = 99;
            uint8_t *copy;
            assert_int_equal(decode(slice_first(buffer_slice(&b), cut), vectors[i].size == 5, &m,
                                    &used, &err, &copy),
                             APF_NEED_MORE);
            assert_int_equal(used, 0);
            free(copy);
        }
        buffer_fini(&b);
    }
}

static void what_follows_a_message_is_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct buffer b;
        struct apf_message m;
        struct error err;
        size_t used;
        fill(&b, vectors[i].wire);
        wire_put(&b, "ff*40");
        assert_int_equal(apf_decode(buffer_slice(&b), vectors[i].size == 5, &m, &used, &err),
                         APF_DECODED);
        assert_int_equal(used, vectors[i].size);
        buffer_fini(&b);
    }
}

static void a_userauth_failure_has_14_or_15_bytes(void **state)
{
    (void)state;
    struct apf_message m;
    struct error err;
    struct buffer b;
    size_t used;
    fill(&b, "33 00000008 'password' 00 00 34");
    struct slice all = buffer_slice(&b);
    for (size_t cut = 0; cut < 14; cut++)
        assert_int_equal(apf_decode(slice_first(all, cut), false, &m, &used, &err), APF_NEED_MORE);
    assert_int_equal(apf_decode(slice_first(all, 14), false, &m, &used, &err), APF_DECODED);
    assert_int_equal(used, 14);
    assert_int_equal(apf_decode(all, false, &m, &used, &err), APF_DECODED);
    assert_int_equal(used, 15);
    buffer_clear(&b);
    wire_put(&b, "33 00000008 'password' 00 34");
    assert_int_equal(apf_decode(buffer_slice(&b), false, &m, &used, &err), APF_DECODED);
    assert_int_equal(used, 14);
    buffer_clear(&b);
    apf_put_userauth_failure(&b);
    wire_assert(buffer_slice(&b), "33 00000008 'password' 00 00");
    buffer_fini(&b);
}

/* ---- lengths that lie ---- */

static const struct field {
    const char *name;
    const char *before; /* up to the length of the field */
} fields[] = {
    {"SERVICE_REQUEST: its service name", "05"},
    {"SERVICE_ACCEPT: its service name", "06"},
    {"USERAUTH_REQUEST: its user name", "32"},
    {"USERAUTH_REQUEST: its service name", "32 00000001 'a'"},
    {"USERAUTH_REQUEST: its method", "32 00000001 'a' 00000001 'b'"},
    {"USERAUTH_REQUEST: its password", "32 00000001 'a' 00000001 'b' 00000008 'password' 00"},
    {"USERAUTH_FAILURE: its method list", "33"},
    {"GLOBAL_REQUEST: its request name", "50"},
    {"GLOBAL_REQUEST: its address", "50 0000000d 'tcpip-forward' 01"},
    {"GLOBAL_REQUEST: its address", "50 00000014 'cancel-tcpip-forward' 01"},
    {"GLOBAL_REQUEST: its address", "50 00000019 'udp-send-to@amt.intel.com' 01"},
    {"GLOBAL_REQUEST: its originator address",
     "50 00000019 'udp-send-to@amt.intel.com' 01 00000000 000000a2"},
    {"GLOBAL_REQUEST: its data",
     "50 00000019 'udp-send-to@amt.intel.com' 01 00000000 000000a2 00000000 0000026f"},
    {"CHANNEL_OPEN: its channel type", "5a"},
    {"CHANNEL_OPEN: its connected address",
     "5a 0000000f 'forwarded-tcpip' 00000004 00014000 ffffffff"},
    {"CHANNEL_OPEN: its originator address",
     "5a 0000000f 'forwarded-tcpip' 00000004 00014000 ffffffff 00000000 00004260"},
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)

static enum apf_decoded decode_length(const struct field *field, const char *length,
                                      struct error *err)
{
    struct buffer b;
    struct apf_message m;
    size_t used;
    fill(&b, field->before);
    wire_put(&b, length);
    enum apf_decoded decoded = apf_decode(buffer_slice(&b), false, &m, &used, err);
    buffer_fini(&b);
    return decoded;
}

static void a_long_string_is_refused_when_its_length_arrives(void **state)
{
    (void)state;
    static const char *const lengths[] = {"00000801", "00010000", "7fffffff", "80000000",
                                          "ffffffff"};
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        struct error err = {.code = ERROR_NONE};
        assert_int_equal(decode_length(&fields[i], "00000800", &err), APF_NEED_MORE);
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            assert_int_equal(decode_length(&fields[i], lengths[j], &err), APF_MALFORMED);
            assert_int_equal(err.code, ERROR_PROTOCOL);
            assert_non_null(strstr(err.text, fields[i].name));
        }
    }
}

static void data_may_have_one_mebibyte(void **state)
{
    (void)state;
    static const struct field data = {"CHANNEL_DATA: its data", "5e 00000004"};
    struct error err = {.code = ERROR_NONE};
    assert_int_equal(decode_length(&data, "00100000", &err), APF_NEED_MORE);
    assert_int_equal(decode_length(&data, "00100001", &err), APF_MALFORMED);
    assert_non_null(strstr(err.text, data.name));
    assert_int_equal(decode_length(&data, "ffffffff", &err), APF_MALFORMED);
}

static void an_unknown_type_is_refused_at_once(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint8_t byte = (uint8_t)type;
        struct apf_message m;
        struct error err = {.code = ERROR_NONE};
        size_t used;
        if (strcmp(apf_type_name(type), "unknown") != 0)
            continue;
        assert_int_equal(apf_decode(slice_of(&byte, 1), false, &m, &used, &err), APF_MALFORMED);
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
}

static void a_full_buffer_never_holds_half_a_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct buffer b;
        if (vectors[i].put == NULL)
            continue;
        buffer_init(&b, vectors[i].size - 1);
        vectors[i].put(&b);
        assert_int_equal(buffer_size(&b), 0);
        assert_false(buffer_ok(&b));
        buffer_fini(&b);
    }
}

static void reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(apf_disconnect_reason_name(2), "protocol error");
    assert_string_equal(apf_disconnect_reason_name(18), "temporarily unavailable");
    assert_string_equal(apf_disconnect_reason_name(19), "unknown reason");
    assert_string_equal(apf_disconnect_reason_name(UINT32_MAX), "unknown reason");
    assert_string_equal(apf_open_failure_name(4), "resource shortage");
    assert_string_equal(apf_open_failure_name(5), "unknown reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_read),
        cmocka_unit_test(every_message_is_written),
        cmocka_unit_test(the_catalogue_is_complete),
        cmocka_unit_test(a_message_cut_anywhere_waits_for_the_rest),
        cmocka_unit_test(what_follows_a_message_is_left_alone),
        cmocka_unit_test(a_userauth_failure_has_14_or_15_bytes),
        cmocka_unit_test(a_long_string_is_refused_when_its_length_arrives),
        cmocka_unit_test(data_may_have_one_mebibyte),
        cmocka_unit_test(an_unknown_type_is_refused_at_once),
        cmocka_unit_test(a_full_buffer_never_holds_half_a_message),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests_name("apf message", tests, NULL, NULL);
}
