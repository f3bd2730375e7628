#include "rpc/server/run.h"

#include "rpc/machine/access.h"
#include "rpc/machine/amt_state.h"
#include "rpc/machine/machine.h"
#include "rpc/server/console.h"
#include "rpc/server/download.h"
#include "rpc/server/errand.h"
#include "rpc/web/web.h"

#define PAYLOAD_LIMIT ((size_t)96 * 1024)

/* ---- the server's address ---- */

static bool read_url(struct rpc *rpc, struct rpc_url *url)
{
    struct error err;
    const char *text = rpc_text(rpc, "url");
    if (text == NULL)
        return rpc_fail(rpc, RPC_WRONG_URL, "--url is missing: the server's address");
    return (rpc_url_parse(rpc_arena(rpc), slice_of_string(text), false, url, &err) &&
            rpc_web_check_proxy(rpc, url, rpc_text(rpc, "proxy"), &err)) ||
           rpc_fail(rpc, RPC_WRONG_URL, "%s", err.text);
}

/* The conversation of rpc.md 4 is one over a WebSocket. */
static bool read_server(struct rpc *rpc, struct rpc_url *url)
{
    return read_url(rpc, url) &&
           (rpc_url_is_websocket(url) ||
            rpc_fail(rpc, RPC_WRONG_URL,
                     "%s: a provisioning server's address begins with ws:// or wss://",
                     url->shown));
}

/* A server of either kind; *console: one with an API for devices. */
static bool read_either(struct rpc *rpc, struct rpc_url *url, bool *console)
{
    if (!read_url(rpc, url))
        return false;
    *console = !rpc_url_is_websocket(url);
    return !*console || rpc_console_check(rpc);
}

static void warn_of_clear(const struct rpc_errand *errand)
{
    rpc_web_warn_of_clear(errand->rpc, &errand->url, "AMT's password");
}

/* ---- the run ---- */

static bool take_token(struct rpc *rpc, const char **bearer)
{
    struct slice token;
    *bearer = NULL;
    if (!rpc_given(rpc, "auth-token"))
        return true;
    if (!rpc_secret(rpc, "auth-token", "Token", false, &token))
        return false;
    *bearer = arena_string(rpc_arena(rpc), token);
    return true;
}

static bool run_errand(struct rpc_errand *errand, const char *method)
{
    struct rpc *rpc = errand->rpc;
    struct buffer payload;
    struct rpc_session_end end = {.success = false};
    struct rpc_session_options options = {
        .url = &errand->url, .proxy = rpc_text(rpc, "proxy"), .method = method};
    bool tls_enforced = rpc_watchdog(rpc)->tls_enforced;
    options.switch_most_ms = (uint64_t)rpc_number(rpc, "port-switch-max-delay");
    options.switch_extra_ms = (uint64_t)rpc_number(rpc, "port-switch-extra-delay");
    options.access = rpc_access(rpc);
    if (options.access == NULL || !take_token(rpc, &options.bearer))
        return false;
    errand->first.tls_enforced = tls_enforced || rpc_access_needs_tls(options.access);
    errand->first.lms_installed = rpc_access_way(options.access) == RPC_WAY_LMS;
    buffer_init_secret(&payload, PAYLOAD_LIMIT);
    rpc_server_first_put(&payload, &errand->first);
    options.payload = buffer_slice(&payload);
    bool ok = buffer_ok(&payload) ||
              rpc_fail(rpc, RPC_GENERIC_FAILURE, "there is more to say of this machine than fits");
    ok = ok && rpc_session_run(rpc, &options, &end);
    buffer_fini(&payload);
    if (!ok && end.told)
        rpc_errand_tell_state(errand);
    return ok && rpc_errand_conclude(errand, &end);
}

static bool start(struct rpc_errand *errand)
{
    if (!read_server(errand->rpc, &errand->url))
        return false;
    warn_of_clear(errand);
    return rpc_control_mode(errand->rpc, &errand->mode) && rpc_errand_look(errand);
}

/* The first message's method is parted at blanks: a word that would be parted, or be taken for an
 * option, is left out where the payload says it, too. */
static bool is_plain_word(struct slice word)
{
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] <= ' ' || word.data[i] == 0x7f)
            return false;
    return word.size > 0 && word.data[0] != '-';
}

static const char *force_of(struct rpc *rpc)
{
    return rpc_flag(rpc, "force") ? " -f" : "";
}

bool rpc_activate_by_server_check(struct rpc *rpc)
{
    struct rpc_url url;
    bool console;
    const char *profile = rpc_text(rpc, "profile");
    if (!read_either(rpc, &url, &console))
        return false;
    if (console)
        return true;
    if (profile == NULL || profile[0] == '\0')
        return rpc_fail(rpc, RPC_WRONG_PROFILE, "--profile is missing: the server's name of it");
    return is_plain_word(slice_of_string(profile)) ||
           rpc_fail(rpc, RPC_WRONG_PROFILE,
                    "a profile's name has no blanks and doesn't begin with \"-\"");
}

bool rpc_activate_by_server(struct rpc *rpc)
{
    bool console;
    struct rpc_errand errand = {.rpc = rpc,
                                .usual = RPC_ACTIVATION_FAILED,
                                .denied = RPC_ACTIVATION_MODE,
                                .outcome = RPC_ERRAND_SET_UP,
                                .done = "Device activated successfully via RPS"};
    errand.profile = rpc_text(rpc, "profile");
    if (!read_either(rpc, &errand.url, &console))
        return false;
    if (console)
        return rpc_activate_by_profile(rpc, &errand.url);
    warn_of_clear(&errand);
    errand.first.tls_tunnel = rpc_flag(rpc, "tls-tunnel");
    if (!rpc_control_mode(rpc, &errand.mode) || !rpc_errand_look(&errand))
        return false;
    return run_errand(&errand,
                      arena_printf(rpc_arena(rpc), "activate --profile %s", errand.profile));
}

