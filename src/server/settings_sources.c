/* The sources of settings: defaults, INI file, environment, flags. */
#include "core/memory.h"
#include "server/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN_SIZE 512

static bool set_defaults(struct settings *settings, struct error *err)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        if (setting->otherwise == NULL)
            continue;
        if (!settings_set(settings, setting, setting->otherwise, "default", err))
            return false;
        free(settings->origins[i]);
        settings->origins[i] = NULL;
    }
    return true;
}

static const char *variable_of(char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=')
            return (*environment)[size + 1] == '\0' ? NULL : *environment + size + 1;
    return NULL;
}

/* Our own name wins over the toolkit's. An empty variable counts as not given. */
static bool read_variable(struct settings *settings, const struct setting *setting,
                          char *const *environment, struct error *err)
{
    char name[64];
    const char *origin = settings_variable(setting, name);
    const char *value = variable_of(environment, origin);
    if (value == NULL && setting->toolkit != NULL) {
        origin = setting->toolkit;
        value = variable_of(environment, origin);
    }
    return value == NULL || setting->command != NULL ||
           settings_set(settings, setting, value, origin, err);
}

static bool read_environment(struct settings *settings, char *const *environment, struct error *err)
{
    for (size_t i = 0; i < settings_count; i++)
        if (!read_variable(settings, &settings_table[i], environment, err))
            return false;
    return true;
}

static bool unknown(const char *what, struct slice name, const char *dashes, struct error *err)
{
    const struct setting *nearest = settings_nearest(name);
    if (nearest == NULL)
        return error_set(err, ERROR_INVALID, "%s: there is no such setting", what);
    return error_set(err, ERROR_INVALID, "%s: there is no such setting; do you mean %s%s?", what,
                     dashes, nearest->name);
}

static bool refuse_secret(const struct setting *setting, struct error *err)
{
    char variable[64];
    return error_set(err, ERROR_INVALID,
                     "--%s: a secret on the command line is seen by everybody on this machine; set "
                     "%s or write it into the settings file%s",
                     setting->name, settings_variable(setting, variable),
                     settings_find(slice_of_string("admin-password")) == setting
                         ? ", or use --admin-password-file"
                         : "");
}

static bool refuse_elsewhere(const char *what, const struct setting *setting, struct error *err)
{
    if (setting->command == NULL) /* the one that says where the file is */
        return error_set(err, ERROR_INVALID, "%s: only for flags and the environment", what);
    return error_set(err, ERROR_INVALID, "%s: only for \"outband %s --%s\"", what, setting->command,
                     setting->name);
}

/* The setting of the flag `name`, as `command` takes it. */
static const struct setting *flag_setting(const char *command, struct slice name, struct error *err)
{
    const struct setting *setting = settings_find(name);
    char what[80];
    (void)snprintf(what, sizeof what, "--%.60s", (const char *)name.data);
    if (setting == NULL) {
        (void)unknown(what, name, "--", err);
        return NULL;
    }
    if (setting->command != NULL && strcmp(setting->command, command) != 0) {
        (void)refuse_elsewhere(what, setting, err);
        return NULL;
    }
    if (setting->type == SETTING_SECRET) {
        (void)refuse_secret(setting, err);
        return NULL;
    }
    return setting;
}

/* One flag; *argument moves to the last word used. */
static bool read_flag(struct settings *settings, const char *command, char *const **argument,
                      struct error *err)
{
    const char *word = **argument;
    if (strncmp(word, "--", 2) != 0 || word[2] == '\0')
        return error_set(err, ERROR_INVALID, "'%.60s' is not understood; flags start with --",
                         word);
    struct slice value = slice_of_string(word + 2);
    bool joined = slice_index_of(value, '=') < value.size;
    char name[64];
    struct slice key = slice_split(&value, '=');
    (void)snprintf(name, sizeof name, "%.*s", key.size < sizeof name ? (int)key.size : 63,
                   (const char *)key.data);
    const struct setting *setting = flag_setting(command, slice_of_string(name), err);
    if (setting == NULL)
        return false;
    char origin[80];
    (void)snprintf(origin, sizeof origin, "--%s", setting->name);
    if (joined)
        return settings_set(settings, setting, (const char *)value.data, origin, err);
    const char *next = (*argument)[1];
    if (setting->type == SETTING_FLAG && (next == NULL || strncmp(next, "--", 2) == 0))
        return settings_set(settings, setting, "true", origin, err);
    if (next == NULL || strncmp(next, "--", 2) == 0)
        return error_set(err, ERROR_INVALID, "%s: the value is missing", origin);
    ++*argument;
    return settings_set(settings, setting, next, origin, err);
}

static bool read_flags(struct settings *settings, const char *command, char *const *arguments,
                       struct error *err)
{
    for (; *arguments != NULL; arguments++)
        if (!read_flag(settings, command, &arguments, err))
            return false;
    return true;
}

