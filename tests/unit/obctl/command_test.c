#include "obctl/command.h"

#include "obctl/power.h"
#include "obctl/trust.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_longest_command_wins(void **state)
{
    (void)state;
    char *add[] = {"devices", "add", "x"};
    char *list[] = {"devices", "--json"};
    int used = 0;
    assert_ptr_equal(obctl_command_find(3, add, &used), &obctl_devices_add);
    assert_int_equal(used, 2);
    assert_ptr_equal(obctl_command_find(2, list, &used), &obctl_devices_list);
    assert_int_equal(used, 1);
}

static void half_a_command_is_none(void **state)
{
    (void)state;
    char *half[] = {"power"};
    int used = 0;
    assert_null(obctl_command_find(1, half, &used));
    assert_null(obctl_command_find(0, half, &used));
}

static bool helps(struct buffer *out, int argc, char **argv)
{
    struct error err;
    buffer_fini(out);
    buffer_init(out, 65536);
    bool ok = obctl_command_help(out, argc, argv, &err);
    buffer_put_u8(out, '\0');
    if (!ok)
        assert_int_equal(err.code, ERROR_INVALID);
    return ok;
}

static bool has(const struct buffer *out, const char *text)
{
    return strstr((const char *)buffer_slice(out).data, text) != NULL;
}

static void help_is_of_the_command_that_is_named(void **state)
{
    (void)state;
    char *ider[] = {"ider", "some-device", "--help"};
    char *boot[] = {"boot"};
    char *half[] = {"boot", "GUID"};
    char *none[] = {"fly"};
    struct buffer out;
    buffer_init(&out, 65536);
    assert_true(helps(&out, 3, ider));
    assert_true(has(&out, "usage: obctl ider DEVICE"));
    assert_true(has(&out, "--writable"));
    assert_true(has(&out, "  ider status"));
    assert_false(has(&out, "devices"));
    for (int i = 0; i < 2; i++) { /* there is no command boot, but there are some that begin so */
        assert_true(helps(&out, i + 1, i == 0 ? boot : half));
        assert_true(has(&out, "  boot https on"));
        assert_false(has(&out, "  ider"));
    }
    assert_true(helps(&out, 0, none));
    assert_true(has(&out, "  devices add"));
    assert_true(has(&out, "Exit codes"));
    assert_false(helps(&out, 1, none));
    buffer_fini(&out);
}

static void a_password_option_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct option options[] = {{0}};
    struct obctl obctl = {0};
    struct error err;
    char *argv[] = {"login", "--password=x", NULL};
    optind = 1;
    assert_int_equal(obctl_command_option(&obctl, 2, argv, options, &err), '?');
    assert_int_equal(err.code, ERROR_INVALID);
    assert_non_null(strstr(err.text, "--password-file"));
    assert_null(strstr(err.text, "=x"));
}

static void power_words_have_the_codes_of_the_toolkit(void **state)
{
    (void)state;
    assert_int_equal(obctl_power_action("on", OBCTL_BOOT_DISK), 2);
    assert_int_equal(obctl_power_action("cycle", OBCTL_BOOT_DISK), 5);
    assert_int_equal(obctl_power_action("off", OBCTL_BOOT_DISK), 8);
    assert_int_equal(obctl_power_action("reset", OBCTL_BOOT_DISK), 10);
    assert_int_equal(obctl_power_action("on", OBCTL_BOOT_BIOS), 100);
    assert_int_equal(obctl_power_action("reset", OBCTL_BOOT_BIOS), 101);
    assert_int_equal(obctl_power_action("reset", OBCTL_BOOT_IDER_FLOPPY), 200);
    assert_int_equal(obctl_power_action("on", OBCTL_BOOT_IDER_FLOPPY), 201);
    assert_int_equal(obctl_power_action("reset", OBCTL_BOOT_IDER_CD), 202);
    assert_int_equal(obctl_power_action("on", OBCTL_BOOT_IDER_CD), 203);
    assert_int_equal(obctl_power_action("reset", OBCTL_BOOT_PXE), 400);
    assert_int_equal(obctl_power_action("on", OBCTL_BOOT_PXE), 401);
}

static void switching_off_boots_nothing(void **state)
{
    (void)state;
    assert_int_equal(obctl_power_action("off", OBCTL_BOOT_PXE), 0);
    assert_int_equal(obctl_power_action("cycle", OBCTL_BOOT_BIOS), 0);
}

static void a_state_outside_the_table_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(obctl_power_state_name(2), "on");
    assert_string_equal(obctl_power_state_name(8), "off (soft)");
    assert_string_equal(obctl_power_state_name(-1), "unknown");
    assert_string_equal(obctl_power_state_name(9000000000), "unknown");
}

static void a_fingerprint_matches_with_and_without_colons(void **state)
{
    (void)state;
    struct obctl_certificate certificate;
    memset(certificate.fingerprint, 'a', 64);
    certificate.fingerprint[64] = '\0';
    char text[96] = "";
    for (size_t i = 0; i < 32; i++)
        memcpy(text + i * 3, i < 31 ? "AA:" : "AA", 4 - (i == 31));
    assert_true(obctl_trust_matches(&certificate, slice_of_string(text)));
    assert_true(obctl_trust_matches(&certificate, slice_of_string(certificate.fingerprint)));
    text[0] = 'b';
    assert_false(obctl_trust_matches(&certificate, slice_of_string(text)));
    assert_false(obctl_trust_matches(&certificate, SLICE_LITERAL("aaaa")));
    assert_false(obctl_trust_matches(&certificate, SLICE_LITERAL("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_command_wins),
        cmocka_unit_test(half_a_command_is_none),
        cmocka_unit_test(help_is_of_the_command_that_is_named),
        cmocka_unit_test(a_password_option_is_refused_with_the_reason),
        cmocka_unit_test(power_words_have_the_codes_of_the_toolkit),
        cmocka_unit_test(switching_off_boots_nothing),
        cmocka_unit_test(a_state_outside_the_table_is_unknown),
        cmocka_unit_test(a_fingerprint_matches_with_and_without_colons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
