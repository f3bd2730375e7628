#include "rpc/server_run.h"

#include "core/guid.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "rpc/access.h"
#include "rpc/download.h"
#include "rpc/facts.h"
#include "rpc/json.h"
#include "rpc/machine.h"
#include "rpc/server_outcome.h"
#include "rpc/server_session.h"
#include "rpc/words.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_LIMIT ((size_t)96 * 1024)
#define STATE_MS      10000 /* for the control mode, when the run is ending */
#define STATE_TRIES   3     /* until it is what the server says */
#define STATE_GAP_MS  1000
#define FACTS                                                                           \
    (RPC_FACT_VERSION | RPC_FACT_BUILD | RPC_FACT_SKU | RPC_FACT_UUID | RPC_FACT_MODE | \
     RPC_FACT_DNS | RPC_FACT_HOSTNAME | RPC_FACT_LAN | RPC_FACT_HASHES)

/* What AMT has to be when a server has done it. */
enum outcome { OUTCOME_ANY, OUTCOME_SET_UP, OUTCOME_NOT_SET_UP };

/* One command of ours to a server. */
struct errand {
    struct rpc *rpc;
    enum rpc_exit usual;  /* the code when it fails for no reason with a code of its own */
    enum rpc_exit denied; /* the code when AMT is not what the server says */
    enum outcome outcome;
    const char *done;    /* "Device activated successfully via RPS" */
    const char *profile; /* NULL: none */
    struct rpc_url url;
    unsigned mode;
    struct rpc_facts facts;
    struct rpc_server_first first;
};

/* ---- what is said of the machine ---- */

static bool read_url(struct errand *errand)
{
    struct error err;
    const char *text = rpc_text(errand->rpc, "url");
    if (text == NULL)
        return rpc_fail(errand->rpc, RPC_WRONG_URL, "--url is missing: the server's address");
    if (!rpc_url_parse(rpc_arena(errand->rpc), slice_of_string(text), false, &errand->url, &err))
        return rpc_fail(errand->rpc, RPC_WRONG_URL, "%s", err.text);
    return true;
}

/* The conversation of rpc.md 4 is one over a WebSocket. */
static bool check_url(struct errand *errand)
{
    if (!rpc_url_is_websocket(&errand->url))
        return rpc_fail(errand->rpc, RPC_WRONG_URL,
                        "%s: a provisioning server's address begins with ws:// or wss://",
                        errand->url.shown);
    if (!rpc_url_is_tls(&errand->url) && !rpc_url_is_loopback(&errand->url))
        rpc_log(errand->rpc, LOG_WARN,
                "%s is not encrypted: everybody on the way can read AMT's password",
                errand->url.shown);
    return true;
}

static bool is_no_uuid(const struct guid *guid)
{
    static const uint8_t template[16] = {3, 0, 2, 0, 4, 0, 5, 0, 0, 6, 0, 7, 0, 8, 0, 9};
    bool zeros = true;
    bool ones = true;
    for (size_t i = 0; i < sizeof guid->bytes; i++) {
        zeros = zeros && guid->bytes[i] == 0;
        ones = ones && guid->bytes[i] == 0xff;
    }
    return zeros || ones || memcmp(guid->bytes, template, sizeof template) == 0;
}

static bool take_uuid(struct errand *errand)
{
    struct guid guid;
    char text[GUID_TEXT_SIZE];
    const char *given = rpc_text(errand->rpc, "uuid");
    const char *uuid = given != NULL ? given : errand->facts.uuid;
    if (uuid == NULL)
        return rpc_fail(errand->rpc, RPC_INVALID_UUID,
                        "this machine has no UUID of its own: --uuid gives it one");
    if (!guid_parse(slice_of_string(uuid), &guid) || is_no_uuid(&guid))
        return rpc_fail(errand->rpc, RPC_INVALID_UUID, "\"%.60s\" is no machine's UUID", uuid);
    if (given != NULL)
        rpc_log(errand->rpc, LOG_WARN, "The server is told another UUID than this machine's");
    errand->first.uuid =
        arena_string(rpc_arena(errand->rpc), slice_of_string(guid_format(&guid, text)));
    return true;
}

