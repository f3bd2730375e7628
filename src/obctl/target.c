#include "obctl/target.h"

#include <string.h>
#include <unistd.h>

bool obctl_target_is_output(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool obctl_target_check(const char *path, bool force, const char *what, struct error *err)
{
    if (obctl_target_is_output(path))
        return !isatty(STDOUT_FILENO) ||
               error_set(err, ERROR_INVALID, "%s is nothing for a terminal: name a file", what);
    if (force || access(path, F_OK) != 0)
        return true;
    return error_set(err, ERROR_CONFLICT, "%s is there already; --force replaces it", path);
}
