#include "rpc/machine/machine.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "rpc/line/option.h"
#include "rpc/machine/parts.h"
#include "rpc/machine/turn.h"
#include "rpc/text/words.h"

#include <stdlib.h>
#include <unistd.h>

#define MODE_TRIES     4
#define MODE_MS        1000
#define FIRST_MS       30000 /* for the first answer of the engine, tries included */
#define TLS_ONLY_SINCE 19    /* AMT without ports without TLS */

struct rpc_machine *rpc_machine_of(struct rpc *rpc)
{
    if (rpc->machine == NULL) {
        rpc->machine = memory_new(sizeof *rpc->machine);
        rpc->exit_of = rpc_exit_of_failure;
    }
    return rpc->machine;
}

bool rpc_may_use_me(void)
{
    if (geteuid() == 0)
        return true;
    for (size_t i = 0; i < MEI_NODES; i++)
        if (access(mei_nodes[i], R_OK | W_OK) == 0)
            return true;
    return false;
}

enum rpc_exit rpc_exit_of_me(const struct error *err, enum rpc_exit otherwise)
{
    switch (err->code) {
    case ERROR_FORBIDDEN:
        return RPC_INCORRECT_PERMISSIONS;
    case ERROR_NOT_FOUND:
        return RPC_HECI_DRIVER_NOT_DETECTED;
    case ERROR_UNSUPPORTED:
        return RPC_AMT_NOT_DETECTED;
    case ERROR_BUSY:
    case ERROR_CONNECTION:
    case ERROR_TIMEOUT:
        return RPC_AMT_NOT_READY;
    case ERROR_PROTOCOL:
    case ERROR_DEVICE:
        return otherwise == RPC_GENERIC_FAILURE ? RPC_AMT_NOT_READY : otherwise;
    default:
        return otherwise;
    }
}

bool rpc_fail_me(struct rpc *rpc, enum rpc_exit code, const struct error *err)
{
    return rpc_fail_error(rpc, rpc_exit_of_me(err, code), err);
}

struct mei_pthi *rpc_pthi_or(struct rpc *rpc, struct error *err)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
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

uint64_t rpc_amt_wait(const struct rpc *rpc, uint64_t otherwise)
{
    static const struct slice name = {(const uint8_t *)"amt-wait", 8};
    const struct rpc_option *option = rpc_option_find(rpc->line.command, name);
    bool given = option != NULL && rpc_line_find(&rpc->line, option) != NULL;
    uint64_t wait = given ? (uint64_t)rpc_number(rpc, "amt-wait") : otherwise;
    return given && wait < MODE_MS ? MODE_MS : wait;
}

/* One that is busy has been waited for (mei_open). */
static bool may_pass(const struct error *err, bool asked)
{
    return err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT ||
           (asked && err->code == ERROR_BUSY);
}

static bool ask_control_mode(struct rpc *rpc, struct rpc_machine *machine, struct error *err)
{
    bool asked = rpc_amt_wait(rpc, 0) != 0; /* for as long as was said, however often */
    for (unsigned tries = 1; !machine->mode_known; tries++) {
        struct mei_pthi *pthi = rpc_pthi_or(rpc, err);
        machine->mode_known = pthi != NULL && mei_pthi_control_mode(pthi, &machine->mode, err);
        if (!machine->mode_known && (!may_pass(err, asked) || (tries == MODE_TRIES && !asked) ||
                                     io_deadline_left() <= MODE_MS || !io_sleep(MODE_MS, err)))
            return false;
    }
    return true;
}

bool rpc_control_mode_or(struct rpc *rpc, unsigned *mode, struct error *err)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    uint64_t previous = io_deadline_within(rpc_amt_wait(rpc, FIRST_MS));
    bool ok = ask_control_mode(rpc, machine, err);
    io_deadline_restore(previous);
    if (ok)
        *mode = machine->mode;
    return ok;
}

bool rpc_control_mode(struct rpc *rpc, unsigned *mode)
{
    struct error err;
    return rpc_control_mode_or(rpc, mode, &err) || rpc_fail_me(rpc, RPC_GENERIC_FAILURE, &err);
}

void rpc_control_mode_changed(struct rpc *rpc)
{
    rpc_machine_of(rpc)->mode_known = false;
}

bool rpc_control_mode_known(const struct rpc *rpc, unsigned *mode)
{
    if (rpc->machine == NULL || !rpc->machine->mode_known)
        return false;
    *mode = rpc->machine->mode;
    return true;
}

bool rpc_password(struct rpc *rpc, struct slice *password)
{
    unsigned mode = 0;
    bool confirm = !rpc_given(rpc, "password") && rpc_control_mode_known(rpc, &mode) && mode == 0;
    const char *prompt = !rpc_is_v2(rpc) ? "AMT Password"
                         : confirm       ? "Please enter New AMT Password"
                                         : "Please enter AMT Password";
    return rpc_secret(rpc, "password", prompt, confirm, password);
}

/* By its version, for when the watchdog doesn't tell: the kernel's own driver may have it. */
static bool is_tls_only(struct rpc *rpc)
{
    struct mei_versions versions;
    struct error err;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &err);
    return pthi != NULL && mei_pthi_versions(pthi, rpc_arena(rpc), &versions, &err) &&
           rpc_words_major(mei_versions_find(&versions, "AMT")) >= TLS_ONLY_SINCE;
}

const struct mei_watchdog_flags *rpc_watchdog(struct rpc *rpc)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    struct error err;
    if (!machine->watchdog_known) {
        uint64_t previous = io_deadline_within(MODE_MS * 5);
        if (!mei_watchdog_flags(&machine->watchdog, &err)) {
            machine->watchdog = (struct mei_watchdog_flags){.tls_enforced = is_tls_only(rpc)};
            rpc_log(rpc, LOG_DEBUG, "%s", err.text);
        }
        io_deadline_restore(previous);
        machine->watchdog_known = true;
    }
    return &machine->watchdog;
}

void rpc_machine_free(struct rpc *rpc)
{
    struct rpc_machine *machine = rpc->machine;
    if (machine == NULL)
        return;
    rpc_machine_close_way(machine);
    mei_pthi_close(machine->pthi);
    if (machine->has_turn)
        rpc_turn_unlock(machine->turn);
    free(machine);
    rpc->machine = NULL;
    rpc->exit_of = NULL;
}
