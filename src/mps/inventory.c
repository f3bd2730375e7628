#include "mps/inventory.h"

#include "core/clock.h"
#include "store/inventory.h"

#include <stdio.h>
#include <string.h>

#define TEXT_LIMIT  128 /* bytes of one fact */
#define LIST_LIMIT  64  /* modules, disks */
#define ALL_CONSENT UINT64_C(4294967295)

/* ---- facts ---- */

static json_t *section_of(json_t *sections, const char *name)
{
    json_t *section = json_object_get(sections, name);
    if (section == NULL) {
        section = json_object();
        json_object_set_new(sections, name, section);
    }
    return section;
}

/* An empty text is kept: it is what the device says. An element that is missing says nothing. */
static void put_text(json_t *object, const char *key, const struct wsman_xml *instance,
                     const char *property)
{
    if (wsman_xml_child(instance, property) == NULL)
        return;
    struct slice text =
        slice_first_text(slice_trim(wsman_xml_child_text(instance, property)), TEXT_LIMIT);
    json_object_set_new(object, key, json_stringn((const char *)text.data, text.size));
}

static bool read_number(const struct wsman_xml *instance, const char *property, uint64_t *value)
{
    return slice_to_u64(wsman_xml_child_text(instance, property), INT64_MAX, value);
}

static void put_number(json_t *object, const char *key, const struct wsman_xml *instance,
                       const char *property)
{
    uint64_t value;
    if (read_number(instance, property, &value))
        json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void put_flag(json_t *object, const char *key, const struct wsman_xml *instance,
                     const char *property)
{
    if (wsman_xml_child(instance, property) != NULL)
        json_object_set_new(object, key, json_boolean(wsman_xml_child_is_true(instance, property)));
}

static void put_bool(json_t *object, const char *key, bool value)
{
    json_object_set_new(object, key, json_boolean(value));
}

/* What all instances of one class say. */
struct lesson {
    const struct wsman_xml *const *instances;
    size_t count;
    bool whole;
    json_t *sections;
};

/* The instances that are of the class that was asked for, or of another that goes with it: an
 * enumeration also brings related classes. */
static const struct wsman_xml *next(const struct lesson *lesson, const char *name, size_t *place)
{
    while (*place < lesson->count) {
        const struct wsman_xml *instance = lesson->instances[(*place)++];
        if (slice_equal_string(instance->name, name))
            return instance;
    }
    return NULL;
}

/* ---- firmware and its set-up ---- */

/* By the bits of the SKU (spec rpc 1.5); names of old firmware alone are left out. */
static void put_features(json_t *firmware, json_t *info, uint64_t sku)
{
    static const struct {
        uint64_t bit;
        const char *name;
    } names[] = {
        {0x08, "AMT Pro"},
        {0x10, "Intel Standard Manageability"},
        {0x2000, "AT-p"},
        {0x4000, "Corporate"},
    };
    char text[TEXT_LIMIT] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((sku & names[i].bit) != 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used == 0 ? "" : " ",
                                     names[i].name);
    json_object_set_new(firmware, "features", json_string(text));
    json_object_set_new(info, "features", json_string(text));
}

static void learn_software(const struct lesson *lesson)
{
    static const struct {
        const char *id, *fact, *info;
    } facts[] = {
        {"AMT", "version", "fwVersion"},
        {"Build Number", "build", "fwBuild"},
        {"Sku", "sku", "fwSku"},
    };
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "CIM_SoftwareIdentity", &place)) != NULL) {
        struct slice id = wsman_xml_child_text(instance, "InstanceID");
        for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
            if (!slice_equal_string(id, facts[i].id))
                continue;
            json_t *firmware = section_of(lesson->sections, "firmware");
            json_t *info = section_of(lesson->sections, "deviceInfo");
            put_text(firmware, facts[i].fact, instance, "VersionString");
            put_text(info, facts[i].info, instance, "VersionString");
            uint64_t sku;
            if (strcmp(facts[i].id, "Sku") == 0 && read_number(instance, "VersionString", &sku))
                put_features(firmware, info, sku);
        }
    }
}

/* ProvisioningState 2: set up; ProvisioningMode 1: by an administrator, 4: by the host alone (spec
 * mps 1.9). The second name is what the toolkit's agent reports (spec rpc 1.5). */