/* Whether the command has an option of that name (v2's commands have not all of them). */
static const char *option_text(struct rpc *rpc, const char *name)
{
    return strcmp(rpc_command(rpc)->path, "activate") == 0 ? rpc_text(rpc, name) : NULL;
}

/* AMT's own suffix, else the host's: without the dot that ends full names. */
static const char *suffix_of(struct errand *errand)
{
    const char *given = option_text(errand->rpc, "dns");
    const char *suffix = given != NULL ? given : errand->facts.dns_suffix;
    if (suffix == NULL)
        suffix = errand->facts.host.dns_suffix;
    struct slice text = slice_trim(slice_of_string(suffix));
    while (text.size > 0 && text.data[text.size - 1] == '.')
        text.size--;
    if (text.size == 0)
        rpc_log(errand->rpc, LOG_WARN,
                "Neither AMT nor this machine has a DNS suffix, which admin control mode needs");
    return arena_string(rpc_arena(errand->rpc), text);
}

/* The roots that AMT takes at present. */
static void take_hashes(struct errand *errand)
{
    struct arena *arena = rpc_arena(errand->rpc);
    const struct rpc_facts *facts = &errand->facts;
    const char **hashes = arena_array(arena, facts->hash_count + 1, sizeof *hashes);
    for (size_t i = 0; i < facts->hash_count; i++)
        if (facts->hashes[i].active && facts->hashes[i].size > 0)
            hashes[errand->first.hash_count++] = rpc_facts_hash(arena, &facts->hashes[i]);
    errand->first.hashes = hashes;
}

/* In a machine that nobody has set up the host's own account may do that; later it takes AMT's
 * password. */
static bool take_login(struct errand *errand, struct mei_account *account)
{
    struct error err;
    struct arena *arena = rpc_arena(errand->rpc);
    struct mei_pthi *pthi = rpc_pthi(errand->rpc);
    if (pthi == NULL)
        return false;
    if (!mei_pthi_local_account(pthi, account, &err))
        return rpc_fail_me(errand->rpc, RPC_GENERIC_FAILURE, &err);
    errand->first.user = arena_string(arena, slice_of_string(account->user));
    if (errand->mode != MEI_CONTROL_NONE)
        return rpc_password(errand->rpc, &errand->first.password);
    errand->first.password = arena_copy(arena, slice_of_string(account->password));
    return true;
}

static bool look_at_machine(struct errand *errand)
{
    struct rpc *rpc = errand->rpc;
    struct mei_account account;
    const struct rpc_facts *facts = &errand->facts;
    struct rpc_server_first *first = &errand->first;
    rpc_facts_collect(rpc, FACTS, &errand->facts);
    if (!facts->heci_available)
        return rpc_fail(rpc, facts->me_exit, "the management engine doesn't answer");
    if (facts->wired.known && !facts->wired.link_up)
        rpc_log(rpc, LOG_WARN, "AMT's wired port has no link");
    bool ok = take_uuid(errand) && take_login(errand, &account);
    memory_wipe(&account, sizeof account);
    if (!ok)
        return false;
    first->version = facts->version;
    first->build = facts->build;
    first->sku = facts->sku;
    first->features = facts->features;
    first->mode = errand->mode;
    const char *hostname = option_text(rpc, "hostname");
    first->hostname = hostname != NULL ? hostname : facts->host.hostname;
    first->fqdn = suffix_of(errand);
    first->dhcp = facts->wired.known && facts->wired.dhcp;
    first->ip_sync = true;
    first->dns_suffix_os = facts->host.dns_suffix;
    first->hostname_os = facts->host.hostname;
    first->friendly_name = option_text(rpc, "name");
    take_hashes(errand);
    return true;
}

/* ---- what came of it ---- */

static bool agrees(const struct errand *errand, unsigned mode)
{
    return errand->outcome == OUTCOME_ANY ||
           (mode != MEI_CONTROL_NONE) == (errand->outcome == OUTCOME_SET_UP);
}

