/* Command lines of agents (rps/command_line.h): those that rpc-go sends (spec rps 2.4), and the
 * traps of the toolkit's parser. */
#include "rps/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct rps_command_line line;

static void read_line(const char *text, const char *known)
{
    rps_command_line_read(slice_of_string(text), slice_of_string(known), &line);
}

static void expect(struct slice got, const char *wanted)
{
    assert_int_equal(got.size, slice_of_string(wanted).size);
    assert_true(slice_equal_string(got, wanted));
}

static void activation_names_a_profile(void **state)
{
    (void)state;
    read_line("activate --profile acmProfile", "");
    expect(line.command, "activate");
    expect(line.profile, "acmProfile");
    assert_false(line.force || line.has_task);
    read_line("activate --profile=acm", "");
    expect(line.profile, "acm");
    read_line("-t activate --profile p1", "");
    expect(line.command, "activate");
    expect(line.profile, "p1");
    read_line("activate --profile", "");
    expect(line.profile, "");
}

static void names_that_look_like_numbers_stay_as_they_are(void **state)
{
    (void)state;
    read_line("activate --profile 007", "");
    expect(line.profile, "007");
    read_line("activate --profile 1e3", "");
    expect(line.profile, "1e3");
}

static void deactivation_may_be_forced(void **state)
{
    (void)state;
    read_line("deactivate --password P@ssw0rd -f", "");
    expect(line.command, "deactivate");
    expect(line.password, "P@ssw0rd");
    assert_true(line.force);
    read_line("deactivate -p pw --force", "");
    expect(line.password, "pw");
    assert_true(line.force);
}

static void a_known_password_is_taken_as_a_whole(void **state)
{
    (void)state;
    read_line("deactivate --password two words -f", "two words");
    expect(line.password, "two words");
    assert_true(line.force);
    read_line("deactivate --password a -f", "a -f"); /* its end is no option */
    expect(line.password, "a -f");
    assert_false(line.force);
    read_line("deactivate --password -dash --force", "-dash");
    expect(line.password, "-dash");
    assert_true(line.force);
}

static void maintenance_has_a_task(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum rps_task task;
    } cases[] = {
        {"--synctime", RPS_SYNC_CLOCK},
        {"--syncip", RPS_SYNC_ADDRESS},
        {"--changepassword", RPS_CHANGE_PASSWORD},
        {"--synchostname", RPS_SYNC_HOST_NAME},
        {"--syncdeviceinfo", RPS_SYNC_DEVICE_INFO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[80] = "maintenance -password PW ";
        size_t at = 25;
        for (const char *c = cases[i].word; *c != '\0'; c++)
            text[at++] = *c;
        read_line(text, "");
        expect(line.command, "maintenance");
        assert_true(line.has_task);
        assert_int_equal(line.task, cases[i].task);
        assert_null(line.password.data); /* -password is letters to the toolkit */
        assert_null(line.argument.data);
    }
    read_line("maintenance -password PW --syncdeviceinfo --syncip", "");
    assert_int_equal(line.task, RPS_SYNC_ADDRESS);
    read_line("maintenance -password PW", "");
    assert_false(line.has_task);
}

static void a_new_password_follows_its_option(void **state)
{
    (void)state;
    read_line("maintenance -password P@ssw0rd --changepassword NewP@ssw0rd1", "");
    expect(line.argument, "NewP@ssw0rd1");
    assert_false(line.force);
    read_line("maintenance -password P@ssw0rd --changepassword NewP@ssw0rd1 -f", "");
    expect(line.argument, "NewP@ssw0rd1");
    assert_true(line.force);
    read_line("maintenance -password P@ssw0rd --changepassword -f", "");
    assert_null(line.argument.data);
    assert_true(line.force);
}

static void a_new_password_is_never_cut_at_a_blank(void **state)
{
    (void)state;
    read_line("maintenance -password old one --changepassword New P@ss 1 -f", "old one");
    expect(line.argument, "New P@ss 1");
    assert_true(line.force);
    read_line("maintenance -password old one --changepassword", ""); /* "one" is not the new one */
    assert_null(line.argument.data);
    read_line("maintenance -password x --changepassword -New1", "x");
    expect(line.argument, "-New1");
}

static void nothing_is_a_command_of_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " ", "-", "--", "--profile", "-f", "--=", "-password"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_line(texts[i], "secret");
        assert_true(line.command.size <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activation_names_a_profile),
        cmocka_unit_test(names_that_look_like_numbers_stay_as_they_are),
        cmocka_unit_test(deactivation_may_be_forced),
        cmocka_unit_test(a_known_password_is_taken_as_a_whole),
        cmocka_unit_test(maintenance_has_a_task),
        cmocka_unit_test(a_new_password_follows_its_option),
        cmocka_unit_test(a_new_password_is_never_cut_at_a_blank),
        cmocka_unit_test(nothing_is_a_command_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
