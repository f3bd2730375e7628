/* Setting a device up through its host: what is read, the exact calls, every refusal, and answers
 * that never come. */
#include "amt/host_setup.h"

#include "class_steps.h"

#include "core/encoding.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REALM    "Digest:F3EB554784E729164447A89F60B641C5"
#define PASSWORD "P@ssw0rd<1"
#define HA1      "282a90fbf5c75a7a75d6cf9996de897d"
#define SERVICE  STEPS_IPS "IPS_HostBasedSetupService"
#define NONCE    "4P3sY7swlhjkhJNxDkEBIUcmpHE="

#define STATE(mode, chain)                                                           \
    "<g:IPS_HostBasedSetupService xmlns:g=\"" SERVICE "\"><g:CertChainStatus>" chain \
    "</g:CertChainStatus><g:ConfigurationNonce>" NONCE                               \
    "</g:ConfigurationNonce><g:CurrentControlMode>" mode                             \
    "</g:CurrentControlMode></g:IPS_HostBasedSetupService>"
#define STEP_STATE(mode) STEP_BODY("Get</a:Action>", STATE(mode, "0"))
#define STEP_RESULT(method, value)                                                 \
    STEP_BODY("<h:" method "_INPUT ",                                              \
              "<g:" method "_OUTPUT xmlns:g=\"" SERVICE "\"><g:ReturnValue>" value \
              "</g:ReturnValue></g:" method "_OUTPUT>")
#define STEP_SILENCE(wanted)            \
    {                                   \
        .expect = (wanted), .status = 0 \
    }
#define STEP_LOST(wanted)                               \
    {                                                   \
        .expect = (wanted), .status = 0, .closes = true \
    }

static const struct amt_options one_by_one = {.in_flight_limit = 1, .request_ms = 12000};

struct setup_call {
    struct call call;
    struct amt_setup_state state;
    struct slice chain[3];
    struct amt_setup_signer signer;
    uint8_t signed_bytes[64];
    size_t signed_size;
    bool chain_taken;
    bool cannot_sign, wants_mebx;
};

static bool sign(void *context, struct arena *arena, struct slice data, struct slice *signature,
                 struct error *err)
{
    struct setup_call *setup = context;
    (void)arena;
    if (!io_sleep(5, err)) /* a worker does it */
        return false;
    if (setup->cannot_sign)
        return error_set(err, ERROR_INTERNAL, "no key");
    assert_true(data.size <= sizeof setup->signed_bytes);
    memcpy(setup->signed_bytes, data.data, data.size);
    setup->signed_size = data.size;
    *signature = SLICE_LITERAL("signature");
    return true;
}

static void prepare(struct setup_call *setup)
{
    setup->chain[0] = SLICE_LITERAL("leaf");
    setup->chain[1] = SLICE_LITERAL("intermediate");
    setup->chain[2] = SLICE_LITERAL("root");
    setup->signer = (struct amt_setup_signer){.chain = setup->chain,
                                              .count = 3,
                                              .sign = sign,
                                              .algorithm = AMT_SETUP_RSA_SHA256,
                                              .context = setup,
                                              .chain_taken = &setup->chain_taken};
}

static bool read_state(struct call *call)
{
    struct setup_call *setup = (struct setup_call *)(void *)call;
    return amt_setup_read(call->device->amt, &call->arena, &setup->state, &call->err);
}

static bool client(struct call *call)
{
    return amt_setup_client(call->device->amt, &call->arena, SLICE_LITERAL(REALM),
                            SLICE_LITERAL(PASSWORD), &call->err);
}

static bool admin(struct call *call)
{
    struct setup_call *setup = (struct setup_call *)(void *)call;
    return amt_setup_admin(call->device->amt, &call->arena, SLICE_LITERAL(REALM),
                           SLICE_LITERAL(PASSWORD), &setup->signer, &call->err);
}

static bool upgrade(struct call *call)
{
    struct setup_call *setup = (struct setup_call *)(void *)call;
    return amt_setup_upgrade(call->device->amt, &call->arena, &setup->signer, &call->err);
}

static bool commit(struct call *call)
{
    struct setup_call *setup = (struct setup_call *)(void *)call;
    return amt_setup_commit(call->device->amt, &call->arena, &setup->wants_mebx, &call->err);
}

