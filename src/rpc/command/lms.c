/* rpc lms: AMT's ports on 127.0.0.1 until a signal comes. */
#include "rpc/lms/lms.h"
#include "core/clock.h"
#include "rpc/command/commands.h"
#include "rpc/machine/machine.h"
#include "rpc/run/run.h"

static void on_event(void *context, enum rpc_lms_event event, const char *text)
{
    struct rpc *rpc = context;
    switch (event) {
    case RPC_LMS_LISTENS:
        rpc_log(rpc, LOG_INFO, "listening at %s", text);
        break;
    case RPC_LMS_ENDED:
        rpc_log(rpc, LOG_WARN, "the session with the ME has ended: %s", text);
        break;
    case RPC_LMS_AGAIN:
        rpc_log(rpc, LOG_INFO, "there is a session with the ME again");
        break;
    case RPC_LMS_TAKEN:
        rpc_log(rpc, LOG_WARN, "AMT offers a port more, which isn't listened at: %s", text);
        break;
    case RPC_LMS_REFUSED:
        rpc_log(rpc, LOG_WARN, "a connection was refused: %s", text);
        break;
    case RPC_LMS_FULL:
        rpc_log(rpc, LOG_WARN, "there is no place for more connections: %s", text);
        break;
    case RPC_LMS_CONNECTED:
        rpc_log(rpc, LOG_DEBUG, "connected: %s", text);
        break;
    case RPC_LMS_FINISHED:
        rpc_log(rpc, LOG_DEBUG, "finished: %s", text);
        break;
    }
}

static void on_alert(void *context, struct slice envelope)
{
    struct rpc *rpc = context;
    bool json = rpc_output(rpc) == RPC_OUT_JSON;
    if (rpc_lms_put_alert(rpc_out(rpc), json, clock_wall_ms(), envelope))
        (void)rpc_flush(rpc);
    else
        rpc_log(rpc, LOG_WARN, "the ME has sent an alert that can't be read");
}

static bool run(struct rpc *rpc)
{
    struct error err;
    const struct rpc_lms_options options = {.port = (uint16_t)rpc_number(rpc, "lmsport"),
                                            .event = on_event,
                                            .alert = on_alert,
                                            .context = rpc};
    if (rpc_lms_run(&options, &err) || err.code == ERROR_CANCELLED)
        return true;
    if (err.code == ERROR_CONFLICT)
        return rpc_fail(rpc, RPC_LMS_CONNECTION_FAILED,
                        "%s; stop it first (systemctl stop lms), or choose another --lmsport",
                        err.text);
    if (err.code == ERROR_INVALID)
        return rpc_fail_error(rpc, RPC_LMS_CONNECTION_FAILED, &err);
    if (err.code == ERROR_BUSY)
        return rpc_fail(rpc, RPC_LMS_CONNECTION_FAILED,
                        "%s; only one program at a time can have LME, and LMS keeps it as long as "
                        "it runs: stop that program first (systemctl stop lms)",
                        err.text);
    return rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
}

const struct rpc_command rpc_lms = {
    .path = "lms",
    .needs = RPC_NEEDS_ROOT | RPC_NEEDS_SIGNAL,
    .generations = RPC_OURS,
    .run = run,
    .help = "Give other programs AMT's ports on this machine, as Intel's LMS does",
    .details = "Listens at 127.0.0.1 only, at --lmsport (16992) and, with TLS, at the next port,\n"
               "until it is interrupted. Alerts of the firmware are printed as they come.",
};
