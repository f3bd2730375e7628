/* Wi-Fi profiles: what is sent (spec mps B.2), what stands against it, and that a conversation that
 * fails leaves nothing behind. */
#include "amt/wireless_profile.h"

#include "class_steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PORT "<h:CIM_WiFiPort xmlns:h=\"" STEPS_CIM "CIM_WiFiPort\"/>"
#define SETTINGS_OF(id, name, priority)                                              \
    "<h:CIM_WiFiEndpointSettings xmlns:h=\"" STEPS_CIM "CIM_WiFiEndpointSettings\">" \
    "<h:ElementName>" name "</h:ElementName><h:InstanceID>" id "</h:InstanceID>"     \
    "<h:Priority>" priority "</h:Priority></h:CIM_WiFiEndpointSettings>"
#define PROFILE(name, priority) \
    SETTINGS_OF("Intel(r) AMT:WiFi Endpoint Settings " name, name, priority)
#define USERS(name, priority) \
    SETTINGS_OF("Intel(r) AMT:WiFi Endpoint User Settings " name, name, priority)
#define STATE(profiles)                                          \
    STEP_401("n1"), STEP_LIST("CIM_WiFiPort"), STEP_ITEMS(PORT), \
        STEP_LIST("CIM_WiFiEndpointSettings"), STEP_ITEMS(profiles)
#define CERTIFICATES(certificates, keys)                                                         \
    STEP_LIST("AMT_PublicKeyCertificate"), STEP_ITEMS(certificates),                             \
        STEP_LIST("AMT_PublicPrivateKeyPair"), STEP_ITEMS(keys),                                 \
        STEP_LIST("CIM_ConcreteDependency"), STEP_ITEMS(""), STEP_LIST("CIM_CredentialContext"), \
        STEP_ITEMS("")
#define CERTIFICATE(handle, der, root)                                               \
    "<h:AMT_PublicKeyCertificate xmlns:h=\"" STEPS_AMT "AMT_PublicKeyCertificate\">" \
    "<h:InstanceID>" handle "</h:InstanceID><h:TrustedRootCertficate>" root          \
    "</h:TrustedRootCertficate><h:X509Certificate>" der "</h:X509Certificate>"       \
    "</h:AMT_PublicKeyCertificate>"
#define KEY(handle, der)                                                             \
    "<h:AMT_PublicPrivateKeyPair xmlns:h=\"" STEPS_AMT "AMT_PublicPrivateKeyPair\">" \
    "<h:DERKey>" der "</h:DERKey><h:InstanceID>" handle "</h:InstanceID>"            \
    "</h:AMT_PublicPrivateKeyPair>"

#define METHOD(name) "<h:" name "_INPUT xmlns:h=\"" STEPS_AMT "AMT_WiFiPortConfigurationService\">"
#define REFERENCE(name, address, class, selector, value)                                          \
    "<h:" name "><a:Address>" address                                                             \
    "</a:Address><a:ReferenceParameters><w:ResourceURI>" class "</"                               \
                                                               "w:ResourceURI><w:SelectorSet><w:" \
                                                               "Selector Name=\"" selector        \
                                                               "\">" value                        \
                                                               "</w:Selector></w:SelectorSet></"  \
                                                               "a:ReferenceParameters></h:" name  \
                                                               ">"
#define ENDPOINT \
    REFERENCE("WiFiEndpoint", "/wsman", STEPS_CIM "CIM_WiFiEndpoint", "Name", "WiFi Endpoint 0")
#define EXISTING                                                                      \
    REFERENCE("WiFiEndpointSettings", "/wsman", STEPS_CIM "CIM_WiFiEndpointSettings", \
              "InstanceID", "Intel(r) AMT:WiFi Endpoint Settings corp")
#define INPUT(method, cipher, ssid, priority, more)                                   \
    "<h:WiFiEndpointSettingsInput xmlns:q=\"" STEPS_CIM "CIM_WiFiEndpointSettings\">" \
    "<q:ElementName>corp</q:ElementName>"                                             \
    "<q:InstanceID>Intel(r) AMT:WiFi Endpoint Settings corp</q:InstanceID>"           \
    "<q:AuthenticationMethod>" method "</q:AuthenticationMethod>"                     \
    "<q:EncryptionMethod>" cipher "</q:EncryptionMethod><q:SSID>" ssid "</q:SSID>"    \
    "<q:Priority>" priority "</q:Priority>" more "</h:WiFiEndpointSettingsInput>"

