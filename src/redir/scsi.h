/*
 * The drives' side of SCSI, as a device's firmware sends it through redirection: a command of 12
 * bytes in, what to do out. Two machines: a CD-ROM (MMC-6) of 2,048-byte blocks and a removable
 * disk (SBC-2, UFI) of 512-byte blocks. Pure: what is to be read or written is said, not done.
 *
 * The commands are those that firmware is known to use (spec device-protocols 2.4, meshcentral
 * 3.2) and READ(12); anything else is an illegal request, 5/20/00. One unit per drive and session;
 * plain value.
 */
#ifndef REDIR_SCSI_H
#define REDIR_SCSI_H

#include "core/slice.h"
#include "redir/drive.h"

/* Bytes of a command as firmware sends it. READ(16) does not fit. */
#define REDIR_SCSI_COMMAND_SIZE 12

/* A unit: the drive as SCSI sees it. */
struct redir_scsi_unit {
    enum redir_drive_kind kind;
    bool present;    /* with a medium */
    bool writable;   /* a disk only */
    bool attention;  /* a medium was inserted and the host has not been told (6/28/00) */
    bool event;      /* the same, for GET EVENT STATUS NOTIFICATION, which tells it apart */
    uint64_t blocks; /* of the kind's block size */
};

enum redir_scsi_outcome {
    REDIR_SCSI_GOOD,  /* done; no data */
    REDIR_SCSI_CHECK, /* CHECK CONDITION with sense, asc, ascq */
    REDIR_SCSI_DATA,  /* data[0 … size) */
    REDIR_SCSI_READ,  /* `size` bytes of the medium from `offset` on; never none */
    REDIR_SCSI_WRITE  /* the same, from the host to the medium */
};

/* The largest answer that is data and not the medium's. */
#define REDIR_SCSI_DATA_SIZE 128

struct redir_scsi_answer {
    enum redir_scsi_outcome outcome;
    uint8_t sense;   /* sense key */
    uint8_t asc;     /* additional sense code */
    uint8_t ascq;    /* … and qualifier */
    uint64_t offset; /* bytes, a multiple of the block size */
    uint64_t size;   /* bytes; at most 2^32 - 1 blocks */
    uint8_t data[REDIR_SCSI_DATA_SIZE];
};

/* Sense of a medium that could not be read (3/11/00) or written (3/0C/00). */
#define REDIR_SENSE_MEDIUM_ERROR 3
#define REDIR_ASC_READ_ERROR     0x11
#define REDIR_ASC_WRITE_ERROR    0x0C

/* A unit with the drive's image just inserted; an empty one when `drive` is NULL. */
void redir_scsi_unit_init(struct redir_scsi_unit *unit, enum redir_drive_kind kind,
                          const struct redir_drive *drive);

/* The unit's answer to a command, which has at least REDIR_SCSI_COMMAND_SIZE bytes. */
void redir_scsi_command(struct redir_scsi_unit *unit, const uint8_t *command,
                        struct redir_scsi_answer *answer);

/* Bytes of a block of that kind. */
uint32_t redir_scsi_block_size(enum redir_drive_kind kind);

#endif
