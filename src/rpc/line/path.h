/*
 * The words that name a command ("configure wireless"), over the table of commands and their
 * aliases. Pure; any thread.
 */
#ifndef RPC_LINE_PATH_H
#define RPC_LINE_PATH_H

#include "core/arena.h"
#include "core/slice.h"
#include "rpc/line/command.h"

/* The command that has just these words; NULL: none. */
const struct rpc_command *rpc_path_command(const char *words);

/* Whether some command's path is `words`, or goes on after them. */
bool rpc_path_is_begun(const char *words);

/* What may be meant by `word` after `words`: a command's word; empty: nothing is near. */
struct slice rpc_path_nearest(const char *words, struct slice word);

/* One more word. */
const char *rpc_path_join(struct arena *arena, const char *words, const char *word);

#endif
