/* Setting up TLS: the exact requests, and devices that answer oddly. */
#include "amt/tls_setup.h"

#include "amt/tls.h"
#include "class_steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CONTEXT    "AMT_TLSCredentialContext"
#define CONTEXTS   "/" CONTEXT "</w:ResourceURI>"
#define COLLECTION "/AMT_TLSProtocolEndpointCollection</w:ResourceURI>"

#define KEY                                                                 \
    "<h:AMT_PublicPrivateKeyPair xmlns:h=\"" STEPS_AMT                      \
    "AMT_PublicPrivateKeyPair\"><h:DERKey>a2V5</h:DERKey><h:InstanceID>K 7" \
    "</h:InstanceID></h:AMT_PublicPrivateKeyPair>"
#define NOTHING_YET                                                                             \
    STEP_401("n1"), STEP_LIST("AMT_PublicKeyCertificate"), STEP_ITEMS(""),                      \
        STEP_LACKS("/AMT_PublicPrivateKeyPair</w:"), STEP_LACKS("/CIM_ConcreteDependency</w:"), \
        STEP_LACKS("/CIM_CredentialContext</w:")
#define KEYS(items) STEP_LIST("AMT_PublicPrivateKeyPair"), STEP_ITEMS(items)
#define ADDED                                                               \
    KEYS(""), STEP_CREATED("GenerateKeyPair", "KeyPair", "K 7"), KEYS(KEY), \
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C 9")
#define NO_CONTEXT STEP_LACKS(CONTEXTS), STEP_LACKS(COLLECTION)
#define MADE       STEP_BODY("transfer/Create</a:Action>", "<g:ResourceCreated xmlns:g=\"x\"/>")
#define NO_CLOCK   STEP_LACKS("/AMT_TimeSynchronizationService</w:")
#define DOOR(id, more)                                                                     \
    "<h:AMT_TLSSettingData xmlns:h=\"" STEPS_AMT "AMT_TLSSettingData\">"                   \
    "<h:AcceptNonSecureConnections>false</h:AcceptNonSecureConnections><h:ElementName>" id \
    "</h:ElementName><h:Enabled>false</h:Enabled><h:InstanceID>" id "</h:InstanceID>"      \
    "<h:MutualAuthentication>false</h:MutualAuthentication>" more "</h:AMT_TLSSettingData>"
#define DOORS(items) STEP_LIST("AMT_TLSSettingData"), STEP_ITEMS(items)
#define PUT_TO(door)                                                   \
    STEP_BODY("<w:Selector Name=\"InstanceID\">" door "</w:Selector>", \
              "<g:AMT_TLSSettingData xmlns:g=\"" STEPS_AMT "AMT_TLSSettingData\"/>")
#define COMMITTED STEP_RETURN("CommitChanges", "0")
#define PUT_BODY(id, values)                                                    \
    "<h:AMT_TLSSettingData xmlns:h=\"" STEPS_AMT "AMT_TLSSettingData\">" values \
    "</h:AMT_TLSSettingData>"

static const struct amt_options one_by_one = {.in_flight_limit = 1, .request_ms = 12000};

struct tls_call {
    struct call call;
    struct amt_tls_plan plan;
    enum amt_tls_step step;
    struct slice issued_for;
    bool refuses;
};

static bool issue(void *context, struct arena *arena, struct slice public_key_der,
                  struct slice *leaf_der, struct error *err)
{
    struct tls_call *one = context;
    one->issued_for = arena_copy(arena, public_key_der);
    if (one->refuses)
        return error_set(err, ERROR_CONNECTION, "the assistant has gone");
    *leaf_der = SLICE_LITERAL("leaf");
    return true;
}

static bool request(void *context, struct arena *arena, struct slice key_id,
                    struct slice public_key_der, struct slice *request_der, struct error *err)
{
    (void)context;
    (void)arena;
    (void)err;
    assert_true(slice_equal_string(key_id, "K 7"));
    assert_true(slice_equal_string(public_key_der, "key"));
    *request_der = SLICE_LITERAL("draft");
    return true;
}

