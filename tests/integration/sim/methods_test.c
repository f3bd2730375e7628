/*
 * What the simulator's methods, deletions and empty Puts answer against recordings of real devices:
 * the same elements in the same order with the same values. Only recordings that are untouched
 * firmware output are named. Skipped where they are absent.
 */
#include "../../unit/sim/device_bench.h"
#include "../../unit/sim/method_inputs.h"
#include "golden.h"
#include "wsman/xml.h"

struct recording {
    const char *file;
    const char *before; /* a request that leads to the state of that machine; NULL: none */
    const char *request;
};

#define ACL             SPACE_AMT "AMT_AuthorizationService"
#define EVENTS          SPACE_AMT "AMT_MessageLog"
#define KEYS            SPACE_AMT "AMT_PublicKeyManagementService"
#define OPT_IN          SPACE_IPS "IPS_OptInService"
#define PROXY           SPACE_IPS "IPS_HTTPProxyService"
#define REMOTE          SPACE_AMT "AMT_RemoteAccessService"
#define TIME            SPACE_AMT "AMT_TimeSynchronizationService"
#define IN(name, value) "<h:" name ">" value "</h:" name ">"
#define ALARM_SPACE     SPACE_IPS "IPS_AlarmClockOccurrence"
#define USER                                                                          \
    INVOKE(ACL, "AddUserAclEntryEx",                                                  \
           IN("DigestUsername", "u") IN("DigestPassword", "AAECAwQFBgcICQoLDA0ODw==") \
               IN("AccessPermission", "2") IN("Realms", "3"))
#define PROXY_CALL                                                                  \
    INVOKE(PROXY, "AddProxyAccessPoint",                                            \
           IN("AccessInfo", "p.example") IN("InfoFormat", "201") IN("Port", "8080") \
               IN("NetworkDnsSuffix", "example"))

#define NO_RULE   DELETE_OF(SPACE_AMT "AMT_RemoteAccessPolicyRule", "PolicyRuleName", "Periodic")
#define TLS_SPACE SPACE_AMT "AMT_TLSCredentialContext"
#define TLS_CONTEXT(operation, certificate)                                                        \
    REQUEST(TRANSFER operation, TLS_SPACE, "6", "",                                                \
            "<h:AMT_TLSCredentialContext xmlns:h=\"" TLS_SPACE "\">" IN(                           \
                "ElementInContext",                                                                \
                REFERENCE(                                                                         \
                    SPACE_AMT "AMT_PublicKeyCertificate",                                          \
                    "<Selector Name=\"InstanceID\">Intel(r) AMT Certificate: Handle: " certificate \
                    "</Selector>"))                                                                \
                IN("ElementProvidingContext",                                                      \
                   REFERENCE(SPACE_AMT "AMT_TLSProtocolEndpointCollection",                        \
                             "<Selector Name=\"ElementName\">TLSProtocolEndpoint Instances "       \
                             "Collection</Selector>")) "</h:AMT_TLSCredentialContext>")