static const struct amt_options one_by_one = {.in_flight_limit = 1};

/* SLICE_LITERAL for static data. */
#define TEXT(text)                                \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static const struct amt_wireless_profile psk = {.name = TEXT("corp"),
                                                .ssid = TEXT("<a> & 'b'"),
                                                .priority = 2,
                                                .authentication = 6,
                                                .encryption = 4,
                                                .passphrase = TEXT("p<&>\"'123")};

/* "abc", "key", "pub", "ca." stand for DER. */
static const struct amt_wireless_8021x eap_tls = {.username = TEXT("b&b"),
                                                  .protocol = 0,
                                                  .credential.certificate = TEXT("abc"),
                                                  .credential.private_key = TEXT("key"),
                                                  .credential.public_key = TEXT("pub"),
                                                  .credential.ca_certificate = TEXT("ca.")};
static const struct amt_wireless_profile tls = {.name = TEXT("corp"),
                                                .ssid = TEXT("net"),
                                                .priority = 2,
                                                .authentication = 7,
                                                .encryption = 4,
                                                .ieee8021x = &eap_tls};

struct profile_call {
    struct call call;
    const struct amt_wireless_profile *profile;
    struct amt_wireless_result result;
    struct amt_wireless_entry *entries;
    size_t count;
};

static struct profile_call *of(struct call *call)
{
    return (struct profile_call *)(void *)call;
}

static bool add(struct call *call)
{
    return amt_wireless_profile_add(call->device->amt, &call->arena, of(call)->profile,
                                    &of(call)->result, &call->err);
}

static bool change(struct call *call)
{
    return amt_wireless_profile_change(call->device->amt, &call->arena, of(call)->profile,
                                       &of(call)->result, &call->err);
}

static bool delete (struct call *call)
{
    return amt_wireless_profile_delete(call->device->amt, &call->arena, of(call)->profile->name,
                                       &of(call)->result, &call->err);
}

static bool list(struct call *call)
{
    return amt_wireless_profile_list(call->device->amt, &call->arena, &of(call)->entries,
                                     &of(call)->count, &call->err);
}

#define RUN(device, one, steps, run)                 \
    do {                                             \
        DEVICE_START(&(device), steps, &one_by_one); \
        call_for(&(one).call, &(device), run, 100);  \
    } while (0)

static void stop(struct device *device, struct profile_call *one)
{
    call_end(&one->call);
    device_stop(device);
}

static void a_profile_with_a_key_is_added_with_everything_escaped(void **state)
{
    (void)state;
    const struct step steps[] = {STATE(USERS("corp", "2")), STEP_RETURN("AddWiFiSettings", "0")};
    struct device device;
    struct profile_call one = {.profile = &psk};
    RUN(device, one, steps, add);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_DONE);
    assert_true(device_request_has(&device, 5, "AMT_WiFiPortConfigurationService/AddWiFiSettings"));
    steps_assert_body(&device, 5,
                      METHOD("AddWiFiSettings")
                          ENDPOINT INPUT("6", "4", "&lt;a&gt; &amp; &apos;b&apos;", "2",
                                         "<q:PSKPassPhrase>p&lt;&amp;&gt;&quot;&apos;123"
                                         "</q:PSKPassPhrase>") "</h:AddWiFiSettings_INPUT>");
    stop(&device, &one);
}

static void a_profile_with_802_1x_brings_its_credentials(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(""),
        CERTIFICATES(CERTIFICATE("old", "b2xk", "false"), ""),
        STEP_CREATED("AddKey", "CreatedKey", "K0"),
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C0"),
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C1"),
        STEP_RETURN("AddWiFiSettings", "0"),
    };
    struct device device;
    struct profile_call one = {.profile = &tls};
    RUN(device, one, steps, add);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_DONE);
    assert_true(device_request_has(&device, 13, "<h:KeyBlob>a2V5</h:KeyBlob>"));
    assert_true(device_request_has(&device, 14, "<h:CertificateBlob>YWJj</h:CertificateBlob>"));
    assert_true(device_request_has(&device, 15, "<h:CertificateBlob>Y2Eu</h:CertificateBlob>"));
    steps_assert_body(
        &device, 16,
        METHOD("AddWiFiSettings") ENDPOINT INPUT(
            "7", "4", "net", "2",
            "") "<h:IEEE8021xSettingsInput xmlns:q=\"" STEPS_CIM "CIM_IEEE8021xSettings\">"
                "<q:ElementName>corp</q:ElementName>"
                "<q:InstanceID>Intel(r) AMT:IEEE 802.1x Settings corp</q:InstanceID>"
                "<q:AuthenticationProtocol>0</q:AuthenticationProtocol><q:Username>b&amp;b</"
                "q:Username>"
                "</h:IEEE8021xSettingsInput>" REFERENCE("ClientCredential", "default",
                                                        STEPS_AMT "AMT_PublicKeyCertificate",
                                                        "InstanceID", "C0")
                    REFERENCE("CACredential", "default", STEPS_AMT "AMT_PublicKeyCertificate",
                              "InstanceID", "C1") "</h:AddWiFiSettings_INPUT>");
    stop(&device, &one);
}

