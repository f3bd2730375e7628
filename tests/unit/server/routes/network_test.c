/* Network, Wi-Fi and certificate routes: validation, answers and events (spec mps 1.14, 1.16, C).
 * The devices behind them are answered from `device`. */
#include "rig.h"

#include "amt/wired.h"
#include "amt/wireless.h"
#include "amt/wireless_profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIRED   "/api/v1/amt/networkSettings/wired/" RIG_GUID
#define LINK    "/api/v1/amt/network/linkPreference/" RIG_GUID
#define STATE   "/api/v1/amt/networkSettings/wireless/state/" RIG_GUID
#define SYNC    "/api/v1/amt/networkSettings/wireless/profileSync/" RIG_GUID
#define PROFILE "/api/v1/amt/networkSettings/wireless/profile/" RIG_GUID
#define BAD     "{\"error\":\"Incorrect URI or Bad Request\",\"errorDescription\":\""

static struct {
    bool lacks; /* the port that is asked for */
    int64_t state;
    struct amt_wireless_sync sync;
    struct amt_wireless_result result;
    bool called;
    bool has_address, has_8021x, in_s0;
    struct amt_ethernet_address address;
    struct amt_wired_8021x ieee8021x;
    struct amt_wired_result wired;
    uint32_t preference, timeout_s;
    unsigned wanted;
    char passphrase[80];
} device;

static bool answer(struct error *err)
{
    device.called = true;
    return fake.inside == ERROR_NONE || error_set(err, fake.inside, "the cause");
}

/* ---- what devices do ---- */

const struct wsman_xml *amt_ethernet_wired(const struct amt_items *ports)
{
    (void)ports;
    return NULL;
}

const struct wsman_xml *amt_ethernet_wireless(const struct amt_items *ports)
{
    (void)ports;
    return NULL;
}

bool amt_ethernet_get_wired(struct amt *amt, struct arena *arena, struct amt_ethernet *wired,
                            struct error *err)
{
    (void)amt;
    (void)arena;
    *wired = (struct amt_ethernet){NULL, NULL};
    return answer(err);
}

bool amt_ethernet_get_old_8021x(struct amt *amt, struct arena *arena,
                                const struct wsman_xml **found, struct error *err)
{
    (void)amt;
    (void)arena;
    *found = NULL;
    return answer(err);
}

bool amt_wired_change(struct amt *amt, struct arena *arena,
                      const struct amt_ethernet_address *address,
                      const struct amt_wired_8021x *ieee8021x, struct amt_wired_result *result,
                      struct error *err)
{
    (void)amt;
    (void)arena;
    device.has_address = address != NULL;
    if (address != NULL)
        device.address = *address;
    device.has_8021x = ieee8021x != NULL;
    if (ieee8021x != NULL) {
        device.ieee8021x = *ieee8021x;
        device.in_s0 = ieee8021x->available_in_s0 != NULL && *ieee8021x->available_in_s0;
        (void)snprintf(device.passphrase, sizeof device.passphrase, "%.*s",
                       SLICE_ARG(ieee8021x->password));
    }
    *result = device.wired;
    if (device.lacks)
        result->outcome = AMT_WIRED_NO_PORT;
    return answer(err);
}

unsigned amt_wired_protocol(const struct wsman_xml *settings, uint64_t number)
{
    (void)settings;
    return (unsigned)number;
}

bool amt_wired_is_old_8021x(const struct wsman_xml *settings)
{
    (void)settings;
    return false;
}

bool amt_ethernet_prefer_link(struct amt *amt, struct arena *arena, uint32_t preference,
                              uint32_t timeout_s, bool *found, int64_t *return_value,
                              struct error *err)
{
    (void)amt;
    (void)arena;
    device.preference = preference;
    device.timeout_s = timeout_s;
    *found = !device.lacks;
    *return_value = fake.return_value;
    return answer(err);
}

bool amt_wireless_get_state(struct amt *amt, struct arena *arena, bool *found, int64_t *state,
                            struct error *err)
{
    (void)amt;
    (void)arena;
    *found = !device.lacks;
    *state = device.state;
    return answer(err);
}

