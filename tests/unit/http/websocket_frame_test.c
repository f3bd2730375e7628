/* WebSocket frames (http/websocket_frame.h): the examples of RFC 6455, its rules, and wslay as a
 * second opinion. */
#include "http/websocket_frame.h"
#include "http/websocket_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include <cmocka.h>

/* What decoding some bytes gave. */
struct outcome {
    uint8_t payload[70000];
    size_t size;
    char events[32]; /* i: ping, o: pong, c: close, !: bad */
    uint8_t control[HTTP_FRAME_CONTROL_SIZE];
    size_t control_size;
    unsigned code;
    bool text;
};

static struct outcome outcome;

/* Decodes `bytes` in pieces of `piece`. */
static void decode(struct slice bytes, bool masked, size_t piece)
{
    struct http_frame_decoder d;
    size_t events = 0;
    memset(&outcome, 0, sizeof outcome);
    http_frame_decoder_init(&d, masked, 1024 * 1024);
    while (bytes.size > 0 && strpbrk(outcome.events, "c!") == NULL) {
        size_t size = piece < bytes.size ? piece : bytes.size;
        uint8_t *memory = malloc(size); /* exactly as large, so that ASan sees what is outside */
        memcpy(memory, bytes.data, size);
        bytes = slice_from(bytes, size);
        struct http_decoding at = {memory, size, memory};
        enum http_decoded result = HTTP_DECODED_PING;
        while (result == HTTP_DECODED_PING || result == HTTP_DECODED_PONG) {
            result = http_frame_decode(&d, &at);
            if (result != HTTP_DECODED_MORE)
                outcome.events[events++] = "?ioc!"[result];
            if (result != HTTP_DECODED_MORE && result != HTTP_DECODED_BAD) {
                memcpy(outcome.control, d.control, d.control_size);
                outcome.control_size = d.control_size;
            }
        }
        size_t gave = (size_t)(at.to - memory);
        assert_true(outcome.size + gave <= sizeof outcome.payload);
        memcpy(outcome.payload + outcome.size, memory, gave);
        outcome.size += gave;
        free(memory);
    }
    outcome.code = d.code;
    outcome.text = d.text;
}

static void expect(struct slice bytes, bool masked, const char *payload, const char *events)
{
    for (size_t piece = 1; piece <= bytes.size; piece++) {
        decode(bytes, masked, piece);
        assert_int_equal(outcome.size, strlen(payload));
        assert_memory_equal(outcome.payload, payload, outcome.size);
        assert_string_equal(outcome.events, events);
    }
}

static void expect_code(struct slice bytes, bool masked, unsigned code)
{
    for (size_t piece = 1; piece <= bytes.size; piece++) {
        decode(bytes, masked, piece);
        assert_string_equal(outcome.events, "!");
        assert_int_equal(outcome.code, code);
    }
}

/* --- the examples of RFC 6455 5.7 --------------------------------------------------------------
 */

static void single_frame_unmasked_text(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x81\x05Hello"), false, "Hello", "");
    assert_true(outcome.text);
}

static void single_frame_masked_text(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, "Hello", "");
}

static void fragmented_unmasked_text(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x01\x03Hel\x80\x02lo"), false, "Hello", "");
}

