/* Where settings come from and which source wins. */
#include "server/settings.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/outband-settings-XXXXXX";
static char data_variable[64];
static struct settings settings;
static struct error err;

static void write_file(const char *name, const char *content)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    (void)state;
    memset(&err, 0, sizeof err);
    write_file("outband.ini", "");
    return 0;
}

static int end(void **state)
{
    (void)state;
    settings_fini(&settings);
    return 0;
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(data_variable, sizeof data_variable, "OUTBAND_DATA=%s", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/outband.ini", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/other.ini", folder);
    (void)unlink(path);
    return rmdir(folder);
}

/* Reads with up to two variables and any flags. */
static bool read_as(const char *command, char *first, char *second, char *const *flags)
{
    char *environment[] = {data_variable, first, first == NULL ? NULL : second, NULL};
    settings_fini(&settings);
    return settings_read(&settings, command, flags, environment, &err);
}

#define READ(first, second, ...) read_as("serve", first, second, (char *const[]){__VA_ARGS__})

static void assert_error(const char *part)
{
    assert_int_equal(err.code, ERROR_INVALID);
    if (strstr(err.text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static const char *address_of(const struct setting_address *where)
{
    static char text[IO_ADDRESS_TEXT_SIZE];
    return where->on ? io_address_format(&where->address, text) : "off";
}

static void without_any_source_the_defaults_hold(void **state)
{
    (void)state;
    assert_true(READ(NULL, NULL, NULL));
    assert_int_equal(io_address_port(&settings.values.https.address), 8443);
    assert_int_equal(io_address_port(&settings.values.cira.address), 4433);
    assert_false(settings.values.mps_http.on);
    assert_int_equal(settings.values.token_minutes, 1440);
    assert_int_equal(settings.values.redirection_minutes, 5);
    assert_int_equal(settings.values.cira_window, 81920);
    assert_true(settings.values.cira_last_seen);
    assert_false(settings.values.metrics_open);
    assert_string_equal(settings.values.common_name, "localhost");
    assert_string_equal(settings.values.tls_oldest, "1.2");
    assert_null(settings.values.admin_password);
}

static void a_flag_wins_over_the_environment_and_that_over_the_file(void **state)
{
    (void)state;
    char own[] = "OUTBAND_COMMON_NAME=from-environment";
    write_file("outband.ini", "common-name = from-file\ninstance = only-file\n");
    assert_true(READ(NULL, NULL, NULL));
    assert_string_equal(settings.values.common_name, "from-file");
    assert_true(READ(own, NULL, NULL));
    assert_string_equal(settings.values.common_name, "from-environment");
    assert_true(READ(own, NULL, "--common-name", "from-flag", NULL));
    assert_string_equal(settings.values.common_name, "from-flag");
    assert_string_equal(settings.values.instance, "only-file");
}

static void the_toolkits_names_are_understood(void **state)
{
    (void)state;
    char port[] = "MPS_PORT=14433";
    char web[] = "MPS_WEB_PORT=13000";
    assert_true(READ(port, web, NULL));
    assert_int_equal(io_address_port(&settings.values.cira.address), 14433);
    assert_true(settings.values.mps_http.on);
    assert_int_equal(io_address_port(&settings.values.mps_http.address), 13000);
    char user[] = "MPS_WEB_ADMIN_USER=root";
    char password[] = "MPS_WEB_ADMIN_PASSWORD=12345678";
    assert_true(READ(user, password, NULL));
    assert_string_equal(settings.values.admin_user, "root");
    assert_string_equal(settings.values.admin_password, "12345678");
    char level[] = "MPS_LOG_LEVEL=silly";
    char seen[] = "MPS_CIRA_LAST_SEEN=false";
    assert_true(READ(level, seen, NULL));
    assert_string_equal(settings.values.log_level, "silly");
    assert_false(settings.values.cira_last_seen);
}

static void our_own_name_wins_over_the_toolkits(void **state)
{
    (void)state;
    char own[] = "OUTBAND_COMMON_NAME=own";
    char toolkit[] = "MPS_COMMON_NAME=toolkit";
    assert_true(READ(toolkit, own, NULL));
    assert_string_equal(settings.values.common_name, "own");
}

static void an_empty_variable_counts_as_not_given(void **state)
{
    (void)state;
    char empty[] = "MPS_WEB_ADMIN_PASSWORD=";
    assert_true(READ(empty, NULL, NULL));
    assert_null(settings.values.admin_password);
}

static void a_value_may_follow_an_equals_sign(void **state)
{
    (void)state;
    assert_true(READ(NULL, NULL, "--https=127.0.0.1:444", "--loops=3", NULL));
    assert_string_equal(address_of(&settings.values.https), "127.0.0.1:444");
    assert_int_equal(settings.values.loops, 3);
}

static void a_flag_without_a_value_is_true(void **state)
{
    (void)state;
    assert_true(READ(NULL, NULL, "--metrics-open", "--loops", "1", NULL));
    assert_true(settings.values.metrics_open);
    assert_true(READ(NULL, NULL, "--login=off", NULL));
    assert_false(settings.values.login);
}

static void an_address_can_be_off(void **state)
{
    (void)state;
    assert_true(READ(NULL, NULL, "--https", "off", NULL));
    assert_string_equal(address_of(&settings.values.https), "off");
}

static void a_bad_value_names_its_source(void **state)
{
    (void)state;
    char port[] = "MPS_PORT=99999";
    assert_false(READ(port, NULL, NULL));
    assert_error("MPS_PORT: '99999'");
    assert_false(READ(NULL, NULL, "--cira-window", "1", NULL));
    assert_error("--cira-window: '1' is not a number from 32768 to 1048576");
    assert_false(READ(NULL, NULL, "--log-form", "xml", NULL));
    assert_error("--log-form: 'xml' is none of: text json");
    assert_false(READ(NULL, NULL, "--login=maybe", NULL));
    assert_error("--login: 'maybe' is neither true nor false");
    write_file("outband.ini", "; comment\nloops = many\n");
    assert_false(READ(NULL, NULL, NULL));
    assert_error("outband.ini:2: 'many' is not a number");
}

static void an_unknown_name_is_an_error_with_a_hint(void **state)
{
    (void)state;
    assert_false(READ(NULL, NULL, "--htps", "1", NULL));
    assert_error("--htps: there is no such setting; do you mean --https?");
    assert_false(READ(NULL, NULL, "--xylophone", NULL));
    assert_error("--xylophone: there is no such setting");
    assert_null(strstr(err.text, "mean"));
    write_file("outband.ini", "comon-name = x\n");
    assert_false(READ(NULL, NULL, NULL));
    assert_error("outband.ini:1: comon-name: there is no such setting; do you mean common-name?");
}

static void a_word_that_is_no_flag_is_an_error(void **state)
{
    (void)state;
    assert_false(READ(NULL, NULL, "https", NULL));
    assert_error("'https' is not understood");
    assert_false(READ(NULL, NULL, "--https", NULL));
    assert_error("--https: the value is missing");
}

static void a_secret_is_refused_as_a_flag_and_not_repeated(void **state)
{
    (void)state;
    assert_false(READ(NULL, NULL, "--admin-password", "hunter2", NULL));
    assert_error("OUTBAND_ADMIN_PASSWORD");
    assert_non_null(strstr(err.text, "--admin-password-file"));
    assert_null(strstr(err.text, "hunter2"));
    assert_false(READ(NULL, NULL, "--jwt-secret=hunter2", NULL));
    assert_null(strstr(err.text, "hunter2"));
    write_file("outband.ini", "jwt-secret = hunter2\n");
    assert_true(READ(NULL, NULL, NULL));
    assert_string_equal(settings.values.jwt_secret, "hunter2");
}

static void secrets_are_not_printed(void **state)
{
    (void)state;
    static char text[16384];
    char password[] = "MPS_WEB_ADMIN_PASSWORD=hunter2";
    assert_true(READ(password, NULL, NULL));
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_non_null(to);
    settings_print(&settings, to);
    assert_int_equal(fclose(to), 0);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "admin-password = (hidden)    ; from MPS_WEB_ADMIN_PASSWORD\n"));
    assert_non_null(strstr(text, "token-minutes = 1440\n"));
}

static void the_file_is_checked_line_by_line(void **state)
{
    (void)state;
    write_file("outband.ini", "loops = 1\nloops = 2\n");
    assert_false(READ(NULL, NULL, NULL));
    assert_error("outband.ini:2: loops is given twice");
    write_file("outband.ini", "[server]\nloops = 1\n");
    assert_false(READ(NULL, NULL, NULL));
    assert_error("no sections");
    write_file("outband.ini", "loops\n");
    assert_false(READ(NULL, NULL, NULL));
    assert_error("outband.ini:1: not of the form name = value");
    char line[400];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line, "instance = ", 11);
    write_file("outband.ini", line);
    assert_false(READ(NULL, NULL, NULL));
    assert_error("outband.ini:1: the line is longer");
}

