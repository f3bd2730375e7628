/* obctl jobs start: one operation on many devices, followed until it is over. */
#include "core/json_reader.h"
#include "core/memory.h"
#include "obctl/command.h"
#include "obctl/config.h"
#include "obctl/filter.h"
#include "obctl/power.h"
#include "obctl/progress.h"

#include <stdlib.h>
#include <string.h>

/* getopt's values: filters first (obctl/filter.h), then these. */
enum {
    ALL = OBCTL_FILTER_COUNT,
    TAGS,
    ALL_TAGS,
    STATUS,
    PARAMETERS,
    NEW_PASSWORD,
    CONCURRENCY,
    TIMEOUT,
    PATIENCE,
    NO_WAIT
};

#define PASSWORD_FILE_LIMIT 4096

struct start {
    struct obctl *obctl;
    json_t *body;
    json_t *selection; /* borrowed from body */
    bool no_wait;
};

static json_t *list_of(struct slice text)
{
    json_t *list = json_array();
    while (text.size > 0) {
        struct slice item = slice_trim(slice_split(&text, ','));
        (void)json_array_append_new(list, json_stringn((const char *)item.data, item.size));
    }
    return list;
}

static bool put_number(json_t *object, const char *member, const char *text, struct error *err)
{
    uint64_t number;
    if (!slice_to_u64(slice_of_string(text), UINT32_MAX, &number))
        return error_set(err, ERROR_INVALID, "%s is a whole number, not \"%s\"", member, text);
    (void)json_object_set_new(object, member, json_integer((json_int_t)number));
    return true;
}

static bool put_parameters(json_t *body, const char *text, struct error *err)
{
    json_t *parameters = json_reader_parse(slice_of_string(text), JSON_READER_DEPTH, err);
    if (parameters == NULL)
        return error_wrap(err, "--parameters");
    (void)json_object_set_new(body, "parameters", parameters);
    return true;
}

/* In the first line of a file, so that it is in no list of processes. */
static bool put_new_password(struct start *start, const char *path, struct error *err)
{
    const char *from = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    struct slice text;
    json_t *parameters = json_object_get(start->body, "parameters");
    if (!obctl_config_read_file(start->obctl->arena, from, PASSWORD_FILE_LIMIT, &text, err))
        return error_wrap(err, "--password-file");
    struct slice line = slice_trim(slice_split(&text, '\n'));
    if (parameters == NULL) {
        parameters = json_object();
        (void)json_object_set_new(start->body, "parameters", parameters);
    }
    return json_object_set_new(parameters, "password",
                               json_stringn((const char *)line.data, line.size)) == 0 ||
           error_set(err, ERROR_INVALID, "--password-file: the password is not UTF-8");
}

static bool put_filter(json_t *selection, const char *member, json_t *value)
{
    json_t *filter = json_object_get(selection, "filter");
    if (filter == NULL) {
        filter = json_object();
        (void)json_object_set_new(selection, "filter", filter);
    }
    return json_object_set_new(filter, member, value) == 0;
}

static bool take_filter(struct start *start, const struct obctl_filter *filter, const char *value,
                        struct error *err)
{
    uint64_t number;
    if (!filter->is_number)
        return put_filter(start->selection, filter->member, json_string(value));
    if (!slice_to_u64(slice_of_string(value), UINT32_MAX, &number))
        return error_set(err, ERROR_INVALID, "--%s is a whole number, not \"%s\"", filter->option,
                         value);
    return put_filter(start->selection, filter->member, json_integer((json_int_t)number));
}

static bool take(struct start *start, int option, const char *value, struct error *err)
{
    if (option < OBCTL_FILTER_COUNT)
        return take_filter(start, &obctl_filters[option], value, err);
    switch (option) {
    case ALL:
        return json_object_set_new(start->selection, "all", json_true()) == 0;
    case TAGS:
        return json_object_set_new(start->selection, "tags", list_of(slice_of_string(value))) == 0;
    case ALL_TAGS:
        return json_object_set_new(start->selection, "method", json_string("AND")) == 0;
    case STATUS:
        if (strcmp(value, "connected") != 0 && strcmp(value, "disconnected") != 0)
            return error_set(err, ERROR_INVALID, "--status is connected or disconnected");
        return put_filter(start->selection, "status", json_integer(value[0] == 'c'));
    case PARAMETERS:
        return put_parameters(start->body, value, err);
    case NEW_PASSWORD:
        return put_new_password(start, value, err);
    case CONCURRENCY:
        return put_number(start->body, "concurrency", value, err);
    case TIMEOUT:
        return put_number(start->body, "timeoutSeconds", value, err);
    case PATIENCE:
        return put_number(start->body, "waitSeconds", value, err);
    default:
        start->no_wait = true;
        return true;
    }
}

static bool read_options(struct obctl *obctl, int argc, char **argv, struct start *start,
                         struct error *err)
{
    struct option options[OBCTL_FILTER_COUNT + 13] = {
        OBCTL_COMMAND_JSON,
        OBCTL_COMMAND_YES,
        {"all", no_argument, NULL, ALL},
        {"tags", required_argument, NULL, TAGS},
        {"all-tags", no_argument, NULL, ALL_TAGS},
        {"status", required_argument, NULL, STATUS},
        {"parameters", required_argument, NULL, PARAMETERS},
        {"password-file", required_argument, NULL, NEW_PASSWORD},
        {"concurrency", required_argument, NULL, CONCURRENCY},
        {"timeout", required_argument, NULL, TIMEOUT},
        {"wait", required_argument, NULL, PATIENCE},
        {"no-wait", no_argument, NULL, NO_WAIT},
    };
    for (int i = 0; i < OBCTL_FILTER_COUNT; i++)
        options[12 + i] = (struct option){obctl_filters[i].option, required_argument, NULL, i};
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            return obctl_command_operands(argc, 1, -1, err);
        if (option == '?' || !take(start, option, optarg, err))
            return false;
    }
}