bool amt_wireless_set_state(struct amt *amt, struct arena *arena, unsigned state, bool *found,
                            int64_t *return_value, struct error *err)
{
    (void)amt;
    (void)arena;
    device.wanted = state;
    *found = !device.lacks;
    *return_value = fake.return_value;
    return answer(err);
}

bool amt_wireless_get_sync(struct amt *amt, struct arena *arena, bool *found,
                           struct amt_wireless_sync *sync, struct error *err)
{
    (void)amt;
    (void)arena;
    *found = !device.lacks;
    *sync = device.sync;
    return answer(err);
}

bool amt_wireless_set_sync(struct amt *amt, struct arena *arena, const bool *local,
                           const bool *uefi, bool *found, struct amt_wireless_sync *sync,
                           struct error *err)
{
    (void)local;
    (void)uefi;
    return amt_wireless_get_sync(amt, arena, found, sync, err);
}

bool amt_wireless_profile_is_users(const struct wsman_xml *settings)
{
    (void)settings;
    return false;
}

bool amt_wireless_profile_list(struct amt *amt, struct arena *arena,
                               struct amt_wireless_entry **entries, size_t *count,
                               struct error *err)
{
    (void)amt;
    (void)arena;
    *entries = NULL;
    *count = 0;
    return answer(err);
}

static bool take_profile(const struct amt_wireless_profile *profile,
                         struct amt_wireless_result *result, struct error *err)
{
    (void)snprintf(device.passphrase, sizeof device.passphrase, "%.*s",
                   SLICE_ARG(profile->passphrase));
    *result = device.result;
    return answer(err);
}

bool amt_wireless_profile_add(struct amt *amt, struct arena *arena,
                              const struct amt_wireless_profile *profile,
                              struct amt_wireless_result *result, struct error *err)
{
    (void)amt;
    (void)arena;
    return take_profile(profile, result, err);
}

bool amt_wireless_profile_change(struct amt *amt, struct arena *arena,
                                 const struct amt_wireless_profile *profile,
                                 struct amt_wireless_result *result, struct error *err)
{
    (void)amt;
    (void)arena;
    return take_profile(profile, result, err);
}

bool amt_wireless_profile_delete(struct amt *amt, struct arena *arena, struct slice name,
                                 struct amt_wireless_result *result, struct error *err)
{
    (void)amt;
    (void)arena;
    (void)name;
    *result = device.result;
    return answer(err);
}

/* ---- the tests ---- */

static int begin(void **state)
{
    memset(&device, 0, sizeof device);
    return rig_begin(state);
}

/* Asserts a 400 of the first stage with these messages, in order, joined by "; ". */
static void assert_messages(const char *method, const char *target, const char *body,
                            const char *messages)
{
    char found[512] = "";
    fake.gate = ERROR_NOT_FOUND; /* which comes later */
    int status = rig_send(method, target, body);
    fake.gate = ERROR_NONE;
    if (status != 400)
        fail_msg("%s gives %d %s", body, status, rig_body());
    for (const char *at = strstr(rig_body(), "\"msg\":\""); at != NULL;
         at = strstr(at, "\"msg\":\"")) {
        at += 7;
        size_t size = strcspn(at, "\"");
        (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%.*s",
                       *found == '\0' ? "" : "; ", (int)size, at);
    }
    if (strcmp(found, messages) != 0)
        fail_msg("%s gives %s", body, rig_body());
    assert_false(device.called);
}

