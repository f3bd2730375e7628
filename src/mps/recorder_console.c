/* Recording a serial console: what the machine says, as asciicast lines (mps/recorder.h). What is
 * typed is not recorded: it has passwords in it, and what of it shows comes back from the machine.
 */
#include "mps/recorder_parts.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "redir/asciicast.h"
#include "redir/sol_message.h"
#include "redir/sol_text.h"

#include <stdlib.h>

/* What may wait for the disk; a machine that says more meanwhile loses its recording. */
#define WAITING_LIMIT ((size_t)1024 * 1024)

/* What goes into one line: a library that is listed reads the last of each file. */
#define LINE_BYTES 256

struct tape {
    struct mps_recorder_session session;
    struct io_wait news;
    bool failed; /* the text is not understood, or too much of it waits */
    bool done;   /* the fiber has ended */
    struct buffer lines;
    struct redir_sol_reader reader;
    struct redir_sol_text text;
};

static void put_shown(struct tape *tape, struct buffer *shown)
{
    struct redir_asciicast_event event = {
        .at_us = (io_now() - tape->session.began) * 1000,
        .kind = REDIR_ASCIICAST_OUTPUT,
        .text = buffer_slice(shown),
    };
    if (event.text.size > 0)
        redir_asciicast_put_event(&tape->lines, &event);
    tape->failed = tape->failed || !buffer_ok(shown) || !buffer_ok(&tape->lines);
    buffer_fini(shown);
}

static void put_text(struct tape *tape, struct slice text)
{
    struct buffer shown;
    buffer_init(&shown, WAITING_LIMIT);
    redir_sol_text_put(&tape->text, text, &shown);
    put_shown(tape, &shown);
}

static bool tell_failure(struct tape *tape, struct error *err)
{
    error_set(err, ERROR_PROTOCOL, "the serial console says too much, or what is none");
    mps_recorder_fail(&tape->session, err);
    return false;
}

static void device(void *owner, struct slice bytes)
{
    struct tape *tape = owner;
    struct error why;
    struct redir_sol_message message;
    enum redir_parsed parsed = REDIR_WHOLE;
    mps_recorder_look(&tape->session);
    while (parsed == REDIR_WHOLE && !tape->failed && !tape->done) {
        parsed = redir_sol_read(&tape->reader, &bytes, &message, NULL);
        if (parsed == REDIR_MALFORMED)
            tape->failed = true;
        if (parsed != REDIR_WHOLE || message.type != REDIR_SOL_SAID)
            continue;
        for (struct slice rest = message.data; rest.size > 0; rest = slice_from(rest, LINE_BYTES))
            put_text(tape, slice_first(rest, LINE_BYTES));
    }
    if (tape->failed && !tape->done)
        tell_failure(tape, &why);
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
    if (!tape->session.over || !tape->done)
        return;
    buffer_fini(&tape->lines);
    free(tape);
}

static void over(void *owner)
{
    struct tape *tape = owner;
    struct buffer shown;
    buffer_init(&shown, WAITING_LIMIT);
    redir_sol_text_flush(&tape->text, &shown);
    put_shown(tape, &shown);
    tape->session.over = true;
    io_signal(&tape->news);
    release(tape);
}

static bool record(struct tape *tape, struct mps_recording *recording, struct error *err)
{
    bool ok = true;
    while (ok && !tape->failed && (!tape->session.over || buffer_size(&tape->lines) > 0)) {
        if (buffer_size(&tape->lines) == 0) {
            ok = io_wait_for(&tape->news, IO_FOREVER, err);
            continue;
        }
        struct buffer lines = tape->lines;
        buffer_init(&tape->lines, WAITING_LIMIT);
        mps_recorder_step(&tape->session, true);
        ok = mps_recording_put_text(recording, buffer_slice(&lines), err);
        mps_recorder_step(&tape->session, false);
        buffer_fini(&lines);
    }
    if (ok && tape->failed)
        ok = tell_failure(tape, err);
    return ok;
}

static void tape_main(void *arg)
{
    struct tape *tape = arg;
    struct error err;
    struct mps_recording *recording = mps_recorder_open(&tape->session);
    if (recording != NULL) {
        bool ok = record(tape, recording, &err);
        mps_recorder_close(&tape->session, recording, ok ? NULL : &err);
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
    mps_recorder_fail(&tape->session, &err);
    mps_recorder_leave(&tape->session);
    free(tape);
    return NULL;
}

void mps_recorder_tap_consoles(struct mps_recorder *recorder)
{
    const struct mps_tap tap = {start, device, browser, NULL, over, recorder};
    mps_tap_add(recorder->options.mps, &tap);
}
