#include "obctl/request.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "core/memory.h"
#include "obctl/secret.h"
#include "obctl/table.h"
#include "obctl/url.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE         50 /* what the server sends of an audit log at once */
#define SECRET_LIMIT 1024
#define FILE_LIMIT   (1U << 20)
#define FIRST_OPTION 0x100 /* getopt's values of fields: above every character */
#define JSON_OPTION  'j'

/* A request being put together. */
struct draft {
    struct obctl *obctl;
    const struct obctl_request *request;
    char *path;
    json_t *body;
    bool in_query; /* a "?" stands in the path */
};

static size_t count_fields(const struct obctl_request *request)
{
    size_t count = 0;
    while (request->fields != NULL && request->fields[count].member != NULL)
        count++;
    return count;
}

static bool takes_device(const struct obctl_request *request)
{
    return strstr(request->path, "{guid}") != NULL;
}

static bool takes_value(const struct obctl_field *field)
{
    return field->kind != OBCTL_SWITCH && field->kind != OBCTL_OFF;
}

/* ---- values ---- */

static json_t *read_secret(struct obctl *obctl, const char *path, struct error *err)
{
    struct slice text;
    if (!obctl_config_read_file(obctl->arena, path, SECRET_LIMIT, &text, err))
        return NULL;
    struct slice line = slice_split(&text, '\n');
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line = slice_first(line, line.size - 1);
    return json_stringn((const char *)line.data, line.size);
}

/* What stands between the lines of a PEM file's armour; the text itself when it has none. */
static struct slice without_armour(struct arena *arena, struct slice text)
{
    if (!slice_starts_with(slice_trim(text), SLICE_LITERAL("-----BEGIN ")))
        return encoding_base64(arena, text);
    uint8_t *joined = arena_alloc(arena, text.size);
    size_t size = 0;
    bool inside = false;
    while (text.size > 0) {
        struct slice line = slice_trim(slice_split(&text, '\n'));
        if (slice_starts_with(line, SLICE_LITERAL("-----END ")))
            break;
        if (inside && line.size > 0) {
            memcpy(joined + size, line.data, line.size);
            size += line.size;
        }
        inside = inside || slice_starts_with(line, SLICE_LITERAL("-----BEGIN "));
    }
    return slice_of(joined, size);
}

static json_t *read_base64(struct obctl *obctl, const struct obctl_field *field, const char *path,
                           struct error *err)
{
    struct slice bytes;
    if (!obctl_config_read_file(obctl->arena, path, FILE_LIMIT, &bytes, err))
        return NULL;
    struct slice text = field->kind == OBCTL_BASE64 ? encoding_base64(obctl->arena, bytes)
                                                    : without_armour(obctl->arena, bytes);
    return json_stringn((const char *)text.data, text.size);
}

static json_t *read_text(struct obctl *obctl, const char *path, struct error *err)
{
    struct slice text;
    if (!obctl_config_read_file(obctl->arena, path, FILE_LIMIT, &text, err))
        return NULL;
    text = slice_trim(text);
    return json_stringn((const char *)text.data, text.size);
}

static json_t *read_body(struct obctl *obctl, const char *path, struct error *err)
{
    struct slice text;
    const char *from = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (!obctl_config_read_file(obctl->arena, from, FILE_LIMIT, &text, err))
        return NULL;
    json_t *body = json_reader_parse(text, JSON_READER_DEPTH, err);
    if (body != NULL && json_is_object(body))
        return body;
    if (body != NULL)
        (void)error_set(err, ERROR_INVALID, "no JSON object");
    json_decref(body);
    (void)error_wrap(err, "%s", path);
    return NULL;
}

/* Owned; NULL with `err`. */
static json_t *read_list(const struct obctl_field *field, const char *text, struct error *err)
{
    json_t *list = json_array();
    struct slice rest = slice_of_string(text);
    while (rest.size > 0) {
        struct slice one = slice_trim(slice_split(&rest, ','));
        if (json_array_append_new(list, json_stringn((const char *)one.data, one.size)) != 0) {
            json_decref(list);
            error_set(err, ERROR_INVALID, "%s is not UTF-8", field->value);
            return NULL;
        }
    }
    return list;
}

