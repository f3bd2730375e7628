/* The certificates that a device was given: the table of rps/tls_given.h, walked through all that
 * can be stored. */
#include "rps/tls_given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOWHERE RPS_TLS_GIVEN

/* Each certificate is two bytes of its own here; for whom it was made stands in a third. */
enum whose { FIRST, PROVEN };

static const enum whose both[] = {FIRST, PROVEN};

static uint8_t made[1 << 14][3];
static size_t made_count;
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    made_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct slice make(enum whose whose)
{
    size_t at = made_count++;
    assert_true(at < sizeof made / sizeof *made);
    made[at][0] = (uint8_t)(at >> 8);
    made[at][1] = (uint8_t)at;
    made[at][2] = whose == PROVEN;
    return slice_of(made[at], sizeof made[at]);
}

static enum whose whose(struct slice der)
{
    return der.data[2] == 1 ? PROVEN : FIRST;
}

static size_t find(const struct rps_tls_given *given, struct slice der)
{
    for (size_t i = 0; i < given->count; i++)
        if (slice_equal(given->der[i], der))
            return i;
    return NOWHERE;
}

static bool is_same(const struct rps_tls_given *a, const struct rps_tls_given *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = slice_equal(a->der[i], b->der[i]);
    return same;
}

/* ---- what holds of each step ---- */

static void check_stored(const struct rps_tls_given *given)
{
    size_t first = 0;
    for (size_t i = 0; i < given->count; i++) {
        assert_int_equal(find(given, given->der[i]), i); /* none stands there twice */
        first += whose(given->der[i]) == FIRST;
    }
    assert_in_range(given->count, 0, RPS_TLS_GIVEN);
    assert_in_range(first, 0, RPS_TLS_GIVEN_UNPROVEN);
}

static void check_refused(const struct rps_tls_given *before, const struct rps_tls_given *after,
                          enum whose to, const struct error *err)
{
    assert_int_equal(to, FIRST);
    assert_in_range(before->count, RPS_TLS_GIVEN_UNPROVEN, RPS_TLS_GIVEN);
    assert_int_equal(err->code, ERROR_CONFLICT);
    assert_true(is_same(before, after));
}

static void check_added(const struct rps_tls_given *before, const struct rps_tls_given *after,
                        struct slice der)
{
    size_t gone = 0, at, last = 0;
    assert_int_equal(find(after, der), 0);
    for (size_t i = 0; i < before->count; i++) {
        at = find(after, before->der[i]);
        if (at == NOWHERE) {
            assert_int_not_equal(i, 0);
            assert_int_equal(whose(before->der[i]), PROVEN);
            gone++;
        } else {
            assert_true(at > last);
            last = at;
        }
    }
    assert_int_equal(gone, before->count == RPS_TLS_GIVEN);
    assert_int_equal(after->count, before->count + 1 - gone);
}

static struct rps_tls_given issue(const struct rps_tls_given *before, enum whose to)
{
    struct rps_tls_given after = *before;
    struct error err;
    error_clear(&err);
    struct slice der = make(to);
    if (rps_tls_given_add(&after, der, to == PROVEN, &err))
        check_added(before, &after, der);
    else
        check_refused(before, &after, to, &err);
    check_stored(&after);
    return after;
}

static struct rps_tls_given take(const struct rps_tls_given *before, enum whose who)
{
    struct rps_tls_given after = *before;
    bool went = rps_tls_given_settle(&after, who == PROVEN);
    assert_int_equal(went, !is_same(before, &after));
    if (before->rivals || who == FIRST) {
        assert_false(went);
    } else if (before->count > 0) {
        assert_int_equal(after.count, 1);
        assert_true(slice_equal(after.der[0], before->der[0]));
    }
    return after;
}

/* ---- all that can be stored ---- */

/* By whom each was given is what makes a difference between two lists: a bit each, and one ahead
 * of them. */
#define STATES ((size_t)1 << (RPS_TLS_GIVEN + 1))

static size_t state_of(const struct rps_tls_given *given)
{
    size_t state = 1;
    for (size_t i = 0; i < given->count; i++)
        state = state << 1 | (whose(given->der[i]) == PROVEN);
    return state;
}

