/* The TLS settings of a device (AMT_TLSSettingData; spec console 1.6, device-protocols 7.7). Over
 * struct amt, on a fiber. */
#ifndef AMT_TLS_H
#define AMT_TLS_H

#include "amt/amt.h"

/* One instance per door: the network's and the local one. */
bool amt_tls_get_settings(struct amt *amt, struct arena *arena, struct amt_items *settings,
                          struct error *err);

/* The network's and the local door, which are told apart by their InstanceIDs and not by their
 * places in the list. */
#define AMT_TLS_NETWORK "Intel(r) AMT 802.3 TLS Settings"
#define AMT_TLS_LOCAL   "Intel(r) AMT LMS TLS Settings"

/* NULL when the device has no such door. */
const struct wsman_xml *amt_tls_door(const struct amt_items *settings, const char *door);

/* Whether one of the doors has TLS on, and whether the firmware takes no connection without
 * (NonSecureConnectionsSupported is false, from AMT 19 on): it cannot be switched off there. */
bool amt_tls_is_on(const struct amt_items *settings);
bool amt_tls_is_enforced(const struct amt_items *settings);

/* Switches TLS off at both doors, commits that and waits until it shows: the device restarts its
 * network doors meanwhile and may not answer for seconds. *was_on is false when neither was on, and
 * nothing is written then. ERROR_UNSUPPORTED where TLS is enforced. A device without TLS settings
 * is one without TLS. In a sequence of its own. */
bool amt_tls_disable(struct amt *amt, struct arena *arena, bool *was_on, struct error *err);

#endif