static bool mebx(struct call *call)
{
    return amt_setup_mebx_password(call->device->amt, &call->arena, SLICE_LITERAL(PASSWORD),
                                   &call->err);
}

/* Runs it against the steps; the device is left for a look and ended with end(). */
static void run(struct device *device, struct setup_call *setup, bool (*what)(struct call *),
                const struct step *steps, size_t count)
{
    *setup = (struct setup_call){.signed_size = 0};
    prepare(setup);
    device_start(device, steps, count, &one_by_one);
    call_for(&setup->call, device, what, 120000);
}

static void end(struct device *device, struct setup_call *setup)
{
    call_end(&setup->call);
    device_stop(device);
}

#define RUN(what, steps) run(&device, &setup, what, steps, sizeof(steps) / sizeof((steps)[0]))

/* ---- reading ---- */

static void a_recorded_device_says_all_of_it(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_RECORDED("/AMT_GeneralSettings</w:ResourceURI>", "amt/general/get.xml"),
        STEP_RECORDED("/IPS_HostBasedSetupService</w:Res", "ips/hostbasedsetup/get.xml"),
        STEP_RECORDED("/CIM_ComputerSystemPackage</w:Res", "cim/computer/systempackage/get.xml"),
    };
    struct device device;
    struct setup_call setup;
    char guid[GUID_TEXT_SIZE];
    RUN(read_state, steps);
    assert_true(setup.call.ok);
    assert_true(slice_equal_string(setup.state.realm, REALM));
    assert_true(slice_equal_string(setup.state.host_name, "Test Host Name"));
    assert_int_equal(setup.state.control_mode, AMT_SETUP_ADMIN);
    assert_true(setup.state.admin_allowed && setup.state.client_allowed);
    assert_false(setup.state.chain_begun);
    assert_int_equal(setup.state.nonce[0], 0xe0);
    assert_int_equal(setup.state.nonce[19], 0x71);
    assert_true(setup.state.has_guid);
    assert_string_equal(guid_format(&setup.state.guid, guid),
                        "55e3ae13-bfd2-61bb-17a0-88aedd7037ea");
    end(&device, &setup);
}

#define GENERAL(realm)                                      \
    STEP_BODY("/AMT_GeneralSettings</w:ResourceURI>",       \
              "<g:AMT_GeneralSettings xmlns:g=\"" STEPS_AMT \
              "AMT_GeneralSettings\"><g:DigestRealm>" realm \
              "</g:DigestRealm></g:AMT_GeneralSettings>")

/* amt/setupandconfiguration/getuuid.xml and getuuid-bad.xml: without ReturnValue */
#define STEP_UUID(text)                                \
    STEP_BODY("<h:GetUuid_INPUT ",                     \
              "<h:GetUuid_OUTPUT xmlns:h=\"" STEPS_AMT \
              "AMT_SetupAndConfigurationService\"><UUID>" text "</UUID></h:GetUuid_OUTPUT>")

static void the_guid_is_asked_for_where_the_package_is_absent(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        GENERAL(REALM),
        STEP_STATE("0"),
        STEP_LACKS("/CIM_ComputerSystemPackage</w:Res"),
        STEP_UUID("E67jVdK/u2EXoIiu3XA36g=="),
    };
    const struct step nonsense[] = {
        STEP_401("n1"),       GENERAL(REALM),
        STEP_STATE("0"),      STEP_LACKS("/CIM_ComputerSystemPackage</w:Res"),
        STEP_UUID("baduuid"),
    };
    struct device device;
    struct setup_call setup;
    char guid[GUID_TEXT_SIZE];
    RUN(read_state, steps);
    assert_true(setup.call.ok);
    assert_int_equal(setup.state.control_mode, AMT_SETUP_NONE);
    assert_string_equal(guid_format(&setup.state.guid, guid),
                        "55e3ae13-bfd2-61bb-17a0-88aedd7037ea");
    end(&device, &setup);
    RUN(read_state, nonsense);
    assert_true(setup.call.ok);
    assert_false(setup.state.has_guid);
    end(&device, &setup);
}

