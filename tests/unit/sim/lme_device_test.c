/* The device's side of APF over the ME's interface, against messages written out by hand. */
#include "core/encoding.h"
#include "sim/lme_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VERSION \
    "c0"        \
    "00000001"  \
    "00000000"  \
    "00000009" ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16
#define ZEROS16 "00000000000000000000000000000000"
#define PFWD   \
    "00000012" \
    "7066776440616d742e696e74656c2e636f6d"
#define AUTH   \
    "00000012" \
    "6175746840616d742e696e74656c2e636f6d"
#define FORWARD                  \
    "50"                         \
    "0000000d"                   \
    "74637069702d666f7277617264" \
    "01"                         \
    "00000002"                   \
    "7063"
#define CANCEL                                 \
    "50"                                       \
    "00000014"                                 \
    "63616e63656c2d74637069702d666f7277617264" \
    "01"                                       \
    "00000002"                                 \
    "7063"
#define OPEN_16992                   \
    "5a"                             \
    "0000000f"                       \
    "666f727761726465642d7463706970" \
    "00000007"                       \
    "00001000"                       \
    "ffffffff"                       \
    "00000003"                       \
    "3a3a31"                         \
    "00004260"                       \
    "00000003"                       \
    "3a3a31"                         \
    "0000007b"

struct bench {
    struct sim_lme lme;
    struct sim_lme_options options;
    struct buffer sent; /* all of it, one after the other */
    bool plain, tls;    /* what listens */
    unsigned opened, closed, taken;
};

static void on_send(void *owner, struct slice message)
{
    struct bench *bench = owner;
    buffer_put(&bench->sent, message);
}

static bool on_opened(void *owner, unsigned channel, uint16_t port)
{
    struct bench *bench = owner;
    (void)channel;
    assert_int_equal(port, 16992);
    bench->opened++;
    return true;
}

static void on_data(void *owner, unsigned channel, struct slice bytes)
{
    struct bench *bench = owner;
    assert_true(sim_apf_pool_write(&bench->lme.pool, channel, bytes)); /* an echo */
}

static void on_closed(void *owner, unsigned channel)
{
    struct bench *bench = owner;
    (void)channel;
    bench->closed++;
}

static void on_taken(void *owner, unsigned channel)
{
    struct bench *bench = owner;
    bench->taken++;
    assert_true(sim_apf_pool_write(&bench->lme.pool, channel, SLICE_LITERAL("told")));
}

static bool on_listens(void *owner, uint16_t port)
{
    const struct bench *bench = owner;
    return port == 16992 ? bench->plain : bench->tls;
}

