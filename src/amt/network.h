/* All of a device's network settings in one page: its ports, 802.1X and Wi-Fi (spec mps 1.16).
 * Over struct amt, on a fiber. */
#ifndef AMT_NETWORK_H
#define AMT_NETWORK_H

#include "amt/ethernet.h"

struct amt_network {
    struct amt_ethernet wired;
    const struct wsman_xml *wireless;     /* AMT_EthernetPortSettings; NULL: no wireless port */
    struct amt_items wifi_settings;       /* CIM_WiFiEndpointSettings, the users' own included */
    struct amt_items ieee8021x_settings;  /* CIM_IEEE8021xSettings */
    const struct wsman_xml *wifi_service; /* AMT_WiFiPortConfigurationService; may be NULL */
};

/* A device without ports is a success without them. */
bool amt_network_get(struct amt *amt, struct arena *arena, struct amt_network *network,
                     struct error *err);

#endif