static void what_makes_no_sense_is_no_state(void **state)
{
    static const char *const realms[] = {
        "Digest:F3EB554784E729164447A89F60B641C", "F3EB554784E729164447A89F60B641C5",
        "Digest:G3EB554784E729164447A89F60B641C5", "Digest:F3EB554784E729164447A89F60B641C5:", ""};
    static const char *const states[] = {
        STATE("3", "0"),
        STATE("", "0"),
        "<g:IPS_HostBasedSetupService xmlns:g=\"" SERVICE
        "\"><g:ConfigurationNonce>AAAA</g:ConfigurationNonce><g:CurrentControlMode>0"
        "</g:CurrentControlMode></g:IPS_HostBasedSetupService>",
    };
    (void)state;
    struct device device;
    struct setup_call setup;
    for (size_t i = 0; i < 8; i++) {
        char general[512];
        (void)snprintf(general, sizeof general,
                       "<g:AMT_GeneralSettings xmlns:g=\"" STEPS_AMT
                       "AMT_GeneralSettings\"><g:DigestRealm>%s</g:DigestRealm>"
                       "</g:AMT_GeneralSettings>",
                       i < 5 ? realms[i] : REALM);
        const struct step steps[] = {
            STEP_401("n1"),
            STEP_BODY(NULL, general),
            STEP_BODY(NULL, i < 5 ? STATE("0", "0") : states[i - 5]),
            STEP_LACKS(NULL),
        };
        RUN(read_state, steps);
        assert_false(setup.call.ok);
        assert_int_equal(setup.call.err.code, ERROR_PROTOCOL);
        end(&device, &setup);
    }
}

static void firmware_without_the_service_is_told(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), GENERAL(REALM), STEP_LACKS(NULL),
                                 STEP_LACKS(NULL)};
    struct device device;
    struct setup_call setup;
    RUN(read_state, steps);
    assert_int_equal(setup.call.err.code, ERROR_UNSUPPORTED);
    end(&device, &setup);
}

/* ---- client control mode ---- */

static void client_mode_is_entered_with_the_digest_of_the_password(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 STEP_RECORDED("IPS_HostBasedSetupService/Setup</a:Action>",
                                               "ips/hostbasedsetup/setup.xml")};
    struct device device;
    struct setup_call setup;
    RUN(client, steps);
    assert_true(setup.call.ok);
    steps_assert_body(&device, 1,
                      "<h:Setup_INPUT xmlns:h=\"" SERVICE "\"><h:NetAdminPassEncryptionType>2"
                      "</h:NetAdminPassEncryptionType><h:NetworkAdminPassword>" HA1
                      "</h:NetworkAdminPassword></h:Setup_INPUT>");
    end(&device, &setup);
}

struct refusal {
    const char *value;
    const char *says;
};

static const struct refusal of_setup[] = {
    {"1", "INTERNAL_ERROR (1)"},  {"2", "INVALID_STATE (2)"},
    {"3", "INVALID_PARAM (3)"},   {"4", "METHOD_DISABLED (4)"},
    {"5", "AUTH_FAILED (5)"},     {"6", "FLASH_WRITE_LIMIT_EXCEEDED (6)"},
    {"16", "NOT_PERMITTED (16)"}, {"2076", "BLOCKING_COMPONENT (2076)"},
    {"99", "UNKNOWN_ERROR (99)"},
};

/* Asserts that nothing was tried again. */
static void assert_refusals(bool (*what)(struct call *), const char *method,
                            const struct step *before, size_t before_count,
                            const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct device device;
        struct setup_call setup;
        struct step steps[8];
        char expect[64];
        char body[300];
        memcpy(steps, before, before_count * sizeof *steps);
        (void)snprintf(expect, sizeof expect, "<h:%s_INPUT ", method);
        (void)snprintf(body, sizeof body,
                       "<g:%s_OUTPUT xmlns:g=\"" SERVICE "\"><g:ReturnValue>%s</g:ReturnValue>"
                       "</g:%s_OUTPUT>",
                       method, refusals[i].value, method);
        steps[before_count] = (struct step)STEP_BODY(expect, body);
        run(&device, &setup, what, steps, before_count + 1);
        assert_false(setup.call.ok);
        assert_int_equal(setup.call.err.code, ERROR_DEVICE);
        assert_non_null(strstr(setup.call.err.text, method));
        if (strstr(setup.call.err.text, refusals[i].says) == NULL)
            fail_msg("%s", setup.call.err.text);
        assert_true(strlen(setup.call.err.text) < ERROR_TEXT_SIZE - 1); /* not cut */
        end(&device, &setup);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void every_refusal_of_client_mode_is_told(void **state)
{
    (void)state;
    const struct step before[] = {STEP_401("n1")};
    assert_refusals(client, "Setup", before, COUNT(before), of_setup, COUNT(of_setup));
}

static void a_fault_is_a_refusal(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LACKS("<h:Setup_INPUT ")};
    struct device device;
    struct setup_call setup;
    RUN(client, steps);
    assert_false(setup.call.ok);
    assert_int_equal(setup.call.err.code, ERROR_DEVICE);
    end(&device, &setup);
}

