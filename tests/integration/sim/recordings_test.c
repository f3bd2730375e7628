/*
 * The simulator's answers against recordings of real devices, namespace by namespace and property
 * by property. Only recordings that are untouched firmware output are named here, each for the
 * personality whose machine (or kind of machine) it comes from. Skipped where they are absent.
 */
#include "core/memory.h"
#include "golden.h"
#include "sim/object.h"
#include "sim/wsman_server.h"
#include "wsman/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

struct recording {
    const char *file;
    const char *class; /* asked for */
    const struct sim_personality *personality;
    size_t instances; /* of a pull: how many of the recording's are ours too; 0: all */
    /* How that machine was configured: "Name=value" lines for the first instance of the class, or
     * for a new one. A name alone is absent, a repeated one is an array. */
    const char *setting;
};

/* The one laptop among the recorded machines. */
#define BATTERY                                                                           \
    "BatteryStatus=2\nChargingStatus=0\nChemistry=2\nCreationClassName=CIM_"              \
    "Battery\nDesignCapacity=5601\nDesignVoltage=11550\nDeviceID=CC03056XL\nElementName=" \
    "\nEnabledState=2\nEstimatedChargeRemaining=0\nFullChargeCapacity=0\nHealthState="    \
    "0\nRequestedState=2\nSystemCreationClassName=CIM_ComputerSystem\nSystemName=ManagedSystem"

/* All of it agrees with the personality as it is. */
#define SAME(file, class, personality)                        \
    {                                                         \
        file, #class, &sim_personality_##personality, 0, NULL \
    }