/* Owned; NULL with `err`. */
static json_t *value_of(struct obctl *obctl, const struct obctl_field *field, const char *text,
                        struct error *err)
{
    uint64_t number = 0;
    json_t *value = NULL;
    switch (field->kind) {
    case OBCTL_SWITCH:
        return json_true();
    case OBCTL_OFF:
        return json_false();
    case OBCTL_LIST:
        return read_list(field, text, err);
    case OBCTL_SECRET:
    case OBCTL_ASKED:
        return read_secret(obctl, text, err);
    case OBCTL_FILE_TEXT:
        return read_text(obctl, text, err);
    case OBCTL_BODY:
        return read_body(obctl, text, err);
    case OBCTL_BASE64:
    case OBCTL_BASE64_PEM:
        return read_base64(obctl, field, text, err);
    case OBCTL_NUMBER:
        if (slice_to_u64(slice_of_string(text), UINT32_MAX, &number))
            return json_integer((json_int_t)number);
        error_set(err, ERROR_INVALID, "%s is a whole number, not \"%s\"", field->value, text);
        return NULL;
    case OBCTL_PAGE:
        if (slice_to_u64(slice_of_string(text), UINT32_MAX / PAGE, &number) && number > 0)
            return json_integer((json_int_t)(number - 1) * PAGE);
        error_set(err, ERROR_INVALID, "%s is a number from 1 on, not \"%s\"", field->value, text);
        return NULL;
    case OBCTL_ON_OFF:
        if (strcmp(text, "on") == 0 || strcmp(text, "off") == 0)
            return json_boolean(text[1] == 'n');
        error_set(err, ERROR_INVALID, "--%s is on or off, not \"%s\"", field->option, text);
        return NULL;
    case OBCTL_TEXT:
        break;
    }
    value = json_string(text);
    if (value == NULL)
        error_set(err, ERROR_INVALID, "%s is not UTF-8", field->value);
    return value;
}

/* ---- where they go ---- */

/* `text` with `with` in the place of `name`. */
static char *substitute(struct arena *arena, const char *text, const char *name, const char *with)
{
    const char *at = strstr(text, name);
    if (at == NULL)
        return arena_string(arena, slice_of_string(text));
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, with, at + strlen(name));
}

/* "{name}" in the path becomes `text`, escaped. */
static char *fill_path(struct arena *arena, const char *path, const char *name, const char *text)
{
    return substitute(arena, path, name, obctl_url_escape(arena, slice_of_string(text)));
}

/* The member of that name, made when it is not there: an object, or with "[]" behind the name the
 * object in an array of one. */
static json_t *inner_of(json_t *object, const char *name, size_t size)
{
    bool in_array = size > 2 && strncmp(name + size - 2, "[]", 2) == 0;
    size -= in_array ? 2 : 0;
    json_t *inner = json_object_getn(object, name, size);
    if (inner == NULL) {
        inner = in_array ? json_array() : json_object();
        (void)json_object_setn_new(object, name, size, inner);
        if (in_array)
            (void)json_array_append_new(inner, json_object());
    }
    return in_array ? json_array_get(inner, 0) : inner;
}

/* Takes `value`. */
static void put_member(json_t *object, const char *member, json_t *value)
{
    for (const char *dot = strchr(member, '.'); dot != NULL; dot = strchr(member, '.')) {
        object = inner_of(object, member, (size_t)(dot - member));
        member = dot + 1;
    }
    size_t size = strlen(member);
    if (size > 2 && strcmp(member + size - 2, "[]") == 0) {
        json_t *list = json_array();
        (void)json_array_append_new(list, value);
        (void)json_object_setn_new(object, member, size - 2, list);
        return;
    }
    (void)json_object_set_new(object, member, value);
}

