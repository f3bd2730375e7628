/* obctl ider: a device's drives redirected to images, of this machine through the server's relay,
 * or of the server's library. */
#include "obctl/command.h"

#include "core/json_writer.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/work.h"
#include "obctl/drive_image.h"
#include "obctl/input.h"
#include "obctl/relay.h"
#include "obctl/request.h"
#include "obctl/table.h"
#include "redir/ider.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOOK_MS 100
#define DRAW_MS 500
#define WORKERS 2
#define MB      (1024.0 * 1024.0)

static const char help[] =
    "  IMAGE            a CD image of this machine (.iso); it is served until Ctrl-C (a\n"
    "                   second one cuts it short), or until the device or the server ends the\n"
    "                   session\n"
    "  --floppy FILE    a floppy or USB disk image besides, or instead\n"
    "  --writable       the device may write to the floppy\n"
    "  --stored NAME    an image of the server instead (obctl images); the session stays there "
    "and\n"
    "                   obctl does not wait (obctl ider status, obctl ider stop). --floppy then\n"
    "                   names an image of the server, too\n"
    "  --start WHEN     when the machine sees the drives: reboot (its next one), graceful, now\n"
    "                   (reboot)\n"
    "  --boot           boot from the CD, or the floppy when there is no CD: resets the machine, "
    "or\n"
    "                   switches it on\n";

struct drives {
    struct obctl *obctl;
    const char *device; /* GUID */
    const char *paths[REDIR_DRIVES];
    bool writable;
    bool stored;
    bool boot;
    enum redir_ider_start start;
    /* of a session with images of this machine */
    struct io_pool *pool;
    struct redir_drive_file *files[REDIR_DRIVES];
    struct redir_ider_options options;
    struct redir_ider_counts counts;
    struct io_stream *stream;
    struct obctl_input *input; /* for its signals */
    struct io_task session;
    struct error why;
    bool ok;
    struct io_task booting;
    struct error boot_why;
    bool boot_tried, booted;
    bool told; /* that it has begun */
    uint64_t drawn_ms, drawn_bytes;
};

/* ---- booting ---- */

static bool is_on(struct drives *d, bool *on, struct error *err)
{
    struct obctl_answer answer;
    char *target = arena_printf(d->obctl->arena, "/api/v1/amt/power/state/%s", d->device);
    if (!obctl_api_call(d->obctl->api, d->obctl->arena, "GET", target, (struct slice){0}, &answer,
                        err))
        return false;
    *on = json_integer_value(json_object_get(answer.json, "powerstate")) == 2;
    obctl_answer_fini(&answer);
    return true;
}

/* Actions 200 to 203: reset or power on, to the floppy or the CD. */
static bool boot(struct drives *d, struct error *err)
{
    struct obctl *obctl = d->obctl;
    struct obctl_answer answer;
    bool on = false;
    if (!is_on(d, &on, err))
        return false;
    int action = (d->paths[REDIR_DRIVE_CD] != NULL ? 202 : 200) + (on ? 0 : 1);
    char *target = arena_printf(obctl->arena, "/api/v1/amt/power/bootoptions/%s", d->device);
    char *body = arena_printf(obctl->arena, "{\"action\":%d,\"useSOL\":false}", action);
    if (!obctl_api_call(obctl->api, obctl->arena, "POST", target, slice_of_string(body), &answer,
                        err))
        return error_wrap(err, "the machine does not boot");
    bool ok = obctl_answer_refusal(answer.json, err);
    obctl_answer_fini(&answer);
    return ok || error_wrap(err, "the machine does not boot");
}

/* ---- images of the server ---- */

static struct slice stored_body(struct drives *d, struct buffer *to)
{
    struct json_writer json;
    json_writer_init(&json, to);
    json_open_object(&json);
    if (d->paths[REDIR_DRIVE_CD] != NULL)
        json_put_member_string(&json, "image", d->paths[REDIR_DRIVE_CD]);
    if (d->paths[REDIR_DRIVE_FLOPPY] != NULL)
        json_put_member_string(&json, "floppy", d->paths[REDIR_DRIVE_FLOPPY]);
    json_put_member_bool(&json, "writable", d->writable);
    json_put_member_string(&json, "start", redir_ider_start_name(d->start));
    json_close_object(&json);
    return buffer_slice(to);
}

static bool run_stored(struct drives *d, struct error *err)
{
    struct obctl *obctl = d->obctl;
    struct obctl_answer answer;
    struct buffer body;
    char *target = arena_printf(obctl->arena, "/api/v1/amt/ider/%s", d->device);
    buffer_init(&body, 8192);
    bool ok = obctl_api_call(obctl->api, obctl->arena, "POST", target, stored_body(d, &body),
                             &answer, err);
    buffer_fini(&body);
    if (!ok)
        return error_wrap(err, "%s", d->device);
    if (obctl->json)
        buffer_printf(&obctl->out, "%.*s\n", SLICE_ARG(answer.body));
    else
        obctl_request_print_object(obctl, answer.json);
    obctl_answer_fini(&answer);
    return !d->boot || boot(d, err);
}

