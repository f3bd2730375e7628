#include "redir/ider.h"

#include "core/memory.h"
#include "io/loop.h"
#include "redir/ider_session.h"

#include <stdlib.h>
#include <string.h>

#define RECEIVE_MS    30000u /* as every client asks for; spec device-protocols 2.4 */
#define TRANSMIT_MS   0u
#define HEARTBEAT_MS  20000u
#define SILENCE_MS    70000u
#define OPEN_MS       20000u /* for 41, and for 49 */
#define PING_MS       10000u /* of our silence, so that the device's receive time does not pass */
#define WRITE_MS      60000u /* that the stream may take for one write */
#define DATA_MS       25000u /* for the data of a write command */
#define CLOSE_MS      2000u
#define ENABLE        1u
#define OUT_SIZE      ((size_t)64 * 1024) /* of data that is sent at once */
#define WRITE_PIECE   ((size_t)64 * 1024) /* of the host's data that is written at once */
#define READ_SIZE_MAX ((size_t)32 * 1024)

static const struct {
    const char *name;
    enum redir_ider_start start;
} starts[] = {
    {"reboot", REDIR_IDER_REBOOT}, {"graceful", REDIR_IDER_GRACEFUL}, {"now", REDIR_IDER_NOW}};

#define STARTS (sizeof starts / sizeof *starts)

bool redir_ider_start_of(struct slice name, enum redir_ider_start *start)
{
    for (size_t i = 0; i < STARTS; i++) {
        if (slice_equal_string(name, starts[i].name)) {
            *start = starts[i].start;
            return true;
        }
    }
    return false;
}

const char *redir_ider_start_name(enum redir_ider_start start)
{
    for (size_t i = 0; i < STARTS; i++)
        if (starts[i].start == start)
            return starts[i].name;
    return "reboot";
}

/* ---- sending ---- */

/* Sends what has been put. After a failure nothing can follow: a message may have gone in part. */
static bool flush(struct ider_session *s, struct error *err)
{
    if (buffer_size(&s->out) == 0)
        return true;
    if (s->cut)
        return error_set(err, ERROR_CONNECTION, "the connection is closed");
    uint64_t deadline = io_deadline_within(WRITE_MS);
    bool good = io_stream_write(s->stream, buffer_slice(&s->out), err);
    io_deadline_restore(deadline);
    buffer_clear(&s->out);
    s->cut = !good;
    s->quiet_since = io_now();
    if (!good && err->code == ERROR_TIMEOUT)
        error_set(err, ERROR_TIMEOUT, "the device has taken nothing for %u s", WRITE_MS / 1000);
    return good;
}

static void put_plain(struct ider_session *s, enum redir_ider_type type)
{
    redir_ider_put_plain(&s->out, s->sequence++, type);
}

static void put_pongs(struct ider_session *s)
{
    for (; s->pings > 0; s->pings--)
        put_plain(s, REDIR_IDER_PONG);
}

static void put_good(struct ider_session *s, const struct ider_command *command)
{
    redir_ider_put_end(&s->out, s->sequence++, command->target, 0, 0, 0);
}

static void put_check(struct ider_session *s, const struct ider_command *command, uint8_t sense,
                      uint8_t asc, uint8_t ascq)
{
    redir_ider_put_end(&s->out, s->sequence++, command->target, sense, asc, ascq);
    if (s->counts != NULL)
        atomic_fetch_add(&s->counts->checks, 1);
}

static void put_data(struct ider_session *s, const struct ider_command *command, struct slice data,
                     bool last)
{
    do {
        struct slice piece = slice_first(data, s->read_buffer);
        data = slice_from(data, piece.size);
        redir_ider_put_data(&s->out, s->sequence++, command->target, piece, last && data.size == 0);
    } while (data.size > 0);
}

/* ---- commands ---- */

static void count_read(struct ider_session *s, enum redir_drive_kind drive, uint64_t end,
                       size_t size)
{
    if (s->counts == NULL)
        return;
    atomic_fetch_add(&s->counts->read[drive], size);
    atomic_store(&s->counts->last_block[drive], (end - 1) / redir_scsi_block_size(drive));
}

/* Whether the command in progress is to be left as it is: the device has reset its drives, or is
 * gone. */
static bool abandoned(const struct ider_session *s)
{
    return s->resets > 0 || s->over;
}

