#include "amt/feature.h"

#include "amt/boot_source.h"
#include "amt/erase.h"
#include "amt/reading.h"
#include "amt/status.h"

/* AMT_RedirectionService.EnabledState and CIM_BootService.EnabledState are 32768 and two bits. */
#define STATE_BASE 32768u
#define STATE_LAST 32771u
#define IDER_BIT   1u
#define SOL_BIT    2u
#define OCR_BIT    1u
#define RPE_BIT    2u

/* CIM_KVMRedirectionSAP (spec device-protocols 3.5) */
#define KVM_ENABLED         2u
#define KVM_ENABLED_OFFLINE 6u
#define KVM_TURN_ON         "2"
#define KVM_TURN_OFF        "3"

/* The classes, in the order in which they are asked for. */
enum { REDIRECTION, OPT_IN, KVM, BOOT_SERVICE, BOOT_SOURCES, CAPABILITIES, SETTINGS, CLASSES };

struct state {
    struct amt_reading readings[CLASSES];
    struct amt_features features;
    bool has_boot_service; /* with switches: AMT 15 on */
    bool consent_is_fixed;
};

/* ---- reading ---- */

static uint32_t number(const struct wsman_xml *instance, const char *name, uint32_t otherwise)
{
    uint64_t value = otherwise;
    (void)slice_to_u64(wsman_xml_child_text(instance, name), UINT32_MAX, &value);
    return (uint32_t)value;
}

static bool is_true(const struct wsman_xml *instance, const char *name)
{
    return slice_equal_ignore_case(wsman_xml_child_text(instance, name), SLICE_LITERAL("true"));
}

static uint32_t bits_of(const struct wsman_xml *instance)
{
    uint32_t state = number(instance, "EnabledState", STATE_BASE);
    return state > STATE_BASE && state <= STATE_LAST ? state - STATE_BASE : 0;
}

static void note_redirection(struct state *state)
{
    const struct wsman_xml *service = amt_reading_instance(&state->readings[REDIRECTION]);
    const struct wsman_xml *kvm = amt_reading_instance(&state->readings[KVM]);
    uint32_t kvm_state = number(kvm, "EnabledState", 0);
    state->features.redirection = is_true(service, "ListenerEnabled");
    state->features.ider = (bits_of(service) & IDER_BIT) != 0;
    state->features.sol = (bits_of(service) & SOL_BIT) != 0;
    state->features.kvm_available = kvm != NULL;
    state->features.kvm = kvm_state == KVM_ENABLED || kvm_state == KVM_ENABLED_OFFLINE;
}

static void note_consent(struct state *state)
{
    const struct wsman_xml *service = amt_reading_instance(&state->readings[OPT_IN]);
    uint32_t required = number(service, "OptInRequired", AMT_CONSENT_UNKNOWN);
    bool known =
        required == AMT_CONSENT_NONE || required == AMT_CONSENT_KVM || required == AMT_CONSENT_ALL;
    state->features.consent = known ? required : AMT_CONSENT_UNKNOWN;
    state->features.opt_in_state = number(service, "OptInState", 0);
    state->consent_is_fixed = number(service, "CanModifyOptInPolicy", 1) == 0;
}

static void note_boot(struct state *state)
{
    const struct wsman_xml *service = amt_reading_instance(&state->readings[BOOT_SERVICE]);
    const struct wsman_xml *can = amt_reading_instance(&state->readings[CAPABILITIES]);
    const struct wsman_xml *may = amt_reading_instance(&state->readings[SETTINGS]);
    const struct amt_items *sources = &state->readings[BOOT_SOURCES].items;
    struct amt_features *features = &state->features;
    state->has_boot_service = number(service, "EnabledState", 0) >= STATE_BASE;
    features->ocr = (bits_of(service) & OCR_BIT) != 0;
    features->rpe = (bits_of(service) & RPE_BIT) != 0;
    features->https_boot = amt_boot_source_find(sources, AMT_BOOT_SOURCE_HTTPS) != NULL &&
                           is_true(can, "ForceUEFIHTTPSBoot") &&
                           is_true(may, "UEFIHTTPSBootEnabled");
    features->winre_boot = amt_boot_source_find_option(sources, AMT_BOOT_OPTION_WINRE) != NULL &&
                           is_true(can, "ForceWinREBoot") && is_true(may, "WinREBootEnabled");
    features->pba_boot = amt_boot_source_find_option(sources, AMT_BOOT_OPTION_PBA) != NULL &&
                         is_true(can, "ForceUEFIPBABoot") &&
                         is_true(may, "UEFILocalPBABootEnabled");
    features->rpe_supported = amt_erase_mask(can) != 0 && is_true(may, "RPEEnabled");
}

static bool read_state(struct amt *amt, struct arena *arena, struct state *state, struct error *err)
{
    *state = (struct state){.readings = {
                                [REDIRECTION] = AMT_READ_GET(AMT_RedirectionService),
                                [OPT_IN] = AMT_READ_GET(IPS_OptInService),
                                [KVM] = AMT_READ_GET(CIM_KVMRedirectionSAP),
                                [BOOT_SERVICE] = AMT_READ_GET(CIM_BootService),
                                [BOOT_SOURCES] = AMT_READ_ENUMERATE(CIM_BootSourceSetting),
                                [CAPABILITIES] = AMT_READ_GET(AMT_BootCapabilities),
                                [SETTINGS] = AMT_READ_GET(AMT_BootSettingData),
                            }};
    for (size_t i = KVM; i < CLASSES; i++)
        state->readings[i].optional = true;
    if (!amt_read(amt, arena, state->readings, CLASSES, err))
        return false;
    note_redirection(state);
    note_consent(state);
    note_boot(state);
    return true;
}