static bool take(struct draft *draft, const struct obctl_field *field, const char *text,
                 struct error *err)
{
    struct arena *arena = draft->obctl->arena;
    if (field->member[0] == '{') {
        draft->path = fill_path(arena, draft->path, field->member, text);
        return true;
    }
    json_t *value = value_of(draft->obctl, field, text, err);
    if (value == NULL)
        return false;
    if (field->kind == OBCTL_BODY) { /* what was said by options stays */
        (void)json_object_update_missing(draft->body, value);
        json_decref(value);
        return true;
    }
    if (field->member[0] != '?') {
        put_member(draft->body, field->member, value);
        return true;
    }
    const char *shown = text;
    if (json_is_true(value))
        shown = "true";
    else if (json_is_integer(value))
        shown = arena_printf(arena, "%lld", (long long)json_integer_value(value));
    draft->path = arena_printf(arena, "%s%c%s=%s", draft->path, draft->in_query ? '&' : '?',
                               field->member + 1, obctl_url_escape(arena, slice_of_string(shown)));
    draft->in_query = true;
    json_decref(value);
    return true;
}

/* ---- reading the command line ---- */

static bool read_options(struct draft *draft, int argc, char **argv, bool *given, struct error *err)
{
    struct option options[OBCTL_REQUEST_FIELDS + 3] = {OBCTL_COMMAND_JSON, OBCTL_COMMAND_YES};
    size_t count = count_fields(draft->request);
    size_t used = draft->request->final ? 2 : 1;
    options[used] = (struct option){0};
    for (size_t i = 0; i < count; i++) {
        const struct obctl_field *field = &draft->request->fields[i];
        if (field->option != NULL)
            options[used++] =
                (struct option){field->option, takes_value(field) ? required_argument : no_argument,
                                NULL, FIRST_OPTION + (int)i};
    }
    for (;;) {
        int option = obctl_command_option(draft->obctl, argc, argv, options, err);
        if (option == -1)
            return true;
        if (option == '?')
            return false;
        size_t i = (size_t)(option - FIRST_OPTION);
        given[i] = true;
        if (!take(draft, &draft->request->fields[i], optarg != NULL ? optarg : "", err))
            return false;
    }
}

static bool read_operands(struct draft *draft, int argc, char **argv, const char **device,
                          bool *given, struct error *err)
{
    const struct obctl_request *request = draft->request;
    *device = NULL;
    if (takes_device(request)) {
        if (optind == argc)
            return error_set(err, ERROR_INVALID, "which device? A GUID or a host name");
        const char *guid;
        *device = argv[optind++];
        if (!obctl_api_find_device(draft->obctl->api, draft->obctl->arena, *device, &guid, err))
            return false;
        draft->path = fill_path(draft->obctl->arena, draft->path, "{guid}", guid);
    }
    size_t count = count_fields(request);
    for (size_t i = 0; i < count; i++) {
        const struct obctl_field *field = &request->fields[i];
        if (field->option != NULL || optind == argc)
            continue;
        given[i] = true;
        if (!take(draft, field, argv[optind++], err))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct obctl_field *field = &request->fields[i];
        if (field->required && !given[i])
            return error_set(err, ERROR_INVALID, "%s%s is missing",
                             field->option != NULL ? "--" : "",
                             field->option != NULL ? field->option : field->value);
    }
    return obctl_command_operands(argc, 0, 0, err);
}

/* Secrets that no option named a file of. */
static bool ask_for_secrets(struct draft *draft, const bool *given, struct error *err)
{
    for (size_t i = 0; i < count_fields(draft->request); i++) {
        const struct obctl_field *field = &draft->request->fields[i];
        char text[SECRET_LIMIT];
        if (field->kind != OBCTL_ASKED || given[i] ||
            json_object_get(draft->body, field->member) != NULL)
            continue;
        const char *set = getenv(field->from);
        bool ok = set != NULL || obctl_secret_ask("password", text, sizeof text, err);
        if (ok)
            put_member(draft->body, field->member, json_string(set != NULL ? set : text));
        memory_wipe(text, sizeof text);
        if (!ok)
            return false;
    }
    return true;
}

/* Asks how things are now for what was not given: whoever changes one thing need not know the
 * others. */