static void learn_setup(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "AMT_SetupAndConfigurationService", &place);
    uint64_t mode;
    uint64_t state;
    if (instance == NULL || !read_number(instance, "ProvisioningMode", &mode) ||
        !read_number(instance, "ProvisioningState", &state))
        return;
    const char *name = "none";
    const char *long_name = "not activated";
    if (state == 2 && mode == 1) {
        name = "acm";
        long_name = "admin control mode";
    } else if (state == 2 && mode == 4) {
        name = "ccm";
        long_name = "client control mode";
    }
    json_t *setup = section_of(lesson->sections, "setup");
    json_object_set_new(setup, "controlMode", json_string(name));
    put_number(setup, "provisioningMode", instance, "ProvisioningMode");
    put_number(setup, "provisioningState", instance, "ProvisioningState");
    json_object_set_new(section_of(lesson->sections, "deviceInfo"), "currentMode",
                        json_string(long_name));
}

static void learn_general(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "AMT_GeneralSettings", &place);
    if (instance == NULL)
        return;
    json_t *general = section_of(lesson->sections, "general");
    put_text(general, "hostName", instance, "HostName");
    put_text(general, "domainName", instance, "DomainName");
}

/* ---- hardware ---- */

static void learn_chassis(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "CIM_Chassis", &place);
    if (instance == NULL)
        return;
    json_t *system = section_of(lesson->sections, "system");
    put_text(system, "manufacturer", instance, "Manufacturer");
    put_text(system, "model", instance, "Model");
    put_text(system, "serialNumber", instance, "SerialNumber");
    put_text(system, "version", instance, "Version");
}

static int digit_of(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* PlatformGUID is the SMBIOS UUID's bytes as they are there (spec device-protocols 1.1). */
static void learn_package(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "CIM_ComputerSystemPackage", &place);
    struct slice hex = wsman_xml_child_text(instance, "PlatformGUID");
    uint8_t raw[16];
    if (hex.size != 2 * sizeof raw)
        return;
    for (size_t i = 0; i < sizeof raw; i++) {
        int high = digit_of(hex.data[2 * i]);
        int low = digit_of(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return;
        raw[i] = (uint8_t)(high << 4 | low);
    }
    struct guid guid = guid_from_smbios(raw);
    char text[GUID_TEXT_SIZE];
    json_object_set_new(section_of(lesson->sections, "system"), "uuid",
                        json_string(guid_format(&guid, text)));
}

static void learn_bios(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "CIM_BIOSElement", &place);
    if (instance == NULL)
        return;
    json_t *bios = section_of(lesson->sections, "bios");
    put_text(bios, "vendor", instance, "Manufacturer");
    put_text(bios, "version", instance, "Version");
    const struct wsman_xml *date = wsman_xml_child(instance, "ReleaseDate");
    if (date == NULL) /* a CIM datetime in an element of its own, or plain */
        return;
    if (wsman_xml_child(date, "Datetime") != NULL)
        put_text(bios, "releaseDate", date, "Datetime");
    else
        put_text(bios, "releaseDate", instance, "ReleaseDate");
}

/* A processor is a chip whose Version is its name (device-classes, CIM_Chip). */
static void learn_chip(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "CIM_Chip", &place)) != NULL) {
        if (!slice_starts_with(wsman_xml_child_text(instance, "Tag"), SLICE_LITERAL("CPU")))
            continue;
        put_text(section_of(lesson->sections, "processor"), "model", instance, "Version");
        return;
    }
}

static void learn_processor(const struct lesson *lesson)
{
    size_t place = 0;
    json_int_t count = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "CIM_Processor", &place)) != NULL)
        if (count++ == 0)
            put_number(section_of(lesson->sections, "processor"), "maxClockMHz", instance,
                       "MaxClockSpeed");
    if (lesson->whole)
        json_object_set_new(section_of(lesson->sections, "processor"), "count",
                            json_integer(count));
}

