/* Activation (spec rps 3.1): the control mode first, then what the profile says, then the device is
 * the presence server's. */
#include "core/clock.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "io/fiber.h"
#include "io/resolve.h"
#include "rps/passwords.h"

#include <stdio.h>

#define DEVICE_INFO_LIMIT ((size_t)16 * 1024)
#define RECORD_MS         15000 /* to tell what became of a run whose agent has gone */

static void put_status(const struct rps_outcome *outcome, struct json_writer *json)
{
    struct buffer components;
    if (!outcome->has_components)
        return;
    buffer_init(&components, DEVICE_INFO_LIMIT);
    rps_outcome_put_components(outcome, &components);
    json_put_key(json, "status");
    json_put_raw(json, buffer_slice(&components));
    buffer_fini(&components);
}

/* deviceInfo as the toolkit fills it (spec rps 5.3), with the control mode as it is now. Of a run
 * that provisions nothing only what the agent says. */
static const char *device_info(struct rps_provisioning *p, bool provisioned)
{
    const struct rps_request *request = p->given->request;
    char now[CLOCK_TEXT_SIZE], mode[16];
    struct buffer out;
    struct json_writer json;
    clock_format(clock_wall_ms(), now);
    snprintf(mode, sizeof(mode), "%d",
             provisioned ? (int)p->device.state.control_mode : request->control_mode);
    buffer_init(&out, DEVICE_INFO_LIMIT);
    json_writer_init(&json, &out);
    json_open_object(&json);
    json_put_key(&json, "fwVersion");
    json_put_string_slice(&json, request->version);
    json_put_key(&json, "fwBuild");
    json_put_string_slice(&json, request->build);
    json_put_key(&json, "fwSku");
    json_put_string_slice(&json, request->sku);
    json_put_member_string(&json, "currentMode", mode);
    json_put_key(&json, "features");
    json_put_string_slice(&json, request->features);
    json_put_key(&json, "ipAddress");
    json_put_string_slice(&json, request->addresses.address);
    put_status(p->outcome, &json);
    if (provisioned) {
        json_put_member_string(&json, "activatedAt",
                               p->device.known.activated_at != NULL ? p->device.known.activated_at
                                                                    : now);
        json_put_member_string(&json, "lastProvisionedAt", now);
    }
    json_put_member_string(&json, "lastUpdated", now);
    json_close_object(&json);
    const char *text = buffer_ok(&out) ? arena_string(p->arena, buffer_slice(&out)) : NULL;
    buffer_fini(&out);
    return text;
}

static const char *text_or_null(struct arena *arena, struct slice text)
{
    return text.size > 0 ? arena_string(arena, text) : NULL;
}

bool rps_may_rename(const struct rps_provisioning *p, struct slice host_name)
{
    return !p->device.known.on_lan || io_host_is_valid(arena_string(p->arena, host_name));
}

/* As whom the device will call in, from the start: so one that was cut off before it was told to is
 * not taken for one that the server calls. */
static const char *caller_of(struct rps_provisioning *p)
{
    struct store_cira_config config;
    struct error err;
    if (p->device.mps_username != NULL)
        return p->device.mps_username;
    return !p->device.known.found && p->given->profile.cira_config != NULL &&
                   store_cira_config_get(p->store, p->arena, p->given->tenant,
                                         slice_of_string(p->given->profile.cira_config), &config,
                                         &err)
               ? config.username
               : NULL;
}

/* The passwords that are known to work go with it, but not before they are proven: a presence
 * server elsewhere takes them for its own from then on. */
static struct rps_device describe(struct rps_provisioning *p)
{
    bool proven = rps_is_proven(p);
    return (struct rps_device){
        .guid = p->given->request->guid,
        .tenant = p->given->tenant,
        .host_name = rps_may_rename(p, p->given->request->host_name)
                         ? text_or_null(p->arena, p->given->request->host_name)
                         : NULL,
        .mps_username = caller_of(p),
        .tags = p->given->profile.tags,
        .tag_count = p->given->profile.tag_count,
        .mps_password = proven ? p->device.mps_password : NULL,
        .amt_password = proven ? text_or_null(p->arena, p->device.password) : NULL,
        .mebx_password =
            proven && p->done.mebx_fault == NULL ? text_or_null(p->arena, p->device.mebx) : NULL,
    };
}

/* With its password, if that is to be told. */
static bool put(struct rps_provisioning *p, const struct rps_device *device, struct error *err)
{
    struct rps_handover *handover = p->given->options->handover;
    struct error ignored;
    bool tells = device->amt_password != NULL;
    if (tells && !rps_note_told(p, p->device.password, true, err))
        return false;
    bool ok = handover->methods->put(handover, p->arena, device, false, err);
    p->done.told |= tells && ok;
    if (tells && !ok && !p->done.told && !rps_was_told(p, p->device.password))
        (void)rps_note_told(p, p->device.password, false, &ignored);
    return ok;
}

bool rps_hand_over(struct rps_provisioning *p, struct error *err)
{
    struct rps_device device = describe(p);
    if (rps_may_rename(p, p->given->request->host_name))
        device.dns_suffix = text_or_null(p->arena, p->given->request->fqdn);
    if (p->given->request->has_friendly_name)
        device.friendly_name = arena_string(p->arena, p->given->request->friendly_name);
    device.device_info = device_info(p, true);
    if (p->device.state.control_mode == 1 || p->device.state.control_mode == 2)
        device.control_mode = p->device.state.control_mode == 2 ? "acm" : "ccm";
    device.fw_version = p->given->request->version;
    device.fw_build = p->given->request->build;
    device.fw_sku = p->given->request->sku;
    bool ok = put(p, &device, err);
    p->done.handed_over |= ok;
    return ok;
}

