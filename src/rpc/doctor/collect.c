/* What the doctor looks at: the operating system, PTHI, LMS's ports, LME, and AMT's own ports. */
#include "amt/amt.h"
#include "amt/clock.h"
#include "amt/provisioning_certificate.h"
#include "amt/reading.h"
#include "core/clock.h"
#include "io/fiber.h"
#include "mei/lme.h"
#include "rpc/doctor/doctor.h"
#include "rpc/machine/access.h"
#include "rpc/machine/holder.h"
#include "rpc/machine/machine.h"
#include "rpc/made/made.h"
#include "rpc/setup/certificate.h"
#include "rpc/text/words.h"

#include <string.h>
#include <unistd.h>

#define ENGINE_MS 25000
#define PROBE_MS  3000
#define SILENT_MS 12000 /* of that: who has not answered two questions by then is silent */
#define WAY_MS    4000  /* when LME is taken, or LMS is ill, that is enough to know it … */
#define SLOW_MS   8000  /* … and so much more has an LME that is slow */
#define AMT_MS    20000

/* ---- PTHI ---- */

static const char *text_of(struct arena *arena, struct slice text)
{
    return arena_string(arena, text);
}

static void ask_hashes(struct mei_pthi *pthi, struct arena *arena, struct rpc_health *health)
{
    struct mei_hash *hashes = NULL;
    size_t count = 0;
    struct error err;
    health->hashes_known = mei_pthi_hashes(pthi, arena, &hashes, &count, &err);
    for (size_t i = 0; health->hashes_known && i < count; i++)
        health->hash_count += hashes[i].active;
}

static void ask_pthi(struct rpc *rpc, struct mei_pthi *pthi, struct rpc_health *health)
{
    struct arena *arena = rpc_arena(rpc);
    struct mei_versions versions;
    struct slice suffix;
    struct error err;
    if (mei_pthi_versions(pthi, arena, &versions, &err)) {
        struct slice version = mei_versions_find(&versions, "AMT");
        struct slice lms = mei_versions_find(&versions, "LMS");
        health->version = text_of(arena, version);
        health->major = rpc_words_major(version);
        health->lms_version = lms.size > 0 ? text_of(arena, lms) : NULL;
    }
    health->state_known = mei_pthi_provisioning_state(pthi, &health->state, &err);
    if (mei_pthi_dns_suffix(pthi, arena, &suffix, &err))
        health->dns_suffix = text_of(arena, suffix);
    ask_hashes(pthi, arena, health);
    health->zero_touch_known = mei_pthi_zero_touch(pthi, &health->zero_touch, &err);
    health->wired_known = mei_pthi_lan(pthi, 0, &health->wired, &err);
    health->wireless_known = mei_pthi_lan(pthi, 1, &health->wireless, &err);
    health->remote_known = mei_pthi_remote_access(pthi, arena, &health->remote, &err);
    health->log_known = mei_pthi_cira_log(pthi, arena, &health->log, &err);
}

static void ask_engine(struct rpc *rpc, struct rpc_health *health)
{
    error_clear(&health->me_error);
    mei_presence_find("", &health->presence);
    uint64_t outer = io_deadline_within(SILENT_MS);
    health->me_answers = rpc_control_mode_or(rpc, &health->mode, &health->me_error);
    io_deadline_restore(outer);
    mei_presence_opened(&health->presence, health->me_answers ? NULL : &health->me_error);
    if (!health->me_answers)
        return;
    health->mode_known = true;
    health->watchdog = *rpc_watchdog(rpc);
    health->watchdog_known = health->watchdog.raw != 0;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, &health->me_error);
    if (pthi != NULL)
        ask_pthi(rpc, pthi, health);
}

/* ---- the provisioning certificate ---- */

static bool look_at_certificate(struct rpc *rpc, struct rpc_health *health, struct rpc_fault *fault)
{
    struct slice text;
    struct slice password = {NULL, 0};
    struct rpc_setup_certificate certificate = {0};
    if (!rpc_secret(rpc, "provisioningCert", "Provisioning Certificate", false, &text) ||
        (rpc_given(rpc, "provisioningCertPwd") &&
         !rpc_secret(rpc, "provisioningCertPwd", "Provisioning Certificate Password", false,
                     &password)))
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "the certificate can't be read");
    bool ok = rpc_setup_certificate_open(rpc, text, password, &certificate, fault);
    if (ok) {
        struct slice name = io_pfx_certificate(certificate.pfx, 0)->common_name;
        health->certificate_name = arena_string(rpc_arena(rpc), name);
        health->certificate_fits =
            health->dns_suffix != NULL && health->dns_suffix[0] != '\0' &&
            amt_provisioning_suffix_fits(name, slice_of_string(health->dns_suffix));
        ok = rpc_setup_certificate_fit(rpc, &certificate, fault);
    }
    rpc_setup_certificate_close(&certificate);
    return ok;
}

