/* Certificates and keys of a device: what belongs together, what uses what (spec mps 1.14). */
#include "amt/certificate.h"

#include "class_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REFERENCE(name, class, selector, value)                                                   \
    "<" name                                                                                      \
    "><ReferenceParameters><ResourceURI>" class "</ResourceURI><SelectorSet>"                     \
                                                "<Selector Name=\"Other\">x</Selector><Selector " \
                                                "Name=\"" selector "\">" value                    \
                                                "</Selector></SelectorSet></"                     \
                                                "ReferenceParameters></" name ">"

/* "key" in base64 is a2V5; the bytes "a key inside" stand for a certificate that has it. */
#define CERTIFICATE(handle, der, root, subject, more)                                   \
    "<h:AMT_PublicKeyCertificate xmlns:h=\"" STEPS_AMT "AMT_PublicKeyCertificate\">"    \
    "<h:InstanceID>" handle "</h:InstanceID>" more "<h:Subject>" subject "</h:Subject>" \
    "<h:TrustedRootCertficate>" root "</h:TrustedRootCertficate>"                       \
    "<h:X509Certificate>" der "</h:X509Certificate></h:AMT_PublicKeyCertificate>"
#define KEY(handle, der)                                                             \
    "<h:AMT_PublicPrivateKeyPair xmlns:h=\"" STEPS_AMT "AMT_PublicPrivateKeyPair\">" \
    "<h:DERKey>" der "</h:DERKey><h:InstanceID>" handle "</h:InstanceID>"            \
    "</h:AMT_PublicPrivateKeyPair>"
#define CONTEXT(certificate, class, selector, value)                                              \
    "<CIM_CredentialContext>" REFERENCE("ElementInContext", STEPS_AMT "AMT_PublicKeyCertificate", \
                                        "InstanceID", certificate)                                \
        REFERENCE("ElementProvidingContext", class, selector, value) "</CIM_CredentialContext>"
#define DEPENDENCY(one, other)                                                               \
    "<CIM_ConcreteDependency>" REFERENCE("Antecedent", STEPS_AMT "AMT_PublicKeyCertificate", \
                                         "InstanceID", one)                                  \
        REFERENCE("Dependent", STEPS_AMT "AMT_PublicKeyCertificate", "InstanceID",           \
                  other) "</CIM_ConcreteDependency>"

#define LISTS(certificates, keys, dependencies, contexts)                            \
    STEP_401("n1"), STEP_LIST("AMT_PublicKeyCertificate"), STEP_ITEMS(certificates), \
        STEP_LIST("AMT_PublicPrivateKeyPair"), STEP_ITEMS(keys),                     \
        STEP_LIST("CIM_ConcreteDependency"), STEP_ITEMS(dependencies),               \
        STEP_LIST("CIM_CredentialContext"), STEP_ITEMS(contexts)

static const struct amt_options one_by_one = {.in_flight_limit = 1};

struct list_call {
    struct call call;
    struct amt_certificates all;
    struct slice id;
    int64_t return_value;
};

static bool list(struct call *call)
{
    struct list_call *one = (struct list_call *)(void *)call;
    return amt_certificate_list(call->device->amt, &call->arena, &one->all, &call->err);
}

static bool add_root(struct call *call)
{
    struct list_call *one = (struct list_call *)(void *)call;
    return amt_certificate_add(call->device->amt, &call->arena, SLICE_LITERAL("abc"), true,
                               &one->id, &one->return_value, &call->err);
}

static bool is(struct slice text, const char *wanted)
{
    return slice_equal_string(text, wanted);
}

static void recorded_certificates_and_their_use(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_RECORDED("/AMT_PublicKeyCertificate</w", "amt/publickey/certificate/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/publickey/certificate/pull.xml"),
        STEP_RECORDED("/AMT_PublicPrivateKeyPair</w", "amt/publicprivate/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/publicprivate/pull.xml"),
        STEP_RECORDED("/CIM_ConcreteDependency</w", "cim/concrete/dependency/enumerate.xml"),
        STEP_RECORDED("<Pull ", "cim/concrete/dependency/pull.xml"),
        STEP_RECORDED("/CIM_CredentialContext</w", "cim/credential/context/enumerate.xml"),
        STEP_RECORDED("<Pull ", "cim/credential/context/pull.xml"),
    };
    struct device device;
    struct list_call one;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    assert_int_equal(one.all.count, 3);
    assert_int_equal(one.all.key_count, 2);
    assert_true(one.all.certificates[0].trusted_root && !one.all.certificates[1].trusted_root);
    assert_true(one.all.certificates[0].der.size > 1000);
    assert_true(is(amt_certificate_name(&one.all.certificates[0]), "MPSRoot-0af1d5"));
    assert_int_equal(one.all.use_count, 1);
    assert_int_equal(one.all.uses[0].user, AMT_CERTIFICATE_WIRELESS);
    assert_ptr_equal(one.all.uses[0].root, &one.all.certificates[0]);
    assert_null(one.all.uses[0].client);
    call_end(&one.call);
    device_stop(&device);
}

