/* Lines of the log: their form, whatever is in them, and that nobody waits for their reader. */
#include "core/arena.h"
#include "core/json_reader.h"
#include "core/log.h"
#include "core/log_writer.h"
#include "core/metrics.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int terminal = -1;
static int reader = -1;

/* Standard output becomes a pipe that only we read. */
static void divert(void)
{
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    (void)fflush(stdout);
    terminal = dup(STDOUT_FILENO);
    (void)dup2(pipes[1], STDOUT_FILENO);
    (void)close(pipes[1]);
    reader = pipes[0];
}

static void restore(void)
{
    (void)dup2(terminal, STDOUT_FILENO);
    (void)close(terminal);
    terminal = -1;
}

/* All that was written, after restore. */
static struct slice written(struct arena *arena)
{
    struct buffer all;
    buffer_init(&all, 8U << 20);
    for (;;) {
        uint8_t *to = buffer_reserve(&all, 65536);
        ssize_t got = read(reader, to, 65536);
        if (got <= 0)
            break;
        buffer_added(&all, (size_t)got);
    }
    (void)close(reader);
    struct slice copy = arena_copy(arena, buffer_slice(&all));
    buffer_fini(&all);
    return copy;
}

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    (void)alarm(60);
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_finish();
    arena_fini(&arena);
    (void)alarm(0);
    return 0;
}

/* One line without its time and line feed. */
static const char *text_of(enum log_form form, const char *key, const char *value)
{
    log_setup(LOG_INFO, form);
    divert();
    log_line(LOG_INFO, "message", key, value, "last", "1", NULL);
    log_finish();
    restore();
    struct slice line = written(&arena);
    assert_true(line.size > 26 && line.data[line.size - 1] == '\n');
    assert_int_equal(slice_index_of(line, '\n'), line.size - 1);
    return arena_string(&arena, slice_first(line, line.size - 1));
}

static void assert_text(const char *value, const char *expected)
{
    assert_string_equal(text_of(LOG_TEXT, "key", value) + 25, expected);
}

static void a_value_cannot_pass_for_a_field(void **state)
{
    (void)state;
    assert_text("plain", "info  message key=plain last=1");
    assert_text("two words", "info  message key=\"two words\" last=1");
    assert_text("x\" user=\"root", "info  message key=\"x\\\" user=\\\"root\" last=1");
    assert_text("x\\\" a=b", "info  message key=\"x\\\\\\\" a=b\" last=1");
    assert_text("back\\slash", "info  message key=\"back\\\\slash\" last=1");
    assert_text("two\nlines\x1b[2J", "info  message key=\"two\\x0alines\\x1b[2J\" last=1");
    assert_text("", "info  message key=\"\" last=1");
    assert_text(NULL, "info  message last=1");
}

static char *filled(const char *unit, size_t times)
{
    size_t size = strlen(unit);
    char *text = arena_alloc(&arena, size * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * size, unit, size);
    text[size * times] = '\0';
    return text;
}

static void a_long_line_stays_whole_in_both_forms(void **state)
{
    (void)state;
    static const char *const units[] = {"x", "\"", "\x01", "\xe2\x82\xac", "\xff", "\\"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const char *value = filled(units[i], 100000);
        const char *line = text_of(LOG_JSON, "key", value);
        assert_true(strlen(line) <= 8192);
        json_t *json = json_reader_parse(slice_of_string(line), 1, NULL);
        assert_non_null(json);
        assert_string_equal(json_string_value(json_object_get(json, "message")), "message");
        assert_true(json_string_length(json_object_get(json, "key")) > 500);
        assert_string_equal(json_string_value(json_object_get(json, "last")), "1");
        assert_true(json_is_true(json_object_get(json, "cut")));
        json_decref(json);

        line = text_of(LOG_TEXT, "key", value);
        assert_true(strlen(line) <= 8192);
        assert_string_equal(line + strlen(line) - 7, " last=1");
    }
    json_t *json =
        json_reader_parse(slice_of_string(text_of(LOG_JSON, "key", "\xe2\x82\xac \"a\"")), 1, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "key")), "\xe2\x82\xac \"a\"");
    assert_null(json_object_get(json, "cut"));
    json_decref(json);
}

static void many_fields_do_not_break_a_line(void **state)
{
    (void)state;
    const char *v = filled("\"", 3000);
    log_setup(LOG_INFO, LOG_JSON);
    divert();
    log_line(LOG_INFO, v, "a", v, "b", v, "c", v, "d", v, "e", v, "f", v, "g", v, "h", v, "i", v,
             "j", v, "k", v, "l", v, "m", v, "n", v, "o", v, "p", v, "q", v, "r", v, NULL);
    log_finish();
    restore();
    struct slice line = written(&arena);
    assert_true(line.size <= 8192);
    json_t *json = json_reader_parse(line, 1, NULL);
    assert_non_null(json);
    json_decref(json);
}

