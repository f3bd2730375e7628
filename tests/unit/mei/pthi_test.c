/* Conversations over PTHI (mei/pthi.h) with an ME that has learned its lines. */
#include "me.h"

#include "mei/pthi.h"

#include "io/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define MODE_ASKED  "0101 0000 6b000004 00000000"
#define MODE_REPLY  "0101 0000 6b008004 08000000 00000000 02000000"
#define RESET_ASKED "0101 0000 4a000004 00000000"

static struct mei_pthi *pthi;
static struct arena arena;
static struct error err;
static int opened;

static void start(void)
{
    err = (struct error){0};
    opened = 0;
    arena_init(&arena);
    pthi = mei_pthi_open_with(me_open_for, &opened, &err);
    assert_non_null(pthi);
}

static void stop(void)
{
    mei_pthi_close(pthi);
    arena_fini(&arena);
}

static void fails(bool asked, enum error_code code, const char *sentence)
{
    assert_false(asked);
    assert_string_equal(err.text, sentence);
    assert_int_equal(err.code, code);
}

static void control_mode(void)
{
    unsigned mode = 9;
    start();
    me_says(MODE_REPLY);
    assert_true(mei_pthi_control_mode(pthi, &mode, &err));
    me_hears(MODE_ASKED);
    assert_int_equal(mode, MEI_CONTROL_ADMIN);
    me_says("0101 0000 6b008004 08000000 00000000 03000000");
    fails(mei_pthi_control_mode(pthi, &mode, &err), ERROR_PROTOCOL,
          "PTHI GetControlMode: the reply says 3, not 0, 1 or 2");
    me_says("0101 0000 6b008004 04000000 00000000");
    fails(mei_pthi_control_mode(pthi, &mode, &err), ERROR_PROTOCOL,
          "PTHI GetControlMode: the reply of 16 bytes is not of the form that is known");
    me_says("0101 0000 6b008004 09000000 00000000 01000000 01");
    fails(mei_pthi_control_mode(pthi, &mode, &err), ERROR_PROTOCOL,
          "PTHI GetControlMode: the reply of 21 bytes is not of the form that is known");
    stop();
}

static void the_control_mode_is_asked_for(void **state)
{
    (void)state;
    me_run(control_mode);
}

