/* Dates and times as text. */
#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_reads(const char *text, const char *utc)
{
    int64_t ms = 0;
    char written[CLOCK_TEXT_SIZE];
    assert_true(clock_parse(slice_of_string(text), &ms));
    assert_string_equal(clock_format(ms, written), utc);
}

static void any_zone_becomes_utc(void **state)
{
    (void)state;
    assert_reads("2022-12-31T23:59:00Z", "2022-12-31T23:59:00.000Z");
    assert_reads("2022-12-31T23:59:00.123Z", "2022-12-31T23:59:00.123Z");
    assert_reads("2022-12-31T23:59:00+01:00", "2022-12-31T22:59:00.000Z");
    assert_reads("2022-12-31T23:59:00-05:30", "2023-01-01T05:29:00.000Z");
    assert_reads("2022-12-31T23:59+0100", "2022-12-31T22:59:00.000Z");
    assert_reads("2022-12-31T23:59+01", "2022-12-31T22:59:00.000Z");
}

static void what_is_left_out_is_zero_and_utc(void **state)
{
    (void)state;
    assert_reads("2024-02-29", "2024-02-29T00:00:00.000Z");
    assert_reads("2024-02-29 10:20", "2024-02-29T10:20:00.000Z");
    assert_reads("2024-02-29T10:20:30.5", "2024-02-29T10:20:30.500Z");
    assert_reads("1970-01-01T00:00:00.0009999999999z", "1970-01-01T00:00:00.000Z");
    assert_reads("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z");
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2024",
        "2024-1-1",
        "2023-02-29",
        "2100-02-29",
        "2024-04-31",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "1969-12-31T00:00:00Z",
        "2024-01-01T",
        "2024-01-01T24:00",
        "2024-01-01T10",
        "2024-01-01T10:60",
        "2024-01-01T10:00:60",
        "2024-01-01T10:00:00.",
        "2024-01-01T10:00:00.x",
        "2024-01-01T10:00:00Zx",
        "2024-01-01T10:00:00+",
        "2024-01-01T10:00:00+1",
        "2024-01-01T10:00:00+24:00",
        "2024-01-01T10:00:00+01:60",
        "2024-01-01T10:00:00+01:",
        "2024-01-01T10:00:00 +01:00",
        "2024/01/01",
        " 2024-01-01",
        "+024-01-01",
        "2024-01-01x10:00",
        "tomorrow",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = 0;
        if (clock_parse(slice_of_string(texts[i]), &ms))
            fail_msg("%s is no time", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_zone_becomes_utc),
        cmocka_unit_test(what_is_left_out_is_zero_and_utc),
        cmocka_unit_test(everything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
