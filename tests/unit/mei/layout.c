#include "layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct buffer bytes;

int layout_begin(void **state)
{
    (void)state;
    arena_init(&arena);
    buffer_init(&bytes, WIRE_LIMIT);
    return 0;
}

int layout_end(void **state)
{
    (void)state;
    arena_fini(&arena);
    buffer_fini(&bytes);
    return 0;
}

struct arena *layout_arena(void)
{
    return &arena;
}

/* Of a copy that ends where it ends, so that a read past it is seen. */
static bool decodes(bool (*decode)(struct slice body, void *to), struct slice body, void *to)
{
    uint8_t *copy = malloc(body.size == 0 ? 1 : body.size);
    assert_non_null(copy);
    if (body.size > 0)
        memcpy(copy, body.data, body.size);
    bool decoded = decode(slice_of(copy, body.size), to);
    free(copy);
    return decoded;
}

void layout_decodes(bool (*decode)(struct slice body, void *to), const char *wire, void *to,
                    size_t least)
{
    buffer_clear(&bytes);
    wire_put(&bytes, wire);
    size_t size = buffer_size(&bytes);
    for (size_t missing = 1; size - missing >= least && missing <= size; missing++)
        if (decodes(decode, slice_first(buffer_slice(&bytes), size - missing), to))
            fail_msg("%zu bytes of %zu are enough", size - missing, size);
    buffer_put_u8(&bytes, 0);
    buffer_put_u8(&bytes, 1);
    assert_false(decodes(decode, buffer_slice(&bytes), to));
    assert_true(decodes(decode, slice_first(buffer_slice(&bytes), size + 1), to));
    assert_true(decodes(decode, slice_first(buffer_slice(&bytes), size), to));
}

void layout_refuses(bool (*decode)(struct slice body, void *to), const char *wire, void *to)
{
    buffer_clear(&bytes);
    wire_put(&bytes, wire);
    assert_false(decodes(decode, buffer_slice(&bytes), to));
}

void layout_text(struct slice text, const char *expected)
{
    if (!slice_equal_string(text, expected))
        fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARG(text), expected);
}