static void every_first_stage_has_its_messages(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body, *messages;
    } rows[] = {
        {"PATCH", WIRED, "{}", "dhcpEnabled must be a boolean"},
        {"PATCH", WIRED, "{\"dhcpEnabled\":2,\"ipSyncEnabled\":\"x\"}",
         "dhcpEnabled must be a boolean; ipSyncEnabled must be a boolean"},
        {"PATCH", WIRED,
         "{\"dhcpEnabled\":true,\"ipAddress\":\"1\",\"subnetMask\":\"2\",\"defaultGateway\":\"3\","
         "\"primaryDNS\":\"4\",\"secondaryDNS\":\"5\"}",
         "ipAddress must be a valid IPv4 address; subnetMask must be a valid IPv4 address; "
         "defaultGateway must be a valid IPv4 address; primaryDNS must be a valid IPv4 address; "
         "secondaryDNS must be a valid IPv4 address"},
        {"PATCH", WIRED, "{\"ieee8021x\":{\"enabled\":true},\"ipAddress\":\"10.0.0.1\"}",
         "dhcpEnabled must be a boolean"},
        {"PATCH", WIRED, "{\"dhcpEnabled\":true,\"ieee8021x\":[]}", "ieee8021x must be an object"},
        {"PATCH", WIRED,
         "{\"dhcpEnabled\":true,\"ieee8021x\":{\"availableInS0\":2,\"pxeTimeout\":86401,"
         "\"username\":1,\"password\":[\"x\"],\"clientCert\":1,\"privateKey\":{},\"caCert\":1}}",
         "ieee8021x.availableInS0 must be a boolean; "
         "ieee8021x.pxeTimeout must be between 0 and 86400; "
         "ieee8021x.username must be a string; ieee8021x.password must be a string; "
         "ieee8021x.clientCert must be a string; ieee8021x.privateKey must be a string; "
         "ieee8021x.caCert must be a string"},
        {"PATCH", WIRED, "{\"dhcpEnabled\":true,\"ieee8021x\":{\"enabled\":\"yes\"}}",
         "ieee8021x.enabled must be a boolean, EnabledWithCertificates, EnabledWithoutCertificates "
         "or Disabled"},
        {"PATCH", WIRED, "{\"dhcpEnabled\":true,\"ieee8021x\":{\"clientCert\":\"AAAA\"}}",
         "Invalid certificate format (not valid DER or PEM)"},
        {"POST", LINK, "{}",
         "linkPreference must be 1 (ME) or 2 (HOST); timeout must be a non-negative integer"},
        {"POST", LINK, "{\"linkPreference\":3,\"timeout\":-1}",
         "linkPreference must be 1 (ME) or 2 (HOST); timeout must be a non-negative integer"},
        {"POST", LINK, "{\"linkPreference\":[1],\"timeout\":1}",
         "linkPreference must be 1 (ME) or 2 (HOST)"},
        {"POST", LINK, "{\"linkPreference\":1,\"timeout\":4294967296}",
         "timeout must be a non-negative integer"},
        {"POST", STATE, "{}", "state is required"},
        {"POST", STATE, "{\"state\":\"on\"}",
         "state must be one of WifiDisabled, WifiEnabledS0, WifiEnabledS0SxAC"},
        {"POST", STATE, "{\"state\":[\"WifiDisabled\"]}", "state is required"},
        {"POST", SYNC, "{\"localProfileSync\":1,\"uefiProfileSync\":\"true\"}",
         "localProfileSync must be a boolean; uefiProfileSync must be a boolean"},
        {"POST", PROFILE, "{}",
         "profileName is required and must be alphanumeric; ssid is required; priority must be "
         "between 1 and 255"},
        {"PATCH", PROFILE, "{\"profileName\":\"a b\",\"ssid\":\"\",\"priority\":256}",
         "profileName is required and must be alphanumeric; ssid is required; priority must be "
         "between 1 and 255"},
        {"POST", PROFILE,
         "{\"profileName\":\"a\",\"ssid\":\"123456789012345678901234567890123\",\"priority\":1}",
         "ssid must have at most 32 bytes"},
        {"DELETE", PROFILE "/a-b", NULL, "profileName must be alphanumeric"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_messages(rows[i].method, rows[i].target, rows[i].body, rows[i].messages);
}

static void the_second_stage_comes_after_the_gate_and_before_the_device(void **state)
{
    (void)state;
    fake.gate = ERROR_NOT_FOUND;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"dhcpEnabled\":false}"), 404);
    fake.gate = ERROR_NONE;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"dhcpEnabled\":false}"), 400);
    assert_string_equal(rig_body(), BAD "must enable DHCP, enable IP sync, or provide static IP "
                                        "settings\"}");
    assert_int_equal(rig_send("POST", PROFILE,
                              "{\"profileName\":\"a\",\"ssid\":\"s\",\"priority\":1,"
                              "\"authenticationMethod\":\"x\"}"),
                     400);
    assert_string_equal(rig_body(), BAD "authenticationMethod is invalid\"}");
    assert_false(device.called);
}