static const struct recording recordings[] = {
    SAME("cim/software/identity/pull.xml", CIM_SoftwareIdentity, 12),
    SAME("cim/bios/element/get.xml", CIM_BIOSElement, 12),
    SAME("cim/bios/element/pull.xml", CIM_BIOSElement, 12),
    SAME("cim/card/get.xml", CIM_Card, 12),
    SAME("cim/card/pull.xml", CIM_Card, 12),
    SAME("cim/chassis/get.xml", CIM_Chassis, 12),
    SAME("cim/chassis/pull.xml", CIM_Chassis, 12),
    SAME("cim/chip/get.xml", CIM_Chip, 12),
    SAME("cim/chip/pull.xml", CIM_Chip, 12),
    SAME("cim/physical/processor/get.xml", CIM_Processor, 12),
    SAME("cim/physical/processor/pull.xml", CIM_Processor, 12),
    SAME("cim/physical/memory/pull.xml", CIM_PhysicalMemory, 12),
    SAME("cim/mediaaccess/pull.xml", CIM_MediaAccessDevice, 12),
    SAME("cim/power/managementservice/get.xml", CIM_PowerManagementService, 12),
    SAME("cim/power/managementservice/pull.xml", CIM_PowerManagementService, 12),
    SAME("cim/service/availabletoelement/pull.xml", CIM_ServiceAvailableToElement, 12),
    SAME("cim/associatedpower/managementservice/get.xml", CIM_AssociatedPowerManagementService, 16),
    SAME("cim/associatedpower/managementservice/pull.xml", CIM_AssociatedPowerManagementService,
         16),
    SAME("cim/computer/systempackage/get.xml", CIM_ComputerSystemPackage, 16),
    SAME("cim/computer/systempackage/pull.xml", CIM_ComputerSystemPackage, 16),
    SAME("cim/system/packaging/pull.xml", CIM_SystemPackaging, 16),
    SAME("cim/power/capabilities/get.xml", CIM_PowerManagementCapabilities, 16),
    SAME("cim/power/capabilities/pull.xml", CIM_PowerManagementCapabilities, 16),
    SAME("amt/boot/capabilities/get.xml", AMT_BootCapabilities, 12),
    SAME("amt/boot/capabilities/pull.xml", AMT_BootCapabilities, 12),
    SAME("amt/boot/settingdata/get.xml", AMT_BootSettingData, 16),
    SAME("amt/boot/settingdata/pull.xml", AMT_BootSettingData, 16),
    SAME("amt/general/pull.xml", AMT_GeneralSettings, 16),
    SAME("amt/setupandconfiguration/get.xml", AMT_SetupAndConfigurationService, 16),
    SAME("amt/setupandconfiguration/pull.xml", AMT_SetupAndConfigurationService, 16),
    SAME("amt/redirectionservice/get.xml", AMT_RedirectionService, 16),
    SAME("amt/redirectionservice/pull.xml", AMT_RedirectionService, 16),
    SAME("amt/ethernetport/pull.xml", AMT_EthernetPortSettings, 16),
    SAME("cim/kvm/pull.xml", CIM_KVMRedirectionSAP, 16),
    SAME("ips/optin/get.xml", IPS_OptInService, 16),
    SAME("ips/optin/pull.xml", IPS_OptInService, 16),
    SAME("amt/alarmclock/get.xml", AMT_AlarmClockService, 16),
    SAME("amt/alarmclock/pull.xml", AMT_AlarmClockService, 16),
    SAME("amt/asset/get.xml", AMT_AssetTableService, 16),
    SAME("amt/asset/pull.xml", AMT_AssetTableService, 16),
    SAME("amt/auditlog/get.xml", AMT_AuditLog, 16),
    SAME("amt/auditlog/pull.xml", AMT_AuditLog, 16),
    SAME("amt/authorization/get.xml", AMT_AuthorizationService, 16),
    SAME("amt/authorization/pull.xml", AMT_AuthorizationService, 16),
    SAME("amt/cryptographiccapabilities/get.xml", AMT_CryptographicCapabilities, 16),
    SAME("amt/cryptographiccapabilities/pull.xml", AMT_CryptographicCapabilities, 16),
    {"amt/environmentdetection/get.xml", "AMT_EnvironmentDetectionSettingData", &sim_personality_16,
     0, "DetectionStrings=b332bb28-ef3a-43b0-b998-342285ac1e26.com\nDetectionStrings=test.com"},
    SAME("amt/environmentdetection/pull.xml", AMT_EnvironmentDetectionSettingData, 16),
    {"amt/ethernetport/get.xml", "AMT_EthernetPortSettings", &sim_personality_16, 0,
     "DefaultGateway=192.168.0.1\nPrimaryDNS=68.105.28.11\nSecondaryDNS=68.105.29.11"},
    SAME("amt/ieee8021x/credentialcontext/pull.xml", AMT_8021xCredentialContext, 12),
    SAME("amt/ieee8021x/profile/get.xml", AMT_8021XProfile, 12),
    SAME("amt/ieee8021x/profile/pull.xml", AMT_8021XProfile, 12),
    SAME("amt/kerberos/get.xml", AMT_KerberosSettingData, 16),
    SAME("amt/kerberos/pull.xml", AMT_KerberosSettingData, 16),
    {"amt/managementpresence/get.xml", "AMT_ManagementPresenceRemoteSAP", &sim_personality_16, 0,
     "AccessInfo=192.168.0.208\nCN=192.168.0.208"},
    SAME("amt/managementpresence/pull.xml", AMT_ManagementPresenceRemoteSAP, 16),
    SAME("amt/messagelog/get.xml", AMT_MessageLog, 16),
    SAME("amt/messagelog/pull.xml", AMT_MessageLog, 16),
    SAME("amt/mps/get.xml", AMT_MPSUsernamePassword, 16),
    SAME("amt/mps/pull.xml", AMT_MPSUsernamePassword, 16),
    SAME("amt/publickey/certificate/get.xml", AMT_PublicKeyCertificate, 16),
    SAME("amt/publickey/certificate/pull.xml", AMT_PublicKeyCertificate, 16),
    SAME("amt/publickey/management/get.xml", AMT_PublicKeyManagementService, 16),
    SAME("amt/publickey/management/pull.xml", AMT_PublicKeyManagementService, 16),
    SAME("amt/publicprivate/get.xml", AMT_PublicPrivateKeyPair, 16),
    SAME("amt/publicprivate/pull.xml", AMT_PublicPrivateKeyPair, 16),
    SAME("amt/remoteaccess/capabilities/get.xml", AMT_RemoteAccessCapabilities, 16),
    SAME("amt/remoteaccess/capabilities/pull.xml", AMT_RemoteAccessCapabilities, 16),
    {"amt/remoteaccess/policyappliestomps/get.xml", "AMT_RemoteAccessPolicyAppliesToMPS",
     &sim_personality_16, 0, "MpsType=2"},
    SAME("amt/remoteaccess/policyappliestomps/pull.xml", AMT_RemoteAccessPolicyAppliesToMPS, 16),
    SAME("amt/remoteaccess/policyrule/get.xml", AMT_RemoteAccessPolicyRule, 16),
    SAME("amt/remoteaccess/policyrule/pull.xml", AMT_RemoteAccessPolicyRule, 16),
    SAME("amt/remoteaccess/service/get.xml", AMT_RemoteAccessService, 16),
    SAME("amt/remoteaccess/service/pull.xml", AMT_RemoteAccessService, 16),
    SAME("amt/systempowerscheme/get.xml", AMT_SystemPowerScheme, 16),
    SAME("amt/systempowerscheme/pull.xml", AMT_SystemPowerScheme, 16),
    SAME("amt/timesynchronization/get.xml", AMT_TimeSynchronizationService, 16),
    SAME("amt/timesynchronization/pull.xml", AMT_TimeSynchronizationService, 16),
    {"amt/tls/credentialcontext/pull.xml", "AMT_TLSCredentialContext", &sim_personality_16, 0,
     "ElementInContext=AMT_PublicKeyCertificate?InstanceID=Intel(r) AMT Certificate: Handle: "
     "3\nElementProvidingContext=AMT_TLSProtocolEndpointCollection?ElementName=TLSProtocolEndpoint "
     "Instances Collection"},
    SAME("amt/tls/protocolendpointcollection/get.xml", AMT_TLSProtocolEndpointCollection, 16),
    SAME("amt/tls/protocolendpointcollection/pull.xml", AMT_TLSProtocolEndpointCollection, 16),
    SAME("amt/tls/settingdata/get.xml", AMT_TLSSettingData, 16),
    SAME("amt/tls/settingdata/pull.xml", AMT_TLSSettingData, 16),
    {"amt/userinitiatedconnection/get.xml", "AMT_UserInitiatedConnectionService",
     &sim_personality_16, 0, "LastConnectionReason"},
    SAME("amt/userinitiatedconnection/pull.xml", AMT_UserInitiatedConnectionService, 16),
    SAME("amt/wifiportconfiguration/get.xml", AMT_WiFiPortConfigurationService, 16),
    SAME("amt/wifiportconfiguration/pull.xml", AMT_WiFiPortConfigurationService, 16),
    {"cim/battery/get.xml", "CIM_Battery", &sim_personality_16, 0, BATTERY},
    {"cim/battery/pull.xml", "CIM_Battery", &sim_personality_16, 0, BATTERY},
    SAME("cim/bios/feature/get.xml", CIM_BIOSFeature, 16),
    SAME("cim/bios/feature/pull.xml", CIM_BIOSFeature, 16),
    SAME("cim/concrete/dependency/pull.xml", CIM_ConcreteDependency, 16),
    SAME("cim/credential/context/pull.xml", CIM_CredentialContext, 16),
    SAME("cim/ethernetport/get.xml", CIM_EthernetPort, 16),
    SAME("cim/ethernetport/pull.xml", CIM_EthernetPort, 16),
    SAME("cim/fan/get.xml", CIM_Fan, 16),
    SAME("cim/fan/pull.xml", CIM_Fan, 16),
    SAME("cim/ieee8021x/settings/pull.xml", CIM_IEEE8021xSettings, 16),
    {"cim/kvm/get.xml", "CIM_KVMRedirectionSAP", &sim_personality_16, 0, "RequestedState=2"},
    SAME("cim/redirectionservice/get.xml", CIM_RedirectionService, 16),
    SAME("cim/redirectionservice/pull.xml", CIM_RedirectionService, 16),
    SAME("cim/sensor/get.xml", CIM_Sensor, 16),
    SAME("cim/sensor/pull.xml", CIM_Sensor, 16),
    {"cim/software/identity/get.xml", "CIM_SoftwareIdentity", &sim_personality_12, 0,
     "InstanceID=AMTApps"},
    SAME("cim/wifi/port/get.xml", CIM_WiFiPort, 16),
    SAME("cim/wifi/port/pull.xml", CIM_WiFiPort, 16),
    SAME("ips/hostbasedsetup/get.xml", IPS_HostBasedSetupService, 16),
    SAME("ips/hostbasedsetup/pull.xml", IPS_HostBasedSetupService, 16),
    SAME("ips/ieee8021x/settings/get.xml", IPS_IEEE8021xSettings, 16),
    SAME("ips/ieee8021x/settings/pull.xml", IPS_IEEE8021xSettings, 16),
    SAME("ips/kvmredirection/settings/get.xml", IPS_KVMRedirectionSettingData, 12),
    SAME("ips/kvmredirection/settings/pull.xml", IPS_KVMRedirectionSettingData, 12),
    SAME("ips/provisioningrecordlog/get.xml", IPS_ProvisioningRecordLog, 16),
    SAME("ips/provisioningrecordlog/pull.xml", IPS_ProvisioningRecordLog, 16),
    SAME("ips/secio/service/get.xml", IPS_SecIOService, 16),
    SAME("ips/secio/service/pull.xml", IPS_SecIOService, 16),
};

