/* The run's way to AMT's own ports, its trust there, and AMT itself. */
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/machine/access.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/parts.h"
#include "rpc/machine/trust.h"
#include "rpc/run/named_file.h"

#define AGAIN_MS   1000
#define ROOTS_MOST ((size_t)1024 * 1024) /* bytes of --amt-ca */

/* Once more when the ME was reset while the way was looked for. */
static bool open_way(const struct rpc_access_options *options, struct rpc_access **access,
                     struct error *err)
{
    uint64_t begun = io_now();
    bool ok = rpc_access_open(options, access, err);
    if (!ok && err->code == ERROR_CONNECTION && io_now() - begun < AGAIN_MS &&
        io_sleep(AGAIN_MS, NULL))
        ok = rpc_access_open(options, access, err);
    if (!ok)
        *access = NULL;
    return ok;
}

static bool has_tls(void *context)
{
    struct rpc *rpc = context;
    struct mei_security security;
    struct error err;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &err);
    return pthi != NULL && mei_pthi_security(pthi, &security, &err) && security.tls_enabled;
}

struct rpc_access_options rpc_way_options(struct rpc *rpc)
{
    return (struct rpc_access_options){
        .lms_address = rpc_text(rpc, "lmsaddress"),
        .lms_port = (uint16_t)rpc_number(rpc, "lmsport"),
        .lms_asked = rpc_given(rpc, "lmsaddress") || rpc_given(rpc, "lmsport"),
        .tls_only = rpc_watchdog(rpc)->tls_enforced || rpc_given(rpc, "amt-ca"),
        .has_tls = has_tls,
        .context = rpc,
    };
}

struct rpc_access *rpc_access_or(struct rpc *rpc, struct error *err)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    struct error why;
    if (machine->access != NULL)
        return machine->access;
    const struct rpc_access_options options = rpc_way_options(rpc);
    if (!open_way(&options, &machine->access, &why)) {
        machine->lms_refused = rpc_exit_of_no_way(&why) == RPC_LMS_CONNECTION_FAILED;
        if (err != NULL)
            *err = why;
        return NULL;
    }
    rpc_log(rpc, LOG_DEBUG, "AMT's ports are reached through %s",
            rpc_way_name(rpc_access_way(machine->access)));
    if (rpc_access_doubt(machine->access) != NULL)
        rpc_log(rpc, LOG_WARN, "%s; it is used because --lmsaddress or --lmsport says so",
                rpc_access_doubt(machine->access));
    return machine->access;
}

enum rpc_exit rpc_exit_of_no_way(const struct error *err)
{
    return err->code == ERROR_UNAUTHORIZED ? RPC_LMS_CONNECTION_FAILED : RPC_AMT_CONNECTION_FAILED;
}

bool rpc_ports_are_unreachable(const struct rpc *rpc)
{
    return rpc->machine != NULL && rpc->machine->access != NULL &&
           rpc_access_is_in_vain(rpc->machine->access);
}

/* What is found out without AMT keeps its own code. */
enum rpc_exit rpc_exit_of_step(const struct rpc *rpc, enum rpc_exit code, const struct error *err)
{
    bool local = code < RPC_AMT_AUTHENTICATION_FAILED || err->code == ERROR_INVALID ||
                 err->code == ERROR_CANCELLED;
    bool no_tls = rpc->machine != NULL && rpc->machine->access != NULL &&
                  rpc_access_has_no_tls(rpc->machine->access);
    return !local && (no_tls || rpc_ports_are_unreachable(rpc)) ? RPC_AMT_CONNECTION_FAILED : code;
}

enum rpc_exit rpc_exit_of_failure(const struct rpc *rpc, enum rpc_exit code,
                                  const struct error *err)
{
    if (err != NULL)
        code = rpc_exit_of_step(rpc, code, err);
    bool lms = rpc->machine != NULL && rpc->machine->lms_refused;
    return lms && code == RPC_AMT_CONNECTION_FAILED ? RPC_LMS_CONNECTION_FAILED : code;
}

struct rpc_access *rpc_access(struct rpc *rpc)
{
    struct error err;
    error_clear(&err);
    struct rpc_access *access = rpc_access_or(rpc, &err);
    if (access == NULL && err.code == ERROR_INVALID)
        (void)rpc_fail(rpc, RPC_WRONG_PARAMETERS, "%s", err.text);
    else if (access == NULL)
        (void)rpc_fail(rpc, RPC_AMT_CONNECTION_FAILED, "%s", err.text);
    return access;
}

bool rpc_amt_ca(struct rpc *rpc, struct slice *pem, struct error *err)
{
    const char *path = rpc_text(rpc, "amt-ca");
    *pem = (struct slice){NULL, 0};
    if (path == NULL)
        return true;
    return rpc_named_file_load(rpc, path, ROOTS_MOST, pem, err);
}