/* Sends an extent of the image. False when the session is over. */
static bool run_read(struct ider_session *s, const struct ider_command *command,
                     const struct redir_scsi_answer *answer, struct error *err)
{
    enum redir_drive_kind drive = command->target.drive;
    uint64_t at = answer->offset;
    uint64_t end = answer->offset + answer->size;
    while (at < end && !abandoned(s)) {
        size_t most = end - at < READ_SIZE_MAX ? (size_t)(end - at) : READ_SIZE_MAX;
        /* Pieces are as large as the device takes them, but for the last. */
        most = end - at > most && most > s->read_buffer ? most / s->read_buffer * s->read_buffer
                                                        : most;
        struct slice bytes;
        struct error failure = {0};
        if (!redir_ahead_read(&s->ahead[drive], at, most, &bytes, &failure)) {
            put_check(s, command, REDIR_SENSE_MEDIUM_ERROR, REDIR_ASC_READ_ERROR, 0);
            return flush(s, err);
        }
        at += bytes.size;
        put_data(s, command, bytes, at == end);
        put_pongs(s);
        if ((buffer_size(&s->out) >= OUT_SIZE / 2 || at == end) && !flush(s, err))
            return false;
        count_read(s, drive, at, bytes.size);
    }
    return flush(s, err);
}

/* Asks for `size` bytes of the host and waits for some of them. False when they do not come: the
 * command is abandoned, or, with `err` set, the session over. */
static bool get_data(struct ider_session *s, const struct ider_command *command, size_t size,
                     struct error *err)
{
    buffer_clear(&s->data);
    s->data_there = false;
    s->data_asked = size < s->write_buffer ? size : s->write_buffer;
    redir_ider_put_get_data(&s->out, s->sequence++, command->target, (uint16_t)s->data_asked);
    bool good = flush(s, err);
    uint64_t deadline = io_deadline_within(DATA_MS);
    while (good && !s->data_there && !abandoned(s)) {
        good = io_wait_for(&s->event, IO_FOREVER, err);
        put_pongs(s);
        good = good && flush(s, err);
    }
    io_deadline_restore(deadline);
    if (!good && err->code == ERROR_TIMEOUT && !s->cut)
        error_set(err, ERROR_TIMEOUT, "the device does not send what its host writes");
    s->data_asked = 0;
    return good && s->data_there;
}

static bool write_out(struct ider_session *s, enum redir_drive_kind drive, uint64_t offset,
                      struct buffer *from)
{
    const struct redir_drive *image = s->options->drives[drive];
    struct error failure = {0};
    bool good = image->write(image->owner, offset, buffer_slice(from), &failure);
    if (good && s->counts != NULL) {
        size_t size = buffer_size(from);
        atomic_fetch_add(&s->counts->written[drive], size);
        atomic_store(&s->counts->last_block[drive],
                     (offset + size - 1) / redir_scsi_block_size(drive));
    }
    buffer_clear(from);
    return good;
}

static bool run_write(struct ider_session *s, const struct ider_command *command,
                      const struct redir_scsi_answer *answer, struct error *err)
{
    enum redir_drive_kind drive = command->target.drive;
    struct buffer gathered;
    uint64_t asked = 0;
    uint64_t written = 0;
    bool good = true;
    error_clear(err);
    redir_ahead_forget(&s->ahead[drive]);
    buffer_init(&gathered, WRITE_PIECE + REDIR_IDER_BUFFER_MOST);
    while (good && asked < answer->size && get_data(s, command, answer->size - asked, err)) {
        asked += buffer_size(&s->data);
        buffer_put(&gathered, buffer_slice(&s->data));
        if (buffer_size(&gathered) >= WRITE_PIECE || asked == answer->size) {
            size_t size = buffer_size(&gathered);
            good = write_out(s, drive, answer->offset + written, &gathered);
            written += size;
        }
    }
    buffer_fini(&gathered);
    if (err->code != ERROR_NONE)
        return false;
    if (!good)
        put_check(s, command, REDIR_SENSE_MEDIUM_ERROR, REDIR_ASC_WRITE_ERROR, 0);
    else if (asked == answer->size)
        put_good(s, command);
    return flush(s, err);
}

static bool run_command(struct ider_session *s, const struct ider_command *command,
                        struct error *err)
{
    struct redir_scsi_answer answer;
    bool good = true;
    redir_scsi_command(&s->units[command->target.drive], command->bytes, &answer);
    switch (answer.outcome) {
    case REDIR_SCSI_GOOD:
        put_good(s, command);
        break;
    case REDIR_SCSI_CHECK:
        put_check(s, command, answer.sense, answer.asc, answer.ascq);
        break;
    case REDIR_SCSI_DATA:
        put_data(s, command, slice_of(answer.data, (size_t)answer.size), true);
        break;
    case REDIR_SCSI_READ:
        good = run_read(s, command, &answer, err);
        break;
    case REDIR_SCSI_WRITE:
        good = run_write(s, command, &answer, err);
        break;
    }
    if (s->counts != NULL) {
        atomic_fetch_add(&s->counts->commands, 1);
        atomic_store(&s->counts->last_ms, io_now());
    }
    return good && flush(s, err);
}

