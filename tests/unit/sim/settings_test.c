/* The access control list, the clock, and CIRA as it is set up (spec device-classes 3,
 * device-protocols 7.8). */
#include "device_bench.h"

#define ACL SPACE_AMT "AMT_AuthorizationService"
#define ADD(name, access, realms)                                          \
    INVOKE(ACL, "AddUserAclEntryEx",                                       \
           "<h:DigestUsername>" name "</h:DigestUsername>"                 \
           "<h:DigestPassword>AAECAwQFBgcICQoLDA0ODw==</h:DigestPassword>" \
           "<h:AccessPermission>" access "</h:AccessPermission>" realms)
#define REALM(number)        "<h:Realms>" number "</h:Realms>"
#define WITH(method, handle) INVOKE(ACL, method, "<h:Handle>" handle "</h:Handle>")
#define ENUMERATE_FROM(number) \
    INVOKE(ACL, "EnumerateUserAclEntries", "<h:StartIndex>" number "</h:StartIndex>")

static void the_system_users_are_as_recorded(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, ENUMERATE_FROM("1"), 0),
              "<g:EnumerateUserAclEntries_OUTPUT><g:TotalCount>2</g:TotalCount>"
              "<g:HandlesCount>2</g:HandlesCount><g:Handles>1</g:Handles><g:Handles>2</g:Handles>"
              "<g:ReturnValue>0</g:ReturnValue>");
    bench_has(bench_call(bench, WITH("GetUserAclEntryEx", "1"), 0),
              "<g:GetUserAclEntryEx_OUTPUT><g:DigestUsername>$$uns</g:DigestUsername>"
              "<g:AccessPermission>0</g:AccessPermission><g:Realms>16</g:Realms>"
              "<g:ReturnValue>0</g:ReturnValue>");
    bench_has(bench_call(bench, WITH("GetAclEnabledState", "1"), 0), "<g:Enabled>true</g:Enabled>");
    bench_has(bench_call(bench, INVOKE(ACL, "GetAdminAclEntry", ""), 0),
              "<g:Username>admin</g:Username>");
    bench_call(bench, WITH("RemoveUserAclEntry", "1"), 16);
}

static void a_user_comes_and_goes(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, ADD("watcher", "2", REALM("3") REALM("13")), 0),
              "<g:Handle>3</g:Handle>");
    const char *text = bench_call(bench, WITH("GetUserAclEntryEx", "3"), 0);
    bench_has(text, "<g:DigestUsername>watcher</g:DigestUsername><g:AccessPermission>2"
                    "</g:AccessPermission><g:Realms>3</g:Realms><g:Realms>13</g:Realms>");
    bench_lacks(text, "DigestPassword");
    bench_call(bench, ADD("watcher", "2", REALM("3")), 2058);
    bench_call(bench, WITH("RemoveUserAclEntry", "3"), 0);
    bench_call(bench, WITH("GetUserAclEntryEx", "3"), 2053);
}

static void what_a_user_must_not_be(void **state)
{
    struct bench *bench = *state;
    bench_call(bench, ADD("", "2", REALM("3")), 12);
    bench_call(bench, ADD("seventeen-letters", "2", REALM("3")), 12);
    bench_call(bench, ADD("admin", "2", REALM("3")), 2058);
    bench_call(bench, ADD("a", "3", REALM("3")), 36);
    bench_call(bench, ADD("a", "2", REALM("32")), 2055);
    bench_call(bench, ENUMERATE_FROM("0"), 35);
}

/* ---- the clock ---- */

#define TIME SPACE_AMT "AMT_TimeSynchronizationService"

static void the_clock_is_set(void **state)
{
    struct bench *bench = *state;
    static const char *const get = INVOKE(TIME, "GetLowAccuracyTimeSynch", "");
    bench->now_ms = 5000;
    bench_has(bench_call(bench, get, 0), "<g:Ta0>1767225605</g:Ta0>");
    bench_call(
        bench,
        INVOKE(TIME, "SetHighAccuracyTimeSynch",
               "<h:Ta0>1767225605</h:Ta0><h:Tm1>1800000000</h:Tm1><h:Tm2>1800000001</h:Tm2>"),
        0);
    bench->now_ms = 7000;
    bench_has(bench_call(bench, get, 0), "<g:Ta0>1800000003</g:Ta0>");
}

/* ---- CIRA ---- */

#define REMOTE  SPACE_AMT "AMT_RemoteAccessService"
#define SERVERS SPACE_AMT "AMT_ManagementPresenceRemoteSAP"
#define RULES   SPACE_AMT "AMT_RemoteAccessPolicyRule"
#define APPLIES SPACE_AMT "AMT_RemoteAccessPolicyAppliesToMPS"
#define SERVER(host)                                                                   \
    INVOKE(REMOTE, "AddMpServer",                                                      \
           "<h:AccessInfo>" host "</h:AccessInfo><h:InfoFormat>201</h:InfoFormat>"     \
           "<h:Port>4433</h:Port><h:AuthMethod>2</h:AuthMethod><h:Username>standalone" \
           "</h:Username><h:Password>hidden-word</h:Password><h:CN>" host "</h:CN>")
