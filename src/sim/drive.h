/*
 * The machine's driver for one of the two remote drives that an IDER session brings: the CD or the
 * floppy. It finds out what is in the drive with the commands that a BIOS sends (spec
 * device-protocols 2.4), and reads and writes extents of any size in bursts of commands, one at a
 * time. Unit attention and a drive that is becoming ready are met with patience, everything else is
 * reported. Pure; part of the session (redirection_ider.h), ends with it.
 *
 *   DETACHED --attach--> ATTACHING --> READY, EMPTY (no medium), DEAD (it answers no command)
 *
 * and back to DETACHED when the bus is reset.
 */
#ifndef SIM_DRIVE_H
#define SIM_DRIVE_H

#include "core/buffer.h"
#include "sim/redirection_ider.h"

#define SIM_DRIVE_REQUEST_LIMIT (1024 * 1024) /* bytes of one read or write */

enum sim_drive_state {
    SIM_DRIVE_DETACHED,
    SIM_DRIVE_ATTACHING,
    SIM_DRIVE_READY,
    SIM_DRIVE_EMPTY,
    SIM_DRIVE_DEAD,
};

enum sim_drive_status {
    SIM_DRIVE_DONE,
    SIM_DRIVE_NO_MEDIUM,
    SIM_DRIVE_CHECK,   /* refused: see `sense` */
    SIM_DRIVE_SHORT,   /* good status, but not all of the data */
    SIM_DRIVE_RANGE,   /* past the end of the medium; nothing was sent */
    SIM_DRIVE_TIMEOUT, /* no answer in time; the bus was reset */
    SIM_DRIVE_GONE,    /* the session is over, or the bus was reset by somebody else */
};
const char *sim_drive_status_name(enum sim_drive_status status);

/* `data` is what was read, borrowed until the drive's next request. A new request may be made from
 * here. */
typedef void sim_drive_done(void *owner, enum sim_drive_status status, struct slice data,
                            uint64_t now_ms);

struct sim_drive {
    struct sim_ider *link;
    bool cd;
    uint8_t state;  /* enum sim_drive_state */
    uint8_t step;   /* of attaching */
    uint8_t tries;  /* of the command at hand */
    bool protected; /* against writing */
    uint32_t block_size;
    uint64_t blocks;             /* 0: the drive would not say */
    struct sim_ider_sense sense; /* of the last command that was refused; key 0: none was */
    /* the request: */
    sim_drive_done *done; /* NULL: there is none */
    void *owner;
    bool writes;
    uint64_t block;        /* the next one */
    uint32_t left;         /* blocks still to be moved */
    uint32_t moving;       /* blocks of the command at hand */
    uint32_t skip, size;   /* of what is read: the part that was asked for */
    struct slice to_write; /* borrowed; the rest of it */
    struct buffer read;
};

void sim_drive_init(struct sim_drive *drive, struct sim_ider *link, bool cd);

/* Ends the request that is open with SIM_DRIVE_GONE. */
void sim_drive_fini(struct sim_drive *drive, uint64_t now_ms);

/* Finds out what is in the drive; SIM_DRIVE_DONE: it can be read. `done` may be called before this
 * returns only with SIM_DRIVE_GONE. One request at a time: cancel first. */
void sim_drive_attach(struct sim_drive *drive, sim_drive_done *done, void *owner, uint64_t now_ms);

/* Reads `size` bytes (1 to SIM_DRIVE_REQUEST_LIMIT) at any offset. `done` may be called before it
 * returns, but never with SIM_DRIVE_DONE. The drive must be READY. */
void sim_drive_read(struct sim_drive *drive, uint64_t offset, uint32_t size, sim_drive_done *done,
                    void *owner, uint64_t now_ms);

/* Writes whole blocks; `bytes` are borrowed until it is done. */
void sim_drive_write(struct sim_drive *drive, uint64_t block, struct slice bytes,
                     sim_drive_done *done, void *owner, uint64_t now_ms);

/* Nobody waits for the request any more. Its command goes on; a new request follows it. */
void sim_drive_cancel(struct sim_drive *drive);

/* Size of the medium in bytes; 0: not known. */
uint64_t sim_drive_size(const struct sim_drive *drive);

/* For redirection_ider.c: the command at hand is over. */
void sim_drive_answered(struct sim_drive *drive, const struct sim_ider_result *result,
                        uint64_t now_ms);

#endif