static const struct recording recordings[] = {
    {"amt/alarmclock/addalarm.xml", NULL,
     INVOKE(SPACE_AMT "AMT_AlarmClockService", "AddAlarm",
            IN("AlarmTemplate",
               "<s:InstanceID xmlns:s=\"" ALARM_SPACE "\">a</s:InstanceID>"
               "<s:StartTime xmlns:s=\"" ALARM_SPACE "\">"
               "<p:Datetime xmlns:p=\"http://schemas.dmtf.org/wbem/wscim/1/common\">"
               "2026-02-01T00:00:00Z</p:Datetime></s:StartTime>"))},
    {"amt/auditlog/readrecords.xml", NULL,
     INVOKE(SPACE_AMT "AMT_AuditLog", "ReadRecords", IN("StartIndex", "1"))},
    {"amt/authorization/enumerateuseraclentries.xml", NULL,
     INVOKE(ACL, "EnumerateUserAclEntries", IN("StartIndex", "1"))},
    {"amt/authorization/getaclenabledstate.xml", NULL,
     INVOKE(ACL, "GetAclEnabledState", IN("Handle", "1"))},
    {"amt/authorization/getadminaclentry.xml", NULL, INVOKE(ACL, "GetAdminAclEntry", "")},
    {"amt/authorization/getadminaclentrystatus.xml", NULL,
     INVOKE(ACL, "GetAdminAclEntryStatus", "")},
    {"amt/authorization/getadminnetaclentrystatus.xml", NULL,
     INVOKE(ACL, "GetAdminNetAclEntryStatus", "")},
    {"amt/authorization/getuseraclentryex.xml", NULL,
     INVOKE(ACL, "GetUserAclEntryEx", IN("Handle", "1"))},
    {"amt/authorization/removeuseraclentry.xml", USER,
     INVOKE(ACL, "RemoveUserAclEntry", IN("Handle", "3"))},
    {"amt/authorization/setaclenabledstate.xml", NULL,
     INVOKE(ACL, "SetAclEnabledState", IN("Handle", "1") IN("Enabled", "true"))},
    {"amt/authorization/setadminaclentryex.xml", NULL,
     INVOKE(ACL, "SetAdminAclEntryEx",
            IN("Username", "admin") IN("DigestPassword", "AAECAwQFBgcICQoLDA0ODw=="))},
    {"amt/kerberos/getcredentialcachestate.xml", NULL,
     INVOKE(SPACE_AMT "AMT_KerberosSettingData", "GetCredentialCacheState", "")},
    {"amt/messagelog/getrecords.xml", NULL,
     INVOKE(EVENTS, "GetRecords", IN("IterationIdentifier", "1") IN("MaxReadRecords", "390"))},
    {"amt/messagelog/positiontofirstrecord.xml", NULL, INVOKE(EVENTS, "PositionToFirstRecord", "")},
    {"amt/publickey/management/addcertificate.xml", NULL,
     INVOKE(KEYS, "AddCertificate", IN("CertificateBlob", INPUT_CERTIFICATE))},
    {"amt/publickey/management/addkey.xml", NULL, INVOKE(KEYS, "AddKey", IN("KeyBlob", INPUT_KEY))},
    {"amt/publickey/management/addtrustedrootcertificate.xml", NULL,
     INVOKE(KEYS, "AddTrustedRootCertificate", IN("CertificateBlob", INPUT_CERTIFICATE))},
    {"amt/publickey/management/generatekeypair.xml", NULL,
     INVOKE(KEYS, "GenerateKeyPair", IN("KeyAlgorithm", "0") IN("KeyLength", "2048"))},
    {"amt/redirectionservice/requeststatechange.xml", NULL,
     INVOKE(SPACE_AMT "AMT_RedirectionService", "RequestStateChange",
            IN("RequestedState", "32771"))},
    {"amt/remoteaccess/service/addmpsserver.xml", NULL,
     INVOKE(REMOTE, "AddMpServer",
            IN("AccessInfo", "mps.example") IN("InfoFormat", "201") IN("Port", "4433")
                IN("AuthMethod", "2"))},
    {"amt/setupandconfiguration/partialunprovision.xml", NULL,
     INVOKE(SPACE_AMT "AMT_SetupAndConfigurationService", "PartialUnprovision", "")},
    {"amt/timesynchronization/getlowaccuracytimesynch.xml", NULL,
     INVOKE(TIME, "GetLowAccuracyTimeSynch", "")},
    {"amt/timesynchronization/sethighaccuracytimesynch.xml", NULL,
     INVOKE(TIME, "SetHighAccuracyTimeSynch",
            IN("Ta0", "1767225600") IN("Tm1", "1767225700") IN("Tm2", "1767225700"))},
    {"amt/userinitiatedconnection/request.xml", NULL,
     INVOKE(SPACE_AMT "AMT_UserInitiatedConnectionService", "RequestStateChange",
            IN("RequestedState", "32771"))},
    {"amt/managementpresence/delete.xml", NO_RULE,
     DELETE_OF(SPACE_AMT "AMT_ManagementPresenceRemoteSAP", "Name",
               "Intel(r) AMT:Management Presence Server 0")},
    {"amt/mps/put.xml", NULL,
     PUT_OF(SPACE_AMT, "AMT_MPSUsernamePassword", IN("RemoteID", "u") IN("Secret", "P@ssw0rd1"))},
    {"amt/publickey/certificate/delete.xml", NULL,
     DELETE_OF(SPACE_AMT "AMT_PublicKeyCertificate", "InstanceID",
               "Intel(r) AMT Certificate: Handle: 1")},
    {"amt/publicprivate/delete.xml", NULL,
     DELETE_OF(SPACE_AMT "AMT_PublicPrivateKeyPair", "InstanceID", "Intel(r) AMT Key: Handle: 1")},
    {"amt/remoteaccess/policyappliestomps/put.xml", NULL,
     PUT_OF(SPACE_AMT, "AMT_RemoteAccessPolicyAppliesToMPS", IN("MpsType", "2"))},
    {"amt/remoteaccess/policyrule/delete.xml", NULL, NO_RULE},
    {"amt/remoteaccess/service/addremoteaccessservice.xml", NO_RULE,
     INVOKE(REMOTE, "AddRemoteAccessPolicyRule",
            IN("Trigger", "2") IN("TunnelLifeTime", "0") IN("ExtendedData", "AAAAAAAAABk=")
                IN("MpServer",
                   REFERENCE(SPACE_AMT "AMT_ManagementPresenceRemoteSAP",
                             "<Selector Name=\"Name\">Intel(r) AMT:Management Presence Server "
                             "0</Selector>")))},
    {"amt/tls/credentialcontext/put.xml", TLS_CONTEXT("Create", "0"), TLS_CONTEXT("Put", "1")},
    {"cim/power/managementservice/requestpowerstatechange.xml", NULL, POWER("10")},
    {"ips/http/addproxyaccesspoint.xml", NULL, PROXY_CALL},
    {"ips/http/addproxyaccesspoint_2058.xml", PROXY_CALL, PROXY_CALL},
    {"ips/optin/canceloptin.xml", NULL, INVOKE(OPT_IN, "CancelOptIn", "")},
    {"ips/optin/startoptin.xml", NULL, INVOKE(OPT_IN, "StartOptIn", "")},
};

