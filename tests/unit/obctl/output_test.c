#include "obctl/output.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Writes to `to` until there is no room, which must not wait; empties `from`, and writes again. */
static void assert_goes_on(int to, int from)
{
    static char many[4096];
    struct obctl_output output;
    struct error err;
    size_t put = 1, all = 0, got = 0;
    obctl_output_open(&output, to);
    while (put > 0) {
        assert_true(obctl_output_put(&output, slice_of(many, sizeof many), &put, &err));
        all += put;
    }
    assert_true(all > 0);
    assert_int_equal(fcntl(to, F_GETFL) & O_NONBLOCK, 0);
    while (got < all) {
        ssize_t piece = read(from, many, sizeof many);
        assert_true(piece > 0);
        got += (size_t)piece;
    }
    assert_true(obctl_output_put(&output, SLICE_LITERAL("more"), &put, &err));
    assert_int_equal(put, 4);
    obctl_output_close(&output);
    assert_int_equal(fcntl(to, F_GETFL) & O_NONBLOCK, 0);
}

static void a_full_pipe_holds_nobody_up(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_goes_on(ends[1], ends[0]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void nor_does_a_full_socket(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_goes_on(ends[1], ends[0]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_file_is_written_where_it_stands(void **state)
{
    char path[] = "/tmp/output-test-XXXXXX";
    char text[16] = "";
    struct obctl_output output;
    struct error err;
    size_t put;
    (void)state;
    int file = mkstemp(path);
    assert_int_equal(write(file, "before ", 7), 7);
    obctl_output_open(&output, file);
    assert_true(obctl_output_put(&output, SLICE_LITERAL("and"), &put, &err));
    obctl_output_close(&output);
    assert_int_equal(write(file, " after", 6), 6);
    assert_int_equal(pread(file, text, sizeof text - 1, 0), 15);
    assert_string_equal(text, "before and afte");
    (void)close(file);
    (void)unlink(path);
}

static void nobody_reading_is_an_error(void **state)
{
    int ends[2];
    struct obctl_output output;
    struct error err;
    size_t put;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    obctl_output_open(&output, ends[1]);
    (void)close(ends[0]);
    assert_false(obctl_output_put(&output, SLICE_LITERAL("x"), &put, &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    obctl_output_close(&output);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pipe_holds_nobody_up),
        cmocka_unit_test(nor_does_a_full_socket),
        cmocka_unit_test(a_file_is_written_where_it_stands),
        cmocka_unit_test(nobody_reading_is_an_error),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
