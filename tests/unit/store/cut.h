/* A store whose writes of secrets and commits are counted, each as a point before and a point after
 * it, so that a test can have the process die at any of them, or the write fail. */
#ifndef TESTS_UNIT_STORE_CUT_H
#define TESTS_UNIT_STORE_CUT_H

#include "scratch.h"
#include "store/call.h"

struct cut {
    struct store_secrets secrets; /* around the store's own */
    struct store_secrets_methods methods;
    struct store_secrets *inner;
    struct store *store;
    int points;     /* passed so far */
    int die_at;     /* the process ends at this one; -1: never */
    int fail_at;    /* the write at this one fails; -1: never */
    bool no_commit; /* commits of rows fail */
};

/* Puts itself around the store. */
void cut_begin(struct cut *cut, struct store *store);
void cut_end(struct cut *cut);

/* One more point of the test's own. */
void cut_point(struct cut *cut);

/* Runs `fn` in a process of its own, on a store opened there, that dies at point `point`. False
 * when it came to its end without reaching that. */
bool cut_run(struct scratch *scratch, int point, void (*fn)(struct cut *cut, void *arg), void *arg);

#endif
