/* A store in a directory of its own for one test, and a way to write tests that wait. */
#ifndef TESTS_UNIT_STORE_SCRATCH_H
#define TESTS_UNIT_STORE_SCRATCH_H

#include "core/memory.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scratch {
    char directory[64];
    struct store_options options;
    struct store *store;
    struct arena arena;
};

/* An empty directory under /tmp and no store. */
struct scratch *scratch_new(void);

/* Opens the store; the test fails when that fails. */
void scratch_open(struct scratch *scratch);
void scratch_close(struct scratch *scratch);

/* Closes and removes everything. */
void scratch_free(struct scratch *scratch);

/* Fails the test unless opening fails with ERROR_STORE and a sentence that has `words` in it. */
void scratch_refuses(struct scratch *scratch, const char *words);

/* "DIRECTORY/name", until the next call. */
const char *scratch_path(struct scratch *scratch, const char *name);

/* The whole file; owned by the caller. */
uint8_t *scratch_read(struct scratch *scratch, const char *name, size_t *size);
void scratch_write(struct scratch *scratch, const char *name, const void *bytes, size_t size);

/* Runs SQL on the file behind the store's back; the first column of the first row or 0. */
int64_t scratch_sql(struct scratch *scratch, const char *name, const char *sql);

/* cmocka's setup and teardown with an open store. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

struct guid guid_of(const char *text);

/* A test whose body runs on a fiber with `store` and `arena`. */
#define STORE_TEST(name)                                               \
    static void name##_body(struct store *store, struct arena *arena); \
    static void name##_on_fiber(struct store *store, void *arg)        \
    {                                                                  \
        name##_body(store, &((struct scratch *)arg)->arena);           \
    }                                                                  \
    static void name(void **state)                                     \
    {                                                                  \
        struct scratch *scratch = *state;                              \
        store_blocking(scratch->store, name##_on_fiber, scratch);      \
    }                                                                  \
    static void name##_body(struct store *store, struct arena *arena)

#define STORE_TEST_CASE(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* Adds a device with an MPS password; the test fails when that fails. */
void add_device(struct store *store, const char *guid, const char *tenant, const char *hostname,
                const char *const *tags, size_t tag_count);

#endif
