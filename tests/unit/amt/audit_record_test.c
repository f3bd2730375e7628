/* Records of the audit log: bytes of recordings and of the specification (mps 1.10, 2.5). */
#include "amt/audit_record.h"
#include "core/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) slice_of(text, sizeof(text) - 1)

static struct amt_audit_record decoded(struct slice bytes)
{
    struct amt_audit_record record;
    assert_true(amt_audit_record_decode(bytes, &record));
    return record;
}

static void assert_put(void (*put)(struct buffer *, const struct amt_audit_record *),
                       const struct amt_audit_record *record, const char *text)
{
    struct buffer out;
    buffer_init(&out, 1024);
    put(&out, record);
    assert_true(slice_equal_string(buffer_slice(&out), text));
    buffer_fini(&out);
}

/* What the extended data of an event say; NULL: nothing. */
static void assert_detail(unsigned key, struct slice extended, const char *text)
{
    struct amt_audit_record record = {
        .app = (uint16_t)(key / 100), .event = (uint16_t)(key % 100), .extended = extended};
    struct buffer out;
    buffer_init(&out, 1024);
    bool any = amt_audit_put_detail(&out, &record);
    if (text == NULL)
        assert_false(any);
    else
        assert_true(any && slice_equal_string(buffer_slice(&out), text));
    buffer_fini(&out);
}

/* amt/auditlog/readrecords.xml */
static void a_recorded_firmware_update_is_decoded(void **state)
{
    (void)state;
    struct arena arena;
    struct slice bytes;
    arena_init(&arena);
    assert_true(encoding_base64_decode(
        &arena, SLICE_LITERAL("ABMAAAI/9M1uAgAQAAwAAAAoBZkADAAAACQFlA=="), &bytes));
    struct amt_audit_record record = decoded(bytes);
    assert_int_equal(record.app, 19);
    assert_int_equal(record.event, 0);
    assert_int_equal(record.initiator, AMT_AUDIT_LOCAL);
    assert_int_equal(record.time, 0x3ff4cd6e);
    assert_int_equal(record.location, 2);
    assert_int_equal(record.address.size, 0);
    assert_string_equal(amt_audit_app_name(19), "Firmware Update Manager");
    assert_string_equal(amt_audit_event_name(19, 0), "Firmware Updated");
    assert_put(amt_audit_put_initiator, &record, "Local");
    assert_detail(1900, record.extended, "From 12.0.40.1433 to 12.0.36.1428");
    arena_fini(&arena);
}

/* The example of spec mps 1.10. */
static void the_documented_unprovisioning_is_decoded(void **state)
{
    (void)state;
    struct amt_audit_record record =
        decoded(BYTES("\x00\x10\x00\x13\x02\x5e\xfa\x34\xb9\x02\x00\x01\x02"));
    assert_int_equal(record.time, 1593455801);
    assert_string_equal(amt_audit_app_name(record.app), "Security Admin");
    assert_string_equal(amt_audit_event_name(record.app, record.event), "Unprovisioning Started");
    assert_detail(1619, record.extended, "Local MEI");
}

static void a_digest_user_and_an_address_are_decoded(void **state)
{
    (void)state;
    struct amt_audit_record record = decoded(BYTES("\x00\x12\x00\x08\x00\x05"
                                                   "admin\x5e\xfa\x34\xb9\x00\x0b"
                                                   "192.168.1.7\x00"));
    assert_put(amt_audit_put_initiator, &record, "admin");
    assert_put(amt_audit_put_address, &record, "192.168.1.7");
    assert_int_equal(record.extended.size, 0);
    record = decoded(BYTES("\x00\x12\x00\x08\x00\x05"
                           "admin\x5e\xfa\x34\xb9\x01\x27"
                           "0000:0000:0000:0000:0000:0000:0000:0001\x00"));
    assert_put(amt_audit_put_address, &record, "::1");
}

/* AMT 4 counts the terminating NUL in. */
static void terminating_nuls_are_left_out(void **state)
{
    (void)state;
    struct amt_audit_record record = decoded(BYTES("\x00\x12\x00\x08\x00\x06"
                                                   "admin\0\x5e\xfa\x34\xb9\x00\x08"
                                                   "10.0.0.7\x00"));
    assert_put(amt_audit_put_initiator, &record, "admin");
    record = decoded(BYTES("\x00\x12\x00\x08\x00\x02"
                           "\xe4\0\x5e\xfa\x34\xb9\x00\x09"
                           "10.0.0.7\0\x00"));
    assert_put(amt_audit_put_initiator, &record, "\xc3\xa4");
    assert_put(amt_audit_put_address, &record, "10.0.0.7");
}

