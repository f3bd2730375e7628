/*
 * What a machine is made of, as SMBIOS told its firmware: chassis, board, BIOS, processors, memory,
 * disks. All classes are asked side by side, and one that a device lacks or faults for is missing
 * from the answer instead of spoiling it. Over struct amt, on a fiber.
 */
#ifndef AMT_HARDWARE_H
#define AMT_HARDWARE_H

#include "amt/reading.h"

/* In the order in which clients get them (spec mps 1.9). */
enum amt_hardware_part {
    AMT_HARDWARE_SYSTEM_PACKAGE,   /* CIM_ComputerSystemPackage */
    AMT_HARDWARE_SYSTEM_PACKAGING, /* CIM_SystemPackaging, a list */
    AMT_HARDWARE_CHASSIS,
    AMT_HARDWARE_CHIP, /* a list */
    AMT_HARDWARE_CARD,
    AMT_HARDWARE_BIOS,      /* CIM_BIOSElement */
    AMT_HARDWARE_PROCESSOR, /* a list */
    AMT_HARDWARE_MEMORY,    /* CIM_PhysicalMemory, a list */
    AMT_HARDWARE_MEDIA,     /* CIM_MediaAccessDevice, a list */
    AMT_HARDWARE_PACKAGE,   /* CIM_PhysicalPackage, a list; its items are of derived classes */
    AMT_HARDWARE_PARTS
};

struct amt_hardware {
    struct amt_reading parts[AMT_HARDWARE_PARTS]; /* .target.class is NULL for what wasn't asked */
};

/* Reads all parts into `arena`. A part that the device refuses or garbles has .ok false and the
 * reason in .err; the call fails when every part failed so, with the first one's error, and at once
 * when the device cannot be reached. NULL then. */
struct amt_hardware *amt_hardware_read(struct amt *amt, struct arena *arena, struct error *err);

/* The same for the parts that say which disks there are: MEDIA and PACKAGE. */
struct amt_hardware *amt_hardware_read_disks(struct amt *amt, struct arena *arena,
                                             struct error *err);

#endif
