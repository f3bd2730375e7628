/*
 * What the machine's firmware does when it boots from a remote drive: waits for the drive, reads
 * the boot record (El Torito of a CD, the boot sector of a floppy), loads what it names, and prints
 * the file /BOOT.TXT, or what it has loaded if that is text. Nothing is executed: a medium that
 * loads has booted.
 *
 * It reads through the drives of the IDER session that is open (drive.h), and therefore ends when
 * that ends. Pure: time is an argument; one owner, no locking. At most one per device.
 *
 * Life cycle: start → tick … → `over`, or stop.
 */
#ifndef SIM_LOADER_H
#define SIM_LOADER_H

#include "core/slice.h"
#include "sim/device.h"

struct sim_loader_events {
    /* Text for the machine's screen and serial line, lines ended by CR LF. */
    void (*print)(void *owner, struct slice text);
    /* Booted, or not: why was printed. The loader is gone; another may be started from here. */
    void (*over)(void *owner, bool booted);
};

/* Boots from the CD, or from the floppy. `events` and `owner` are borrowed until it is over. Does
 * not call them before it returns. A loader that still runs is stopped. */
void sim_loader_start(struct sim_device *device, bool cd, const struct sim_loader_events *events,
                      void *owner, uint64_t now_ms);

/* Ends it without a word: the machine was switched off. Does nothing when none runs. */
void sim_loader_stop(struct sim_device *device);

/* Called by sim_device_tick; milliseconds at which it wants to be, UINT64_MAX: never. */
void sim_loader_tick(struct sim_device *device, uint64_t now_ms);
uint64_t sim_loader_due(const struct sim_device *device);

/* Why the last one failed ("No bootable medium"), a literal; NULL: it has not. */
const char *sim_loader_failure(const struct sim_device *device);

#endif