static void a_user_of_the_domain_is_a_sid(void **state)
{
    (void)state;
    struct amt_audit_record record =
        decoded(BYTES("\x00\x10\x00\x00\x01\x00\x00\x04\x57\x0c"
                      "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00"
                      "\x5e\xfa\x34\xb9\x02\x00\x00"));
    assert_int_equal(record.initiator, AMT_AUDIT_KERBEROS);
    assert_int_equal(record.user_in_domain, 0x457);
    assert_put(amt_audit_put_initiator, &record, "S-1-5-32");
    record.user = BYTES("\x01\x01");
    assert_put(amt_audit_put_initiator, &record, "S-?");
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    static const char bytes[] = "\x00\x10\x00\x02\x00\x05"
                                "admin\x5e\xfa\x34\xb9\x00\x08"
                                "10.0.0.7\x04\x00\x02xy";
    struct amt_audit_record record;
    for (size_t size = 0; size < sizeof bytes - 1; size++) {
        uint8_t *copy = malloc(size + 1); /* so that a read past the end is noticed */
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        assert_false(amt_audit_record_decode(slice_of(copy, size), &record));
        free(copy);
    }
    assert_true(amt_audit_record_decode(BYTES(bytes), &record));
    assert_int_equal(record.extended.size, 4);
}

static void an_unknown_initiator_cannot_be_decoded(void **state)
{
    (void)state;
    struct amt_audit_record record;
    assert_false(amt_audit_record_decode(
        BYTES("\x00\x10\x00\x13\x04\x5e\xfa\x34\xb9\x02\x00\x01\x02"), &record));
}

static void what_is_not_in_the_tables_has_no_name(void **state)
{
    (void)state;
    assert_null(amt_audit_app_name(31));
    assert_null(amt_audit_event_name(16, 77));
    assert_null(amt_audit_event_name(15, 102)); /* not 1602 */
    assert_string_equal(amt_audit_event_name(17, 8), "Remote Hiberate initiated");
    assert_string_equal(amt_audit_app_name(33), "Watchdog Events");
}

static void each_events_data_are_told(void **state)
{
    (void)state;
    assert_detail(1602,
                  BYTES("\x00\x03"
                        "bob"),
                  "bob");
    assert_detail(1604,
                  BYTES("\x00\x03"
                        "bobby"),
                  "bob");
    assert_detail(1602,
                  BYTES("\x00\x09"
                        "bob"),
                  NULL);
    assert_detail(1602,
                  BYTES("\x01\x03"
                        "bob"),
                  NULL);
    assert_detail(1603,
                  BYTES("\x07\x00\x03"
                        "bob"),
                  "bob");
    assert_detail(1603,
                  BYTES("\x07\x01\x03"
                        "bob"),
                  NULL);
    assert_detail(1605, BYTES("\x01"), "Invalid MEBx access");
    assert_detail(1605, BYTES("\x02"), NULL);
    assert_detail(1606,
                  BYTES("\x01\x00\x03"
                        "bob"),
                  "Enabled, bob");
    assert_detail(1606, BYTES("\x00\x01"), "Disabled");
    assert_detail(1607, BYTES("\x01\x02"), "Remote ServerAuth, Local MutualAuth");
    assert_detail(1607, BYTES("\x01"), NULL);
    assert_detail(1617, BYTES("\x00\x00\x00\x14\x01"), "Audit Log, Auth");
    assert_detail(1617, BYTES("\xff\xff\xff\xff\x01"), NULL);
    assert_detail(1619, BYTES("\x04"), "Remote WSMAN");
    assert_detail(2100, BYTES("\x5e\xfa\x41\x12"), "6/29/2020, 7:29:22 PM");
    assert_detail(2100, BYTES("\x00\x00\x00\x00"), "1/1/1970, 12:00:00 AM");
    assert_detail(3000, BYTES("\x00\x02"), "From None to All");
    assert_detail(3001, BYTES("\x01"), "Failed 3 times");
    assert_detail(3001, BYTES(""), NULL);
    assert_detail(1600, BYTES("\x01"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_firmware_update_is_decoded),
        cmocka_unit_test(the_documented_unprovisioning_is_decoded),
        cmocka_unit_test(a_digest_user_and_an_address_are_decoded),
        cmocka_unit_test(terminating_nuls_are_left_out),
        cmocka_unit_test(a_user_of_the_domain_is_a_sid),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(an_unknown_initiator_cannot_be_decoded),
        cmocka_unit_test(what_is_not_in_the_tables_has_no_name),
        cmocka_unit_test(each_events_data_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
