/* Taking a configuration back from a whole simulated machine (spec rps 3.5): everything that one
 * puts there is gone, a second run finds nothing, firmware that lacks a class has nothing there,
 * and a run that failed anywhere can be made again. */
#include "amt/unconfigure.h"

#include "amt/proxy.h"
#include "amt/tls.h"
#include "amt/wired.h"
#include "amt/wireless_profile.h"
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CERTIFICATE "AMT_PublicKeyCertificate"

static const char *const left[] = {
    "AMT_ManagementPresenceRemoteSAP",    "AMT_RemoteAccessPolicyRule",
    "AMT_RemoteAccessPolicyAppliesToMPS", "AMT_PublicPrivateKeyPair",
    "AMT_TLSCredentialContext",           "CIM_WiFiEndpointSettings",

    "IPS_HTTPProxyAccessPoint",           NULL};

static bool add_profiles(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct amt_wireless_profile profile = {.name = SLICE_LITERAL("one"),
                                           .ssid = SLICE_LITERAL("net"),
                                           .priority = 1,
                                           .authentication = 6,
                                           .encryption = 4,
                                           .passphrase = SLICE_LITERAL("password")};
    struct amt_wireless_result result;
    (void)arg;
    if (!amt_wireless_profile_add(amt, arena, &profile, &result, err))
        return false;
    assert_int_equal(result.outcome, AMT_WIRELESS_DONE);
    profile.name = SLICE_LITERAL("two");
    profile.priority = 2;
    return amt_wireless_profile_add(amt, arena, &profile, &result, err);
}

static bool add_proxies(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct amt_proxy proxy = {.address = SLICE_LITERAL("proxy.test"),
                              .format = 201,
                              .port = 8080,
                              .dns_suffix = SLICE_LITERAL("test")};
    enum amt_proxy_outcome outcome;
    (void)arg;
    if (!amt_proxy_add(amt, arena, &proxy, &outcome, err))
        return false;
    proxy.port = 8081;
    return amt_proxy_add(amt, arena, &proxy, &outcome, err);
}

static bool switch_8021x_on(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    const struct amt_wired_8021x peap = {.state = AMT_WIRED_8021X_ON,
                                         .pxe_timeout_s = 120,
                                         .username = SLICE_LITERAL("bob"),
                                         .protocol = 2,
                                         .password = SLICE_LITERAL("secret")};
    struct amt_wired_result result;
    (void)arg;
    return amt_wired_change(amt, arena, NULL, &peap, &result, err);
}

/* TLS as if it had been set up with the certificate that is there. */
static void switch_tls_on(struct machine *machine)
{
    for (size_t door = 0; door < 2; door++)
        machine_set(machine, "AMT_TLSSettingData", door, "Enabled", "true");
}

static void configure(struct machine *machine, const char *personality)
{
    machine_start(machine, personality);
    machine_must(machine, add_profiles, NULL);
    machine_must(machine, add_proxies, NULL);
    if (strcmp(personality, "16.1") == 0)
        machine_must(machine, switch_8021x_on, NULL);
    switch_tls_on(machine);
    machine_remove(machine, "CIM_CredentialContext");
    machine_set(machine, CERTIFICATE, 2, "ReadOnlyCertificate", "true");
    machine_plan(machine, 0, MACHINE_FAULTS);
}

struct plan {
    struct amt_unconfigured what;
    bool keep_tls;
};

static bool unconfigure(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct plan *plan = arg;
    return amt_unconfigure(amt, arena, &plan->what, plan->keep_tls, err);
}

static void assert_clean(const struct machine *machine)
{
    for (size_t i = 0; left[i] != NULL; i++)
        if (machine_count(machine, left[i]) != 0)
            fail_msg("%zu of %s are left", machine_count(machine, left[i]), left[i]);
    assert_int_equal(machine_count(machine, CERTIFICATE), 1);
    for (size_t i = 0; i < machine_count(machine, CERTIFICATE); i++) /* the firmware's own */
        assert_true(slice_equal_string(
            machine_value(machine, CERTIFICATE, i, "ReadOnlyCertificate"), "true"));
    for (size_t door = 0; door < 2; door++)
        assert_true(slice_equal_string(
            machine_value(machine, "AMT_TLSSettingData", door, "Enabled"), "false"));
    assert_int_equal(
        machine_value(machine, "AMT_EnvironmentDetectionSettingData", 0, "DetectionStrings").size,
        0);
}