static bool fill_from_current(struct draft *draft, const bool *given, struct error *err)
{
    struct obctl *obctl = draft->obctl;
    const struct obctl_request *request = draft->request;
    if (request->current == NULL)
        return true;
    /* The device of the path that was filled in stands behind what both paths share. */
    size_t shared = strcspn(request->current, "{");
    char *path = arena_printf(obctl->arena, "%.*s%s", (int)shared, request->current,
                              draft->path + strcspn(request->path, "{"));
    struct obctl_answer answer;
    if (!obctl_api_call(obctl->api, obctl->arena, "GET", path, (struct slice){0}, &answer, err))
        return false;
    for (size_t i = 0; i < count_fields(request); i++) {
        const struct obctl_field *field = &request->fields[i];
        json_t *now = field->from == NULL ? NULL : json_object_get(answer.json, field->from);
        if (!given[i] && now != NULL)
            put_member(draft->body, field->member, json_incref(now));
    }
    obctl_answer_fini(&answer);
    return true;
}

/* ---- the answer ---- */

static const json_t *find(const json_t *object, struct slice path)
{
    while (path.size > 0 && object != NULL) {
        struct slice name = slice_split(&path, '.');
        object = json_object_getn(object, (const char *)name.data, name.size);
    }
    return object;
}

static const char *cell_of(struct arena *arena, const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return NULL;
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *cell = text == NULL ? NULL : arena_string(arena, slice_of_string(text));
    free(text);
    return cell;
}

void obctl_request_print_rows(struct obctl *obctl, const json_t *rows, const char *columns)
{
    const char *titles[OBCTL_TABLE_COLUMNS];
    size_t count = 0;
    struct slice rest = slice_of_string(columns);
    while (rest.size > 0 && count < OBCTL_TABLE_COLUMNS)
        titles[count++] = arena_string(obctl->arena, slice_split(&rest, ','));
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, count);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *cells[OBCTL_TABLE_COLUMNS] = {NULL};
        const json_t *row = json_array_get(rows, i);
        for (size_t k = 0; k < count; k++)
            cells[k] = cell_of(obctl->arena,
                               json_is_object(row) ? find(row, slice_of_string(titles[k])) : row);
        obctl_table_add(&table, cells);
    }
    obctl_table_print(&table, &obctl->out);
}

/* Depth is bounded by the reader of answers. */
static void add_members(struct obctl_table *table, const char *prefix, const json_t *value)
{
    if (json_is_object(value) && json_object_size(value) > 0) {
        void *at = json_object_iter((json_t *)value);
        for (; at != NULL; at = json_object_iter_next((json_t *)value, at)) {
            const char *key = json_object_iter_key(at);
            const char *name =
                prefix[0] == '\0' ? key : arena_printf(table->arena, "%s.%s", prefix, key);
            add_members(table, name, json_object_iter_value(at));
        }
        return;
    }
    if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        for (size_t i = 0; i < json_array_size(value); i++)
            add_members(table, arena_printf(table->arena, "%s[%zu]", prefix, i),
                        json_array_get(value, i));
        return;
    }
    const char *cells[] = {prefix, cell_of(table->arena, value)};
    obctl_table_add(table, cells);
}

void obctl_request_print_object(struct obctl *obctl, const json_t *object)
{
    static const char *const titles[] = {"FIELD", "VALUE"};
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, 2);
    add_members(&table, "", object);
    obctl_table_print(&table, &obctl->out);
}

static void print_line(struct obctl *obctl, struct slice text)
{
    buffer_put(&obctl->out, text);
    if (text.size == 0 || text.data[text.size - 1] != '\n')
        buffer_put_u8(&obctl->out, '\n');
}

/* What a device or a server sent as it is: into a file or a pipe every byte, onto a terminal
 * nothing that steers it. */
static void put_raw(struct obctl *obctl, struct slice text)
{
    if (isatty(STDOUT_FILENO) == 0) {
        buffer_put(&obctl->out, text);
        return;
    }
    while (text.size > 0) {
        struct slice line = slice_split(&text, '\n');
        buffer_put_text(&obctl->out,
                        obctl_table_printable(obctl->arena, arena_string(obctl->arena, line)));
        buffer_put_u8(&obctl->out, '\n');
    }
}