/* ---- who reads the log ---- */

static int64_t lost(void)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    metrics_print(&text);
    buffer_put_u8(&text, 0);
    const char *at = strstr((const char *)buffer_slice(&text).data, "\noutband_log_dropped_total ");
    int64_t count = at == NULL ? -1 : strtoll(at + 27, NULL, 10);
    buffer_fini(&text);
    return count;
}

static void *drain(void *arg)
{
    *(struct slice *)arg = written(&arena);
    return NULL;
}

static unsigned count_of(struct slice lines, struct slice what)
{
    unsigned count = 0;
    while (lines.size > 0) {
        struct slice line = slice_split(&lines, '\n');
        count += line.size > 25 && slice_starts_with(slice_from(line, 25), what);
    }
    return count;
}

static void a_stalled_reader_holds_nobody_up(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    divert();
    const char *value = filled("x", 1000);
    int64_t before = lost();
    assert_true(before >= 0);
    unsigned count = 0;
    for (; lost() - before < 100; count++) { /* would wait for ever without the thread */
        assert_true(count < 10000);
        log_line(LOG_INFO, "line", "key", value, NULL);
    }
    assert_true(count > LOG_WRITER_QUEUE / 1100);
    count -= 100;

    struct slice lines;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drain, &lines), 0);
    unsigned again = 100;
    for (int64_t last = lost() - 1; last < lost(); again += last < lost()) {
        last = lost();
        (void)usleep(10000);
        log_line(LOG_INFO, "after", NULL);
    }
    log_finish();
    restore();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(count_of(lines, SLICE_LITERAL("info  line key=xxx")), count);
    assert_int_equal(count_of(lines, SLICE_LITERAL("info  after")), 1);
    char told[64];
    (void)snprintf(told, sizeof told, "warn  lines of the log were lost count=%u", again);
    assert_int_equal(count_of(lines, slice_of_string(told)), 1);
    assert_int_equal(lines.data[lines.size - 1], '\n');
}

static int exit_code_of(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_end_of_the_program_loses_nothing(void **state)
{
    (void)state;
    log_finish();
    divert();
    pid_t child = fork();
    if (child == 0) {
        log_setup(LOG_INFO, LOG_TEXT);
        for (int i = 0; i < 500; i++)
            log_line(LOG_INFO, "line", NULL);
        exit(0);
    }
    restore();
    struct slice lines = written(&arena);
    assert_int_equal(exit_code_of(child), 0);
    assert_int_equal(count_of(lines, SLICE_LITERAL("info  line")), 500);
}

static void a_stalled_reader_does_not_keep_the_program_from_ending(void **state)
{
    (void)state;
    log_finish();
    divert();
    pid_t child = fork();
    if (child == 0) {
        log_setup(LOG_INFO, LOG_TEXT);
        const char *value = filled("x", 1000);
        for (int i = 0; i < 500; i++)
            log_line(LOG_INFO, "line", "key", value, NULL);
        exit(0);
    }
    restore();
    assert_int_equal(exit_code_of(child), 0);
    (void)close(reader);
}

static void lines_are_written_at_once_without_the_thread(void **state)
{
    (void)state;
    log_finish();
    divert();
    log_line(LOG_INFO, "line", NULL);
    char text[256];
    assert_true(read(reader, text, sizeof text) > 25);
    restore();
    (void)close(reader);
}

static void *log_some(void *arg)
{
    (void)arg;
    for (int i = 0; i < 200; i++)
        log_line(LOG_INFO, "line", "key", "a value", NULL);
    return NULL;
}

static void lines_of_several_threads_stay_apart(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_TEXT);
    divert();
    pthread_t threads[4];
    pthread_t draining;
    struct slice lines;
    assert_int_equal(pthread_create(&draining, NULL, drain, &lines), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_some, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_finish();
    restore();
    assert_int_equal(pthread_join(draining, NULL), 0);
    assert_int_equal(count_of(lines, SLICE_LITERAL("info  line key=\"a value\"")), 800);
    assert_int_equal(lines.size, 800 * (25 + sizeof "info  line key=\"a value\""));
}

#define LOG_CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(a_value_cannot_pass_for_a_field),
        LOG_CASE(a_long_line_stays_whole_in_both_forms),
        LOG_CASE(many_fields_do_not_break_a_line),
        LOG_CASE(a_stalled_reader_holds_nobody_up),
        LOG_CASE(the_end_of_the_program_loses_nothing),
        LOG_CASE(a_stalled_reader_does_not_keep_the_program_from_ending),
        LOG_CASE(lines_are_written_at_once_without_the_thread),
        LOG_CASE(lines_of_several_threads_stay_apart),
    };
    return cmocka_run_group_tests_name("core/log", tests, NULL, NULL);
}
