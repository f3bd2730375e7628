#include "amt/refusal.h"

#include "amt/feature.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "io/fiber.h"

#include <inttypes.h>
#include <string.h>

#define EXPLAIN_MS 5000 /* for finding a reason: the refusal itself is known */

/* Of a power change, spec device-protocols 5.4. Not named here: any other. */
enum { DONE_LATER = 4096, NO_TIMEOUT = 4098, TOO_LATE = 3, IN_USE = 6, BUSY = 4099 };

/* Of a boot's step. The second is what firmware of another make may answer (spec device-protocols
 * 6.4). */
enum { INVALID_REFERENCE = 4, INVALID_PARAMETER = 5, ACCESS_DENIED = 6, CONSENT_REQUIRED = 2081 };

/* IPS_OptInService.OptInState (spec device-protocols 6.5) */
enum { REQUESTED = 1, RECEIVED = 3 };

#define POWER_ON 2u

#define CONSENT_FIRST                                                                             \
    "user consent is needed first: request a consent code (userConsentCode), send the code that " \
    "the machine shows, then ask again"
#define CONSENT_WAITS                                                                        \
    "user consent is needed first: a code was requested already, so send the code that the " \
    "machine shows (userConsentCode), then ask again"
#define NO_REASON "it gives no reason"

struct meaning {
    int value;
    const char *text;
};

static const struct meaning changes[] = {
    {1, "it does not support this"},
    {2, NO_REASON},
    {TOO_LATE, "the change was not completed in time"},
    {4, "the change failed"},
    {5, "it takes the request for invalid"},
    {IN_USE, "another change is going on"},
    {DONE_LATER, "it has begun the change and does not tell how it ends"},
    {4097, "the machine cannot change to this from its present state"},
    {NO_TIMEOUT, "it takes no time-out"},
    {BUSY, "it is busy with an earlier change, which may take ten seconds"},
    {CONSENT_REQUIRED, CONSENT_FIRST},
};

static const struct meaning steps[] = {
    {1, "it does not support this"},
    {2, NO_REASON},
    {3, "it is busy; try again"},
    {INVALID_REFERENCE, "it does not know what to boot from"},
    {INVALID_PARAMETER, "it takes these boot settings for invalid"},
    {CONSENT_REQUIRED, CONSENT_FIRST},
};

static const char *meaning_of(const struct meaning *table, size_t count, int64_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].value == value)
            return table[i].text;
    }
    return NO_REASON;
}

#define MEANING_OF(table, value) meaning_of(table, sizeof(table) / sizeof((table)[0]), value)

/* "the device answers IN_USE to M: …", with the number where the value has no name. */
static const char *sentence(struct arena *arena, const char *method, const char *name,
                            int64_t value, const char *reason)
{
    if (strcmp(name, "UNKNOWN_ERROR") == 0)
        name = arena_printf(arena, "%" PRId64, value);
    return arena_printf(arena, "the device answers %s to %s: %s", name, method, reason);
}

/* The family's own name, or the general one of what is in no family: methods of each may answer
 * that consent is missing, for example. */
static const char *change_name(int64_t value)
{
    const char *name = amt_status_os_name(value);
    return strcmp(name, "UNKNOWN_ERROR") == 0 ? amt_status_name(value) : name;
}

/* ---- power ---- */

bool amt_refusal_is_offered(const struct wsman_xml *service, const char *state)
{
    const struct wsman_xml *offer = wsman_xml_child(service, "AvailableRequestedPowerStates");
    if (offer == NULL)
        return true;
    for (; offer != NULL; offer = wsman_xml_again(offer)) {
        if (slice_equal_string(slice_trim(offer->text), state))
            return true;
    }
    return false;
}

/* What only an agent on the host can carry out (spec device-protocols 6.1). */
static bool needs_agent(const char *state)
{
    static const char *const states[] = {"4", "7", "12", "13", "14", "15", "16"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(states[i], state) == 0)
            return true;
    }
    return false;
}

static const char *power_word(uint64_t state)
{
    static const char *const words[] = {
        [2] = "on", [3] = "asleep", [4] = "asleep", [6] = "off", [8] = "off", [7] = "hibernating"};
    return state < sizeof words / sizeof words[0] ? words[state] : NULL;
}

