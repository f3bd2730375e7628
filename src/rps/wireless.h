/* A profile's Wi-Fi on a device (spec rps 3.6): the radio, whose profiles are shared, and the
 * networks. On the session's fiber. */
#ifndef RPS_WIRELESS_H
#define RPS_WIRELESS_H

#include "rps/provisioning.h"

/* *text is what came of it, in the toolkit's words. False when any part failed; what did not depend
 * on it was done. */
bool rps_wireless_configure(struct rps_provisioning *p, const char **text, struct error *err);

#endif