/* "power:on" and the like say the action by its word. */
static bool put_operation(struct start *start, const char *text, struct error *err)
{
    const char *colon = strchr(text, ':');
    size_t size = colon == NULL ? strlen(text) : (size_t)(colon - text);
    (void)json_object_set_new(start->body, "operation", json_stringn(text, size));
    if (colon == NULL)
        return true;
    int action = strncmp(text, "power", size) == 0 && size == 5
                     ? obctl_power_action(colon + 1, OBCTL_BOOT_DISK)
                     : 0;
    if (action == 0)
        return error_set(err, ERROR_INVALID, "\"%s\" is no operation: power:on, power:reset …",
                         text);
    (void)json_object_set_new(start->body, "parameters", json_pack("{s:i}", "action", action));
    return true;
}

static bool put_devices(struct obctl *obctl, int argc, char **argv, struct start *start,
                        struct error *err)
{
    json_t *guids = json_array();
    bool ok = true;
    for (int i = optind; ok && i < argc; i++) {
        const char *guid;
        ok = obctl_api_find_device(obctl->api, obctl->arena, argv[i], &guid, err);
        if (ok)
            (void)json_array_append_new(guids, json_string(guid));
    }
    if (ok && json_array_size(guids) > 0)
        (void)json_object_set(start->selection, "guids", guids);
    json_decref(guids);
    return ok &&
           (json_object_size(start->selection) > 0 ||
            error_set(err, ERROR_INVALID,
                      "on which devices? Name them, or use --all, --tags, --status or a filter"));
}

static bool is_final(const json_t *body)
{
    const char *operation = json_string_value(json_object_get(body, "operation"));
    return operation != NULL &&
           (strcmp(operation, "deactivate") == 0 || strcmp(operation, "clear-audit-log") == 0);
}

static bool post(struct obctl *obctl, const struct start *start, struct error *err)
{
    struct obctl_answer answer;
    char *text = json_dumps(start->body, JSON_COMPACT);
    if (text == NULL)
        return error_set(err, ERROR_INVALID, "an argument is not UTF-8");
    bool ok = obctl_api_call(obctl->api, obctl->arena, "POST", "/api/v1/jobs",
                             slice_of_string(text), &answer, err);
    memory_wipe(text, strlen(text));
    free(text);
    if (!ok)
        return false;
    const char *id = json_string_value(json_object_get(answer.json, "id"));
    if (id == NULL)
        ok = error_set(err, ERROR_PROTOCOL, "the server's answer has no id of the job");
    else if (!start->no_wait)
        ok = obctl_progress_follow(obctl, id, err);
    else if (obctl->json)
        buffer_printf(&obctl->out, "%.*s\n", SLICE_ARG(answer.body));
    else
        buffer_printf(&obctl->out, "%s\n", id);
    obctl_answer_fini(&answer);
    return ok;
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct start start = {.obctl = obctl, .body = json_object(), .selection = json_object()};
    (void)json_object_set_new(start.body, "selection", start.selection);
    bool ok =
        read_options(obctl, argc, argv, &start, err) &&
        put_operation(&start, argv[optind++], err) && put_devices(obctl, argc, argv, &start, err) &&
        (!is_final(start.body) || obctl_command_confirmed(obctl, err)) && post(obctl, &start, err);
    json_decref(start.body);
    return ok;
}

const struct obctl_command obctl_jobs_start = {
    .words = "jobs start",
    .usage = "OPERATION [DEVICE…] [--all | --tags TAG,… [--all-tags] | --FILTER VALUE…] "
             "[--parameters JSON] [--password-file FILE] [--concurrency N] "
             "[--timeout SECONDS] [--wait SECONDS] [--no-wait] [--json]",
    .summary = "Carry out one operation on many devices",
    .help =
        "  OPERATION              power:on, power:off, power:reset, power:cycle …, or the name of\n"
        "                         any operation of the server: power, features, inventory,\n"
        "                         deactivate, alarm-add, clear-event-log, clear-audit-log,\n"
        "                         refresh-credentials, rotate-password (a new AMT password for\n"
        "                         each device, or the one of --password-file)\n"
        "  --all                  every device\n"
        "  --tags TAG,…           devices with any of these tags; with --all-tags, all of them\n"
        "  --status S             connected or disconnected\n" OBCTL_FILTER_HELP
        "  --parameters JSON      what the operation takes, as in POST /api/v1/jobs\n"
        "  --password-file FILE   for rotate-password: the new AMT password of all, in the first\n"
        "                         line; - is standard input\n"
        "  --concurrency N        devices at a time\n"
        "  --timeout SECONDS      for each device\n"
        "  --wait SECONDS         for devices that are not connected\n"
        "  --yes                  for deactivate and clear-audit-log, which cannot be undone\n"
        "  --no-wait              print the job's id instead of following it\n",
    .needs_server = true,
    .run = run,
};
