/* The small clients: watchdog, platform id, flash log. Vectors of spec rpc 2.7 to 2.9. */
#include "me.h"

#include "mei/flash_log.h"
#include "mei/upid.h"
#include "mei/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct mei *mei;
static struct error err;
static struct buffer reply;
static struct slice body;

static void start(void)
{
    err = (struct error){0};
    buffer_init(&reply, WIRE_LIMIT);
    mei = me_open();
}

static void stop(void)
{
    mei_close(mei);
    buffer_fini(&reply);
}

static void fails(bool asked, enum error_code code, const char *sentence)
{
    assert_false(asked);
    assert_string_equal(err.text, sentence);
    assert_int_equal(err.code, code);
}

static void flags(void)
{
    struct mei_watchdog_flags f;
    start();
    me_says("82");
    assert_true(mei_watchdog_ask_flags(mei, &f, &err));
    me_hears("05 02 51 10");
    assert_true(!f.allowed && f.enabled && !f.restricted && !f.tls_enforced && f.new_interface);
    me_says("e1");
    assert_true(mei_watchdog_ask_flags(mei, &f, &err));
    assert_true(f.allowed && !f.enabled && f.restricted && f.tls_enforced && f.new_interface);
    assert_int_equal(f.raw, 0xe1);
    me_says("82 00");
    fails(mei_watchdog_ask_flags(mei, &f, &err), ERROR_PROTOCOL,
          "watchdog IsChangeToAmtEnabled: the reply of 2 bytes is not of the form that is known");
    stop();
}

static void the_watchdog_says_whether_amt_is_on(void **state)
{
    (void)state;
    me_run(flags);
}

static void operational(void)
{
    start();
    me_says("05 83 53 10 00000000");
    assert_true(mei_watchdog_ask_operational(mei, true, &err));
    me_hears("05 03 53 10 01");
    me_says("05 83 53 10 03000000");
    fails(mei_watchdog_ask_operational(mei, false, &err), ERROR_DEVICE,
          "watchdog SetAmtOperationalState: the management engine refuses (3)");
    me_hears("05 03 53 10 00");
    me_says("05 83 53 10 000000");
    fails(mei_watchdog_ask_operational(mei, false, &err), ERROR_PROTOCOL,
          "watchdog SetAmtOperationalState: the reply of 7 bytes is not of the form that is known");
    me_hears("05 03 53 10 00");
    me_hangs_up();
    fails(mei_watchdog_ask_operational(mei, false, &err), ERROR_CONNECTION,
          "watchdog SetAmtOperationalState: the management engine hung up: Broken pipe");
    stop();
}

static void the_watchdog_switches_amt(void **state)
{
    (void)state;
    me_run(operational);
}

static void upid(void)
{
    struct mei_upid id;
    start();
    me_says("00 05 4800 00000000 02000000 'OEM-7' 00*27 a7*32");
    assert_true(mei_upid_ask(mei, MEI_UPID_PLATFORM_ID_GET, 0, &reply, &body, &err));
    me_hears("00 05 0000");
    assert_true(mei_upid_decode(body, &id));
    assert_int_equal(id.oem_type, MEI_UPID_OEM_TEXT);
    assert_int_equal(id.oem_id[0], 'O');
    assert_int_equal(id.csme_id[31], 0xa7);
    assert_false(mei_upid_decode(slice_first(body, 67), &id));
    me_says("00 02 0400 00000000");
    assert_true(mei_upid_ask(mei, MEI_UPID_STATE_SET, 1, &reply, &body, &err));
    me_hears("00 02 0100 01");
    assert_int_equal(body.size, 0);
    stop();
}

static void the_platform_has_two_ids(void **state)
{
    (void)state;
    me_run(upid);
}

static bool takes(const char *wire)
{
    buffer_clear(&reply);
    wire_put(&reply, wire);
    return mei_upid_take_reply(buffer_slice(&reply), MEI_UPID_STATE_SET, &body, &err);
}

static void replies_about_the_platform_are_checked(void **state)
{
    (void)state;
    buffer_init(&reply, WIRE_LIMIT);
    fails(takes("00 02 0300 000000"), ERROR_PROTOCOL,
          "UPID FeatureStateSet: the reply has 7 bytes, too few");
    fails(takes("00 05 0400 00000000"), ERROR_PROTOCOL,
          "UPID FeatureStateSet: the reply is to another command (0.5)");
    fails(takes("01 02 0400 00000000"), ERROR_PROTOCOL,
          "UPID FeatureStateSet: the reply is to another command (1.2)");
    fails(takes("00 02 0400 00000000 00"), ERROR_PROTOCOL,
          "UPID FeatureStateSet: the reply says that it has 4 bytes and has 5");
    fails(takes("00 02 0400 04000000"), ERROR_DEVICE,
          "UPID FeatureStateSet: UPID_STATUS_NOT_ALLOWED_AFTER_EOP (4)");
    fails(takes("00 02 0400 01000000"), ERROR_UNSUPPORTED,
          "UPID FeatureStateSet: UPID_STATUS_FEATURE_NOT_SUPPORTED (1)");
    fails(takes("00 02 0400 08000000"), ERROR_DEVICE,
          "UPID FeatureStateSet: UPID_STATUS_UNKNOWN (8)");
    buffer_fini(&reply);
}

static void flash_log(void)
{
    start();
    me_says("00 10 0800 00200000");
    assert_true(mei_flash_log_ask(mei, MEI_FLASH_LOG_SIZE, &reply, &body, &err));
    me_hears("06 80 00 00");
    wire_assert(body, "00200000");
    me_says("00 10 0000 'flash log'");
    assert_true(mei_flash_log_ask(mei, MEI_FLASH_LOG_DATA, &reply, &body, &err));
    me_hears("06 81 00 00");
    wire_assert(body, "'flash log'");
    me_says("00 10 00 89");
    fails(mei_flash_log_ask(mei, MEI_FLASH_LOG_SIZE, &reply, &body, &err), ERROR_UNSUPPORTED,
          "flash log GetSize: this firmware keeps no flash log");
    me_says("00 11 00 00 00200000");
    fails(mei_flash_log_ask(mei, MEI_FLASH_LOG_SIZE, &reply, &body, &err), ERROR_DEVICE,
          "flash log GetSize: the management engine refuses (0x11)");
    me_says("00 10 00 00 002000");
    fails(mei_flash_log_ask(mei, MEI_FLASH_LOG_SIZE, &reply, &body, &err), ERROR_PROTOCOL,
          "flash log GetSize: the reply of 7 bytes is not of the form that is known");
    me_says("00 10 00");
    fails(mei_flash_log_ask(mei, MEI_FLASH_LOG_DATA, &reply, &body, &err), ERROR_PROTOCOL,
          "flash log GetData: the reply has 3 bytes, too few");
    stop();
}

static void the_flash_log_has_a_size_and_data(void **state)
{
    (void)state;
    me_run(flash_log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watchdog_says_whether_amt_is_on),
        cmocka_unit_test(the_watchdog_switches_amt),
        cmocka_unit_test(the_platform_has_two_ids),
        cmocka_unit_test(replies_about_the_platform_are_checked),
        cmocka_unit_test(the_flash_log_has_a_size_and_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
