/* What recorded answers of real devices say for the inventory. Tests that need the recordings are
 * skipped where they are absent (OUTBAND_GOLDEN names their folder). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mps/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_INSTANCES 8

/* The sections as JSON; NULL for none. Owned by the caller. */
static char *sections_of(const struct wsman_class *class, const char *text, bool whole)
{
    struct arena arena;
    struct error err;
    arena_init(&arena);
    const struct wsman_xml *root = wsman_xml_parse(&arena, slice_of_string(text), &err);
    if (root == NULL) {
        print_error("%s\n", err.text);
        arena_fini(&arena);
        return NULL;
    }
    const struct wsman_xml *body = wsman_xml_child(root, "Body");
    const struct wsman_xml *items = wsman_xml_child(wsman_xml_child(body, "PullResponse"), "Items");
    const struct wsman_xml *instances[MOST_INSTANCES];
    size_t count = 0;
    for (const struct wsman_xml *at = (items == NULL ? root : items)->first; at != NULL;
         at = at->next)
        if (count < MOST_INSTANCES)
            instances[count++] = at;
    json_t *sections = mps_inventory_sections(class, instances, count, whole);
    char *json = sections == NULL ? NULL : json_dumps(sections, JSON_COMPACT);
    json_decref(sections);
    arena_fini(&arena);
    return json;
}

static void expect(const struct wsman_class *class, const char *text, bool whole,
                   const char *wanted)
{
    char *json = sections_of(class, text, whole);
    if (wanted == NULL)
        assert_null(json);
    else
        assert_string_equal(json, wanted);
    free(json);
}

