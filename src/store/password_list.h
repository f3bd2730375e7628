/*
 * One list of passwords (store/passwords.h) and the step that changes it. Pure: no store, no JSON.
 * Private to src/store. Whoever has filled one wipes it.
 */
#ifndef STORE_PASSWORD_LIST_H
#define STORE_PASSWORD_LIST_H

#include "store/passwords.h"

struct password_item {
    char text[STORE_PASSWORD_LIMIT + 1];
    enum store_password_origin origin;
    bool current, proven, seen, replaced, told;
};

struct password_list {
    enum store_password_kind kind;
    struct password_item items[STORE_PASSWORDS_MOST]; /* the newest first */
    size_t count;
};

/* A step as it is made on one list; texts that fit an item. */
struct password_step {
    enum store_password_event event;
    const char *text;
    enum store_password_origin origin;
    bool proven;
};

/* *changed when the list is another one afterwards. */
bool password_list_step(struct password_list *list, const struct password_step *step, bool *changed,
                        struct error *err);

/* NULL: none. */
struct password_item *password_list_find(struct password_list *list, const char *text);
const struct password_item *password_list_current(const struct password_list *list);

/* The likeliest to open the device: the current one, else a proven one that was seen, another
 * proven one, one that was seen, the newest. NULL only when there is none. */
const struct password_item *password_list_likeliest(const struct password_list *list);

/* The text is the current one, proven and seen, whatever it was; the one before is replaced, of a
 * tunnel it goes. "": it goes, and none is. What an administrator says. */
void password_list_set(struct password_list *list, const char *text);

/* As store_passwords_believe, of one kind. The device is not seen to call in, so of the MPS
 * passwords others stay. */
bool password_list_believe(struct password_list *list, const char *text, bool anew,
                           struct error *err);

/* Drops all (`proven`: those that are proven; else the others). */
void password_list_drop(struct password_list *list, bool proven, bool *changed);

/* Adds one at the end, as it is read. False when there is no more room. */
bool password_list_append(struct password_list *list, const struct password_item *item);

#endif