/* ---- images of this machine ---- */

static const char *shown_name(struct drives *d, enum redir_drive_kind kind)
{
    return obctl_table_printable(d->obctl->arena, d->paths[kind]);
}

static void warn(struct drives *d, enum redir_drive_kind kind)
{
    const char *doubt = obctl_drive_image_doubt(d->options.drives[kind], kind);
    if (doubt != NULL)
        (void)fprintf(stderr, "obctl: %s %s: machines will hardly boot from it\n",
                      shown_name(d, kind), doubt);
}

static bool open_files(struct obctl_api *api, void *arg, struct error *err)
{
    struct drives *d = arg;
    (void)api;
    for (unsigned i = 0; i < REDIR_DRIVES; i++) {
        if (d->paths[i] == NULL)
            continue;
        d->files[i] = redir_drive_file_open(AT_FDCWD, d->paths[i], (enum redir_drive_kind)i,
                                            d->writable, d->pool, err);
        if (d->files[i] == NULL)
            return false;
        d->options.drives[i] = redir_drive_file_drive(d->files[i]);
        warn(d, (enum redir_drive_kind)i);
    }
    return true;
}

static uint64_t all_read(const struct drives *d)
{
    return atomic_load(&d->counts.read[0]) + atomic_load(&d->counts.read[1]);
}

static uint64_t all_written(const struct drives *d)
{
    return atomic_load(&d->counts.written[0]) + atomic_load(&d->counts.written[1]);
}

static void draw(struct drives *d)
{
    uint64_t now = io_now();
    uint64_t passed = now - d->drawn_ms;
    if (!d->told || passed < DRAW_MS || isatty(STDERR_FILENO) == 0)
        return;
    uint64_t bytes = all_read(d) + all_written(d);
    (void)fprintf(
        stderr, "\r%.1f MB read, %.1f MB written, %.2f MB/s, block %" PRIu64 "\x1b[K",
        (double)all_read(d) / MB, (double)all_written(d) / MB,
        (double)(bytes - d->drawn_bytes) / MB * 1000 / (double)passed,
        atomic_load(&d->counts.last_block[d->paths[REDIR_DRIVE_CD] != NULL ? REDIR_DRIVE_CD
                                                                           : REDIR_DRIVE_FLOPPY]));
    d->drawn_ms = now;
    d->drawn_bytes = bytes;
}

/* Once the device has the drives. Not with what is printed, which is for programs. */
static void tell_start(struct drives *d)
{
    bool cd = d->paths[REDIR_DRIVE_CD] != NULL;
    bool floppy = d->paths[REDIR_DRIVE_FLOPPY] != NULL;
    if (d->told || !atomic_load(&d->counts.open))
        return;
    d->told = true;
    (void)fprintf(stderr, "serving %s%s%s%s%s until Ctrl-C\n",
                  cd ? shown_name(d, REDIR_DRIVE_CD) : "", cd ? " as CD" : "",
                  cd && floppy ? ", " : "", floppy ? shown_name(d, REDIR_DRIVE_FLOPPY) : "",
                  floppy ? " as floppy" : "");
}

static void session_main(void *arg)
{
    struct drives *d = arg;
    d->ok = redir_ider_run(d->stream, &d->options, &d->why);
    obctl_input_wake(d->input);
}

static void boot_main(void *arg)
{
    struct drives *d = arg;
    d->booted = boot(d, &d->boot_why);
    obctl_input_wake(d->input);
}

/* Boots as soon as the device has the drives, beside the session. False when that has failed. */
static bool look_after_boot(struct drives *d)
{
    if (!d->boot || d->booted || io_task_running(&d->booting))
        return true;
    if (d->boot_tried)
        return false;
    if (!atomic_load(&d->counts.open))
        return true;
    d->boot_tried = true;
    return io_task_start(&d->booting, boot_main, d, &d->boot_why);
}

/* Until the session is over, or is to be: by a signal, or since the machine does not boot. */
static void watch(struct drives *d)
{
    struct error cancelled; /* which the session says, too */
    while (io_task_running(&d->session) && obctl_input_signal(d->input) == 0 &&
           look_after_boot(d) && obctl_input_wait(d->input, LOOK_MS, &cancelled)) {
        tell_start(d);
        draw(d);
    }
}

/* What became of it: a signal is the way to end a session, but not one that is yet to boot. */
static bool judge(struct drives *d, struct error *err)
{
    int number = obctl_input_signal(d->input);
    if (d->boot_tried && !d->booted && d->boot_why.code != ERROR_CANCELLED)
        *err = d->boot_why;
    else if (d->boot && !d->booted && number != 0)
        error_set(err, ERROR_CANCELLED, "ended by SIG%s before the machine has booted",
                  sigabbrev_np(number));
    else if (d->ok || (number != 0 && d->why.code == ERROR_CANCELLED))
        return true;
    else
        *err = d->why;
    return false;
}