static struct rps_tls_given waiting[STATES];
static bool seen[STATES];
static size_t waiting_count;

static void meet(const struct rps_tls_given *given)
{
    size_t state = state_of(given);
    if (!seen[state])
        waiting[waiting_count++] = *given;
    seen[state] = true;
}

static void every_list_that_can_come_about_keeps_the_rules(void **state)
{
    (void)state;
    const struct rps_tls_given none = {.held = true};
    meet(&none);
    for (size_t at = 0; at < waiting_count; at++)
        for (int rivals = 0; rivals < 2; rivals++)
            for (size_t i = 0; i < 2; i++) {
                struct rps_tls_given now = waiting[at];
                now.rivals = rivals == 1;
                const struct rps_tls_given issued = issue(&now, both[i]);
                const struct rps_tls_given taken = take(&now, both[i]);
                meet(&issued);
                meet(&taken);
            }
    /* Every pattern up to six, and with one or two of proven agents ahead of six. */
    assert_int_equal(waiting_count, 127 + 64 + 64);
}

/* ---- beside that ---- */

static void without_a_password_the_list_begins_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rps_tls_given given = {.held = true};
        struct error err;
        while (given.count < RPS_TLS_GIVEN)
            assert_true(rps_tls_given_add(&given, make(PROVEN), true, &err));
        given.held = false;
        struct slice der = make(both[i]);
        assert_true(rps_tls_given_add(&given, der, both[i] == PROVEN, &err));
        assert_int_equal(given.count, 1);
        assert_int_equal(find(&given, der), 0);
    }
}

static void what_was_written_is_read_again(void **state)
{
    (void)state;
    struct rps_tls_given given = {.held = true}, again;
    struct error err;
    for (size_t count = 0;; count++) {
        const struct store_passwords stored = {
            .tls_certificate = slice_of_string(rps_tls_given_pem(&arena, &given))};
        rps_tls_given_read(&arena, &stored, &again);
        assert_int_equal(again.count, count);
        assert_true(is_same(&given, &again));
        if (count == RPS_TLS_GIVEN)
            break;
        assert_true(rps_tls_given_add(&given, make(PROVEN), true, &err));
    }
}

/* As the toolkit has it: one, without line breaks. What comes behind them is not read. */
static void other_texts_are_read_as_far_as_they_are_certificates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {
        {"", 0},
        {"nothing", 0},
        {"-----BEGIN CERTIFICATE-----AQID-----END CERTIFICATE-----", 1},
        {"-----BEGIN CERTIFICATE-----AQID-----END CERTIFICATE-----"
         "-----BEGIN CERTIFICATE-----AQ",
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct store_passwords stored = {.tls_certificate = slice_of_string(cases[i].text)};
        struct rps_tls_given given;
        rps_tls_given_read(&arena, &stored, &given);
        assert_int_equal(given.count, cases[i].count);
        if (given.count > 0)
            assert_true(slice_equal(given.der[0], SLICE_LITERAL("\1\2\3")));
    }
}

static void passwords_of_amt_tell_who_may_have_them(void **state)
{
    (void)state;
    struct store_passwords stored = {0};
    struct rps_tls_given given;
    struct store_password_list *list = &stored.lists[STORE_PASSWORD_AMT];
    stored.lists[STORE_PASSWORD_MPS].count = 1; /* of a tunnel: nothing */
    rps_tls_given_read(&arena, &stored, &given);
    assert_false(given.held || given.rivals);
    list->items[list->count++] = (struct store_password){.proven = true};
    rps_tls_given_read(&arena, &stored, &given);
    assert_true(given.held && !given.rivals);
    list->items[list->count++] = (struct store_password){.proven = false};
    rps_tls_given_read(&arena, &stored, &given);
    assert_true(given.held && given.rivals);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(every_list_that_can_come_about_keeps_the_rules),
        TEST(without_a_password_the_list_begins_anew),
        TEST(what_was_written_is_read_again),
        TEST(other_texts_are_read_as_far_as_they_are_certificates),
        TEST(passwords_of_amt_tell_who_may_have_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