/* What the device's own offers say about a change that it refused; NULL: nothing. */
static const char *reason_in_offers(struct arena *arena, const char *wanted,
                                    const struct wsman_xml *service)
{
    uint64_t state = 0;
    bool told = slice_to_u64(wsman_xml_child_text(service, "PowerState"), UINT16_MAX, &state);
    bool offered = amt_refusal_is_offered(service, wanted);
    const char *word = told ? power_word(state) : NULL;
    if (!offered && needs_agent(wanted) && (!told || state == POWER_ON))
        return "it does not offer this now: it needs Intel's agent (LMS) running on the "
               "host";
    if (!offered && word != NULL)
        return arena_printf(arena,
                            "it does not offer this in its present power state: the "
                            "machine is %s",
                            word);
    if (!offered)
        return "it does not offer this in its present power state";
    if (told && slice_equal_string(slice_of_string(wanted), arena_printf(arena, "%" PRIu64, state)))
        return arena_printf(arena, "the machine is %s already", word != NULL ? word : "there");
    return NULL;
}

const char *amt_refusal_of_power(struct arena *arena, const char *state,
                                 const struct wsman_xml *service, int64_t return_value)
{
    const char *reason = NULL;
    if (return_value == 0)
        return NULL;
    switch (return_value) {
    case TOO_LATE:
    case IN_USE:
    case DONE_LATER:
    case NO_TIMEOUT:
    case BUSY:
    case CONSENT_REQUIRED:
        break; /* say what it is, whatever the machine offers */
    default:
        if (service != NULL)
            reason = reason_in_offers(arena, state, service);
    }
    return sentence(arena, "RequestPowerStateChange", change_name(return_value), return_value,
                    reason != NULL ? reason : MEANING_OF(changes, return_value));
}

const char *amt_refusal_of_os(struct arena *arena, int64_t return_value)
{
    if (return_value == 0)
        return NULL;
    return sentence(arena, "RequestOSPowerSavingStateChange", change_name(return_value),
                    return_value, MEANING_OF(changes, return_value));
}

/* ---- boots ---- */

/* Says that consent is missing; NULL when it is not, or the device does not tell. */
static const char *missing_consent(struct amt *amt, struct arena *arena)
{
    uint64_t required = 0, state = 0;
    struct amt_reading reading = AMT_READ_GET(IPS_OptInService);
    uint64_t outer = io_deadline_within(EXPLAIN_MS);
    bool ok = amt_read(amt, arena, &reading, 1, NULL);
    io_deadline_restore(outer);
    const struct wsman_xml *service = ok ? amt_reading_instance(&reading) : NULL;
    if (!slice_to_u64(wsman_xml_child_text(service, "OptInRequired"), UINT32_MAX, &required) ||
        !slice_to_u64(wsman_xml_child_text(service, "OptInState"), UINT32_MAX, &state) ||
        required != AMT_CONSENT_ALL || state >= RECEIVED)
        return NULL;
    return state >= REQUESTED ? CONSENT_WAITS : CONSENT_FIRST;
}

static bool is_denied(const struct amt_boot_refusal *refusal)
{
    if (refusal->step == NULL)
        return refusal->reply.is_fault &&
               slice_equal_string(refusal->reply.fault_code, "AccessDenied");
    return refusal->return_value == ACCESS_DENIED || refusal->return_value == CONSENT_REQUIRED;
}

const char *amt_refusal_of_boot(struct amt *amt, struct arena *arena, const struct amt_boot *boot,
                                const struct amt_boot_refusal *refusal)
{
    int64_t value = refusal->return_value;
    const char *reason = MEANING_OF(steps, value);
    if (is_denied(refusal)) {
        const char *consent = missing_consent(amt, arena);
        if (consent != NULL)
            reason = consent;
        else if (value == ACCESS_DENIED)
            reason = "it does not allow this to the account that the server uses, or in its "
                     "control mode";
    } else if ((value == INVALID_REFERENCE || value == INVALID_PARAMETER) && boot->source != NULL &&
               (boot->use_ider || boot->use_sol)) {
        reason = "older firmware takes no boot source together with IDER or SOL";
    }
    return sentence(arena, refusal->step, amt_status_boot_name(value), value, reason);
}

void amt_refusal_explain(struct amt *amt, struct arena *arena,
                         const struct amt_boot_refusal *refusal, struct error *err)
{
    if (err->code != ERROR_DEVICE || !is_denied(refusal))
        return;
    const char *consent = missing_consent(amt, arena);
    if (consent != NULL) {
        const char *text = arena_string(arena, slice_of_string(err->text));
        (void)error_set(err, ERROR_DEVICE, "%s (%s)", consent, text);
    }
}
