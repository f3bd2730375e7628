/*
 * The parameters of a boot that takes more than a switch: One-Click Recovery and remote platform
 * erase. They travel as AMT_BootSettingData.UefiBootParametersArray, base64 of packed entries
 * (spec mps 2.8, device-protocols 6.4): u16 vendor 0x8086, u16 type, u32 length, value, all little
 * endian, 1,024 bytes at most. May hold a password: it belongs into an
 * arena that is wiped. Pure.
 */
#ifndef AMT_BOOT_PARAMETERS_H
#define AMT_BOOT_PARAMETERS_H

#include "core/arena.h"
#include "core/error.h"

/* Types of a recovery. An erase has numbers of its own. */
enum amt_boot_parameter {
    AMT_BOOT_URI = 1,         /* of the HTTPS server's image */
    AMT_BOOT_FILE_PATH = 2,   /* device path of an EFI file */
    AMT_BOOT_PATH_LENGTH = 3, /* u16, bytes of the path */
    AMT_BOOT_SYNC_ROOTS = 20, /* u8, 1: the BIOS takes over AMT's trusted roots */
    AMT_BOOT_USER = 40,
    AMT_BOOT_PASSWORD = 41,

    AMT_BOOT_ERASE_TARGETS = 0x10000 + 1,   /* u32 mask */
    AMT_BOOT_ERASE_PASSWORD = 0x10000 + 20, /* of the disks */
};

#define AMT_BOOT_PARAMETERS_SIZE 1024

/* Zeroed: none. */
struct amt_boot_parameters {
    uint8_t bytes[AMT_BOOT_PARAMETERS_SIZE];
    size_t size;
    unsigned count;
};

/* The longest value of a type, in bytes. */
size_t amt_boot_parameter_limit(enum amt_boot_parameter type);

/* Add one entry. ERROR_INVALID when the value is longer than its type allows or there is no room
 * left; the text names neither. */
bool amt_boot_parameters_put(struct amt_boot_parameters *parameters, enum amt_boot_parameter type,
                             struct slice value, struct error *err);
bool amt_boot_parameters_put_number(struct amt_boot_parameters *parameters,
                                    enum amt_boot_parameter type, uint32_t value,
                                    struct error *err);

/* As the property takes it, in the arena. */
struct slice amt_boot_parameters_text(const struct amt_boot_parameters *parameters,
                                      struct arena *arena);

#endif