static void uses_of_one_profile_are_one(void **state)
{
    (void)state;
    const struct step steps[] = {LISTS(
        CERTIFICATE("C0", "YWFh", "true", "CN=r", "")
            CERTIFICATE("C1", "YmJi", "false", "CN=c", ""),
        "", "",
        CONTEXT("C0", STEPS_CIM "CIM_IEEE8021xSettings", "InstanceID",
                "Intel(r) AMT:IEEE 802.1x Settings corp")
            CONTEXT("C1", STEPS_CIM "CIM_IEEE8021xSettings", "InstanceID",
                    "Intel(r) AMT:IEEE 802.1x "
                    "Settings corp") CONTEXT("C1", STEPS_AMT "AMT_TLSProtocolEndpointCollection",
                                             "ElementName", "TLS ends")
                CONTEXT("C1", STEPS_IPS "IPS_IEEE8021xSettings", "InstanceID", "wired")
                    CONTEXT("C1", STEPS_AMT "AMT_ManagementPresenceRemoteSAP", "Name", "mps")
                        CONTEXT("C9", STEPS_IPS "IPS_IEEE8021xSettings", "InstanceID", "gone"))};
    struct device device;
    struct list_call one;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    assert_int_equal(one.all.use_count, 3);
    const struct amt_certificate_use *wireless = &one.all.uses[0];
    assert_true(is(wireless->profile, "corp"));
    assert_ptr_equal(wireless->root, &one.all.certificates[0]);
    assert_ptr_equal(wireless->client, &one.all.certificates[1]);
    assert_string_equal(wireless->name, "Wireless - corp");
    assert_string_equal(one.all.uses[1].name, "TLS");
    assert_true(is(one.all.uses[1].profile, "TLS ends"));
    assert_string_equal(one.all.uses[2].name, "Wired");
    assert_true(amt_certificate_is_used_by(&one.all.certificates[1], &one.all.uses[2]));
    assert_false(amt_certificate_is_used_by(&one.all.certificates[0], &one.all.uses[2]));
    call_end(&one.call);
    device_stop(&device);
}

static void a_key_is_found_by_association_or_by_its_bytes(void **state)
{
    (void)state;
    const struct step steps[] = {
        LISTS(CERTIFICATE("C0", "YSBrZXkgaW5zaWRl", "true", "CN=root", "")
                  CERTIFICATE("C1", "YSBrZXkgaW5zaWRl", "false", "CN=c", "")
                      CERTIFICATE("C2", "bm9uZQ==", "false", "CN=d", ""),
              KEY("K0", "a2V5") KEY("K1", "bm9uZW9mdGhlbQ==") KEY("K2", "###"),
              DEPENDENCY("x", "K1") DEPENDENCY("K1", "C2"), "")};
    struct device device;
    struct list_call one;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    assert_null(one.all.certificates[0].key);
    assert_ptr_equal(one.all.certificates[1].key, &one.all.keys[0]);
    assert_ptr_equal(one.all.certificates[2].key, &one.all.keys[1]);
    assert_ptr_equal(one.all.keys[0].certificate, &one.all.certificates[1]);
    assert_null(one.all.keys[2].certificate);
    assert_ptr_equal(amt_certificate_same_key(&one.all, SLICE_LITERAL("key")), &one.all.keys[0]);
    assert_null(amt_certificate_same_key(&one.all, (struct slice){NULL, 0}));
    assert_ptr_equal(amt_certificate_same(&one.all, SLICE_LITERAL("a key inside"), true),
                     &one.all.certificates[0]);
    assert_ptr_equal(amt_certificate_same(&one.all, SLICE_LITERAL("a key inside"), false),
                     &one.all.certificates[1]);
    call_end(&one.call);
    device_stop(&device);
}

static void a_name_is_the_common_name_or_the_handle(void **state)
{
    (void)state;
    static const char *const names[] = {"a, b", "last", "C3", "C4"};
    const struct step steps[] = {LISTS(
        CERTIFICATE("C1", "YWFh", "true", "C=DE,CN=a, b,O=Example", "")
            CERTIFICATE("C2", "YWFh", "true", "O=XCN=no, CN=last", "")
                CERTIFICATE("C3", "YWFh", "true", "O=nothing",
                            "<h:ReadOnlyCertificate>true"
                            "</h:ReadOnlyCertificate>") CERTIFICATE("C4", "?", "true", "", ""),
        "", "", "")};
    struct device device;
    struct list_call one;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    for (size_t i = 0; i < 4; i++)
        assert_true(is(amt_certificate_name(&one.all.certificates[i]), names[i]));
    assert_true(one.all.certificates[2].read_only && !one.all.certificates[3].read_only);
    assert_int_equal(one.all.certificates[3].der.size, 0);
    assert_ptr_equal(amt_certificate_find(&one.all, SLICE_LITERAL("C2")), &one.all.certificates[1]);
    assert_null(amt_certificate_find(&one.all, SLICE_LITERAL("C")));
    call_end(&one.call);
    device_stop(&device);
}