/* Closes the session in good order when it is told to end; a second time cuts it. */
static bool serve(struct drives *d, struct error *err)
{
    d->input = obctl_input_open(-1, err);
    if (d->input == NULL)
        return false;
    bool ok = io_task_start(&d->session, session_main, d, err);
    if (ok) {
        watch(d);
        io_task_cancel(&d->booting);
        io_task_cancel(&d->session);
        io_task_join(&d->booting);
        io_task_join(&d->session);
        if (d->drawn_ms != 0 && isatty(STDERR_FILENO) != 0)
            (void)fputc('\n', stderr);
        ok = judge(d, err);
    }
    obctl_input_close(d->input);
    return ok;
}

static void print_sum(struct drives *d)
{
    struct obctl *obctl = d->obctl;
    if (!obctl->json) {
        buffer_printf(&obctl->out, "%" PRIu64 " bytes read, %" PRIu64 " written\n", all_read(d),
                      all_written(d));
        return;
    }
    buffer_printf(&obctl->out,
                  "{\"guid\":\"%s\",\"bytesRead\":%" PRIu64 ",\"bytesWritten\":%" PRIu64
                  ",\"commands\":%" PRIu64 ",\"checkConditions\":%" PRIu64 ",\"resets\":%" PRIu64
                  "}\n",
                  d->device, all_read(d), all_written(d), atomic_load(&d->counts.commands),
                  atomic_load(&d->counts.checks), atomic_load(&d->counts.resets));
}

static bool talk(struct io_stream *stream, void *arg, struct error *err)
{
    struct drives *d = arg;
    d->stream = stream;
    return serve(d, err);
}

static bool close_files(struct obctl_api *api, void *arg, struct error *err)
{
    struct drives *d = arg;
    (void)api;
    (void)err;
    for (unsigned i = 0; i < REDIR_DRIVES; i++)
        redir_drive_file_close(d->files[i]);
    return true;
}

static bool run_local(struct drives *d, struct error *err)
{
    struct obctl *obctl = d->obctl;
    d->options.start = d->start;
    d->options.counts = &d->counts;
    d->pool = io_pool_new("images", WORKERS, WORKERS * 4, err);
    if (d->pool == NULL)
        return false;
    bool ok = obctl_api_run(obctl->api, open_files, d, err) &&
              obctl_relay_run(obctl, d->device, REDIR_IDER, talk, d, err);
    (void)obctl_api_run(obctl->api, close_files, d, NULL);
    io_pool_free(d->pool);
    if (atomic_load(&d->counts.open))
        print_sum(d);
    return ok;
}

/* ---- the command ---- */

static bool ends_in_img(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && strcasecmp(name + size - 4, ".img") == 0;
}

static bool place_stored(struct drives *d, const char *name, struct error *err)
{
    const char **place = &d->paths[ends_in_img(name) ? REDIR_DRIVE_FLOPPY : REDIR_DRIVE_CD];
    if (*place != NULL)
        return error_set(err, ERROR_INVALID, "two images for one floppy drive: %s and %s", name,
                         *place);
    *place = name;
    return true;
}

static bool read_options(struct drives *d, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{"floppy", required_argument, NULL, 'f'},
                                            {"writable", no_argument, NULL, 'w'},
                                            {"stored", required_argument, NULL, 's'},
                                            {"start", required_argument, NULL, 't'},
                                            {"boot", no_argument, NULL, 'b'},
                                            OBCTL_COMMAND_JSON,
                                            {0}};
    int option;
    const char *stored = NULL;
    while ((option = obctl_command_option(d->obctl, argc, argv, options, err)) != -1) {
        if (option == 'f')
            d->paths[REDIR_DRIVE_FLOPPY] = optarg;
        else if (option == 'w')
            d->writable = true;
        else if (option == 's')
            stored = optarg;
        else if (option == 'b')
            d->boot = true;
        else if (option != 't')
            return false;
        else if (!redir_ider_start_of(slice_of_string(optarg), &d->start))
            return error_set(err, ERROR_INVALID, "--start is reboot, graceful or now");
    }
    d->stored = stored != NULL;
    if (!obctl_command_operands(argc, 1, d->stored ? 1 : 2, err))
        return false;
    if (d->stored && !place_stored(d, stored, err))
        return false;
    if (argc - optind == 2)
        d->paths[REDIR_DRIVE_CD] = argv[optind + 1];
    return d->paths[REDIR_DRIVE_CD] != NULL || d->paths[REDIR_DRIVE_FLOPPY] != NULL ||
           error_set(err, ERROR_INVALID, "which image? IMAGE, --floppy FILE or --stored NAME");
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct drives d = {.obctl = obctl, .start = REDIR_IDER_REBOOT};
    return read_options(&d, argc, argv, err) &&
           obctl_api_find_device(obctl->api, obctl->arena, argv[optind], &d.device, err) &&
           (d.stored ? run_stored(&d, err) : run_local(&d, err));
}

const struct obctl_command obctl_ider = {
    .words = "ider",
    .usage = "DEVICE [IMAGE] [--floppy FILE] [--writable] [--stored NAME] [--start WHEN] [--boot] "
             "[--json]",
    .summary = "Let a device use images as its drives",
    .help = help,
    .needs_server = true,
    .run = run,
};
