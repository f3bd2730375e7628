/* One simulated device without its network, for tests that ask it and look at the answers. */
#ifndef TESTS_UNIT_SIM_DEVICE_BENCH_H
#define TESTS_UNIT_SIM_DEVICE_BENCH_H

#include "core/buffer.h"
#include "request_text.h"
#include "sim/wsman_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct sim_device device;
    struct buffer answer;
    uint64_t now_ms;
};

static inline int bench_set_up(void **state)
{
    struct guid guid;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_true(guid_parse(slice_of_string("4c4c4544-004d-4d10-8050-b2c04f325133"), &guid));
    sim_device_init(&bench->device, &sim_personality_16, &guid, 7);
    buffer_init(&bench->answer, 1024 * 1024);
    *state = bench;
    return 0;
}

static inline int bench_tear_down(void **state)
{
    struct bench *bench = *state;
    sim_device_fini(&bench->device);
    buffer_fini(&bench->answer);
    free(bench);
    return 0;
}

/* The answer as text; borrowed until the next request. */
static inline const char *bench_ask(struct bench *bench, const char *request, int status)
{
    buffer_clear(&bench->answer);
    int got =
        sim_wsman_answer(&bench->device, slice_of_string(request), bench->now_ms, &bench->answer);
    buffer_put_u8(&bench->answer, 0);
    const uint8_t *text = buffer_slice(&bench->answer).data;
    if (got != status)
        fail_msg("%d instead of %d: %s", got, status, (const char *)text);
    return text == NULL ? "" : (const char *)text;
}

__attribute__((noinline, unused)) static void bench_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is missing in: %s", part, text);
}

__attribute__((noinline, unused)) static void bench_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" should not be in: %s", part, text);
}

/* Asks, and expects this ReturnValue. */
static inline const char *bench_call(struct bench *bench, const char *request, unsigned value)
{
    const char *text = bench_ask(bench, request, 200);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "<g:ReturnValue>%u</g:ReturnValue>", value);
    bench_has(text, wanted);
    return text;
}

/* Enumerates a class and pulls all of it. */
static inline const char *bench_pull(struct bench *bench, const char *enumerate, const char *uri)
{
    char request[4096];
    const char *text = bench_ask(bench, enumerate, 200);
    const char *context = strstr(text, "EnumerationContext>");
    assert_non_null(context);
    snprintf(request, sizeof(request), PULL("%s", "%.36s"), uri,
             context + strlen("EnumerationContext>"));
    return bench_ask(bench, request, 200);
}

#define BENCH_PULL(bench, uri) bench_pull(bench, ENUMERATE(uri), uri)
#define BENCH_TEST(function) \
    cmocka_unit_test_setup_teardown(function, bench_set_up, bench_tear_down)
#define DELETE_OF(uri, name, value) REQUEST(TRANSFER "Delete", uri, "5", SELECTOR(name, value), "")
#define PUT_OF(space, class, values)              \
    REQUEST(TRANSFER "Put", space class, "6", "", \
            "<h:" class " xmlns:h=\"" space class "\">" values "</h:" class ">")

#endif