static void lists_that_a_device_lacks_are_empty_but_certificates_must_be_there(void **state)
{
    (void)state;
    const struct step bare[] = {
        STEP_401("n1"),
        STEP_LIST("AMT_PublicKeyCertificate"),
        STEP_ITEMS(CERTIFICATE("C0", "YWFh", "true", "CN=r", "")),
        STEP_LACKS("/AMT_PublicPrivateKeyPair</w:ResourceURI>"),
        STEP_LACKS("/CIM_ConcreteDependency</w:ResourceURI>"),
        STEP_LACKS("/CIM_CredentialContext</w:ResourceURI>"),
    };
    const struct step none[] = {STEP_401("n1"),
                                STEP_LACKS("/AMT_PublicKeyCertificate</w:ResourceURI>")};
    struct device device;
    struct list_call one;
    DEVICE_START(&device, bare, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    assert_int_equal(one.all.count + one.all.key_count + one.all.use_count, 1);
    call_end(&one.call);
    device_stop(&device);
    DEVICE_START(&device, none, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_UNSUPPORTED);
    call_end(&one.call);
    device_stop(&device);
}

static void an_added_certificate_gets_the_handle_of_the_answer(void **state)
{
    (void)state;
    const struct step good[] = {
        STEP_401("n1"), STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "H 7")};
    const struct step refused[] = {STEP_401("n1"),
                                   STEP_RETURN("AddTrustedRootCertificate", "2058")};
    const struct step mute[] = {STEP_401("n1"), STEP_RETURN("AddTrustedRootCertificate", "0")};
    struct device device;
    struct list_call one;
    DEVICE_START(&device, good, &one_by_one);
    call_for(&one.call, &device, add_root, 100);
    assert_true(one.call.ok && one.return_value == 0);
    assert_true(is(one.id, "H 7"));
    steps_assert_body(&device, 1,
                      "<h:AddTrustedRootCertificate_INPUT xmlns:h=\"" STEPS_AMT
                      "AMT_PublicKeyManagementService\"><h:CertificateBlob>YWJj"
                      "</h:CertificateBlob></h:AddTrustedRootCertificate_INPUT>");
    call_end(&one.call);
    device_stop(&device);
    DEVICE_START(&device, refused, &one_by_one);
    call_for(&one.call, &device, add_root, 100);
    assert_true(one.call.ok && one.return_value == 2058);
    call_end(&one.call);
    device_stop(&device);
    DEVICE_START(&device, mute, &one_by_one);
    call_for(&one.call, &device, add_root, 100);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_PROTOCOL);
    call_end(&one.call);
    device_stop(&device);
}

static void what_is_longer_than_any_certificate_is_unreadable_and_names_are_cut(void **state)
{
    (void)state;
    static char body[20000];
    static char der[11000 + 1];
    static char name[1000 + 1];
    static char contexts[4000];
    struct device device;
    struct list_call one;
    memset(der, 'A', sizeof der - 1);
    memset(name, 'n', sizeof name - 1);
    (void)snprintf(
        body, sizeof body,
        "<g:PullResponse " STEPS_ENUMERATION "><g:Items>" CERTIFICATE(
            "C0", "%s", "true", "CN=r", "") "</g:Items>"
                                            "<g:EndOfSequence></g:EndOfSequence></g:PullResponse>",
        der);
    (void)snprintf(contexts, sizeof contexts,
                   "<g:PullResponse " STEPS_ENUMERATION "><g:Items>" CONTEXT(
                       "C0", STEPS_CIM "CIM_IEEE8021xSettings", "InstanceID",
                       "%s") "</g:Items><g:EndOfSequence></g:EndOfSequence></g:PullResponse>",
                   name);
    struct step steps[] = {LISTS("", "", "", "")};
    steps[2].body = body;
    steps[8].body = contexts;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&one.call, &device, list, 100);
    assert_true(one.call.ok);
    assert_int_equal(one.all.count, 1);
    assert_int_equal(one.all.certificates[0].der.size, 0);
    assert_int_equal(one.all.use_count, 1);
    assert_int_equal(one.all.uses[0].profile.size, AMT_CERTIFICATE_NAME);
    assert_int_equal(strlen(one.all.uses[0].name), AMT_CERTIFICATE_NAME + strlen("Wireless - "));
    call_end(&one.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_certificates_and_their_use),
        cmocka_unit_test(uses_of_one_profile_are_one),
        cmocka_unit_test(a_key_is_found_by_association_or_by_its_bytes),
        cmocka_unit_test(a_name_is_the_common_name_or_the_handle),
        cmocka_unit_test(lists_that_a_device_lacks_are_empty_but_certificates_must_be_there),
        cmocka_unit_test(an_added_certificate_gets_the_handle_of_the_answer),
        cmocka_unit_test(what_is_longer_than_any_certificate_is_unreadable_and_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