static void the_wired_port_is_changed(void **state)
{
    (void)state;
    assert_int_equal(rig_send("PATCH", WIRED,
                              "{\"dhcpEnabled\":\"false\",\"ieee8021x\":null,"
                              "\"ipAddress\":\"10.0.0.2\",\"subnetMask\":\"255.0.0.0\","
                              "\"defaultGateway\":\"10.0.0.1\",\"primaryDNS\":\"10.0.0.3\"}"),
                     204);
    assert_false(device.has_8021x || device.address.dhcp || device.address.ip_sync);
    assert_true(slice_equal_string(device.address.primary_dns, "10.0.0.3"));
    assert_string_equal(
        rig_events(),
        "request AMT_EthernetPortSettings: Wired Network Settings update requested g; "
        "success AMT_EthernetPortSettings: Wired Network Settings updated g");
}

static void what_the_wired_port_lacks_or_refuses(void **state)
{
    (void)state;
    device.lacks = true;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"dhcpEnabled\":true}"), 404);
    assert_string_equal(rig_body(), "{\"error\":\"Wired Network Settings not found\","
                                    "\"errorDescription\":\"Wired Network Settings not found for "
                                    "guid : " RIG_GUID ".\"}");
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"dhcpEnabled\":true}"), 400);
    assert_string_equal(rig_body(), BAD "Wired Network Settings update failed for guid : " RIG_GUID
                                        ". the cause\"}");
    fake.inside = ERROR_TIMEOUT;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"dhcpEnabled\":true}"), 504);
    assert_non_null(
        strstr(rig_events(), "fail AMT_EthernetPortSettings: Internal Service Error g"));
}

static void wired_802_1x_is_read_from_the_body(void **state)
{
    (void)state;
    assert_int_equal(rig_send("PATCH", WIRED,
                              "{\"dhcpEnabled\":true,\"ieee8021x\":{\"enabled\":true,"
                              "\"availableInS0\":true,\"pxeTimeout\":86400,\"username\":\"bob\","
                              "\"authenticationProtocol\":2,\"password\":\"hunter2\","
                              "\"clientCert\":null,\"caCert\":\"\"}}"),
                     204);
    assert_true(device.has_address && device.address.dhcp);
    assert_int_equal(device.ieee8021x.state, AMT_WIRED_8021X_ON);
    assert_true(device.in_s0);
    assert_int_equal(device.ieee8021x.pxe_timeout_s, 86400);
    assert_int_equal(device.ieee8021x.protocol, 2);
    assert_string_equal(device.passphrase, "hunter2");
    assert_true(amt_credential_is_empty(&device.ieee8021x.credential));
    assert_null(strstr(rig_events(), "hunter2"));
}

/* What GET shows may be sent back; "" is a port of firmware without 802.1X. */
static void the_states_of_wired_802_1x_are_those_of_get(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool given;
        enum amt_wired_8021x_state state;
    } rows[] = {
        {"{\"enabled\":\"Disabled\",\"availableInS0\":false,\"pxeTimeout\":120}", true,
         AMT_WIRED_8021X_OFF},
        {"{\"enabled\":\"EnabledWithCertificates\"}", true, AMT_WIRED_8021X_WITH_CERTIFICATES},
        {"{\"enabled\":\"enabledwithoutcertificates\"}", true,
         AMT_WIRED_8021X_WITHOUT_CERTIFICATES},
        {"{\"enabled\":\"\",\"availableInS0\":false,\"pxeTimeout\":0}", false,
         AMT_WIRED_8021X_STAYS},
        {"{\"enabled\":false}", true, AMT_WIRED_8021X_OFF},
        {"{\"pxeTimeout\":5}", true, AMT_WIRED_8021X_STAYS},
        {"{\"username\":\"bob\",\"authenticationProtocol\":10}", true, AMT_WIRED_8021X_ON},
        {"null", false, AMT_WIRED_8021X_STAYS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256];
        (void)snprintf(body, sizeof body, "{\"dhcpEnabled\":true,\"ieee8021x\":%s}", rows[i].body);
        device.has_8021x = !rows[i].given;
        if (rig_send("PATCH", WIRED, body) != 204)
            fail_msg("%s: %s", body, rig_body());
        assert_int_equal(device.has_8021x, rows[i].given);
        if (rows[i].given)
            assert_int_equal(device.ieee8021x.state, rows[i].state);
    }
}

