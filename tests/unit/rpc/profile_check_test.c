/* Profiles whose parts are of another kind than they should be: nothing of them is taken for
 * absent. */
#include "rpc/run/parts.h"
#include "rpc/setup/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct buffer said;

static bool take(void *arg, struct slice text)
{
    (void)arg;
    buffer_put(&said, text);
    return true;
}

/* The sentence that refuses it, "" for one that is taken; what is warned of is in `said`. */
static const char *refusal_of(const char *yaml)
{
    static char text[ERROR_TEXT_SIZE];
    const struct rpc_door door = {take, NULL};
    struct rpc rpc;
    struct rpc_fault fault = {.code = RPC_SUCCESS};
    rpc_run_init(&rpc, door, door);
    buffer_fini(&said);
    buffer_init(&said, 65536);
    json_t *profile =
        rpc_profile_read(&rpc, slice_of_string(yaml), (struct slice){NULL, 0}, &fault);
    text[0] = '\0';
    if (profile == NULL) {
        assert_int_equal(fault.code, RPC_WRONG_CONFIGURATION);
        memcpy(text, fault.err.text, sizeof text);
    }
    rpc_profile_free(profile);
    rpc_run_fini(&rpc);
    return text;
}

static const char *configuration(const char *json)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"configuration\": %s}", json);
    return refusal_of(text);
}

static void assert_refused(const char *json, const char *sentence)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "the profile: configuration.%s", sentence);
    assert_string_equal(configuration(json), whole);
}

static void an_empty_one_is_called_so(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " \n", "[]", "null"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(refusal_of(texts[i]), "the profile: it is empty");
    assert_string_equal(refusal_of("[1]"), "the profile: it is a list, and no profile");
}

static void wrong_types_are_refused_where_they_stand(void **state)
{
    (void)state;
    assert_refused("{\"network\": \"none\"}", "network is no object");
    assert_refused("{\"network\": {\"wired\": []}}", "network.wired is no object");
    assert_refused("{\"network\": {\"wired\": {\"dhcpEnabled\": \"maybe\"}}}",
                   "network.wired.dhcpEnabled is neither true nor false");
    assert_refused("{\"network\": {\"wireless\": {\"profiles\": {}}}}",
                   "network.wireless.profiles is no list");
    assert_refused("{\"network\": {\"wireless\": {\"profiles\": [{}, \"x\"]}}}",
                   "network.wireless.profiles[1] is no object");
    assert_refused("{\"network\": {\"wireless\": {\"profiles\": [{\"password\": 12345678}]}}}",
                   "network.wireless.profiles[0].password is no text (quotes make it one)");
    assert_refused("{\"network\": {\"proxy\": {\"address\": \"a\"}}}", "network.proxy is no list");
    assert_refused("{\"network\": {\"Proxies\": [{\"port\": \"x\"}]}}",
                   "network.Proxies[0].port is no whole number");
    assert_refused("{\"network\": {\"proxy\": [{\"port\": \"3128\"}]}}",
                   "network.proxy[0].port is no whole number");
    assert_refused("{\"redirection\": {\"enabled\": \"true\"}}",
                   "redirection.enabled is neither true nor false");
    assert_refused("{\"redirection\": true}", "redirection is no object");
    assert_refused("{\"redirection\": {\"services\": {\"kvm\": 2}}}",
                   "redirection.services.kvm is neither true nor false");
    assert_refused("{\"tls\": {\"enabled\": {}}}", "tls.enabled is neither true nor false");
    assert_refused("{\"amtSpecific\": {\"cira\": {\"environmentDetection\": [1]}}}",
                   "amtSpecific.cira.environmentDetection[0] is no text");
    assert_refused("{\"amtSpecific\": {\"adminPassword\": 5}}",
                   "amtSpecific.adminPassword is no text (quotes make it one)");
}

