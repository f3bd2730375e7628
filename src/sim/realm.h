/*
 * Which realm of the access control list a request needs (spec device-classes 3,
 * AMT_AuthorizationService). Administration may do everything but what the auditor guards; reading
 * what is no secret takes any realm. Constant tables; any thread.
 */
#ifndef SIM_REALM_H
#define SIM_REALM_H

#include "sim/device.h"

/* True when the caller may do this to instances of the class. `changes`: anything but Get and
 * enumerations. */
bool sim_realm_allows(const struct sim_caller *caller, const struct wsman_class *class,
                      bool changes);

#endif