/* Numbers of handles, and the time. */
static bool may_differ(const struct wsman_xml *node)
{
    return slice_equal_string(node->name, "Selector") || slice_equal_string(node->name, "Ta0");
}

static unsigned differences;

static void compare(const char *file, const struct wsman_xml *ours, const struct wsman_xml *theirs)
{
    const struct wsman_xml *a = ours->first;
    const struct wsman_xml *b = theirs->first;
    if (!slice_equal(ours->name, theirs->name) || !slice_equal(ours->space, theirs->space) ||
        (a == NULL && b == NULL && !may_differ(ours) &&
         !slice_equal(slice_trim(ours->text), slice_trim(theirs->text)))) {
        print_error("%s: our %.*s \"%.*s\", the device's %.*s \"%.*s\"\n", file,
                    SLICE_ARG(ours->name), SLICE_ARG(slice_trim(ours->text)),
                    SLICE_ARG(theirs->name), SLICE_ARG(slice_trim(theirs->text)));
        differences++;
    }
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        compare(file, a, b);
    if (a != NULL || b != NULL) {
        print_error("%s: %s %.*s\n", file, a != NULL ? "the device has no" : "we lack",
                    SLICE_ARG(a != NULL ? a->name : b->name));
        differences++;
    }
}

static void compare_recording(const struct recording *recording, struct arena *arena,
                              struct slice theirs)
{
    void *state = NULL;
    bench_set_up(&state);
    struct bench *bench = state;
    if (recording->before != NULL)
        (void)bench_ask(bench, recording->before, 200);
    const char *text = bench_ask(bench, recording->request, 200);
    const struct wsman_xml *our_root = wsman_xml_parse(arena, slice_of_string(text), NULL);
    const struct wsman_xml *their_root = wsman_xml_parse(arena, theirs, NULL);
    const struct wsman_xml *our_body = wsman_xml_child(our_root, "Body");
    const struct wsman_xml *their_body = wsman_xml_child(their_root, "Body");
    assert_non_null(our_body);
    assert_non_null(their_body);
    compare(recording->file, our_body, their_body);
    compare(recording->file, wsman_xml_child(wsman_xml_child(our_root, "Header"), "Action"),
            wsman_xml_child(wsman_xml_child(their_root, "Header"), "Action"));
    compare(recording->file, wsman_xml_child(wsman_xml_child(our_root, "Header"), "ResourceURI"),
            wsman_xml_child(wsman_xml_child(their_root, "Header"), "ResourceURI"));
    bench_tear_down(&state);
}

static void methods_answer_as_recorded(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
        struct arena arena;
        arena_init(&arena);
        struct slice theirs = golden_read(&arena, recordings[i].file);
        if (theirs.size > 0) {
            compare_recording(&recordings[i], &arena, theirs);
            compared++;
        }
        arena_fini(&arena);
    }
    assert_int_equal(differences, 0);
    GOLDEN_COMPARED(compared, recordings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_answer_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
