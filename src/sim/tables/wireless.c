/* Wi-Fi: a port without a radio, one 802.1X setting, no profile. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_ethernet_port_settings[] = {
    {"ConsoleTcpMaxRetransmissions", "5"},
    {"DHCPEnabled", "true"},
    {"ElementName", "Intel(r) AMT Ethernet Port Settings"},
    {"InstanceID", "Intel(r) AMT Ethernet Port Settings 1"},
    {"LinkControl", "2"},
    {"LinkIsUp", "false"},
    {"LinkPreference", "2"},
    {"MACAddress", "00-00-00-00-00-00"},
    {"PhysicalConnectionType", "3"},
    {"SharedMAC", "true"},
    {"WLANLinkProtectionLevel", "1"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_wi_fi_port_configuration_service[] = {
    {"CreationClassName", "AMT_WiFiPortConfigurationService"},
    {"ElementName", "Intel(r) AMT WiFiPort Configuration Service"},
    {"EnabledState", "5"},
    {"HealthState", "5"},
    {"LastConnectedSsidUnderMeControl", ""},
    {"Name", "Intel(r) AMT WiFi Port Configuration Service"},
    {"NoHostCsmeSoftwarePolicy", "0"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {"UEFIWiFiProfileShareEnabled", "false"},
    {"localProfileSynchronizationEnabled", "0"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_ieee8021x_settings[] = {
    {"AuthenticationProtocol", "0"},
    {"ElementName", "Wifi8021xTLS"},
    {"InstanceID", "Intel(r) AMT:IEEE 802.1x Settings Wifi8021xTLS"},
    {"Username", "iME$amt16$"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_wi_fi_endpoint[] = {
    {"CreationClassName", "CIM_WiFiEndpoint"},
    {"ElementName", "Intel(r) AMT WiFi Endpoint 0"},
    {"Name", "WiFi Endpoint 0"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_wi_fi_port[] = {
    {"CreationClassName", "CIM_WiFiPort"},
    {"DeviceID", "WiFi Port 0"},
    {"ElementName", "WiFi Port 0"},
    {"EnabledState", "3"},
    {"HealthState", "5"},
    {"LinkTechnology", "11"},
    {"PermanentAddress", "000000000000"},
    {"PortType", "0"},
    {"RequestedState", "3"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_wireless[] = {
    {"AMT_EthernetPortSettings", amt_ethernet_port_settings},
    {"AMT_WiFiPortConfigurationService", amt_wi_fi_port_configuration_service},
    {"CIM_IEEE8021xSettings", cim_ieee8021x_settings},
    {"CIM_WiFiEndpoint", cim_wi_fi_endpoint},
    {"CIM_WiFiEndpointSettings", NULL},
    {"CIM_WiFiPort", cim_wi_fi_port},
    {NULL, NULL},
};