#define RULE(trigger, server)                                                                     \
    INVOKE(REMOTE, "AddRemoteAccessPolicyRule",                                                   \
           "<h:Trigger>" trigger "</h:Trigger><h:TunnelLifeTime>0</h:TunnelLifeTime>"             \
           "<h:ExtendedData>AAAAAAAAABk=</h:ExtendedData><h:MpServer>" REFERENCE(                 \
               SERVERS, "<Selector Name=\"Name\">Intel(r) AMT:Management Presence Server " server \
                        "</Selector>") "</h:MpServer>")

static void a_server_and_a_policy_are_added_and_deleted(void **state)
{
    struct bench *bench = *state;
    bench_has(bench_call(bench, SERVER("mps.example.com"), 0),
              "<c:Selector Name=\"Name\">Intel(r) AMT:Management Presence Server 1</c:Selector>");
    bench_call(bench, SERVER("mps.example.com"), 2058);
    bench_has(bench_ask(bench, GET(SPACE_AMT "AMT_MPSUsernamePassword"), 200),
              "<g:RemoteID>standalone</g:RemoteID>");
    bench_lacks(bench_ask(bench, GET(SPACE_AMT "AMT_MPSUsernamePassword"), 200), "hidden-word");
    bench_call(bench, RULE("0", "7"), 2068);
    bench_call(bench, RULE("2", "1"), 2058); /* there is a periodic one */
    bench_has(bench_call(bench, RULE("0", "1"), 0),
              "<c:Selector Name=\"PolicyRuleName\">User Initiated</c:Selector>");
    bench_has(BENCH_PULL(bench, APPLIES), "User Initiated");
    bench_ask(bench, DELETE_OF(SERVERS, "Name", "Intel(r) AMT:Management Presence Server 1"), 400);
    bench_ask(bench, DELETE_OF(RULES, "PolicyRuleName", "User Initiated"), 200);
    bench_lacks(BENCH_PULL(bench, APPLIES), "User Initiated");
    bench_ask(bench, DELETE_OF(SERVERS, "Name", "Intel(r) AMT:Management Presence Server 1"), 200);
    bench_lacks(BENCH_PULL(bench, SERVERS), "mps.example.com");
}

static void home_domains_are_replaced(void **state)
{
    struct bench *bench = *state;
    const char *text = bench_ask(bench,
                                 PUT_OF(SPACE_AMT, "AMT_EnvironmentDetectionSettingData",
                                        "<h:DetectionAlgorithm>0</h:DetectionAlgorithm>"
                                        "<h:DetectionStrings>a.example</h:DetectionStrings>"
                                        "<h:DetectionStrings>b.example</h:DetectionStrings>"),
                                 200);
    bench_has(text, "<g:DetectionStrings>a.example</g:DetectionStrings>"
                    "<g:DetectionStrings>b.example</g:DetectionStrings>");
    text = bench_ask(bench,
                     PUT_OF(SPACE_AMT, "AMT_EnvironmentDetectionSettingData",
                            "<h:DetectionAlgorithm>0</h:DetectionAlgorithm>"),
                     200);
    bench_lacks(text, "DetectionStrings");
}

/* ---- One-Click Recovery ---- */

/* spec mps 2.4: how clients find out what can be booted */
static void recovery_can_boot_windows_and_pba(void **state)
{
    struct bench *bench = *state;
    const char *text = BENCH_PULL(bench, SPACE_CIM "CIM_BootSourceSetting");
    bench_has(text, "<h:InstanceID>Intel(r) AMT: Force OCR UEFI HTTPS Boot</h:InstanceID>");
    bench_has(text, "<h:BIOSBootString>WinRe</h:BIOSBootString>");
    bench_has(text, "<h:BIOSBootString>OEM PBA</h:BIOSBootString>");
    bench_call(bench, ORDER("Intel(r) AMT: Force OCR UEFI Boot Option 2"), 0);
    assert_string_equal(bench->device.boot_source, "Intel(r) AMT: Force OCR UEFI Boot Option 2");
    bench_call(bench, ORDER("Intel(r) AMT: Force OCR UEFI Boot Option 3"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(the_system_users_are_as_recorded),
        BENCH_TEST(a_user_comes_and_goes),
        BENCH_TEST(what_a_user_must_not_be),
        BENCH_TEST(the_clock_is_set),
        BENCH_TEST(a_server_and_a_policy_are_added_and_deleted),
        BENCH_TEST(home_domains_are_replaced),
        BENCH_TEST(recovery_can_boot_windows_and_pba),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
