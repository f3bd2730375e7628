/* The network as newer firmware shows it. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_ethernet_port[] = {
    {"CreationClassName", "CIM_EthernetPort"},
    {"Description", "Wired0"},
    {"DeviceID", "Intel(r) AMT Ethernet Port 0"},
    {"ElementName", "Intel(r) AMT Ethernet Port"},
    {"EnabledDefault", "5"},
    {"EnabledState", "2"},
    {"LinkTechnology", "2"},
    {"MaxSpeed", "2500000000"},
    {"NetworkAddresses", "48210b50d8c9"},
    {"OperationalStatus", "0"},
    {"PortType", "53"},
    {"RequestedState", "12"},
    {"Speed", "1000000000"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_host_ipsettings[] = {
    {"DHCPEnabled", "false"},
    {"ElementName", "Intel(r) AMT: Host IP Settings"},
    {"InstanceID", "Intel(r) AMT: Host IP Settings"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_ieee8021x_settings[] = {
    {"AvailableInS0", "false"}, {"ElementName", "Intel(r) AMT: 8021X Settings"},
    {"Enabled", "3"},           {"InstanceID", "Intel(r) AMT: 8021X Settings"},
    {"PxeTimeout", "120"},      {NULL, NULL},
};

static const struct sim_personality_value ips_ipv6_port_settings[] = {
    {"CurrentDefaultRouter", "::"},
    {"CurrentPrimaryDNS", "::"},
    {"CurrentSecondaryDNS", "::"},
    {"DefaultRouter", "::"},
    {"ElementName", "Intel(r) IPS IPv6 Settings 0"},
    {"IPv6Address", "::"},
    {"InstanceID", "Intel(r) IPS IPv6 Settings 0"},
    {"InterfaceIDType", "0"},
    {"ManualInterfaceID", "0000000000000000"},
    {"PrimaryDNS", "::"},
    {"SecondaryDNS", "::"},
    {NULL, NULL},
};

static const struct sim_personality_value ips_lanendpoint[] = {
    {"CreationClassName", "IPS_LANEndpoint"},
    {"EnabledState", "2"},
    {"LANType", "2"},
    {"MACAddress", "48210b50d8c9"},
    {"Name", "Intel(r) AMT LAN Endpoint"},
    {"ProtocolType", "0"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_ips_network[] = {
    {"CIM_EthernetPort", cim_ethernet_port},
    {"IPS_8021xCredentialContext", NULL},
    {"IPS_HostIPSettings", ips_host_ipsettings},
    {"IPS_IEEE8021xSettings", ips_ieee8021x_settings},
    {"IPS_IPv6PortSettings", ips_ipv6_port_settings},
    {"IPS_LANEndpoint", ips_lanendpoint},
    {NULL, NULL},
};