static void what_is_on_the_device_is_not_added_again(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(PROFILE("corp", "2")),
        CERTIFICATES(CERTIFICATE("asroot", "YWJj", "true") CERTIFICATE("client", "YWJj", "false")
                         CERTIFICATE("ca", "Y2Eu", "true"),
                     KEY("K", "cHVi")),
        STEP_RETURN("UpdateWiFiSettings", "0"),
    };
    struct device device;
    struct profile_call one = {.profile = &tls};
    RUN(device, one, steps, change);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_DONE);
    assert_true(device_request_has(&device, 13, METHOD("UpdateWiFiSettings") EXISTING));
    assert_true(device_request_has(&device, 13, "InstanceID\">client</w:Selector>"));
    assert_true(device_request_has(&device, 13, "InstanceID\">ca</w:Selector>"));
    stop(&device, &one);
}

static void a_refusal_takes_back_what_was_added(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(""),
        CERTIFICATES(CERTIFICATE("ca", "Y2Eu", "true"), ""),
        STEP_CREATED("AddKey", "CreatedKey", "K0"),
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C0"),
        STEP_RETURN("AddWiFiSettings", "3"),
        STEP_DELETED("C0"),
        STEP_DELETED("K0"),
    };
    struct device device;
    struct profile_call one = {.profile = &tls};
    RUN(device, one, steps, add);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_REFUSED);
    assert_string_equal(one.result.step, "AddWiFiSettings");
    assert_string_equal(one.result.return_text, "INVALID_PARAMETER");
    assert_true(device_request_has(&device, 16, "AMT_PublicKeyCertificate</w:ResourceURI>"));
    assert_true(device_request_has(&device, 17, "AMT_PublicPrivateKeyPair</w:ResourceURI>"));
    stop(&device, &one);
}

static void a_fault_takes_back_what_was_added(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(""),
        CERTIFICATES("", ""),
        STEP_CREATED("AddKey", "CreatedKey", "K0"),
        STEP_LACKS("<h:AddCertificate_INPUT "),
        STEP_DELETED("K0"),
    };
    struct device device;
    struct profile_call one = {.profile = &tls};
    RUN(device, one, steps, add);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_DEVICE);
    stop(&device, &one);
}

static void a_refused_key_ends_the_conversation(void **state)
{
    (void)state;
    const struct step steps[] = {STATE(""), CERTIFICATES("", ""), STEP_RETURN("AddKey", "2062")};
    struct device device;
    struct profile_call one = {.profile = &tls};
    RUN(device, one, steps, add);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_REFUSED);
    assert_string_equal(one.result.step, "AddKey");
    assert_string_equal(one.result.return_text, "INVALID_KEY");
    stop(&device, &one);
}

static void a_client_that_hangs_up_leaves_nothing_behind(void **state)
{
    (void)state;
    const struct step steps[] = {
        STATE(""),
        CERTIFICATES("", ""),
        STEP_CREATED("AddKey", "CreatedKey", "K0"),
        {.expect = "<h:AddCertificate_INPUT ", .status = 0},
        CERTIFICATES(CERTIFICATE("C0", "YWJj", "false"), ""), /* it arrived */
        STEP_DELETED("C0"),
        STEP_DELETED("K0"),
    };
    struct device device;
    struct profile_call one = {.profile = &tls};
    DEVICE_START(&device, steps, &one_by_one);
    call_start(&one.call, &device, add);
    io_simulated_advance(200);
    assert_false(one.call.over);
    io_task_cancel(&one.call.task);
    io_simulated_advance(200);
    assert_true(one.call.over && !one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_CANCELLED);
    stop(&device, &one);
}