static void everything_that_was_configured_is_gone(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = false}, again = {.keep_tls = false};
    configure(&machine, "16.1");
    machine_must(&machine, unconfigure, &plan);
    assert_clean(&machine);
    assert_true(
        slice_equal_string(machine_value(&machine, "IPS_IEEE8021xSettings", 0, "Enabled"), "3"));
    assert_int_equal(machine_value(&machine, "IPS_IEEE8021xSettings", 0, "Username").size, 0);
    assert_true(plan.what.wired && plan.what.wireless && plan.what.ieee8021x && plan.what.tls &&
                plan.what.cira);
    assert_false(plan.what.tls_kept);
    assert_int_equal(plan.what.wifi_profiles, 2);
    assert_int_equal(plan.what.proxies, 2);
    assert_int_equal(plan.what.certificates, 2);
    assert_int_equal(plan.what.left, 0);
    assert_true(slice_equal_string(
        machine_value(&machine, "AMT_TLSSettingData", 0, "AcceptNonSecureConnections"), "true"));
    machine_plan(&machine, 0, MACHINE_FAULTS);
    machine_must(&machine, unconfigure, &again);
    assert_null(machine.changing);
    assert_false(again.what.ieee8021x || again.what.tls || again.what.cira);
    assert_int_equal(again.what.wifi_profiles + again.what.proxies + again.what.certificates, 0);
    machine_stop(&machine);
}

static void firmware_without_proxies_and_wired_802_1x_has_none(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = false};
    configure(&machine, "11.8");
    machine_must(&machine, unconfigure, &plan);
    assert_clean(&machine);
    assert_int_equal(plan.what.proxies, 0);
    machine_stop(&machine);
}

static void tls_that_is_to_stay_keeps_its_certificates(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = true};
    configure(&machine, "16.1");
    machine_must(&machine, unconfigure, &plan);
    assert_true(plan.what.tls_kept);
    assert_int_equal(machine_count(&machine, CERTIFICATE), 3);
    assert_int_equal(machine_count(&machine, "AMT_ManagementPresenceRemoteSAP"), 0);
    assert_true(
        slice_equal_string(machine_value(&machine, "AMT_TLSSettingData", 0, "Enabled"), "true"));
    machine_stop(&machine);
}

static void several_servers_all_go(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = false};
    configure(&machine, "16.1");
    machine_add(&machine, "AMT_ManagementPresenceRemoteSAP", "Name",
                "Intel(r) AMT:Management Presence Server 1");
    machine_must(&machine, unconfigure, &plan);
    assert_clean(&machine);
    machine_stop(&machine);
}

static void profiles_of_the_hosts_users_stay(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = false};
    configure(&machine, "16.1");
    machine_add(&machine, "CIM_WiFiEndpointSettings", "InstanceID",
                "Intel(r) AMT:WiFi Endpoint User Settings home");
    machine_must(&machine, unconfigure, &plan);
    assert_int_equal(machine_count(&machine, "CIM_WiFiEndpointSettings"), 1);
    machine_stop(&machine);
}

static void a_certificate_that_something_else_uses_is_left(void **state)
{
    (void)state;
    struct machine machine;
    struct plan plan = {.keep_tls = false};
    machine_start(&machine,
                  "16.1"); /* whose certificate 0 is of an 802.1X login without a profile */
    machine_must(&machine, unconfigure, &plan);
    assert_int_equal(plan.what.left, 1);
    assert_int_equal(plan.what.certificates, 2);
    machine_stop(&machine);
}

/* False when the run has not that many exchanges. */
static bool can_be_made_again(unsigned at, enum machine_failure failure)
{
    struct machine machine;
    struct plan plan = {.keep_tls = false};
    struct error err;
    configure(&machine, "16.1");
    machine_plan(&machine, at, failure);
    bool ok = machine_converse(&machine, unconfigure, &plan, &err);
    bool failed = machine.failed;
    if (!ok)
        assert_non_null(plan.what.step);
    machine_plan(&machine, 0, failure);
    machine_must(&machine, unconfigure, &plan);
    assert_clean(&machine);
    machine_stop(&machine);
    return failed;
}

static void a_run_that_failed_anywhere_can_be_made_again(void **state)
{
    (void)state;
    for (int failure = 0; failure < MACHINE_FAILURES; failure++) {
        unsigned at = 1;
        while (can_be_made_again(at, (enum machine_failure)failure))
            at++;
        assert_in_range(at, 30, 80);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_was_configured_is_gone),
        cmocka_unit_test(firmware_without_proxies_and_wired_802_1x_has_none),
        cmocka_unit_test(tls_that_is_to_stay_keeps_its_certificates),
        cmocka_unit_test(several_servers_all_go),
        cmocka_unit_test(profiles_of_the_hosts_users_stay),
        cmocka_unit_test(a_certificate_that_something_else_uses_is_left),
        cmocka_unit_test(a_run_that_failed_anywhere_can_be_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