static void ping_and_masked_pong(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x89\x05Hello"), false, "", "i");
    assert_memory_equal(outcome.control, "Hello", 5);
    expect(SLICE_LITERAL("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, "", "o");
    assert_memory_equal(outcome.control, "Hello", 5);
}

static void long_binary_messages(void **state)
{
    (void)state;
    static const uint8_t short_head[] = {0x82, 0x7e, 0x01, 0x00};
    static const uint8_t long_head[] = {0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0};
    uint8_t *bytes = malloc(65536 + sizeof long_head);
    for (size_t i = 0; i < 65536; i++)
        bytes[sizeof long_head + i] = (uint8_t)(i * 7);
    memcpy(bytes + sizeof long_head - sizeof short_head, short_head, sizeof short_head);
    decode(slice_of(bytes + 6, 4 + 256), false, 100);
    assert_int_equal(outcome.size, 256);
    assert_memory_equal(outcome.payload, bytes + sizeof long_head, 256);
    memcpy(bytes, long_head, sizeof long_head);
    decode(slice_of(bytes, sizeof long_head + 65536), false, 1000);
    assert_int_equal(outcome.size, 65536);
    assert_memory_equal(outcome.payload, bytes + sizeof long_head, 65536);
    assert_string_equal(outcome.events, "");
    free(bytes);
}

/* RFC 6455 1.3 */
static void the_key_of_the_example(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct slice answer =
        http_websocket_answer_to(&arena, SLICE_LITERAL("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_true(slice_equal_string(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    arena_fini(&arena);
}

/* --- the rules ---------------------------------------------------------------------------------
 */

static void control_frames_come_between_fragments(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x02\x02"
                         "ab\x89\x00\x00\x01"
                         "c\x8a\x01x\x80\x02"
                         "de"),
           false, "abcde", "io");
}

static void empty_messages_are_nothing(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x82\x00\x81\x00\x02\x00\x80\x00\x82\x01z"), false, "z", "");
}

static void masks_are_demanded_of_clients_only(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\x82\x01x"), true, 1002);
    expect_code(SLICE_LITERAL("\x82\x81\x01\x02\x03\x04x"), false, 1002);
}

static void reserved_bits_and_kinds_are_refused(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\xc2\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\xa2\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x92\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x83\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x87\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x8b\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x8f\x01x"), false, 1002);
}

static void fragments_keep_their_order(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\x80\x01x"), false, 1002); /* continues nothing */
    decode(SLICE_LITERAL("\x02\x01x\x82\x01y"), false, 99);
    assert_int_equal(outcome.code, 1002); /* a message inside of another */
    decode(SLICE_LITERAL("\x82\x01x\x80\x01y"), false, 99);
    assert_int_equal(outcome.code, 1002); /* continues one that has ended */
}

static void control_frames_are_short_and_whole(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\x09\x01x"), false, 1002);
    expect_code(SLICE_LITERAL("\x89\x7e\x00\x7e"), false, 1002);
    expect_code(SLICE_LITERAL("\x88\x7f"), false, 1002);
}

static void lengths_are_written_as_short_as_they_go(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\x82\x7e\x00\x7d"), false, 1002);
    expect_code(SLICE_LITERAL("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), false, 1002);
    expect_code(SLICE_LITERAL("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), false, 1002);
}

static void too_large_a_frame_is_1009(void **state)
{
    (void)state;
    expect_code(SLICE_LITERAL("\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x01"), false, 1009);
    expect_code(SLICE_LITERAL("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), false, 1009);
}

static void close_has_a_valid_code_or_nothing(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x88\x00"), false, "", "c");
    assert_int_equal(outcome.control_size, 0);
    expect(SLICE_LITERAL("\x88\x04\x03\xe8ok"), false, "", "c");
    assert_memory_equal(outcome.control, "\x03\xe8ok", 4);
    expect_code(SLICE_LITERAL("\x88\x01\x03"), false, 1002);
    expect_code(SLICE_LITERAL("\x88\x02\x03\xed"), false, 1002); /* 1005 */
    expect_code(SLICE_LITERAL("\x88\x02\x03\xe7"), false, 1002); /* 999 */
    expect_code(SLICE_LITERAL("\x88\x02\x07\xd0"), false, 1002); /* 2000 */
    expect_code(SLICE_LITERAL("\x88\x02\x13\x88"), false, 1002); /* 5000 */
    expect_code(SLICE_LITERAL("\x88\x03\x03\xe8\xff"), false, 1007);
    expect(SLICE_LITERAL("\x88\x02\x0b\xb8"), false, "", "c"); /* 3000 */
}

/* --- text stands for bytes ---------------------------------------------------------------------
 */

static void characters_are_bytes(void **state)
{
    (void)state;
    expect(SLICE_LITERAL("\x81\x06\x10\xc2\x80\xc3\xbf\x7f"), false, "\x10\x80\xff\x7f", "");
    /* a character parted by fragments and a ping */
    expect(SLICE_LITERAL("\x01\x02"
                         "a\xc3\x89\x00\x80\x02\xa9z"),
           false,
           "a\xe9"
           "z",
           "i");
    decode(SLICE_LITERAL("\x81\x01\x00"), false, 99);
    assert_int_equal(outcome.size, 1); /* U+0000 */
}

static void text_that_stands_for_no_bytes_is_1007(void **state)
{
    (void)state;
    const struct slice bad[] = {
        SLICE_LITERAL("\x81\x02\xc4\x80"),         /* U+0100 */
        SLICE_LITERAL("\x81\x03\xe2\x82\xac"),     /* U+20AC */
        SLICE_LITERAL("\x81\x02\xc0\x80"),         /* overlong */
        SLICE_LITERAL("\x81\x01\x80"),             /* no first byte */
        SLICE_LITERAL("\x81\x02\xc3\x41"),         /* no second byte */
        SLICE_LITERAL("\x81\x01\xc3"),             /* ends inside */
        SLICE_LITERAL("\x01\x01\xc3\x80\x00"),     /* likewise, in fragments */
        SLICE_LITERAL("\x81\x04\xf0\x9f\x98\x80"), /* U+1F600 */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_code(bad[i], false, 1007);
}

/* --- masking -----------------------------------------------------------------------------------
 */

static void masking_moves_towards_the_front(void **state)
{
    (void)state;
    static const uint8_t mask[4] = {0x11, 0x22, 0x33, 0x44};
    for (size_t size = 0; size < 200; size++) {
        for (size_t shift = 0; shift < 40; shift++) {
            uint64_t offset = size * 3 + shift;
            uint8_t *bytes = malloc(size + shift + 1);
            for (size_t i = 0; i < size; i++)
                bytes[shift + i] = (uint8_t)(i * 5);
            http_frame_mask(bytes, bytes + shift, size, mask, offset);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(bytes[i], (uint8_t)(i * 5) ^ mask[(offset + i) % 4]);
            free(bytes);
        }
    }
}

/* --- wslay -------------------------------------------------------------------------------------
 */

struct wire {
    uint8_t bytes[200000];
    size_t size;
    size_t taken;
    unsigned seed;
};

static struct wire wire;

static ssize_t send_some(const uint8_t *data, size_t size, int flags, void *arg)
{
    struct wire *w = arg;
    (void)flags;
    memcpy(w->bytes + w->size, data, size);
    w->size += size;
    return (ssize_t)size;
}

static ssize_t receive_some(uint8_t *to, size_t size, int flags, void *arg)
{
    struct wire *w = arg;
    (void)flags;
    size_t left = w->size - w->taken;
    size = size < left ? size : left;
    memcpy(to, w->bytes + w->taken, size);
    w->taken += size;
    return (ssize_t)size;
}

static int make_mask(uint8_t *to, size_t size, void *arg)
{
    struct wire *w = arg;
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(w->seed = w->seed * 1103515245 + 12345);
    return 0;
}

static const struct wslay_frame_callbacks callbacks = {send_some, receive_some, make_mask};

static const size_t sizes[] = {1, 2, 125, 126, 127, 1000, 65535, 65536, 66000};

static void what_wslay_sends_we_read(void **state)
{
    (void)state;
    uint8_t *payload = malloc(66000);
    for (size_t i = 0; i < 66000; i++)
        payload[i] = (uint8_t)(i * 11 + i / 256);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        wslay_frame_context_ptr context;
        struct wslay_frame_iocb frame = {.fin = 1,
                                         .opcode = WSLAY_BINARY_FRAME,
                                         .payload_length = sizes[i],
                                         .mask = 1,
                                         .data = payload,
                                         .data_length = sizes[i]};
        wire.size = 0;
        assert_int_equal(wslay_frame_context_init(&context, &callbacks, &wire), 0);
        assert_int_equal(wslay_frame_send(context, &frame), sizes[i]);
        wslay_frame_context_free(context);
        decode(slice_of(wire.bytes, wire.size), true, 997);
        assert_string_equal(outcome.events, "");
        assert_int_equal(outcome.size, sizes[i]);
        assert_memory_equal(outcome.payload, payload, sizes[i]);
    }
    free(payload);
}

static void what_we_send_wslay_reads(void **state)
{
    (void)state;
    static const uint8_t mask[4] = {0xde, 0xad, 0xbe, 0xef};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        wslay_frame_context_ptr context;
        struct wslay_frame_iocb frame;
        uint8_t *payload = malloc(sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            payload[k] = (uint8_t)(k * 13);
        wire.taken = 0;
        wire.size = http_frame_head(wire.bytes, HTTP_FRAME_BINARY, sizes[i], mask);
        http_frame_mask(wire.bytes + wire.size, payload, sizes[i], mask, 0);
        wire.size += sizes[i];
        assert_int_equal(wslay_frame_context_init(&context, &callbacks, &wire), 0);
        for (size_t have = 0; have < sizes[i];) {
            ssize_t got = wslay_frame_recv(context, &frame);
            assert_true(got > 0);
            assert_int_equal(frame.payload_length, sizes[i]);
            assert_int_equal(frame.opcode, WSLAY_BINARY_FRAME);
            assert_memory_equal(frame.data, payload + have, (size_t)got);
            have += (size_t)got;
        }
        wslay_frame_context_free(context);
        free(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_frame_unmasked_text),
        cmocka_unit_test(single_frame_masked_text),
        cmocka_unit_test(fragmented_unmasked_text),
        cmocka_unit_test(ping_and_masked_pong),
        cmocka_unit_test(long_binary_messages),
        cmocka_unit_test(the_key_of_the_example),
        cmocka_unit_test(control_frames_come_between_fragments),
        cmocka_unit_test(empty_messages_are_nothing),
        cmocka_unit_test(masks_are_demanded_of_clients_only),
        cmocka_unit_test(reserved_bits_and_kinds_are_refused),
        cmocka_unit_test(fragments_keep_their_order),
        cmocka_unit_test(control_frames_are_short_and_whole),
        cmocka_unit_test(lengths_are_written_as_short_as_they_go),
        cmocka_unit_test(too_large_a_frame_is_1009),
        cmocka_unit_test(close_has_a_valid_code_or_nothing),
        cmocka_unit_test(characters_are_bytes),
        cmocka_unit_test(text_that_stands_for_no_bytes_is_1007),
        cmocka_unit_test(masking_moves_towards_the_front),
        cmocka_unit_test(what_wslay_sends_we_read),
        cmocka_unit_test(what_we_send_wslay_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
