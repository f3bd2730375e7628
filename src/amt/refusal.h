/*
 * Why a device refused a power change or to prepare a boot, in a sentence for people. What a return
 * value means depends on its method (spec device-protocols 5.4, 6.1), and the names that clients
 * know, those of amt_status_name, belong to other methods. Sentences are constant or in the arena.
 * Pure, but for amt_refusal_of_boot: over struct amt, on a fiber.
 */
#ifndef AMT_REFUSAL_H
#define AMT_REFUSAL_H

#include "amt/boot.h"

/* Whether the machine's power service (CIM_AssociatedPowerManagementService) offers the DMTF state
 * now. True for firmware that does not say. */
bool amt_refusal_is_offered(const struct wsman_xml *service, const char *state);

/* Of RequestPowerStateChange, which asked for a DMTF state. `service` as above; NULL: nobody knows.
 * NULL for the return value 0. */
const char *amt_refusal_of_power(struct arena *arena, const char *state,
                                 const struct wsman_xml *service, int64_t return_value);

/* Of RequestOSPowerSavingStateChange. NULL for the return value 0. */
const char *amt_refusal_of_os(struct arena *arena, int64_t return_value);

/* Of the step of `refusal`, in the preparation of `boot`. Where the device denies access, the state
 * of the user's consent is read from it, for 5 s at most. */
const char *amt_refusal_of_boot(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                                const struct amt_boot_refusal *refusal);

/* Adds to the error of a preparation that failed with a fault for missing rights that consent is
 * missing, if that is so; read as above. */
void amt_refusal_explain(struct amt *amt, struct arena *arena,
                         const struct amt_boot_refusal *refusal, struct error *err);

#endif
