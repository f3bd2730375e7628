/*
 * The device's end of an IDER session (spec device-protocols 2.4): agrees on the features, attaches
 * the remote drives, carries the commands of their drivers (drive.h) to the host that has the
 * images, and brings the answers back. Drives of an IDE channel share it, so one command of the two
 * is on its way at a time; some hosts end the session when there are more. What the host must not
 * do ends the session with message 4A.
 *
 *   OPEN --40, 41--> RUNNING --48 with type 3--> switched on: now, or with the next boot
 *
 * A reset of the bus (46) is answered by the host once it has come to rest (47); until then
 * everything it sends for the old command is dropped, and new commands wait.
 */
#ifndef SIM_REDIRECTION_IDER_H
#define SIM_REDIRECTION_IDER_H

#include "core/slice.h"
#include "sim/device.h"

struct sim_ider;
struct sim_drive;

struct sim_ider_sense {
    uint8_t key, code, qualifier;
};

enum sim_ider_end {
    SIM_IDER_GOOD,
    SIM_IDER_CHECK,
    SIM_IDER_TIMEOUT, /* the bus is being reset */
    SIM_IDER_RESET,   /* the bus was reset meanwhile */
};

struct sim_ider_result {
    enum sim_ider_end end;
    struct slice data; /* borrowed for the call */
    struct sim_ider_sense sense;
};

struct sim_ider_command {
    uint8_t cdb[12];
    bool dma;
    uint32_t most;    /* bytes that the host may send; SIM_IDER_DATA_LIMIT at most */
    struct slice out; /* bytes that it may fetch, borrowed until the command is over */
    uint64_t not_before_ms;
};

#define SIM_IDER_DATA_LIMIT (64 * 2048 * 2)
#define SIM_IDER_BUFFER     8192 /* bytes of one message of data, both ways */

/* True once the host has switched the drives on. */
bool sim_ider_is_on(const struct sim_ider *ider);

/* The drive of the session. */
struct sim_drive *sim_ider_drive(struct sim_ider *ider, bool cd);

const struct sim_drive_habits *sim_ider_habits(const struct sim_ider *ider);

/* Resets the bus: commands end, both drives are detached. */
void sim_ider_reset(struct sim_ider *ider, uint64_t now_ms);

/* The one command of this drive; `sim_drive_answered` is told of its end. */
void sim_ider_submit(struct sim_ider *ider, bool cd, const struct sim_ider_command *command,
                     uint64_t now_ms);

#endif
