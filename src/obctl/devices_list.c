/* obctl devices: the list, page by page, as a table or as JSON. */
#include "obctl/command.h"
#include "obctl/filter.h"
#include "obctl/power.h"
#include "obctl/table.h"
#include "obctl/url.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 500

enum { TAGS = OBCTL_FILTER_COUNT, ALL_TAGS, STATUS, INVENTORY };

struct selection {
    const char *query; /* what stands behind the page: "&name=value" … */
    bool inventory;
};

static void add(struct obctl *obctl, struct selection *selection, const char *name,
                const char *value)
{
    selection->query = arena_printf(obctl->arena, "%s&%s=%s", selection->query, name,
                                    obctl_url_escape(obctl->arena, slice_of_string(value)));
}

static char *page_target(struct obctl *obctl, const struct selection *selection, size_t skip)
{
    return arena_printf(obctl->arena, "/api/v1/devices?$top=%d&$skip=%zu%s%s", PAGE, skip,
                        selection->inventory || !obctl->json ? "&$expand=inventory" : "",
                        selection->query);
}

/* All pages in one JSON array, owned by the caller; NULL with `err`. */
static json_t *fetch(struct obctl *obctl, const struct selection *selection, struct error *err)
{
    json_t *all = json_array();
    for (;;) {
        struct obctl_answer answer;
        char *target = page_target(obctl, selection, json_array_size(all));
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

static const char *text_of(const json_t *inventory, const char *section, const char *member)
{
    return json_string_value(json_object_get(json_object_get(inventory, section), member));
}

static const char *power_of(const json_t *inventory)
{
    const json_t *state = json_object_get(json_object_get(inventory, "power"), "state");
    return state == NULL ? NULL : obctl_power_state_name(json_integer_value(state));
}

static void print_table(struct obctl *obctl, const json_t *devices)
{
    static const char *const titles[] = {"GUID", "HOST NAME", "CONNECTED", "POWER",
                                         "AMT",  "MODEL",     "TAGS"};
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, 7);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        const json_t *device = json_array_get(devices, i);
        const json_t *inventory = json_object_get(device, "inventory");
        const char *cells[] = {
            json_string_value(json_object_get(device, "guid")),
            json_string_value(json_object_get(device, "hostname")),
            json_is_true(json_object_get(device, "connectionStatus")) ? "yes" : "no",
            power_of(inventory),
            text_of(inventory, "firmware", "version"),
            text_of(inventory, "system", "model"),
            joined_tags(obctl->arena, json_object_get(device, "tags")),
        };
        obctl_table_add(&table, cells);
    }
    obctl_table_print(&table, &obctl->out);
}

static bool take(struct obctl *obctl, struct selection *selection, int option, struct error *err)
{
    switch (option) {
    case TAGS:
        add(obctl, selection, "tags", optarg);
        return true;
    case ALL_TAGS:
        add(obctl, selection, "method", "AND");
        return true;
    case STATUS:
        if (strcmp(optarg, "connected") != 0 && strcmp(optarg, "disconnected") != 0)
            return error_set(err, ERROR_INVALID, "--status is connected or disconnected");
        add(obctl, selection, "status", optarg[0] == 'c' ? "1" : "0");
        return true;
    case INVENTORY:
        selection->inventory = true;
        return true;
    default:
        add(obctl, selection, obctl_filters[option].member, optarg);
        return true;
    }
}

static bool read_options(struct obctl *obctl, int argc, char **argv, struct selection *selection,
                         struct error *err)
{
    struct option options[OBCTL_FILTER_COUNT + 6] = {
        OBCTL_COMMAND_JSON,
        {"tags", required_argument, NULL, TAGS},
        {"all-tags", no_argument, NULL, ALL_TAGS},
        {"status", required_argument, NULL, STATUS},
        {"inventory", no_argument, NULL, INVENTORY},
    };
    for (int i = 0; i < OBCTL_FILTER_COUNT; i++)
        options[5 + i] = (struct option){obctl_filters[i].option, required_argument, NULL, i};
    for (;;) {
        int option = obctl_command_option(obctl, argc, argv, options, err);
        if (option == -1)
            return obctl_command_operands(argc, 0, 0, err);
        if (option == '?' || !take(obctl, selection, option, err))
            return false;
    }
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    struct selection selection = {.query = ""};
    if (!read_options(obctl, argc, argv, &selection, err))
        return false;
    json_t *devices = fetch(obctl, &selection, err);
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
    .usage = "[--tags TAG,…] [--all-tags] [--status connected|disconnected] [--FILTER VALUE]… "
             "[--json] [--inventory]",
    .summary = "List the devices",
    .help = "  --tags TAG,…           devices with any of these tags\n"
            "  --all-tags             … with all of them\n"
            "  --status S             connected or disconnected\n" OBCTL_FILTER_HELP
            "  --json                 as the server sends it, all pages in one array\n"
            "  --inventory            with --json: also what was learned of each device\n",
    .needs_server = true,
    .run = run,
};
