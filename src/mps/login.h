/* The check of one CIRA login: looks the device up, compares user name and password, enters the
 * tunnel into the registry. Runs on a fiber of the shard while the APF session waits, and holds the
 * tunnel meanwhile. Private to src/mps. */
#ifndef MPS_LOGIN_H
#define MPS_LOGIN_H

#include "core/error.h"
#include "core/slice.h"

#include <stdbool.h>

struct mps_tunnel;

/* Starts the check of what the device of `tunnel` offers. It ends in apf_session_admit, where a
 * refusal is delayed after several failures (mps/failures.h), in a DISCONNECT when the store cannot
 * answer or too many refusals wait, or in nothing when the tunnel ended first. */
void mps_login_start(struct mps_tunnel *tunnel, struct slice user, struct slice password);

/* A password that was not proven when the tunnel logged in may be now: true then, and of one that
 * always was. While the device has no proven one it stays what it is; ERROR_FORBIDDEN once it has
 * another one: whoever has this one is not the device. Waits. */
bool mps_login_review(struct mps_tunnel *tunnel, struct error *err);

/* Wipes what that is compared with. */
void mps_login_forget(struct mps_tunnel *tunnel);

#endif
