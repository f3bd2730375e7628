/* The TLS settings of a device (AMT_TLSSettingData; spec console 1.6, device-protocols 7.7). Over
 * struct amt, on a fiber. */
#ifndef AMT_TLS_H
#define AMT_TLS_H

#include "amt/amt.h"

/* One instance per door: the network's and the local one. */
bool amt_tls_get_settings(struct amt *amt, struct arena *arena, struct amt_items *settings,
                          struct error *err);

#endif