static bool set_up(struct call *call)
{
    struct tls_call *one = (struct tls_call *)(void *)call;
    return amt_tls_set_up(call->device->amt, &call->arena, &one->plan, &call->err);
}

static void run(struct device *device, struct tls_call *one, const struct step *steps, size_t count)
{
    one->plan.issue = issue;
    one->plan.context = one;
    one->plan.step = &one->step;
    device_start(device, steps, count, &one_by_one);
    call_for(&one->call, device, set_up, 400000);
}

static void end(struct device *device, struct tls_call *one)
{
    call_end(&one->call);
    device_stop(device);
}

#define RUN(steps) run(&device, &one, steps, sizeof(steps) / sizeof((steps)[0]))

#define REFERENCES_LEAF                                                            \
    "<h:ElementInContext><a:Address>/wsman</"                                      \
    "a:Address><a:ReferenceParameters><w:ResourceURI>" STEPS_AMT                   \
    "AMT_PublicKeyCertificate</w:ResourceURI><w:SelectorSet><w:Selector "          \
    "Name=\"InstanceID\">C 9</w:Selector></w:SelectorSet></a:ReferenceParameters>" \
    "</h:ElementInContext>"
#define REFERENCES_ENDPOINTS(name)                                                    \
    "<h:ElementProvidingContext><a:Address>/wsman</a:Address><a:ReferenceParameters>" \
    "<w:ResourceURI>" STEPS_AMT "AMT_TLSProtocolEndpointCollection</w:ResourceURI>"   \
    "<w:SelectorSet><w:Selector Name=\"ElementName\">" name                           \
    "</w:Selector></w:SelectorSet></a:ReferenceParameters></h:ElementProvidingContext>"

static void a_device_without_context_gets_one_and_its_doors_by_name(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C 8"),
        ADDED,
        NO_CONTEXT,
        MADE,
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_LOCAL, "") DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        PUT_TO(AMT_TLS_LOCAL),
        COMMITTED,
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER, .root_der = SLICE_LITERAL("root")}};
    RUN(steps);
    assert_true(one.call.ok);
    assert_int_equal(one.step, AMT_TLS_STEP_DONE);
    assert_true(slice_equal_string(one.issued_for, "key"));
    steps_assert_body(&device, 6,
                      "<h:AddTrustedRootCertificate_INPUT xmlns:h=\"" STEPS_AMT
                      "AMT_PublicKeyManagementService\"><h:CertificateBlob>cm9vdA=="
                      "</h:CertificateBlob></h:AddTrustedRootCertificate_INPUT>");
    steps_assert_body(&device, 9,
                      "<h:GenerateKeyPair_INPUT xmlns:h=\"" STEPS_AMT
                      "AMT_PublicKeyManagementService\"><h:KeyAlgorithm>0</h:KeyAlgorithm>"
                      "<h:KeyLength>2048</h:KeyLength></h:GenerateKeyPair_INPUT>");
    steps_assert_body(&device, 12,
                      "<h:AddCertificate_INPUT xmlns:h=\"" STEPS_AMT
                      "AMT_PublicKeyManagementService\"><h:CertificateBlob>bGVhZg=="
                      "</h:CertificateBlob></h:AddCertificate_INPUT>");
    steps_assert_body(&device, 15,
                      "<h:" CONTEXT " xmlns:h=\"" STEPS_AMT CONTEXT
                      "\">" REFERENCES_LEAF REFERENCES_ENDPOINTS(
                          "TLSProtocolEndpointInstances Collection") "</h:" CONTEXT ">");
    steps_assert_body(
        &device, 19,
        PUT_BODY(AMT_TLS_NETWORK,
                 "<h:AcceptNonSecureConnections>false</h:AcceptNonSecureConnections>"
                 "<h:ElementName>" AMT_TLS_NETWORK "</h:ElementName><h:Enabled>true</h:Enabled>"
                 "<h:InstanceID>" AMT_TLS_NETWORK "</h:InstanceID><h:MutualAuthentication>false"
                 "</h:MutualAuthentication>"));
    steps_assert_body(
        &device, 20,
        PUT_BODY(AMT_TLS_LOCAL,
                 "<h:AcceptNonSecureConnections>false</h:AcceptNonSecureConnections>"
                 "<h:ElementName>" AMT_TLS_LOCAL "</h:ElementName><h:Enabled>true</h:Enabled>"
                 "<h:InstanceID>" AMT_TLS_LOCAL "</h:InstanceID><h:MutualAuthentication>false"
                 "</h:MutualAuthentication>"));
    end(&device, &one);
}