static void a_body_about_802_1x_alone_keeps_the_address(void **state)
{
    (void)state;
    device.has_address = true;
    assert_int_equal(rig_send("PATCH", WIRED, "{\"ieee8021x\":{\"enabled\":false}}"), 204);
    assert_true(device.has_8021x);
    assert_false(device.has_address);
}

static void what_does_not_go_together_in_wired_802_1x_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"{\"enabled\":true,\"password\":\"hunter2\"}", "ieee8021x.username is required"},
        {"{\"enabled\":true,\"authenticationProtocol\":2}", "ieee8021x.username is required"},
        {"{\"username\":\"bob\",\"authenticationProtocol\":1}",
         "ieee8021x.authenticationProtocol must be 0 (EAP-TLS), 2 (PEAPv0/EAP-MSCHAPv2), 3 "
         "(PEAPv1/EAP-GTC), 5 (EAP-FAST/GTC) or 10 (EAP-FAST/TLS)"},
        {"{\"enabled\":\"EnabledWithoutCertificates\",\"username\":\"bob\","
         "\"authenticationProtocol\":0}",
         "EnabledWithoutCertificates excludes certificates and protocols that need them"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256], wanted[384];
        (void)snprintf(body, sizeof body, "{\"dhcpEnabled\":true,\"ieee8021x\":%s}", rows[i].body);
        (void)snprintf(wanted, sizeof wanted, BAD "%s\"}", rows[i].text);
        assert_int_equal(rig_send("PATCH", WIRED, body), 400);
        assert_string_equal(rig_body(), wanted);
    }
    assert_false(device.called);
}

static void outcomes_of_changing_the_wired_port(void **state)
{
    (void)state;
    static const struct {
        struct amt_wired_result result;
        int status;
        const char *body;
    } rows[] = {
        {{.outcome = AMT_WIRED_NO_8021X},
         501,
         "{\"error\":\"Not Implemented\",\"errorDescription\":"
         "\"This device has no settings of wired 802.1X\"}"},
        {{.outcome = AMT_WIRED_NO_LOGIN}, 400, BAD "ieee8021x.username is required\"}"},
        {{.outcome = AMT_WIRED_NO_PASSWORD},
         400,
         BAD "ieee8021x.password is required for this authenticationProtocol\"}"},
        {{.outcome = AMT_WIRED_NO_CERTIFICATE},
         400,
         BAD "ieee8021x.clientCert is required for this authenticationProtocol\"}"},
        {{AMT_WIRED_REFUSED, {"SetCertificates", "INTERNAL_ERROR", 1}},
         400,
         BAD "Wired Network Settings update failed for guid : " RIG_GUID
             ". SetCertificates returned INTERNAL_ERROR (1)\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device.wired = rows[i].result;
        assert_int_equal(
            rig_send("PATCH", WIRED, "{\"dhcpEnabled\":true,\"ieee8021x\":{\"enabled\":true}}"),
            rows[i].status);
        assert_string_equal(rig_body(), rows[i].body);
    }
}

static void a_fault_while_reading_is_the_devices(void **state)
{
    (void)state;
    static const char *const targets[][2] = {{WIRED, "Wired Network Settings request failed"},
                                             {STATE, "Wireless State request failed"},
                                             {SYNC, "Wireless Profile Sync request failed"},
                                             {PROFILE, "Wireless Profiles request failed"}};
    fake.inside = ERROR_DEVICE;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        char wanted[256];
        (void)snprintf(wanted, sizeof wanted, BAD "%s for guid : " RIG_GUID ".: the cause\"}",
                       targets[i][1]);
        assert_int_equal(rig_send("GET", targets[i][0], NULL), 400);
        assert_string_equal(rig_body(), wanted);
    }
}