struct ini {
    struct settings *settings;
    const char *path;
    FILE *file;
    unsigned line;
    bool given[SETTINGS_LIMIT];
    bool failed;
    struct error *err;
};

/* Reads one line for the parser. A longer one would be cut in two by it, so it is an error. */
static char *read_line(char *to, int size, void *context)
{
    struct ini *ini = context;
    if (ini->failed || fgets(to, size, ini->file) == NULL)
        return NULL;
    ini->line++;
    if (strchr(to, '\n') == NULL && feof(ini->file) == 0) {
        ini->failed = true;
        (void)error_set(ini->err, ERROR_INVALID, "%s:%u: the line is longer than %d characters",
                        ini->path, ini->line, size - 3);
        return NULL;
    }
    return to;
}

static bool take_line(struct ini *ini, const char *section, const char *name, const char *value)
{
    char where[ORIGIN_SIZE];
    (void)snprintf(where, sizeof where, "%s:%u", ini->path, ini->line);
    if (section[0] != '\0')
        return error_set(ini->err, ERROR_INVALID, "%s: there are no sections in this file", where);
    const struct setting *setting = settings_find(slice_of_string(name));
    char what[ORIGIN_SIZE + 80];
    (void)snprintf(what, sizeof what, "%s: %.60s", where, name);
    if (setting == NULL)
        return unknown(what, slice_of_string(name), "", ini->err);
    if (setting->command != NULL || strcmp(setting->name, "config") == 0)
        return refuse_elsewhere(what, setting, ini->err);
    size_t place = (size_t)(setting - settings_table);
    if (ini->given[place])
        return error_set(ini->err, ERROR_INVALID, "%s: %s is given twice", where, name);
    ini->given[place] = true;
    return settings_set(ini->settings, setting, value, where, ini->err) ||
           error_wrap(ini->err, "%s", setting->name);
}

/* 1 goes on, 0 ends: the parser's convention. */
static int on_line(void *context, const char *section, const char *name, const char *value)
{
    struct ini *ini = context;
    if (!ini->failed)
        ini->failed = !take_line(ini, section, name, value == NULL ? "" : value);
    return ini->failed ? 0 : 1;
}

static bool unreadable(const char *path, struct error *err)
{
    char text[128];
    return error_set(err, ERROR_INVALID, "the settings file %.100s cannot be read: %s", path,
                     strerror_r(errno, text, sizeof text));
}

/* False with an error; a file that need not exist is skipped with *found = false. */
static bool read_ini(struct settings *settings, const char *path, bool must_exist, bool *found,
                     struct error *err)
{
    struct ini ini = {.settings = settings, .path = path, .err = err};
    ini.file = fopen(path, "re");
    *found = ini.file != NULL;
    if (ini.file == NULL) {
        if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
            return true;
        return unreadable(path, err);
    }
    int line = ini_parse_stream(read_line, &ini, on_line, &ini);
    if (ferror(ini.file) != 0 && !ini.failed)
        ini.failed = !unreadable(path, err);
    (void)fclose(ini.file);
    if (ini.failed)
        return false;
    if (line != 0)
        return error_set(err, ERROR_INVALID, "%s:%d: not of the form name = value", path, line);
    return true;
}

static bool read_file(struct settings *settings, struct error *err)
{
    bool found;
    if (settings->values.config != NULL) {
        char *path = memory_string(slice_of_string(settings->values.config));
        bool ok = read_ini(settings, path, true, &found, err);
        free(path);
        return ok;
    }
    char path[ORIGIN_SIZE];
    int size = snprintf(path, sizeof path, "%s/outband.ini", settings->values.data);
    if (size < 0 || (size_t)size >= sizeof path)
        return error_set(err, ERROR_INVALID, "--data: the path is too long");
    return read_ini(settings, path, false, &found, err) &&
           (found || read_ini(settings, "/etc/outband/outband.ini", false, &found, err));
}

/* Environment and flags are read before the file, since they say where it is, and again after it,
 * since they win over it. */
/* Nobody listens for what this process is not. */
static bool leave_out(struct settings_values *values)
{
    if (!settings_is_mps(values))
        values->cira.on = false;
    if (!settings_is_rps(values))
        values->rps_http.on = values->rps_ws.on = values->ea_port.on = false;
    return true;
}

bool settings_read(struct settings *settings, const char *command, char *const *arguments,
                   char *const *environment, struct error *err)
{
    *settings = (struct settings){0};
    return set_defaults(settings, err) && read_environment(settings, environment, err) &&
           read_flags(settings, command, arguments, err) && read_file(settings, err) &&
           read_environment(settings, environment, err) &&
           read_flags(settings, command, arguments, err) && leave_out(&settings->values);
}
