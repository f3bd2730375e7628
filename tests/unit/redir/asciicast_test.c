#include "redir/asciicast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct error err;

static void assert_buffer(struct buffer *b, const char *wanted)
{
    buffer_put_u8(b, 0);
    assert_string_equal((const char *)buffer_slice(b).data, wanted);
    buffer_fini(b);
}

/* https://docs.asciinema.org/manual/asciicast/v2/ */
static void lines_are_those_of_asciinema(void **state)
{
    struct redir_asciicast_head head = {
        .width = 80, .height = 24, .began = 1504467315, .title = "Demo"};
    struct redir_asciicast_event event = {
        .at_us = 1001376, .kind = 'o', .text = slice_of_string("\x1b[1;31mHello \"World\"\r\n┌")};
    struct buffer b;
    (void)state;
    buffer_init(&b, 4096);
    redir_asciicast_put_head(&b, &head);
    redir_asciicast_put_event(&b, &event);
    assert_buffer(&b, "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1504467315,"
                      "\"title\":\"Demo\"}\n"
                      "[1.001376,\"o\",\"\\u001b[1;31mHello \\\"World\\\"\\r\\n┌\"]\n");
}

static bool read_head(const char *line, struct redir_asciicast_head *head)
{
    return redir_asciicast_read_head(&arena, slice_of_string(line), head, &err);
}

static bool read_event(const char *line, struct redir_asciicast_event *event)
{
    return redir_asciicast_read_event(&arena, slice_of_string(line), event, &err);
}

static void lines_of_asciinema_are_read(void **state)
{
    struct redir_asciicast_head head;
    struct redir_asciicast_event event;
    (void)state;
    assert_true(
        read_head("{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": 1504467315, "
                  "\"title\": \"Demo\", \"env\": {\"TERM\": \"xterm-256color\"}}",
                  &head));
    assert_int_equal(head.width, 80);
    assert_int_equal(head.height, 24);
    assert_int_equal(head.began, 1504467315);
    assert_string_equal(head.title, "Demo");
    assert_true(read_event("[0.248848, \"o\", \"a\\u0000\\u001b\\\\u0000\"]", &event));
    assert_int_equal(event.at_us, 248848);
    assert_int_equal(event.kind, 'o');
    assert_true(slice_equal(event.text, slice_of_string("a\x1b\\u0000")));
    assert_true(read_event("[5, \"r\", \"100x50\"]", &event));
    assert_int_equal(event.at_us, 5000000);
}

static void other_versions_are_refused_as_such(void **state)
{
    struct redir_asciicast_head head;
    (void)state;
    assert_false(read_head("{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24}}", &head));
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
}

static void what_is_no_line_is_refused(void **state)
{
    static const char *const heads[] = {"",
                                        "[]",
                                        "{",
                                        "{}",
                                        "hello",
                                        "{\"version\":2}",
                                        "{\"version\":\"2\",\"width\":1,\"height\":1}",
                                        "{\"version\":2,\"width\":0,\"height\":24}",
                                        "{\"version\":2,\"width\":80,\"height\":1000000}"};
    static const char *const events[] = {"",
                                         "{}",
                                         "[]",
                                         "[1]",
                                         "[1,\"o\"]",
                                         "[1,\"o\",2]",
                                         "[-1,\"o\",\"\"]",
                                         "[1e300,\"o\",\"\"]",
                                         "[\"1\",\"o\",\"\"]",
                                         "[1,\"oo\",\"\"]",
                                         "[1,\"\",\"\"]",
                                         "[1,\"o\",\"\\ud800\"]"};
    struct redir_asciicast_head head;
    struct redir_asciicast_event event;
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        assert_false(read_head(heads[i], &head));
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        assert_false(read_event(events[i], &event));
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_those_of_asciinema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_asciinema_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_versions_are_refused_as_such, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_line_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