static void networks_that_are_not_there_are_404(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", WIRED, NULL), 404);
    device.lacks = true;
    assert_int_equal(rig_send("GET", STATE, NULL), 404);
    assert_string_equal(rig_body(), "{\"error\":\"Wireless State not found\",\"errorDescription\":"
                                    "\"Wireless State not found for guid : " RIG_GUID ".\"}");
    assert_int_equal(rig_send("POST", STATE, "{\"state\":\"WifiDisabled\"}"), 404);
    assert_int_equal(rig_send("GET", SYNC, NULL), 404);
    assert_string_equal(rig_body(),
                        "{\"error\":\"Wireless Profile Sync not found\",\"errorDescription\":"
                        "\"Wireless Profile Sync not found for guid : " RIG_GUID ".\"}");
    assert_int_equal(rig_send("POST", SYNC, "{}"), 404);
}

static void the_radios_owner_has_both_members(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", LINK, "{\"linkPreference\":\"2\",\"timeout\":0}"), 200);
    assert_string_equal(rig_body(),
                        "{\"ReturnValue\":0,\"ReturnValueStr\":\"SUCCESS\",\"returnValue\":0}");
    assert_int_equal(device.preference, 2);
    assert_int_equal(device.timeout_s, 0);
    fake.return_value = 16;
    assert_int_equal(rig_send("POST", LINK, "{\"linkPreference\":1,\"timeout\":60}"), 400);
    assert_string_equal(rig_body(),
                        BAD "Set Link Preference failed: NOT_PERMITTED for guid : " RIG_GUID
                            ".\",\"returnValue\":16}");
    fake.return_value = 7777;
    assert_int_equal(rig_send("POST", LINK, "{\"linkPreference\":1,\"timeout\":60}"), 400);
    assert_non_null(strstr(rig_body(), "Set Link Preference failed: Unknown error for guid"));
    device.lacks = true;
    assert_int_equal(rig_send("POST", LINK, "{\"linkPreference\":1,\"timeout\":60}"), 404);
    assert_string_equal(rig_body(),
                        "{\"error\":\"No WiFi port found on the device\",\"errorDescription\":"
                        "\"Set Link Preference failed: No WiFi port found for guid : " RIG_GUID
                        ". for guid : " RIG_GUID ".\",\"returnValue\":-1}");
}

static void the_radios_state_has_a_name(void **state)
{
    (void)state;
    device.state = 32768;
    assert_int_equal(rig_send("GET", STATE, NULL), 200);
    assert_string_equal(rig_body(), "{\"state\":\"WifiEnabledS0\"}");
    device.state = 2;
    assert_int_equal(rig_send("GET", STATE, NULL), 500);
    assert_string_equal(rig_body(), "{\"error\":\"Internal Server Error\",\"errorDescription\":"
                                    "\"Unsupported wireless state\"}");
    assert_int_equal(rig_send("POST", STATE, "{\"state\":\"WIFIENABLEDS0SXAC\"}"), 200);
    assert_string_equal(rig_body(), "{\"state\":\"WifiEnabledS0SxAC\"}");
    assert_int_equal(device.wanted, 32769);
    fake.return_value = 1;
    assert_int_equal(rig_send("POST", STATE, "{\"state\":\"WifiDisabled\"}"), 400);
    assert_non_null(strstr(rig_body(), "Wireless State change failed for guid : " RIG_GUID "."));
    assert_string_equal(rig_events(), "request CIM_WiFiPort: Wireless State requested g; "
                                      "success CIM_WiFiPort: Wireless State received g; "
                                      "request CIM_WiFiPort: Wireless State requested g; "
                                      "fail CIM_WiFiPort: Unsupported wireless state g; "
                                      "request CIM_WiFiPort: Wireless State change requested g; "
                                      "success CIM_WiFiPort: Wireless State changed g; "
                                      "request CIM_WiFiPort: Wireless State change requested g; "
                                      "fail CIM_WiFiPort: Wireless State change failed g");
}

