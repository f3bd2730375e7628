#include "core/encoding.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* RFC 4648 section 10. */
static void base64_matches_the_rfc(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct slice plain = slice_of_string(vectors[i][0]);
        struct slice text = slice_of_string(vectors[i][1]);
        struct slice bytes;
        assert_true(slice_equal(encoding_base64(&arena, plain), text));
        assert_true(encoding_base64_decode(&arena, text, &bytes));
        assert_true(slice_equal(bytes, plain));
    }
    arena_fini(&arena);
}

static void base64_refuses_what_is_not_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z g=", "=Zg=", "Zg==Zg=="};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct slice bytes;
        assert_false(encoding_base64_decode(&arena, slice_of_string(bad[i]), &bytes));
    }
    arena_fini(&arena);
}

/* RFC 7515 appendix C. */
static void base64url_has_another_alphabet_and_no_padding(void **state)
{
    (void)state;
    struct arena arena;
    struct slice bytes;
    arena_init(&arena);
    assert_true(encoding_base64url_decode(&arena, SLICE_LITERAL("A-z_4ME"), &bytes));
    assert_true(slice_equal(bytes, SLICE_LITERAL("\x03\xec\xff\xe0\xc1")));
    assert_true(encoding_base64url_decode(&arena, SLICE_LITERAL(""), &bytes));
    assert_int_equal(bytes.size, 0);
    static const char *const bad[] = {"A+z/4ME", "A-z_4ME=", "A", "A-z_4", "A-z_4MF", "A-z 4ME"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(encoding_base64url_decode(&arena, slice_of_string(bad[i]), &bytes));
    arena_fini(&arena);
}

static void hexadecimal_goes_both_ways(void **state)
{
    (void)state;
    uint8_t bytes[2];
    char text[5];
    assert_true(encoding_hex_decode(SLICE_LITERAL("0fA9"), bytes, 2));
    encoding_hex(slice_of(bytes, 2), text);
    assert_string_equal(text, "0fa9");
    assert_false(encoding_hex_decode(SLICE_LITERAL("0f9"), bytes, 2));
    assert_false(encoding_hex_decode(SLICE_LITERAL("0g99"), bytes, 2));
}

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    assert_true(encoding_is_utf8(SLICE_LITERAL("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
    assert_false(encoding_is_utf8(SLICE_LITERAL("\xc0\x80")));         /* overlong */
    assert_false(encoding_is_utf8(SLICE_LITERAL("\xed\xa0\x80")));     /* surrogate */
    assert_false(encoding_is_utf8(SLICE_LITERAL("\xf4\x90\x80\x80"))); /* past U+10FFFF */
    assert_false(encoding_is_utf8(SLICE_LITERAL("\xe2\x82")));         /* cut off */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_matches_the_rfc),
        cmocka_unit_test(base64_refuses_what_is_not_canonical),
        cmocka_unit_test(base64url_has_another_alphabet_and_no_padding),
        cmocka_unit_test(hexadecimal_goes_both_ways),
        cmocka_unit_test(utf8_is_checked_strictly),
    };
    return cmocka_run_group_tests_name("core/encoding", tests, NULL, NULL);
}