static void what_stands_against_a_profile_is_found_before_anything_is_sent(void **state)
{
    (void)state;
    const struct step without[] = {STEP_401("n1"), STEP_LACKS("/CIM_WiFiPort</w:ResourceURI>"),
                                   STEP_LACKS("/CIM_WiFiEndpointSettings</w:ResourceURI>")};
    const struct step same[] = {STATE(PROFILE("x", "2") PROFILE("corp", "9"))};
    const struct step taken[] = {STATE(PROFILE("x", "2"))};
    const struct step full[] = {STATE(PROFILE("a", "11") PROFILE("b", "12") PROFILE("c", "13")
                                          PROFILE("d", "14") PROFILE("e", "15") PROFILE("f", "16")
                                              PROFILE("g", "17") PROFILE("h", "18"))};
    const struct {
        const struct step *steps;
        size_t count;
        bool (*run)(struct call *call);
        enum amt_wireless_outcome outcome;
    } rows[] = {
        {without, 3, add, AMT_WIRELESS_NO_PORT},        {same, 5, add, AMT_WIRELESS_EXISTS},
        {taken, 5, add, AMT_WIRELESS_PRIORITY_TAKEN},   {full, 5, add, AMT_WIRELESS_FULL},
        {without, 3, change, AMT_WIRELESS_NO_PORT},     {taken, 5, change, AMT_WIRELESS_NOT_FOUND},
        {same, 5, change, AMT_WIRELESS_PRIORITY_TAKEN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device;
        struct profile_call one = {.profile = &psk};
        device_start(&device, rows[i].steps, rows[i].count, &one_by_one);
        call_for(&one.call, &device, rows[i].run, 100);
        assert_true(one.call.ok);
        assert_int_equal(one.result.outcome, rows[i].outcome);
        stop(&device, &one);
    }
}

static void a_profile_is_deleted_by_its_id_and_the_users_own_are_not_ours(void **state)
{
    (void)state;
    const struct step ours[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiEndpointSettings"),
                                STEP_ITEMS(USERS("corp", "1") PROFILE("corp", "2")),
                                STEP_DELETED("Intel(r) AMT:WiFi Endpoint Settings corp")};
    const struct step theirs[] = {STEP_401("n1"), STEP_LIST("CIM_WiFiEndpointSettings"),
                                  STEP_ITEMS(USERS("corp", "1"))};
    struct device device;
    struct profile_call one = {.profile = &psk};
    RUN(device, one, ours, delete);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_DONE);
    stop(&device, &one);
    RUN(device, one, theirs, delete);
    assert_true(one.call.ok);
    assert_int_equal(one.result.outcome, AMT_WIRELESS_NOT_FOUND);
    stop(&device, &one);
}

#define EAP(id, name)                                                            \
    "<h:CIM_IEEE8021xSettings xmlns:h=\"" STEPS_CIM "CIM_IEEE8021xSettings\">"   \
    "<h:ElementName>" name "</h:ElementName><h:InstanceID>" id "</h:InstanceID>" \
    "</h:CIM_IEEE8021xSettings>"
#define END(name, id)                                                         \
    "<h:" name "><b:ReferenceParameters><c:SelectorSet "                      \
    "xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><c:Selector " \
    "Name=\"InstanceID\">" id "</c:Selector></c:SelectorSet></b:ReferenceParameters></h:" name ">"

/* The peers lose the selectors' names and never find the association. */
static void settings_of_802_1x_are_found_by_association_id_or_name(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_LIST("CIM_WiFiEndpointSettings"),
        STEP_ITEMS(PROFILE("a", "1") PROFILE("b", "2") PROFILE("c", "3") PROFILE("d", "4")
                       USERS("e", "5")),
        STEP_LIST("CIM_IEEE8021xSettings"),
        STEP_ITEMS(EAP("one", "x") EAP("Intel(r) AMT:IEEE 802.1x Settings b", "y") EAP("three", "C")
                       EAP("Intel(r) AMT:IEEE 802.1x Settings a", "z")),
        STEP_LIST("CIM_ConcreteDependency"),
        STEP_ITEMS("<h:CIM_ConcreteDependency xmlns:h=\"" STEPS_CIM
                   "CIM_ConcreteDependency\">" END("Antecedent", "one")
                       END("Dependent",
                           "Intel(r) AMT:WiFi Endpoint Settings a") "</h:CIM_ConcreteDependency>"),
    };
    static const char *const wanted[] = {"one", "Intel(r) AMT:IEEE 802.1x Settings b", "three", ""};
    struct device device;
    struct profile_call one = {.profile = NULL};
    RUN(device, one, steps, list);
    assert_true(one.call.ok);
    assert_int_equal(one.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(slice_equal_string(wsman_xml_child_text(one.entries[i].ieee8021x, "InstanceID"),
                                       wanted[i]));
    stop(&device, &one);
}

