/* Who may do what, and what is left of it: accounts and realms, wrong passwords, what is audited,
 * and the end of a set-up (spec device-protocols 4.4, 6.7, 7.5; device-classes 3). */
#include "core/encoding.h"
#include "device_bench.h"
#include "method_inputs.h"
#include "sim/login.h"
#include "sim/object.h"

#define AUDITS SPACE_AMT "AMT_AuditLog"
#define ACL    SPACE_AMT "AMT_AuthorizationService"
#define SETUP  SPACE_AMT "AMT_SetupAndConfigurationService"

#define POLICY(enable, app, event)                               \
    INVOKE(SPACE_AMT "AMT_AuditPolicyRule", "SetAuditPolicy",    \
           "<h:Enable>" enable "</h:Enable><h:AuditedAppID>" app \
           "</h:AuditedAppID><h:EventID>" event "</h:EventID>")
#define UNPROVISION INVOKE(SETUP, "Unprovision", "<h:ProvisioningMode>1</h:ProvisioningMode>")

struct login {
    struct sim_authenticator authenticator;
    struct arena arena;
};

/* Logs in over HTTP. */
static bool log_in(struct bench *bench, struct login *login, const char *user, const char *password)
{
    char ha1[HTTP_DIGEST_HEX_SIZE], response[HTTP_DIGEST_HEX_SIZE];
    struct slice nonce =
        slice_of_string(sim_authenticator_nonce(&login->authenticator, bench->now_ms));
    http_digest_ha1(slice_of_string(user), slice_of_string(bench->device.realm),
                    slice_of_string(password), ha1);
    http_digest_response(ha1, nonce, SLICE_LITERAL("00000001"), SLICE_LITERAL("c"),
                         SLICE_LITERAL("auth"), "POST", SLICE_LITERAL("/wsman"), response);
    const char *header =
        arena_printf(&login->arena,
                     "Digest username=\"%s\",realm=\"%s\",nonce=\"%.*s\",uri=\"/wsman\","
                     "qop=auth,nc=00000001,cnonce=\"c\",response=\"%s\"",
                     user, bench->device.realm, SLICE_ARG(nonce), response);
    return sim_login_http(&login->authenticator, &bench->device, slice_of_string(header), "POST",
                          false, bench->now_ms);
}

static void open_login(struct bench *bench, struct login *login)
{
    arena_init(&login->arena);
    sim_authenticator_init(&login->authenticator, "admin", bench->device.realm,
                           SLICE_LITERAL("P@ssw0rd"));
}

static void close_login(struct login *login)
{
    sim_authenticator_fini(&login->authenticator);
    arena_fini(&login->arena);
}

static void add_account(struct bench *bench, struct login *login, const char *user,
                        const char *access, const char *realms)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    uint8_t hash[16];
    http_digest_ha1(slice_of_string(user), slice_of_string(bench->device.realm),
                    SLICE_LITERAL("Us3r!pass"), ha1);
    assert_true(encoding_hex_decode(slice_of_string(ha1), hash, sizeof(hash)));
    struct slice text = encoding_base64(&login->arena, slice_of(hash, sizeof(hash)));
    bench_call(bench,
               arena_printf(&login->arena,
                            INVOKE(ACL, "AddUserAclEntryEx",
                                   "<h:DigestUsername>%s</h:DigestUsername><h:DigestPassword>%.*s"
                                   "</h:DigestPassword><h:AccessPermission>%s</h:AccessPermission>"
                                   "%s"),
                            user, SLICE_ARG(text), access, realms),
               0);
}

static void an_account_logs_in_with_its_realms(void **state)
{
    struct bench *bench = *state;
    struct login login;
    open_login(bench, &login);
    add_account(bench, &login, "power", "2", "<h:Realms>5</h:Realms>");
    assert_true(log_in(bench, &login, "power", "Us3r!pass"));
    bench_call(bench, POWER("10"), 0);
    (void)bench_ask(bench, GET(SPACE_AMT "AMT_GeneralSettings"), 200);
    bench_has(bench_ask(bench, INVOKE(ACL, "GetAdminAclEntry", ""), 400), "e:AccessDenied");
    bench_has(bench_ask(bench, INVOKE(AUDITS, "ClearLog", ""), 400), "e:AccessDenied");
    bench_has(bench_ask(bench, UNPROVISION, 400), "e:AccessDenied");
    assert_true(log_in(bench, &login, "admin", "P@ssw0rd"));
    bench_call(bench, INVOKE(ACL, "GetAdminAclEntry", ""), 0);
    close_login(&login);
}

