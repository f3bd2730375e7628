#include "rpc/command/configure.h"

#include "amt/feature.h"
#include "amt/password.h"
#include "amt/proxy.h"
#include "amt/tls_setup.h"
#include "rpc/machine/machine.h"
#include "rpc/made/made.h"
#include "rpc/run/result.h"
#include "rpc/server/run.h"
#include "rpc/setup/assistant.h"
#include "rpc/setup/config_v2.h"
#include "rpc/setup/profile_text.h"
#include "rpc/setup/steps.h"
#include "rpc/text/json.h"
#include "rpc/text/page.h"

#include <string.h>

static bool done(struct rpc *rpc, bool ok, const struct rpc_fault *fault, const char *message)
{
    if (!ok)
        return rpc_fail_fault(rpc, fault);
    rpc_result(rpc, message, NULL, 0);
    return true;
}

/* ---- passwords ---- */

bool rpc_run_amt_password(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct slice password;
    return rpc_secret(rpc, "newamtpassword",
                      rpc_is_v2(rpc) ? "Please enter New AMT Password" : "New AMT Password", true,
                      &password) &&
           done(rpc, rpc_step_amt_password(rpc, password, &fault), &fault,
                "AMT password has been changed");
}

bool rpc_run_mebx(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct slice password;
    return rpc_secret(rpc, "mebxpassword",
                      rpc_is_v2(rpc) ? "Please enter New MEBx Password" : "MEBx Password", true,
                      &password) &&
           done(rpc, rpc_step_mebx(rpc, password, &fault), &fault, "MEBx password has been set");
}

/* ---- features ---- */

bool rpc_run_amt_features(struct rpc *rpc)
{
    struct rpc_fault fault;
    bool none = rpc_flag(rpc, "disableAll");
    const struct rpc_features wanted = {
        .kvm = !none && rpc_flag(rpc, "kvm"),
        .sol = !none && rpc_flag(rpc, "sol"),
        .ider = !none && rpc_flag(rpc, "ider"),
        .consent = rpc_word_consent(rpc_text(rpc, "userConsent")),
    };
    return done(rpc, rpc_step_features(rpc, &wanted, &fault), &fault,
                "AMT features configured successfully");
}

/* ---- on and off ---- */

static bool switch_amt(struct rpc *rpc, bool on)
{
    const struct mei_watchdog_flags *flags = rpc_watchdog(rpc);
    struct error err;
    if (flags->new_interface && flags->enabled == on) {
        rpc_result(rpc, on ? "AMT is enabled already" : "AMT is disabled already", NULL, 0);
        return true;
    }
    if (!mei_watchdog_set_operational(on, &err)) {
        (void)error_wrap(&err, on ? "AMT cannot be enabled" : "AMT cannot be disabled");
        return rpc_fail_me(rpc, RPC_UNABLE_TO_CONFIGURE, &err);
    }
    rpc_result(rpc, on ? "AMT enabled" : "AMT disabled", NULL, 0);
    return true;
}

bool rpc_run_enable_amt(struct rpc *rpc)
{
    return switch_amt(rpc, true);
}

bool rpc_run_disable_amt(struct rpc *rpc)
{
    return switch_amt(rpc, false);
}

/* ---- CIRA ---- */

/* Of a password and the wish for one to be made the stronger source's counts. */
static bool choose_password(struct rpc *rpc, bool *made)
{
    *made = rpc_flag(rpc, "generateRandomPassword");
    if (!*made || !rpc_given(rpc, "mpspassword"))
        return true;
    unsigned made_from = rpc_strength(rpc, "generateRandomPassword");
    unsigned given_from = rpc_strength(rpc, "mpspassword");
    *made = made_from > given_from;
    if (made_from == given_from)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--generateRandomPassword and --mpspassword exclude each other");
    rpc_log(rpc, LOG_WARN,
            *made ? "--generateRandomPassword counts: the MPS password of the environment or "
                    "config.yaml is not used"
                  : "the MPS password that was given counts: none is made");
    return true;
}

/* Leaves one that is to be made to the step. */
static bool read_password(struct rpc *rpc, struct slice *password)
{
    bool made;
    if (!choose_password(rpc, &made))
        return false;
    if (made)
        return rpc_made_prepare(rpc, true);
    bool v2 = rpc_is_v2(rpc); /* which has it typed once */
    if (!rpc_secret(rpc, "mpspassword", v2 ? "Please enter MPS Password" : "MPS Password", !v2,
                    password))
        return false;
    const char *text = password->size < 8 || password->size > 16 ? "it has 8 to 16 characters"
                                                                 : amt_password_fault(*password);
    return text == NULL || rpc_fail(rpc, RPC_WRONG_PARAMETERS, "the MPS password: %s", text);
}

