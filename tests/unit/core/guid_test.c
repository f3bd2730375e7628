#include "core/guid.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Bytes of a real LME answer and how they print (spec device-protocols 1.1). */
static void raw_smbios_bytes_print_with_three_groups_swapped(void **state)
{
    (void)state;
    const uint8_t raw[16] = {0x44, 0x45, 0x4c, 0x4c, 0x4d, 0x00, 0x10, 0x4d,
                             0x80, 0x50, 0xb2, 0xc0, 0x4f, 0x32, 0x51, 0x33};
    char text[GUID_TEXT_SIZE];
    uint8_t back[16];
    struct guid guid = guid_from_smbios(raw);
    assert_string_equal(guid_format(&guid, text), "4c4c4544-004d-4d10-8050-b2c04f325133");
    guid_to_smbios(&guid, back);
    assert_memory_equal(raw, back, sizeof raw);
}

static void some_guids_are_no_machine_s(void **state)
{
    (void)state;
    static const char *const nobodys[] = {"00000000-0000-0000-0000-000000000000",
                                          "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                          "03000200-0400-0500-0006-000700080009"};
    struct guid guid;
    for (size_t i = 0; i < 3; i++) {
        assert_true(guid_parse(slice_of_string(nobodys[i]), &guid));
        assert_true(guid_is_nobodys(&guid));
    }
    assert_true(guid_parse(SLICE_LITERAL("00000000-0000-0000-0000-000000000001"), &guid));
    assert_false(guid_is_nobodys(&guid));
}

static void only_the_hyphenated_form_is_a_guid(void **state)
{
    (void)state;
    struct guid guid;
    struct guid upper;
    assert_true(guid_parse(SLICE_LITERAL("4c4c4544-004d-4d10-8050-b2c04f325133"), &guid));
    assert_true(guid_parse(SLICE_LITERAL("4C4C4544-004D-4D10-8050-B2C04F325133"), &upper));
    assert_true(guid_equal(&guid, &upper));
    assert_false(guid_parse(SLICE_LITERAL("4c4c4544004d4d108050b2c04f325133"), &guid));
    assert_false(guid_parse(SLICE_LITERAL("{4c4c4544-004d-4d10-8050-b2c04f325133}"), &guid));
    assert_false(guid_parse(SLICE_LITERAL("4c4c4544-004d-4d10-8050-b2c04f32513g"), &guid));
    assert_false(guid_parse(SLICE_LITERAL("4c4c4544-004d-4d10-8050+b2c04f325133"), &guid));
    assert_false(guid_parse(SLICE_LITERAL("__proto__"), &guid));
    assert_false(guid_parse(SLICE_LITERAL(""), &guid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_smbios_bytes_print_with_three_groups_swapped),
        cmocka_unit_test(some_guids_are_no_machine_s),
        cmocka_unit_test(only_the_hyphenated_form_is_a_guid),
    };
    return cmocka_run_group_tests_name("core/guid", tests, NULL, NULL);
}
