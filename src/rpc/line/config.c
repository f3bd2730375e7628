#include "rpc/line/config.h"

#include "core/buffer.h"
#include "core/yaml_text.h"
#include "http/json.h"
#include "rpc/line/option.h"

#include <inttypes.h>
#include <string.h>

#define KEY_MOST     200
#define VALUE_MOST   ((size_t)256 * 1024)
#define UNKNOWN_MOST 20
#define UNKNOWN_SIZE 60

struct adding {
    struct rpc_line *line;
    void (*unknown)(void *arg, const char *key);
    void *arg;
    unsigned unknown_count;
    struct error *err;
};

/* What follows `path` and a dash in `key`, the blanks of `path` being dashes there; "" size 0 when
 * it doesn't begin so. */
static struct slice after_path(const char *path, struct slice key)
{
    size_t i = 0;
    for (; path[i] != '\0'; i++)
        if (i >= key.size || (path[i] == ' ' ? '-' : path[i]) != (char)key.data[i])
            return (struct slice){NULL, 0};
    return i < key.size && key.data[i] == '-' ? slice_from(key, i + 1) : (struct slice){NULL, 0};
}

static const struct rpc_option *option_at(const struct rpc_command *command, const char *path,
                                          struct slice key, bool *in_file)
{
    struct slice name = after_path(path, key);
    return name.size > 0 ? rpc_option_find_named(command, name, in_file) : NULL;
}

static const struct rpc_option *option_below(const struct rpc_command *command, struct slice key,
                                             bool *in_file)
{
    const struct rpc_option *option = option_at(command, command->path, key, in_file);
    for (const char *const *alias = command->aliases;
         option == NULL && alias != NULL && *alias != NULL; alias++)
        option = option_at(command, *alias, key, in_file);
    return option;
}

/* Known to the line's command: *option; known to another one: NULL. False: to nobody. */
static bool find(const struct rpc_line *line, struct slice key, const struct rpc_option **option,
                 bool *in_file)
{
    bool other;
    *option = rpc_option_find_named(NULL, key, in_file);
    if (*option == NULL && line->command != NULL)
        *option = option_below(line->command, key, in_file);
    if (*option != NULL)
        return true;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++)
        if (option_below(*at, key, &other) != NULL)
            return true;
    return false;
}

/* ---- values ---- */

static bool put_scalar(struct buffer *text, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        buffer_put(text, slice_of(json_string_value(value), json_string_length(value)));
        return memchr(json_string_value(value), '\0', json_string_length(value)) == NULL;
    case JSON_INTEGER:
        buffer_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        buffer_put_text(text, json_is_true(value) ? "true" : "false");
        return true;
    default:
        return false;
    }
}

static bool put_value(struct buffer *text, const struct rpc_option *option, const json_t *value)
{
    if (!json_is_array(value) || option->value != RPC_LIST)
        return put_scalar(text, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (i > 0)
            buffer_put_u8(text, ',');
        if (!put_scalar(text, json_array_get(value, i)))
            return false;
    }
    return true;
}

static bool add_value(struct adding *adding, struct slice key, const json_t *value)
{
    const struct rpc_option *option;
    bool in_file;
    if (!find(adding->line, key, &option, &in_file)) {
        struct slice shown = slice_first_text(key, UNKNOWN_SIZE);
        if (adding->unknown_count++ < UNKNOWN_MOST)
            adding->unknown(adding->arg, arena_string(adding->line->arena, shown));
        return true;
    }
    if (option == NULL || json_is_null(value))
        return true;
    struct buffer text;
    buffer_init_secret(&text, VALUE_MOST);
    bool ok = put_value(&text, option, value) && buffer_ok(&text);
    if (ok) {
        /* "" is as if it weren't there, which is how the sample files leave values open. */
        char *copy = arena_string(adding->line->arena, buffer_slice(&text));
        ok = copy[0] == '\0' ||
             rpc_line_add(adding->line, option, copy, RPC_FROM_FILE, in_file, adding->err);
    } else {
        (void)error_set(adding->err, ERROR_INVALID, "--%s takes no such value", option->name);
    }
    buffer_fini(&text);
    return ok || error_wrap(adding->err, "the key %.*s", SLICE_ARG(slice_first_text(key, 60)));
}

static bool add_members(struct adding *adding, const char *prefix, json_t *object)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at);
        const char *whole =
            prefix[0] == '\0' ? key : arena_printf(adding->line->arena, "%s-%s", prefix, key);
        if (strlen(whole) > KEY_MOST)
            return error_set(adding->err, ERROR_INVALID, "a key is too long");
        bool ok = json_is_object(value) ? add_members(adding, whole, value)
                                        : add_value(adding, slice_of_string(whole), value);
        if (!ok)
            return false;
    }
    return true;
}

bool rpc_config_add(struct rpc_line *line, struct slice yaml,
                    void (*unknown)(void *arg, const char *key), void *arg, struct error *err)
{
    struct adding adding = {line, unknown, arg, 0, err};
    /* A file of nothing but comments is no mistake. */
    bool empty = true;
    for (struct slice rest = yaml; rest.size > 0 && empty;) {
        struct slice text = slice_trim(slice_split(&rest, '\n'));
        empty = text.size == 0 || text.data[0] == '#' || slice_equal_string(text, "---");
    }
    if (empty)
        return true;
    json_t *document = yaml_text_read(yaml, err);
    if (document == NULL)
        return false;
    bool ok = json_is_null(document) ||
              (json_is_object(document)
                   ? add_members(&adding, "", document)
                   : error_set(err, ERROR_INVALID, "it has no keys on its top level"));
    http_json_wipe(document); /* passwords don't stay in freed memory */
    json_decref(document);
    return ok;
}
