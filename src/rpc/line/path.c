#include "rpc/line/path.h"

#include "rpc/line/option.h"

#include <string.h>

#define DISTANCE 3 /* from here on a word is not meant */

/* A walk over the paths and aliases of every command: start with {0}; NULL at the end. */
struct walk {
    size_t row;
    size_t names; /* of this command that were given out */
    const struct rpc_command *command;
};

static const char *next_path(struct walk *walk)
{
    while ((walk->command = rpc_commands[walk->row]) != NULL) {
        const char *const *aliases = walk->command->aliases;
        size_t name = walk->names++;
        if (name == 0)
            return walk->command->path;
        if (aliases != NULL && aliases[name - 1] != NULL)
            return aliases[name - 1];
        walk->row++;
        walk->names = 0;
    }
    return NULL;
}

/* The rest of `path` after `words` and a blank ("" when it is the same); NULL: it doesn't begin
 * with them. */
static const char *rest_of(const char *path, const char *words)
{
    size_t size = strlen(words);
    if (size == 0)
        return path;
    if (strncmp(path, words, size) != 0)
        return NULL;
    return path[size] == ' ' ? path + size + 1 : path[size] == '\0' ? path + size : NULL;
}

const struct rpc_command *rpc_path_command(const char *words)
{
    struct walk walk = {0};
    const char *path;
    while ((path = next_path(&walk)) != NULL)
        if (strcmp(path, words) == 0)
            return walk.command;
    return NULL;
}

bool rpc_path_is_begun(const char *words)
{
    struct walk walk = {0};
    const char *path;
    while ((path = next_path(&walk)) != NULL)
        if (rest_of(path, words) != NULL)
            return true;
    return false;
}

struct slice rpc_path_nearest(const char *words, struct slice word)
{
    struct walk walk = {0};
    struct slice best = {0};
    size_t least = DISTANCE;
    const char *path;
    while ((path = next_path(&walk)) != NULL) {
        const char *rest = rest_of(path, words);
        if (rest == NULL || walk.command->hidden)
            continue;
        struct slice tail = slice_of_string(rest);
        struct slice candidate = slice_split(&tail, ' ');
        size_t distance = rpc_option_distance(word, candidate, least);
        if (distance < least && candidate.size > 0) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

const char *rpc_path_join(struct arena *arena, const char *words, const char *word)
{
    return words[0] == '\0' ? word : arena_printf(arena, "%s %s", words, word);
}
