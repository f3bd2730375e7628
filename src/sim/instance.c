#include "sim/instance.h"

#include "sim/capability/capability.h"
#include "sim/object.h"

#include <string.h>

/* ---- what the model knows better than the tables ---- */

static void read_power(const struct sim_device *device, struct sim_instance *instance)
{
    size_t kept = 0;
    for (size_t i = 0; i < instance->count; i++) {
        if (strcmp(instance->values[i].property->name, "AvailableRequestedPowerStates") != 0)
            instance->values[kept++] = instance->values[i];
    }
    instance->count = kept;
    sim_instance_set(instance, "PowerState", arena_printf(instance->arena, "%u", device->power));
    const struct wsman_property *offers =
        wsman_property_find(instance->class, SLICE_LITERAL("AvailableRequestedPowerStates"));
    const uint8_t *offer = sim_device_offers(device);
    size_t count = strlen((const char *)offer);
    struct sim_instance_value *values =
        arena_array(instance->arena, instance->count + count, sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        values[i].property = offers;
        values[i].text = slice_of_string(arena_printf(instance->arena, "%u", offer[i]));
    }
    memcpy(values + count, instance->values, instance->count * sizeof(*values));
    instance->values = values;
    instance->count += count;
    instance->capacity = instance->count;
}

static void read_os_power(const struct sim_device *device, struct sim_instance *instance)
{
    unsigned state = device->power == SIM_POWER_ON ? device->os_saving : 0;
    sim_instance_set(instance, "OSPowerSavingState", arena_printf(instance->arena, "%u", state));
}

static void read_general(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "DigestRealm", device->realm);
    struct slice host = sim_instance_get(instance, "HostName");
    if (host.size == 0)
        sim_instance_set(instance, "HostName", device->host_name);
}

static void read_setup(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "ProvisioningState",
                     arena_printf(instance->arena, "%u", device->setup));
    sim_instance_set(instance, "ProvisioningMode", device->client_mode ? "4" : "1");
}

static void read_control(const struct sim_device *device, struct sim_instance *instance)
{
    unsigned mode = device->setup != SIM_SETUP_POST ? 0 : device->client_mode ? 1 : 2;
    sim_instance_set(instance, "CurrentControlMode", arena_printf(instance->arena, "%u", mode));
}

static void read_package(const struct sim_device *device, struct sim_instance *instance)
{
    uint8_t raw[16];
    guid_to_smbios(&device->guid, raw);
    char text[33];
    for (size_t i = 0; i < sizeof(raw); i++) {
        static const char digits[] = "0123456789ABCDEF";
        text[2 * i] = digits[raw[i] >> 4];
        text[2 * i + 1] = digits[raw[i] & 15];
    }
    text[32] = '\0';
    sim_instance_set(instance, "PlatformGUID", arena_printf(instance->arena, "%s", text));
}

static void read_serial(const struct sim_device *device, struct sim_instance *instance)
{
    sim_instance_set(instance, "SerialNumber",
                     arena_printf(instance->arena, "%c%cSIM%07u", instance->class->name[4],
                                  instance->class->name[5], (unsigned)device->number));
}

void sim_instance_set_mac(const struct sim_device *device, struct sim_instance *instance,
                          unsigned port)
{
    const struct sim_port_facts *facts = &device->ports[port];
    uint8_t mac[6] = {2,
                      (uint8_t)port,
                      0,
                      (uint8_t)(device->number >> 16),
                      (uint8_t)(device->number >> 8),
                      (uint8_t)device->number};
    if (facts->has_mac)
        memcpy(mac, facts->mac, sizeof(mac));
    sim_instance_set(instance, "MACAddress",
                     arena_printf(instance->arena, "%02x-%02x-%02x-%02x-%02x-%02x", mac[0], mac[1],
                                  mac[2], mac[3], mac[4], mac[5]));
}

static void read_ethernet(const struct sim_device *device, struct sim_instance *instance)
{
    if (slice_equal_string(sim_instance_get(instance, "PhysicalConnectionType"), "3"))
        return; /* the radio: wireless.c */
    sim_instance_set_mac(device, instance, 0);
}

/* Every part of the firmware has the version of the whole. */
static void read_software(const struct sim_device *device, struct sim_instance *instance)
{
    struct slice name = sim_instance_get(instance, "InstanceID");
    if (sim_instance_get(instance, "VersionString").size > 0)
        return;
    bool build =
        slice_equal_string(name, "Build Number") || slice_equal_string(name, "Recovery Build Num");
    sim_instance_set(instance, "VersionString",
                     build ? device->personality->build : device->personality->version);
}

static const struct sim_reader readers[] = {
    {"AMT_EthernetPortSettings", read_ethernet},
    {"AMT_GeneralSettings", read_general},
    {"AMT_SetupAndConfigurationService", read_setup},
    {"CIM_AssociatedPowerManagementService", read_power},
    {"CIM_Card", read_serial},
    {"CIM_Chassis", read_serial},
    {"CIM_ComputerSystemPackage", read_package},
    {"CIM_PhysicalMemory", read_serial},
    {"CIM_SoftwareIdentity", read_software},
    {"IPS_HostBasedSetupService", read_control},
    {"IPS_PowerManagementService", read_os_power},
    {NULL, NULL},
};

/* ---- tables ---- */