/* Asks AMT, whatever anybody says. Also when the run was cancelled. A mode that isn't the expected
 * one is asked for again: AMT takes a moment to leave the old one. */
static bool ask_mode(const struct errand *errand, bool expect, unsigned *mode)
{
    struct error err;
    bool known = false;
    struct io_shield shield = io_shield_begin(STATE_MS);
    for (int tries = 1; tries <= STATE_TRIES; tries++) {
        rpc_control_mode_changed(errand->rpc);
        known = rpc_control_mode_or(errand->rpc, mode, &err);
        if (!expect || !known || agrees(errand, *mode) || !io_sleep(STATE_GAP_MS, &err))
            break;
    }
    io_shield_end(shield);
    return known;
}

static void tell_mode(struct rpc *rpc, enum log_level level, bool known, unsigned mode)
{
    if (known)
        rpc_log(rpc, level, "AMT says that it is now: %s", rpc_words_control_mode(mode, false));
    else
        rpc_log(rpc, LOG_WARN, "AMT doesn't say in which mode it is now: see \"rpc amtinfo\"");
}

static void tell_state(const struct errand *errand)
{
    unsigned mode = MEI_CONTROL_NONE;
    bool known = ask_mode(errand, false, &mode);
    tell_mode(errand->rpc, LOG_WARN, known, mode);
}

static void put_device(struct rpc_json *json, const struct errand *errand, const char *state)
{
    const struct rpc_server_first *first = &errand->first;
    rpc_json_open(json, "device_info", '{');
    rpc_json_text(json, "amt", first->version);
    rpc_json_text(json, "buildNumber", first->build);
    rpc_json_text(json, "controlMode", state);
    rpc_json_text(json, "dnsSuffix", first->fqdn);
    rpc_json_text(json, "features", first->features);
    rpc_json_text(json, "hostname", first->hostname);
    rpc_json_text(json, "sku", first->sku);
    rpc_json_text(json, "uuid", first->uuid);
    rpc_json_close(json, '}');
}

static void put_json(const struct errand *errand, const char *state)
{
    struct rpc_json json;
    rpc_json_init(&json, rpc_out(errand->rpc));
    rpc_json_open(&json, NULL, '{');
    put_device(&json, errand, state);
    rpc_json_text(&json, "friendly_name", errand->first.friendly_name);
    rpc_json_text(&json, "message", errand->done);
    rpc_json_text(&json, "profile", errand->profile);
    rpc_json_text(&json, "rps_server", errand->url.shown);
    rpc_json_text(&json, "status", "success");
    rpc_json_close(&json, '}');
}

static bool conclude_success(struct errand *errand, enum rpc_exit code)
{
    struct rpc *rpc = errand->rpc;
    unsigned mode = MEI_CONTROL_NONE;
    bool known = ask_mode(errand, code != errand->usual, &mode);
    const char *state = known ? rpc_words_control_mode(mode, false) : NULL;
    if (known && code != errand->usual && !agrees(errand, mode))
        return rpc_fail(rpc, errand->denied,
                        "the server calls it a success, but AMT says that it is now: %s", state);
    tell_mode(rpc, LOG_INFO, known, mode);
    if (code != RPC_SUCCESS) {
        rpc_set_exit(rpc, code);
        rpc_log(rpc, LOG_ERROR,
                "Error %d: %s: the server calls it a success of which a part failed", (int)code,
                rpc_exit_name(code));
    } else if (rpc_output(rpc) == RPC_OUT_JSON) {
        put_json(errand, state);
    }
    return code == RPC_SUCCESS;
}

