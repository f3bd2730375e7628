/* The ME's small messages, byte by byte as the specification has them. */
#include "core/encoding.h"
#include "sim/mei_clients.h"
#include "sim/mei_fault.h"
#include "sim/mei_pthi.h"
#include "sim/provisioning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct sim_machine machine;
    struct sim_pthi pthi;
    struct buffer reply;
};

static int set_up(void **state)
{
    static const struct sim_apf_options options = {
        .guid = {{0x51, 0xA7, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}},
        .host_name = "pc.example.test",
    };
    struct bench *bench = calloc(1, sizeof(*bench));
    sim_machine_init(&bench->machine, &sim_personality_16, &options, 1, SLICE_LITERAL("Am1-secret"),
                     NULL, NULL);
    sim_provisioning_begin(&bench->machine.device);
    sim_machine_set_local_password(&bench->machine, "Local-1");
    bench->pthi.machine = &bench->machine;
    buffer_init(&bench->reply, 8192);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    buffer_fini(&bench->reply);
    sim_machine_fini(&bench->machine);
    free(bench);
    return 0;
}

static size_t read_hex(const char *hex, uint8_t *bytes)
{
    size_t size = strlen(hex) / 2;
    assert_true(encoding_hex_decode(slice_of_string(hex), bytes, size));
    return size;
}

static void answers_with(struct bench *bench, const char *wanted)
{
    uint8_t bytes[512];
    size_t size = read_hex(wanted, bytes);
    assert_int_equal(buffer_size(&bench->reply), size);
    assert_memory_equal(buffer_slice(&bench->reply).data, bytes, size);
}

static void asks(struct bench *bench, const char *request, const char *wanted)
{
    uint8_t bytes[512];
    size_t size = read_hex(request, bytes);
    buffer_clear(&bench->reply);
    sim_pthi_answer(&bench->pthi, slice_of(bytes, size), 1000, &bench->reply);
    answers_with(bench, wanted);
}

static void a_reply_has_the_commands_number_and_its_length(void **state)
{
    asks(*state,
         "01010000"
         "6b000004"
         "00000000",
         "01010000"
         "6b008004"
         "08000000"
         "00000000"
         "00000000");
    asks(*state,
         "01010000"
         "5c000004"
         "00000000",
         "01010000"
         "5c008004"
         "14000000"
         "00000000"
         "0000a751000000408000000000000001");
    asks(*state,
         "01010000"
         "25000004"
         "00000000",
         "01010000"
         "25008004"
         "10000000"
         "00000000"
         "020000000001"
         "020000000001");
    asks(*state,
         "01010000"
         "48000004"
         "04000000"
         "00000000",
         "01010000"
         "48008004"
         "18000000"
         "00000000"
         "01000000"
         "030200c0"
         "01000000"
         "02"
         "01"
         "020000000001");
}

static void a_failure_is_its_status_alone(void **state)
{
    asks(*state,
         "01010000"
         "10000004"
         "04000000"
         "00000000",
         "01010000"
         "10008004"
         "04000000"
         "03000000");
    asks(*state,
         "01010000"
         "2d000004"
         "04000000"
         "ff000000",
         "01010000"
         "2d008004"
         "04000000"
         "05080000");
    asks(*state,
         "01010000"
         "48000004"
         "04000000"
         "02000000",
         "01010000"
         "48008004"
         "04000000"
         "24000000");
}

static void lengths_are_checked(void **state)
{
    asks(*state,
         "01010000"
         "6b000004"
         "01000000",
         "01010000"
         "6b008004"
         "04000000"
         "04000000");
    asks(*state,
         "01010000"
         "6b000004"
         "01000000"
         "00",
         "01010000"
         "6b008004"
         "04000000"
         "04000000");
    asks(*state,
         "01010000"
         "8b000004"
         "01000000"
         "02",
         "01010000"
         "8b008004"
         "04000000"
         "04000000");
    asks(*state,
         "01010000"
         "6b0000",
         "");
}

static void the_account_is_of_two_fields_of_33(void **state)
{
    struct bench *bench = *state;
    uint8_t request[12 + 40] = {1, 1, 0, 0, 0x67, 0, 0, 4, 40};
    sim_pthi_answer(&bench->pthi, slice_of(request, sizeof(request)), 1000, &bench->reply);
    struct slice reply = buffer_slice(&bench->reply);
    assert_int_equal(reply.size, 16 + 68);
    assert_string_equal((const char *)reply.data + 16, "$$OsAdmin");
    assert_string_equal((const char *)reply.data + 16 + 33, "Local-1");
}

static void the_log_of_remote_access_has_one_size(void **state)
{
    struct bench *bench = *state;
    uint8_t request[13] = {1, 1, 0, 0, 0x8E, 0, 0, 4, 1};
    bench->machine.device.tunnel_is_up = true;
    sim_pthi_answer(&bench->pthi, slice_of(request, sizeof(request)), 1000, &bench->reply);
    struct slice reply = buffer_slice(&bench->reply);
    assert_int_equal(reply.size, 16 + 2781);
    assert_int_equal(reply.data[17], 1); /* the tunnel is open */
}