static void a_named_file_must_exist(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/other.ini", folder);
    assert_false(READ(NULL, NULL, "--config", path, NULL));
    assert_error("other.ini cannot be read: No such file");
    write_file("other.ini", "loops = 7\n");
    assert_true(READ(NULL, NULL, "--config", path, NULL));
    assert_int_equal(settings.values.loops, 7);
}

static void the_minutes_belong_to_the_token_command(void **state)
{
    (void)state;
    char *const flags[] = {"--minutes", "5", NULL};
    assert_true(read_as("token", NULL, NULL, flags));
    assert_int_equal(settings.values.minutes, 5);
    assert_false(read_as("serve", NULL, NULL, flags));
    assert_error("--minutes: only for \"outband token --minutes\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_any_source_the_defaults_hold, begin, end),
        cmocka_unit_test_setup_teardown(a_flag_wins_over_the_environment_and_that_over_the_file,
                                        begin, end),
        cmocka_unit_test_setup_teardown(the_toolkits_names_are_understood, begin, end),
        cmocka_unit_test_setup_teardown(our_own_name_wins_over_the_toolkits, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_variable_counts_as_not_given, begin, end),
        cmocka_unit_test_setup_teardown(a_value_may_follow_an_equals_sign, begin, end),
        cmocka_unit_test_setup_teardown(a_flag_without_a_value_is_true, begin, end),
        cmocka_unit_test_setup_teardown(an_address_can_be_off, begin, end),
        cmocka_unit_test_setup_teardown(a_bad_value_names_its_source, begin, end),
        cmocka_unit_test_setup_teardown(an_unknown_name_is_an_error_with_a_hint, begin, end),
        cmocka_unit_test_setup_teardown(a_word_that_is_no_flag_is_an_error, begin, end),
        cmocka_unit_test_setup_teardown(a_secret_is_refused_as_a_flag_and_not_repeated, begin, end),
        cmocka_unit_test_setup_teardown(secrets_are_not_printed, begin, end),
        cmocka_unit_test_setup_teardown(the_file_is_checked_line_by_line, begin, end),
        cmocka_unit_test_setup_teardown(a_named_file_must_exist, begin, end),
        cmocka_unit_test_setup_teardown(the_minutes_belong_to_the_token_command, begin, end),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