static bool conclude(struct errand *errand, const struct rpc_session_end *end)
{
    struct rpc *rpc = errand->rpc;
    struct rpc_final final;
    rpc_final_read(rpc_arena(rpc), end->text, &final);
    rpc_outcome_show(rpc, &final, end->success);
    enum rpc_exit code = rpc_outcome_code(&final, end->success, errand->usual);
    if (end->success)
        return conclude_success(errand, code);
    (void)rpc_fail(rpc, code, "rps returned error: %.*s",
                   SLICE_ARG(slice_first_text(final.status, 900)));
    tell_state(errand);
    return false;
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

static bool run_errand(struct errand *errand, const char *method)
{
    struct rpc *rpc = errand->rpc;
    struct buffer payload;
    struct rpc_session_end end = {.success = false};
    struct rpc_session_options options = {
        .url = &errand->url, .proxy = rpc_text(rpc, "proxy"), .method = method};
    options.tls_enforced = rpc_watchdog(rpc)->tls_enforced;
    options.access = rpc_access(rpc);
    if (options.access == NULL || !take_token(rpc, &options.bearer))
        return false;
    errand->first.tls_enforced = options.tls_enforced || rpc_access_needs_tls(options.access);
    errand->first.lms_installed = rpc_access_way(options.access) == RPC_WAY_LMS;
    buffer_init_secret(&payload, PAYLOAD_LIMIT);
    rpc_server_first_put(&payload, &errand->first);
    options.payload = buffer_slice(&payload);
    bool ok = buffer_ok(&payload) ||
              rpc_fail(rpc, RPC_GENERIC_FAILURE, "there is more to say of this machine than fits");
    ok = ok && rpc_session_run(rpc, &options, &end);
    buffer_fini(&payload);
    if (!ok && end.told)
        tell_state(errand);
    return ok && conclude(errand, &end);
}

static bool start(struct errand *errand)
{
    return read_url(errand) && check_url(errand) && rpc_control_mode(errand->rpc, &errand->mode) &&
           look_at_machine(errand);
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

bool rpc_activate_by_server(struct rpc *rpc)
{
    struct errand errand = {.rpc = rpc,
                            .usual = RPC_ACTIVATION_FAILED,
                            .denied = RPC_ACTIVATION_MODE,
                            .outcome = OUTCOME_SET_UP,
                            .done = "Device activated successfully via RPS"};
    errand.profile = rpc_text(rpc, "profile");
    if (!read_url(&errand))
        return false;
    if (!rpc_url_is_websocket(&errand.url))
        return rpc_activate_by_profile(rpc, &errand.url);
    if (!check_url(&errand))
        return false;
    if (errand.profile == NULL || errand.profile[0] == '\0')
        return rpc_fail(rpc, RPC_WRONG_PROFILE, "--profile is missing: the server's name of it");
    if (!is_plain_word(slice_of_string(errand.profile)))
        return rpc_fail(rpc, RPC_WRONG_PROFILE,
                        "a profile's name has no blanks and doesn't begin with \"-\"");
    errand.first.tls_tunnel = rpc_flag(rpc, "tls-tunnel");
    if (!rpc_control_mode(rpc, &errand.mode) || !look_at_machine(&errand))
        return false;
    return run_errand(&errand,
                      arena_printf(rpc_arena(rpc), "activate --profile %s", errand.profile));
}

bool rpc_deactivate_by_server(struct rpc *rpc)
{
    struct errand errand = {.rpc = rpc,
                            .usual = RPC_DEACTIVATION_FAILED,
                            .denied = RPC_DEACTIVATION_FAILED,
                            .outcome = OUTCOME_NOT_SET_UP,
                            .done = "Device deactivated successfully via RPS"};
    if (!read_url(&errand))
        return false;
    if (!rpc_url_is_websocket(&errand.url))
        return rpc_deactivate_at_console(rpc, &errand.url);
    if (!check_url(&errand) || !rpc_control_mode(rpc, &errand.mode))
        return false;
    if (errand.mode == MEI_CONTROL_NONE)
        return rpc_fail(rpc, RPC_UNABLE_TO_DEACTIVATE,
                        "Deactivation failed. Device control mode: not activated");
    errand.first.tls_tunnel = rpc_flag(rpc, "tls-tunnel");
    if (!look_at_machine(&errand))
        return false;
    struct slice password = errand.first.password;
    bool plain = is_plain_word(password);
    return run_errand(
        &errand, arena_printf(rpc_arena(rpc), "deactivate%s%.*s%s", plain ? " --password " : "",
                              SLICE_ARG(plain ? password : slice_of(NULL, 0)), force_of(rpc)));
}

/* ---- maintenance ---- */

static bool run_task(struct errand *errand, const char *task)
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
    struct errand errand = {.rpc = rpc, .usual = usual, .done = done};
    return start(&errand) && run_task(&errand, task);
}

bool rpc_sync_clock_by_server(struct rpc *rpc)
{
    return maintain(rpc, "--synctime", "Clock set successfully via RPS", RPC_SYNC_CLOCK_FAILED);
}

bool rpc_sync_hostname_by_server(struct rpc *rpc)
{
    struct errand errand = {.rpc = rpc,
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
    struct errand errand = {.rpc = rpc,
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

/* ---- addresses ---- */

static bool take_address(struct rpc *rpc, const char *option, enum rpc_exit code,
                         const char **address)
{
    struct in_addr parsed;
    const char *text = rpc_text(rpc, option);
    if (text != NULL && inet_pton(AF_INET, text, &parsed) != 1)
        return rpc_fail(rpc, code, "--%s: \"%.60s\" is no IPv4 address", option, text);
    if (text != NULL)
        *address = text;
    return true;
}

/* The mask that goes with an address of this host; NULL: it is none of its. */
static const char *mask_of(struct arena *arena, const char *address)
{
    struct ifaddrs *list = NULL;
    char text[INET_ADDRSTRLEN];
    const char *mask = NULL;
    if (address == NULL || getifaddrs(&list) != 0)
        return NULL;
    for (const struct ifaddrs *at = list; at != NULL && mask == NULL; at = at->ifa_next) {
        struct sockaddr_in own;
        if (at->ifa_addr == NULL || at->ifa_netmask == NULL || at->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&own, at->ifa_addr, sizeof own);
        if (inet_ntop(AF_INET, &own.sin_addr, text, sizeof text) == NULL ||
            strcmp(text, address) != 0)
            continue;
        memcpy(&own, at->ifa_netmask, sizeof own);
        if (inet_ntop(AF_INET, &own.sin_addr, text, sizeof text) != NULL)
            mask = arena_string(arena, slice_of_string(text));
    }
    freeifaddrs(list);
    return mask;
}

/* --staticip and its like, else the address of the host's interface that AMT shares. */
bool rpc_sync_ip_by_server(struct rpc *rpc)
{
    struct in_addr parsed;
    struct errand errand = {
        .rpc = rpc, .usual = RPC_SYNC_IP_FAILED, .done = "IP address set successfully via RPS"};
    struct rpc_server_first *first = &errand.first;
    if (!take_address(rpc, "staticip", RPC_WRONG_STATIC_IP, &first->address) ||
        !take_address(rpc, "netmask", RPC_WRONG_NETWORK_MASK, &first->netmask) ||
        !take_address(rpc, "gateway", RPC_WRONG_GATEWAY, &first->gateway) ||
        !take_address(rpc, "primarydns", RPC_WRONG_PRIMARY_DNS, &first->primary_dns) ||
        !take_address(rpc, "secondarydns", RPC_WRONG_SECONDARY_DNS, &first->secondary_dns) ||
        !start(&errand))
        return false;
    if (first->address == NULL) {
        const char *own = errand.facts.wired.os_ip;
        if (own == NULL || inet_pton(AF_INET, own, &parsed) != 1)
            return rpc_fail(rpc, RPC_OS_INTERFACES,
                            "no interface of this host has the MAC of AMT's wired port, or it has "
                            "no address: --staticip and --netmask give one");
        first->address = own;
        first->netmask = mask_of(rpc_arena(rpc), own);
    }
    if (first->netmask == NULL)
        return rpc_fail(rpc, RPC_WRONG_NETWORK_MASK, "--netmask is missing");
    return run_task(&errand, "--syncip");
}
