#include "rpc/machine.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "rpc/run.h"

#include <stdlib.h>
#include <unistd.h>

#define MODE_TRIES 4
#define MODE_MS    1000

struct rpc_machine {
    struct mei_pthi *pthi;
    bool mode_known;
    unsigned mode;
    bool watchdog_known;
    struct mei_watchdog_flags watchdog;
};

static struct rpc_machine *machine_of(struct rpc *rpc)
{
    if (rpc->machine == NULL)
        rpc->machine = memory_new(sizeof *rpc->machine);
    return rpc->machine;
}

bool rpc_may_use_me(void)
{
    static const char *const nodes[] = {"/dev/mei0", "/dev/mei1", "/dev/mei2", "/dev/mei3",
                                        "/dev/mei"};
    if (geteuid() == 0)
        return true;
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        if (access(nodes[i], R_OK | W_OK) == 0)
            return true;
    return false;
}

bool rpc_fail_me(struct rpc *rpc, enum rpc_exit code, const struct error *err)
{
    switch (err->code) {
    case ERROR_FORBIDDEN:
        code = RPC_INCORRECT_PERMISSIONS;
        break;
    case ERROR_NOT_FOUND:
        code = RPC_HECI_DRIVER_NOT_DETECTED;
        break;
    case ERROR_UNSUPPORTED:
        code = RPC_AMT_NOT_DETECTED;
        break;
    case ERROR_BUSY:
    case ERROR_CONNECTION:
    case ERROR_TIMEOUT:
        code = RPC_AMT_NOT_READY;
        break;
    default:
        break;
    }
    return rpc_fail_error(rpc, code, err);
}

struct mei_pthi *rpc_pthi_or(struct rpc *rpc, struct error *err)
{
    struct rpc_machine *machine = machine_of(rpc);
    if (machine->pthi == NULL)
        machine->pthi = mei_pthi_open(err);
    return machine->pthi;
}

struct mei_pthi *rpc_pthi(struct rpc *rpc)
{
    struct error err;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &err);
    if (pthi == NULL)
        (void)rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
    return pthi;
}

static bool may_pass(const struct error *err)
{
    return err->code == ERROR_BUSY || err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT;
}

bool rpc_control_mode_or(struct rpc *rpc, unsigned *mode, struct error *err)
{
    struct rpc_machine *machine = machine_of(rpc);
    for (unsigned tries = 1; !machine->mode_known; tries++) {
        struct mei_pthi *pthi = rpc_pthi_or(rpc, err);
        machine->mode_known = pthi != NULL && mei_pthi_control_mode(pthi, &machine->mode, err);
        if (!machine->mode_known &&
            (!may_pass(err) || tries == MODE_TRIES || !io_sleep(MODE_MS, err)))
            return false;
    }
    *mode = machine->mode;
    return true;
}

bool rpc_control_mode(struct rpc *rpc, unsigned *mode)
{
    struct error err;
    return rpc_control_mode_or(rpc, mode, &err) || rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
}

void rpc_control_mode_changed(struct rpc *rpc)
{
    machine_of(rpc)->mode_known = false;
}

bool rpc_control_mode_known(const struct rpc *rpc, unsigned *mode)
{
    if (rpc->machine == NULL || !rpc->machine->mode_known)
        return false;
    *mode = rpc->machine->mode;
    return true;
}

const struct mei_watchdog_flags *rpc_watchdog(struct rpc *rpc)
{
    struct rpc_machine *machine = machine_of(rpc);
    struct error err;
    if (!machine->watchdog_known) {
        uint64_t previous = io_deadline_within(MODE_MS * 5);
        if (!mei_watchdog_flags(&machine->watchdog, &err)) {
            machine->watchdog = (struct mei_watchdog_flags){0};
            rpc_log(rpc, LOG_DEBUG, "%s", err.text);
        }
        io_deadline_restore(previous);
        machine->watchdog_known = true;
    }
    return &machine->watchdog;
}

void rpc_machine_free(struct rpc *rpc)
{
    if (rpc->machine == NULL)
        return;
    mei_pthi_close(rpc->machine->pthi);
    free(rpc->machine);
    rpc->machine = NULL;
}