static void a_lost_answer_is_made_up_for_by_the_mode(void **state)
{
    (void)state;
    const struct step closed[] = {STEP_401("n1"), STEP_LOST("<h:Setup_INPUT "), STEP_STATE("1")};
    const struct step silent[] = {STEP_401("n1"), STEP_SILENCE("<h:Setup_INPUT "), STEP_STATE("1")};
    const struct step slow[] = {STEP_401("n1"), STEP_LOST("<h:Setup_INPUT "), STEP_STATE("0"),
                                STEP_LOST("Get</a:Action>"), STEP_STATE("1")};
    const struct step empty[] = {
        STEP_401("n1"),
        STEP_BODY("<h:Setup_INPUT ", "<g:Setup_OUTPUT xmlns:g=\"" SERVICE "\"/>"),
        STEP_STATE("1"),
    };
    struct device device;
    struct setup_call setup;
    RUN(client, closed);
    assert_true(setup.call.ok);
    end(&device, &setup);
    RUN(client, silent);
    assert_true(setup.call.ok);
    end(&device, &setup);
    RUN(client, slow);
    assert_true(setup.call.ok);
    end(&device, &setup);
    RUN(client, empty);
    assert_true(setup.call.ok);
    end(&device, &setup);
}

/* "$$OsAdmin" may not ask any more once a device is set up. */
static void what_cannot_be_found_out_is_left_open(void **state)
{
    (void)state;
    const struct step refused[] = {STEP_401("n1"), STEP_LOST("<h:Setup_INPUT "), STEP_401("n2"),
                                   STEP_401("n3")};
    struct device device;
    struct setup_call setup;
    RUN(client, refused);
    assert_false(setup.call.ok);
    assert_int_equal(setup.call.err.code, ERROR_CONNECTION);
    assert_non_null(strstr(setup.call.err.text, "whether the device did it is not known"));
    assert_true(setup.call.took_ms < 5000);
    end(&device, &setup);
}

static void a_mode_that_stays_is_asked_for_so_long_only(void **state)
{
    (void)state;
    struct step steps[24];
    struct device device;
    struct setup_call setup;
    steps[0] = (struct step)STEP_401("n1");
    steps[1] = (struct step)STEP_LOST("<h:Setup_INPUT ");
    for (size_t i = 2; i < 22; i++)
        steps[i] = (struct step)STEP_STATE("0");
    run(&device, &setup, client, steps, 22);
    assert_false(setup.call.ok);
    assert_int_equal(setup.call.err.code, ERROR_CONNECTION);
    end(&device, &setup);
}

/* ---- admin control mode ---- */

#define ADDED(name, leaf, root)                                                    \
    "<h:AddNextCertInChain_INPUT xmlns:h=\"" SERVICE "\"><h:NextCertificate>" name \
    "</h:NextCertificate><h:IsLeafCertificate>" leaf "</h:IsLeafCertificate>"      \
    "<h:IsRootCertificate>" root "</h:IsRootCertificate></h:AddNextCertInChain_INPUT>"
#define STEP_ADDED  STEP_RESULT("AddNextCertInChain", "0")
#define CHAIN_TAKEN STEP_401("n1"), STEP_STATE("0"), STEP_ADDED, STEP_ADDED, STEP_ADDED

/* The base64 text of an element of a request's body. */
static struct slice bytes_of(struct device *device, size_t request, const char *name, uint8_t *to)
{
    char open[64];
    struct slice body = steps_request_body(device, request);
    struct slice bytes;
    struct arena arena;
    (void)snprintf(open, sizeof open, "<h:%s>", name);
    const uint8_t *at = memmem(body.data, body.size, open, strlen(open));
    assert_non_null(at);
    struct slice rest = slice_from(body, (size_t)(at - body.data) + strlen(open));
    arena_init(&arena);
    assert_true(encoding_base64_decode(&arena, slice_split(&rest, '<'), &bytes));
    memcpy(to, bytes.data, bytes.size);
    arena_fini(&arena);
    return slice_of(to, bytes.size);
}

