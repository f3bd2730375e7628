#include "amt/network.h"

bool amt_network_get(struct amt *amt, struct arena *arena, struct amt_network *network,
                     struct error *err)
{
    enum { PORTS, WIRED_8021X, PROFILES, WIRELESS_8021X, SERVICE, COUNT };
    struct amt_reading readings[COUNT] = {
        [PORTS] = AMT_READ_ENUMERATE(AMT_EthernetPortSettings),
        [WIRED_8021X] = AMT_READ_GET(IPS_IEEE8021xSettings),
        [PROFILES] = AMT_READ_ENUMERATE(CIM_WiFiEndpointSettings),
        [WIRELESS_8021X] = AMT_READ_ENUMERATE(CIM_IEEE8021xSettings),
        [SERVICE] = AMT_READ_GET(AMT_WiFiPortConfigurationService),
    };
    for (size_t i = WIRED_8021X; i < COUNT; i++) /* devices without Wi-Fi lack them */
        readings[i].optional = true;
    if (!amt_read(amt, arena, readings, COUNT, err))
        return false;
    *network = (struct amt_network){
        .wired = {amt_ethernet_wired(&readings[PORTS].items),
                  amt_reading_instance(&readings[WIRED_8021X])},
        .wireless = amt_ethernet_wireless(&readings[PORTS].items),
        .wifi_settings = readings[PROFILES].items,
        .ieee8021x_settings = readings[WIRELESS_8021X].items,
        .wifi_service = amt_reading_instance(&readings[SERVICE]),
    };
    if (network->wired.port == NULL || network->wired.ieee8021x != NULL)
        return true;
    return amt_ethernet_get_old_8021x(amt, arena, &network->wired.ieee8021x, err);
}
