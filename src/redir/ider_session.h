/* What the two fibers of an IDE redirection session share: ider.c answers, ider_intake.c reads.
 * Both run on one loop and give way only in waits. Private to src/redir. */
#ifndef REDIR_IDER_SESSION_H
#define REDIR_IDER_SESSION_H

#include "core/buffer.h"
#include "io/fiber.h"
#include "redir/ider.h"
#include "redir/ider_message.h"
#include "redir/read_ahead.h"
#include "redir/scsi.h"

/* A command as it came. */
struct ider_command {
    bool there;
    struct redir_ider_target target;
    uint8_t bytes[REDIR_SCSI_COMMAND_SIZE];
};

struct ider_session {
    struct io_stream *stream;
    struct redir_ider_counts *counts;
    uint32_t silence_ms;

    /* from the reading fiber to the answering one */
    struct io_wait event; /* something below has changed */
    bool open;            /* 41 has come, and is good */
    bool enabled;         /* 49 has come, and is good */
    bool closed;          /* 43 has come */
    bool over;            /* nothing more comes; `why` when that is no good end */
    struct error why;
    uint8_t error_code; /* the last that 4A named; 0: none */
    uint32_t pings;     /* to be answered */
    uint32_t resets;    /* to be answered, once nothing is in progress */
    struct ider_command queued;
    size_t read_buffer, write_buffer; /* the device's, in whole 512-byte blocks */
    struct buffer data;               /* of 53 */
    bool data_there;

    /* from the answering fiber to the reading one */
    bool features_asked;
    size_t data_asked; /* by 52; 0: none */

    /* the reading fiber's */
    struct io_task reader;
    struct buffer in;
    uint32_t next_sequence; /* the device's next */

    /* the answering fiber's */
    struct buffer out;
    uint32_t sequence; /* our next */
    bool cut;          /* a message was sent in part: nothing more can be */
    uint64_t quiet_since;
    struct redir_scsi_unit units[REDIR_DRIVES];
    struct redir_ahead ahead[REDIR_DRIVES];
    const struct redir_ider_options *options;
};

/* The reading fiber: arg is the session. Ends with the stream, at an error, after 43, or when it is
 * cancelled. */
void ider_intake_main(void *arg);

/* The session is over for that reason: the first counts. */
void ider_session_fail(struct ider_session *s, const struct error *why);

#endif