void sim_instance_set(struct sim_instance *instance, const char *name, const char *text)
{
    for (size_t i = 0; i < instance->count; i++) {
        if (strcmp(instance->values[i].property->name, name) == 0)
            instance->values[i].text = slice_of_string(text);
    }
}

struct slice sim_instance_get(const struct sim_instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->count; i++) {
        if (strcmp(instance->values[i].property->name, name) == 0)
            return instance->values[i].text;
    }
    return (struct slice){0};
}

static void add(struct sim_instance *instance, const struct wsman_property *property,
                struct slice text)
{
    if (instance->count == instance->capacity) {
        size_t capacity = instance->capacity == 0 ? 32 : instance->capacity * 2;
        struct sim_instance_value *values = arena_array(instance->arena, capacity, sizeof(*values));
        if (instance->count > 0)
            memcpy(values, instance->values, instance->count * sizeof(*values));
        instance->values = values;
        instance->capacity = capacity;
    }
    instance->values[instance->count].property = property;
    instance->values[instance->count].text = text;
    instance->count++;
}

static bool add_stored(const struct sim_device *device, struct sim_instance *instance,
                       const struct wsman_property *property)
{
    bool found = false;
    for (const struct sim_stored *stored = device->stored; stored != NULL; stored = stored->next) {
        if (stored->instance != instance->table || stored->property != property)
            continue;
        found = true;
        if (stored->text == NULL)
            continue;
        if (property->flags & WSMAN_WRITE_ONLY)
            return false; /* shown as the table has it: empty, or not at all */
        add(instance, property, slice_of_string(stored->text));
    }
    return found;
}

static void run_readers(const struct sim_reader *reader, const struct sim_device *device,
                        struct sim_instance *instance)
{
    for (; reader != NULL && reader->class != NULL; reader++) {
        if (strcmp(reader->class, instance->class->name) == 0)
            reader->read(device, instance);
    }
}

/* The catalogue's properties are in the order in which firmware sends them. */
static void fill(const struct sim_device *device, struct sim_instance *instance)
{
    for (const struct wsman_property *property = instance->class->properties;
         property->name != NULL; property++) {
        if (add_stored(device, instance, property))
            continue;
        for (const struct sim_personality_value *value = instance->table->values;
             value->name != NULL; value++) {
            if (strcmp(value->name, property->name) == 0)
                add(instance, property, slice_of_string(value->text));
        }
    }
    run_readers(readers, device, instance);
    for (const struct sim_capability *const *at = sim_capabilities; *at != NULL; at++)
        run_readers((*at)->readers, device, instance);
}

static bool derives(const char *name, const struct wsman_class *from)
{
    const struct wsman_class *class = wsman_class_find(slice_of_string(name));
    return class != NULL && class->super != NULL && strcmp(class->super, from->name) == 0;
}

bool sim_instance_read(const struct sim_device *device, const struct wsman_class *class,
                       size_t index, struct arena *arena, struct sim_instance *instance)
{
    size_t seen = 0;
    struct sim_walk walk = {.device = device};
    const struct sim_personality_instance *table;
    while ((table = sim_walk_next(&walk)) != NULL) {
        if (table->values == NULL)
            continue;
        if (strcmp(table->class, class->name) != 0 && !derives(table->class, class))
            continue;
        if (seen++ != index)
            continue;
        *instance = (struct sim_instance){
            .class = wsman_class_find(slice_of_string(table->class)),
            .table = table,
            .arena = arena,
        };
        if (instance->class == NULL)
            return false;
        fill(device, instance);
        return true;
    }
    return false;
}

static bool listed(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

bool sim_instance_pulled_singly(const struct wsman_class *class)
{
    static const char *const names[] = {"CIM_Chip",
                                        "CIM_IEEE8021xSettings",
                                        "CIM_PhysicalPackage",
                                        "CIM_PowerManagementCapabilities",
                                        "CIM_Sensor",
                                        NULL};
    return listed(names, class->name);
}

bool sim_instance_declares_common(const struct wsman_class *class)
{
    static const char *const without[] = {"AMT_8021XProfile",
                                          "AMT_BootCapabilities",
                                          "AMT_BootSettingData",
                                          "AMT_CryptographicCapabilities",
                                          "AMT_EnvironmentDetectionSettingData",
                                          "AMT_EthernetPortSettings",
                                          "AMT_GeneralSettings",
                                          "AMT_KerberosSettingData",
                                          "AMT_RemoteAccessCapabilities",
                                          "AMT_RemoteAccessPolicyAppliesToMPS",
                                          "AMT_RemoteAccessPolicyRule",
                                          "AMT_SystemPowerScheme",
                                          "AMT_TLSCredentialContext",
                                          "AMT_TLSProtocolEndpointCollection",
                                          "AMT_TLSSettingData",
                                          "CIM_BootConfigSetting",
                                          "CIM_BootSourceSetting",
                                          "CIM_ComputerSystemPackage",
                                          "CIM_ConcreteDependency",
                                          "CIM_CredentialContext",
                                          "CIM_ElementSettingData",
                                          "CIM_IEEE8021xSettings",
                                          "CIM_PowerManagementCapabilities",
                                          "CIM_SystemPackaging",
                                          "CIM_WiFiEndpointSettings",
                                          "IPS_HostIPSettings",
                                          "IPS_IEEE8021xSettings",
                                          "IPS_IPv6PortSettings",
                                          "IPS_KVMRedirectionSettingData",
                                          "IPS_ScreenSettingData",
                                          NULL};
    return !listed(without, class->name);
}
