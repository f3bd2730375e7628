/* Wi-Fi: the radio, profiles, who owns the link (spec device-classes 3). */
#include "device_bench.h"

#define SERVICE  SPACE_AMT "AMT_WiFiPortConfigurationService"
#define PROFILES SPACE_CIM "CIM_WiFiEndpointSettings"
#define SETTINGS SPACE_CIM "CIM_IEEE8021xSettings"
#define ENDPOINT(name)                                                                         \
    "<h:WiFiEndpoint>" REFERENCE(SPACE_CIM "CIM_WiFiEndpoint", "<Selector Name=\"Name\">" name \
                                                               "</Selector>") "</h:WiFiEndpoint>"
#define ID(name) "Intel(r) AMT:WiFi Endpoint Settings " name
#define INPUT(name, method, ssid, priority, key)                                                 \
    "<h:WiFiEndpointSettingsInput xmlns:q=\"" PROFILES "\"><q:ElementName>" name                 \
    "</q:ElementName><q:InstanceID>" ID(                                                         \
        name) "</q:InstanceID><q:AuthenticationMethod>" method                                   \
              "</q:AuthenticationMethod><q:EncryptionMethod>4</q:EncryptionMethod><q:SSID>" ssid \
              "</q:SSID><q:Priority>" priority "</q:Priority>" key                               \
              "</h:WiFiEndpointSettingsInput>"
#define PSK(key)   "<q:PSKPassPhrase>" key "</q:PSKPassPhrase>"
#define ADD(input) INVOKE(SERVICE, "AddWiFiSettings", ENDPOINT("WiFi Endpoint 0") input)
#define HOME       INPUT("home", "6", "home net", "1", PSK("correct horse"))
#define DOT1X                                                                                  \
    "<h:IEEE8021xSettingsInput xmlns:q=\"" SETTINGS "\"><q:ElementName>office</q:ElementName>" \
    "<q:InstanceID>Intel(r) AMT:IEEE 802.1x Settings office</q:InstanceID>"                    \
    "<q:AuthenticationProtocol>2</q:AuthenticationProtocol><q:Username>u</q:Username>"         \
    "<q:Password>hidden-word</q:Password></h:IEEE8021xSettingsInput>"
#define CREDENTIAL(handle)                                                                  \
    "<h:CACredential>" REFERENCE(SPACE_AMT "AMT_PublicKeyCertificate",                      \
                                 "<Selector Name=\"InstanceID\">Intel(r) AMT Certificate: " \
                                 "Handle: " handle "</Selector>") "</h:CACredential>"

static void an_added_profile_is_there_without_its_key(void **state)
{
    struct bench *bench = *state;
    bench_lacks(BENCH_PULL(bench, PROFILES), "InstanceID");
    bench_call(bench, ADD(HOME), 0);
    const char *text = BENCH_PULL(bench, PROFILES);
    bench_has(text, "<h:CIM_WiFiEndpointSettings><h:AuthenticationMethod>6</h:AuthenticationMethod>"
                    "<h:BSSType>3</h:BSSType><h:ElementName>home</h:ElementName>"
                    "<h:EncryptionMethod>4</h:EncryptionMethod><h:InstanceID>" ID(
                        "home") "</h:InstanceID><h:Priority>1</h:Priority><h:SSID>home net</h:SSID>"
                                "</h:CIM_WiFiEndpointSettings>");
    bench_lacks(text, "correct horse");
}

static void what_a_profile_must_have(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD(INPUT("a", "6", "net", "1", PSK("short"))), 3);
    bench_call(bench, ADD(INPUT("a", "6", "net", "1", "")), 3);
    bench_call(bench, ADD(INPUT("a", "6", "", "1", PSK("long enough"))), 3);
    bench_call(bench, ADD(INPUT("a", "9", "net", "1", PSK("long enough"))), 3);
    bench_call(bench, ADD(INPUT("a", "7", "net", "1", "")), 3); /* no 802.1X settings */
    bench_call(bench, INVOKE(SERVICE, "AddWiFiSettings", ENDPOINT("WiFi Endpoint 1") HOME), 4);
    bench_call(bench, ADD(HOME), 0);
    bench_call(bench, ADD(HOME), 2);
    bench_call(bench, ADD(INPUT("b", "6", "net", "1", PSK("long enough"))), 2); /* priority */
}

static void a_profile_changes(void **state)
{
    struct bench *bench = *state;
    static const char *const update = INVOKE(
        SERVICE, "UpdateWiFiSettings",
        "<h:WiFiEndpointSettings>" REFERENCE(
            PROFILES, "<Selector Name=\"InstanceID\">" ID(
                          "home") "</Selector>") "</h:WiFiEndpointSettings>" INPUT("home", "6",
                                                                                   "new net", "2",
                                                                                   ""));
    bench_call(bench, update, 4);
    bench_call(bench, ADD(HOME), 0);
    bench_call(bench, update, 0);
    bench_has(BENCH_PULL(bench, PROFILES), "<h:Priority>2</h:Priority><h:SSID>new net</h:SSID>");
}

