/* The end of a device's management (spec mps 1.17; device-protocols 7.5). Over struct amt, on a
 * fiber. */
#ifndef AMT_SETUP_H
#define AMT_SETUP_H

#include "amt/amt.h"

/* Un-provisions the device wholly. After *return_value 0 it forgets its accounts, certificates and
 * settings, drops its tunnel within seconds and answers nobody any more; otherwise it refused: 16
 * not permitted, 2076 blocked (by a locked audit log). The answer is waited for behind a shield, so
 * that nobody who hangs up leaves it open what has become of the device. */
bool amt_setup_unprovision(struct amt *amt, struct arena *arena, struct wsman_reply *reply,
                           int64_t *return_value, struct error *err);

/* The same, but what the machine had before it was set up stays: its network settings and the
 * hashes of trusted roots (PartialUnprovision). */
bool amt_setup_unprovision_partly(struct amt *amt, struct arena *arena, struct wsman_reply *reply,
                                  int64_t *return_value, struct error *err);

#endif