/* What --skip-amt-cert-check, --amt-ca and the control mode say of AMT's certificate. */
static bool make_trust(struct rpc *rpc, struct error *err)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    unsigned mode = 0;
    struct rpc_trust_options options = {.kind = RPC_TRUST_ANY};
    if (machine->trust != NULL)
        return true;
    if (!rpc_flag(rpc, "skip-amt-cert-check")) {
        if (!rpc_control_mode_or(rpc, &mode, err) || !rpc_amt_ca(rpc, &options.roots_pem, err))
            return false;
        options.kind =
            mode == MEI_CONTROL_NONE || machine->is_new ? RPC_TRUST_ON_DIE : RPC_TRUST_ROOTS;
        if (machine->made_root.size > 0) {
            options.kind = RPC_TRUST_ROOTS;
            options.roots_pem = machine->made_root;
        }
    }
    return rpc_trust_new(&options, &machine->trust, err);
}

static bool log_in(struct rpc *rpc, const struct rpc_amt_options *options, struct amt **amt,
                   struct error *err)
{
    struct rpc_access *access = rpc_access_or(rpc, err);
    return access != NULL && rpc_access_amt(access, options, amt, err);
}

/* A machine that isn't set up has no password yet: the one that is given is the one it will have,
 * and trying it would count as a failed login. */
static bool is_admin(struct rpc *rpc, enum rpc_login login)
{
    unsigned mode;
    struct error err;
    if (login != RPC_AS_EITHER || !rpc_given(rpc, "password"))
        return login == RPC_AS_ADMIN;
    return !rpc_control_mode_or(rpc, &mode, &err) || mode != MEI_CONTROL_NONE;
}

bool rpc_amt_or(struct rpc *rpc, enum rpc_login login, struct amt **amt, struct error *err)
{
    struct mei_account account;
    struct rpc_access *access = rpc_access_or(rpc, err);
    if (access == NULL)
        return false;
    struct rpc_amt_options options = {.tls = rpc_watchdog(rpc)->tls_enforced ||
                                             rpc_access_needs_tls(access)};
    if (options.tls && !make_trust(rpc, err))
        return false;
    options.trust = rpc_machine_of(rpc)->trust;
    if (is_admin(rpc, login)) {
        options.user = SLICE_LITERAL("admin");
        if (!rpc_password(rpc, &options.password))
            return error_set(err, ERROR_INVALID, "AMT's password is missing");
        return log_in(rpc, &options, amt, err);
    }
    struct mei_pthi *pthi = rpc_pthi_or(rpc, err);
    if (pthi == NULL || !mei_pthi_local_account(pthi, &account, err))
        return false;
    options.user = slice_of_string(account.user);
    options.password = slice_of_string(account.password);
    bool ok = log_in(rpc, &options, amt, err);
    memory_wipe(&account, sizeof account);
    return ok;
}

bool rpc_amt_under(struct rpc *rpc, const struct rpc_trust_options *trusted, struct slice user,
                   struct slice password, struct amt **amt, struct error *err)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    struct rpc_trust *former = machine->trust;
    struct rpc_trust *trust;
    struct rpc_access *access = rpc_access_or(rpc, err);
    if (access == NULL || !rpc_trust_new(trusted, &trust, err))
        return false;
    const struct rpc_amt_options options = {
        .user = user, .password = password, .tls = true, .trust = trust};
    machine->trust = trust;
    bool ok = rpc_access_amt(access, &options, amt, err);
    rpc_trust_free(former);
    return ok;
}

void rpc_machine_close_way(struct rpc_machine *machine)
{
    /* Its streams say goodbye, also when the run was cancelled. */
    struct io_shield shield = io_shield_begin(AGAIN_MS);
    rpc_access_close(machine->access);
    io_shield_end(shield);
    rpc_trust_free(machine->trust);
    machine->access = NULL;
    machine->trust = NULL;
}

void rpc_amt_forget(struct rpc *rpc)
{
    rpc_machine_close_way(rpc_machine_of(rpc));
}

void rpc_amt_is_new(struct rpc *rpc)
{
    rpc_machine_of(rpc)->is_new = true;
    rpc_amt_forget(rpc);
}

bool rpc_amt_sees_new(const struct rpc *rpc)
{
    return rpc->machine != NULL && rpc->machine->is_new && rpc->machine->trust != NULL;
}

void rpc_amt_made_root(struct rpc *rpc, struct slice pem)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    machine->is_new = false;
    machine->made_root = arena_copy(&rpc->arena, pem);
    rpc_amt_forget(rpc);
}

bool rpc_amt_has_moved_on(struct rpc *rpc)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    struct error err;
    unsigned mode = MEI_CONTROL_NONE;
    if (machine->trust == NULL || !rpc_trust_saw_single(machine->trust))
        return false;
    rpc_control_mode_changed(rpc);
    if (!rpc_control_mode_or(rpc, &mode, &err) || mode == MEI_CONTROL_NONE)
        return false;
    rpc_trust_accept_single(machine->trust);
    return true;
}

bool rpc_amt(struct rpc *rpc, enum rpc_login login, struct amt **amt)
{
    struct error err;
    return rpc_amt_or(rpc, login, amt, &err) ||
           rpc_fail_error(rpc, RPC_AMT_CONNECTION_FAILED, &err);
}