static bool read_cira(struct rpc *rpc, struct rpc_cira *wanted)
{
    struct rpc_fault fault;
    const char *certificate = rpc_text(rpc, "mpscert");
    *wanted = (struct rpc_cira){.address = rpc_text(rpc, "mpsaddress"),
                                .port = (unsigned)rpc_number(rpc, "mpsport")};
    wanted->detection = rpc_list(rpc, "envdetection", &wanted->detection_count);
    if (wanted->address == NULL || certificate == NULL)
        return rpc_fail(rpc, RPC_WRONG_PARAMETERS, "%s is required",
                        wanted->address == NULL ? "--mpsaddress" : "--mpscert");
    wanted->certificate = slice_of_string(certificate);
    return rpc_cira_check(wanted, &fault) || rpc_fail_fault(rpc, &fault);
}

bool rpc_check_cira(struct rpc *rpc)
{
    struct rpc_cira wanted;
    return read_cira(rpc, &wanted);
}

bool rpc_run_cira(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct rpc_cira wanted;
    if (!read_cira(rpc, &wanted))
        return false;
    if (!read_password(rpc, &wanted.password))
        return false;
    if (!rpc_step_cira(rpc, &wanted, &fault))
        return rpc_fail_fault(rpc, &fault);
    const struct rpc_result_member member = {"mpsPassword", rpc_made_password(rpc, RPC_MADE_MPS)};
    if (member.value != NULL && rpc_output(rpc) != RPC_OUT_JSON)
        buffer_printf(rpc_out(rpc), "MPS password: %s\n", member.value);
    rpc_result(rpc, "CIRA has been configured", &member, 1);
    rpc_made_show(rpc);
    return rpc_failed(rpc) == RPC_SUCCESS;
}

/* ---- clock and names ---- */

bool rpc_check_sync_clock(struct rpc *rpc)
{
    return !rpc_given(rpc, "url") || rpc_by_server_check(rpc);
}

bool rpc_run_sync_clock(struct rpc *rpc)
{
    struct rpc_fault fault;
    if (rpc_given(rpc, "url"))
        return rpc_sync_clock_by_server(rpc);
    return done(rpc, rpc_step_clock(rpc, &fault), &fault, "Clock has been synchronized");
}

bool rpc_run_host_name(struct rpc *rpc)
{
    struct rpc_fault fault;
    const char *name = NULL;
    bool ok = rpc_step_host_name(rpc, &name, &fault);
    return done(
        rpc, ok, &fault,
        arena_printf(rpc_arena(rpc), "Host name %s has been set", name != NULL ? name : ""));
}

/* ---- TLS ---- */

bool rpc_check_assistant(struct rpc *rpc)
{
    struct error err;
    bool url = rpc_given(rpc, "eaAddress"), user = rpc_given(rpc, "eaUsername");
    if (url != user || url != rpc_given(rpc, "eaPassword"))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--eaAddress, --eaUsername and --eaPassword go together");
    return !url || rpc_assistant_check(rpc_arena(rpc), rpc_text(rpc, "eaAddress"), &err) ||
           rpc_fail(rpc, RPC_WRONG_URL, "--eaAddress: %s", err.text);
}

bool rpc_read_assistant(struct rpc *rpc, struct rpc_assistant_login *login,
                        const struct rpc_assistant_login **given)
{
    *given = NULL;
    if (!rpc_given(rpc, "eaAddress"))
        return true;
    login->url = rpc_text(rpc, "eaAddress");
    login->user = rpc_text(rpc, "eaUsername");
    *given = login;
    return rpc_secret(rpc, "eaPassword", "Enterprise Assistant Password", false, &login->password);
}

static bool check_ca_out(struct rpc *rpc)
{
    if (rpc_text(rpc, "ca-out") == NULL)
        return true;
    if (rpc_config_v2_is_given(rpc))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--ca-out goes with --mode; a configuration says itself how TLS is set up");
    if (strcmp(rpc_text(rpc, "mode"), "None") == 0)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "with --mode None no CA is made that --ca-out could keep");
    if (rpc_given(rpc, "eaAddress") || rpc_given(rpc, "eaUsername") || rpc_given(rpc, "eaPassword"))
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "with --eaAddress the site's CA signs, and none is made that --ca-out "
                        "could keep");
    return true;
}

bool rpc_check_tls(struct rpc *rpc)
{
    return check_ca_out(rpc) && (rpc_config_v2_is_given(rpc) || rpc_check_assistant(rpc));
}

