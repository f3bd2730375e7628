/* obctl sol play: shows a recording of a terminal as it happened. */
#include "obctl/command.h"

#include "core/file.h"
#include "redir/asciicast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SPEED_MOST 1000.0
#define AT_MOST    (365.0 * 24 * 3600)

static const char help[] =
    "  FILE          what obctl sol --record wrote, or asciinema (version 2)\n"
    "  --speed N     N times as fast; 0.5 is half\n"
    "  --at SECONDS  what was shown by then at once, and on from there\n";

struct player {
    const char *path;
    FILE *file;
    char *line; /* REDIR_ASCIICAST_LINE bytes and the NUL */
    double speed;
    uint64_t from_us; /* shown at once up to here */
    uint64_t at_us;   /* shown by now */
};

/* The next line without its end. False at the file's end, `err` set when that is a failure. */
static bool next_line(struct player *p, struct slice *line, struct error *err)
{
    do {
        errno = 0;
        if (fgets(p->line, (int)REDIR_ASCIICAST_LINE + 1, p->file) == NULL)
            return errno != 0 ? file_error(err, ERROR_INVALID, p->path) : false;
        *line = slice_of_string(p->line);
        if (line->size == REDIR_ASCIICAST_LINE && line->data[line->size - 1] != '\n')
            return error_set(err, ERROR_TOO_LARGE, "%s: a line is too long", p->path);
        *line = slice_trim(*line);
    } while (line->size == 0);
    return true;
}

static void wait_until(struct player *p, uint64_t at_us)
{
    uint64_t since = p->at_us > p->from_us ? p->at_us : p->from_us;
    if (at_us > since) {
        double us = (double)(at_us - since) / p->speed;
        struct timespec rest = {.tv_sec = (time_t)(us / 1e6)};
        rest.tv_nsec = (long)((us - (double)rest.tv_sec * 1e6) * 1e3);
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
            continue;
    }
    if (at_us > p->at_us)
        p->at_us = at_us;
}

static bool show(struct slice text, struct error *err)
{
    return (fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0) ||
           error_set(err, ERROR_INTERNAL, "cannot write to standard output");
}

static bool play(struct player *p, struct error *err)
{
    struct redir_asciicast_head head;
    struct redir_asciicast_event event;
    struct arena arena;
    struct slice line = {0};
    arena_init(&arena);
    bool ok = next_line(p, &line, err) || err->code == ERROR_NONE;
    ok = ok && redir_asciicast_read_head(&arena, line, &head, err);
    while (ok && next_line(p, &line, err)) {
        arena_fini(&arena);
        arena_init(&arena);
        ok = redir_asciicast_read_event(&arena, line, &event, err);
        if (!ok || event.kind != REDIR_ASCIICAST_OUTPUT)
            continue;
        wait_until(p, event.at_us);
        ok = show(event.text, err);
    }
    arena_fini(&arena);
    return ok && err->code == ERROR_NONE;
}

static bool read_number(const char *name, double least, double most, double *number,
                        struct error *err)
{
    char *end;
    *number = strtod(optarg, &end);
    return (end != optarg && *end == '\0' && *number >= least && *number <= most) ||
           error_set(err, ERROR_INVALID, "--%s wants a number from %g to %g", name, least, most);
}

static bool read_options(struct obctl *obctl, int argc, char **argv, struct player *p,
                         struct error *err)
{
    static const struct option known[] = {
        {"speed", required_argument, NULL, 's'}, {"at", required_argument, NULL, 'a'}, {0}};
    double at = 0;
    int option;
    p->speed = 1;
    while ((option = obctl_command_option(obctl, argc, argv, known, err)) != -1) {
        if (option == '?' ||
            (option == 's' && !read_number("speed", 0.01, SPEED_MOST, &p->speed, err)) ||
            (option == 'a' && !read_number("at", 0, AT_MOST, &at, err)))
            return false;
    }
    p->from_us = (uint64_t)(at * 1e6);
    return obctl_command_operands(argc, 1, 1, err);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct player p = {0};
    if (!read_options(obctl, argc, argv, &p, err))
        return false;
    p.path = argv[optind];
    p.file = fopen(p.path, "re");
    if (p.file == NULL)
        return file_error(err, ERROR_NOT_FOUND, p.path);
    p.line = arena_alloc(obctl->arena, REDIR_ASCIICAST_LINE + 1);
    bool ok = play(&p, err);
    (void)fclose(p.file);
    if (isatty(STDOUT_FILENO) == 1)
        buffer_put_text(&obctl->out, "\x1b[0m\x1b[?25h\r\n");
    return ok;
}

const struct obctl_command obctl_sol_play = {
    .words = "sol play",
    .usage = "FILE [--speed N] [--at SECONDS]",
    .summary = "Play what obctl sol has recorded",
    .help = help,
    .run = run,
};
