#include "amt/consent.h"

#include <string.h>

#define INVALID_STATE 2

/* spec device-protocols 5.4, the opt-in family. The toolkit names the values of another family. */
static const struct {
    int64_t value;
    const char *text;
} refusals[] = {
    {1, "the device has an internal error"},
    {3, "the device refuses: the code is wrong, or consent is blocked"},
    {4, "the device cannot store the consent"},
    {2066, "the device does not support user consent"},
};

static const char *describe(const char *method, int64_t value)
{
    if (value == 0)
        return NULL;
    if (value == INVALID_STATE && strcmp(method, "StartOptIn") == 0)
        return "the device needs no consent, or a code is on the screen already";
    if (value == INVALID_STATE)
        return "no code is on the screen";
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (refusals[i].value == value)
            return refusals[i].text;
    }
    return "the device refuses";
}

static bool invoke(struct amt *amt, struct arena *arena, const char *method,
                   const struct wsman_value *value, struct amt_consent_result *result,
                   struct error *err)
{
    const struct wsman_target target = {.class = &wsman_IPS_OptInService};
    *result = (struct amt_consent_result){.return_value = 0};
    if (!amt_invoke(amt, arena, &target, method, value, value == NULL ? 0 : 1, &result->reply,
                    &result->return_value, err))
        return false;
    const char *name = amt_status_name(result->return_value);
    result->return_text = strcmp(name, "UNKNOWN_ERROR") == 0 ? NULL : name;
    result->description = describe(method, result->return_value);
    return true;
}

bool amt_consent_start(struct amt *amt, struct arena *arena, struct amt_consent_result *result,
                       struct error *err)
{
    return invoke(amt, arena, "StartOptIn", NULL, result, err);
}

bool amt_consent_send(struct amt *amt, struct arena *arena, uint32_t code,
                      struct amt_consent_result *result, struct error *err)
{
    const struct wsman_value value = {.name = "OptInCode",
                                      .text = slice_of_string(arena_printf(arena, "%06u", code))};
    return invoke(amt, arena, "SendOptInCode", &value, result, err);
}

bool amt_consent_cancel(struct amt *amt, struct arena *arena, struct amt_consent_result *result,
                        struct error *err)
{
    return invoke(amt, arena, "CancelOptIn", NULL, result, err);
}
