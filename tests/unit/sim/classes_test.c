/* Every class that any client asks for is answered: with what is there, or with the one fault that
 * clients go on after (spec device-protocols 5.4). */
#include "device_bench.h"
#include "sim/object.h"

#include <stdio.h>

/* The 57 calls of the toolkit's class explorer (spec console 3.6). */
static const char *const explored[] = {
    "AMT_8021xCredentialContext",
    "AMT_8021XProfile",
    "AMT_AlarmClockService",
    "AMT_AuditLog",
    "AMT_AuthorizationService",
    "AMT_BootCapabilities",
    "AMT_BootSettingData",
    "AMT_EnvironmentDetectionSettingData",
    "AMT_EthernetPortSettings",
    "AMT_GeneralSettings",
    "AMT_KerberosSettingData",
    "AMT_ManagementPresenceRemoteSAP",
    "AMT_MessageLog",
    "AMT_MPSUsernamePassword",
    "AMT_PublicKeyCertificate",
    "AMT_PublicKeyManagementService",
    "AMT_PublicPrivateKeyPair",
    "AMT_RedirectionService",
    "AMT_RemoteAccessPolicyAppliesToMPS",
    "AMT_RemoteAccessPolicyRule",
    "AMT_RemoteAccessService",
    "AMT_SetupAndConfigurationService",
    "AMT_TimeSynchronizationService",
    "AMT_TLSCredentialContext",
    "AMT_TLSProtocolEndpointCollection",
    "AMT_TLSSettingData",
    "AMT_UserInitiatedConnectionService",
    "AMT_WiFiPortConfigurationService",
    "CIM_BIOSElement",
    "CIM_BootConfigSetting",
    "CIM_BootService",
    "CIM_BootSourceSetting",
    "CIM_Card",
    "CIM_Chassis",
    "CIM_Chip",
    "CIM_ComputerSystemPackage",
    "CIM_ConcreteDependency",
    "CIM_CredentialContext",
    "CIM_IEEE8021xSettings",
    "CIM_KVMRedirectionSAP",
    "CIM_MediaAccessDevice",
    "CIM_PhysicalMemory",
    "CIM_PhysicalPackage",
    "CIM_PowerManagementService",
    "CIM_Processor",
    "CIM_ServiceAvailableToElement",
    "CIM_SoftwareIdentity",
    "CIM_SystemPackaging",
    "CIM_WiFiEndpointSettings",
    "CIM_WiFiPort",
    "IPS_8021xCredentialContext",
    "IPS_AlarmClockOccurrence",
    "IPS_HostBasedSetupService",
    "IPS_IEEE8021xSettings",
    "IPS_OptInService",
    "IPS_KVMRedirectionSettingData",
    "IPS_ScreenSettingData",
};

static const char *get_of(char *request, size_t size, const char *uri)
{
    snprintf(request, size, GET("%s"), uri);
    return request;
}

static const char *enumerate_of(char *request, size_t size, const char *uri)
{
    snprintf(request, size, ENUMERATE("%s"), uri);
    return request;
}

static void uri_of(const struct wsman_class *class, char *uri, size_t size)
{
    snprintf(uri, size, "%s%s", wsman_class_base(class), class->name);
}

/* Get with the first instance, or Enumerate and Pull. */
static void calls_of_the_explorer_are_answered(void **state)
{
    struct bench *bench = *state;
    char uri[256], request[4096];
    assert_int_equal(sizeof(explored) / sizeof(explored[0]), 57);
    for (size_t i = 0; i < sizeof(explored) / sizeof(explored[0]); i++) {
        const struct wsman_class *class = wsman_class_find(slice_of_string(explored[i]));
        assert_non_null(class);
        uri_of(class, uri, sizeof(uri));
        if (class->operations & WSMAN_OP_ENUMERATE)
            bench_has(bench_pull(bench, enumerate_of(request, sizeof(request), uri), uri),
                      "PullResponse");
        if ((class->operations & WSMAN_OP_GET) && sim_object_count(&bench->device, class->name) > 0)
            bench_has(bench_ask(bench, get_of(request, sizeof(request), uri), 200), class->name);
    }
}

/* MeshCentral and MeshCommander go on with their list after 200 and 400, after nothing else. */
static void no_class_ends_a_list(void **state)
{
    struct bench *bench = *state;
    size_t count;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t p = 0; p < sim_personality_count(); p++) {
        bench->device.personality = sim_personality_at(p);
        for (size_t i = 0; i < count; i++) {
            char uri[256], request[4096];
            const struct wsman_class *class = classes[i];
            bool there = sim_object_class_exists(&bench->device, class);
            uri_of(class, uri, sizeof(uri));
            bool lists = there && (class->operations & WSMAN_OP_ENUMERATE);
            const char *text =
                bench_ask(bench, enumerate_of(request, sizeof(request), uri), lists ? 200 : 400);
            bench_has(text, lists   ? "EnumerationContext"
                            : there ? "b:ActionNotSupported"
                                    : "b:DestinationUnreachable");
            if (there)
                continue;
            text = bench_ask(bench, get_of(request, sizeof(request), uri), 400);
            bench_has(text, "b:DestinationUnreachable");
        }
    }
}

static void what_a_browser_sees_has_an_instance(void **state)
{
    static const char *const seen[] = {"AMT_EventManagerService",
                                       "AMT_PublicKeyManagementCapabilities", "CIM_ComputerSystem",
                                       "CIM_IndicationService"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        char uri[256], request[4096];
        uri_of(wsman_class_find(slice_of_string(seen[i])), uri, sizeof(uri));
        bench_has(bench_ask(bench, get_of(request, sizeof(request), uri), 200), seen[i]);
    }
    bench_has(BENCH_PULL(bench, SPACE_AMT "AMT_TLSProtocolEndpoint"), "16995");
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_Identity"), "Intel(r) AMT:$$OsAdmin");
    bench_has(BENCH_PULL(bench, SPACE_CIM "CIM_Role"), "Intel(r) AMT:$$OsAdmin");
    bench_has(BENCH_PULL(bench, SPACE_AMT "AMT_CRL"), "<g:Items></g:Items>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(calls_of_the_explorer_are_answered),
        BENCH_TEST(no_class_ends_a_list),
        BENCH_TEST(what_a_browser_sees_has_an_instance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
