#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static unsigned long take_count(const char **at)
{
    unsigned long count = 0;
    while (**at >= '0' && **at <= '9')
        count = 10 * count + (unsigned long)(*(*at)++ - '0');
    return count;
}

void wire_put(struct buffer *b, const char *text)
{
    const char *at = text;
    while (*at != '\0') {
        if (*at == ' ') {
            at++;
        } else if (*at == '\'') {
            for (at++; *at != '\''; at++) {
                assert_true(*at != '\0');
                buffer_put_u8(b, (uint8_t)*at);
            }
            at++;
        } else {
            assert_true(digit(at[0]) >= 0 && digit(at[1]) >= 0);
            uint8_t byte = (uint8_t)(16 * digit(at[0]) + digit(at[1]));
            unsigned long count = 1;
            at += 2;
            if (*at == '*') {
                at++;
                count = take_count(&at);
            }
            for (unsigned long i = 0; i < count; i++)
                buffer_put_u8(b, byte);
        }
    }
    assert_true(buffer_ok(b));
}

static void show(const char *what, struct slice bytes)
{
    fprintf(stderr, "# %s %zu bytes:", what, bytes.size);
    for (size_t i = 0; i < bytes.size && i < 512; i++)
        fprintf(stderr, " %02x", bytes.data[i]);
    fprintf(stderr, "\n");
}

void wire_assert(struct slice bytes, const char *text)
{
    struct buffer expected;
    buffer_init(&expected, WIRE_LIMIT);
    wire_put(&expected, text);
    bool same = slice_equal(bytes, buffer_slice(&expected));
    if (!same) {
        show("got", bytes);
        show("expected", buffer_slice(&expected));
    }
    buffer_fini(&expected);
    assert_true(same);
}