static void learn_memory(const struct lesson *lesson)
{
    if (!lesson->whole) /* one module says nothing about the others */
        return;
    json_t *modules = json_array();
    uint64_t total = 0;
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "CIM_PhysicalMemory", &place)) != NULL) {
        uint64_t bytes = 0;
        (void)read_number(instance, "Capacity", &bytes);
        uint64_t size_mb = bytes / (1024 * 1024);
        total += size_mb;
        if (json_array_size(modules) >= LIST_LIMIT)
            continue;
        json_t *module = json_object();
        put_text(module, "bank", instance, "BankLabel");
        json_object_set_new(module, "sizeMB", json_integer((json_int_t)size_mb));
        put_number(module, "speedMHz", instance, "ConfiguredMemoryClockSpeed");
        put_text(module, "manufacturer", instance, "Manufacturer");
        put_text(module, "partNumber", instance, "PartNumber");
        put_text(module, "serialNumber", instance, "SerialNumber");
        json_array_append_new(modules, module);
    }
    json_t *memory = section_of(lesson->sections, "memory");
    if (total > INT64_MAX)
        total = INT64_MAX;
    json_object_set_new(memory, "totalMB", json_integer((json_int_t)total));
    json_object_set_new(memory, "modules", modules);
}

/* MaxMediaSize is in KB of 1,000 bytes (spec device-classes). */
static void learn_disks(const struct lesson *lesson)
{
    if (!lesson->whole)
        return;
    json_t *disks = json_array();
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "CIM_MediaAccessDevice", &place)) != NULL) {
        uint64_t size = 0;
        if (json_array_size(disks) >= LIST_LIMIT)
            break;
        json_t *disk = json_object();
        put_text(disk, "id", instance, "DeviceID");
        if (read_number(instance, "MaxMediaSize", &size))
            json_object_set_new(disk, "sizeMB", json_integer((json_int_t)(size / 1000)));
        json_array_append_new(disks, disk);
    }
    json_object_set_new(section_of(lesson->sections, "storage"), "disks", disks);
}

/* ---- network ---- */

/* Port 0 is the wired one, port 1 the wireless one; a port that is not there has no address. */
static void learn_ethernet(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "AMT_EthernetPortSettings", &place)) != NULL) {
        struct slice id = wsman_xml_child_text(instance, "InstanceID");
        bool wired = slice_equal_string(id, "Intel(r) AMT Ethernet Port Settings 0");
        if (!wired && !slice_equal_string(id, "Intel(r) AMT Ethernet Port Settings 1"))
            continue;
        json_t *port = section_of(lesson->sections, wired ? "wired" : "wireless");
        put_text(port, "mac", instance, "MACAddress");
        put_text(port, "ip", instance, "IPAddress");
        put_flag(port, "linkUp", instance, "LinkIsUp");
        put_flag(port, "dhcp", instance, "DHCPEnabled");
        struct slice ip = wsman_xml_child_text(instance, "IPAddress");
        if (ip.size == 0 || slice_equal_string(ip, "0.0.0.0"))
            continue;
        json_t *info = section_of(lesson->sections, "deviceInfo");
        if (wired || json_object_get(info, "ipAddress") == NULL)
            put_text(info, "ipAddress", instance, "IPAddress");
    }
}

/* ---- state and switches (spec mps 2.4) ---- */

static void learn_power(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "CIM_AssociatedPowerManagementService", &place);
    uint64_t state;
    if (instance != NULL && read_number(instance, "PowerState", &state) && state <= UINT16_MAX)
        put_number(section_of(lesson->sections, "power"), "state", instance, "PowerState");
}

static void learn_os_power(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance = next(lesson, "IPS_PowerManagementService", &place);
    uint64_t state;
    if (instance != NULL && read_number(instance, "OSPowerSavingState", &state))
        put_number(section_of(lesson->sections, "power"), "osPowerSavingState", instance,
                   "OSPowerSavingState");
}

static void learn_consent(const struct lesson *lesson)
{
    size_t place = 0;
    uint64_t required;
    const struct wsman_xml *instance = next(lesson, "IPS_OptInService", &place);
    if (instance == NULL || !read_number(instance, "OptInRequired", &required) ||
        (required > 1 && required != ALL_CONSENT))
        return;
    const char *name = required == 0 ? "none" : required == 1 ? "kvm" : "all";
    json_object_set_new(section_of(lesson->sections, "features"), "userConsent", json_string(name));
}

