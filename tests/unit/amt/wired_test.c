/* Wired 802.1X: what is sent (spec rps 3.6, rpc 5.7; device-classes IPS_IEEE8021xSettings), what
 * stands against it, and that a change which fails leaves nothing behind. */
#include "amt/wired.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PORT                                                                         \
    "<h:AMT_EthernetPortSettings xmlns:h=\"" STEPS_AMT "AMT_EthernetPortSettings\">" \
    "<h:InstanceID>Intel(r) AMT Ethernet Port Settings 0</h:InstanceID>"             \
    "</h:AMT_EthernetPortSettings>"
#define PORT_ANSWER \
    "<g:AMT_EthernetPortSettings xmlns:g=\"" STEPS_AMT "AMT_EthernetPortSettings\"/>"
#define SETTINGS_OF(values)                                                    \
    "<h:IPS_IEEE8021xSettings xmlns:h=\"" STEPS_IPS "IPS_IEEE8021xSettings\">" \
    "<h:AvailableInS0>false</h:AvailableInS0>"                                 \
    "<h:ElementName>E</h:ElementName>" values "<h:InstanceID>I</h:InstanceID>" \
    "<h:PxeTimeout>120</h:PxeTimeout>"
#define END "</h:IPS_IEEE8021xSettings>"
#define OFF SETTINGS_OF("<h:Enabled>3</h:Enabled>") END
#define PEAP_BOB                                                                                  \
    SETTINGS_OF("<h:AuthenticationProtocol>2</h:AuthenticationProtocol><h:Enabled>6</h:Enabled>") \
    "<h:Username>bob</h:Username>" END
#define GET_8021X \
    "transfer/Get</a:Action><a:To>/wsman</a:To><w:ResourceURI>" STEPS_IPS "IPS_IEEE8021xSettings<"
#define PUT_8021X \
    "transfer/Put</a:Action><a:To>/wsman</a:To><w:ResourceURI>" STEPS_IPS "IPS_IEEE8021xSettings<"
#define PUT_PORT                                                          \
    "transfer/Put</a:Action><a:To>/wsman</a:To><w:ResourceURI>" STEPS_AMT \
    "AMT_EthernetPortSettings<"
#define PORTS           STEP_LIST("AMT_EthernetPortSettings"), STEP_ITEMS(PORT)
#define STATE(settings) STEP_401("n1"), PORTS, STEP_BODY(GET_8021X, settings)
#define NO_CERTIFICATES                                                                           \
    STEP_LIST("AMT_PublicKeyCertificate"), STEP_ITEMS(""), STEP_LIST("AMT_PublicPrivateKeyPair"), \
        STEP_ITEMS(""), STEP_LIST("CIM_ConcreteDependency"), STEP_ITEMS(""),                      \
        STEP_LIST("CIM_CredentialContext"), STEP_ITEMS("")
#define ADDED                                                       \
    STEP_CREATED("AddKey", "CreatedKey", "K0"),                     \
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C0"), \
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C1")
#define REFERENCE(name, id)                                                                      \
    "<h:" name "><a:Address>default</a:Address><a:ReferenceParameters><w:ResourceURI>" STEPS_AMT \
    "AMT_PublicKeyCertificate</w:ResourceURI><w:SelectorSet><w:Selector Name=\"InstanceID\">" id \
    "</w:Selector></w:SelectorSet></a:ReferenceParameters></h:" name ">"

static const struct amt_options one_by_one = {.in_flight_limit = 1};
static const struct amt_ethernet_address dhcp = {.dhcp = true};

/* SLICE_LITERAL for static data. */
#define TEXT(text)                                \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

/* "abc", "key", "pub", "ca." stand for DER. */
static const struct amt_wired_8021x eap_tls = {
    .state = AMT_WIRED_8021X_ON,
    .pxe_timeout_s = 60,
    .username = TEXT("b&b"),
    .protocol = 0,
    .credential = {TEXT("abc"), TEXT("key"), TEXT("pub"), TEXT("ca.")}};
static const struct amt_wired_8021x peap = {.state = AMT_WIRED_8021X_ON,
                                            .pxe_timeout_s = -1,
                                            .username = TEXT("bob"),
                                            .protocol = 2,
                                            .password = TEXT("p<&>")};
static const struct amt_wired_8021x off = {.state = AMT_WIRED_8021X_OFF, .pxe_timeout_s = -1};

struct wired_call {
    struct call call;
    const struct amt_ethernet_address *address;
    const struct amt_wired_8021x *ieee8021x;
    struct amt_wired_result result;
};

static bool change(struct call *call)
{
    struct wired_call *one = (struct wired_call *)(void *)call;
    return amt_wired_change(call->device->amt, &call->arena, one->address, one->ieee8021x,
                            &one->result, &call->err);
}

#define RUN(device, one, steps)                        \
    do {                                               \
        DEVICE_START(&(device), steps, &one_by_one);   \
        call_for(&(one).call, &(device), change, 100); \
    } while (0)

