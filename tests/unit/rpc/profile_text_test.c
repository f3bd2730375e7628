/* What profiles and v2's configurations say, and addresses in them. */
#include "core/json_reader.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/profile_text.h"
#include "rpc/web/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    struct error err;
    json_t *value = json_reader_parse(slice_of_string(text), JSON_READER_DEPTH, &err);
    assert_non_null(value);
    return value;
}

static void names_have_any_case_and_empty_texts_are_none(void **state)
{
    (void)state;
    json_t *object =
        parse("{\"SSID\": \"Home\", \"password\": \"\", \"On\": \"TRUE\", \"n\": \"7\"}");
    assert_string_equal(rpc_member_text(object, "ssid"), "Home");
    assert_null(rpc_member_text(object, "password"));
    assert_null(rpc_member_text(object, "absent"));
    assert_null(rpc_member_text(NULL, "absent"));
    assert_true(rpc_member_flag(object, "on"));
    assert_int_equal(rpc_member_number(object, "N", 1), 7);
    assert_int_equal(rpc_member_number(object, "ssid", 1), 1);
    json_decref(object);
}

static void a_member_is_replaced_however_it_is_spelt(void **state)
{
    (void)state;
    json_t *object = parse("{\"PassWord\": \"old\"}");
    assert_true(rpc_member_put(object, "password", json_string("new")));
    assert_true(rpc_member_put(object, "added", json_true()));
    assert_string_equal(json_string_value(json_object_get(object, "PassWord")), "new");
    assert_int_equal(json_object_size(object), 2);
    assert_false(rpc_member_put(object, "password", NULL));
    assert_string_equal(rpc_member_text(object, "password"), "new");
    assert_false(rpc_member_put(NULL, "a", json_true()));
    json_t *list = parse("[]");
    assert_false(rpc_member_put(list, "a", json_string("b")));
    json_decref(list);
    json_decref(object);
}

static void methods_are_words_or_numbers(void **state)
{
    (void)state;
    json_t *object =
        parse("{\"a\": \"WPA2PSK\", \"b\": 7, \"c\": \"5\", \"d\": \"none\", \"e\": \"tkip\"}");
    assert_int_equal(rpc_member_authentication(object, "a", 0), 6);
    assert_int_equal(rpc_member_authentication(object, "b", 0), 7);
    assert_int_equal(rpc_member_authentication(object, "c", 0), 5);
    assert_int_equal(rpc_member_authentication(object, "d", 6), 0);
    assert_int_equal(rpc_member_authentication(object, "z", 6), 6);
    assert_int_equal(rpc_member_encryption(object, "e", 4), 3);
    json_decref(object);
}

static void addresses_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(rpc_address_format("192.0.2.1"), 3);
    assert_int_equal(rpc_address_format("2001:db8::1"), 4);
    assert_int_equal(rpc_address_format("192.0.2.256"), 201);
    assert_true(rpc_address_is_mask("255.255.255.0"));
    assert_true(rpc_address_is_mask("255.255.255.255"));
    assert_false(rpc_address_is_mask("0.0.0.0"));
    assert_false(rpc_address_is_mask("255.0.255.0"));
}

static void an_older_configuration_becomes_a_profile(void **state)
{
    (void)state;
    json_t *config = parse(
        "{\"password\": \"p\", \"tlsConfig\": {\"mode\": \"MutualAndNonTLS\"},"
        " \"wifiConfigs\": [{\"profileName\": \"home\", \"ieee8021xProfileName\": \"office\"}],"
        " \"ieee8021xConfigs\": [{\"profileName\": \"Office\", \"username\": \"u\"}],"
        " \"acmactivate\": {\"amtPassword\": \"a\"}}");
    json_t *secrets = parse("{\"secrets\": [{\"profileName\": \"home\", \"pskPassphrase\": \"s\"},"
                            " {\"profileName\": \"office\", \"privateKey\": \"k\"}]}");
    json_t *profile = rpc_config_v2_profile(config, secrets);
    const json_t *configuration = rpc_member(profile, "configuration");
    const json_t *specific = rpc_member(configuration, "amtSpecific");
    const json_t *tls = rpc_member(configuration, "tls");
    const json_t *home = json_array_get(
        rpc_member(rpc_member(rpc_member(configuration, "network"), "wireless"), "profiles"), 0);
    assert_string_equal(rpc_member_text(specific, "controlMode"), "acmactivate");
    assert_string_equal(rpc_member_text(specific, "adminPassword"), "a");
    assert_true(rpc_member_flag(tls, "mutualAuthentication"));
    assert_true(rpc_member_flag(tls, "allowNonTLS"));
    assert_string_equal(rpc_member_text(home, "password"), "s");
    assert_string_equal(rpc_member_text(rpc_member(home, "ieee8021x"), "username"), "u");
    assert_string_equal(rpc_member_text(rpc_member(home, "ieee8021x"), "privateKey"), "k");
    rpc_profile_free(config);
    rpc_profile_free(secrets);
    rpc_profile_free(profile);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_any_case_and_empty_texts_are_none),
        cmocka_unit_test(a_member_is_replaced_however_it_is_spelt),
        cmocka_unit_test(methods_are_words_or_numbers),
        cmocka_unit_test(addresses_are_told_apart),
        cmocka_unit_test(an_older_configuration_becomes_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
