#include "rpc/server/download.h"

#include "io/fiber.h"
#include "rpc/machine/machine.h"
#include "rpc/run/result.h"
#include "rpc/server/console.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_given.h"
#include "rpc/setup/profile_text.h"

#include <string.h>

#define ACCEPT      "application/json, application/yaml, application/x-yaml, text/plain, */*"
#define TELL_MS     60000 /* for telling the server, also when the run is ending */
#define TELL_TRIES  3
#define TELL_GAP_MS 2000

static json_t *fetch(struct rpc *rpc, struct rpc_console *console, const struct rpc_url *url)
{
    struct slice bytes;
    struct slice key = {NULL, 0};
    struct error err;
    struct rpc_fault fault;
    enum rpc_exit code = RPC_GENERIC_FAILURE;
    if (rpc_given(rpc, "key") && !rpc_secret(rpc, "key", "Key", false, &key))
        return NULL;
    if (!rpc_console_get(console, url, ACCEPT, RPC_PROFILE_MOST, &bytes, &code, &err)) {
        (void)rpc_fail(rpc, code, "%s", err.text);
        return NULL;
    }
    rpc_forbid_files(rpc);
    json_t *profile = rpc_profile_read(rpc, bytes, key, &fault);
    if (profile == NULL)
        (void)rpc_fail_fault(rpc, &fault);
    if (!rpc_profile_names_share(profile))
        return profile;
    (void)rpc_fail(rpc, RPC_WRONG_CONFIGURATION,
                   "the server's profile names a file on an SMB share, which only the command line "
                   "and local profiles may");
    rpc_profile_free(profile);
    return NULL;
}

/* All tags of the profile, whose size and that of what a server is told are their bounds; NULL: it
 * has none. */
static const char *const *tags_of(struct rpc *rpc, const json_t *profile)
{
    const json_t *list = rpc_member(profile, "tags");
    size_t size = json_array_size(list);
    size_t count = 0;
    if (size == 0)
        return NULL;
    const char **tags = arena_array(rpc_arena(rpc), size + 1, sizeof *tags);
    for (size_t i = 0; i < size; i++) {
        const json_t *tag = json_array_get(list, i);
        if (json_is_string(tag))
            tags[count++] = arena_string(rpc_arena(rpc),
                                         slice_of(json_string_value(tag), json_string_length(tag)));
    }
    return tags;
}

/* Another try helps when the server was away for a moment. `calls`: the profile has AMT call a
 * server. */
static bool tell(struct rpc *rpc, struct rpc_console *console,
                 const struct rpc_console_device *device, bool calls, enum rpc_exit *code,
                 struct error *err)
{
    for (unsigned tries = 1;; tries++) {
        if (rpc_console_register(console, device, code, err)) {
            if (!calls && !rpc_console_forget_call(console, device->guid, code, err))
                rpc_log(rpc, LOG_WARN,
                        "The server may wait for this machine to call in, which it does not: %s",
                        err->text);
            return true;
        }
        if (tries == TELL_TRIES || err->code == ERROR_UNAUTHORIZED || err->code == ERROR_PROTOCOL ||
            err->code == ERROR_TOO_LARGE || !io_sleep(TELL_GAP_MS, err))
            return false;
    }
}

struct registration {
    struct rpc *rpc;
    struct rpc_console *console;
    const json_t *profile;
    const char *uuid; /* of this machine */
};

static bool keep(void *arg, const struct rpc_profile_outcome *outcome, struct rpc_fault *fault)
{
    struct registration *registration = arg;
    struct rpc *rpc = registration->rpc;
    struct rpc_facts facts;
    rpc_facts_collect(rpc,
                      RPC_FACT_DOORS |
                          (RPC_FACT_ALL & ~(unsigned)(RPC_FACT_CERTIFICATES | RPC_FACT_PROXIES)),
                      &facts);
    facts.uuid = registration->uuid; /* AMT may not tell it once more */
    const struct rpc_console_device device = {
        .guid = facts.uuid,
        .hostname = rpc_console_hostname(&facts),
        .friendly_name = rpc_text(rpc, "name"),
        .mps_user = outcome->mps_user,
        .tags = tags_of(rpc, registration->profile),
        .password = outcome->password,
        .mebx_password = outcome->mebx_password,
        .mps_password = outcome->mps_password,
        .use_tls = outcome->tls,
        .allow_self_signed = outcome->tls,
        .facts = &facts,
    };
    fault->code = RPC_GENERIC_FAILURE;
    if (tell(rpc, registration->console, &device, outcome->cira, &fault->code, &fault->err)) {
        rpc_log(rpc, LOG_INFO, "The server knows this machine now");
        return true;
    }
    return error_wrap(&fault->err, "the server does not know of the activation");
}

