/* obctl jobs watch: follows a job until it is over. */
#include "obctl/command.h"
#include "obctl/progress.h"

static bool run(struct obctl *obctl, int argc, char **argv, struct error *err)
{
    static const struct option options[] = {OBCTL_COMMAND_JSON, {0}};
    return obctl_command_option(obctl, argc, argv, options, err) == -1 &&
           obctl_command_operands(argc, 1, 1, err) &&
           obctl_progress_follow(obctl, argv[optind], err);
}

const struct obctl_command obctl_jobs_watch = {
    .words = "jobs watch",
    .usage = "JOB [--json]",
    .summary = "Follow a job until it is over",
    .needs_server = true,
    .run = run,
};
