/* Exports under a key. The vector was made with another implementation (node's crypto). */
#include "io/sealed_text.h"

#include "core/encoding.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KEY    "0123456789abcdef0123456789ABCDEF"
#define SEALED "AAECAwQFBgcICQoLfp28jOOtXZpj05IXlSNMXLAko2bYfhbpkXeae45ACw=="

static void what_another_implementation_sealed_is_opened(void **state)
{
    (void)state;
    struct arena arena;
    struct slice text;
    struct error err;
    arena_init(&arena);
    error_clear(&err);
    assert_true(
        io_sealed_text_open(&arena, SLICE_LITERAL(SEALED), SLICE_LITERAL(KEY), &text, &err));
    assert_true(slice_equal_string(text, "name: profile1\n"));
    arena_fini(&arena);
}

static void a_text_that_was_sealed_opens_with_its_key_only(void **state)
{
    (void)state;
    struct arena arena;
    struct slice sealed;
    struct slice other;
    struct slice text;
    struct error err;
    char key[IO_SEALED_KEY_SIZE];
    char key2[IO_SEALED_KEY_SIZE];
    arena_init(&arena);
    error_clear(&err);
    assert_true(io_sealed_text_make(&arena, SLICE_LITERAL("text"), key, &sealed, &err));
    assert_true(io_sealed_text_make(&arena, SLICE_LITERAL("text"), key2, &other, &err));
    assert_int_equal(strlen(key), 32);
    assert_string_not_equal(key, key2);
    assert_true(io_sealed_text_open(&arena, sealed, slice_of_string(key), &text, &err));
    assert_true(slice_equal_string(text, "text"));
    assert_false(io_sealed_text_open(&arena, sealed, slice_of_string(key2), &text, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    arena_fini(&arena);
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct arena arena;
    struct slice bytes;
    struct slice text;
    struct error err;
    arena_init(&arena);
    assert_true(encoding_base64_decode(&arena, SLICE_LITERAL(SEALED), &bytes));
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t changed[256];
        assert_true(bytes.size <= sizeof changed);
        memcpy(changed, bytes.data, bytes.size);
        changed[i] ^= 1;
        error_clear(&err);
        assert_false(io_sealed_text_open(&arena,
                                         encoding_base64(&arena, slice_of(changed, bytes.size)),
                                         SLICE_LITERAL(KEY), &text, &err));
    }
    error_clear(&err);
    assert_false(
        io_sealed_text_open(&arena, SLICE_LITERAL("AAAA"), SLICE_LITERAL(KEY), &text, &err));
    assert_false(
        io_sealed_text_open(&arena, SLICE_LITERAL(SEALED), SLICE_LITERAL("short"), &text, &err));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_another_implementation_sealed_is_opened),
        cmocka_unit_test(a_text_that_was_sealed_opens_with_its_key_only),
        cmocka_unit_test(every_changed_byte_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