bool rpc_activate_by_profile(struct rpc *rpc, const struct rpc_url *url)
{
    struct registration registration = {.rpc = rpc};
    const struct rpc_profile_keeper keeper = {keep, &registration};
    struct rpc_facts facts;
    unsigned mode;
    if (!rpc_control_mode(rpc, &mode))
        return false;
    rpc_facts_collect(rpc, RPC_FACT_UUID, &facts);
    if (facts.uuid == NULL)
        return rpc_fail(rpc, RPC_INVALID_UUID,
                        "this machine has no UUID to be known by; AMT was left as it was found");
    if (!rpc_console_open(rpc, url, rpc_text(rpc, "proxy"), &registration.console))
        return false;
    rpc_console_warn_of_devices(registration.console);
    json_t *profile = fetch(rpc, registration.console, url);
    registration.profile = profile;
    registration.uuid = facts.uuid;
    bool ok = profile != NULL && rpc_profile_given_put(rpc, false, profile) &&
              rpc_profile_run(rpc, profile, &keeper);
    rpc_profile_free(profile);
    rpc_console_close(registration.console);
    return ok;
}

static bool remove_machine(struct rpc *rpc, struct rpc_console *console, const char *uuid)
{
    struct error err;
    enum rpc_exit code = RPC_GENERIC_FAILURE;
    struct io_shield shield = io_shield_begin_for_answer(TELL_MS);
    bool ok =
        rpc_console_remove(console, uuid, &code, &err) ||
        rpc_fail(rpc, code, "AMT is deactivated, but the server still lists it: %s", err.text);
    io_shield_end(shield);
    return ok;
}

bool rpc_console_of_run(struct rpc *rpc, struct rpc_url *server, bool *known)
{
    static const char *const options[] = {"devices-endpoint", "auth-endpoint"};
    bool login = rpc_given(rpc, "auth-token") ||
                 (rpc_given(rpc, "auth-username") && rpc_given(rpc, "auth-password"));
    *known = false;
    for (size_t i = 0; i < sizeof options / sizeof options[0] && login && !*known; i++) {
        const char *text = rpc_text(rpc, options[i]);
        if (text == NULL || strstr(text, "://") == NULL)
            continue;
        if (!rpc_console_url(rpc, options[i], server))
            return false;
        *known = true;
    }
    return true;
}

bool rpc_forget_at_console(struct rpc *rpc, const struct rpc_url *server, const char *uuid)
{
    struct rpc_console *console;
    if (uuid == NULL)
        return rpc_fail(
            rpc, RPC_INVALID_UUID,
            "AMT is deactivated; the server may still list it, since this machine has no "
            "UUID to be known by");
    if (!rpc_console_open(rpc, server, rpc_text(rpc, "proxy"), &console)) {
        rpc_log(rpc, LOG_WARN, "AMT is deactivated, but the server still lists it");
        return false;
    }
    bool ok = remove_machine(rpc, console, uuid);
    rpc_console_close(console);
    if (ok)
        rpc_log(rpc, LOG_INFO, "The server has forgotten this machine");
    return ok;
}

bool rpc_deactivate_at_console(struct rpc *rpc, const struct rpc_url *url)
{
    struct rpc_console *console;
    struct rpc_facts facts;
    struct rpc_fault fault;
    if (!rpc_console_open(rpc, url, rpc_text(rpc, "proxy"), &console))
        return false;
    rpc_facts_collect(rpc, RPC_FACT_UUID, &facts);
    bool ok = facts.uuid != NULL ||
              rpc_fail(rpc, RPC_INVALID_UUID, "this machine has no UUID to be known by");
    if (ok && !rpc_deactivate_here(rpc, false, &fault))
        ok = rpc_fail_fault(rpc, &fault);
    ok = ok && remove_machine(rpc, console, facts.uuid);
    rpc_console_close(console);
    if (ok)
        rpc_result(rpc, "Device deactivated", NULL, 0);
    return ok;
}