static void account(void)
{
    struct mei_account account;
    start();
    me_says("0101 0000 67008004 46000000 00000000 '$$OsAdmin' 00*24 'Secret7' 00*26");
    assert_true(mei_pthi_local_account(pthi, &account, &err));
    me_hears("0101 0000 67000004 28000000 00*40");
    assert_string_equal(account.user, "$$OsAdmin");
    assert_string_equal(account.password, "Secret7");
    /* with the padding of a C structure */
    me_says("0101 0000 67008004 48000000 00000000 '$$OsAdmin' 00*24 41*32 00 00 00");
    assert_true(mei_pthi_local_account(pthi, &account, &err));
    assert_string_equal(account.password, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    me_says("0101 0000 67008004 45000000 00000000 '$$OsAdmin' 00*24 'Secret7' 00*25");
    fails(mei_pthi_local_account(pthi, &account, &err), ERROR_PROTOCOL,
          "PTHI GetLocalSystemAccount: the reply of 81 bytes is not of the form that is known");
    assert_int_equal(account.password[0], 0);
    stop();
}

static void the_account_of_this_host_is_asked_for(void **state)
{
    (void)state;
    me_run(account);
}

static void hashes(void)
{
    struct mei_hash *found = NULL;
    size_t count = 0;
    start();
    me_says("0101 0000 2c008004 10000000 00000000 02000000 01000000 0a000000");
    me_says("0101 0000 2d008004 59000000 00000000 01000000 00000000 aa*32 00*32 02 0a00 "
            "'Go Daddy G'");
    me_says("0101 0000 2d008004 50000000 00000000 00000000 01000000 bb*48 00*16 03 0100 'X'");
    assert_true(mei_pthi_hashes(pthi, &arena, &found, &count, &err));
    me_hears("0101 0000 2c000004 00000000");
    me_hears("0101 0000 2d000004 04000000 01000000");
    me_hears("0101 0000 2d000004 04000000 0a000000");
    assert_int_equal(count, 2);
    assert_true(found[0].is_default && !found[0].active && found[1].active);
    assert_true(slice_equal_string(found[0].name, "Go Daddy G"));
    assert_int_equal(found[0].size, 32);
    assert_string_equal(mei_hash_algorithm(&found[1]), "SHA384");
    assert_int_equal(found[1].size, 48);
    stop();
}

static void the_hashes_of_the_roots_are_asked_for_one_by_one(void **state)
{
    (void)state;
    me_run(hashes);
}

static void refusal(void)
{
    start();
    me_says("0101 0000 10008004 04000000 03000000");
    fails(mei_pthi_unprovision(pthi, &err), ERROR_DEVICE,
          "PTHI Unprovision: AMT_STATUS_INVALID_AMT_MODE (3)");
    me_hears("0101 0000 10000004 04000000 01000000");
    me_says("0101 0000 10008004 04000000 00000000");
    assert_true(mei_pthi_unprovision(pthi, &err));
    me_says("0101 0000 10008004 08000000 00000000 01000000");
    assert_true(mei_pthi_unprovision(pthi, &err));
    me_says("0101 0000 5e008004 04000000 99990000");
    fails(mei_pthi_stop_configuration(pthi, &err), ERROR_DEVICE,
          "PTHI StopConfiguration: AMT_STATUS_UNKNOWN (39321)");
    assert_int_equal(opened, 1);
    stop();
}

static void a_status_is_the_device_s_refusal(void **state)
{
    (void)state;
    me_run(refusal);
}

/* Silent when it is opened first. */
static struct mei *open_answering(void *arg, struct error *e)
{
    int *count = arg;
    struct mei *mei = me_open_for(arg, e);
    if (*count > 1)
        me_says(MODE_REPLY);
    return mei;
}

static void late_reply(void)
{
    unsigned mode = 0;
    struct mei_reset_reason reason;
    uint8_t byte;
    err = (struct error){0};
    opened = 0;
    pthi = mei_pthi_open_with(open_answering, &opened, &err);
    uint64_t before = io_deadline_within(20);
    fails(mei_pthi_reset_reason(pthi, &reason, &err), ERROR_TIMEOUT,
          "PTHI GetLastHostResetReason: the management engine does not answer");
    io_deadline_restore(before);
    me_hears(RESET_ASKED);
    assert_int_equal(recv(me_fd(), &byte, 1, MSG_DONTWAIT), 0); /* nobody hears what it says */
    assert_true(mei_pthi_control_mode(pthi, &mode, &err));
    assert_int_equal(mode, 2);
    assert_int_equal(opened, 2);
    mei_pthi_close(pthi);
}

static void a_late_reply_is_not_taken_for_another_s(void **state)
{
    (void)state;
    me_run(late_reply);
}

static void wrong_command(void)
{
    unsigned mode = 0;
    start();
    me_says("0101 0000 11008004 08000000 00000000 02000000");
    fails(mei_pthi_control_mode(pthi, &mode, &err), ERROR_PROTOCOL,
          "PTHI GetControlMode: the reply is to another command (0x04800011 instead of "
          "0x0480006B)");
    stop();
}

static void a_reply_to_another_command_is_refused(void **state)
{
    (void)state;
    me_run(wrong_command);
}

/* An ME that is reset when it is first asked, and answers after that. */
static struct mei *open_resetting(void *arg, struct error *e)
{
    int *count = arg;
    struct mei *mei = me_open_for(arg, e);
    if (*count == 1)
        me_hangs_up();
    else
        me_says(MODE_REPLY);
    return mei;
}

static void reset(void)
{
    unsigned mode = 0;
    err = (struct error){0};
    opened = 0;
    pthi = mei_pthi_open_with(open_resetting, &opened, &err);
    assert_true(mei_pthi_control_mode(pthi, &mode, &err));
    assert_int_equal(mode, 2);
    assert_int_equal(opened, 2);
    me_hears(MODE_ASKED);
    me_hangs_up();
    fails(mei_pthi_stop_configuration(pthi, &err), ERROR_CONNECTION,
          "PTHI StopConfiguration: the management engine hung up: Broken pipe");
    assert_int_equal(opened, 2);
    mei_pthi_close(pthi);
}

static void after_a_reset_only_questions_are_asked_again(void **state)
{
    (void)state;
    me_run(reset);
}

static void host_based(void)
{
    struct mei_host_based reply;
    uint8_t hash[32];
    const struct slice suffixes[] = {SLICE_LITERAL("vprodemo.com"), SLICE_LITERAL("a.example")};
    memset(hash, 0x5a, sizeof hash);
    start();
    me_says("0101 0000 8b008004 45000000 00000000 02 c3*32 00*32");
    assert_true(
        mei_pthi_start_host_based(pthi, 2, slice_of(hash, sizeof hash), suffixes, 2, &reply, &err));
    me_hears("0101 0000 8b000004 86010000 02 5a*32 00*32 00 17000000 'vprodemo.com' 00 "
             "'a.example' 00 00*297");
    assert_int_equal(reply.algorithm, 2);
    assert_int_equal(reply.size, 32);
    assert_int_equal(reply.hash[31], 0xc3);
    /* as hexadecimal digits */
    me_says("0101 0000 8b008004 45000000 00000000 02 'c3C3' 30*60");
    assert_true(
        mei_pthi_start_host_based(pthi, 2, slice_of(hash, sizeof hash), NULL, 0, &reply, &err));
    assert_int_equal(reply.hash[1], 0xc3);
    assert_int_equal(reply.hash[2], 0);
    me_hears("0101 0000 8b000004 86010000 02 5a*32 00*32 00 00000000 00*320");
    fails(mei_pthi_start_host_based(pthi, 2, slice_of(hash, 32), &(struct slice){hash, 320}, 1,
                                    &reply, &err),
          ERROR_INVALID,
          "PTHI StartConfigurationHostBased: a hash of 32 bytes and 1 DNS suffixes do not fit");
    me_hears_nothing();
    stop();
}

static void host_based_set_up_exchanges_hashes(void **state)
{
    (void)state;
    me_run(host_based);
}

static void requests(void)
{
    struct mei_feature_state feature;
    struct mei_state me_state;
    struct mei_cira_log log;
    start();
    me_says("0101 0000 49008004 10000000 00000000 04000000 03000000 00000000");
    assert_true(mei_pthi_feature(pthi, MEI_FEATURE_KVM_SESSION, &feature, &err));
    me_hears("0101 0000 49000004 04000000 04000000");
    assert_true(feature.kvm_active && feature.kvm_waits && !feature.on);
    me_says("0101 0000 01008001 1d000000 00000000 00*15 01 05000000 01 00 01 00 02");
    assert_true(mei_pthi_state(pthi, &me_state, &err));
    me_hears("0101 0000 01000001 10000000 00*15 01");
    assert_true(me_state.link_up && me_state.crypto_fuse && !me_state.flash_protected);
    assert_int_equal(me_state.last_reset, 2);
    me_says("0101 0000 8e008004 04000000 10000000");
    fails(mei_pthi_cira_log(pthi, &arena, &log, &err), ERROR_DEVICE,
          "PTHI GetCiraLog: AMT_STATUS_NOT_PERMITTED (16)");
    me_hears("0101 0000 8e000004 01000000 00");
    stop();
}

static void requests_have_their_bodies(void **state)
{
    (void)state;
    me_run(requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_control_mode_is_asked_for),
        cmocka_unit_test(the_account_of_this_host_is_asked_for),
        cmocka_unit_test(the_hashes_of_the_roots_are_asked_for_one_by_one),
        cmocka_unit_test(a_status_is_the_device_s_refusal),
        cmocka_unit_test(a_late_reply_is_not_taken_for_another_s),
        cmocka_unit_test(a_reply_to_another_command_is_refused),
        cmocka_unit_test(after_a_reset_only_questions_are_asked_again),
        cmocka_unit_test(host_based_set_up_exchanges_hashes),
        cmocka_unit_test(requests_have_their_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
