/* What the handlers of profiles share: those of one profile and those that copy and compare. */
#ifndef RPS_ROUTES_PROFILES_H
#define RPS_ROUTES_PROFILES_H

#include "rps/routes/kind.h"

extern const struct rps_kind rps_profile_kind;

#endif