static void stop(struct device *device, struct wired_call *one)
{
    call_end(&one->call);
    device_stop(device);
}

static void eap_tls_brings_its_credentials_and_sets_the_certificates_last(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(OFF),
        NO_CERTIFICATES,
        ADDED,
        PORTS,
        STEP_BODY(PUT_PORT, PORT_ANSWER),
        STEP_BODY(PUT_8021X, OFF),
        STEP_RETURN("SetCertificates", "0"),
    };
    struct device device;
    struct wired_call one = {.address = &dhcp, .ieee8021x = &eap_tls};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRED_DONE);
    steps_assert_body(
        &device, 18,
        "<h:IPS_IEEE8021xSettings xmlns:h=\"" STEPS_IPS "IPS_IEEE8021xSettings\">"
        "<h:AvailableInS0>true</h:AvailableInS0><h:ElementName>E</h:ElementName>"
        "<h:Enabled>2</h:Enabled><h:InstanceID>I</h:InstanceID><h:PxeTimeout>60</h:PxeTimeout>"
        "<h:AuthenticationProtocol>0</h:AuthenticationProtocol><h:Username>b&amp;b</"
        "h:Username>" END);
    steps_assert_body(&device, 19,
                      "<h:SetCertificates_INPUT xmlns:h=\"" STEPS_IPS
                      "IPS_IEEE8021xSettings\">" REFERENCE("ServerCertificateIssuer", "C1")
                          REFERENCE("ClientCertificate", "C0") "</h:SetCertificates_INPUT>");
    stop(&device, &one);
}

static void a_password_is_escaped_and_needs_no_certificates(void **state)
{
    (void)state;
    const struct step steps[] = {STATE(OFF), STEP_BODY(PUT_8021X, OFF)};
    struct device device;
    struct wired_call one = {.ieee8021x = &peap};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRED_DONE);
    steps_assert_body(
        &device, 4,
        "<h:IPS_IEEE8021xSettings xmlns:h=\"" STEPS_IPS "IPS_IEEE8021xSettings\">"
        "<h:AvailableInS0>true</h:AvailableInS0><h:ElementName>E</h:ElementName>"
        "<h:Enabled>6</h:Enabled><h:InstanceID>I</h:InstanceID><h:PxeTimeout>120</h:PxeTimeout>"
        "<h:AuthenticationProtocol>2</h:AuthenticationProtocol><h:Username>bob</h:Username>"
        "<h:Password>p&lt;&amp;&gt;</h:Password>" END);
    stop(&device, &one);
}

static void switching_off_takes_the_login_away(void **state)
{
    (void)state;
    const struct step steps[] = {STATE(PEAP_BOB), STEP_BODY(PUT_8021X, OFF)};
    struct device device;
    struct wired_call one = {.ieee8021x = &off};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    steps_assert_body(&device, 4,
                      "<h:IPS_IEEE8021xSettings xmlns:h=\"" STEPS_IPS "IPS_IEEE8021xSettings\">"
                      "<h:AvailableInS0>false</h:AvailableInS0><h:ElementName>E</h:ElementName>"
                      "<h:Enabled>3</h:Enabled><h:InstanceID>I</h:InstanceID><h:PxeTimeout>120</"
                      "h:PxeTimeout>" END);
    stop(&device, &one);
}

static void a_login_in_use_needs_its_secrets_no_second_time(void **state)
{
    (void)state;
    const struct step steps[] = {STATE(PEAP_BOB), STEP_BODY(PUT_8021X, OFF)};
    struct amt_wired_8021x same = peap;
    same.password = (struct slice){NULL, 0};
    same.pxe_timeout_s = 7;
    struct device device;
    struct wired_call one = {.ieee8021x = &same};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRED_DONE);
    assert_true(device_request_has(&device, 4, "<h:PxeTimeout>7</h:PxeTimeout>"));
    assert_true(device_request_has(&device, 4, "<h:Enabled>6</h:Enabled>"));
    assert_false(device_request_has(&device, 4, "Password"));
    stop(&device, &one);
}

