/*
 * The consent of the user at the machine (spec mps 1.12; device-protocols 6.5): a code of six
 * digits appears on the screen, and whoever manages the machine sends it back. Over struct amt, on
 * a fiber.
 *
 *   none --start--> requested --the screen shows it--> displayed --right code--> received
 *
 * back to none: 300 s after the display, after the third wrong code, after a cancel, and 120 s
 * after the code was received when no session was opened.
 */
#ifndef AMT_CONSENT_H
#define AMT_CONSENT_H

#include "amt/amt.h"

struct amt_consent_result {
    struct wsman_reply reply;
    int64_t return_value;    /* 0: done; otherwise the device refused */
    const char *return_text; /* the toolkit's name of it; NULL when it has none */
    const char *description; /* a refusal in words; NULL for success */
};

/* Asks for the code to be shown. */
bool amt_consent_start(struct amt *amt, struct arena *arena, struct amt_consent_result *result,
                       struct error *err);

/* Sends the code that the user read out: 0 … 999,999. */
bool amt_consent_send(struct amt *amt, struct arena *arena, uint32_t code,
                      struct amt_consent_result *result, struct error *err);

/* Takes the code off the screen, or the consent back. */
bool amt_consent_cancel(struct amt *amt, struct arena *arena, struct amt_consent_result *result,
                        struct error *err);

#endif
