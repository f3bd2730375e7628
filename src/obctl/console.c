#include "obctl/console.h"

#include "io/fiber.h"
#include "io/loop.h"
#include "obctl/cast.h"
#include "obctl/escape.h"
#include "obctl/input.h"
#include "obctl/output.h"
#include "obctl/terminal.h"
#include "redir/sol.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_LIMIT 65536 /* what one piece of a device shows, and the text to wait for */
#define TYPED_LIMIT 16384
#define HELD_MS     100 /* for the rest of a character */
#define ROOM_MS     10  /* for whoever takes what is shown to make room */
#define STOP_MS     4000

/* As fast as a line of 115,200 bauds: what comes faster some firmware loses. */
#define PACE_BYTES 128
#define PACE_MS    10

struct console {
    const struct obctl_console_options *options;
    struct redir_sol *sol;
    struct obctl_input *input;
    struct obctl_output output;
    struct obctl_cast *cast; /* NULL: not recorded */
    struct io_task running;
    struct error why; /* the session is over */
    bool ok;
    bool leaving; /* the user wants to */
    bool found;   /* the text */
    bool told;    /* the line's state is known */
    bool waiting; /* for room to show what was said */
    uint8_t line;
    struct redir_sol_text text;     /* shown */
    struct redir_sol_text recorded; /* always UTF-8 */
    struct buffer shown, kept, tail, typed;
    struct obctl_escape escape;
    bool cr;
    uint64_t deadline;
    uint64_t said_ms;  /* when something was said last, and shown */
    uint64_t held_ms;  /* when something was held back last */
    uint64_t ended_ms; /* when the input ended; 0: it has not */
};

/* ---- showing ---- */

/* Writes what is to be shown, as far as that goes at once. */
static bool write_out(struct console *c, struct error *err)
{
    size_t put = 1;
    while (put > 0 && buffer_size(&c->shown) > 0) {
        if (!obctl_output_put(&c->output, buffer_slice(&c->shown), &put, err))
            return false;
        buffer_consume(&c->shown, put);
    }
    return true;
}

/* Writes all of it. The device is not read meanwhile, so what waits is bounded; signs of life and
 * all else go on. */
static bool wait_out(struct console *c, struct error *err)
{
    bool ok = write_out(c, err);
    c->waiting = true;
    while (ok && buffer_size(&c->shown) > 0)
        ok = io_sleep(ROOM_MS, err) && write_out(c, err);
    c->waiting = false;
    return ok;
}

static void record(struct console *c)
{
    if (c->cast != NULL && buffer_size(&c->kept) > 0)
        obctl_cast_put(c->cast, REDIR_ASCIICAST_OUTPUT, buffer_slice(&c->kept));
    buffer_clear(&c->kept);
}

/* Whether the text is in what is shown, also across pieces of it; `from` is what was not looked
 * at. */
static bool look_for(struct console *c, size_t from)
{
    const char *until = c->options->until;
    if (until == NULL)
        return false;
    size_t size = strlen(until);
    buffer_put(&c->tail, slice_from(buffer_slice(&c->shown), from));
    struct slice all = buffer_slice(&c->tail);
    bool found = memmem(all.data, all.size, until, size) != NULL;
    if (all.size >= size)
        buffer_consume(&c->tail, all.size - size + 1);
    return found;
}

static void tell(const struct console *c, const char *text)
{
    const char *end = c->options->interactive ? "\r\n" : "\n";
    (void)fprintf(stderr, "%sobctl: %s%s", c->options->interactive ? end : "", text, end);
}

/* What became of the machine is worth finding again in the recording. */
static void notice(struct console *c, const char *text)
{
    tell(c, text);
    if (c->cast != NULL)
        obctl_cast_put(c->cast, REDIR_ASCIICAST_MARKER, slice_of_string(text));
}

/* ---- what the session tells ---- */

static void on_started(void *owner)
{
    struct console *c = owner;
    obctl_cast_keep(c->cast);
    if (c->options->interactive)
        (void)fprintf(stderr, "obctl: connected to %s; ~. ends, ~? helps\r\n", c->options->guid);
}

static bool on_said(void *owner, struct slice bytes, struct error *err)
{
    struct console *c = owner;
    size_t before = buffer_size(&c->shown); /* what was held back and found no room */
    redir_sol_text_put(&c->text, bytes, &c->shown);
    if (c->cast != NULL)
        redir_sol_text_put(&c->recorded, bytes, &c->kept);
    record(c);
    bool found = look_for(c, before);
    bool ok = wait_out(c, err);
    c->said_ms = c->held_ms = io_now();
    c->found = c->found || (ok && found);
    obctl_input_wake(c->input); /* found, or a character is held back, or no longer silent */
    return ok;
}

