/*
 * Order and role of the boot configuration: from where the machine boots the next time, and whether
 * the configuration counts then (spec device-protocols 6.3, 6.4). Nobody can read the order back;
 * the role can be, and what this process knows of both is kept with the device. Over struct amt, on
 * a fiber, inside amt_sequence_begin.
 */
#ifndef AMT_BOOT_ORDER_H
#define AMT_BOOT_ORDER_H

#include "amt/reading.h"

/* A step that the device refused by its return value. */
struct amt_boot_refusal {
    const struct wsman_xml *before; /* AMT_BootSettingData; NULL when it could not be read */
    const char *step;               /* the method; NULL when nothing was refused */
    int64_t return_value;
    struct wsman_reply reply; /* of the last step that was answered, a fault too */
    bool changed; /* something may be prepared now; also filled in when the call fails */
};

/* ChangeBootOrder; `source` NULL clears the order. A refusal is a success with refusal->step set.
 */
bool amt_boot_order_change(struct amt *amt, struct arena *arena, const char *source,
                           struct amt_boot_refusal *refusal, struct error *err);

/* SetBootConfigRole: the next boot's, once, or none's. */
bool amt_boot_role_set(struct amt *amt, struct arena *arena, bool next,
                       struct amt_boot_refusal *refusal, struct error *err);

enum amt_boot_role {
    AMT_BOOT_ROLE_UNKNOWN, /* the device does not tell */
    AMT_BOOT_ROLE_NONE,
    AMT_BOOT_ROLE_NEXT,
};

/* The role out of CIM_ElementSettingData, which devices only enumerate. */
enum amt_boot_role amt_boot_role_of(const struct amt_reading *reading);

/* Whether this process has seen the device without a role and has given it none since. */
bool amt_boot_order_is_clear(struct amt *amt);

/* InstanceID of the source that this process has set last and not cleared; NULL: none, or nobody
 * knows. Borrowed until the next change. */
const char *amt_boot_order_source(struct amt *amt);

/* Notes that the device was seen without a role. */
void amt_boot_order_seen_clear(struct amt *amt);

/* Clears order and role. One of them is enough for a plain boot, so ERROR_DEVICE is for a device
 * that refuses both. */
bool amt_boot_order_clear(struct amt *amt, struct arena *arena, struct error *err);

#endif
