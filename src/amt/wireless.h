/* A device's radio: whether it may be used, and whose profiles it takes over (spec mps 1.16, 2.3).
 * Over struct amt, on a fiber. *found is false where the device has no Wi-Fi port. */
#ifndef AMT_WIRELESS_H
#define AMT_WIRELESS_H

#include "amt/amt.h"

/* EnabledState of CIM_WiFiPort: 3 off, 32768 in S0, 32769 in S0 and Sx with AC. -1 when the device
 * sends no number. */
bool amt_wireless_get_state(struct amt *amt, struct arena *arena, bool *found, int64_t *state,
                            struct error *err);

/* Asks for a state; nothing is sent when it is in force already. */
bool amt_wireless_set_state(struct amt *amt, struct arena *arena, unsigned state, bool *found,
                            int64_t *return_value, struct error *err);

struct amt_wireless_sync {
    bool local; /* profiles of the host's operating system are taken over */
    bool uefi;  /* profiles are shared with the UEFI */
    bool uefi_supported;
};

bool amt_wireless_get_sync(struct amt *amt, struct arena *arena, bool *found,
                           struct amt_wireless_sync *sync, struct error *err);

/* Sets what is not NULL; writes only when that changes something. *sync is what holds afterwards.
 * Asking for UEFI sync of a device that can't changes nothing: sync->uefi_supported says so. */
bool amt_wireless_set_sync(struct amt *amt, struct arena *arena, const bool *local,
                           const bool *uefi, bool *found, struct amt_wireless_sync *sync,
                           struct error *err);

/* The same for provisioning: UEFI sync of a device that can't is passed over, and the rest is set.
 */
bool amt_wireless_provision_sync(struct amt *amt, struct arena *arena, const bool *local,
                                 const bool *uefi, bool *found, struct amt_wireless_sync *sync,
                                 struct error *err);

#endif
