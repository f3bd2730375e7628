/* Tokens that were given back: refused until they expire, in a bounded space. */
#include "access/revoked.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct slice name(char text[16], unsigned number)
{
    return slice_of(text, (size_t)snprintf(text, 16, "token-%u", number));
}

static int setup(void **state)
{
    *state = revoked_new();
    return 0;
}

static int teardown(void **state)
{
    revoked_free(*state);
    return 0;
}

static void only_what_was_added_is_refused(void **state)
{
    struct revoked *revoked = *state;
    assert_false(revoked_has(revoked, SLICE_LITERAL("a"), 100));
    revoked_add(revoked, SLICE_LITERAL("a"), 200, 100);
    assert_true(revoked_has(revoked, SLICE_LITERAL("a"), 100));
    assert_false(revoked_has(revoked, SLICE_LITERAL("b"), 100));
    assert_false(revoked_has(revoked, SLICE_LITERAL("a "), 100));
}

static void it_ends_with_the_token(void **state)
{
    struct revoked *revoked = *state;
    revoked_add(revoked, SLICE_LITERAL("a"), 200, 100);
    assert_true(revoked_has(revoked, SLICE_LITERAL("a"), 199));
    assert_false(revoked_has(revoked, SLICE_LITERAL("a"), 200));
    revoked_add(revoked, SLICE_LITERAL("b"), 100, 100);
    assert_false(revoked_has(revoked, SLICE_LITERAL("b"), 100));
}

static void thousands_are_kept(void **state)
{
    struct revoked *revoked = *state;
    char text[16];
    for (unsigned i = 0; i < REVOKED_PLACES / 4; i++)
        revoked_add(revoked, name(text, i), 200, 100);
    for (unsigned i = 0; i < REVOKED_PLACES / 4; i++)
        assert_true(revoked_has(revoked, name(text, i), 100));
}

static void where_it_is_full_the_shortest_life_goes(void **state)
{
    struct revoked *revoked = *state;
    char text[16];
    revoked_add(revoked, SLICE_LITERAL("long"), 1000, 100);
    for (unsigned i = 0; i < 4 * REVOKED_PLACES; i++)
        revoked_add(revoked, name(text, i), 200, 100);
    assert_true(revoked_has(revoked, SLICE_LITERAL("long"), 100));
    assert_true(revoked_has(revoked, name(text, 4 * REVOKED_PLACES - 1), 100));
    unsigned kept = 0;
    for (unsigned i = 0; i < 4 * REVOKED_PLACES; i++)
        kept += revoked_has(revoked, name(text, i), 100);
    assert_in_range(kept, REVOKED_PLACES / 2, REVOKED_PLACES);
}

static void *add_and_ask(void *arg)
{
    char text[16];
    for (unsigned i = 0; i < 2000; i++) {
        revoked_add(arg, name(text, i), 200, 100);
        if (!revoked_has(arg, name(text, i), 100))
            return arg;
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_and_ask, *state), 0);
    for (size_t i = 0; i < 4; i++) {
        void *missed;
        assert_int_equal(pthread_join(threads[i], &missed), 0);
        assert_null(missed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_was_added_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(it_ends_with_the_token, setup, teardown),
        cmocka_unit_test_setup_teardown(thousands_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(where_it_is_full_the_shortest_life_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_share_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