static void names_have_a_length_before_them(void **state)
{
    struct bench *bench = *state;
    snprintf(bench->machine.device.provisioning->dhcp_suffix, SIM_SUFFIX_SIZE, "a.test");
    asks(bench,
         "01010000"
         "36000004"
         "00000000",
         "01010000"
         "36008004"
         "0c000000"
         "00000000"
         "0600"
         "612e74657374");
    asks(bench,
         "01010000"
         "3e000004"
         "00000000",
         "01010000"
         "3e008004"
         "0d000000"
         "00000000"
         "0700"
         "612e7465737400");
}

static void the_watchdog_is_asked_in_four_bytes(void **state)
{
    struct bench *bench = *state;
    struct sim_device *device = &bench->machine.device;
    static const uint8_t ask[] = {0x05, 0x02, 0x51, 0x10};
    static const uint8_t off[] = {0x05, 0x03, 0x53, 0x10, 0x00};
    sim_watchdog_answer(device, slice_of(ask, 4), &bench->reply);
    answers_with(bench, "83");
    buffer_clear(&bench->reply);
    sim_watchdog_answer(device, slice_of(off, 5), &bench->reply);
    answers_with(bench, "05035310"
                        "00000000");
    buffer_clear(&bench->reply);
    sim_watchdog_answer(device, slice_of(ask, 4), &bench->reply);
    answers_with(bench, "81");
    buffer_clear(&bench->reply);
    sim_watchdog_answer(device, slice_of(off, 3), &bench->reply);
    answers_with(bench, "");
}

static void the_platforms_identity_has_76_bytes(void **state)
{
    struct bench *bench = *state;
    static const uint8_t get[] = {0x00, 0x05, 0x00, 0x00};
    static const uint8_t wrong[] = {0x00, 0x02, 0x02, 0x00, 0x01};
    sim_upid_answer(&bench->machine.device, NULL, slice_of(get, 4), &bench->reply);
    struct slice reply = buffer_slice(&bench->reply);
    assert_int_equal(reply.size, 76);
    assert_memory_equal(reply.data, "\x00\x05\x48\x00\x00\x00\x00\x00\x02\x00\x00\x00", 12);
    buffer_clear(&bench->reply);
    sim_upid_answer(&bench->machine.device, NULL, slice_of(wrong, 5), &bench->reply);
    answers_with(bench, "00020400"
                        "02000000");
}

static void rules_say_how_often_and_for_whom(void **state)
{
    struct sim_mei_faults faults = {0};
    (void)state;
    assert_true(sim_mei_faults_add(&faults, SLICE_LITERAL("busy:2@lme"), NULL));
    assert_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_BUSY, "pthi", 0));
    assert_non_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_BUSY, "lme", 0));
    assert_non_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_BUSY, "lme", 0));
    assert_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_BUSY, "lme", 0));
    assert_true(sim_mei_faults_add(&faults, SLICE_LITERAL("status:16@0x04000067"), NULL));
    assert_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_STATUS, "pthi", 0x0400006B));
    const struct sim_mei_rule *rule =
        sim_mei_fault_hit(&faults, SIM_MEI_FAULT_STATUS, "pthi", 0x04000067);
    assert_non_null(rule);
    assert_int_equal(rule->number, 16);
    assert_true(sim_mei_faults_add(&faults, SLICE_LITERAL("reset:2"), NULL));
    assert_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_RESET, "pthi", 0));
    assert_non_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_RESET, "pthi", 0));
    assert_null(sim_mei_fault_hit(&faults, SIM_MEI_FAULT_RESET, "pthi", 0));
}

static void rules_that_make_no_sense_are_refused(void **state)
{
    static const char *const texts[] = {"", "nonsense", "busy:x", "busy@nobody", "status:1@0x"};
    struct sim_mei_faults faults = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(sim_mei_faults_add(&faults, slice_of_string(texts[i]), NULL));
    for (size_t i = 0; i < SIM_MEI_RULES_MOST; i++)
        assert_true(sim_mei_faults_add(&faults, SLICE_LITERAL("silent"), NULL));
    assert_false(sim_mei_faults_add(&faults, SLICE_LITERAL("silent"), NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_has_the_commands_number_and_its_length),
        TEST(a_failure_is_its_status_alone),
        TEST(lengths_are_checked),
        TEST(the_account_is_of_two_fields_of_33),
        TEST(the_log_of_remote_access_has_one_size),
        TEST(names_have_a_length_before_them),
        TEST(the_watchdog_is_asked_in_four_bytes),
        TEST(the_platforms_identity_has_76_bytes),
        TEST(rules_say_how_often_and_for_whom),
        TEST(rules_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