static void a_profile_with_802_1x_brings_its_setting(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD(INPUT("office", "7", "net", "1", "") DOT1X CREDENTIAL("7")), 4);
    bench_call(bench, ADD(INPUT("office", "7", "net", "1", "") DOT1X CREDENTIAL("1")), 0);
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_CredentialContext"),
              "Intel(r) AMT:IEEE 802.1x Settings office");
    bench_ask(bench, DELETE_OF(PROFILES, "InstanceID", ID("office")), 200);
    bench_lacks(BENCH_PULL(bench, SPACE_CIM "CIM_CredentialContext"), "Settings office");
    bench_lacks(BENCH_PULL(bench, PROFILES), "office");
}

static void it_profiles_go_all_at_once(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD(HOME), 0);
    bench_call(bench, ADD(INPUT("b", "6", "net", "2", PSK("long enough"))), 0);
    bench_call(bench, INVOKE(SERVICE, "DeleteAllITProfiles", ""), 0);
    bench_lacks(BENCH_PULL(bench, PROFILES), "InstanceID");
}

#define RADIO(state)                                       \
    INVOKE(SPACE_CIM "CIM_WiFiPort", "RequestStateChange", \
           "<h:RequestedState>" state "</h:RequestedState>")

static void the_radio_is_switched(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, RADIO("32769"), 0);
    bench_has(bench_ask(bench, GET(SPACE_CIM "CIM_WiFiPort"), 200),
              "<g:EnabledState>32769</g:EnabledState>");
    bench_call(bench, RADIO("7"), 5);
}

#define PORT SPACE_AMT "AMT_EthernetPortSettings"
#define PREFER(port, owner)                                                            \
    REQUEST(PORT "/SetLinkPreference", PORT, "9",                                      \
            SELECTOR("InstanceID", "Intel(r) AMT Ethernet Port Settings " port),       \
            "<h:SetLinkPreference_INPUT xmlns:h=\"" PORT "\"><h:LinkPreference>" owner \
            "</h:LinkPreference><h:Timeout>300</h:Timeout></h:SetLinkPreference_INPUT>")

static void the_link_is_preferred_on_the_radio_only(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, PREFER("0", "1"), 16);
    bench_call(bench, PREFER("1", "3"), 36);
    bench_call(bench, PREFER("1", "1"), 0);
    bench_has(BENCH_PULL(bench, PORT), "<h:LinkPreference>1</h:LinkPreference>");
}

#define PORT_PUT(values)                          \
    PUT_OF(SPACE_AMT, "AMT_EthernetPortSettings", \
           "<h:InstanceID>Intel(r) AMT Ethernet Port Settings 0</h:InstanceID>" values)

static void a_fixed_address_replaces_dhcp_and_back(void **state)
{
    struct bench *bench = *state;
    bench_ask(bench,
              PORT_PUT("<h:DHCPEnabled>true</h:DHCPEnabled><h:IPAddress>10.0.0.9</h:IPAddress>"),
              400);
    bench_ask(bench, PORT_PUT("<h:DHCPEnabled>false</h:DHCPEnabled>"), 400);
    const char *text =
        bench_ask(bench,
                  PORT_PUT("<h:DHCPEnabled>false</h:DHCPEnabled><h:IPAddress>10.0.0.9</h:IPAddress>"
                           "<h:SubnetMask>255.0.0.0</h:SubnetMask>"
                           "<h:MACAddress>11-11-11-11-11-11</h:MACAddress>"),
                  200);
    bench_has(text, "<g:IPAddress>10.0.0.9</g:IPAddress>");
    bench_has(text, "<g:SubnetMask>255.0.0.0</g:SubnetMask>");
    bench_lacks(text, "11-11-11");
    bench_lacks(bench_ask(bench, PORT_PUT("<h:DHCPEnabled>true</h:DHCPEnabled>"), 200), "10.0.0.9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_added_profile_is_there_without_its_key),
        BENCH_TEST(what_a_profile_must_have),
        BENCH_TEST(a_profile_changes),
        BENCH_TEST(a_profile_with_802_1x_brings_its_setting),
        BENCH_TEST(it_profiles_go_all_at_once),
        BENCH_TEST(the_radio_is_switched),
        BENCH_TEST(the_link_is_preferred_on_the_radio_only),
        BENCH_TEST(a_fixed_address_replaces_dhcp_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