static void the_chain_goes_from_leaf_to_root_and_both_nonces_are_signed(void **state)
{
    (void)state;
    const struct step steps[] = {CHAIN_TAKEN, STEP_RESULT("AdminSetup", "0")};
    struct device device;
    struct setup_call setup;
    uint8_t ours[64];
    char nonce[41];
    RUN(admin, steps);
    assert_true(setup.call.ok);
    assert_true(setup.chain_taken);
    steps_assert_body(&device, 2, ADDED("bGVhZg==", "true", "false"));
    steps_assert_body(&device, 3, ADDED("aW50ZXJtZWRpYXRl", "false", "false"));
    steps_assert_body(&device, 4, ADDED("cm9vdA==", "false", "true"));
    struct slice mine = bytes_of(&device, 5, "McNonce", ours);
    assert_int_equal(mine.size, 20);
    assert_int_equal(setup.signed_size, 40);
    encoding_hex(slice_of(setup.signed_bytes, 20), nonce);
    assert_string_equal(nonce, "e0fdec63bb309618e48493710e4101214726a471");
    assert_memory_equal(setup.signed_bytes + 20, ours, 20);
    struct arena arena;
    arena_init(&arena);
    struct slice text = encoding_base64(&arena, mine);
    steps_assert_body(
        &device, 5,
        arena_printf(&arena,
                     "<h:AdminSetup_INPUT xmlns:h=\"" SERVICE "\"><h:NetAdminPassEncryptionType>2"
                     "</h:NetAdminPassEncryptionType><h:NetworkAdminPassword>" HA1
                     "</h:NetworkAdminPassword><h:McNonce>%.*s</h:McNonce><h:SigningAlgorithm>2"
                     "</h:SigningAlgorithm><h:DigitalSignature>c2lnbmF0dXJl</h:DigitalSignature>"
                     "</h:AdminSetup_INPUT>",
                     SLICE_ARG(text)));
    arena_fini(&arena);
    end(&device, &setup);
}

static void an_upgrade_leaves_the_password(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_STATE("1"),
                                 STEP_ADDED,     STEP_ADDED,
                                 STEP_ADDED,     STEP_RESULT("UpgradeClientToAdmin", "0")};
    struct device device;
    struct setup_call setup;
    RUN(upgrade, steps);
    assert_true(setup.call.ok);
    assert_true(device_request_has(
        &device, 5, "<h:UpgradeClientToAdmin_INPUT xmlns:h=\"" SERVICE "\"><h:McNonce>"));
    assert_true(device_request_has(&device, 5,
                                   "</h:McNonce><h:SigningAlgorithm>2</h:SigningAlgorithm>"
                                   "<h:DigitalSignature>c2lnbmF0dXJl</h:DigitalSignature>"
                                   "</h:UpgradeClientToAdmin_INPUT>"));
    end(&device, &setup);
}

static void a_certificate_alone_is_the_leaf_and_no_root(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_STATE("0"), STEP_ADDED,
                                 STEP_RESULT("AdminSetup", "0")};
    struct device device;
    struct setup_call setup = {.signed_size = 0};
    prepare(&setup);
    setup.signer.count = 1;
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&setup.call, &device, admin, 120000);
    assert_true(setup.call.ok);
    steps_assert_body(&device, 2, ADDED("bGVhZg==", "true", "false"));
    end(&device, &setup);
}

static void every_refusal_of_a_certificate_is_told(void **state)
{
    static const struct refusal refusals[] = {
        {"1", "INVALID_PARAM (1)"},
        {"2", "INTERNAL_ERROR (2)"},
        {"3", "INVALID_STATE (3)"},
        {"4", "CERT_VERIFY_FAILED (4)"},
        {"5", "CERT_CHAIN_LENGTH_EXCEEDED (5)"},
        {"16", "NOT_PERMITTED (16)"},
    };
    (void)state;
    const struct step first[] = {STEP_401("n1"), STEP_STATE("0")};
    const struct step third[] = {STEP_401("n1"), STEP_STATE("0"), STEP_ADDED, STEP_ADDED};
    assert_refusals(admin, "AddNextCertInChain", first, COUNT(first), refusals, COUNT(refusals));
    assert_refusals(admin, "AddNextCertInChain", third, COUNT(third), refusals, COUNT(refusals));
    assert_refusals(upgrade, "AddNextCertInChain", first, COUNT(first), refusals, COUNT(refusals));
}

