/* obctl power get: the power state of devices, asked from them now. */
#include "obctl/command.h"
#include "obctl/power.h"
#include "obctl/table.h"

#include <stdlib.h>

/* The state of one device as {"guid", "powerstate", "OSPowerSavingState"}; NULL with `err`. */
static json_t *get(struct obctl *obctl, const char *name, struct error *err)
{
    const char *guid;
    struct obctl_answer answer;
    if (!obctl_api_find_device(obctl->api, obctl->arena, name, &guid, err))
        return NULL;
    char *target = arena_printf(obctl->arena, "/api/v1/amt/power/state/%s", guid);
    if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer, err)) {
        error_wrap(err, "%s", name);
        return NULL;
    }
    json_t *state = json_object();
    (void)json_object_set_new(state, "guid", json_string(guid));
    (void)json_object_update(state, answer.json);
    obctl_answer_fini(&answer);
    return state;
}

static void print_table(struct obctl *obctl, const json_t *states, char **names)
{
    static const char *const titles[] = {"DEVICE", "POWER", "CODE"};
    struct obctl_table table;
    obctl_table_init(&table, obctl->arena, titles, 3);
    for (size_t i = 0; i < json_array_size(states); i++) {
        int64_t code = json_integer_value(json_object_get(json_array_get(states, i), "powerstate"));
        const char *cells[] = {names[i], obctl_power_state_name(code),
                               arena_printf(obctl->arena, "%lld", (long long)code)};
        obctl_table_add(&table, cells);
    }
    obctl_table_print(&table, &obctl->out);
}

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {OBCTL_COMMAND_JSON, {0}};
    if (obctl_command_option(obctl, argc, argv, options, err) != -1 ||
        !obctl_command_operands(argc, 1, -1, err))
        return false;
    json_t *states = json_array();
    bool ok = true;
    for (int i = optind; ok && i < argc; i++) {
        json_t *state = get(obctl, argv[i], err);
        ok = state != NULL && json_array_append_new(states, state) == 0;
    }
    /* One device: one object, so that a script reads .powerstate. */
    const json_t *shown = argc - optind == 1 ? json_array_get(states, 0) : states;
    if (obctl->json && shown != NULL) {
        char *text = json_dumps(shown, JSON_COMPACT);
        buffer_put_text(&obctl->out, text != NULL ? text : "null");
        buffer_put_u8(&obctl->out, '\n');
        free(text);
    } else if (json_array_size(states) > 0) {
        print_table(obctl, states, argv + optind);
    }
    json_decref(states);
    return ok;
}

const struct obctl_command obctl_power_get = {
    .words = "power get",
    .usage = "DEVICE… [--json]",
    .summary = "Ask devices for their power state",
    .needs_server = true,
    .run = run,
};
