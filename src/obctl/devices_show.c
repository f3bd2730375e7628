/* obctl devices show: everything the server knows of one device. */
#include "obctl/command.h"
#include "obctl/table.h"

#include <stdlib.h>

static void print_members(struct obctl *obctl, const json_t *device)
{
    static const char *const titles[] = {"FIELD", "VALUE"};
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, 2);
    void *at = json_object_iter((json_t *)device);
    for (; at != NULL; at = json_object_iter_next((json_t *)device, at)) {
        const json_t *value = json_object_iter_value(at);
        const char *cell = json_string_value(value);
        if (cell == NULL && !json_is_null(value)) {
            char *text = json_dumps(value, JSON_ENCODE_ANY);
            cell = arena_string(obctl->arena, slice_of_string(text));
            free(text);
        }
        const char *cells[] = {json_object_iter_key(at), cell};
        obctl_table_add(&table, cells);
    }
    obctl_table_print(&table, &obctl->out);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {OBCTL_COMMAND_JSON, {0}};
    if (obctl_command_option(obctl, argc, argv, options, err) != -1 ||
        !obctl_command_operands(argc, 1, 1, err))
        return false;
    const char *guid;
    if (!obctl_api_find_device(obctl->api, obctl->arena, argv[optind], &guid, err))
        return false;
    struct obctl_answer answer;
    char *target = arena_printf(obctl->arena, "/api/v1/devices/%s", guid);
    if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer, err))
        return error_wrap(err, "%s", guid);
    if (obctl->json) {
        buffer_put(&obctl->out, answer.body);
        buffer_put_u8(&obctl->out, '\n');
    } else {
        print_members(obctl, answer.json);
    }
    obctl_answer_fini(&answer);
    return true;
}

const struct obctl_command obctl_devices_show = {
    .words = "devices show",
    .usage = "DEVICE [--json]",
    .summary = "Show one device",
    .needs_server = true,
    .run = run,
};
