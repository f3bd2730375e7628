/* Records of the event log: bytes of recordings and of the specification (mps 1.10, 2.6). */
#include "amt/event_record.h"
#include "core/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct amt_event_record decoded(const char *base64)
{
    struct arena arena;
    struct slice bytes;
    struct amt_event_record record;
    arena_init(&arena);
    assert_true(encoding_base64_decode(&arena, slice_of_string(base64), &bytes));
    assert_true(amt_event_record_decode(bytes, &record));
    arena_fini(&arena);
    return record;
}

static void assert_description(const struct amt_event_record *record, const char *text)
{
    struct buffer out;
    buffer_init(&out, 512);
    bool any = amt_event_put_description(&out, record);
    if (text == NULL)
        assert_false(any);
    else
        assert_true(any && slice_equal_string(buffer_slice(&out), text));
    buffer_fini(&out);
}

/* amt/messagelog/getrecords.xml */
static void recorded_events_are_decoded(void **state)
{
    (void)state;
    struct amt_event_record record = decoded("Y8iYZf8GbwVoEP8mYaoKAAAAAAAA");
    assert_true(record.has_time);
    assert_int_equal(record.time, 0x6598c863);
    assert_int_equal(record.device_address, 255);
    assert_int_equal(record.sensor_type, 6);
    assert_int_equal(record.event_type, 111);
    assert_int_equal(record.event_offset, 5);
    assert_int_equal(record.source_type, 104);
    assert_int_equal(record.severity, 16);
    assert_int_equal(record.sensor_number, 255);
    assert_int_equal(record.entity, 38);
    assert_int_equal(record.entity_instance, 0x61);
    assert_memory_equal(record.data, "\xaa\x0a\0\0\0\0\0", 8);
    assert_string_equal(amt_event_entity_name(record.entity), "Intel(r) ME");
    assert_string_equal(amt_event_severity_name(record.severity), "Critical condition");
    assert_string_equal(amt_event_type_name(record.event_type), "Sensor specific");
    assert_description(&record, "Authentication failed 10 times. The system may be under attack.");
    record = decoded("IgYBZf8PbwJoAf8iAEAHAAAAAAAA");
    assert_string_equal(amt_event_entity_name(record.entity), "BIOS");
    assert_description(&record, "PCI resource configuration");
}

/* The example of spec mps 1.10 has data 64, 19. */
static void the_documented_boot_is_described(void **state)
{
    (void)state;
    struct amt_event_record record = {
        .sensor_type = 15, .event_offset = 2, .data = {64, 19, 0, 0, 0, 0, 0, 0}};
    assert_description(&record, "Starting operating system boot process");
    record.event_offset = 0;
    record.data[1] = 8;
    assert_description(&record, "Removable boot media not found.");
    record.data[1] = 14;
    assert_description(&record, "Unknown firmware error #14");
    record.event_offset = 1;
    record.data[1] = 26;
    assert_description(&record, "Unknown firmware progress #26");
    record.data[0] = 235;
    assert_description(&record, "Invalid Data");
}

static void every_sensor_type_has_its_text(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        const char *text;
    } texts[] = {
        {30, "No bootable media"},
        {32, "Operating system lockup or power interrupt"},
        {35, "System boot failure"},
        {37, "System firmware started (at least one CPU is properly executing)."},
        {99, "Unknown Sensor Type #99"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct amt_event_record record = {.sensor_type = texts[i].type};
        assert_description(&record, texts[i].text);
    }
    struct amt_event_record watchdog = {.sensor_type = 18,
                                        .data = {170, 0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 8}};
    assert_description(&watchdog, "Agent watchdog 12345678-9ABC-... changed to Expired");
    watchdog.data[0] = 0;
    assert_description(&watchdog, NULL);
}

static void a_clock_that_was_not_set_is_no_time(void **state)
{
    (void)state;
    uint8_t bytes[21] = {0};
    struct amt_event_record record;
    assert_true(amt_event_record_decode(slice_of(bytes, sizeof bytes), &record));
    assert_false(record.has_time);
    memset(bytes, 0xff, 4);
    assert_true(amt_event_record_decode(slice_of(bytes, sizeof bytes), &record));
    assert_false(record.has_time);
    bytes[0] = 0xfe;
    assert_true(amt_event_record_decode(slice_of(bytes, sizeof bytes), &record));
    assert_true(record.has_time);
}

static void every_cut_is_refused_and_more_is_ignored(void **state)
{
    (void)state;
    struct amt_event_record record;
    for (size_t size = 0; size < 30; size++) {
        uint8_t *bytes = calloc(1, size + 1);
        assert_non_null(bytes);
        assert_int_equal(amt_event_record_decode(slice_of(bytes, size), &record), size >= 21);
        free(bytes);
    }
}

static void what_is_not_in_the_tables_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(amt_event_entity_name(52), "Processor front side bus");
    assert_string_equal(amt_event_entity_name(53), "Unknown");
    assert_string_equal(amt_event_severity_name(3), "Unspecified");
    assert_string_equal(amt_event_type_name(0x70), "OEM");
    assert_string_equal(amt_event_type_name(0x0d), "Reserved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_events_are_decoded),
        cmocka_unit_test(the_documented_boot_is_described),
        cmocka_unit_test(every_sensor_type_has_its_text),
        cmocka_unit_test(a_clock_that_was_not_set_is_no_time),
        cmocka_unit_test(every_cut_is_refused_and_more_is_ignored),
        cmocka_unit_test(what_is_not_in_the_tables_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
