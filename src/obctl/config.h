/*
 * What obctl remembers between calls: the server, the token, and why the server is trusted. A text
 * file of "key value" lines, ~/.config/obctl/config (XDG_CONFIG_HOME and OBCTL_CONFIG are heeded),
 * readable by its owner only, replaced whole. OBCTL_URL, OBCTL_TOKEN and OBCTL_CA stand above it;
 * a token or trust that was stored for another server than OBCTL_URL names is not used.
 */
#ifndef OBCTL_CONFIG_H
#define OBCTL_CONFIG_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>

struct obctl_config {
    const char *url;   /* NULL: not logged in */
    const char *token; /* NULL: none */
    const char *trust; /* PEM text of a CA or of the server's own certificate; NULL: the system's */
    bool insecure;     /* any certificate will do */
};

/* The path of the file, in the arena; NULL with ERROR_INVALID when there is no home folder. */
const char *obctl_config_path(struct arena *arena, struct error *err);

/* An absent file gives an empty configuration. A file that others may read is refused. */
bool obctl_config_load(struct arena *arena, const char *path, struct obctl_config *config,
                       struct error *err);

/* Writes beside the file and renames, so that a crash leaves the old one. */
bool obctl_config_save(struct arena *arena, const char *path, const struct obctl_config *config,
                       struct error *err);

/* Lays the environment's OBCTL_URL, OBCTL_TOKEN and OBCTL_CA over what was loaded. */
bool obctl_config_environment(struct arena *arena, struct obctl_config *config, struct error *err);

/* A whole file of at most `limit` bytes, in the arena. */
bool obctl_config_read_file(struct arena *arena, const char *path, size_t limit,
                            struct slice *content, struct error *err);

#endif
