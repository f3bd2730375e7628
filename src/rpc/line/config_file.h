/*
 * The file config.yaml, of the working directory. It steers a run, a server's address and LMS's
 * port among what it says, so a run with rights of its own takes it from nobody who has not got
 * them: neither the file nor its folder may be another user's, or for others to write. No symbolic
 * link either, nor a file of /proc and the like, whose contents are not its owner's: the name of
 * whoever's set-uid program is root's file there. Nothing but a regular file is ever opened, since
 * opening a device may do something. Blocking.
 */
#ifndef RPC_LINE_CONFIG_FILE_H
#define RPC_LINE_CONFIG_FILE_H

#include "core/arena.h"
#include "core/error.h"

/* In the arena. `privileged`: the run is root's. *there is false without a file, which is no
 * mistake. False with ERROR_INVALID: it may not be taken, or cannot be read. */
bool rpc_config_file_read(struct arena *arena, const char *path, bool privileged,
                          struct slice *text, bool *there, struct error *err);

/* Whether the contents of a file there are the kernel's or some program's, whoever's the file is;
 * `type` is that of statfs. */
bool rpc_config_file_is_made_up(unsigned long type);

#endif