static void every_refusal_of_admin_mode_is_told(void **state)
{
    (void)state;
    const struct step before[] = {CHAIN_TAKEN};
    assert_refusals(admin, "AdminSetup", before, COUNT(before), of_setup, COUNT(of_setup));
    assert_refusals(upgrade, "UpgradeClientToAdmin", before, COUNT(before), of_setup,
                    COUNT(of_setup));
}

static void a_lost_answer_of_admin_mode_is_made_up_for(void **state)
{
    (void)state;
    const struct step taken[] = {CHAIN_TAKEN, STEP_SILENCE("<h:AdminSetup_INPUT "),
                                 STEP_STATE("2")};
    const struct step upgraded[] = {CHAIN_TAKEN, STEP_LOST("<h:UpgradeClientToAdmin_INPUT "),
                                    STEP_STATE("1"), STEP_STATE("2")};
    struct device device;
    struct setup_call setup;
    RUN(admin, taken);
    assert_true(setup.call.ok);
    end(&device, &setup);
    RUN(upgrade, upgraded);
    assert_true(setup.call.ok);
    end(&device, &setup);
}

static void a_lost_certificate_ends_it_before_the_password_is_sent(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_STATE("0"), STEP_ADDED,
                                 STEP_LOST("<h:AddNextCertInChain_INPUT ")};
    struct device device;
    struct setup_call setup;
    RUN(admin, steps);
    assert_false(setup.call.ok);
    assert_false(setup.chain_taken);
    assert_int_equal(setup.call.err.code, ERROR_CONNECTION);
    end(&device, &setup);
}

static void a_key_that_cannot_sign_ends_it(void **state)
{
    (void)state;
    const struct step steps[] = {CHAIN_TAKEN};
    struct device device;
    struct setup_call setup = {.cannot_sign = true};
    prepare(&setup);
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&setup.call, &device, admin, 120000);
    assert_false(setup.call.ok);
    assert_int_equal(setup.call.err.code, ERROR_INTERNAL);
    end(&device, &setup);
}

static void a_device_in_admin_mode_is_left_alone(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_STATE("2")};
    struct device device;
    struct setup_call setup;
    RUN(admin, steps);
    assert_false(setup.call.ok);
    assert_int_equal(setup.call.err.code, ERROR_CONFLICT);
    end(&device, &setup);
}

/* An attempt that was cut off between the chain and AdminSetup. */
static void a_whole_chain_of_an_earlier_attempt_is_used(void **state)
{
    (void)state;
    const struct step whole[] = {STEP_401("n1"), STEP_BODY("Get</a:Action>", STATE("0", "2")),
                                 STEP_RESULT("AddNextCertInChain", "3"),
                                 STEP_RESULT("AdminSetup", "0")};
    const struct step part[] = {STEP_401("n1"), STEP_BODY("Get</a:Action>", STATE("0", "1")),
                                STEP_RESULT("AddNextCertInChain", "3")};
    struct device device;
    struct setup_call setup;
    RUN(admin, whole);
    assert_true(setup.call.ok);
    end(&device, &setup);
    RUN(admin, part);
    assert_int_equal(setup.call.err.code, ERROR_DEVICE);
    end(&device, &setup);
}

/* ---- what goes with it ---- */

#define CONFIGURATION STEPS_AMT "AMT_SetupAndConfigurationService"

static void changes_are_committed_and_mebx_gets_its_password(void **state)
{
    (void)state;
    const struct step committed[] = {
        STEP_401("n1"),
        STEP_RECORDED("/CommitChanges</a:Action>", "amt/setupandconfiguration/commitchanges.xml")};
    const struct step set[] = {
        STEP_401("n1"), STEP_RECORDED("AMT_SetupAndConfigurationService/SetMEBxPassword</a:Action>",
                                      "amt/setupandconfiguration/setmebxpassword.xml")};
    struct device device;
    struct setup_call setup;
    RUN(commit, committed);
    assert_true(setup.call.ok);
    steps_assert_body(&device, 1,
                      "<h:CommitChanges_INPUT xmlns:h=\"" CONFIGURATION
                      "\"></h:CommitChanges_INPUT>");
    end(&device, &setup);
    RUN(mebx, set);
    assert_true(setup.call.ok);
    steps_assert_body(&device, 1,
                      "<h:SetMEBxPassword_INPUT xmlns:h=\"" CONFIGURATION
                      "\"><h:Password>P@ssw0rd&lt;1</h:Password></h:SetMEBxPassword_INPUT>");
    end(&device, &setup);
}

