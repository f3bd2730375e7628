/* librpc.so and librpc-v2.so as a foreign program has them: opened at run time. What they say of
 * the engine is tested in tests/integration/rpc/library_test.py, which runs this program, too. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4
#define CALLS   8

static void *library, *library_v2;
static int (*check)(void);
static int (*execute)(const char *input, char **out, char **log);
static void (*release)(char *text);
static int (*execute_v2)(const char *input, char **both);
static void (*release_v2)(char *text);

/* A function's address out of an object's, which C has no cast for. */
static void find(void *from, const char *name, void *function)
{
    void *symbol = dlsym(from, name);
    assert_non_null(symbol);
    memcpy(function, &symbol, sizeof symbol);
}

static int open_both(void **state)
{
    (void)state;
    library = dlopen(getenv("LIBRPC"), RTLD_NOW | RTLD_LOCAL);
    library_v2 = dlopen(getenv("LIBRPC_V2"), RTLD_NOW | RTLD_LOCAL);
    if (library == NULL || library_v2 == NULL) {
        print_error("%s\n", dlerror());
        return -1;
    }
    find(library, "rpcCheckAccess", &check);
    find(library, "rpcExec", &execute);
    find(library, "rpcFree", &release);
    find(library_v2, "rpcExec", &execute_v2);
    find(library_v2, "FreeString", &release_v2);
    return 0;
}

static void only_the_functions_of_the_header_are_there(void **state)
{
    static const char *const others[] = {"rpc_execute", "rpc_call", "io_loop_new", "amt_power_get"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_null(dlsym(library, others[i]));
    assert_null(dlsym(library, "FreeString"));
    assert_null(dlsym(library_v2, "rpcFree"));
}

static void a_result_and_a_log_are_both_there(void **state)
{
    char *out = NULL;
    char *log = NULL;
    (void)state;
    assert_int_equal(execute("version --json", &out, &log), 0);
    assert_non_null(strstr(out, "\"app\": \"rpc\""));
    assert_string_equal(log, "");
    release(out);
    release(log);
}

/* rpc-go leaves the pointer to the output as it was. */
static void a_failure_sets_both_texts(void **state)
{
    char *out = NULL;
    char *log = NULL;
    (void)state;
    assert_int_equal(execute("amtinfo --no-such-flag", &out, &log), 28);
    assert_string_equal(out, "");
    assert_non_null(strstr(log, "Error 28: IncorrectCommandLineParameters"));
    release(out);
    release(log);
    assert_int_equal(execute("amtinfo \"--json", &out, &log), 33);
    assert_string_equal(out, "");
    assert_non_null(strstr(log, "Error 33: InvalidParameterCombination"));
    release(out);
    release(log);
}

static void a_text_that_is_not_wanted_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(execute("version", NULL, NULL), 0);
    assert_int_equal(execute_v2("version", NULL), 0);
    release(NULL);
    release_v2(NULL);
}

static void the_older_library_has_one_text(void **state)
{
    char *both = NULL;
    (void)state;
    assert_int_equal(execute_v2("version", &both), 0);
    assert_memory_equal(both, "RPC\nVersion ", 12);
    release_v2(both);
    assert_int_equal(execute_v2("activate --no-such-flag", &both), 28);
    assert_non_null(strstr(both, "Error 28"));
    release_v2(both);
}

/* As rpc-go v2's program ends. */
static void a_last_flag_without_its_value_has_the_code_of_the_older_program(void **state)
{
    static const struct {
        const char *line;
        int code;
    } lines[] = {{"activate -h", 25},
                 {"activate -u wss://localhost:1 -profile p -d", 24},
                 {"activate -u wss://localhost:1 -profile p -p", 26},
                 {"activate -u wss://localhost:1 -profile", 21},
                 {"activate -u", 28}};
    char *both = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int code = execute_v2(lines[i].line, &both);
        if (code != lines[i].code || strstr(both, "needs a value") == NULL)
            fail_msg("%s: %d\n%s", lines[i].line, code, both);
        release_v2(both);
    }
    assert_int_equal(execute_v2("version --", &both), 0);
    release_v2(both);
}

/* A secret in the line stands in no process list, so nothing is said of one. */
static void no_process_list_is_warned_of(void **state)
{
    char *log = NULL;
    (void)state;
    (void)execute("version --password Secret1!", NULL, &log);
    assert_string_equal(log, "");
    release(log);
}

static void descriptors_and_signals_stay_as_they_were(void **state)
{
    struct sigaction before;
    struct sigaction after;
    sigset_t blocked_before;
    sigset_t blocked_after;
    char *out = NULL;
    (void)state;
    assert_int_equal(sigaction(SIGPIPE, NULL, &before), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked_before), 0);
    int first_free = dup(STDOUT_FILENO);
    (void)close(first_free);
    assert_int_equal(execute("version", &out, NULL), 0);
    release(out);
    int still_free = dup(STDOUT_FILENO);
    (void)close(still_free);
    assert_int_equal(still_free, first_free);
    assert_int_equal(sigaction(SIGPIPE, NULL, &after), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked_after), 0);
    assert_true(before.sa_handler == after.sa_handler);
    for (int i = 1; i < SIGRTMIN; i++)
        assert_int_equal(sigismember(&blocked_before, i), sigismember(&blocked_after, i));
}

/* Far more than a pipe holds in all, and nobody reads while it is written. */
static void long_texts_need_no_reader(void **state)
{
    size_t size = 0;
    (void)state;
    while (size < (size_t)256 << 10) {
        char *out = NULL;
        assert_int_equal(execute("activate --help", &out, NULL), 0);
        assert_true(strlen(out) > 1000);
        size += strlen(out);
        release(out);
    }
}

static void *call_often(void *arg)
{
    size_t *good = arg;
    for (int i = 0; i < CALLS; i++) {
        char *out = NULL;
        char *log = NULL;
        int code = execute(i % 2 == 0 ? "version --json" : "amtinfo --hostname --json", &out, &log);
        *good += code == (i % 2 == 0 ? 0 : check()) && strstr(out, "}\n") != NULL;
        release(out);
        release(log);
    }
    return NULL;
}

static void threads_may_call_side_by_side(void **state)
{
    pthread_t threads[THREADS];
    size_t good[THREADS] = {0};
    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &good[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(good[i], CALLS);
}

static int tests(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(only_the_functions_of_the_header_are_there),
        cmocka_unit_test(a_result_and_a_log_are_both_there),
        cmocka_unit_test(a_failure_sets_both_texts),
        cmocka_unit_test(a_text_that_is_not_wanted_is_left_out),
        cmocka_unit_test(the_older_library_has_one_text),
        cmocka_unit_test(a_last_flag_without_its_value_has_the_code_of_the_older_program),
        cmocka_unit_test(no_process_list_is_warned_of),
        cmocka_unit_test(descriptors_and_signals_stay_as_they_were),
        cmocka_unit_test(long_texts_need_no_reader),
        cmocka_unit_test(threads_may_call_side_by_side),
    };
    return cmocka_run_group_tests_name("rpc/library", all, open_both, NULL);
}

/* With arguments: one call, its output, its code. */
int main(int argc, char **argv)
{
    char *out = NULL;
    char *log = NULL;
    if (argc < 2)
        return tests();
    if (open_both(NULL) != 0)
        return 99;
    int code = strcmp(argv[1], "check") == 0 ? check() : execute(argv[1], &out, &log);
    (void)fprintf(stdout, "%s", out != NULL ? out : "");
    (void)fprintf(stderr, "%s", log != NULL ? log : "");
    release(out);
    release(log);
    return code;
}
