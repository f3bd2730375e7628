/* The terminal while a password is typed: without echo, and afterwards as it was. */
#include "rpc/run/terminal.h"

#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static int master, terminal, other;

static int begin(void **state)
{
    (void)state;
    return openpty(&master, &terminal, NULL, NULL, NULL) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    (void)close(terminal);
    (void)close(master);
    return 0;
}

static bool echoes(int file)
{
    struct termios now;
    assert_int_equal(tcgetattr(file, &now), 0);
    return (now.c_lflag & ECHO) != 0;
}

static void it_comes_back_as_it_was(void **state)
{
    (void)state;
    rpc_terminal_restore();
    assert_true(echoes(terminal));
    assert_true(rpc_terminal_hide(terminal, NULL));
    assert_false(echoes(terminal));
    rpc_terminal_restore();
    assert_true(echoes(terminal));
    rpc_terminal_restore();
    assert_true(echoes(terminal));
}

static void what_is_hidden_twice_comes_back_too(void **state)
{
    (void)state;
    assert_true(rpc_terminal_hide(terminal, NULL));
    assert_true(rpc_terminal_hide(terminal, NULL));
    assert_false(echoes(terminal));
    rpc_terminal_restore();
    assert_true(echoes(terminal));
}

static void another_terminal_gives_the_first_one_back(void **state)
{
    int second;
    (void)state;
    assert_int_equal(openpty(&second, &other, NULL, NULL, NULL), 0);
    assert_true(rpc_terminal_hide(terminal, NULL));
    assert_true(rpc_terminal_hide(other, NULL));
    assert_true(echoes(terminal));
    assert_false(echoes(other));
    rpc_terminal_restore();
    assert_true(echoes(other));
    (void)close(other);
    (void)close(second);
}

static void what_is_no_terminal_is_an_error(void **state)
{
    int ends[2];
    struct error err;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(rpc_terminal_hide(ends[0], &err));
    assert_int_equal(err.code, ERROR_INTERNAL);
    rpc_terminal_restore();
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_back_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(what_is_hidden_twice_comes_back_too, begin, end),
        cmocka_unit_test_setup_teardown(another_terminal_gives_the_first_one_back, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_terminal_is_an_error, begin, end),
    };
    return cmocka_run_group_tests_name("rpc/terminal", tests, NULL, NULL);
}
