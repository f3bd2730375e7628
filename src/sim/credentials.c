#include "sim/credentials.h"

#include "core/file.h"

#include <fcntl.h>
#include <unistd.h>

#define PEM_LIMIT (1024 * 1024)

bool sim_credentials_read(struct arena *arena, const char *path, struct slice *pem,
                          struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool done = fd >= 0 && file_read(arena, fd, PEM_LIMIT, pem);
    if (!done)
        (void)(file_error(err, ERROR_INVALID, path) || error_wrap(err, "cannot read"));
    if (fd >= 0)
        (void)close(fd);
    return done;
}

struct sim_tls_keys *sim_credentials_keys(const struct sim_options *options, struct error *err)
{
    struct sim_tls_keys *keys = NULL;
    struct slice certificate = {0}, key = {0};
    struct arena arena;
    arena_init(&arena);
    if (options->certificate == NULL ||
        (sim_credentials_read(&arena, options->certificate, &certificate, err) &&
         sim_credentials_read(&arena, options->key, &key, err)))
        keys = sim_tls_keys_new(certificate, key, err);
    arena_fini_wiped(&arena);
    return keys;
}
