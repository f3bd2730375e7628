/*
 * From what somebody wants to boot to the boot settings for it (spec mps 1.11, 2.8): which details
 * a boot needs, which source it takes, and whether the device can do it. Over struct amt, on a
 * fiber, inside amt_sequence_begin; the check is pure.
 */
#ifndef AMT_BOOT_CHOICE_H
#define AMT_BOOT_CHOICE_H

#include "amt/boot.h"

/* What a boot is, beyond what its settings say without asking the device. */
enum amt_boot_kind {
    AMT_BOOT_FIXED, /* nothing */
    AMT_BOOT_DIAGNOSTIC,
    AMT_BOOT_SECURE_ERASE,
    AMT_BOOT_HTTPS,
    AMT_BOOT_PBA,   /* the authentication before the boot, from the disk */
    AMT_BOOT_WINRE, /* the recovery environment of Windows */
};

/* What the caller may say about a boot. Zeroed: nothing. Slices are empty when not given. */
struct amt_boot_details {
    bool use_sol;
    struct slice url;
    struct slice user;
    struct slice password; /* of the server, or of the disk for the secure erase */
    struct slice path;     /* BootString of a source */
    enum amt_secure_boot secure_boot;
};

/* The text of the error when secure boot is not to be enforced in client control mode. */
#define AMT_BOOT_CCM_REFUSAL "EnforceSecureBoot cannot be turned off in CCM"

/* Longest password of a disk, in bytes (ATA). */
#define AMT_BOOT_DISK_PASSWORD_LIMIT 32

/* Whether the details are enough for the boot, and within their limits. Otherwise ERROR_INVALID,
 * and *field (when not NULL) is the member that is missing or wrong: "url", "username", "password",
 * "bootPath". */
bool amt_boot_details_check(enum amt_boot_kind kind, const struct amt_boot_details *details,
                            const char **field, struct error *err);

/*
 * Completes `boot`, which starts with what is fixed, for checked details. ERROR_UNSUPPORTED when
 * the device cannot boot so, or its BIOS does not allow it; ERROR_INVALID when it has no source
 * with that path, or is in client control mode and secure boot is not to be enforced.
 */
bool amt_boot_choose(struct amt *amt, struct arena *arena, enum amt_boot_kind kind,
                     const struct amt_boot_details *details, struct amt_boot *boot,
                     struct error *err);

#endif
