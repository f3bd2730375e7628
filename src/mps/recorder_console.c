/* Recording a serial console: what the machine says, as asciicast lines (mps/recorder.h). What is
 * typed is not recorded: it has passwords in it, and what of it shows comes back from the machine.
 */
#include "mps/recorder_parts.h"

#include "core/encoding.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What may wait for the disk; a machine that says more meanwhile loses its recording. */
#define WAITING_LIMIT ((size_t)1024 * 1024)

/* Bytes of a message before its text (spec device-protocols 2.3). */
#define HEAD_MAX 24

struct tape {
    struct mps_recorder_session session;
    struct io_wait news;
    bool over;
    bool failed; /* the text is not understood, or too much of it waits */
    bool done;   /* the fiber has ended */
    struct buffer lines;
    uint8_t head[HEAD_MAX];
    size_t have;
    size_t text; /* bytes of the message's text that are to come */
};

/* Bytes of a device's message, without a text. 0: there is no such. */
static size_t message_size(uint8_t type)
{
    switch (type) {
    case 0x21:
        return 23;
    case 0x29:
    case 0x2a:
        return 10;
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x25:
    case 0x2b:
        return 8;
    default:
        return 0;
    }
}

/* As UTF-8 when it is, else each byte as the character of its number. A character that two messages
 * share is lost to the second way. */
static void put_text(struct tape *tape, struct slice text)
{
    struct json_writer json;
    uint64_t at = io_now() - tape->session.began;
    uint8_t wide[2 * 256];
    buffer_printf(&tape->lines, "[%" PRIu64 ".%03u,\"o\",", at / 1000, (unsigned)(at % 1000));
    if (!encoding_is_utf8(text)) {
        size_t size = 0;
        text = slice_first(text, 256);
        for (size_t i = 0; i < text.size; i++) {
            if (text.data[i] >= 0x80)
                wide[size++] = (uint8_t)(0xC0 | text.data[i] >> 6);
            wide[size++] =
                (uint8_t)(text.data[i] >= 0x80 ? 0x80 | (text.data[i] & 0x3F) : text.data[i]);
        }
        text = slice_of(wide, size);
    }
    json_writer_init(&json, &tape->lines);
    json_put_string_slice(&json, text);
    buffer_put_text(&tape->lines, "]\n");
    tape->failed = tape->failed || !buffer_ok(&tape->lines);
}

static void take_head(struct tape *tape, struct slice *bytes)
{
    tape->head[tape->have++] = bytes->data[0];
    *bytes = slice_from(*bytes, 1);
    size_t size = message_size(tape->head[0]);
    if (size == 0)
        tape->failed = true;
    if (size == 0 || tape->have < size)
        return;
    tape->have = 0;
    if (tape->head[0] == 0x2a)
        tape->text = (size_t)tape->head[8] | (size_t)tape->head[9] << 8;
}

static void device(void *owner, struct slice bytes)
{
    struct tape *tape = owner;
    while (bytes.size > 0 && !tape->failed && !tape->done) {
        if (tape->text == 0) {
            take_head(tape, &bytes);
            continue;
        }
        struct slice text = slice_first(slice_first(bytes, tape->text), 256);
        put_text(tape, text);
        tape->text -= text.size;
        bytes = slice_from(bytes, text.size);
    }
    io_signal(&tape->news);
}

static void browser(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner;
    (void)bytes;
    (void)size;
}

/* The last of the two to go. */
static void release(struct tape *tape)
{
    if (!tape->over || !tape->done)
        return;
    buffer_fini(&tape->lines);
    free(tape);
}

static void over(void *owner)
{
    struct tape *tape = owner;
    tape->over = true;
    io_signal(&tape->news);
    release(tape);
}

static void record(struct tape *tape, struct mps_recording *recording)
{
    struct error err;
    bool ok = true;
    while (ok && !tape->failed && (!tape->over || buffer_size(&tape->lines) > 0)) {
        if (buffer_size(&tape->lines) == 0) {
            ok = io_wait_for(&tape->news, IO_FOREVER, &err);
            continue;
        }
        struct buffer lines = tape->lines;
        buffer_init(&tape->lines, WAITING_LIMIT);
        ok = mps_recording_put_text(recording, buffer_slice(&lines), &err);
        buffer_fini(&lines);
    }
    if (tape->failed)
        log_line(LOG_WARN, "a recording was dropped", "error",
                 "the serial console says too much, or what is none", NULL);
}

static void tape_main(void *arg)
{
    struct tape *tape = arg;
    struct mps_recording *recording = mps_recorder_open(&tape->session);
    if (recording != NULL) {
        record(tape, recording);
        mps_recording_end(recording, io_now() - tape->session.began);
    }
    mps_recorder_leave(&tape->session);
    tape->done = true;
    release(tape);
}

static void *start(void *context, const struct mps_tap_session *session)
{
    struct mps_recorder *recorder = context;
    struct error err;
    if (session->kind != REDIR_SOL || !mps_recorder_may_want(recorder, session))
        return NULL;
    struct tape *tape = memory_new(sizeof *tape);
    buffer_init(&tape->lines, WAITING_LIMIT);
    mps_recorder_begin(recorder, &tape->session, session);
    if (io_fiber_start(tape_main, tape, &err))
        return tape;
    log_line(LOG_WARN, "a session is not recorded", "error", err.text, NULL);
    mps_recorder_leave(&tape->session);
    free(tape);
    return NULL;
}

void mps_recorder_tap_consoles(struct mps_recorder *recorder)
{
    const struct mps_tap tap = {start, device, browser, over, recorder};
    mps_tap_add(recorder->options.mps, &tap);
}
