#include "obctl/config.h"

#include "core/buffer.h"
#include "core/encoding.h"
#include "core/file.h"
#include "core/memory.h"
#include "obctl/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT 65536

static bool set_errno(struct error *err, const char *what, const char *path)
{
    char text[128];
    int number = errno;
    enum error_code code = number == ENOENT ? ERROR_NOT_FOUND : ERROR_INVALID;
    return error_set(err, code, "cannot %s %s: %s", what, path,
                     strerror_r(number, text, sizeof text));
}

const char *obctl_config_path(struct arena *arena, struct error *err)
{
    const char *path = getenv("OBCTL_CONFIG");
    if (path != NULL && path[0] != '\0')
        return path;
    const char *folder = getenv("XDG_CONFIG_HOME");
    if (folder != NULL && folder[0] == '/')
        return arena_printf(arena, "%s/obctl/config", folder);
    folder = getenv("HOME");
    if (folder != NULL && folder[0] == '/')
        return arena_printf(arena, "%s/.config/obctl/config", folder);
    error_set(err, ERROR_INVALID,
              "HOME is not set; set OBCTL_CONFIG to a file to keep the login in");
    return NULL;
}

static bool read_open_file(struct arena *arena, int file, const char *path, size_t limit,
                           struct slice *content, struct error *err)
{
    if (file_read(arena, file, limit, content))
        return true;
    return errno == EFBIG
               ? error_set(err, ERROR_TOO_LARGE, "%s has more than %zu bytes", path, limit)
               : set_errno(err, "read", path);
}

bool obctl_config_read_file(struct arena *arena, const char *path, size_t limit,
                            struct slice *content, struct error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return set_errno(err, "open", path);
    bool ok = read_open_file(arena, file, path, limit, content, err);
    close(file);
    return ok;
}

static bool parse(struct arena *arena, struct slice text, struct obctl_config *config)
{
    while (text.size > 0) {
        struct slice line = slice_trim(slice_split(&text, '\n'));
        if (line.size == 0 || line.data[0] == '#')
            continue;
        struct slice value = line;
        struct slice key = slice_split(&value, ' ');
        value = slice_trim(value);
        if (slice_equal_string(key, "url")) {
            config->url = arena_string(arena, value);
        } else if (slice_equal_string(key, "token")) {
            config->token = arena_string(arena, value);
        } else if (slice_equal_string(key, "insecure")) {
            config->insecure = slice_equal_string(value, "yes");
        } else if (slice_equal_string(key, "trust")) {
            struct slice pem;
            if (!encoding_base64_decode(arena, value, &pem))
                return false;
            config->trust = arena_string(arena, pem);
        } else {
            return false;
        }
    }
    return true;
}

bool obctl_config_load(struct arena *arena, const char *path, struct obctl_config *config,
                       struct error *err)
{
    *config = (struct obctl_config){0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT || errno == ENOTDIR ? true : set_errno(err, "open", path);

    bool ok = false;
    struct stat facts;
    struct slice text;
    if (fstat(file, &facts) != 0) {
        set_errno(err, "read", path);
    } else if ((facts.st_mode & 077) != 0) {
        error_set(err, ERROR_INVALID, "others can read %s, which holds a token: chmod 600 it",
                  path);
    } else if (read_open_file(arena, file, path, FILE_LIMIT, &text, err)) {
        ok = parse(arena, text, config);
        if (!ok)
            error_set(err, ERROR_INVALID, "%s is damaged: remove it and log in again", path);
    }
    close(file);
    return ok;
}

/* Makes the folders above `path`, for the owner only. */
static bool make_folders(struct arena *arena, const char *path, struct error *err)
{
    char *folder = arena_string(arena, slice_of_string(path));
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return set_errno(err, "make", folder);
        *at = '/';
    }
    return true;
}

bool obctl_config_save(struct arena *arena, const char *path, const struct obctl_config *config,
                       struct error *err)
{
    struct buffer text;
    buffer_init(&text, FILE_LIMIT);
    if (config->url != NULL)
        buffer_printf(&text, "url %s\n", config->url);
    if (config->token != NULL)
        buffer_printf(&text, "token %s\n", config->token);
    if (config->trust != NULL)
        buffer_printf(&text, "trust %.*s\n",
                      SLICE_ARG(encoding_base64(arena, slice_of_string(config->trust))));
    if (config->insecure)
        buffer_put_text(&text, "insecure yes\n");

    bool ok = false;
    if (!buffer_ok(&text)) {
        error_set(err, ERROR_TOO_LARGE, "the token or the certificate is too large to keep");
        goto out;
    }
    if (!make_folders(arena, path, err))
        goto out;
    if (!file_write(path, buffer_slice(&text), 0600, FILE_REPLACE)) {
        set_errno(err, "write", path);
        goto out;
    }
    ok = true;
out:
    memory_wipe(text.bytes, text.end);
    buffer_fini(&text);
    return ok;
}

bool obctl_config_environment(struct arena *arena, struct obctl_config *config, struct error *err)
{
    const char *address = getenv("OBCTL_URL");
    if (address != NULL && address[0] != '\0') {
        struct obctl_url url;
        if (!obctl_url_parse(arena, slice_of_string(address), &url, err))
            return error_wrap(err, "OBCTL_URL");
        if (config->url == NULL || strcmp(config->url, url.base) != 0)
            *config = (struct obctl_config){.url = url.base};
    }
    const char *token = getenv("OBCTL_TOKEN");
    if (token != NULL && token[0] != '\0')
        config->token = token;
    const char *ca = getenv("OBCTL_CA");
    if (ca != NULL && ca[0] != '\0') {
        struct slice pem = {0};
        if (!obctl_config_read_file(arena, ca, FILE_LIMIT / 2, &pem, err))
            return error_wrap(err, "OBCTL_CA");
        config->trust = arena_string(arena, pem);
        config->insecure = false;
    }
    return true;
}