static void wrong_words_are_refused_with_the_right_ones(void **state)
{
    (void)state;
    assert_refused("{\"redirection\": {\"userConsent\": \"some\"}}",
                   "redirection.userConsent is none of None, KVM, All");
    assert_refused("{\"tls\": {\"signingAuthority\": \"me\"}}",
                   "tls.signingAuthority is none of SelfSigned, MicrosoftCA");
    assert_refused(
        "{\"network\": {\"wireless\": {\"profiles\": [{\"encryptionMethod\": \"WEP\"}]}}}",
        "network.wireless.profiles[0].encryptionMethod is none of TKIP, CCMP");
}

static void assert_impossible(const char *json, const char *part)
{
    const char *text = configuration(json);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is missing in \"%s\"", part, text);
}

#define WIRELESS(more) "{\"network\": {\"wireless\": {\"profiles\": [{" more "}]}}}"
#define NAMED          "\"profileName\": \"a\", \"ssid\": \"b\", "
#define PROXY(more)    "{\"network\": {\"proxies\": [{" more "}]}}"
#define WIRED_LOGIN(more)                                                             \
    "{\"network\": {\"wired\": {\"dhcpEnabled\": true, \"ieee8021x\": {" more "}}}, " \
    "\"tls\": {\"enabled\": false}}"
#define WIRELESS_LOGIN(more) \
    WIRELESS(NAMED "\"authenticationMethod\": 7, \"ieee8021x\": {" more "}")
#define CIRA(more) "{\"amtSpecific\": {\"cira\": {\"mpsAddress\": " more "}}}"

/* Which is known before AMT is asked. */
static void what_no_amt_takes_is_refused(void **state)
{
    (void)state;
    assert_impossible(PROXY("\"address\": \"a\", \"port\": 99999"), "from 1 to 65535");
    assert_impossible(PROXY("\"address\": \"a\", \"port\": 4294967376"), "from 1 to 65535");
    assert_impossible(PROXY("\"address\": \"a\", \"port\": 0"), "from 1 to 65535");
    assert_impossible(PROXY("\"address\": \"http://a\""), "the name or the address of a host");
    assert_impossible(WIRELESS(NAMED "\"password\": \"12345\""), "8 to 63 characters");
    assert_impossible(WIRELESS(NAMED "\"password\": \"12345678\", \"priority\": -1"),
                      "from 1 to 255");
    assert_impossible(WIRELESS("\"profileName\": \"a\", \"ssid\": \"\""), "1 to 32 bytes");
    assert_impossible(WIRELESS(NAMED "\"authenticationMethod\": 7"), "no 802.1X login");
    assert_impossible("{\"network\": {\"wired\": {\"ipAddress\": \"300.1.1.1\"}}}",
                      "no IPv4 address");
    assert_impossible(CIRA("\"wss://a\""), "the name or the address of a host");
    assert_impossible(CIRA("\"a\", \"mpsPort\": -1"), "from 1 to 65535");
    assert_impossible(CIRA("\"a\", \"environmentDetection\": [\"a b\"]"), "a DNS suffix");
    assert_impossible("{\"tls\": {\"enabled\": true, \"signingAuthority\": \"MicrosoftCA\"}}",
                      "names no Enterprise Assistant");
}

/* What is missing in a login for 802.1X, or none, is found before AMT is activated. */
static void a_login_that_no_network_takes_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *wired, *wireless, *part;
    } logins[] = {
#define LOGIN(more, part) {WIRED_LOGIN(more), WIRELESS_LOGIN(more), part}
        LOGIN("\"username\": \"u\", \"authenticationProtocol\": 7", "0 (EAP-TLS) or 2"),
        LOGIN("\"username\": \"u\", \"password\": \"p\", "
              "\"authenticationProtocol\": 4294967298",
              "0 (EAP-TLS) or 2"),
        LOGIN("\"username\": \"u\", \"password\": \"p\", \"authenticationProtocol\": -4294967294",
              "0 (EAP-TLS) or 2"),
        LOGIN("\"profileName\": \"office\"", "user name is missing"),
        LOGIN("\"password\": \"p\", \"authenticationProtocol\": 2", "user name is missing"),
        LOGIN("\"username\": \"u\", \"authenticationProtocol\": 2", "password is missing"),
        LOGIN("\"caCert\": \"c\"", "user name is missing"),
        LOGIN("\"pxeTimeout\": 120", "user name is missing"),
        LOGIN("\"pxeTimeout\": -1", "from 0 to 86400"),
        LOGIN("\"username\": \"u\", \"privateKey\": \"k\"", "client certificate is missing"),
        LOGIN("\"username\": \"u\", \"clientCert\": \"c\"", "private key is missing"),
#undef LOGIN
    };
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        assert_impossible(logins[i].wired, logins[i].part);
        assert_impossible(logins[i].wireless, logins[i].part);
        assert_impossible(logins[i].wireless, "the Wi-Fi profile a: ");
    }
    static const char *const timeouts[] = {"-1", "86401", "4294967416"};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       WIRED_LOGIN("\"username\": \"u\", \"password\": \"p\", "
                                   "\"authenticationProtocol\": 2, \"pxeTimeout\": %s"),
                       timeouts[i]);
        assert_impossible(text, "from 0 to 86400");
    }
}

