/*
 * Who works on a device: one session of an agent, one change of password by a job, or an
 * administrator's change of what is stored, never two side by side. Kept here and nowhere else, in
 * this process. Whoever has proved that it speaks for the device, and every job, has it from one
 * who hasn't, and an administrator from every agent, unless that one is just setting a password: a
 * password that is proposed is confirmed or withdrawn first.
 *
 *     free ─▶ held ─▶ asked to go (by one that is proven) ─▶ free, kept for that one
 *               └──▶ setting a password: whoever wants it waits
 *
 * Part of store/store.h. A hold lives in its owner.
 */
#ifndef STORE_HOLDS_H
#define STORE_HOLDS_H

#include "store/guid_table.h"
#include "store/store.h"

struct io_loop;
struct store_holds;

struct store_hold {
    struct guid_table_entry entry; /* first; guid is the device */
    bool proven;
    bool administrator; /* has it from everybody, and waits for a job */
    /* Told to go: runs on that loop, where `context` outlives every hold. NULL: it never goes. */
    struct io_loop *loop;
    void (*ask_to_go)(void *context, const struct guid *guid);
    void *context;
    /* --- by the functions below --- */
    bool held;
    bool setting; /* a password */
    bool asked;   /* to go */
};

/* Takes the device; a proven one waits some seconds for one that is not, an administrator for any.
 * ERROR_BUSY when another has it. On a fiber. */
bool store_hold_take(struct store *store, struct store_hold *hold, struct error *err);

/* Gives it back, if it is held. Any thread; never waits, as all that follow. */
void store_hold_give(struct store *store, struct store_hold *hold);

/* A password is proposed, and going to be set on the device; it was confirmed or withdrawn. */
void store_hold_set_password(struct store *store, struct store_hold *hold, bool setting);

/* Whether it has been asked to go. */
bool store_hold_is_asked(struct store *store, struct store_hold *hold);

/* Of a store, when it is opened and closed. */
struct store_holds *store_holds_new(void);
void store_holds_free(struct store_holds *holds);

bool store_device_is_held(struct store *store, const struct guid *guid);

#endif