static void learn_redirection(const struct lesson *lesson)
{
    size_t place = 0;
    uint64_t state;
    const struct wsman_xml *instance = next(lesson, "AMT_RedirectionService", &place);
    if (instance == NULL || !read_number(instance, "EnabledState", &state))
        return;
    json_t *features = section_of(lesson->sections, "features");
    put_flag(features, "redirection", instance, "ListenerEnabled");
    put_bool(features, "ider", (state & 1) != 0);
    put_bool(features, "sol", (state & 2) != 0);
}

static void learn_kvm(const struct lesson *lesson)
{
    size_t place = 0;
    uint64_t state;
    const struct wsman_xml *instance = next(lesson, "CIM_KVMRedirectionSAP", &place);
    if (instance != NULL && read_number(instance, "EnabledState", &state))
        put_bool(section_of(lesson->sections, "features"), "kvm", state == 2 || state == 6);
}

static void learn_boot_service(const struct lesson *lesson)
{
    size_t place = 0;
    uint64_t state;
    const struct wsman_xml *instance = next(lesson, "CIM_BootService", &place);
    if (instance != NULL && read_number(instance, "EnabledState", &state))
        put_bool(section_of(lesson->sections, "features"), "ocr", state == 32769 || state == 32771);
}

/* The instance for the network, not the one for the host's own service. */
static void learn_tls(const struct lesson *lesson)
{
    size_t place = 0;
    const struct wsman_xml *instance;
    while ((instance = next(lesson, "AMT_TLSSettingData", &place)) != NULL)
        if (slice_equal_string(wsman_xml_child_text(instance, "InstanceID"),
                               "Intel(r) AMT 802.3 TLS Settings"))
            put_flag(section_of(lesson->sections, "features"), "tls", instance, "Enabled");
}

/* ---- by class ---- */

/* Some classes come in enumerations of a more general one. */
static const struct {
    const struct wsman_class *class;
    void (*learn)(const struct lesson *lesson);
} lessons[] = {
    {&wsman_AMT_EthernetPortSettings, learn_ethernet},
    {&wsman_AMT_GeneralSettings, learn_general},
    {&wsman_AMT_RedirectionService, learn_redirection},
    {&wsman_AMT_SetupAndConfigurationService, learn_setup},
    {&wsman_AMT_TLSSettingData, learn_tls},
    {&wsman_CIM_AssociatedPowerManagementService, learn_power},
    {&wsman_CIM_BIOSElement, learn_bios},
    {&wsman_CIM_BootService, learn_boot_service},
    {&wsman_CIM_Chassis, learn_chassis},
    {&wsman_CIM_Chip, learn_chip},
    {&wsman_CIM_ComputerSystemPackage, learn_package},
    {&wsman_CIM_KVMRedirectionSAP, learn_kvm},
    {&wsman_CIM_MediaAccessDevice, learn_disks},
    {&wsman_CIM_PhysicalMemory, learn_memory},
    {&wsman_CIM_Processor, learn_processor},
    {&wsman_CIM_ServiceAvailableToElement, learn_power},
    {&wsman_CIM_SoftwareIdentity, learn_software},
    {&wsman_IPS_OptInService, learn_consent},
    {&wsman_IPS_PowerManagementService, learn_os_power},
};

json_t *mps_inventory_sections(const struct wsman_class *class,
                               const struct wsman_xml *const *instances, size_t count, bool whole)
{
    for (size_t i = 0; i < sizeof lessons / sizeof lessons[0]; i++) {
        if (lessons[i].class != class)
            continue;
        struct lesson lesson = {instances, count, whole, json_object()};
        lessons[i].learn(&lesson);
        if (json_object_size(lesson.sections) > 0)
            return lesson.sections;
        json_decref(lesson.sections);
        return NULL;
    }
    return NULL;
}

void mps_inventory_learn(struct store *store, const struct guid *guid, const char *tenant,
                         const struct wsman_class *class, const struct wsman_xml *const *instances,
                         size_t count, bool whole)
{
    json_t *sections = mps_inventory_sections(class, instances, count, whole);
    if (sections != NULL)
        store_inventory_note(store, guid, tenant, sections, clock_wall_ms());
}