static void the_auditor_is_not_the_administrator(void **state)
{
    struct bench *bench = *state;
    struct login login;
    open_login(bench, &login);
    add_account(bench, &login, "boss", "2", "<h:Realms>3</h:Realms>");
    add_account(bench, &login, "auditor", "1", "<h:Realms>20</h:Realms>");
    assert_true(log_in(bench, &login, "boss", "Us3r!pass"));
    (void)bench_ask(bench, INVOKE(AUDITS, "ClearLog", ""), 400);
    bench_call(bench, POWER("10"), 0);
    assert_true(log_in(bench, &login, "auditor", "Us3r!pass"));
    /* 17, 3 "Performed Reset" by digest user "boss" */
    bench_has(bench_call(bench, INVOKE(AUDITS, "ReadRecords", "<h:StartIndex>5</h:StartIndex>"), 0),
              "<g:EventRecords>ABEAAwAEYm9zc2lVuQACAAA=</g:EventRecords>");
    (void)bench_ask(bench, POWER("10"), 400);
    close_login(&login);
}

static void local_and_disabled_accounts_stay_out(void **state)
{
    struct bench *bench = *state;
    struct login login;
    open_login(bench, &login);
    add_account(bench, &login, "local", "0", "<h:Realms>3</h:Realms>");
    add_account(bench, &login, "off", "2", "<h:Realms>3</h:Realms>");
    assert_false(log_in(bench, &login, "local", "Us3r!pass"));
    assert_true(log_in(bench, &login, "off", "Us3r!pass"));
    assert_true(log_in(bench, &login, "admin", "P@ssw0rd"));
    bench_call(
        bench,
        INVOKE(ACL, "SetAclEnabledState", "<h:Handle>4</h:Handle><h:Enabled>false</h:Enabled>"), 0);
    assert_false(log_in(bench, &login, "off", "Us3r!pass"));
    assert_false(log_in(bench, &login, "$$OsAdmin", "Us3r!pass"));
    close_login(&login);
}

static void ten_wrong_passwords_are_an_attack(void **state)
{
    struct bench *bench = *state;
    struct login login;
    open_login(bench, &login);
    for (unsigned i = 0; i < 9; i++)
        assert_false(log_in(bench, &login, "admin", "wrong"));
    assert_int_equal(bench->device.event_count, 0);
    assert_false(log_in(bench, &login, "admin", "wrong"));
    assert_int_equal(bench->device.event_count, 1);
    assert_true(log_in(bench, &login, "admin", "P@ssw0rd"));
    /* as recorded but for the time: sensor 6, ten times */
    bench_has(bench_call(bench,
                         INVOKE(SPACE_AMT "AMT_MessageLog", "GetRecords",
                                "<h:IterationIdentifier>1</h:IterationIdentifier>"
                                "<h:MaxReadRecords>1</h:MaxReadRecords>"),
                         0),
              "<g:RecordArray>ALlVaf8GbwVoEP8mYaoKAAAAAAAA</g:RecordArray>");
    /* 16, 5 "ACL Access with Invalid Credentials", nobody known, detail 0 */
    bench_has(bench_call(bench, INVOKE(AUDITS, "ReadRecords", "<h:StartIndex>3</h:StartIndex>"), 0),
              "<g:EventRecords>ABAABQJpVbkAAgABAA==</g:EventRecords>");
    assert_false(log_in(bench, &login, "admin", "wrong"));
    assert_int_equal(bench->device.failed_logins, 1);
    close_login(&login);
}

/* ---- audit ---- */

static void the_policy_decides_what_is_audited(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, POLICY("false", "17", "3"), 0); /* itself audited */
    assert_int_equal(bench->device.audit_count, 1);
    bench_call(bench, POWER("10"), 0);
    assert_int_equal(bench->device.audit_count, 1);
    bench_call(bench, POWER("5"), 0);
    assert_int_equal(bench->device.audit_count, 2);
    bench_call(bench, POLICY("true", "17", "3"), 0);
    bench->now_ms = 60000;
    bench_call(bench, POWER("10"), 0);
    assert_int_equal(bench->device.audit_count, 4);
    bench_call(bench, POLICY("false", "17", "4294967295"), 0);
    bench_call(bench, POWER("8"), 0);
    assert_int_equal(bench->device.audit_count, 5);
    bench_call(bench, POLICY("false", "15", "0"), 36);
    bench_call(bench, POLICY("false", "17", "32"), 36);
}