static void a_login_that_is_whole_is_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        WIRED_LOGIN(""),
        WIRED_LOGIN("\"username\": \"\", \"pxeTimeout\": 0, \"authenticationProtocol\": 0"),
        WIRED_LOGIN("\"username\": \"u\", \"password\": \"p\", \"authenticationProtocol\": 2, "
                    "\"pxeTimeout\": 86400"),
        WIRELESS_LOGIN("\"username\": \"u\", \"clientCert\": \"c\", \"privateKey\": \"k\""),
        /* the assistant has what the profile doesn't say */
        "{\"network\": {\"wired\": {\"dhcpEnabled\": true, \"ieee8021x\": {\"profileName\": "
        "\"a\"}}}, "
        "\"enterpriseAssistant\": {\"url\": \"http://a\", \"username\": \"u\"}}",
        /* one with a passphrase logs nobody in */
        WIRELESS(NAMED "\"password\": \"12345678\", \"ieee8021x\": {\"profileName\": \"a\"}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(configuration(texts[i]), "");
}

static void what_means_nothing_is_warned_of(void **state)
{
    (void)state;
    assert_string_equal(configuration("{\"redirect\": {\"x\": 1}, \"bmcSpecific\": {\"y\": 1}}"),
                        "");
    assert_non_null(memmem(buffer_slice(&said).data, buffer_size(&said),
                           "configuration.redirect, which means nothing here", 48));
    assert_null(memmem(buffer_slice(&said).data, buffer_size(&said), "bmcSpecific", 11));
}

static void what_exports_have_is_taken(void **state)
{
    (void)state;
    assert_string_equal(
        configuration(
            "{\"Network\": {\"wired\": {\"DHCPEnabled\": \"yes\", \"ipSyncEnabled\": null, "
            "\"ieee8021x\": null}, \"wireless\": {\"profiles\": [{\"profileName\": \"a\", "
            "\"ssid\": \"b\", \"password\": \"12345678\", \"authenticationMethod\": 6, "
            "\"encryptionMethod\": \"4\", \"priority\": 1}, {\"profileName\": \"c\", \"ssid\": "
            "\"d\", \"pskPassphrase\": \"12345678\", \"authenticationMethod\": "
            "\"wpa2psk\"}]}, \"proxy\": null}, \"redirection\": "
            "{\"userConsent\": \"ALL\", \"services\": {\"kvm\": true}}, \"tls\": "
            "{\"signingAuthority\": \"\"}}"),
        "");
    assert_int_equal(buffer_size(&said), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_is_called_so),
        cmocka_unit_test(wrong_types_are_refused_where_they_stand),
        cmocka_unit_test(wrong_words_are_refused_with_the_right_ones),
        cmocka_unit_test(what_no_amt_takes_is_refused),
        cmocka_unit_test(a_login_that_no_network_takes_is_refused),
        cmocka_unit_test(a_login_that_is_whole_is_taken),
        cmocka_unit_test(what_means_nothing_is_warned_of),
        cmocka_unit_test(what_exports_have_is_taken),
    };
    int failed = cmocka_run_group_tests_name("rpc/profile_check", tests, NULL, NULL);
    buffer_fini(&said);
    return failed;
}