static void on_line(void *owner, uint8_t controls, uint8_t status)
{
    struct console *c = owner;
    bool on = (status & REDIR_SOL_POWER_ON) != 0;
    bool was_on = !c->told || (c->line & REDIR_SOL_POWER_ON) != 0;
    (void)controls;
    if (on != was_on)
        notice(c, on ? "the machine is on" : "the machine is off");
    else if (!c->told && (status & REDIR_SOL_LOOPBACK) != 0)
        notice(c, "neither BIOS nor system uses the serial line now");
    if ((status & REDIR_SOL_TX_OVERFLOW) != 0)
        notice(c, "some of what the machine said was lost");
    c->told = true;
    c->line = status;
}

static const struct redir_sol_events events = {
    .started = on_started, .said = on_said, .line = on_line};

static void run_main(void *arg)
{
    struct console *c = arg;
    c->ok = redir_sol_run(c->sol, &c->why);
    obctl_input_wake(c->input);
}

/* ---- typing ---- */

static void help(const struct console *c)
{
    tell(c, "escapes, at the beginning of a line:\r\n"
            "  ~.   end\r\n"
            "  ~b   send a BREAK\r\n"
            "  ~^Z  suspend, for up to a minute\r\n"
            "  ~~   a tilde\r\n"
            "  ~?   this");
}

static bool type(struct console *c, struct error *err)
{
    struct slice rest = buffer_slice(&c->typed);
    bool ok = true;
    if (rest.size > 0)
        buffer_clear(&c->tail); /* what was said before is no answer to it */
    while (ok && rest.size > 0) {
        struct slice piece = slice_first(rest, PACE_BYTES);
        rest = slice_from(rest, piece.size);
        ok = redir_sol_type(c->sol, piece, err) && (rest.size == 0 || io_sleep(PACE_MS, err));
    }
    buffer_clear(&c->typed);
    c->said_ms = io_now();
    return ok;
}

static bool act(struct console *c, enum obctl_escape_action action, struct error *err)
{
    switch (action) {
    case OBCTL_ESCAPE_END:
        c->leaving = true;
        return true;
    case OBCTL_ESCAPE_BREAK:
        return redir_sol_break(c->sol, err);
    case OBCTL_ESCAPE_SUSPEND:
        obctl_input_suspend();
        return true;
    case OBCTL_ESCAPE_HELP:
        help(c);
        return true;
    case OBCTL_ESCAPE_NONE:
    default:
        return true;
    }
}

static bool take_typed(struct console *c, struct error *err)
{
    struct slice rest = obctl_input_typed(c->input);
    bool ok = true;
    if (!c->options->interactive)
        obctl_escape_plain(&c->cr, rest, &c->typed);
    while (ok && c->options->interactive && rest.size > 0 && !c->leaving) {
        enum obctl_escape_action action = obctl_escape_take(&c->escape, &rest, &c->typed);
        ok = type(c, err) && act(c, action, err);
    }
    ok = ok && type(c, err);
    obctl_input_taken(c->input);
    return ok;
}

/* ---- until when ---- */

/* Something is to be shown that nobody else is showing: the rest of a character has not come, or
 * there was no room. */
static bool is_held(const struct console *c)
{
    return !c->waiting && (c->text.have > 0 || buffer_size(&c->shown) > 0);
}

/* How long to wait for something new: until the next of the times that matter. */
static uint64_t patience(const struct console *c)
{
    uint64_t now = io_now();
    uint64_t at = c->deadline;
    if (is_held(c) && c->held_ms + HELD_MS < at)
        at = c->held_ms + HELD_MS;
    if (!c->waiting && c->ended_ms > 0 && c->options->until == NULL &&
        c->said_ms + c->options->idle_ms < at)
        at = c->said_ms + c->options->idle_ms;
    return at == IO_FOREVER ? IO_FOREVER : at > now ? at - now : 0;
}

/* What is held back for the rest of a character that does not come. Does not wait for room. */
static bool show_held(struct console *c, struct error *err)
{
    if (!is_held(c) || io_now() < c->held_ms + HELD_MS)
        return true;
    c->held_ms = io_now();
    size_t before = buffer_size(&c->shown);
    redir_sol_text_flush(&c->text, &c->shown);
    redir_sol_text_flush(&c->recorded, &c->kept);
    record(c);
    c->found = look_for(c, before) || c->found;
    return write_out(c, err);
}