/* What differs from machine to machine. */
static const char *const personal[] = {"SerialNumber",       "PlatformGUID",
                                       "DigestRealm",        "MACAddress",
                                       "HostName",           "CurrentNumberOfRecords",
                                       "PercentageNearFull", "PercentageFree",
                                       "TimeOfLastRecord",   NULL};

static unsigned differences;

#define DIFFER(...)               \
    do {                          \
        print_error(__VA_ARGS__); \
        print_error("\n");        \
        differences++;            \
    } while (false)

struct bench {
    struct sim_device device;
    struct arena arena;
};

static struct slice ask(struct bench *bench, const char *action, const char *class,
                        const char *body)
{
    struct buffer answer;
    const struct wsman_class *found = wsman_class_find(slice_of_string(class));
    assert_non_null(found);
    const char *request =
        arena_printf(&bench->arena,
                     "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" "
                     "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
                     "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><e:Header>"
                     "<a:Action>%s</a:Action><w:ResourceURI>%s%s</w:ResourceURI>"
                     "<a:MessageID>1</a:MessageID></e:Header><e:Body>%s</e:Body></e:Envelope>",
                     action, wsman_class_base(found), class, body);
    buffer_init(&answer, 1024 * 1024);
    int status = sim_wsman_answer(&bench->device, slice_of_string(request), 0, &answer);
    if (status != 200)
        DIFFER("%s: %s is answered with %d", class, action, status);
    struct slice text = arena_copy(&bench->arena, buffer_slice(&answer));
    buffer_fini(&answer);
    return text;
}

