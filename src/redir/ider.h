/*
 * IDE redirection, the client's side: a device sees a CD drive and a floppy drive whose media are
 * images of ours (spec device-protocols 2.4; from AMT 11 on the drives are USB ones, the messages
 * the same). A session runs on a fiber over a stream on which start and login have succeeded
 * (redir/login.h), with a second fiber of its own that reads, and sends the drives' data as fast
 * as the stream takes it: images are read ahead while the device thinks.
 *
 * What a device sends is checked: sequence numbers, lengths, order. It is answered or the session
 * ends with a sentence; memory is bounded by REDIR_IDER_MEMORY whatever it sends.
 */
#ifndef REDIR_IDER_H
#define REDIR_IDER_H

#include "core/error.h"
#include "io/stream.h"
#include "redir/drive.h"

#include <stdatomic.h>
#include <stdint.h>

/* When the device's host sees the drives: the value of the "set features" message. */
enum redir_ider_start {
    REDIR_IDER_REBOOT = 0x08,   /* at its next boot */
    REDIR_IDER_GRACEFUL = 0x10, /* when the system in it lets go of the drives' bus */
    REDIR_IDER_NOW = 0x18       /* at once */
};

/* "reboot", "graceful", "now". False for another word. */
bool redir_ider_start_of(struct slice name, enum redir_ider_start *start);
const char *redir_ider_start_name(enum redir_ider_start start);

/* What a session has done; written by it alone, read from any thread. */
struct redir_ider_counts {
    _Atomic bool open;                         /* the device has taken the drives */
    _Atomic uint64_t commands;                 /* SCSI commands answered */
    _Atomic uint64_t checks;                   /* of them with CHECK CONDITION */
    _Atomic uint64_t resets;                   /* the device's bus was reset: it boots */
    _Atomic uint64_t read[REDIR_DRIVES];       /* bytes sent to the device, by kind of drive */
    _Atomic uint64_t written[REDIR_DRIVES];    /* bytes taken from it */
    _Atomic uint64_t last_block[REDIR_DRIVES]; /* the last that was read or written */
    _Atomic uint64_t last_ms;                  /* io_now of the last command */
};

struct redir_ider_options {
    const struct redir_drive *drives[REDIR_DRIVES]; /* by kind; NULL: the drive is empty */
    enum redir_ider_start start;
    struct redir_ider_counts *counts; /* borrowed; NULL: nobody looks */
    /* Called on the session's fiber after each command and at the opening; must not wait. NULL:
     * nobody looks. */
    void (*progress)(void *owner);
    void *owner;
    uint32_t silence_ms; /* a device that sends nothing for that long is gone; 0: 70,000, for the
                            heartbeat that is asked for is one in 20 s */
};

/* The most memory that a session holds beside its stream and its two fibers' stacks. */
#define REDIR_IDER_MEMORY ((size_t)1024 * 1024)

/*
 * Runs a session until it is over. True when the device closed it in good order. False with
 * ERROR_CANCELLED when the fiber was cancelled: then the session is closed with the device first,
 * within 2 s; ERROR_UNSUPPORTED when the device has IDER switched off; ERROR_PROTOCOL when it sent
 * what it must not; ERROR_DEVICE when it reported an error; ERROR_TIMEOUT when it fell silent; or
 * the stream's error. The stream stays the caller's. On a fiber; drives are borrowed.
 */
bool redir_ider_run(struct io_stream *stream, const struct redir_ider_options *options,
                    struct error *err);

#endif