static void sync_that_the_device_cannot_is_409(void **state)
{
    (void)state;
    device.sync.local = true;
    assert_int_equal(rig_send("POST", SYNC, "{\"uefiProfileSync\":false}"), 200);
    assert_string_equal(rig_body(), "{\"localProfileSync\":true,\"uefiProfileSync\":false,"
                                    "\"uefiProfileSyncSupported\":false}");
    assert_int_equal(rig_send("POST", SYNC, "{\"uefiProfileSync\":true}"), 409);
    assert_string_equal(
        rig_body(),
        "{\"error\":\"UEFI WiFi profile sync is not supported on this device\","
        "\"errorDescription\":\"UEFI WiFi profile sync is not supported on this device for "
        "guid : " RIG_GUID ".\"}");
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("POST", SYNC, "{\"localProfileSync\":true}"), 400);
    assert_string_equal(
        rig_body(), "{\"error\":\"Wireless Profile Sync update failed\",\"errorDescription\":"
                    "\"Wireless Profile Sync update failed for guid : " RIG_GUID ".: the cause\"}");
}

#define PSK(password)                                                                            \
    "{\"profileName\":\"corp\",\"ssid\":\"net\",\"priority\":\"3\","                             \
    "\"authenticationMethod\":\"WPAPSK\",\"encryptionMethod\":\"tkip\",\"password\":\"" password \
    "\"}"
#define DIGITS_60 "012345678901234567890123456789012345678901234567890123456789"

static void keys_have_8_to_63_characters_or_64_digits(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int status;
    } rows[] = {
        {PSK("1234567"), 400},         {PSK("12345678"), 204},       {PSK(DIGITS_60 "xyz"), 204},
        {PSK(DIGITS_60 "xyz1"), 400},  {PSK(DIGITS_60 "aBcF"), 204}, {PSK(DIGITS_60 "01234"), 400},
        {PSK("1234567\xc3\xa4"), 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rig_send("POST", PROFILE, rows[i].body) != rows[i].status)
            fail_msg("%s: %s", rows[i].body, rig_body());
        assert_null(strstr(rig_body(), "234567"));
    }
    assert_string_equal(device.passphrase, DIGITS_60 "aBcF");
}