static void a_bulk_changes_all_or_nothing(void **state)
{
    struct bench *bench = *state;
#define BULK(second)                                                           \
    INVOKE(SPACE_AMT "AMT_AuditPolicyRule", "SetAuditPolicyBulk",              \
           "<h:Enable>false</h:Enable><h:Enable>false</h:Enable>"              \
           "<h:AuditedAppID>17</h:AuditedAppID><h:AuditedAppID>" second        \
           "</h:AuditedAppID><h:EventID>3</h:EventID><h:EventID>2</h:EventID>" \
           "<h:PolicyType>0</h:PolicyType>")
    bench_call(bench, BULK("99"), 36);
    bench_call(bench, POWER("10"), 0);
    assert_int_equal(bench->device.audit_count, 1);
    bench_call(bench, BULK("17"), 0);
    bench_call(bench, POWER("10"), 0);
    bench_call(bench, POWER("5"), 0);
    assert_int_equal(bench->device.audit_count, 2);
    bench_ask(bench,
              INVOKE(SPACE_AMT "AMT_AuditPolicyRule", "SetAuditPolicyBulk",
                     "<h:Enable>false</h:Enable><h:Enable>false</h:Enable>"
                     "<h:AuditedAppID>17</h:AuditedAppID><h:EventID>3</h:EventID>"),
              400);
}

static void a_disabled_log_notes_nothing(void **state)
{
    struct bench *bench = *state;
    bench_call(bench,
               INVOKE(AUDITS, "RequestStateChange", "<h:RequestedState>3</h:RequestedState>"), 0);
    bench_call(bench, POWER("10"), 0);
    assert_int_equal(bench->device.audit_count, 1);
    bench_has(bench_ask(bench, GET(AUDITS), 200), "<g:AuditState>17</g:AuditState>");
}

#define LOCK(seconds, flag)                                               \
    INVOKE(AUDITS, "SetAuditLock",                                        \
           "<h:LockTimeoutInSeconds>" seconds "</h:LockTimeoutInSeconds>" \
           "<h:Flag>" flag "</h:Flag>")

static void a_locked_log_blocks_the_end_of_the_set_up(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, LOCK("301", "0"), 36);
    bench_call(bench, LOCK("10", "3"), 36);
    bench_call(bench, LOCK("10", "0"), 0);
    bench_call(bench, LOCK("0", "2"), 0);
    bench_has(bench_ask(bench, GET(AUDITS), 200), "<g:AuditState>16</g:AuditState>");
    bench_call(bench, LOCK("10", "0"), 0);
    bench_has(bench_ask(bench, GET(AUDITS), 200), "<g:AuditState>18</g:AuditState>");
    bench_has(bench_call(bench, INVOKE(SETUP, "GetUnprovisionBlockingComponents", ""), 0),
              "<g:Component>1</g:Component>");
    bench_call(bench, UNPROVISION, 2076);
    bench->now_ms = 10000;
    bench_lacks(bench_call(bench, INVOKE(SETUP, "GetUnprovisionBlockingComponents", ""), 0),
                "Component>1");
    bench_has(bench_ask(bench, GET(AUDITS), 200), "<g:AuditState>16</g:AuditState>");
    bench_call(bench, UNPROVISION, 0);
}

static void a_log_is_signed_with_the_key_that_was_set(void **state)
{
    struct bench *bench = *state;
    const char *sign =
        INVOKE(AUDITS, "ExportAuditLogSignature", "<h:SigningMechanism>0</h:SigningMechanism>");
    bench_call(bench, sign, 16);
    bench_call(bench,
               INVOKE(AUDITS, "SetSigningKeyMaterial",
                      "<h:SigningMechanismType>0</h:SigningMechanismType>"
                      "<h:SigningKey>AAAA</h:SigningKey>"),
               2062);
    bench_call(bench,
               INVOKE(AUDITS, "SetSigningKeyMaterial",
                      "<h:SigningMechanismType>0</h:SigningMechanismType>"
                      "<h:SigningKey>" INPUT_KEY "</h:SigningKey>"),
               0);
    bench_has(bench_ask(bench, GET(AUDITS), 200), "<g:AuditState>0</g:AuditState>");
    const char *text = bench_call(bench, sign, 0);
    bench_has(text, "<g:TotalRecordCount>2</g:TotalRecordCount><g:StartLogTime><h:Datetime>");
    bench_has(text, "<g:UUID>");
    bench_has(text, "=</g:Signature>");
}

/* ---- the end of a set-up ---- */