static void show(struct obctl *obctl, const struct obctl_request *request, const char *device,
                 const struct obctl_answer *answer)
{
    if (request->raw != NULL && request->raw[0] == '\0') {
        put_raw(obctl, answer->body);
    } else if (obctl->json) {
        print_line(obctl, answer->body.size > 0 ? answer->body : SLICE_LITERAL("null"));
    } else if (request->raw != NULL) {
        const char *text = json_string_value(json_object_get(answer->json, request->raw));
        put_raw(obctl, slice_of_string(text != NULL ? text : ""));
        print_line(obctl, SLICE_LITERAL(""));
    } else if (request->done != NULL) {
        print_line(obctl, slice_of_string(substitute(obctl->arena, request->done, "{}",
                                                     device != NULL ? device : "")));
    } else if (request->rows != NULL) {
        obctl_request_print_rows(obctl, find(answer->json, slice_of_string(request->rows)),
                                 request->columns);
    } else {
        obctl_request_print_object(obctl, answer->json);
    }
}

static bool send(struct draft *draft, const char *device, struct error *err)
{
    struct obctl *obctl = draft->obctl;
    struct obctl_answer answer;
    char *text = json_object_size(draft->body) > 0 ? json_dumps(draft->body, JSON_COMPACT) : NULL;
    struct slice body = text == NULL ? (struct slice){0} : slice_of_string(text);
    bool ok = obctl_api_call(obctl->api, obctl->arena, draft->request->method, draft->path, body,
                             &answer, err);
    if (text != NULL)
        memory_wipe(text, strlen(text));
    free(text);
    if (ok) {
        ok = obctl_answer_refusal(answer.json, err);
        if (ok || obctl->json)
            show(obctl, draft->request, device, &answer);
        obctl_answer_fini(&answer);
    }
    return ok || device == NULL ? ok : error_wrap(err, "%s", device);
}

bool obctl_request_run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    const struct obctl_request *request = obctl->command->request;
    bool given[OBCTL_REQUEST_FIELDS] = {false};
    const char *device;
    struct draft draft = {
        .obctl = obctl,
        .request = request,
        .path = arena_string(obctl->arena, slice_of_string(request->path)),
        .body = request->fixed != NULL
                    ? json_reader_parse(slice_of_string(request->fixed), JSON_READER_DEPTH, NULL)
                    : json_object(),
        .in_query = strchr(request->path, '?') != NULL,
    };
    bool ok = read_options(&draft, argc, argv, given, err) &&
              read_operands(&draft, argc, argv, &device, given, err) &&
              (!request->final || obctl_command_confirmed(obctl, err)) &&
              ask_for_secrets(&draft, given, err) && fill_from_current(&draft, given, err) &&
              send(&draft, device, err);
    json_decref(draft.body);
    return ok;
}

/* ---- help ---- */

static void put_usage(struct buffer *out, const struct obctl_request *request)
{
    if (takes_device(request))
        buffer_put_text(out, " DEVICE");
    for (size_t i = 0; i < count_fields(request); i++) {
        const struct obctl_field *field = &request->fields[i];
        const char *open = field->required ? " " : " [";
        const char *close = field->required ? "" : "]";
        if (field->option == NULL)
            buffer_printf(out, "%s%s%s", open, field->value, close);
        else if (takes_value(field))
            buffer_printf(out, "%s--%s %s%s", open, field->option, field->value, close);
        else
            buffer_printf(out, "%s--%s%s", open, field->option, close);
    }
    if (request->final)
        buffer_put_text(out, " --yes");
    if (request->raw == NULL || request->raw[0] != '\0')
        buffer_put_text(out, " [--json]");
}

void obctl_request_help(struct buffer *out, const struct obctl_command *command)
{
    const struct obctl_request *request = command->request;
    buffer_printf(out, "usage: obctl %s", command->words);
    put_usage(out, request);
    buffer_printf(out, "\n\n%s.\n", command->summary);
    if (count_fields(request) > 0)
        buffer_put_u8(out, '\n');
    for (size_t i = 0; i < count_fields(request); i++) {
        const struct obctl_field *field = &request->fields[i];
        const char *name = field->option == NULL ? field->value
                           : takes_value(field)  ? NULL
                                                 : field->option;
        char text[64];
        if (name == NULL)
            (void)snprintf(text, sizeof text, "--%s %s", field->option, field->value);
        else
            (void)snprintf(text, sizeof text, "%s%s", field->option == NULL ? "" : "--", name);
        buffer_printf(out, "  %-28s %s\n", text, field->help != NULL ? field->help : "");
    }
}