static void outcomes_of_adding_a_profile(void **state)
{
    (void)state;
    static const struct {
        struct amt_wireless_result result;
        int status;
        const char *body, *event;
    } rows[] = {
        {{.outcome = AMT_WIRELESS_DONE}, 204, "", "Wireless Profile added"},
        {{.outcome = AMT_WIRELESS_NO_PORT},
         404,
         "{\"error\":\"No WiFi port found on the device\",\"errorDescription\":"
         "\"No WiFi port found on the device for guid : " RIG_GUID ".\"}",
         "No WiFi port found on the device"},
        {{.outcome = AMT_WIRELESS_EXISTS},
         409,
         "{\"error\":\"Conflict\",\"errorDescription\":\"Wireless Profile already exists: corp.\"}",
         "Wireless Profile already exists"},
        {{.outcome = AMT_WIRELESS_PRIORITY_TAKEN},
         409,
         "{\"error\":\"Conflict\",\"errorDescription\":\"Wireless Profile with the requested "
         "priority already exists: 3.\"}",
         "Wireless Profile with the requested priority already exists"},
        {{.outcome = AMT_WIRELESS_FULL},
         409,
         "{\"error\":\"Conflict\",\"errorDescription\":\"Maximum number of wireless profiles "
         "already configured on the device for guid : " RIG_GUID ".\"}",
         "Maximum number of wireless profiles already configured on the device"},
        {{AMT_WIRELESS_REFUSED, "AddWiFiSettings", "INVALID_PARAMETER", 3},
         400,
         BAD "Wireless Profile add failed for guid : " RIG_GUID
             ".: AddWiFiSettings returned INVALID_PARAMETER (3)\"}",
         "Wireless Profile add failed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device.result = rows[i].result;
        assert_int_equal(rig_send("POST", PROFILE, PSK("12345678")), rows[i].status);
        assert_string_equal(rig_body(), rows[i].body);
        assert_non_null(strstr(rig_events(), rows[i].event));
    }
}

static void a_profile_that_is_not_there_is_404(void **state)
{
    (void)state;
    device.result.outcome = AMT_WIRELESS_NOT_FOUND;
    assert_int_equal(rig_send("PATCH", PROFILE, PSK("12345678")), 404);
    assert_string_equal(rig_body(),
                        "{\"error\":\"Wireless Profile not found\",\"errorDescription\":"
                        "\"Wireless Profile not found: corp.\"}");
    assert_int_equal(rig_send("DELETE", PROFILE "/corp", NULL), 404);
    device.result.outcome = AMT_WIRELESS_DONE;
    assert_int_equal(rig_send("DELETE", PROFILE "/corp", NULL), 204);
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("DELETE", PROFILE "/corp", NULL), 400);
    assert_string_equal(rig_body(), BAD "Wireless Profile delete failed: corp.: the cause\"}");
    assert_int_equal(rig_send("GET", PROFILE, NULL), 400);
    assert_non_null(
        strstr(rig_events(), "fail AMT_WiFiProfiles: Wireless Profiles request failed g"));
}

#define EAP(members)                                                                           \
    "{\"profileName\":\"corp\",\"ssid\":\"net\",\"priority\":3,"                               \
    "\"authenticationMethod\":\"WPA2IEEE8021x\",\"encryptionMethod\":\"CCMP\",\"ieee8021x\":{" \
    "\"username\":\"bob\",\"authenticationProtocol\":2" members "}}"

static void credentials_are_read_before_the_device_is_asked_and_never_echoed(void **state)
{
    (void)state;
    assert_int_equal(rig_send("POST", PROFILE, EAP(",\"password\":\"hunter2\"")), 204);
    device.called = false;
    assert_messages("POST", PROFILE, EAP(",\"clientCert\":\"AAAA\""),
                    "Invalid certificate format (not valid DER or PEM)");
    assert_non_null(strstr(rig_body(), "\"path\":\"ieee8021x.clientCert\""));
    assert_messages("POST", PROFILE, EAP(",\"caCert\":\"?\""),
                    "Invalid certificate format (not valid DER or PEM)");
    assert_messages("POST", PROFILE, EAP(",\"privateKey\":\"c2VjcmV0\""),
                    "Invalid private key format (no RSA key in DER or PEM)");
    assert_null(strstr(rig_body(), "c2VjcmV0"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, rig_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_first_stage_has_its_messages),
        TEST(the_second_stage_comes_after_the_gate_and_before_the_device),
        TEST(the_wired_port_is_changed),
        TEST(what_the_wired_port_lacks_or_refuses),
        TEST(wired_802_1x_is_read_from_the_body),
        TEST(the_states_of_wired_802_1x_are_those_of_get),
        TEST(a_body_about_802_1x_alone_keeps_the_address),
        TEST(what_does_not_go_together_in_wired_802_1x_is_refused),
        TEST(outcomes_of_changing_the_wired_port),
        TEST(a_fault_while_reading_is_the_devices),
        TEST(networks_that_are_not_there_are_404),
        TEST(the_radios_owner_has_both_members),
        TEST(the_radios_state_has_a_name),
        TEST(sync_that_the_device_cannot_is_409),
        TEST(keys_have_8_to_63_characters_or_64_digits),
        TEST(outcomes_of_adding_a_profile),
        TEST(a_profile_that_is_not_there_is_404),
        TEST(credentials_are_read_before_the_device_is_asked_and_never_echoed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