bool amt_features_get(struct amt *amt, struct arena *arena, struct amt_features *features,
                      struct error *err)
{
    struct state *state = arena_alloc(arena, sizeof *state);
    if (!read_state(amt, arena, state, err))
        return false;
    *features = state->features;
    return true;
}

/* ---- changing ---- */

static bool apply(enum amt_switch wanted, bool now)
{
    return wanted == AMT_KEEP ? now : wanted == AMT_ON;
}

static bool request_state(struct amt *amt, struct arena *arena, const struct wsman_class *class,
                          const char *wanted, struct error *err)
{
    const struct wsman_target target = {.class = class};
    const struct wsman_value value = {.name = "RequestedState", .text = slice_of_string(wanted)};
    struct wsman_reply reply;
    int64_t return_value;
    if (!amt_invoke(amt, arena, &target, "RequestStateChange", &value, 1, &reply, &return_value,
                    err))
        return false;
    return return_value == 0 ||
           error_set(err, ERROR_DEVICE, "%s.RequestStateChange(%s): the device answers %lld (%s)",
                     class->name, wanted, (long long)return_value,
                     amt_status_os_name(return_value));
}

static bool put(struct amt *amt, struct arena *arena, const struct amt_reading *reading,
                const struct wsman_value *changes, size_t count, struct error *err)
{
    struct wsman_reply reply;
    return amt_put(amt, arena, &reading->target, amt_reading_instance(reading), changes, count,
                   &reply, err);
}

static bool set_redirection(struct amt *amt, struct arena *arena, struct state *state,
                            const struct amt_features_change *change, struct error *err)
{
    struct amt_features *now = &state->features;
    bool sol = apply(change->sol, now->sol);
    bool ider = apply(change->ider, now->ider);
    bool kvm = now->kvm_available && apply(change->kvm, now->kvm);
    bool listen = sol || ider || kvm;
    if (sol == now->sol && ider == now->ider && kvm == now->kvm && (now->redirection || !listen))
        return true;
    const char *enabled =
        arena_printf(arena, "%u", STATE_BASE + (ider ? IDER_BIT : 0) + (sol ? SOL_BIT : 0));
    if (!request_state(amt, arena, &wsman_AMT_RedirectionService, enabled, err))
        return false;
    now->sol = sol;
    now->ider = ider;
    if (kvm != now->kvm && !request_state(amt, arena, &wsman_CIM_KVMRedirectionSAP,
                                          kvm ? KVM_TURN_ON : KVM_TURN_OFF, err))
        return false;
    now->kvm = kvm;
    const struct wsman_value changes[] = {
        {.name = "EnabledState", .text = slice_of_string(enabled)},
        {.name = "ListenerEnabled", .text = slice_of_string(listen ? "true" : "false")}};
    if (!put(amt, arena, &state->readings[REDIRECTION], changes, 2, err))
        return false;
    now->redirection = listen;
    return true;
}

static bool set_consent(struct amt *amt, struct arena *arena, struct state *state,
                        const struct amt_features_change *change, struct error *err)
{
    if (!change->change_consent || change->consent == state->features.consent)
        return true;
    const struct wsman_value required = {
        .name = "OptInRequired",
        .text = slice_of_string(arena_printf(arena, "%u", change->consent))};
    if (!put(amt, arena, &state->readings[OPT_IN], &required, 1, err))
        return false;
    state->features.consent = change->consent;
    return true;
}

static bool set_boot_service(struct amt *amt, struct arena *arena, struct state *state,
                             const struct amt_features_change *change, struct error *err)
{
    struct amt_features *now = &state->features;
    bool ocr = apply(change->ocr, now->ocr);
    bool rpe = apply(change->rpe, now->rpe);
    if (ocr == now->ocr && rpe == now->rpe)
        return true;
    const char *wanted =
        arena_printf(arena, "%u", STATE_BASE + (ocr ? OCR_BIT : 0) + (rpe ? RPE_BIT : 0));
    if (!request_state(amt, arena, &wsman_CIM_BootService, wanted, err))
        return false;
    now->ocr = ocr;
    now->rpe = rpe;
    return true;
}

static bool check(const struct state *state, const struct amt_features_change *change,
                  struct error *err)
{
    const struct amt_features *now = &state->features;
    if (change->change_consent && change->consent != now->consent && state->consent_is_fixed)
        return error_set(err, ERROR_INVALID,
                         "the consent policy of this device cannot be changed remotely "
                         "(CanModifyOptInPolicy is 0)");
    if (change->ocr == AMT_ON && !now->ocr && !state->has_boot_service)
        return error_set(err, ERROR_UNSUPPORTED, "the device has no One-Click Recovery");
    if (change->rpe == AMT_ON && !now->rpe && (!state->has_boot_service || !now->rpe_supported))
        return error_set(err, ERROR_UNSUPPORTED,
                         "the device has no remote platform erase, or its BIOS does not allow it");
    return true;
}

static bool change_all(struct amt *amt, struct arena *arena,
                       const struct amt_features_change *change, struct state *state,
                       struct error *err)
{
    return read_state(amt, arena, state, err) && check(state, change, err) &&
           set_redirection(amt, arena, state, change, err) &&
           set_consent(amt, arena, state, change, err) &&
           set_boot_service(amt, arena, state, change, err);
}

bool amt_features_set(struct amt *amt, struct arena *arena,
                      const struct amt_features_change *change, struct amt_features *features,
                      struct error *err)
{
    struct state *state = arena_alloc(arena, sizeof *state);
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = change_all(amt, arena, change, state, err);
    amt_sequence_end(amt);
    if (ok)
        *features = state->features;
    return ok;
}
