/* obctl images add: a file of this machine becomes an image of the server. */
#include "obctl/command.h"

#include "core/file.h"
#include "obctl/request.h"
#include "obctl/url.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "  FILE           ends in .iso (a CD) or .img (a floppy or USB disk)\n"
                           "  --name NAME    its name on the server (the file's own)\n";

#define STEP ((uint64_t)16 * 1024 * 1024) /* between two lines of progress */

struct progress {
    uint64_t size, next;
};

static void draw(void *owner, uint64_t bytes)
{
    struct progress *progress = owner;
    if (bytes < progress->next || isatty(STDERR_FILENO) == 0)
        return;
    progress->next = bytes + STEP;
    (void)fprintf(stderr, "\r%llu of %llu MB\x1b[K%s", (unsigned long long)(bytes >> 20),
                  (unsigned long long)(progress->size >> 20), bytes >= progress->size ? "\n" : "");
}

/* Maps the file, so that one of any size costs no memory. */
static bool map(const char *path, struct slice *content, struct error *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_error(err, ERROR_INVALID, path);
    bool ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
    void *at = ok ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    (void)close(fd);
    if (at == MAP_FAILED)
        return error_set(err, ERROR_INVALID, "%s is no file that can be an image", path);
    *content = slice_of(at, (size_t)status.st_size);
    return true;
}

static bool send(struct obctl *obctl, const char *name, struct slice content, struct error *err)
{
    struct progress progress = {.size = content.size};
    struct obctl_answer answer;
    char *target = arena_printf(obctl->arena, "/api/v1/images/%s",
                                obctl_url_escape(obctl->arena, slice_of_string(name)));
    if (!obctl_api_upload(obctl->api, obctl->arena, target, content, draw, &progress, &answer, err))
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
    const char *path = argv[optind];
    const char *slash = strrchr(path, '/');
    struct slice content;
    if (!map(path, &content, err))
        return false;
    if (name == NULL)
        name = slash != NULL ? slash + 1 : path;
    bool ok = send(obctl, name, content, err);
    (void)munmap((void *)(uintptr_t)content.data, content.size);
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
