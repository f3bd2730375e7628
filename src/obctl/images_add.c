/* obctl images add: a file of this machine becomes an image of the server. */
#include "obctl/command.h"

#include "core/file.h"
#include "obctl/request.h"
#include "obctl/url.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "  FILE           ends in .iso (a CD) or .img (a floppy or USB disk)\n"
                           "  --name NAME    its name on the server (the file's own)\n";

#define STEP ((uint64_t)16 * 1024 * 1024) /* between two steps of the line */

#define MB (1024.0 * 1024.0)

struct progress {
    uint64_t size, next;
    bool drawn;
};

/* Read as it is sent, so that one of any size costs no memory. */
struct file {
    const char *path;
    int fd;
};

static void draw(void *owner, uint64_t bytes)
{
    struct progress *progress = owner;
    if (bytes > progress->size) /* the request's head is among them */
        bytes = progress->size;
    if ((bytes < progress->next && bytes < progress->size) || isatty(STDERR_FILENO) == 0)
        return;
    progress->next = bytes + STEP;
    progress->drawn = true;
    (void)fprintf(stderr, "\r%.1f of %.1f MB\x1b[K", (double)bytes / MB,
                  (double)progress->size / MB);
}

static bool read_file(void *owner, void *to, size_t size, size_t *got, struct error *err)
{
    const struct file *file = owner;
    ssize_t count = file_read_all(file->fd, to, size);
    if (count < 0)
        return file_error(err, ERROR_INVALID, file->path);
    *got = (size_t)count;
    return count > 0 ||
           error_set(err, ERROR_INVALID, "%s became shorter while it was sent", file->path);
}

static bool open_file(struct file *file, uint64_t *size, struct error *err)
{
    struct stat status;
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        return file_error(err, ERROR_INVALID, file->path);
    if (fstat(file->fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        *size = (uint64_t)status.st_size;
        return true;
    }
    (void)close(file->fd);
    return error_set(err, ERROR_INVALID, "%s is no file that can be an image", file->path);
}

static bool send(struct obctl *obctl, const char *name, const struct http_body_source *source,
                 struct error *err)
{
    struct progress progress = {.size = source->size};
    struct obctl_answer answer;
    char *target = arena_printf(obctl->arena, "/api/v1/images/%s",
                                obctl_url_escape(obctl->arena, slice_of_string(name)));
    bool ok =
        obctl_api_upload(obctl->api, obctl->arena, target, source, draw, &progress, &answer, err);
    if (progress.drawn)
        (void)fputc('\n', stderr);
    if (!ok)
        return error_wrap(err, "%s", name);
    if (obctl->json)
        buffer_printf(&obctl->out, "%.*s\n", SLICE_ARG(answer.body));
    else
        obctl_request_print_object(obctl, answer.json);
    obctl_answer_fini(&answer);
    return true;
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {
        {"name", required_argument, NULL, 'n'}, OBCTL_COMMAND_JSON, {0}};
    const char *name = NULL;
    int option;
    while ((option = obctl_command_option(obctl, argc, argv, options, err)) == 'n')
        name = optarg;
    if (option != -1 || !obctl_command_operands(argc, 1, 1, err))
        return false;
    struct file file = {.path = argv[optind]};
    struct http_body_source source = {.read = read_file, .owner = &file};
    const char *slash = strrchr(file.path, '/');
    if (!open_file(&file, &source.size, err))
        return false;
    if (name == NULL)
        name = slash != NULL ? slash + 1 : file.path;
    bool ok = send(obctl, name, &source, err);
    (void)close(file.fd);
    return ok;
}

const struct obctl_command obctl_images_add = {
    .words = "images add",
    .usage = "FILE [--name NAME] [--json]",
    .summary = "Upload an image for the devices' drives",
    .help = help,
    .needs_server = true,
    .run = run,
};