static void expect_recorded(const struct wsman_class *class, const char *name, const char *wanted)
{
    static char text[64 * 1024];
    char path[512];
    const char *folder = getenv("OUTBAND_GOLDEN");
    (void)snprintf(path, sizeof path, "%s/wsman/%s", folder == NULL ? GOLDEN_FOLDER : folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        skip();
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    expect(class, text, true, wanted);
}

static void the_machine_is_in_its_chassis_and_package(void **state)
{
    (void)state;
    expect_recorded(&wsman_CIM_Chassis, "cim/chassis/pull.xml",
                    "{\"system\":{\"manufacturer\":\"Intel(R) Client Systems\","
                    "\"model\":\"NUC9V7QNX\",\"serialNumber\":\"JRQN0243007J\","
                    "\"version\":\"K47174-402\"}}");
    expect_recorded(&wsman_CIM_ComputerSystemPackage, "cim/computer/systempackage/pull.xml",
                    "{\"system\":{\"uuid\":\"55e3ae13-bfd2-61bb-17a0-88aedd7037ea\"}}");
}

static void the_parts_are_counted_and_added_up(void **state)
{
    (void)state;
    expect_recorded(&wsman_CIM_BIOSElement, "cim/bios/element/pull.xml",
                    "{\"bios\":{\"vendor\":\"Intel Corp.\","
                    "\"version\":\"QNCFLX70.0054.2020.0810.2227\","
                    "\"releaseDate\":\"2020-08-10T00:00:00Z\"}}");
    expect_recorded(&wsman_CIM_Chip, "cim/chip/pull.xml",
                    "{\"processor\":{\"model\":\"Intel(R) Core(TM) i7-9850H CPU @ 2.60GHz\"}}");
    expect_recorded(&wsman_CIM_Processor, "cim/physical/processor/pull.xml",
                    "{\"processor\":{\"maxClockMHz\":8300,\"count\":1}}");
    expect_recorded(&wsman_CIM_PhysicalMemory, "cim/physical/memory/pull.xml",
                    "{\"memory\":{\"totalMB\":32768,\"modules\":["
                    "{\"bank\":\"BANK 0\",\"sizeMB\":16384,\"speedMHz\":2400,"
                    "\"manufacturer\":\"859B\",\"partNumber\":\"CT16G4SFD824A.M16FE\","
                    "\"serialNumber\":\"E0E8D670\"},"
                    "{\"bank\":\"BANK 2\",\"sizeMB\":16384,\"speedMHz\":2400,"
                    "\"manufacturer\":\"859B\",\"partNumber\":\"CT16G4SFD824A.M16FE\","
                    "\"serialNumber\":\"E0E8D070\"}]}}");
    expect_recorded(&wsman_CIM_MediaAccessDevice, "cim/mediaaccess/pull.xml",
                    "{\"storage\":{\"disks\":[{\"id\":\"MEDIA DEV 0\",\"sizeMB\":960197},"
                    "{\"id\":\"MEDIA DEV 1\",\"sizeMB\":500107}]}}");
}

static void switches_are_as_clients_name_them(void **state)
{
    (void)state;
    expect_recorded(&wsman_AMT_RedirectionService, "amt/redirectionservice/pull.xml",
                    "{\"features\":{\"redirection\":true,\"ider\":true,\"sol\":true}}");
    expect_recorded(&wsman_CIM_KVMRedirectionSAP, "cim/kvm/pull.xml",
                    "{\"features\":{\"kvm\":true}}");
    expect_recorded(&wsman_IPS_OptInService, "ips/optin/pull.xml",
                    "{\"features\":{\"userConsent\":\"none\"}}");
    expect_recorded(&wsman_AMT_TLSSettingData, "amt/tls/settingdata/pull.xml",
                    "{\"features\":{\"tls\":false}}");
}

static void ports_have_addresses(void **state)
{
    (void)state;
    expect_recorded(&wsman_AMT_EthernetPortSettings, "amt/ethernetport/pull.xml",
                    "{\"wired\":{\"mac\":\"00-be-43-d8-22-a4\",\"linkUp\":true,\"dhcp\":true},"
                    "\"wireless\":{\"mac\":\"00-00-00-00-00-00\",\"linkUp\":false,"
                    "\"dhcp\":true}}");
    expect(&wsman_AMT_EthernetPortSettings,
           "<l><AMT_EthernetPortSettings><InstanceID>Intel(r) AMT Ethernet Port Settings 1"
           "</InstanceID><IPAddress>10.0.0.2</IPAddress></AMT_EthernetPortSettings>"
           "<AMT_EthernetPortSettings><InstanceID>Intel(r) AMT Ethernet Port Settings 0"
           "</InstanceID><IPAddress>10.0.0.1</IPAddress></AMT_EthernetPortSettings></l>",
           true,
           "{\"wireless\":{\"ip\":\"10.0.0.2\"},\"deviceInfo\":{\"ipAddress\":\"10.0.0.1\"},"
           "\"wired\":{\"ip\":\"10.0.0.1\"}}");
}

static void the_firmware_is_told_by_its_identities(void **state)
{
    (void)state;
    expect(&wsman_CIM_SoftwareIdentity,
           "<l><CIM_SoftwareIdentity><InstanceID>AMT</InstanceID><VersionString>16.1.25"
           "</VersionString></CIM_SoftwareIdentity><CIM_SoftwareIdentity><InstanceID>Build Number"
           "</InstanceID><VersionString>2124</VersionString></CIM_SoftwareIdentity>"
           "<CIM_SoftwareIdentity><InstanceID>Sku</InstanceID><VersionString>16392"
           "</VersionString></CIM_SoftwareIdentity><CIM_SoftwareIdentity><InstanceID>Flash"
           "</InstanceID><VersionString>1</VersionString></CIM_SoftwareIdentity></l>",
           true,
           "{\"firmware\":{\"version\":\"16.1.25\",\"build\":\"2124\",\"sku\":\"16392\","
           "\"features\":\"AMT Pro Corporate\"},"
           "\"deviceInfo\":{\"fwVersion\":\"16.1.25\",\"fwBuild\":\"2124\",\"fwSku\":\"16392\","
           "\"features\":\"AMT Pro Corporate\"}}");
}

static const char *setup_of(unsigned mode, unsigned provisioning_state)
{
    static char text[256];
    (void)snprintf(text, sizeof text,
                   "<l><AMT_SetupAndConfigurationService><ProvisioningMode>%u</ProvisioningMode>"
                   "<ProvisioningState>%u</ProvisioningState>"
                   "</AMT_SetupAndConfigurationService></l>",
                   mode, provisioning_state);
    return text;
}

static void the_control_mode_needs_a_device_that_is_set_up(void **state)
{
    (void)state;
    static const struct {
        unsigned mode, state;
        const char *wanted;
    } cases[] = {
        {1, 2, "\"controlMode\":\"acm\""},  {4, 2, "\"controlMode\":\"ccm\""},
        {1, 0, "\"controlMode\":\"none\""}, {1, 1, "\"controlMode\":\"none\""},
        {4, 0, "\"controlMode\":\"none\""}, {0, 2, "\"controlMode\":\"none\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *json = sections_of(&wsman_AMT_SetupAndConfigurationService,
                                 setup_of(cases[i].mode, cases[i].state), false);
        assert_non_null(strstr(json, cases[i].wanted));
        free(json);
    }
}

static void the_power_state_comes_with_an_association(void **state)
{
    (void)state;
    expect(&wsman_CIM_ServiceAvailableToElement,
           "<l><CIM_Other/><CIM_AssociatedPowerManagementService><PowerState>2</PowerState>"
           "</CIM_AssociatedPowerManagementService></l>",
           true, "{\"power\":{\"state\":2}}");
}

static void nonsense_says_nothing(void **state)
{
    (void)state;
    expect(&wsman_CIM_ServiceAvailableToElement,
           "<l><CIM_AssociatedPowerManagementService><PowerState>on</PowerState>"
           "</CIM_AssociatedPowerManagementService></l>",
           true, NULL);
    expect(&wsman_CIM_ComputerSystemPackage,
           "<l><CIM_ComputerSystemPackage><PlatformGUID>13AEE355D2BFBB6117A088AEDD7037EZ"
           "</PlatformGUID></CIM_ComputerSystemPackage></l>",
           false, NULL);
    expect(&wsman_IPS_OptInService,
           "<l><IPS_OptInService><OptInRequired>7</OptInRequired></IPS_OptInService></l>", false,
           NULL);
    expect(&wsman_AMT_AlarmClockService, "<l><AMT_AlarmClockService/></l>", false, NULL);
    expect(&wsman_CIM_Chassis, "<l><CIM_Card/></l>", false, NULL);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[512] = "<l><CIM_Chassis><Model>x";
    for (unsigned i = 0; i < 100; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "\xc3\xa9");
    (void)snprintf(text + strlen(text), sizeof text - strlen(text), "</Model></CIM_Chassis></l>");
    char *json = sections_of(&wsman_CIM_Chassis, text, false);
    assert_int_equal(strlen(json), strlen("{\"system\":{\"model\":\"\"}}") + 127);
    free(json);
}

static void one_module_says_nothing_about_all(void **state)
{
    (void)state;
    expect(&wsman_CIM_PhysicalMemory,
           "<l><CIM_PhysicalMemory><Capacity>1048576</Capacity></CIM_PhysicalMemory></l>", false,
           NULL);
    expect(&wsman_CIM_MediaAccessDevice, "<l/>", true, "{\"storage\":{\"disks\":[]}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_is_in_its_chassis_and_package),
        cmocka_unit_test(the_parts_are_counted_and_added_up),
        cmocka_unit_test(switches_are_as_clients_name_them),
        cmocka_unit_test(ports_have_addresses),
        cmocka_unit_test(the_firmware_is_told_by_its_identities),
        cmocka_unit_test(the_control_mode_needs_a_device_that_is_set_up),
        cmocka_unit_test(the_power_state_comes_with_an_association),
        cmocka_unit_test(nonsense_says_nothing),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(one_module_says_nothing_about_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
