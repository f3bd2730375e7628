/* Bringing AMT into the state that a profile says (spec rpc 1.7). */
#include "rpc/setup/profile.h"

#include "amt/feature.h"
#include "amt/general.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/timer.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/profile_parts.h"
#include "rpc/setup/profile_text.h"
#include "rpc/setup/profile_wanted.h"
#include "rpc/setup/steps.h"

#include <string.h>
#include <strings.h>

#define TRIES    4
#define TRY_MS   3000
#define STEP_MS  45000 /* after which a step is not begun once more */
#define PROBE_MS 10000
#define WAIT_MS  10000 /* until it is said that there is no answer */

const json_t *rpc_profile_part(const struct rpc_profile_work *work, const char *first,
                               const char *second)
{
    const json_t *object = rpc_member(work->configuration, first);
    return second != NULL ? rpc_member(object, second) : object;
}

/* ---- telling ---- */

static bool may_pass(const struct error *err)
{
    return err->code == ERROR_CONNECTION || err->code == ERROR_TIMEOUT || err->code == ERROR_BUSY ||
           err->code == ERROR_PROTOCOL;
}

void rpc_profile_tell(struct rpc_profile_work *work, const char *name,
                      const struct rpc_fault *fault)
{
    struct rpc *rpc = work->rpc;
    const char *text = fault != NULL ? arena_printf(rpc_arena(rpc), "%s", fault->err.text) : NULL;
    if (work->count < RPC_PROFILE_STEPS_MOST)
        work->told[work->count++] = (struct rpc_profile_told){name, text};
    if (fault == NULL) {
        rpc_log(rpc, LOG_INFO, "%s: done", name);
        return;
    }
    if (rpc_failed(rpc) == RPC_SUCCESS)
        (void)rpc_fail(rpc, work->partial ? RPC_WIFI_WITH_WARNINGS : fault->code, "%s: %s", name,
                       text);
    else
        rpc_log(rpc, LOG_ERROR, "%s: Error %d: %s", name, (int)fault->code, text);
}

/* Says that a step waits, while it does. */
struct watch {
    struct io_timer timer; /* first */
    struct rpc *rpc;
    const char *name;
    unsigned waited_s;
};

static void tell_wait(struct io_timer *timer)
{
    struct watch *watch = (struct watch *)timer;
    watch->waited_s += WAIT_MS / 1000;
    rpc_log(watch->rpc, LOG_INFO, "%s: waiting for AMT's answer for %u s", watch->name,
            watch->waited_s);
    io_timer_start(timer, WAIT_MS);
}

static bool take_once(struct rpc_profile_work *work, const char *name, rpc_profile_step *step,
                      const void *what, struct rpc_fault *fault)
{
    struct watch watch = {.rpc = work->rpc, .name = name};
    io_timer_init(&watch.timer, tell_wait);
    io_timer_start(&watch.timer, WAIT_MS);
    bool ok = step(work, what, fault);
    io_timer_stop(&watch.timer);
    return ok;
}

/* After a step that AMT did not answer: the next ones would each wait as long. */
static bool is_silent(struct rpc_profile_work *work)
{
    struct amt_general general;
    struct rpc_fault ignored;
    struct amt *amt;
    uint64_t outer = io_deadline_within(PROBE_MS);
    bool answers = rpc_step_amt(work->rpc, &amt, &ignored) &&
                   amt_general_get(amt, rpc_arena(work->rpc), &general, &ignored.err);
    io_deadline_restore(outer);
    return !answers;
}

static bool is_gone(struct rpc_profile_work *work, const struct error *err)
{
    return err->code == ERROR_LOGIN || err->code == ERROR_CONNECTION ||
           err->code == ERROR_CANCELLED || rpc_is_interrupted() ||
           (err->code == ERROR_TIMEOUT && is_silent(work));
}

/* One step, again when AMT was busy with the one before. */
static bool take(struct rpc_profile_work *work, const char *name, rpc_profile_step *step,
                 const void *what)
{
    struct rpc_fault fault;
    uint64_t until = io_now() + STEP_MS;
    if (work->gone)
        return false;
    for (unsigned tries = 1;; tries++) {
        if (take_once(work, name, step, what, &fault)) {
            rpc_profile_tell(work, name, NULL);
            return true;
        }
        if (tries == TRIES || !may_pass(&fault.err) || io_now() >= until || !io_sleep(TRY_MS, NULL))
            break;
        rpc_log(work->rpc, LOG_WARN, "%s: %s; trying again", name, fault.err.text);
    }
    work->gone = is_gone(work, &fault.err);
    rpc_profile_tell(work, name, &fault);
    if (work->gone && fault.err.code == ERROR_TIMEOUT)
        rpc_log(work->rpc, LOG_WARN, "AMT answers no more: the steps after this one were left out");
    return false;
}