bool rpc_deactivate_by_server_check(struct rpc *rpc)
{
    struct rpc_url url;
    bool console;
    return read_either(rpc, &url, &console);
}

bool rpc_deactivate_by_server(struct rpc *rpc)
{
    bool console;
    struct rpc_errand errand = {.rpc = rpc,
                                .usual = RPC_DEACTIVATION_FAILED,
                                .denied = RPC_DEACTIVATION_FAILED,
                                .outcome = RPC_ERRAND_NOT_SET_UP,
                                .done = "Device deactivated successfully via RPS"};
    if (!read_either(rpc, &errand.url, &console))
        return false;
    if (console)
        return rpc_deactivate_at_console(rpc, &errand.url);
    warn_of_clear(&errand);
    if (!rpc_control_mode(rpc, &errand.mode))
        return false;
    if (errand.mode == MEI_CONTROL_NONE) {
        struct rpc_amt_state state;
        rpc_amt_state_ask(rpc, &state);
        return rpc_fail(rpc, RPC_UNABLE_TO_DEACTIVATE,
                        "Deactivation failed. Device control mode: %s",
                        rpc_amt_state_words(rpc_arena(rpc), &state, rpc_is_v2(rpc)));
    }
    errand.first.tls_tunnel = rpc_flag(rpc, "tls-tunnel");
    if (!rpc_errand_look(&errand))
        return false;
    struct slice password = errand.first.password;
    bool plain = is_plain_word(password);
    return run_errand(
        &errand, arena_printf(rpc_arena(rpc), "deactivate%s%.*s%s", plain ? " --password " : "",
                              SLICE_ARG(plain ? password : slice_of(NULL, 0)), force_of(rpc)));
}

/* ---- maintenance ---- */

bool rpc_by_server_check(struct rpc *rpc)
{
    struct rpc_url ignored;
    return read_server(rpc, &ignored);
}

static bool run_task(struct rpc_errand *errand, const char *task)
{
    struct slice password = errand->first.password;
    bool plain = is_plain_word(password);
    return run_errand(errand, arena_printf(rpc_arena(errand->rpc), "maintenance%s%.*s %s%s",
                                           plain ? " -password " : "",
                                           SLICE_ARG(plain ? password : slice_of(NULL, 0)), task,
                                           force_of(errand->rpc)));
}

static bool maintain(struct rpc *rpc, const char *task, const char *done, enum rpc_exit usual)
{
    struct rpc_errand errand = {.rpc = rpc, .usual = usual, .done = done};
    return start(&errand) && run_task(&errand, task);
}

bool rpc_sync_clock_by_server(struct rpc *rpc)
{
    return maintain(rpc, "--synctime", "Clock set successfully via RPS", RPC_SYNC_CLOCK_FAILED);
}

bool rpc_sync_hostname_by_server(struct rpc *rpc)
{
    struct rpc_errand errand = {.rpc = rpc,
                                .usual = RPC_SYNC_HOSTNAME_FAILED,
                                .done = "Host name set successfully via RPS"};
    if (!start(&errand))
        return false;
    if (errand.first.hostname_os == NULL || errand.first.hostname_os[0] == '\0')
        return rpc_fail(rpc, RPC_MISSING_HOSTNAME, "this machine has no host name");
    return run_task(&errand, "--synchostname");
}

bool rpc_sync_device_info_by_server(struct rpc *rpc)
{
    return maintain(rpc, "--syncdeviceinfo", "Device information sent successfully via RPS",
                    RPC_SYNC_DEVICE_INFO_FAILED);
}

bool rpc_change_password_by_server(struct rpc *rpc)
{
    struct rpc_errand errand = {.rpc = rpc,
                                .usual = RPC_CHANGE_PASSWORD_FAILED,
                                .done = "AMT password changed successfully via RPS"};
    struct slice word = {NULL, 0};
    if (rpc_given(rpc, "static") && !rpc_secret(rpc, "static", "New AMT Password", false, &word))
        return false;
    if (word.size > 0 && !is_plain_word(word))
        return rpc_fail(rpc, RPC_WRONG_PASSWORD,
                        "the new password has a blank in it or begins with \"-\", which cannot be "
                        "told to a server; \"rpc configure amt-password\" can set it");
    return start(&errand) &&
           run_task(&errand, arena_printf(rpc_arena(rpc), "--changepassword%s%.*s",
                                          word.size > 0 ? " " : "", SLICE_ARG(word)));
}

bool rpc_sync_ip_by_server_check(struct rpc *rpc)
{
    struct rpc_errand errand = {.rpc = rpc};
    return rpc_errand_take_addresses(&errand) && rpc_by_server_check(rpc);
}

/* --staticip and its like, else the address of the host's interface that AMT shares. */
bool rpc_sync_ip_by_server(struct rpc *rpc)
{
    struct rpc_errand errand = {
        .rpc = rpc, .usual = RPC_SYNC_IP_FAILED, .done = "IP address set successfully via RPS"};
    return rpc_errand_take_addresses(&errand) && start(&errand) &&
           rpc_errand_find_address(&errand) && run_task(&errand, "--syncip");
}
