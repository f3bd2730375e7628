/*
 * What an agent may have done, by what is known of it. Its standing is decided here and nowhere
 * else, anew at each question, since it rises while proof arrives:
 *
 *     stranger ──▶ resuming      a profile that makes passwords up, one of which is stored
 *         │
 *         ├──────▶ trusted       a token of the device's tenant
 *         ├──────▶ speaker       says a password of the device that is proven (store/passwords.h)
 *         │           └──▶ proven    … and the device has answered under one
 *         └──────▶ first         nobody knows the device: no record, and no proven password
 *                     └──▶ proven    … and it was activated: what it was given is proven
 *
 * A token alone proves nothing, since it is good for any device; nor does an answer of AMT alone,
 * since AMT is asked through the agent; nor does a password that somebody like it has stored.
 */
#ifndef RPS_STANDING_H
#define RPS_STANDING_H

#include <stdbool.h>

struct rps_provisioning;

enum rps_standing {
    RPS_STRANGER,
    RPS_RESUMING,
    RPS_TRUSTED,
    RPS_SPEAKER,
    RPS_PROVEN,
    RPS_FIRST,
    RPS_STANDINGS
};

enum rps_deed {
    RPS_ACTIVATE_AGAIN, /* a device that says it is set up */
    RPS_USE,            /* deactivation and maintenance */
    RPS_TRY_SAID,       /* what the agent says is tried on the device */
    RPS_TRY_MADE,       /* … stored passwords that were made up here */
    RPS_TRY_STORED,     /* … any that is stored */
    RPS_STORE_PROVEN,   /* what opens the device, and is set then, is proven and the current one */
    RPS_NOTE_UNASKED,   /* what the agent says goes into the record, unless AMT was asked */
    RPS_CHANGE_RECORD,  /* host name, friendly name, tags */
    RPS_MOVE_RECORD,  /* where the server calls the device, as whom it calls in, its certificate */
    RPS_MAKE_CALL_IN, /* a device that the server calls is made to call in */
    RPS_GIVE_STORED,  /* stored MPS and MEBx passwords are sent to the device, in clear */
    RPS_FORGET,       /* on deactivation record and passwords are removed */
    RPS_DEEDS
};

enum rps_standing rps_standing(const struct rps_provisioning *p);
bool rps_may(const struct rps_provisioning *p, enum rps_deed deed);

/* The same by standing: the table of docs/provisioning.md. */
bool rps_standing_allows(enum rps_standing standing, enum rps_deed deed);

/* Whether there is a proven password of the device, or a record that is not bare (rps/handover.h).
 */
bool rps_is_known_device(const struct rps_provisioning *p);

/* Whether the agent says a proven password of the device, which says that it is set up. */
bool rps_says_proven(const struct rps_provisioning *p);

#endif