static void a_recorded_context_is_changed_under_its_own_keys(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        ADDED,
        STEP_RECORDED(CONTEXTS, "amt/tls/credentialcontext/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/credentialcontext/pull.xml"),
        STEP_RECORDED(COLLECTION, "amt/tls/protocolendpointcollection/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/protocolendpointcollection/pull.xml"),
        STEP_RECORDED("transfer/Put</a:Action>", "amt/tls/credentialcontext/put.xml"),
        NO_CLOCK,
        STEP_RECORDED("/AMT_TLSSettingData</w:", "amt/tls/settingdata/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/settingdata/pull.xml"),
        PUT_TO(AMT_TLS_NETWORK),
        PUT_TO(AMT_TLS_LOCAL),
        COMMITTED,
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(steps);
    assert_true(one.call.ok);
    /* the selectors are the old references, the body the new one */
    assert_true(device_request_has(&device, 16, "<w:Selector Name=\"ElementInContext\">"));
    assert_true(device_request_has(&device, 16, "Intel(r) AMT Certificate: Handle: 3"));
    assert_true(device_request_has(&device, 16, "<w:Selector Name=\"ElementProvidingContext\">"));
    assert_true(device_request_has(&device, 16, REFERENCES_LEAF));
    end(&device, &one);
}

#define EXISTS                                                                         \
    {                                                                                  \
        .expect = "transfer/Create</a:Action>", .status = 400, .soap = true,           \
        .body = "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>"     \
                "e:AlreadyExists</a:Value></a:Subcode></a:Code><a:Reason><a:Text>The " \
                "sender attempted to create a resource which already exists.</a:Text>" \
                "</a:Reason><a:Detail></a:Detail></a:Fault>"                           \
    }

static void a_context_that_another_made_meanwhile_is_changed(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        ADDED,
        NO_CONTEXT,
        EXISTS,
        STEP_RECORDED(CONTEXTS, "amt/tls/credentialcontext/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/credentialcontext/pull.xml"),
        STEP_LACKS(COLLECTION),
        STEP_RECORDED("transfer/Put</a:Action>", "amt/tls/credentialcontext/put.xml"),
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        COMMITTED,
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(steps);
    assert_true(one.call.ok);
    end(&device, &one);
}

static void what_was_added_is_taken_back_before_the_certificate_is_chosen(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C 8"),
        ADDED,
        NO_CONTEXT,
        STEP_LACKS("transfer/Create</a:Action>"),
        STEP_DELETED("C 9"),
        STEP_DELETED("K 7"),
        STEP_DELETED("C 8"),
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER, .root_der = SLICE_LITERAL("root")}};
    RUN(steps);
    assert_false(one.call.ok);
    assert_int_equal(one.call.err.code, ERROR_DEVICE);
    assert_int_equal(one.step, AMT_TLS_STEP_CONTEXT);
    end(&device, &one);
}

#define HELD(id, root, issuer, der)                                                             \
    "<h:AMT_PublicKeyCertificate xmlns:h=\"" STEPS_AMT "AMT_PublicKeyCertificate\">"            \
    "<h:InstanceID>" id "</h:InstanceID><h:Issuer>C=unknown,O=unknown,CN=" issuer "</h:Issuer>" \
    "<h:Subject>CN=x</h:Subject><h:TrustedRootCertficate>" root "</h:TrustedRootCertficate>"    \
    "<h:X509Certificate>" der "</h:X509Certificate></h:AMT_PublicKeyCertificate>"

/* The one that the recorded context names. */
#define IN_USE "Intel(r) AMT Certificate: Handle: 3"

