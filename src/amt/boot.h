/*
 * Boot settings: what a machine boots to the next time, once (spec mps 2.7, 2.8; device-protocols
 * 6.3, 6.4). Over struct amt, on a fiber, inside amt_sequence_begin, because the steps of two
 * conversations must not be mixed.
 */
#ifndef AMT_BOOT_H
#define AMT_BOOT_H

#include "amt/amt.h"

/* All zero: a plain boot. */
struct amt_boot {
    bool bios_setup;    /* stop in the BIOS set-up */
    bool use_ider;      /* boot from the redirected drive … */
    bool ider_cd;       /* … which is a CD instead of a floppy */
    const char *source; /* InstanceID of a CIM_BootSourceSetting; NULL: none */
};

/* A step that the device refused by its return value. */
struct amt_boot_refusal {
    const char *step; /* the method; NULL when nothing was refused */
    int64_t return_value;
    struct wsman_reply reply;
};

/* Sets AMT_BootSettingData to a plain boot. Writes only when a setting differs: the toolkit always
 * writes, and every write wears the device's flash. */
bool amt_boot_reset(struct amt *amt, struct arena *arena, struct error *err);

/* Prepares the next boot: order cleared, settings written, role set, order set. A refusal is a
 * success with refusal->step set. After a refusal, an error, or when the power change that should
 * follow fails, call amt_boot_undo. */
bool amt_boot_prepare(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                      struct amt_boot_refusal *refusal, struct error *err);

/* Takes back what amt_boot_prepare did, as far as the device and the deadline allow: call it behind
 * a shield (io/fiber.h), so that a cancelled conversation still cleans up. What remains after that
 * is taken back by the reset before the next power action. */
void amt_boot_undo(struct amt *amt, struct arena *arena);

#endif