/* Whatever the sentence says: another refusal may have the number in its text. */
static void a_device_that_wants_a_mebx_password_is_told_apart(void **state)
{
    (void)state;
    const struct step wants[] = {STEP_401("n1"), STEP_RESULT("CommitChanges", "2057")};
    const struct step other[] = {STEP_401("n1"), STEP_RESULT("CommitChanges", "16")};
    const struct step fault[] = {
        STEP_401("n1"),
        STEP_BODY("/CommitChanges</a:Action>",
                  "<a:Fault><a:Code><a:Value>a:Receiver</a:Value><a:Subcode><a:Value>"
                  "e:InternalError</a:Value></a:Subcode></a:Code><a:Reason><a:Text>it is "
                  "(2057)</a:Text></a:Reason></a:Fault>")};
    struct device device;
    struct setup_call setup;
    RUN(commit, wants);
    assert_false(setup.call.ok);
    assert_true(setup.wants_mebx);
    end(&device, &setup);
    RUN(commit, other);
    assert_false(setup.call.ok);
    assert_false(setup.wants_mebx);
    end(&device, &setup);
    RUN(commit, fault);
    assert_int_equal(setup.call.err.code, ERROR_DEVICE);
    assert_non_null(strstr(setup.call.err.text, "(2057)"));
    assert_false(setup.wants_mebx);
    end(&device, &setup);
}

static void refusals_of_what_goes_with_it_are_told(void **state)
{
    static const struct refusal of_commit[] = {{"2057", "DATA_MISSING (2057)"},
                                               {"16", "NOT_PERMITTED (16)"},
                                               {"32", "INVALID_PROVISIONING_STATE (32)"},
                                               {"38", "FLASH_WRITE_LIMIT_EXCEEDED (38)"}};
    static const struct refusal of_mebx[] = {{"2054", "INVALID_PASSWORD (2054)"},
                                             {"36", "INVALID_PARAMETER (36)"}};
    (void)state;
    const struct step before[] = {STEP_401("n1")};
    assert_refusals(commit, "CommitChanges", before, 1, of_commit, COUNT(of_commit));
    assert_refusals(mebx, "SetMEBxPassword", before, 1, of_mebx, COUNT(of_mebx));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_device_says_all_of_it),
        cmocka_unit_test(the_guid_is_asked_for_where_the_package_is_absent),
        cmocka_unit_test(what_makes_no_sense_is_no_state),
        cmocka_unit_test(firmware_without_the_service_is_told),
        cmocka_unit_test(client_mode_is_entered_with_the_digest_of_the_password),
        cmocka_unit_test(every_refusal_of_client_mode_is_told),
        cmocka_unit_test(a_fault_is_a_refusal),
        cmocka_unit_test(a_lost_answer_is_made_up_for_by_the_mode),
        cmocka_unit_test(what_cannot_be_found_out_is_left_open),
        cmocka_unit_test(a_mode_that_stays_is_asked_for_so_long_only),
        cmocka_unit_test(the_chain_goes_from_leaf_to_root_and_both_nonces_are_signed),
        cmocka_unit_test(an_upgrade_leaves_the_password),
        cmocka_unit_test(a_certificate_alone_is_the_leaf_and_no_root),
        cmocka_unit_test(every_refusal_of_a_certificate_is_told),
        cmocka_unit_test(every_refusal_of_admin_mode_is_told),
        cmocka_unit_test(a_lost_answer_of_admin_mode_is_made_up_for),
        cmocka_unit_test(a_lost_certificate_ends_it_before_the_password_is_sent),
        cmocka_unit_test(a_key_that_cannot_sign_ends_it),
        cmocka_unit_test(a_device_in_admin_mode_is_left_alone),
        cmocka_unit_test(a_whole_chain_of_an_earlier_attempt_is_used),
        cmocka_unit_test(changes_are_committed_and_mebx_gets_its_password),
        cmocka_unit_test(a_device_that_wants_a_mebx_password_is_told_apart),
        cmocka_unit_test(refusals_of_what_goes_with_it_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
