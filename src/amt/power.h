/*
 * Power: state, capabilities, actions, including those that boot to something else through boot
 * settings (spec mps 1.11, 2.3, 2.7, 2.8; device-protocols 6). Over struct amt, on a fiber.
 */
#ifndef AMT_POWER_H
#define AMT_POWER_H

#include "amt/boot_choice.h"

struct amt_power_state {
    int64_t power_state;           /* DMTF: 2 on, 3/4 sleep, 7 hibernate, 8 off, 6 hard off */
    int64_t os_power_saving_state; /* 0 unknown (also when the device has no such class), 1
                                      unsupported, 2 full power, 3 OS power saving */
};

bool amt_power_get_state(struct amt *amt, struct arena *arena, struct amt_power_state *state,
                         struct error *err);

struct amt_power_capabilities {
    int major_version; /* of AMT; 0 when unknown */
    bool bios_setup, secure_erase, force_diagnostic_boot;
};

bool amt_power_get_capabilities(struct amt *amt, struct arena *arena,
                                struct amt_power_capabilities *capabilities, struct error *err);

struct amt_power_result {
    struct wsman_reply reply; /* of RequestPowerStateChange; header NULL for 500 and 501 */
    int64_t return_value;
    const char *return_text; /* the name that the toolkit's clients know; of a refused step of a
                                boot the step and its own name */
    const char *description; /* a refusal in words, by what the value means for its method; NULL for
                                success. In the arena or constant */
};

/* Asks for a DMTF power state and nothing else (RequestPowerStateChange), for conversations that
 * have prepared the boot themselves. A refusal is a success with its return_value. */
bool amt_power_request(struct amt *amt, struct arena *arena, const char *state,
                       struct amt_power_result *result, struct error *err);

/*
 * Carries out an action code of spec mps 1.11: 2…16 as DMTF states, 100/101 BIOS, 104 secure erase,
 * 105…110 One-Click Recovery, 200…203 IDER, 300/301 diagnostics, 400/401 PXE through boot settings,
 * 500/501 OS power saving. `details` may be NULL. 17 is answered with INVALID_PARAMETER as the
 * toolkit does. ERROR_INVALID as amt_power_check (power_action.h), without a request to the device;
 * otherwise errors as amt_boot_choose.
 *
 * A device's own refusal is a success of this call with its return_value; when it refuses a step of
 * a boot sequence the text names the step, and what was prepared is taken back. Old firmware
 * refuses to switch off or cycle while somebody uses KVM, SOL or IDER (spec device-protocols 6.1):
 * these sessions, which the action would end anyway, are ended then and the change is asked for
 * once more.
 */
bool amt_power_act(struct amt *amt, struct arena *arena, int action,
                   const struct amt_boot_details *details, struct amt_power_result *result,
                   struct error *err);

#endif