static const struct sim_lme_events events = {
    .pool = {.send = on_send,
             .opened = on_opened,
             .data = on_data,
             .closed = on_closed,
             .taken = on_taken},
    .listens = on_listens,
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    bench->options = (struct sim_lme_options){.host_name = "pc", .window = 32};
    bench->plain = true;
    buffer_init(&bench->sent, 65536);
    sim_lme_init(&bench->lme, &bench->options, &events, bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sim_lme_fini(&bench->lme);
    buffer_fini(&bench->sent);
    free(bench);
    return 0;
}

static bool hears(struct bench *bench, const char *hex)
{
    uint8_t bytes[512];
    size_t size = strlen(hex) / 2;
    assert_true(encoding_hex_decode(slice_of_string(hex), bytes, size));
    return sim_lme_feed(&bench->lme, slice_of(bytes, size));
}

static void says(struct bench *bench, const char *hex)
{
    char text[2048];
    struct slice sent = buffer_slice(&bench->sent);
    assert_true(sent.size < sizeof(text) / 2);
    encoding_hex(sent, text);
    assert_string_equal(text, hex);
    buffer_clear(&bench->sent);
}

static void begin(struct bench *bench)
{
    assert_true(hears(bench, VERSION));
    buffer_clear(&bench->sent);
    assert_true(hears(bench, "06" PFWD));
    assert_true(hears(bench, "5100004260"));
    assert_true(hears(bench, "510000026f"));
    buffer_clear(&bench->sent);
    assert_int_equal(bench->lme.state, SIM_LME_READY);
}

static void the_host_speaks_first_and_forwards_are_asked_for_in_turn(void **state)
{
    struct bench *bench = *state;
    assert_true(hears(bench, VERSION));
    says(bench, "c0"
                "00000001"
                "00000000"
                "000000fe"
                "12345678"
                "0900"
                "00000000000000000000" ZEROS16 ZEROS16 ZEROS16 ZEROS16 "05" PFWD);
    assert_true(hears(bench, VERSION)); /* a copy of ours, as rpc-go sends it */
    says(bench, "");
    assert_true(hears(bench, "06" PFWD));
    says(bench, FORWARD "00004260");
    assert_true(hears(bench, "5100004260"));
    says(bench, FORWARD "0000026f");
    assert_true(hears(bench, "510000026f"));
    says(bench, "");
}

static void older_firmware_logs_in(void **state)
{
    struct bench *bench = *state;
    bench->lme.options.logs_in = true;
    assert_true(hears(bench, VERSION));
    buffer_clear(&bench->sent);
    assert_true(hears(bench, "06" AUTH));
    says(bench, "32"
                "00000000" PFWD "00000008"
                "70617373776f7264"
                "00"
                "00000000");
    assert_true(hears(bench, "34"));
    says(bench, "05" PFWD);
}

static void another_version_or_service_ends_the_session(void **state)
{
    struct bench *bench = *state;
    assert_false(hears(bench, "c0"
                              "00000002"
                              "00000000"
                              "00000009" ZEROS16 ZEROS16 ZEROS16 ZEROS16 ZEROS16));
    says(bench, "01"
                "00000008"
                "0000");
    assert_true(hears(bench, VERSION));
    buffer_clear(&bench->sent);
    assert_false(hears(bench, "06" AUTH));
    says(bench, "01"
                "00000007"
                "0000");
    assert_false(hears(bench, "06" PFWD));
    says(bench, "01"
                "00000002"
                "0000");
}

static void a_channel_carries_bytes_within_its_windows(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_true(hears(bench, OPEN_16992));
    says(bench, "5b"
                "00000007"
                "00000001"
                "00000020"
                "ffffffff");
    assert_true(hears(bench, "5e"
                             "00000001"
                             "00000002"
                             "6869"));
    says(bench, "5d"
                "00000007"
                "00000002"
                "5e"
                "00000007"
                "00000002"
                "6869");
    assert_true(hears(bench, "61"
                             "00000001"));
    says(bench, "61"
                "00000007");
    assert_int_equal(bench->closed, 1);
    assert_true(hears(bench, "61"
                             "00000000")); /* of nobody's channel */
    says(bench, "");
    assert_true(hears(bench, OPEN_16992));
    buffer_clear(&bench->sent);
    assert_false(hears(bench, "5e"
                              "00000001"
                              "00000021" ZEROS16 ZEROS16 "00"));
    says(bench, "01"
                "00000002"
                "0000");
    assert_int_equal(bench->closed, 2);
}

static void what_is_not_forwarded_is_refused(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_true(hears(bench, "5a"
                             "0000000f"
                             "666f727761726465642d7463706970"
                             "00000007"
                             "00001000"
                             "ffffffff"
                             "00000003"
                             "3a3a31"
                             "00004261"
                             "00000003"
                             "3a3a31"
                             "0000007b"));
    says(bench, "5c"
                "00000007"
                "00000001"
                "00000000"
                "00000000");
    for (unsigned i = 0; i < 8; i++)
        assert_true(hears(bench, OPEN_16992));
    buffer_clear(&bench->sent);
    assert_true(hears(bench, OPEN_16992));
    says(bench, "5c"
                "00000007"
                "00000004"
                "00000000"
                "00000000");
    assert_int_equal(bench->opened, 8);
}

static void forwards_follow_the_doors(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_true(sim_lme_is_settled(&bench->lme));
    bench->plain = false;
    bench->tls = true;
    sim_lme_settle(&bench->lme);
    says(bench, CANCEL "00004260");
    assert_true(hears(bench, OPEN_16992));
    says(bench, "5c"
                "00000007"
                "00000001"
                "00000000"
                "00000000");
    assert_true(hears(bench, "51"));
    says(bench, CANCEL "0000026f");
    assert_true(hears(bench, "51"));
    says(bench, FORWARD "00004261");
    assert_true(hears(bench, "5100004261"));
    says(bench, FORWARD "00000298");
    assert_true(hears(bench, "52")); /* refused, and not asked again */
    says(bench, "");
    assert_true(sim_lme_is_settled(&bench->lme));
}

static void a_session_begins_anew_by_itself(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_true(hears(bench, OPEN_16992));
    buffer_clear(&bench->sent);
    sim_lme_restart(&bench->lme);
    assert_int_equal(bench->closed, 1);
    assert_int_equal(buffer_size(&bench->sent), 93 + 23);
    buffer_clear(&bench->sent);
    assert_true(hears(bench, "61"
                             "00000001")); /* of the session before */
    assert_true(hears(bench, "06" PFWD));
    says(bench, FORWARD "00004260");
}

#define DIRECT \
    "5a"       \
    "0000000c" \
    "6469726563742d7463706970"
#define LOCALHOST \
    "00000009"    \
    "6c6f63616c686f7374"

static void the_machine_opens_channels_itself(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_int_equal(sim_apf_pool_call(&bench->lme.pool, SLICE_LITERAL("localhost"), 0), 0);
    says(bench, DIRECT "00000001"
                       "00000020"
                       "ffffffff" LOCALHOST "00000000" LOCALHOST "00000000");
    assert_true(hears(bench, "5b"
                             "00000001"
                             "00000009"
                             "00000003"
                             "ffffffff"));
    assert_int_equal(bench->taken, 1);
    says(bench, "5e" /* as far as the window goes */
                "00000009"
                "00000003"
                "746f6c");
    assert_true(hears(bench, "5d"
                             "00000001"
                             "00000008"));
    says(bench, "5e"
                "00000009"
                "00000001"
                "64");
    sim_apf_pool_close(&bench->lme.pool, 0);
    says(bench, "61"
                "00000009");
    assert_true(hears(bench, "61"
                             "00000001"));
    assert_int_equal(sim_apf_pool_busy(&bench->lme.pool), 0);
}

static void a_channel_that_the_host_refuses_is_free_again(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_int_equal(sim_apf_pool_call(&bench->lme.pool, SLICE_LITERAL("localhost"), 0), 0);
    assert_true(hears(bench, "5c"
                             "00000001"
                             "00000001"
                             "00000000"
                             "00000000"));
    assert_int_equal(bench->closed, 1);
    assert_int_equal(sim_apf_pool_busy(&bench->lme.pool), 0);
    buffer_clear(&bench->sent);
    assert_false(hears(bench, "5b" /* of nothing that was asked */
                              "00000001"
                              "00000009"
                              "00000003"
                              "ffffffff"));
}

static void what_is_written_together_leaves_together(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_true(hears(bench, OPEN_16992));
    buffer_clear(&bench->sent);
    sim_apf_pool_cork(&bench->lme.pool);
    assert_true(sim_apf_pool_write(&bench->lme.pool, 0, SLICE_LITERAL("a")));
    assert_true(sim_apf_pool_write(&bench->lme.pool, 0, SLICE_LITERAL("b")));
    says(bench, "");
    sim_apf_pool_uncork(&bench->lme.pool);
    says(bench, "5e"
                "00000007"
                "00000002"
                "6162");
}

static void pieces_of_messages_break_the_protocol(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_false(hears(bench, "5e"
                              "00000001"
                              "00000002"
                              "68"));
    says(bench, "01"
                "00000002"
                "0000");
    assert_int_equal(bench->lme.state, SIM_LME_IDLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_host_speaks_first_and_forwards_are_asked_for_in_turn),
        TEST(older_firmware_logs_in),
        TEST(another_version_or_service_ends_the_session),
        TEST(a_channel_carries_bytes_within_its_windows),
        TEST(what_is_not_forwarded_is_refused),
        TEST(forwards_follow_the_doors),
        TEST(a_session_begins_anew_by_itself),
        TEST(the_machine_opens_channels_itself),
        TEST(a_channel_that_the_host_refuses_is_free_again),
        TEST(what_is_written_together_leaves_together),
        TEST(pieces_of_messages_break_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