static void what_former_cas_have_left_goes(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_LIST("AMT_PublicKeyCertificate"),
        STEP_ITEMS(HELD("C 1", "true", "Our CA-1", "b25l") HELD(IN_USE, "false", "Our CA-2", "dHdv")
                       HELD("C 4", "true", "Our CA-2", "Zm91cg==")
                           HELD("C 5", "true", "Our CA", "Zml2ZQ==")
                               HELD("C 6", "true", "Our CA-3", "cm9vdA==")
                                   HELD("C 7", "true", "Else-1", "c2V2")),
        STEP_LACKS("/AMT_PublicPrivateKeyPair</w:"),
        STEP_LACKS("/CIM_ConcreteDependency</w:"),
        STEP_RECORDED("/CIM_CredentialContext</w:", "amt/tls/credentialcontext/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/credentialcontext/pull.xml"),
        STEP_DELETED("C 1"),
        ADDED,
        STEP_RECORDED(CONTEXTS, "amt/tls/credentialcontext/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/tls/credentialcontext/pull.xml"),
        STEP_LACKS(COLLECTION),
        STEP_RECORDED("transfer/Put</a:Action>", "amt/tls/credentialcontext/put.xml"),
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        COMMITTED,
        STEP_DELETED(IN_USE),
        STEP_DELETED("C 4"),
    };
    struct device device;
    struct tls_call one = {
        .plan = {.mode = AMT_TLS_SERVER, .root_der = SLICE_LITERAL("root"), .ca_name = "Our CA"}};
    RUN(steps);
    assert_true(one.call.ok);
    assert_int_equal(device.taken, sizeof steps / sizeof steps[0]);
    end(&device, &one);
}

static void an_issuer_that_refuses_leaves_no_key(void **state)
{
    (void)state;
    const struct step steps[] = {NOTHING_YET, KEYS(""),
                                 STEP_CREATED("GenerateKeyPair", "KeyPair", "K 7"), KEYS(KEY),
                                 STEP_DELETED("K 7")};
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}, .refuses = true};
    RUN(steps);
    assert_int_equal(one.call.err.code, ERROR_CONNECTION);
    assert_int_equal(one.step, AMT_TLS_STEP_ISSUE);
    end(&device, &one);
}

static void the_device_signs_the_request_of_an_assistant(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        KEYS(""),
        STEP_CREATED("GenerateKeyPair", "KeyPair", "K 7"),
        KEYS(KEY),
        STEP_BODY("<h:NullSignedCertificateRequest>ZHJhZnQ=</h:NullSignedCertificateRequest>",
                  "<g:GeneratePKCS10RequestEx_OUTPUT xmlns:g=\"x\"><g:SignedCertificateRequest>"
                  "c2lnbmVk</g:SignedCertificateRequest><g:ReturnValue>0</g:ReturnValue>"
                  "</g:GeneratePKCS10RequestEx_OUTPUT>"),
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C 9"),
        NO_CONTEXT,
        MADE,
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        COMMITTED,
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER, .request = request}};
    RUN(steps);
    assert_true(one.call.ok);
    assert_true(slice_equal_string(one.issued_for, "signed"));
    end(&device, &one);
}

static void a_device_that_gathers_randomness_is_asked_again(void **state)
{
    (void)state;
    const struct step steps[] = {
        NOTHING_YET,
        KEYS(""),
        STEP_RETURN("GenerateKeyPair", "48"),
        STEP_RETURN("GenerateKeyPair", "47"),
        STEP_CREATED("GenerateKeyPair", "KeyPair", "K 7"),
        KEYS(KEY),
        STEP_CREATED("AddCertificate", "CreatedCertificate", "C 9"),
        NO_CONTEXT,
        MADE,
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        COMMITTED,
    };
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(steps);
    assert_true(one.call.ok);
    end(&device, &one);
}

