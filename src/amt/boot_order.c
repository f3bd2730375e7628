#include "amt/boot_order.h"

#include "amt/session.h"
#include "amt/status.h"
#include "core/memory.h"
#include "wsman/reference.h"

#include <stdlib.h>

#define ROLE_NEXT_SINGLE_USE "1"
#define ROLE_DISABLED        "32768"

/* CIM_ElementSettingData.IsNext */
#define IS_NEXT            1
#define IS_NEXT_SINGLE_USE 3

static void forget_source(struct session *session)
{
    free(session->boot_source);
    session->boot_source = NULL;
}

bool amt_boot_order_change(struct amt *amt, struct arena *arena, const char *source,
                           struct amt_boot_refusal *refusal, struct error *err)
{
    const struct wsman_target config = {.class = &wsman_CIM_BootConfigSetting};
    const struct wsman_selector selector = {"InstanceID", slice_of_string(source)};
    const struct wsman_target reference = {
        .class = &wsman_CIM_BootSourceSetting, .selectors = &selector, .selector_count = 1};
    const struct wsman_value value = {.name = "Source", .reference = &reference};
    if (source != NULL) {
        struct session *session = session_of(amt);
        forget_source(session);
        session->boot_source = memory_string(slice_of_string(source));
    }
    if (!amt_invoke(amt, arena, &config, "ChangeBootOrder", &value, source == NULL ? 0 : 1,
                    &refusal->reply, &refusal->return_value, err))
        return false;
    if (refusal->return_value != 0)
        refusal->step = "ChangeBootOrder";
    else if (source == NULL)
        forget_source(session_of(amt));
    return true;
}

bool amt_boot_role_set(struct amt *amt, struct arena *arena, bool next,
                       struct amt_boot_refusal *refusal, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_CIM_BootService};
    const struct wsman_selector selector = {"InstanceID",
                                            SLICE_LITERAL("Intel(r) AMT: Boot Configuration 0")};
    const struct wsman_target config = {
        .class = &wsman_CIM_BootConfigSetting, .selectors = &selector, .selector_count = 1};
    const struct wsman_value values[] = {
        {.name = "BootConfigSetting", .reference = &config},
        {.name = "Role", .text = slice_of_string(next ? ROLE_NEXT_SINGLE_USE : ROLE_DISABLED)}};
    if (next)
        session_of(amt)->boot_is_clear = false; /* whatever becomes of the request */
    if (!amt_invoke(amt, arena, &service, "SetBootConfigRole", values, 2, &refusal->reply,
                    &refusal->return_value, err))
        return false;
    if (refusal->return_value != 0)
        refusal->step = "SetBootConfigRole";
    return true;
}

enum amt_boot_role amt_boot_role_of(const struct amt_reading *reading)
{
    enum amt_boot_role role = AMT_BOOT_ROLE_UNKNOWN;
    for (size_t i = 0; i < reading->items.count; i++) {
        const struct wsman_xml *item = reading->items.items[i];
        uint64_t next = 0;
        if (wsman_reference_class(wsman_xml_child(item, "SettingData")) !=
                &wsman_CIM_BootConfigSetting ||
            !slice_to_u64(wsman_xml_child_text(item, "IsNext"), UINT16_MAX, &next))
            continue;
        if (next == IS_NEXT || next == IS_NEXT_SINGLE_USE)
            return AMT_BOOT_ROLE_NEXT;
        role = AMT_BOOT_ROLE_NONE;
    }
    return role;
}

bool amt_boot_order_is_clear(struct amt *amt)
{
    return session_of(amt)->boot_is_clear;
}

const char *amt_boot_order_source(struct amt *amt)
{
    return session_of(amt)->boot_source;
}

void amt_boot_order_seen_clear(struct amt *amt)
{
    session_of(amt)->boot_is_clear = true;
    forget_source(session_of(amt));
}

/* One of the two; false only where the device did not answer. */
static bool try_step(bool sent, const struct amt_boot_refusal *refusal, bool *done,
                     const struct error *err)
{
    *done = *done || (sent && refusal->step == NULL);
    return sent || amt_is_device_answer(err);
}

bool amt_boot_order_clear(struct amt *amt, struct arena *arena, struct error *err)
{
    struct amt_boot_refusal order = {.step = NULL}, role = {.step = NULL};
    struct error why = {ERROR_NONE, ""};
    bool done = false;
    bool sent = amt_boot_order_change(amt, arena, NULL, &order, &why);
    bool answered = try_step(sent, &order, &done, &why);
    if (answered) {
        sent = amt_boot_role_set(amt, arena, false, &role, &why);
        answered = try_step(sent, &role, &done, &why);
    }
    if (!answered) {
        if (err != NULL)
            *err = why;
        return false;
    }
    if (!done)
        return error_set(err, ERROR_DEVICE,
                         "a boot that was prepared earlier cannot be taken back: the device %s%s%s",
                         role.step == NULL ? "refuses it" : "answers ",
                         role.step == NULL ? "" : amt_status_boot_name(role.return_value),
                         role.step == NULL ? "" : " to SetBootConfigRole");
    amt_boot_order_seen_clear(amt);
    return true;
}