/* ---- AMT's own ports ---- */

static bool read_class(struct rpc *rpc, struct rpc_health *health, struct amt *amt,
                       struct amt_reading reading, struct amt_items *items)
{
    reading.optional = true;
    reading.tolerant = true;
    struct error err;
    bool ok = amt_read(amt, rpc_arena(rpc), &reading, 1, &err);
    if (!ok) {
        if (health->amt_error.code == ERROR_NONE)
            health->amt_error = err;
        health->amt_login = health->amt_login || err.code == ERROR_LOGIN;
        return false;
    }
    *items = reading.items;
    if (!reading.enumerate && reading.ok) {
        const struct wsman_xml **one = arena_array(rpc_arena(rpc), 1, sizeof *one);
        one[0] = amt_reading_instance(&reading);
        items->items = one;
        items->count = one[0] != NULL;
    }
    return reading.ok || amt_reading_is_absent(&reading);
}

#define READ(kind, class_) \
    read_class(rpc, health, amt, (struct amt_reading)AMT_READ_##kind(class_), &items)

static void ask_about_cira(struct rpc *rpc, struct rpc_health *health, struct amt *amt)
{
    struct arena *arena = rpc_arena(rpc);
    struct amt_items items = {0};
    health->servers_known = READ(ENUMERATE, AMT_ManagementPresenceRemoteSAP);
    if (!health->servers_known)
        return;
    health->server_count = items.count;
    if (items.count > 0)
        health->server = arena_printf(arena, "%.*s:%.*s",
                                      SLICE_ARG(wsman_xml_child_text(items.items[0], "AccessInfo")),
                                      SLICE_ARG(wsman_xml_child_text(items.items[0], "Port")));
    health->policies_known = READ(ENUMERATE, AMT_RemoteAccessPolicyAppliesToMPS);
    health->policy_count = items.count;
    health->detection_known = READ(GET, AMT_EnvironmentDetectionSettingData);
    health->detection = "";
    const struct wsman_xml *at = health->detection_known && items.count > 0
                                     ? wsman_xml_child(items.items[0], "DetectionStrings")
                                     : NULL;
    for (; at != NULL; at = wsman_xml_again(at))
        health->detection =
            arena_printf(arena, "%s%s%.*s", health->detection,
                         health->detection[0] != '\0' ? ", " : "", SLICE_ARG(slice_trim(at->text)));
    health->proxies_known = READ(ENUMERATE, IPS_HTTPProxyAccessPoint);
    health->proxy_count = items.count;
}

static void ask_about_control(struct rpc *rpc, struct rpc_health *health, struct amt *amt)
{
    struct amt_items items = {0};
    uint64_t number;
    if (READ(GET, AMT_RedirectionService) && items.count > 0) {
        health->redirection_known = true;
        health->redirection = wsman_xml_child_is_true(items.items[0], "ListenerEnabled");
    }
    if (READ(GET, IPS_OptInService) && items.count > 0 &&
        slice_to_u64(wsman_xml_child_text(items.items[0], "OptInRequired"), UINT32_MAX, &number)) {
        health->consent_known = true;
        health->consent = (uint32_t)number;
    }
}

static void ask_amt(struct rpc *rpc, struct rpc_health *health)
{
    struct amt *amt;
    struct amt_clock_reading clock;
    error_clear(&health->amt_error);
    health->amt_asked = true;
    health->password_given = rpc_given(rpc, "password");
    if (!rpc_amt_or(rpc, RPC_AS_EITHER, &amt, &health->amt_error)) {
        health->amt_login = health->amt_error.code == ERROR_LOGIN;
        health->amt_silent = !health->amt_login;
        health->account_missing =
            health->amt_silent && (!health->password_given || health->mode == MEI_CONTROL_NONE);
        return;
    }
    health->clock_known = amt_clock_get(amt, rpc_arena(rpc), &clock, &health->amt_error);
    health->clock_ahead_s = health->clock_known ? clock.device - clock.server : 0;
    health->amt_login = !health->clock_known && health->amt_error.code == ERROR_LOGIN;
    if (!health->clock_known && !amt_is_device_answer(&health->amt_error)) {
        health->amt_silent = !health->amt_login;
        return;
    }
    /* An answer is one, also that the host's account may not read this. */
    if (!health->amt_login)
        error_clear(&health->amt_error);
    if (!health->amt_login)
        ask_about_cira(rpc, health, amt);
    if (!health->amt_login)
        ask_about_control(rpc, health, amt);
}

/* ---- the ways to them ---- */

static enum rpc_port look_at_port(const struct rpc_lms_place *place, uint16_t port)
{
    uint64_t outer = io_deadline_within(PROBE_MS);
    enum rpc_port found = rpc_lms_place_probe(place, port, true, NULL);
    io_deadline_restore(outer);
    return found;
}

static void ask_lms(struct rpc *rpc, struct rpc_health *health)
{
    struct rpc_lms_place place;
    struct rpc_listener listener;
    const struct rpc_access_options options = rpc_way_options(rpc);
    uint16_t at = MEI_LME_PORT;
    /* What is wrong with them is the way's error, too. */
    if (!rpc_lms_place_find(&place, options.lms_address, options.lms_port, options.lms_asked, NULL))
        return;
    if (!health->watchdog.tls_enforced)
        health->lms = look_at_port(&place, MEI_LME_PORT);
    if (health->watchdog.tls_enforced || health->lms == RPC_PORT_NOBODY) {
        health->lms_tls = look_at_port(&place, MEI_LME_TLS_PORT);
        at = MEI_LME_TLS_PORT;
    }
    rpc_lms_place_look(&place, at, &listener);
    if (listener.what == RPC_LISTENING_SOMEBODY)
        health->lms_owner = rpc_listener_name(rpc_arena(rpc), &listener);
    health->lms_doubtful = rpc_lms_place_is_doubtful(&place, at, NULL);
}

/* Whether LME, which nobody else has, may yet answer. */
static bool is_slow(const struct rpc_health *health)
{
    bool ill = rpc_port_is_ill(health->lms) || rpc_port_is_ill(health->lms_tls);
    return !ill && health->way_error.code == ERROR_TIMEOUT;
}

static void ask_ports(struct rpc *rpc, struct rpc_health *health)
{
    ask_lms(rpc, health);
    uint64_t outer = io_deadline_within(WAY_MS);
    struct rpc_access *access = rpc_access_or(rpc, &health->way_error);
    io_deadline_restore(outer);
    if (access == NULL && is_slow(health)) {
        outer = io_deadline_within(SLOW_MS);
        access = rpc_access_or(rpc, &health->way_error);
        io_deadline_restore(outer);
    }
    health->way_known = true;
    health->way_ok = access != NULL;
    if (access == NULL)
        return;
    health->way = rpc_way_name(rpc_access_way(access));
    health->way_is_lms = rpc_access_way(access) == RPC_WAY_LMS;
    outer = io_deadline_within(AMT_MS);
    ask_amt(rpc, health);
    io_deadline_restore(outer);
    health->ports_refused = rpc_ports_are_unreachable(rpc);
}

void rpc_doctor_collect(struct rpc *rpc, bool certificate, struct rpc_health *health)
{
    struct rpc_host host;
    struct rpc_fault fault;
    *health = (struct rpc_health){0};
    rpc_host_read(rpc_arena(rpc), &host);
    health->host_suffix = host.dns_suffix;
    uint64_t outer = io_deadline_within(ENGINE_MS);
    ask_engine(rpc, health);
    io_deadline_restore(outer);
    health->left = rpc_made_left(rpc);
    health->holders = rpc_holder_list(rpc_arena(rpc));
    health->is_root = geteuid() == 0;
    if (!health->me_answers)
        return;
    health->certificate_given = certificate && rpc_given(rpc, "provisioningCert");
    if (health->certificate_given && !look_at_certificate(rpc, health, &fault)) {
        health->certificate_code = fault.code;
        health->certificate_fault = arena_string(rpc_arena(rpc), slice_of_string(fault.err.text));
    }
    ask_ports(rpc, health);
}