/* ---- settings ---- */

static bool set_features(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    const json_t *redirection = what;
    const json_t *services = rpc_member(redirection, "services");
    bool on = rpc_member_flag(redirection, "enabled");
    const struct rpc_features wanted = {
        .kvm = on && rpc_member_flag(services, "kvm"),
        .sol = on && rpc_member_flag(services, "sol"),
        .ider = on && rpc_member_flag(services, "ider"),
        .consent = work->outcome->admin
                       ? rpc_word_consent(rpc_member_text(redirection, "userConsent"))
                       : AMT_CONSENT_ALL,
    };
    return rpc_step_features(work->rpc, &wanted, fault);
}

static bool set_wired(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc_profile_wired wanted;
    rpc_profile_wired(work->configuration, what, &wanted);
    return rpc_step_wired(work->rpc, &wanted.wired, fault);
}

static bool set_wifi_sync(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc_wifi_sync sync = {.host = rpc_member_flag(what, "wifiSyncEnabled"),
                                 .uefi = rpc_member_flag(what, "uefiWiFiSyncEnabled")};
    return rpc_step_wifi_sync(work->rpc, &sync, fault);
}

static bool purge(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    size_t count;
    (void)what;
    return rpc_step_wireless_purge(work->rpc, &count, fault);
}

static bool add_wireless(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc_profile_wireless wanted;
    bool has_wifi;
    rpc_profile_wireless(work->configuration, what, &wanted);
    if (!rpc_step_wireless(work->rpc, &wanted.wireless, &has_wifi, fault))
        return false;
    if (!has_wifi)
        rpc_log(work->rpc, LOG_WARN, "this machine's AMT has no Wi-Fi; nothing was set");
    return true;
}

static bool set_tls(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc_profile_tls wanted;
    work->outcome->tls = rpc_profile_tls(work->configuration, what, &wanted, fault) &&
                         rpc_step_tls(work->rpc, &wanted.tls, fault);
    return work->outcome->tls;
}

static bool set_cira(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc *rpc = work->rpc;
    struct rpc_cira wanted;
    rpc_profile_cira(rpc_arena(rpc), what, &wanted);
    wanted.has = work->mps;
    bool ok = rpc_step_cira(rpc, &wanted, fault);
    work->mps = wanted.has;
    if (!ok)
        return false;
    work->outcome->mps_user =
        wanted.user != NULL ? arena_string(rpc_arena(rpc), slice_of_string(wanted.user)) : "admin";
    work->outcome->mps_password = arena_copy(rpc_arena(rpc), wanted.password);
    return true;
}

static bool add_proxy(struct rpc_profile_work *work, const void *what, struct rpc_fault *fault)
{
    struct rpc_proxy wanted;
    rpc_profile_proxy(what, &wanted);
    return rpc_step_proxy(work->rpc, &wanted, fault);
}

/* ---- the whole ---- */

static const char *named(struct rpc_profile_work *work, const char *step, const json_t *object,
                         const char *key)
{
    const char *name = rpc_member_text(object, key);
    return name != NULL ? arena_printf(rpc_arena(work->rpc), "%s %s", step, name) : step;
}

static void set_wireless(struct rpc_profile_work *work, bool whole)
{
    const json_t *wireless = rpc_profile_part(work, "network", "wireless");
    const json_t *profiles = rpc_member(wireless, "profiles");
    if (json_object_size(wireless) == 0)
        return;
    (void)take(work, "wi-fi-sync", set_wifi_sync, wireless);
    if (whole)
        (void)take(work, "wireless --purge", purge, NULL);
    for (size_t i = 0; i < json_array_size(profiles); i++) {
        const json_t *profile = json_array_get(profiles, i);
        (void)take(work, named(work, "wireless", profile, "profileName"), add_wireless, profile);
    }
}

static void set_networks(struct rpc_profile_work *work)
{
    const json_t *wired = rpc_profile_part(work, "network", "wired");
    if (json_object_size(wired) > 0)
        (void)take(work, "wired", set_wired, wired);
    set_wireless(work, true);
}

static void set_proxies(struct rpc_profile_work *work)
{
    const json_t *proxies = rpc_profile_proxies(work->configuration);
    for (size_t i = 0; i < json_array_size(proxies); i++) {
        const json_t *proxy = json_array_get(proxies, i);
        (void)take(work, named(work, "proxy", proxy, "address"), add_proxy, proxy);
    }
}

