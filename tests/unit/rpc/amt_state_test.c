/* What is said of AMT when something was done to it. */
#include "rpc/machine/amt_state.h"

#include "mei/pthi.h"
#include "rpc/setup/activation_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void says(unsigned mode, bool state_known, unsigned state, const char *expected)
{
    const struct rpc_amt_state it = {
        .mode_known = true, .mode = mode, .state_known = state_known, .state = state};
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(rpc_amt_state_words(&arena, &it, false), expected);
    arena_fini(&arena);
}

static void a_mode_is_said_as_amtinfo_says_it(void **state)
{
    (void)state;
    says(MEI_CONTROL_NONE, true, MEI_PROVISIONING_PRE, "not activated");
    says(MEI_CONTROL_CLIENT, true, MEI_PROVISIONING_POST, "client control mode");
    says(MEI_CONTROL_ADMIN, false, MEI_PROVISIONING_PRE, "admin control mode");
}

static void v2_has_its_own_words_for_the_mode(void **state)
{
    const struct rpc_amt_state none = {.mode_known = true, .mode = MEI_CONTROL_NONE};
    struct arena arena;
    (void)state;
    arena_init(&arena);
    assert_string_equal(rpc_amt_state_words(&arena, &none, true), "pre-provisioning state");
    arena_fini(&arena);
}

static void a_set_up_that_hangs_halfway_is_said_with_what_ends_it(void **state)
{
    (void)state;
    says(MEI_CONTROL_NONE, true, MEI_PROVISIONING_IN,
         "not activated, in provisioning; \"rpc deactivate --local\" ends that");
    says(MEI_CONTROL_CLIENT, true, MEI_PROVISIONING_IN,
         "client control mode, in provisioning; \"rpc deactivate --local\" ends that");
}

static void a_state_that_amt_does_not_tell_is_not_halfway(void **state)
{
    (void)state;
    says(MEI_CONTROL_NONE, false, MEI_PROVISIONING_IN, "not activated");
}

static void an_answer_is_a_refusal_a_yes_or_none(void **state)
{
    static const enum error_code nothing[] = {ERROR_TIMEOUT, ERROR_CONNECTION, ERROR_PROTOCOL,
                                              ERROR_CANCELLED, ERROR_LOGIN};
    struct error why = {.code = ERROR_DEVICE};
    (void)state;
    assert_int_equal(rpc_activation_answer(false, &why).says, RPC_AMT_SAYS_NO);
    why.code = ERROR_NONE;
    assert_int_equal(rpc_activation_answer(true, &why).says, RPC_AMT_SAYS_YES);
    why.code = ERROR_CONFLICT;
    assert_int_equal(rpc_activation_answer(false, &why).says, RPC_AMT_SAYS_NO);
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        why.code = nothing[i];
        assert_int_equal(rpc_activation_answer(false, &why).says, RPC_AMT_SAYS_NOTHING);
        /* that the mode is as wanted is no answer */
        assert_int_equal(rpc_activation_answer(true, &why).says, RPC_AMT_SAYS_NOTHING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mode_is_said_as_amtinfo_says_it),
        cmocka_unit_test(v2_has_its_own_words_for_the_mode),
        cmocka_unit_test(a_set_up_that_hangs_halfway_is_said_with_what_ends_it),
        cmocka_unit_test(a_state_that_amt_does_not_tell_is_not_halfway),
        cmocka_unit_test(an_answer_is_a_refusal_a_yes_or_none),
    };
    return cmocka_run_group_tests_name("amt_state", tests, NULL, NULL);
}