static void each_refusal_is_told_with_its_step(void **state)
{
    (void)state;
    const struct step root[] = {NOTHING_YET, STEP_RETURN("AddTrustedRootCertificate", "23")};
    const struct step key[] = {NOTHING_YET,
                               STEP_RETURN("AddTrustedRootCertificate", "2058"), /* there already */
                               KEYS(""), STEP_RETURN("GenerateKeyPair", "38")};
    const struct step leaf[] = {
        NOTHING_YET,
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C 8"),
        KEYS(""),
        STEP_CREATED("GenerateKeyPair", "KeyPair", "K 7"),
        KEYS(KEY),
        STEP_RETURN("AddCertificate", "2063"),
        STEP_DELETED("K 7"),
        STEP_DELETED("C 8")};
    const struct step kept[] = {
        NOTHING_YET,
        STEP_CREATED("AddTrustedRootCertificate", "CreatedCertificate", "C 8"),
        ADDED,
        NO_CONTEXT,
        MADE,
        NO_CLOCK,
        DOORS(DOOR(AMT_TLS_NETWORK, "")),
        PUT_TO(AMT_TLS_NETWORK),
        STEP_RETURN("CommitChanges", "2057")};
    const struct {
        const struct step *steps;
        size_t count;
        enum amt_tls_step step;
        const char *says;
    } cases[] = {
        {root, sizeof root / sizeof *root, AMT_TLS_STEP_ROOT, "MAX_LIMIT_REACHED (23)"},
        {key, sizeof key / sizeof *key, AMT_TLS_STEP_KEY_PAIR, "FLASH_WRITE_LIMIT_EXCEEDED (38)"},
        {leaf, sizeof leaf / sizeof *leaf, AMT_TLS_STEP_CERTIFICATE, "INVALID_CERT (2063)"},
        {kept, sizeof kept / sizeof *kept, AMT_TLS_STEP_COMMIT, "DATA_MISSING (2057)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct device device;
        struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER, .root_der = SLICE_LITERAL("root")}};
        run(&device, &one, cases[i].steps, cases[i].count);
        assert_int_equal(one.call.err.code, ERROR_DEVICE);
        assert_int_equal(one.step, cases[i].step);
        if (strstr(one.call.err.text, cases[i].says) == NULL)
            fail_msg("%s", one.call.err.text);
        end(&device, &one);
    }
}

/* Everything before the settings, for what is about them. */
#define CHOSEN NOTHING_YET, ADDED, NO_CONTEXT, MADE, NO_CLOCK

static void firmware_that_takes_no_plain_connections_is_not_told_to(void **state)
{
    (void)state;
    const struct step steps[] = {
        CHOSEN,
        DOORS(DOOR(AMT_TLS_NETWORK,
                   "<h:NonSecureConnectionsSupported>false</h:NonSecureConnectionsSupported>"
                   "<h:TrustedCN>old</h:TrustedCN>")),
        PUT_TO(AMT_TLS_NETWORK), COMMITTED};
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER_OR_PLAIN}};
    RUN(steps);
    assert_true(one.call.ok);
    steps_assert_body(
        &device, 18,
        PUT_BODY(AMT_TLS_NETWORK,
                 "<h:AcceptNonSecureConnections>false</h:AcceptNonSecureConnections>"
                 "<h:ElementName>" AMT_TLS_NETWORK "</h:ElementName><h:Enabled>true</h:Enabled>"
                 "<h:InstanceID>" AMT_TLS_NETWORK "</h:InstanceID><h:MutualAuthentication>false"
                 "</h:MutualAuthentication>"));
    end(&device, &one);
}

static void a_device_with_the_local_door_alone_is_set_up(void **state)
{
    (void)state;
    const struct step steps[] = {CHOSEN, DOORS(DOOR(AMT_TLS_LOCAL, "")), PUT_TO(AMT_TLS_LOCAL),
                                 COMMITTED};
    const struct step none[] = {CHOSEN, DOORS("")};
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(steps);
    assert_true(one.call.ok);
    end(&device, &one);
    RUN(none);
    assert_int_equal(one.call.err.code, ERROR_PROTOCOL);
    assert_int_equal(one.step, AMT_TLS_STEP_SETTINGS_READ);
    end(&device, &one);
}

#define LOST(wanted)                                    \
    {                                                   \
        .expect = (wanted), .status = 0, .closes = true \
    }
#define SILENT(wanted)                  \
    {                                   \
        .expect = (wanted), .status = 0 \
    }

