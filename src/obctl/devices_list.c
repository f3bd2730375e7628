/* obctl devices: the list, page by page, as a table or as JSON. */
#include "obctl/command.h"
#include "obctl/table.h"
#include "obctl/url.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 500

struct filter {
    const char *tags;
    const char *method;
    const char *hostname;
    const char *status;
};

static char *page_target(struct obctl *obctl, const struct filter *filter, size_t skip)
{
    struct arena *arena = obctl->arena;
    char *target = arena_printf(arena, "/api/v1/devices?$top=%d&$skip=%zu", PAGE, skip);
    if (filter->tags != NULL)
        target =
            arena_printf(arena, "%s&tags=%s&method=%s", target,
                         obctl_url_escape(arena, slice_of_string(filter->tags)), filter->method);
    if (filter->hostname != NULL)
        target = arena_printf(arena, "%s&hostname=%s", target,
                              obctl_url_escape(arena, slice_of_string(filter->hostname)));
    if (filter->status != NULL)
        target = arena_printf(arena, "%s&status=%s", target, filter->status);
    return target;
}

/* All pages in one JSON array, owned by the caller; NULL with `err`. */
static json_t *fetch(struct obctl *obctl, const struct filter *filter, struct error *err)
{
    json_t *all = json_array();
    for (;;) {
        struct obctl_answer answer;
        char *target = page_target(obctl, filter, json_array_size(all));
        if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer,
                            err))
            break;
        bool is_list = json_is_array(answer.json);
        size_t count = json_array_size(answer.json);
        if (is_list)
            (void)json_array_extend(all, answer.json);
        obctl_answer_fini(&answer);
        if (!is_list) {
            error_set(err, ERROR_PROTOCOL, "the server's list of devices is no list");
            break;
        }
        if (count < PAGE)
            return all;
    }
    json_decref(all);
    return NULL;
}

static const char *joined_tags(struct arena *arena, const json_t *tags)
{
    const char *text = "";
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? "," : "", tag != NULL ? tag : "");
    }
    return text;
}

static void print_table(struct obctl *obctl, const json_t *devices)
{
    static const char *const titles[] = {"GUID", "HOST NAME", "CONNECTED", "TAGS"};
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, 4);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        const json_t *device = json_array_get(devices, i);
        const char *cells[] = {
            json_string_value(json_object_get(device, "guid")),
            json_string_value(json_object_get(device, "hostname")),
            json_is_true(json_object_get(device, "connectionStatus")) ? "yes" : "no",
            joined_tags(obctl->arena, json_object_get(device, "tags")),
        };
        obctl_table_add(&table, cells);
    }
    obctl_table_print(&table, &obctl->out);
}

static bool read_options(struct obctl *obctl, int argc, char **argv, struct filter *filter,
                         struct error *err)
{
    static const struct option options[] = {
        OBCTL_COMMAND_JSON,
        {"tags", required_argument, NULL, 't'},
        {"all-tags", no_argument, NULL, 'a'},
        {"hostname", required_argument, NULL, 'n'},
        {"status", required_argument, NULL, 's'},
        {0},
    };
    for (;;) {
        switch (obctl_command_option(obctl, argc, argv, options, err)) {
        case -1:
            return obctl_command_operands(argc, 0, 0, err);
        case 't':
            filter->tags = optarg;
            break;
        case 'a':
            filter->method = "AND";
            break;
        case 'n':
            filter->hostname = optarg;
            break;
        case 's':
            if (strcmp(optarg, "connected") != 0 && strcmp(optarg, "disconnected") != 0)
                return error_set(err, ERROR_INVALID, "--status is connected or disconnected");
            filter->status = optarg[0] == 'c' ? "1" : "0";
            break;
        default:
            return false;
        }
    }
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct filter filter = {.method = "OR"};
    if (!read_options(obctl, argc, argv, &filter, err))
        return false;
    json_t *devices = fetch(obctl, &filter, err);
    if (devices == NULL)
        return false;
    if (obctl->json) {
        char *text = json_dumps(devices, JSON_INDENT(2));
        buffer_put_text(&obctl->out, text != NULL ? text : "null");
        buffer_put_u8(&obctl->out, '\n');
        free(text);
    } else {
        print_table(obctl, devices);
    }
    json_decref(devices);
    return true;
}

const struct obctl_command obctl_devices_list = {
    .words = "devices",
    .usage = "[--tags TAG,…] [--all-tags] [--hostname NAME] [--status connected|disconnected] "
             "[--json]",
    .summary = "List the devices",
    .help = "  --tags TAG,…   devices with any of these tags\n"
            "  --all-tags     … with all of them\n"
            "  --hostname N   devices of exactly that name\n"
            "  --status S     connected or disconnected\n"
            "  --json         as the server sends it, all pages in one array\n",
    .needs_server = true,
    .run = run,
};
