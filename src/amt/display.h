/*
 * The screens that KVM can show, and the one that it shows first (spec mps 1.15; device-protocols
 * 3.5). Over struct amt, on a fiber.
 */
#ifndef AMT_DISPLAY_H
#define AMT_DISPLAY_H

#include "amt/amt.h"

#define AMT_DISPLAYS_MOST 4 /* a device has no more: index 0 … 3 */

struct amt_display {
    bool is_active, is_default;
    int64_t left, top;     /* of its upper left corner, in pixels; -1 where there is none */
    int64_t width, height; /* in pixels */
    const char *role;      /* "primary", "secondary", "tertiary", "quaternary"; NULL: none */
};

/* By index. `count` is 0 when the device tells nothing of its screens. */
bool amt_display_list(struct amt *amt, struct arena *arena,
                      struct amt_display displays[AMT_DISPLAYS_MOST], size_t *count,
                      struct error *err);

/* Makes a screen the one that the next KVM session shows. `reply` is that of the Put. */
bool amt_display_choose(struct amt *amt, struct arena *arena, unsigned index,
                        struct wsman_reply *reply, struct error *err);

#endif