/* Comparisons of names, by --wrap of the linker: what a hostile answer may cost. */
static size_t comparisons;
bool __real_slice_equal(struct slice a, struct slice b);
bool __wrap_slice_equal(struct slice a, struct slice b);

bool __wrap_slice_equal(struct slice a, struct slice b)
{
    comparisons++;
    return __real_slice_equal(a, b);
}

static void put_many(struct buffer *out, const char *item, size_t count)
{
    buffer_put_text(out, "<g:PullResponse " STEPS_ENUMERATION "><g:Items>");
    for (size_t i = 0; i < count; i++)
        buffer_put_text(out, item);
    buffer_put_text(out, "</g:Items><g:EndOfSequence></g:EndOfSequence></g:PullResponse>");
    buffer_put_u8(out, 0);
    assert_true(buffer_ok(out));
}
#define STEP_BUFFER(buffer)                                                             \
    {                                                                                   \
        .expect = "<Pull ", .status = 200, .soap = true, .body = (char *)(buffer).bytes \
    }

static void a_list_with_thousands_of_settings_costs_little(void **state)
{
    (void)state;
    struct buffer profiles, settings, dependencies;
    buffer_init(&profiles, 1 << 20);
    buffer_init(&settings, 1 << 20);
    buffer_init(&dependencies, 1 << 20);
    put_many(&profiles, PROFILE("corp", "1"), 120);
    put_many(&settings, "<s><InstanceID>S</InstanceID></s>", 1500);
    put_many(&dependencies,
             "<d><Antecedent><ReferenceParameters><SelectorSet><Selector Name=\"InstanceID\">"
             "Intel(r) AMT:WiFi Endpoint Settings corp</Selector></SelectorSet>"
             "</ReferenceParameters></Antecedent><Dependent><ReferenceParameters><SelectorSet>"
             "<Selector Name=\"InstanceID\">T</Selector></SelectorSet></ReferenceParameters>"
             "</Dependent></d>",
             1500);
    const struct step steps[] = {STEP_401("n1"),           STEP_LIST("CIM_WiFiEndpointSettings"),
                                 STEP_BUFFER(profiles),    STEP_LIST("CIM_IEEE8021xSettings"),
                                 STEP_BUFFER(settings),    STEP_LIST("CIM_ConcreteDependency"),
                                 STEP_BUFFER(dependencies)};
    struct device device;
    struct profile_call one = {.profile = &psk};
    comparisons = 0;
    RUN(device, one, steps, list);
    assert_true(one.call.ok);
    assert_int_equal(one.count, 100);
    assert_null(one.entries[99].ieee8021x);
    assert_in_range(comparisons, 1, 500000);
    stop(&device, &one);
    buffer_fini(&profiles);
    buffer_fini(&settings);
    buffer_fini(&dependencies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_with_a_key_is_added_with_everything_escaped),
        cmocka_unit_test(a_profile_with_802_1x_brings_its_credentials),
        cmocka_unit_test(what_is_on_the_device_is_not_added_again),
        cmocka_unit_test(a_refusal_takes_back_what_was_added),
        cmocka_unit_test(a_fault_takes_back_what_was_added),
        cmocka_unit_test(a_refused_key_ends_the_conversation),
        cmocka_unit_test(a_client_that_hangs_up_leaves_nothing_behind),
        cmocka_unit_test(what_stands_against_a_profile_is_found_before_anything_is_sent),
        cmocka_unit_test(a_profile_is_deleted_by_its_id_and_the_users_own_are_not_ours),
        cmocka_unit_test(settings_of_802_1x_are_found_by_association_id_or_name),
        cmocka_unit_test(a_list_with_thousands_of_settings_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