static void the_end_of_a_set_up_leaves_nothing(void **state)
{
    static const char *const gone[] = {"AMT_PublicKeyCertificate",
                                       "AMT_PublicPrivateKeyPair",
                                       "AMT_ManagementPresenceRemoteSAP",
                                       "AMT_RemoteAccessPolicyRule",
                                       "AMT_RemoteAccessPolicyAppliesToMPS",
                                       "CIM_IEEE8021xSettings",
                                       "IPS_AlarmClockOccurrence"};
    struct bench *bench = *state;
    struct login login;
    char realm[SIM_REALM_SIZE];
    open_login(bench, &login);
    memcpy(realm, bench->device.realm, sizeof(realm));
    add_account(bench, &login, "user", "2", "<h:Realms>3</h:Realms>");
    bench_call(bench,
               INVOKE(SPACE_AMT "AMT_PublicKeyManagementService", "AddTrustedRootCertificate",
                      "<h:CertificateBlob>" INPUT_CERTIFICATE "</h:CertificateBlob>"),
               0);
    bench_call(bench, UNPROVISION, 0);
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        assert_int_equal(sim_object_count(&bench->device, gone[i]), 0);
    assert_null(bench->device.accounts);
    assert_string_not_equal(bench->device.realm, realm);
    assert_memory_equal(bench->device.realm, "Digest:", 7);
    assert_int_equal(strlen(bench->device.realm), 39);
    bench_lacks(bench_ask(bench, GET(SPACE_AMT "AMT_EnvironmentDetectionSettingData"), 200),
                "DetectionStrings");
    bench_has(bench_ask(bench, GET(SPACE_IPS "IPS_HostBasedSetupService"), 200),
              "<g:CurrentControlMode>0</g:CurrentControlMode>");
    close_login(&login);
}

static void client_mode_shows_everywhere(void **state)
{
    struct bench *bench = *state;
    bench->device.client_mode = true;
    bench_has(bench_ask(bench, GET(SETUP), 200), "<g:ProvisioningMode>4</g:ProvisioningMode>");
    bench_has(bench_ask(bench, GET(SPACE_IPS "IPS_HostBasedSetupService"), 200),
              "<g:CurrentControlMode>1</g:CurrentControlMode>");
    const char *text = bench_ask(bench, GET(SPACE_IPS "IPS_OptInService"), 200);
    bench_has(text, "<g:CanModifyOptInPolicy>0</g:CanModifyOptInPolicy>");
    bench_has(text, "<g:OptInRequired>4294967295</g:OptInRequired>");
    bench_ask(bench, PUT_OF(SPACE_IPS, "IPS_OptInService", "<h:OptInRequired>0</h:OptInRequired>"),
              400);
}

static void set_up_methods_are_out_of_place(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, INVOKE(SPACE_IPS "IPS_HostBasedSetupService", "Setup", ""), 2);
    bench_call(bench, INVOKE(SPACE_IPS "IPS_HostBasedSetupService", "AdminSetup", ""), 2);
    bench_call(bench, INVOKE(SPACE_IPS "IPS_HostBasedSetupService", "UpgradeClientToAdmin", ""), 2);
    bench_call(bench, INVOKE(SPACE_IPS "IPS_HostBasedSetupService", "AddNextCertInChain", ""), 3);
    bench_call(bench, INVOKE(SETUP, "SetMEBxPassword", "<h:Password>P@ssw0rd</h:Password>"), 0);
    bench_call(bench, INVOKE(SETUP, "SetMEBxPassword", "<h:Password>password</h:Password>"), 2054);
}

static void the_event_log_is_searched(void **state)
{
    struct bench *bench = *state;
#define AT(from, absolute, number)                                   \
    INVOKE(SPACE_AMT "AMT_MessageLog", "PositionAtRecord",           \
           "<h:IterationIdentifier>" from "</h:IterationIdentifier>" \
           "<h:MoveAbsolute>" absolute "</h:MoveAbsolute>"           \
           "<h:RecordNumber>" number "</h:RecordNumber>")
    bench_has(bench_call(bench, AT("1", "true", "3"), 0),
              "<g:IterationIdentifier>3</g:IterationIdentifier><g:RecordNumber>3</g:RecordNumber>");
    bench_has(bench_call(bench, AT("3", "false", "-1"), 0),
              "<g:IterationIdentifier>2</g:IterationIdentifier>");
    bench_call(bench, AT("1", "true", "4"), 3);
    bench_call(bench, AT("1", "false", "-1"), 3);
    bench_call(bench, AT("1", "true", "0"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(an_account_logs_in_with_its_realms),
        BENCH_TEST(the_auditor_is_not_the_administrator),
        BENCH_TEST(local_and_disabled_accounts_stay_out),
        BENCH_TEST(ten_wrong_passwords_are_an_attack),
        BENCH_TEST(the_policy_decides_what_is_audited),
        BENCH_TEST(a_bulk_changes_all_or_nothing),
        BENCH_TEST(a_disabled_log_notes_nothing),
        BENCH_TEST(a_locked_log_blocks_the_end_of_the_set_up),
        BENCH_TEST(a_log_is_signed_with_the_key_that_was_set),
        BENCH_TEST(the_end_of_a_set_up_leaves_nothing),
        BENCH_TEST(client_mode_shows_everywhere),
        BENCH_TEST(set_up_methods_are_out_of_place),
        BENCH_TEST(the_event_log_is_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