bool rpc_run_tls(struct rpc *rpc)
{
    struct rpc_assistant_login login;
    static const char *const modes[] = {"None", "Server", "ServerAndNonTLS", "Mutual",
                                        "MutualAndNonTLS"};
    struct rpc_fault fault;
    struct rpc_tls_wanted wanted = {.ca_out = rpc_text(rpc, "ca-out")};
    const char *mode = rpc_text(rpc, "mode");
    if (rpc_config_v2_is_given(rpc))
        return rpc_run_config_v2(rpc, RPC_PROFILE_TLS);
    if (!rpc_read_assistant(rpc, &login, &wanted.assistant))
        return false;
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i], mode) == 0)
            wanted.mode = i;
    if (wanted.mode >= AMT_TLS_MUTUAL && wanted.ca_out == NULL)
        rpc_log(rpc, LOG_WARN,
                "clients need a certificate of the CA that is made now; --ca-out FILE keeps it");
    return done(rpc, rpc_step_tls(rpc, &wanted, &fault), &fault,
                arena_printf(rpc_arena(rpc), "TLS mode %s has been set", mode));
}

/* ---- proxies ---- */

static bool fail_proxy(struct rpc *rpc, const struct error *err)
{
    return rpc_fail_error(rpc, RPC_UNABLE_TO_CONFIGURE, err);
}

static bool list_proxies(struct rpc *rpc, struct amt *amt)
{
    struct amt_proxy *proxies;
    size_t count;
    struct error err;
    struct rpc_json json;
    if (!amt_proxy_list(amt, rpc_arena(rpc), &proxies, &count, NULL, &err))
        return fail_proxy(rpc, &err);
    bool is_json = rpc_output(rpc) == RPC_OUT_JSON;
    rpc_json_init(&json, rpc_out(rpc));
    if (is_json)
        rpc_json_open(&json, NULL, '[');
    else if (count == 0)
        buffer_put_text(rpc_out(rpc), "No HTTP proxy access points configured\n");
    for (size_t i = 0; i < count; i++) {
        const char *address = arena_string(rpc_arena(rpc), proxies[i].address);
        const char *suffix = arena_string(rpc_arena(rpc), proxies[i].dns_suffix);
        if (!is_json) {
            buffer_printf(rpc_out(rpc), "%s:%u %s\n", rpc_page_printable(rpc_arena(rpc), address),
                          proxies[i].port, rpc_page_printable(rpc_arena(rpc), suffix));
            continue;
        }
        rpc_json_open(&json, NULL, '{');
        rpc_json_text(&json, "address", address);
        rpc_json_number(&json, "port", proxies[i].port);
        rpc_json_text(&json, "networkDnsSuffix", suffix);
        rpc_json_close(&json, '}');
    }
    if (is_json)
        rpc_json_close(&json, ']');
    return true;
}

static bool delete_proxy(struct rpc *rpc, struct amt *amt, const char *address)
{
    struct amt_proxy *proxies;
    size_t count, deleted = 0;
    struct error err;
    if (!amt_proxy_list(amt, rpc_arena(rpc), &proxies, &count, NULL, &err))
        return fail_proxy(rpc, &err);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (!slice_equal_ignore_case(proxies[i].address, slice_of_string(address)) ||
            (rpc_given(rpc, "port") && proxies[i].port != rpc_number(rpc, "port")))
            continue;
        if (!amt_proxy_delete(amt, rpc_arena(rpc), proxies[i].name, &found, &err))
            return fail_proxy(rpc, &err);
        deleted += found;
    }
    if (deleted == 0)
        return rpc_fail(rpc, RPC_UNABLE_TO_CONFIGURE, "AMT has no proxy %s", address);
    rpc_result(rpc, "Proxy has been deleted", NULL, 0);
    return true;
}

static struct rpc_proxy read_proxy(const struct rpc *rpc)
{
    return (struct rpc_proxy){.address = rpc_text(rpc, "address"),
                              .port = (unsigned)rpc_number(rpc, "port"),
                              .dns_suffix = rpc_text(rpc, "networkdnssuffix")};
}

bool rpc_check_proxy(struct rpc *rpc)
{
    struct rpc_fault fault;
    const struct rpc_proxy wanted = read_proxy(rpc);
    bool list = rpc_flag(rpc, "list"), removing = rpc_flag(rpc, "delete");
    if (list && removing)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION, "--list and --delete exclude each other");
    if (!list && wanted.address == NULL)
        return rpc_fail(rpc, RPC_MISSING_PROXY, "--address is required");
    return list || removing || rpc_proxy_check(&wanted, &fault) || rpc_fail_fault(rpc, &fault);
}

bool rpc_run_proxy(struct rpc *rpc)
{
    struct rpc_fault fault;
    struct amt *amt;
    bool list = rpc_flag(rpc, "list"), removing = rpc_flag(rpc, "delete");
    const struct rpc_proxy wanted = read_proxy(rpc);
    if (!list && !removing)
        return done(rpc, rpc_step_proxy(rpc, &wanted, &fault), &fault, "Proxy has been added");
    if (!rpc_step_amt(rpc, &amt, &fault))
        return rpc_fail_fault(rpc, &fault);
    return list ? list_proxies(rpc, amt) : delete_proxy(rpc, amt, wanted.address);
}