static struct slice answer_to(struct bench *bench, const struct recording *recording)
{
    if (strstr(recording->file, "pull") == NULL)
        return ask(bench, TRANSFER "/Get", recording->class, "");
    (void)ask(bench, ENUMERATION "/Enumerate", recording->class,
              "<Enumerate xmlns=\"" ENUMERATION "\"/>");
    return ask(bench, ENUMERATION "/Pull", recording->class,
               "<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>"
               "01000000-0000-0000-0000-000000000000</EnumerationContext>"
               "<MaxElements>999</MaxElements></Pull>");
}

struct space {
    struct slice prefix;
    struct slice uri;
};

/* The next xmlns:prefix="uri" of the text; empty when there is none. */
static struct space next_space(struct slice *text)
{
    struct space space = {0};
    while (text->size > 6 && memcmp(text->data, "xmlns:", 6) != 0)
        *text = slice_from(*text, 1);
    if (text->size > 6) {
        *text = slice_from(*text, 6);
        space.prefix = slice_trim(slice_split(text, '='));
        (void)slice_split(text, '"');
        space.uri = slice_split(text, '"');
    }
    return space;
}

/* The same prefixes for the same namespaces in the same order. */
static void compare_spaces(const char *file, struct slice ours, struct slice theirs)
{
    for (;;) {
        struct space a = next_space(&ours);
        struct space b = next_space(&theirs);
        if (!slice_equal(a.prefix, b.prefix) || !slice_equal(a.uri, b.uri))
            DIFFER("%s: we declare %.*s as %.*s, the device %.*s as %.*s", file,
                   SLICE_ARG(a.prefix), SLICE_ARG(a.uri), SLICE_ARG(b.prefix), SLICE_ARG(b.uri));
        if (a.prefix.size == 0 || b.prefix.size == 0)
            return;
    }
}

static bool is_personal(struct slice name)
{
    for (size_t i = 0; personal[i] != NULL; i++) {
        if (slice_equal_string(name, personal[i]))
            return true;
    }
    return false;
}

