/* How the host last booted, its screens while one works on it, and what its radio can do. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_wi_fi_endpoint_capabilities[] = {
    {"ElementName", "Intel(r) AMT WiFi Endpoint Capabilities"},
    {"InstanceID", "Intel(r) AMT:WiFi Endpoint Capabilities 0"},
    {"SupportedAuthenticationMethods", "2"},
    {"SupportedAuthenticationMethods", "4"},
    {"SupportedAuthenticationMethods", "5"},
    {"SupportedAuthenticationMethods", "6"},
    {"SupportedAuthenticationMethods", "7"},
    {"SupportedEncryptionMethods", "3"},
    {"SupportedEncryptionMethods", "4"},
    {"SupportedEncryptionMethods", "5"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_wi_fi_port_capabilities[] = {
    {"ElementName", "Intel(r) AMT WiFi Port Capabilities"},
    {"InstanceID", "Intel(r) AMT:WiFi Port Capabilities 0"},
    {"RequestedStatesSupported", "3"},
    {"RequestedStatesSupported", "32768"},
    {"RequestedStatesSupported", "32769"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_host_boot_reason[] = {
    {"ElementName", "Intel(r) AMT:Host Boot Reason"},
    {"InstanceID", "Intel(r) AMT:Host Boot Reason"},
    {"PreviousSxState", "0"},
    {"Reason", "1"},
    {"ReasonDetails", ""},
    {NULL, NULL},
};

static const struct sim_personality_value ips_screen_configuration_service[] = {
    {"CreationClassName", "IPS_ScreenConfigurationService"},
    {"CurrentState", "0"},
    {"ElementName", "Intel(r) AMT Screen Configuration Service"},
    {"Name", "Intel(r) AMT Screen Configuration Service"},
    {"RemainingConsecutiveRebootsNum", "0"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_host[] = {
    {"CIM_WiFiEndpointCapabilities", cim_wi_fi_endpoint_capabilities},
    {"CIM_WiFiPortCapabilities", cim_wi_fi_port_capabilities},
    {"IPS_HostBootReason", ips_host_boot_reason},
    {"IPS_ScreenConfigurationService", ips_screen_configuration_service},
    {NULL, NULL},
};