bool rps_hand_over_caller(struct rps_provisioning *p, struct error *err)
{
    struct rps_device device = describe(p);
    bool ok = put(p, &device, err);
    p->done.handed_over |= ok;
    return ok;
}

bool rps_hand_over_info(struct rps_provisioning *p, struct error *err)
{
    struct rps_handover *handover = p->given->options->handover;
    const struct rps_device device = {.guid = p->given->request->guid,
                                      .tenant = p->given->tenant,
                                      .device_info = device_info(p, false)};
    return handover->methods->put(handover, p->arena, &device, true, err);
}

/* ---- what is told at the end ---- */

static const char *join(struct arena *arena, const char *first, const char *second)
{
    if (first == NULL || *first == '\0')
        return second;
    return arena_printf(arena, "%s %s", first, second);
}

static void tell_activation(struct rps_provisioning *p)
{
    const char *details = p->outcome->status, *fault = p->done.mebx_fault;
    if (!p->done.activated)
        details = p->given->admin ? "Device already activated in admin control mode"
                                  : "Device already activated in client control mode";
    if (fault != NULL)
        details = arena_printf(p->arena, "%s The MEBx password was not set: %s", details, fault);
    rps_outcome_set(p->outcome, p->arena, RPS_ACTIVATION, fault == NULL ? RPS_SUCCESS : RPS_FAILURE,
                    p->given->admin ? "ACM" : "CCM", details);
}

/* The device is in its control mode, whatever else failed: the toolkit calls that a success. Here a
 * run with a failed step is a failed run, which names the step. */
static void tell_failures(struct rps_provisioning *p)
{
    static const char *const names[RPS_COMPONENT_COUNT] = {
        [RPS_ACTIVATION] = "activation",
        [RPS_WIRED_NETWORK] = "wired network",
        [RPS_WIRELESS_NETWORK] = "wireless network",
        [RPS_TLS] = "TLS",
        [RPS_CIRA_PROXY] = "CIRA proxy",
        [RPS_CIRA_CONNECTION] = "CIRA connection",
    };
    p->outcome->success = !rps_outcome_has_failure(p->outcome) && p->done.features_fault == NULL;
    for (size_t i = 0; i < RPS_COMPONENT_COUNT; i++) {
        const struct rps_component_outcome *component = &p->outcome->components[i];
        if (component->result == RPS_FAILURE)
            p->outcome->status =
                join(p->arena, p->outcome->status,
                     arena_printf(p->arena, "Failed: %s: %s.", names[i], component->details));
    }
    if (p->done.features_fault != NULL)
        p->outcome->status =
            join(p->arena, p->outcome->status,
                 arena_printf(p->arena, "Failed: AMT features: %s.", p->done.features_fault));
}

static void fail(struct rps_provisioning *p, const struct error *err)
{
    p->outcome->success = false;
    p->outcome->status = arena_string(p->arena, slice_of_string(err->text));
    rps_outcome_set(p->outcome, p->arena, RPS_ACTIVATION, RPS_FAILURE, NULL, err->text);
}

/* Whoever called in with what an earlier run gave is looked at again. It would be at its next use,
 * so a failure is no harm; elsewhere nobody was told of unproven ones. */
static void end_tunnels_of_others(struct rps_provisioning *p)
{
    struct rps_handover *handover = p->given->options->handover;
    struct error err;
    if (handover->methods->prove == NULL)
        (void)handover->methods->refresh(handover, &p->given->request->guid, p->given->tenant,
                                         p->device.password, &err);
}

/* From the first run that ends well on the device's password proves which device it is. False when
 * somebody knows the device by now, whose word counts. */
static bool conclude(struct rps_provisioning *p)
{
    struct error err;
    error_clear(&err);
    struct io_shield shield = io_shield_begin(RECORD_MS);
    bool first = p->outcome->success && !rps_is_proven(p);
    if (first && rps_prove_password(p, &err)) {
        end_tunnels_of_others(p);
    } else if (first) {
        p->outcome->success = false;
        p->outcome->status =
            join(p->arena, p->outcome->status, arena_printf(p->arena, "%s.", err.text));
    }
    io_shield_end(shield);
    return err.code != ERROR_CONFLICT;
}

/* Also behind a shield, for a device that was set up before its agent went. */
static void record(struct rps_provisioning *p)
{
    struct error err;
    struct io_shield shield = io_shield_begin(RECORD_MS);
    if (!rps_hand_over(p, &err)) {
        log_line(LOG_WARN, "a provisioned device is not with the presence server", "guid",
                 p->given->guid, "error", err.text, NULL);
        p->outcome->success = false;
        p->outcome->status =
            join(p->arena, p->outcome->status,
                 arena_printf(p->arena, "Failed to save device information to MPS: %s", err.text));
    }
    io_shield_end(shield);
}

void rps_activate(struct rps_provisioning *p)
{
    struct error err;
    error_clear(&err);
    rps_session_step(p->session, "Starting provisioning");
    if (!rps_set_up(p, &err)) {
        fail(p, &err);
        return;
    }
    tell_activation(p);
    if (!rps_hand_over(p, &err)) {
        fail(p, &err);
        p->outcome->status =
            arena_printf(p->arena, "Failed to save device information to MPS: %s", err.text);
        return;
    }
    bool whole = rps_configure(p, &err);
    if (!whole)
        p->outcome->status =
            join(p->arena, p->outcome->status,
                 arena_printf(p->arena, "The configuration was cut off: %s.", err.text));
    tell_failures(p);
    p->outcome->success = p->outcome->success && whole;
    if (conclude(p))
        record(p);
}