static void compare_nodes(const char *file, const struct wsman_xml *ours,
                          const struct wsman_xml *theirs)
{
    if (!slice_equal(ours->name, theirs->name) || !slice_equal(ours->space, theirs->space))
        DIFFER("%s: we have %.*s where the device has %.*s", file, SLICE_ARG(ours->name),
               SLICE_ARG(theirs->name));
    if (is_personal(ours->name) || slice_equal_string(ours->name, "EnumerationContext"))
        return;
    if (ours->first == NULL && theirs->first == NULL &&
        !slice_equal(slice_trim(ours->text), slice_trim(theirs->text)))
        DIFFER("%s: our %.*s is \"%.*s\", the device's \"%.*s\"", file, SLICE_ARG(ours->name),
               SLICE_ARG(slice_trim(ours->text)), SLICE_ARG(slice_trim(theirs->text)));
    const struct wsman_xml *a = ours->first;
    const struct wsman_xml *b = theirs->first;
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        compare_nodes(file, a, b);
    if (a != NULL || b != NULL)
        DIFFER("%s: %s %.*s in %.*s", file, a != NULL ? "the device has no" : "we lack",
               SLICE_ARG(a != NULL ? a->name : b->name), SLICE_ARG(ours->name));
}

/* Drops the recording's instances past the ones that we have. */
static void keep_instances(struct wsman_xml *body, size_t count)
{
    const struct wsman_xml *items = wsman_xml_child(wsman_xml_child(body, "PullResponse"), "Items");
    struct wsman_xml *at = items == NULL ? NULL : items->first;
    while (at != NULL && --count > 0)
        at = at->next;
    if (at != NULL)
        at->next = NULL;
}

static void configure(struct bench *bench, const struct recording *recording)
{
    const struct wsman_class *class = wsman_class_find(slice_of_string(recording->class));
    struct sim_walk walk = {.device = &bench->device};
    struct slice rest = slice_of_string(recording->setting);
    struct slice before = {0};
    const struct sim_personality_instance *instance = sim_walk_next_of(&walk, recording->class);
    if (instance == NULL)
        instance = sim_object_add(&bench->device, class);
    while (rest.size > 0) {
        struct slice value = slice_split(&rest, '\n');
        bool absent = memchr(value.data, '=', value.size) == NULL;
        struct slice name = slice_split(&value, '=');
        const struct wsman_property *property = wsman_property_find(class, name);
        assert_non_null(property);
        if (absent)
            sim_device_hide(&bench->device, instance, property);
        else if (!slice_equal(name, before))
            sim_device_forget(&bench->device, instance, property);
        if (!absent)
            sim_device_store(&bench->device, instance, property, value);
        before = name;
    }
}

static void compare(struct bench *bench, const struct recording *recording, struct slice theirs)
{
    struct guid guid;
    assert_true(guid_parse(slice_of_string("51a70000-0000-4000-8000-000000000000"), &guid));
    sim_device_init(&bench->device, recording->personality, &guid, 0);
    if (recording->setting != NULL)
        configure(bench, recording);
    struct slice ours = answer_to(bench, recording);
    sim_device_fini(&bench->device);
    compare_spaces(recording->file, ours, theirs);
    struct wsman_xml *our_root = wsman_xml_parse(&bench->arena, ours, NULL);
    struct wsman_xml *their_root = wsman_xml_parse(&bench->arena, theirs, NULL);
    assert_non_null(our_root);
    assert_non_null(their_root);
    const struct wsman_xml *our_body = wsman_xml_child(our_root, "Body");
    const struct wsman_xml *their_body = wsman_xml_child(their_root, "Body");
    assert_non_null(our_body);
    assert_non_null(their_body);
    if (recording->instances > 0)
        keep_instances((struct wsman_xml *)their_body, recording->instances);
    compare_nodes(recording->file, our_body, their_body);
    const struct wsman_xml *our_header = wsman_xml_child(our_root, "Header");
    const struct wsman_xml *their_header = wsman_xml_child(their_root, "Header");
    assert_true(slice_equal(wsman_xml_child_text(our_header, "Action"),
                            wsman_xml_child_text(their_header, "Action")));
    assert_true(slice_equal(wsman_xml_child_text(our_header, "ResourceURI"),
                            wsman_xml_child_text(their_header, "ResourceURI")));
}

static void answers_agree_with_the_recordings(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
        struct bench bench;
        arena_init(&bench.arena);
        struct slice theirs = golden_read(&bench.arena, recordings[i].file);
        if (theirs.size > 0) {
            compare(&bench, &recordings[i], theirs);
            compared++;
        }
        arena_fini(&bench.arena);
    }
    assert_int_equal(differences, 0);
    GOLDEN_COMPARED(compared, recordings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_with_the_recordings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