/* ---- the session ---- */

static void report(struct ider_session *s)
{
    if (s->options->progress != NULL)
        s->options->progress(s->options->owner);
}

/* Deals with what has come; false when the session is over for `err`. */
static bool step(struct ider_session *s, struct error *err)
{
    put_pongs(s);
    for (; s->resets > 0; s->resets--)
        put_plain(s, REDIR_IDER_RESET_REPLY);
    if (!flush(s, err))
        return false;
    if (s->queued.there) {
        struct ider_command command = s->queued;
        s->queued.there = false;
        if (!run_command(s, &command, err))
            return false;
        report(s);
        return true;
    }
    uint64_t quiet = io_now() - s->quiet_since;
    if (quiet >= PING_MS) {
        put_plain(s, REDIR_IDER_PING);
        return flush(s, err);
    }
    struct error why = {0};
    if (!s->over && !io_wait_for(&s->event, PING_MS - quiet, &why) && why.code != ERROR_TIMEOUT) {
        *err = why;
        return false;
    }
    return true;
}

static bool await(struct ider_session *s, const bool *answered, const char *what, struct error *err)
{
    uint64_t until = io_now() + OPEN_MS;
    while (!*answered && !s->over) {
        if (io_now() >= until)
            return error_set(err, ERROR_TIMEOUT, "the device does not answer the %s of its drives",
                             what);
        if (!io_wait_for(&s->event, until - io_now(), err) && err->code != ERROR_TIMEOUT)
            return false;
        error_clear(err);
    }
    return *answered;
}

static bool open_drives(struct ider_session *s, struct error *err)
{
    redir_ider_put_open(&s->out, s->sequence++, RECEIVE_MS, TRANSMIT_MS, HEARTBEAT_MS);
    if (!flush(s, err) || !await(s, &s->open, "opening", err))
        return false;
    s->features_asked = true;
    redir_ider_put_features(&s->out, s->sequence++, ENABLE | (uint32_t)s->options->start);
    if (!flush(s, err) || !await(s, &s->enabled, "switching on", err))
        return false;
    if (s->counts != NULL)
        atomic_store(&s->counts->open, true);
    report(s);
    return true;
}

/* Tells the device that it is over, when there is a way to, and lets it answer. */
static void close_drives(struct ider_session *s)
{
    struct io_shield shield = io_shield_begin(CLOSE_MS);
    struct error err = {0};
    if (s->open && !s->over && !s->cut) {
        put_plain(s, REDIR_IDER_CLOSE); /* behind what has its numbers already */
        bool good = flush(s, &err);
        while (good && !s->over)
            good = io_wait_for(&s->event, IO_FOREVER, &err);
    }
    io_task_cancel(&s->reader);
    io_task_join(&s->reader);
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        redir_ahead_fini(&s->ahead[i]);
    io_shield_end(shield);
}

static struct ider_session *session_new(struct io_stream *stream,
                                        const struct redir_ider_options *options)
{
    struct ider_session *s = memory_new(sizeof *s);
    s->stream = stream;
    s->options = options;
    s->counts = options->counts;
    s->silence_ms = options->silence_ms != 0 ? options->silence_ms : SILENCE_MS;
    s->quiet_since = io_now();
    buffer_init(&s->in, 4 * READ_SIZE_MAX);
    buffer_init(&s->out, 4 * OUT_SIZE);
    buffer_init(&s->data, REDIR_IDER_BUFFER_MOST);
    for (unsigned i = 0; i < REDIR_DRIVES; i++) {
        redir_scsi_unit_init(&s->units[i], (enum redir_drive_kind)i, options->drives[i]);
        redir_ahead_init(&s->ahead[i], options->drives[i]);
    }
    return s;
}

static void session_free(struct ider_session *s)
{
    buffer_fini(&s->in);
    buffer_fini(&s->out);
    buffer_fini(&s->data);
    free(s);
}

bool redir_ider_run(struct io_stream *stream, const struct redir_ider_options *options,
                    struct error *err)
{
    struct ider_session *s = session_new(stream, options);
    struct error why = {0};
    bool good = io_task_start(&s->reader, ider_intake_main, s, &why) && open_drives(s, &why);
    while (good && !s->over)
        good = step(s, &why);
    /* The reader knows better than a failed write why it is over; a cancellation comes before. */
    bool closed = s->closed && s->enabled;
    if (why.code != ERROR_CANCELLED && s->why.code != ERROR_NONE)
        why = s->why;
    else if (s->closed && !closed)
        error_set(&why, ERROR_DEVICE, "the device closed its drives before they were open");
    close_drives(s);
    session_free(s);
    if (closed && why.code != ERROR_CANCELLED)
        return true;
    if (err != NULL)
        *err = why;
    return false;
}
