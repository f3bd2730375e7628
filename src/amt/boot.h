/*
 * Boot settings: what a machine boots to the next time, once (spec mps 2.7, 2.8; device-protocols
 * 6.3, 6.4). Over struct amt, on a fiber, inside amt_sequence_begin, because the steps of two
 * conversations must not be mixed.
 */
#ifndef AMT_BOOT_H
#define AMT_BOOT_H

#include "amt/boot_order.h"

struct amt_boot_parameters;

enum amt_secure_boot {
    AMT_SECURE_BOOT_KEEP, /* as the device has it */
    AMT_SECURE_BOOT_ON,
    AMT_SECURE_BOOT_OFF, /* refused by firmware in client control mode */
};

/* All zero: a plain boot. */
struct amt_boot {
    bool bios_setup;      /* stop in the BIOS set-up */
    bool use_sol;         /* show the boot on the serial console */
    bool use_ider;        /* boot from the redirected drive … */
    bool ider_cd;         /* … which is a CD instead of a floppy */
    bool forced_progress; /* the BIOS reports every step */
    bool secure_erase;    /* erase the disk */
    bool platform_erase;  /* erase what `parameters` name */
    bool reset_firmware;  /* the management engine forgets its configuration */
    enum amt_secure_boot secure_boot;
    const struct amt_boot_parameters *parameters; /* amt/boot_parameters.h; NULL: none */
    struct slice erase_password;                  /* of the disk, for the erases; empty: none */
    const char *source; /* InstanceID of a CIM_BootSourceSetting; NULL: none */
};

/* Makes the next boot a plain one: AMT_BootSettingData, role and order. Writes only when a setting
 * differs: the toolkit always writes, and every write wears the device's flash. The role is read
 * until this process knows that there is none. ERROR_DEVICE when a prepared boot stays. */
bool amt_boot_reset(struct amt *amt, struct arena *arena, struct error *err);

/* The settings alone. */
bool amt_boot_reset_settings(struct amt *amt, struct arena *arena, struct error *err);

/* Names of the settings that are not those of a plain boot, at most `size`; how many there are. */
size_t amt_boot_unplain(const struct wsman_xml *settings_now, const char **names, size_t size);

/* Prepares the next boot: order cleared, settings written, role set, order set. A refusal is a
 * success with refusal->step set. After a refusal, an error, or when the power change that should
 * follow fails, call amt_boot_undo if refusal->changed: before that only an order was cleared.
 * ERROR_UNSUPPORTED when the firmware has no parameters. */
bool amt_boot_prepare(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                      struct amt_boot_refusal *refusal, struct error *err);

/* Takes back what amt_boot_prepare did, as far as the device and the time allow, behind a shield of
 * its own (io/fiber.h), so that a cancelled conversation still cleans up: a boot that is prepared
 * but not carried out would surprise whoever starts the machine next. The settings are as `before`
 * again, the order is cleared and the role is off; NULL leaves the settings alone, since nothing
 * was written. Where the device refuses what it had before, or that was an erase, a plain boot is
 * written instead. What remains after that is taken back by the reset before the next power action.
 */
void amt_boot_undo(struct amt *amt, struct arena *arena, const struct wsman_xml *before);

/* ---- the single steps, for conversations with another order (amt/erase.h) ---- */

/* AMT_BootSettingData; NULL on error. */
const struct wsman_xml *amt_boot_read(struct amt *amt, struct arena *arena, struct error *err);

/* Whether the settings erase something at the next boot. */
bool amt_boot_is_erase(const struct wsman_xml *settings_now);

/* Writes what amt_boot_read gave with the settings of `boot`. `reply` has the device's answer, a
 * fault too. */
bool amt_boot_write(struct amt *amt, struct arena *arena, const struct wsman_xml *settings_now,
                    const struct amt_boot *boot, struct wsman_reply *reply, struct error *err);

/* Makes the boot configuration the next one, once. */
bool amt_boot_arm(struct amt *amt, struct arena *arena, struct amt_boot_refusal *refusal,
                  struct error *err);

#endif
