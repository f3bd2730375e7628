/*
 * The network ports of a device (AMT_EthernetPortSettings): reading them, the wired one's address
 * and who owns the radio (spec mps 1.16, 2.3). Over struct amt, on a fiber.
 */
#ifndef AMT_ETHERNET_H
#define AMT_ETHERNET_H

#include "amt/reading.h"

/* The instance "… Settings 0" (wired) or "… Settings 1" (wireless) of what was enumerated; NULL
 * when the device has no such port. */
const struct wsman_xml *amt_ethernet_wired(const struct amt_items *ports);
const struct wsman_xml *amt_ethernet_wireless(const struct amt_items *ports);

/* False for NULL, and for a port without an address of its own: machines with Wi-Fi only say that
 * they have a wired one (spec device-classes 3). */
bool amt_ethernet_is_there(const struct wsman_xml *port);

/* The wired port and what there is of its 802.1X settings. */
struct amt_ethernet {
    const struct wsman_xml *port;      /* NULL: no wired port */
    const struct wsman_xml *ieee8021x; /* IPS_IEEE8021xSettings, on older firmware
                                          AMT_8021XProfile; NULL: neither */
};

bool amt_ethernet_get_wired(struct amt *amt, struct arena *arena, struct amt_ethernet *wired,
                            struct error *err);

/* An old device's 802.1X settings; `found` NULL when it has none. For readings that found no
 * IPS_IEEE8021xSettings. */
bool amt_ethernet_get_old_8021x(struct amt *amt, struct arena *arena,
                                const struct wsman_xml **found, struct error *err);

/* How the wired port gets its address. Unless `dhcp`, either the host's address is taken over
 * (`ip_sync`) or the addresses are given; .data NULL leaves one out. */
struct amt_ethernet_address {
    bool dhcp;
    bool ip_sync;
    struct slice address, subnet_mask, gateway, primary_dns, secondary_dns;
};

/* Sets it. *found is false when there is no wired port, and nothing is written then. */
bool amt_ethernet_set_address(struct amt *amt, struct arena *arena,
                              const struct amt_ethernet_address *address, bool *found,
                              struct error *err);

/* What came of amt_ethernet_configure. */
struct amt_ethernet_change {
    bool found;   /* the device has such a port, with an address of its own */
    bool changed; /* it was otherwise before */
};

/* As amt_ethernet_set_address, for provisioning: writes only what is not so already, fills in what
 * is left out of a static address with what the device has, and looks whether the device took it.
 * ERROR_INVALID when a static address or its mask is known to nobody. */
bool amt_ethernet_configure(struct amt *amt, struct arena *arena,
                            const struct amt_ethernet_address *address,
                            struct amt_ethernet_change *change, struct error *err);

/* When a port keeps its link for AMT (LinkPolicy): in which power states of the host, with mains or
 * battery. */
#define AMT_LINK_S0_AC 1u
#define AMT_LINK_SX_AC 14u
#define AMT_LINK_S0_DC 16u
#define AMT_LINK_SX_DC 224u

/* Settings of a port's link; what is left out stays. */
struct amt_ethernet_link {
    bool wireless;          /* of the wireless port instead of the wired one */
    const unsigned *policy; /* AMT_LINK_…; NULL: left out */
    size_t policy_count;
    unsigned retransmissions; /* ConsoleTcpMaxRetransmissions; 0: left out */
};

/* As above. ERROR_INVALID for another number, and for an empty policy: with it nobody would reach
 * the device. */
bool amt_ethernet_set_link(struct amt *amt, struct arena *arena,
                           const struct amt_ethernet_link *link, struct amt_ethernet_change *change,
                           struct error *err);

/* Says who owns the radio, 1 ME or 2 host, for `timeout_s` seconds (0: until it is changed).
 * *found is false when there is no wireless port. */
bool amt_ethernet_prefer_link(struct amt *amt, struct arena *arena, uint32_t preference,
                              uint32_t timeout_s, bool *found, int64_t *return_value,
                              struct error *err);

#endif