/* True when it is over for a reason of ours; `err` says what if that is a failure. */
static bool is_enough(struct console *c, bool *ok, struct error *err)
{
    uint64_t now = io_now();
    int number = obctl_input_signal(c->input);
    *ok = true;
    if (number != 0)
        *ok = error_set(err, ERROR_CANCELLED, "ended by SIG%s", sigabbrev_np(number));
    else if (c->leaving || c->found)
        return true;
    else if (now >= c->deadline)
        *ok = error_set(err, ERROR_TIMEOUT,
                        c->options->until != NULL ? "the text did not come in time"
                                                  : "the time is over");
    else if (obctl_input_ended(c->input) && c->ended_ms == 0)
        c->ended_ms = c->said_ms = now;
    if (!*ok)
        return true;
    if (c->ended_ms == 0 || c->options->until != NULL)
        return false;
    return c->options->interactive || (!c->waiting && now >= c->said_ms + c->options->idle_ms);
}

static bool converse(struct console *c, struct error *err)
{
    for (;;) {
        bool ok;
        if (is_enough(c, &ok, err))
            return ok;
        if (!io_task_running(&c->running))
            return true; /* c->ok and c->why tell */
        if (obctl_input_typed(c->input).size > 0) {
            if (!take_typed(c, err))
                return false;
            continue;
        }
        if (!obctl_input_wait(c->input, patience(c), err) || !show_held(c, err))
            return false;
    }
}

/* ---- the whole ---- */

static bool start_recording(struct console *c, struct error *err)
{
    struct winsize size = {0};
    if (c->options->record == NULL)
        return true;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        size = (struct winsize){.ws_col = 80, .ws_row = 25};
    struct redir_asciicast_head head = {.width = size.ws_col,
                                        .height = size.ws_row,
                                        .began = (int64_t)time(NULL),
                                        .title = c->options->guid};
    c->cast = obctl_cast_create(c->options->record, c->options->force, &head, err);
    return c->cast != NULL;
}

/* Whose colours and cursor they are now is the shell's business. */
static void leave_terminal(struct console *c)
{
    static const char calm[] = "\x1b[0m\x1b[?25h\r\n";
    struct error ignored;
    size_t put;
    if (!c->options->interactive)
        return;
    if (isatty(STDOUT_FILENO))
        (void)obctl_output_put(&c->output, slice_of(calm, sizeof calm - 1), &put, &ignored);
    obctl_terminal_restore();
}

/* Ends the session if it still is one. A device that takes nothing any more is not waited for. */
static void stop(struct console *c)
{
    struct error ignored;
    uint64_t end = io_now() + STOP_MS;
    redir_sol_stop(c->sol);
    while (io_task_running(&c->running) && io_now() < end) {
        if (!obctl_input_wait(c->input, end - io_now(), &ignored))
            break;
    }
    io_task_cancel(&c->running);
    io_task_join(&c->running);
    (void)write_out(c, &ignored);
}

/* The session has ended before the user has. */
static bool explain_end(const struct console *c, struct error *err)
{
    if (!c->ok)
        return error_set(err, c->why.code, "%s", c->why.text);
    return error_set(err, ERROR_CONNECTION, "the device ended the session");
}

static bool run(struct console *c, struct error *err)
{
    c->input = obctl_input_open(STDIN_FILENO, err);
    if (c->input == NULL)
        return false;
    bool ok = (!c->options->interactive || obctl_terminal_take(STDIN_FILENO, err)) &&
              io_task_start(&c->running, run_main, c, err);
    if (ok) {
        ok = converse(c, err);
        bool ours = io_task_running(&c->running) || c->found;
        stop(c);
        if (ok && !ours)
            ok = explain_end(c, err);
    }
    leave_terminal(c);
    obctl_input_close(c->input);
    return ok;
}

bool obctl_console_talk(struct io_stream *stream, void *arg, struct error *err)
{
    struct console c = {.options = arg, .deadline = IO_FOREVER};
    struct error failed;
    c.text.encoding = c.recorded.encoding = c.options->encoding;
    if (c.recorded.encoding == REDIR_SOL_UTF8)
        c.recorded.encoding = REDIR_SOL_AUTO;
    if (c.options->timeout_ms > 0)
        c.deadline = io_now() + c.options->timeout_ms;
    buffer_init(&c.shown, SHOWN_LIMIT);
    buffer_init(&c.kept, SHOWN_LIMIT);
    buffer_init(&c.tail, SHOWN_LIMIT * 2);
    buffer_init_secret(&c.typed, TYPED_LIMIT);
    obctl_output_open(&c.output, STDOUT_FILENO);
    bool ok = start_recording(&c, err);
    if (ok) {
        c.sol = redir_sol_new(stream, &events, &c);
        ok = run(&c, err);
        redir_sol_free(c.sol);
    }
    error_clear(&failed);
    if (!obctl_cast_close(c.cast, &failed) && ok)
        ok = error_set(err, failed.code, "%s", failed.text);
    obctl_output_close(&c.output);
    buffer_fini(&c.shown);
    buffer_fini(&c.kept);
    buffer_fini(&c.tail);
    buffer_fini(&c.typed);
    return ok;
}
