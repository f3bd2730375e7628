/* obctl version: the client's version and, when a server is known and answers, the server's. */
#include "obctl/command.h"

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {{0}};
    if (obctl_command_option(obctl, argc, argv, options, err) != -1 ||
        !obctl_command_operands(argc, 0, 0, err))
        return false;
    buffer_printf(&obctl->out, "obctl %s\n", OUTBAND_VERSION);
    if (obctl->config.url == NULL || obctl->config.token == NULL)
        return true;
    struct obctl_answer answer = {0};
    obctl->api = obctl_api_new(&obctl->config, err);
    if (obctl->api == NULL || !obctl_api_call(obctl->api, obctl->arena, "GET", "/api/v1/version",
                                              (struct slice){0}, &answer, err))
        return false;
    const char *version = json_string_value(json_object_get(answer.json, "serviceVersion"));
    buffer_printf(&obctl->out, "%s %s\n", obctl->config.url, version != NULL ? version : "?");
    obctl_answer_fini(&answer);
    return true;
}

const struct obctl_command obctl_version = {
    .words = "version",
    .usage = "",
    .summary = "Versions of obctl and of the server",
    .run = run,
};