static void what_stands_against_it_is_found_before_anything_is_sent(void **state)
{
    (void)state;
    const struct amt_wired_8021x bare = {.state = AMT_WIRED_8021X_ON, .pxe_timeout_s = -1};
    struct amt_wired_8021x no_password = peap, no_certificate = eap_tls;
    no_password.password = (struct slice){NULL, 0};
    no_certificate.credential = (struct amt_credential){.ca_certificate = TEXT("ca.")};
    const struct step is_off[] = {STATE(OFF)};
    const struct step is_bob[] = {STATE(PEAP_BOB)};
    const struct step without[] = {STEP_401("n1"), PORTS, STEP_LACKS(GET_8021X),
                                   STEP_LACKS("/AMT_8021XProfile</w:ResourceURI>")};
    const struct step no_port[] = {STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
                                   STEP_ITEMS(""), STEP_BODY(GET_8021X, OFF)};
    const struct {
        const struct step *steps;
        size_t count;
        const struct amt_wired_8021x *ieee8021x;
        enum amt_wired_outcome outcome;
    } rows[] = {
        {no_port, 4, &off, AMT_WIRED_NO_PORT},
        {without, 5, &off, AMT_WIRED_NO_8021X},
        {is_off, 4, &bare, AMT_WIRED_NO_LOGIN},
        {is_off, 4, &no_password, AMT_WIRED_NO_PASSWORD},
        {is_off, 4, &no_certificate, AMT_WIRED_NO_CERTIFICATE},
        {is_bob, 4, &no_certificate, AMT_WIRED_NO_CERTIFICATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device;
        struct wired_call one = {.address = &dhcp, .ieee8021x = rows[i].ieee8021x};
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        call_for(&one.call, &device, change, 100);
        assert_true(one.call.ok);
        assert_int_equal(one.result.outcome, rows[i].outcome);
        stop(&device, &one);
    }
}

static void refused_certificates_put_back_what_was_there(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(OFF),
        NO_CERTIFICATES,
        ADDED,
        STEP_BODY(PUT_8021X, OFF),
        STEP_RETURN("SetCertificates", "1"),
        STEP_BODY(PUT_8021X, OFF),
        STEP_DELETED("C1"),
        STEP_DELETED("C0"),
        STEP_DELETED("K0"),
    };
    struct device device;
    struct wired_call one = {.ieee8021x = &eap_tls};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRED_REFUSED);
    assert_string_equal(one.result.refusal.step, "SetCertificates");
    steps_assert_body(&device, 17, OFF);
    stop(&device, &one);
}

static void a_fault_takes_back_what_was_added(void **state)
{
    (void)state;
    const struct step at_8021x[] = {
        STATE(OFF),         NO_CERTIFICATES,   ADDED, STEP_LACKS(PUT_8021X), STEP_DELETED("C1"),
        STEP_DELETED("C0"), STEP_DELETED("K0")};
    const struct step at_address[] = {STATE(OFF),
                                      NO_CERTIFICATES,
                                      ADDED,
                                      PORTS,
                                      STEP_LACKS(PUT_PORT),
                                      STEP_DELETED("C1"),
                                      STEP_DELETED("C0"),
                                      STEP_DELETED("K0")};
    struct device device;
    struct wired_call one = {.ieee8021x = &eap_tls};
    RUN(device, one, at_8021x);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_DEVICE);
    stop(&device, &one);
    one.address = &dhcp;
    RUN(device, one, at_address);
    assert_false(one.call.ok);
    stop(&device, &one);
}

#define OLD(values)                                                              \
    "<h:AMT_8021XProfile xmlns:h=\"" STEPS_AMT "AMT_8021XProfile\">" values "</" \
    "h:AMT_8021XProfile>"
#define OLD_OFF                                                         \
    "<h:ActiveInS0>true</h:ActiveInS0><h:ElementName>E</h:ElementName>" \
    "<h:Enabled>false</h:Enabled><h:InstanceID>I</h:InstanceID><h:PxeTimeout>0</h:PxeTimeout>"

/* Its numbers of the protocols are its own: 6 is EAP-FAST/TLS. */
static void older_firmware_takes_all_in_one_put(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        PORTS,
        STEP_LACKS(GET_8021X),
        STEP_BODY("/AMT_8021XProfile</w:ResourceURI>", OLD(OLD_OFF)),
        NO_CERTIFICATES,
        ADDED,
        STEP_BODY("transfer/Put</a:Action>", OLD(OLD_OFF)),
    };
    struct amt_wired_8021x fast = eap_tls;
    fast.protocol = 10;
    struct device device;
    struct wired_call one = {.ieee8021x = &fast};
    RUN(device, one, steps);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRED_DONE);
    steps_assert_body(
        &device, 16,
        OLD("<h:ActiveInS0>true</h:ActiveInS0><h:ElementName>E</h:ElementName>"
            "<h:Enabled>true</h:Enabled><h:InstanceID>I</h:InstanceID>"
            "<h:PxeTimeout>60</h:PxeTimeout>" REFERENCE("ClientCertificate", "C0")
                REFERENCE("ServerCertificateIssuer",
                          "C1") "<h:AuthenticationProtocol>6</h:AuthenticationProtocol>"
                                "<h:Username>b&amp;b</h:Username>"));
    stop(&device, &one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eap_tls_brings_its_credentials_and_sets_the_certificates_last),
        cmocka_unit_test(a_password_is_escaped_and_needs_no_certificates),
        cmocka_unit_test(switching_off_takes_the_login_away),
        cmocka_unit_test(a_login_in_use_needs_its_secrets_no_second_time),
        cmocka_unit_test(what_stands_against_it_is_found_before_anything_is_sent),
        cmocka_unit_test(refused_certificates_put_back_what_was_there),
        cmocka_unit_test(a_fault_takes_back_what_was_added),
        cmocka_unit_test(older_firmware_takes_all_in_one_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