/* Unless the activation has had to set it (rpc_profile_activate). */
static void set_mebx(struct rpc_profile_work *work)
{
    if (work->outcome->mebx_password.size > 0 && work->given.mebx.data == NULL)
        (void)take(work, "mebx", rpc_profile_set_mebx, NULL);
}

static void configure(struct rpc_profile_work *work)
{
    const json_t *tls = rpc_profile_part(work, "tls", NULL);
    const json_t *cira = rpc_profile_part(work, "amtSpecific", "cira");
    set_mebx(work);
    if (rpc_profile_part(work, "redirection", NULL) != NULL)
        (void)take(work, "amt-features", set_features, rpc_profile_part(work, "redirection", NULL));
    set_networks(work);
    if (rpc_member_flag(tls, "enabled"))
        (void)take(work, "tls", set_tls, tls);
    if (work->outcome->cira)
        (void)take(work, "cira", set_cira, cira);
    set_proxies(work);
}

static void run_steps(struct rpc_profile_work *work, unsigned mode)
{
    bool there = mode == MEI_CONTROL_ADMIN || (mode == MEI_CONTROL_CLIENT && !work->outcome->admin);
    if (work->was_active && !take(work, "amt-password", rpc_profile_align_password, NULL))
        return;
    if (mode == MEI_CONTROL_ADMIN && !work->outcome->admin)
        rpc_log(work->rpc, LOG_WARN,
                "AMT is in admin control mode already, and stays there: the profile is for client "
                "control mode");
    if (!there && !take(work, "activate", rpc_profile_activate, NULL))
        return;
    configure(work);
}

static struct rpc_profile_work *begin(struct rpc *rpc, const json_t *profile,
                                      struct rpc_profile_outcome *outcome)
{
    struct rpc_profile_work *work = arena_alloc(rpc_arena(rpc), sizeof *work);
    *work = (struct rpc_profile_work){
        .rpc = rpc, .configuration = rpc_member(profile, "configuration"), .outcome = outcome};
    *outcome = (struct rpc_profile_outcome){.name = rpc_member_text(profile, "name")};
    if (outcome->name != NULL)
        outcome->name = arena_string(rpc_arena(rpc), slice_of_string(outcome->name));
    return work;
}

bool rpc_profile_run(struct rpc *rpc, const json_t *profile,
                     const struct rpc_profile_keeper *keeper)
{
    unsigned mode;
    struct rpc_profile_outcome outcome;
    struct rpc_profile_work *work = begin(rpc, profile, &outcome);
    if (!rpc_profile_prepare(work, keeper, &mode))
        return false;
    run_steps(work, mode);
    return rpc_profile_conclude(work, keeper);
}

bool rpc_profile_run_parts(struct rpc *rpc, const json_t *profile, unsigned parts)
{
    struct rpc_profile_outcome outcome;
    struct rpc_profile_work *work = begin(rpc, profile, &outcome);
    const json_t *specific = rpc_profile_part(work, "amtSpecific", NULL);
    unsigned mode;
    if (parts == RPC_PROFILE_MODE) {
        if (!rpc_profile_prepare(work, NULL, &mode))
            return false;
        bool upgrade = mode == MEI_CONTROL_CLIENT && outcome.admin;
        if ((!upgrade || take(work, "amt-password", rpc_profile_align_password, NULL)) &&
            take(work, "activate", rpc_profile_activate, NULL)) {
            rpc_log(rpc, LOG_INFO, "Status: Device activated in %s Control Mode",
                    outcome.admin ? "Admin" : "Client");
            set_mebx(work);
        }
    } else {
        struct slice password = rpc_member_slice(specific, "adminPassword");
        if (!rpc_given(rpc, "password") && password.size > 0)
            rpc_secret_know(rpc, "password", password);
        outcome.admin = rpc_control_mode(rpc, &mode) && mode == MEI_CONTROL_ADMIN;
    }
    if ((parts & RPC_PROFILE_WIRED) != 0)
        (void)take(work, "wired", set_wired, rpc_profile_part(work, "network", "wired"));
    if ((parts & RPC_PROFILE_WIRELESS) != 0) {
        work->partial = json_array_size(rpc_member(rpc_profile_part(work, "network", "wireless"),
                                                   "profiles")) > 1;
        set_wireless(work, rpc_flag(rpc, "purge"));
    }
    if ((parts & RPC_PROFILE_TLS) != 0)
        (void)take(work, "tls", set_tls, rpc_profile_part(work, "tls", NULL));
    return rpc_profile_conclude(work, NULL);
}
