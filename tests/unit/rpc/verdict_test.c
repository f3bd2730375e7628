/* What has come of a call that sets AMT up. */
#include "rpc/setup/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define YES     RPC_AMT_SAYS_YES
#define NO      RPC_AMT_SAYS_NO
#define NOTHING RPC_AMT_SAYS_NOTHING
#define UNSENT  RPC_AMT_NOT_ASKED

static enum rpc_verdict judge(enum rpc_has before, enum rpc_amt_says says, enum rpc_mode_seen mode,
                              enum rpc_login_seen login, enum rpc_has after)
{
    const struct rpc_activation_seen seen = {
        .has = rpc_has_after(before, says), .says = says, .mode = mode, .login = login};
    enum rpc_verdict verdict = rpc_verdict_of(&seen);
    assert_int_equal(rpc_has_at_last(&seen), verdict == RPC_VERDICT_TOOK ? RPC_HAS : after);
    return verdict;
}

static const enum rpc_has any[] = {RPC_HAS_NOT, RPC_MAY_HAVE, RPC_HAS};

static void after_a_yes_a_refused_login_proves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(judge(any[i], YES, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_HAS),
                         RPC_VERDICT_UNCONFIRMED);
        assert_int_equal(judge(any[i], YES, RPC_MODE_WANTED, RPC_LOGIN_FAILED, RPC_HAS),
                         RPC_VERDICT_UNCONFIRMED);
        assert_int_equal(judge(any[i], YES, RPC_MODE_WANTED, RPC_LOGIN_TAKEN, RPC_HAS),
                         RPC_VERDICT_TOOK);
        assert_int_equal(judge(any[i], YES, RPC_MODE_ANOTHER, RPC_LOGIN_UNTRIED, RPC_HAS),
                         RPC_VERDICT_STAYS);
        assert_int_equal(judge(any[i], YES, RPC_MODE_UNKNOWN, RPC_LOGIN_UNTRIED, RPC_HAS),
                         RPC_VERDICT_UNKNOWN);
    }
}

static void what_was_not_answered_stays_open_unless_a_login_succeeds(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_WANTED, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                         RPC_VERDICT_LOG_IN);
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_WANTED, RPC_LOGIN_TAKEN, RPC_MAY_HAVE),
                         RPC_VERDICT_TOOK);
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_MAY_HAVE),
                         RPC_VERDICT_UNDECIDED);
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_WANTED, RPC_LOGIN_FAILED, RPC_MAY_HAVE),
                         RPC_VERDICT_UNCONFIRMED);
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_ANOTHER, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                         RPC_VERDICT_FAILED);
        assert_int_equal(judge(any[i], NOTHING, RPC_MODE_UNKNOWN, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                         RPC_VERDICT_UNKNOWN);
    }
}

static void a_refusal_says_that_amt_has_nothing_while_amt_is_not_as_wanted(void **state)
{
    (void)state;
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_ANOTHER, RPC_LOGIN_UNTRIED, RPC_HAS_NOT),
                     RPC_VERDICT_FAILED);
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_UNKNOWN, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                     RPC_VERDICT_FAILED);
}

static void a_refusal_of_what_is_done_is_in_doubt(void **state)
{
    (void)state;
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_WANTED, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                     RPC_VERDICT_LOG_IN);
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_WANTED, RPC_LOGIN_TAKEN, RPC_HAS),
                     RPC_VERDICT_TOOK);
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_MAY_HAVE),
                     RPC_VERDICT_ANOTHER_S);
    assert_int_equal(judge(RPC_HAS_NOT, NO, RPC_MODE_WANTED, RPC_LOGIN_FAILED, RPC_MAY_HAVE),
                     RPC_VERDICT_UNCONFIRMED);
}

static void what_was_not_sent_has_given_amt_nothing(void **state)
{
    static const enum rpc_mode_seen modes[] = {RPC_MODE_UNKNOWN, RPC_MODE_ANOTHER};
    (void)state;
    assert_int_equal(judge(RPC_HAS_NOT, UNSENT, RPC_MODE_WANTED, RPC_LOGIN_UNTRIED, RPC_HAS_NOT),
                     RPC_VERDICT_ANOTHER_S);
    assert_int_equal(judge(RPC_MAY_HAVE, UNSENT, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_MAY_HAVE),
                     RPC_VERDICT_UNDECIDED);
    assert_int_equal(judge(RPC_HAS, UNSENT, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_HAS),
                     RPC_VERDICT_UNCONFIRMED);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            assert_int_equal(judge(any[j], UNSENT, modes[i], RPC_LOGIN_UNTRIED, any[j]),
                             RPC_VERDICT_FAILED);
}

static void a_refusal_says_nothing_of_the_call_before_it(void **state)
{
    (void)state;
    assert_int_equal(judge(RPC_MAY_HAVE, NO, RPC_MODE_WANTED, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                     RPC_VERDICT_LOG_IN);
    assert_int_equal(judge(RPC_MAY_HAVE, NO, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_MAY_HAVE),
                     RPC_VERDICT_UNDECIDED);
    assert_int_equal(judge(RPC_MAY_HAVE, NO, RPC_MODE_ANOTHER, RPC_LOGIN_UNTRIED, RPC_MAY_HAVE),
                     RPC_VERDICT_FAILED);
    assert_int_equal(judge(RPC_HAS, NO, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_HAS),
                     RPC_VERDICT_UNCONFIRMED);
    assert_int_equal(judge(RPC_HAS, NOTHING, RPC_MODE_WANTED, RPC_LOGIN_REFUSED, RPC_HAS),
                     RPC_VERDICT_UNCONFIRMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_yes_a_refused_login_proves_nothing),
        cmocka_unit_test(what_was_not_answered_stays_open_unless_a_login_succeeds),
        cmocka_unit_test(a_refusal_says_that_amt_has_nothing_while_amt_is_not_as_wanted),
        cmocka_unit_test(a_refusal_of_what_is_done_is_in_doubt),
        cmocka_unit_test(what_was_not_sent_has_given_amt_nothing),
        cmocka_unit_test(a_refusal_says_nothing_of_the_call_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
