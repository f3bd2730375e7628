/* The library's way in: a run without a process of its own. */
#include "core/arena.h"
#include "rpc/rpc.h"
#include "rpc/run/exit_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static const char *out_text, *log_text;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int execute(const char *text)
{
    const char *arguments[16];
    size_t count = 0;
    struct slice rest = slice_of_string(text);
    struct buffer out;
    struct buffer log;
    buffer_init(&out, 1 << 20);
    buffer_init(&log, 1 << 20);
    while (rest.size > 0)
        arguments[count++] = arena_string(&arena, slice_split(&rest, ' '));
    int code = rpc_execute(arguments, count, &out, &log);
    out_text = arena_string(&arena, buffer_slice(&out));
    log_text = arena_string(&arena, buffer_slice(&log));
    buffer_fini(&out);
    buffer_fini(&log);
    return code;
}

static void version_needs_nothing(void **state)
{
    (void)state;
    assert_int_equal(execute("version"), 0);
    assert_non_null(strstr(out_text, "\n  RPC\n  ───\n  Version   "));
    assert_string_equal(log_text, "");
    assert_int_equal(execute("version -json"), 0);
    assert_non_null(strstr(out_text, "{\n  \"app\": \"rpc\",\n  \"version\": \""));
    assert_int_equal(execute("--compat v2 version"), 0);
    assert_memory_equal(out_text, "RPC\nVersion ", 12);
    assert_non_null(strstr(out_text, "\nProtocol 4.0.0\n"));
}

static void a_wrong_line_is_28_and_says_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(execute("version --jason"), 28);
    assert_string_equal(out_text, "");
    assert_memory_equal(log_text, "time=\"20", 8);
    assert_non_null(strstr(log_text,
                           " level=error msg=\"Error 28: IncorrectCommandLineParameters - Details: "
                           "unknown flag --jason of \\\"version\\\"; did you mean --json?"));
}

/* Nothing could end it. */
static void what_only_a_signal_ends_is_refused(void **state)
{
    (void)state;
    assert_int_equal(execute("lms --lmsport 29991"), 28);
    assert_non_null(strstr(log_text, "\\\"rpc lms\\\" runs until a signal ends it"));
    assert_int_equal(execute("lms --help"), 0);
}

static void log_lines_are_json_with_the_results(void **state)
{
    (void)state;
    assert_int_equal(execute("version --json --jason"), 28);
    assert_memory_equal(log_text, "{\"level\":\"error\",\"msg\":\"Error 28: ", 34);
    assert_non_null(strstr(log_text, "\",\"time\":\"20"));
    assert_int_equal(log_text[strlen(log_text) - 1], '\n');
}

static void help_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(execute("configure"), 0);
    assert_non_null(strstr(out_text, "\n  configure wireless "));
    assert_null(strstr(out_text, "\n  activate "));
    assert_int_equal(execute("configure tls --help"), 0);
    assert_non_null(strstr(out_text, "Usage: rpc configure tls "));
    assert_non_null(strstr(out_text, "--delay=N"));
    assert_int_equal(execute("--help"), 0);
    assert_non_null(strstr(out_text, "\n  amtinfo "));
    /* v2 ends so without a command. */
    assert_int_equal(execute("configure --compat v2"), 28);
}

/* A line that was handed over in memory was in no process list. */
static void secrets_of_a_call_are_no_matter_for_a_warning(void **state)
{
    (void)state;
    assert_int_equal(execute("version --password hunter2 --auth-token=t0ken"), 0);
    assert_string_equal(log_text, "");
}

static void levels_leave_lines_out_but_never_the_failure(void **state)
{
    (void)state;
    assert_int_equal(execute("version --log-level error --password x"), 0);
    assert_string_equal(log_text, "");
    assert_int_equal(execute("version --log-level panic --jason"), 28);
    assert_non_null(strstr(log_text, "Error 28"));
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(rpc_exit_name(RPC_SUCCESS), "Success");
    assert_string_equal(rpc_exit_name(RPC_HECI_DRIVER_NOT_DETECTED), "HECIDriverNotDetected");
    assert_string_equal(rpc_exit_name((enum rpc_exit)115), "DeviceNotActivated");
    assert_string_equal(rpc_exit_name((enum rpc_exit)154), "SyncDeviceInfoFailed");
    assert_string_equal(rpc_exit_name((enum rpc_exit)9999), "GenericFailure");
}

int main(void)
{
    (void)unsetenv("RPC_COMPAT");
    (void)unsetenv("RPC_JSON");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(version_needs_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_wrong_line_is_28_and_says_what_is_wrong, begin, end),
        cmocka_unit_test_setup_teardown(what_only_a_signal_ends_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(log_lines_are_json_with_the_results, begin, end),
        cmocka_unit_test_setup_teardown(help_is_no_failure, begin, end),
        cmocka_unit_test_setup_teardown(secrets_of_a_call_are_no_matter_for_a_warning, begin, end),
        cmocka_unit_test_setup_teardown(levels_leave_lines_out_but_never_the_failure, begin, end),
        cmocka_unit_test_setup_teardown(every_code_has_a_name, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