static void settings_are_sent_three_times_at_most(void **state)
{
    (void)state;
    const struct step third[] = {CHOSEN,
                                 DOORS(DOOR(AMT_TLS_LOCAL, "")),
                                 SILENT("transfer/Put</a:Action>"),
                                 SILENT("transfer/Put</a:Action>"),
                                 PUT_TO(AMT_TLS_LOCAL),
                                 COMMITTED};
    const struct step never[] = {
        CHOSEN, DOORS(DOOR(AMT_TLS_LOCAL, "")), SILENT("transfer/Put</a:Action>"),
        SILENT("transfer/Put</a:Action>"), SILENT("transfer/Put</a:Action>")};
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(third);
    assert_true(one.call.ok);
    end(&device, &one);
    RUN(never);
    assert_int_equal(one.call.err.code, ERROR_TIMEOUT);
    assert_int_equal(one.step, AMT_TLS_STEP_LOCAL);
    end(&device, &one);
}

#define IS_ON                                                                                 \
    DOORS("<h:AMT_TLSSettingData xmlns:h=\"" STEPS_AMT "AMT_TLSSettingData\"><h:Enabled>true" \
          "</h:Enabled></h:AMT_TLSSettingData>")

static void a_commit_whose_answer_is_lost_is_looked_for(void **state)
{
    (void)state;
    const struct step found[] = {CHOSEN,
                                 DOORS(DOOR(AMT_TLS_LOCAL, "")),
                                 PUT_TO(AMT_TLS_LOCAL),
                                 LOST("<h:CommitChanges_INPUT "),
                                 LOST("/AMT_TLSSettingData</w:"),
                                 IS_ON};
    const struct step refused[] = {CHOSEN, DOORS(DOOR(AMT_TLS_LOCAL, "")), PUT_TO(AMT_TLS_LOCAL),
                                   LOST("<h:CommitChanges_INPUT "),
                                   STEP_LACKS("/AMT_TLSSettingData</w:")};
    struct device device;
    struct tls_call one = {.plan = {.mode = AMT_TLS_SERVER}};
    RUN(found);
    assert_true(one.call.ok);
    end(&device, &one);
    RUN(refused);
    assert_int_equal(one.call.err.code, ERROR_CONNECTION);
    assert_int_equal(one.step, AMT_TLS_STEP_COMMIT);
    assert_non_null(strstr(one.call.err.text, "whether TLS is on is not known"));
    end(&device, &one);
}

static void plans_that_cannot_be_are_not_begun(void **state)
{
    static const struct slice names[5];
    (void)state;
    struct device device;
    struct tls_call one = {.plan = {.mode = 5}};
    run(&device, &one, NULL, 0);
    assert_int_equal(one.call.err.code, ERROR_INVALID);
    end(&device, &one);
    one = (struct tls_call){
        .plan = {.mode = AMT_TLS_MUTUAL, .trusted_names = names, .trusted_name_count = 5}};
    run(&device, &one, NULL, 0);
    assert_int_equal(one.call.err.code, ERROR_INVALID);
    end(&device, &one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_without_context_gets_one_and_its_doors_by_name),
        cmocka_unit_test(a_recorded_context_is_changed_under_its_own_keys),
        cmocka_unit_test(a_context_that_another_made_meanwhile_is_changed),
        cmocka_unit_test(what_was_added_is_taken_back_before_the_certificate_is_chosen),
        cmocka_unit_test(what_former_cas_have_left_goes),
        cmocka_unit_test(an_issuer_that_refuses_leaves_no_key),
        cmocka_unit_test(the_device_signs_the_request_of_an_assistant),
        cmocka_unit_test(a_device_that_gathers_randomness_is_asked_again),
        cmocka_unit_test(each_refusal_is_told_with_its_step),
        cmocka_unit_test(firmware_that_takes_no_plain_connections_is_not_told_to),
        cmocka_unit_test(a_device_with_the_local_door_alone_is_set_up),
        cmocka_unit_test(settings_are_sent_three_times_at_most),
        cmocka_unit_test(a_commit_whose_answer_is_lost_is_looked_for),
        cmocka_unit_test(plans_that_cannot_be_are_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
