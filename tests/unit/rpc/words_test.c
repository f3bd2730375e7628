#include "rpc/text/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_features(const char *version, const char *sku, const char *features)
{
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(rpc_words_features(&arena, slice_of_string(version), slice_of_string(sku)),
                        features);
    arena_fini(&arena);
}

static void features_follow_version_and_sku(void **state)
{
    (void)state;
    assert_features("16.1.25", "16392", "AMT Pro Corporate");
    assert_features("15.0.10", "16400", "Intel Standard Manageability Corporate");
    assert_features("5.2.1", "40", "AMT Pro TPM");
    assert_features("6.2.1", "40", "AMT Pro");
    assert_features("7.1.0", "32776", "AMT Pro L3 Mgt Upgrade");
    assert_features("4.0", "8", "");
    assert_features("nonsense", "8", "");
    assert_features("16.1", "many", "");
}

static void control_modes_have_words_in_each_generation(void **state)
{
    (void)state;
    assert_string_equal(rpc_words_control_mode(0, false), "not activated");
    assert_string_equal(rpc_words_control_mode(1, false), "client control mode");
    assert_string_equal(rpc_words_control_mode(2, false), "admin control mode");
    assert_string_equal(rpc_words_control_mode(3, false), "unknown control mode");
    assert_string_equal(rpc_words_control_mode(0, true), "pre-provisioning state");
    assert_string_equal(rpc_words_control_mode(1, true), "activated in client control mode");
    assert_string_equal(rpc_words_control_mode(2, true), "activated in admin control mode");
    assert_string_equal(rpc_words_control_mode(7, true), "unknown state");
}

static void remote_access_has_words(void **state)
{
    (void)state;
    assert_string_equal(rpc_words_network(0, false), "direct (LAN)");
    assert_string_equal(rpc_words_network(2, false), "outside enterprise (CIRA)");
    assert_string_equal(rpc_words_network(2, true), "outside enterprise");
    assert_string_equal(rpc_words_network(9, true), "unknown");
    assert_string_equal(rpc_words_remote(2), "connected");
    assert_string_equal(rpc_words_trigger(0), "user initiated");
    assert_string_equal(rpc_words_trigger(2), "periodic");
    assert_string_equal(rpc_words_provisioning_state(1), "in provisioning");
    assert_string_equal(rpc_words_address_format(201), "FQDN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_follow_version_and_sku),
        cmocka_unit_test(control_modes_have_words_in_each_generation),
        cmocka_unit_test(remote_access_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
