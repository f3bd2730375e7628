#include "wsman/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wsman_xml *parse(struct arena *arena, const char *text, struct error *err)
{
    return wsman_xml_parse(arena, slice_of_string(text), err);
}

static void assert_refused(struct slice text, enum error_code code)
{
    struct arena arena;
    arena_init(&arena);
    struct error err = {ERROR_NONE, ""};
    assert_null(wsman_xml_parse(&arena, text, &err));
    assert_int_equal(err.code, code);
    assert_true(err.text[0] != '\0');
    arena_fini(&arena);
}

static void a_caller_may_take_fewer_elements(void **state)
{
    (void)state;
    struct arena arena;
    struct error err;
    arena_init(&arena);
    const struct slice text = SLICE_LITERAL("<x><y a='1'/><z/></x>");
    assert_non_null(wsman_xml_parse_within(&arena, text, 4, NULL));
    assert_null(wsman_xml_parse_within(&arena, text, 3, &err));
    assert_int_equal(err.code, ERROR_TOO_LARGE);
    arena_fini(&arena);
}

static void names_are_split_into_namespace_and_local_name(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *root =
        parse(&arena, "<a:x xmlns:a='urn:one'><y xmlns='urn:two' a:k='v' n='w'/><z/></a:x>", NULL);
    assert_non_null(root);
    assert_true(slice_equal_string(root->space, "urn:one"));
    assert_true(slice_equal_string(root->name, "x"));
    const struct wsman_xml *y = wsman_xml_child(root, "y");
    assert_true(slice_equal_string(y->space, "urn:two"));
    assert_true(slice_equal_string(y->attributes->space, "urn:one"));
    assert_true(slice_equal_string(y->attributes->value, "v"));
    assert_int_equal(y->attributes->next->space.size, 0);
    assert_true(slice_equal_string(y->attributes->next->name, "n"));
    assert_int_equal(y->next->space.size, 0);
    assert_ptr_equal(y->next->parent, root);
    assert_ptr_equal(root->last, y->next);
    arena_fini(&arena);
}

static void text_in_pieces_is_joined(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *root =
        parse(&arena, "<r>a&amp;b\nc<i>no</i> d&#x20AC;<![CDATA[<e>]]></r>", NULL);
    assert_non_null(root);
    assert_true(slice_equal_string(root->text, "a&b\nc d\xE2\x82\xAC<e>"));
    arena_fini(&arena);
}

static void lookups_can_be_chained_through_what_is_absent(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *root = parse(&arena, "<r><a>1</a><b> 2\n</b><a>3</a></r>", NULL);
    const struct wsman_xml *a = wsman_xml_child(root, "a");
    assert_true(slice_equal_string(a->text, "1"));
    assert_true(slice_equal_string(wsman_xml_again(a)->text, "3"));
    assert_null(wsman_xml_again(wsman_xml_again(a)));
    assert_true(slice_equal_string(wsman_xml_child_text(root, "b"), "2"));
    assert_null(wsman_xml_child(wsman_xml_child(root, "absent"), "x"));
    assert_null(wsman_xml_again(NULL));
    assert_int_equal(wsman_xml_child_text(NULL, "x").size, 0);
    arena_fini(&arena);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        "",
        "x",
        "<",
        "<a>",
        "<a></b>",
        "<a/>x",
        "<a/><b/>",
        "<a b/>",
        "<p:a/>",
        "<a>&unknown;</a>",
        "{}",
        "<a>\x01</a>",
        "<a>\xFF</a>",
        "<a b='1' b='2'/>",
        "<a xmlns:p=''/>",
    };
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++)
        assert_refused(slice_of_string(garbage[i]), ERROR_PROTOCOL);
    assert_refused(slice_of("<a>\0</a>", 8), ERROR_PROTOCOL);
}

static void the_place_of_a_fault_is_told(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct error err;
    assert_null(parse(&arena, "<a>\n <b></c></a>", &err));
    assert_non_null(strstr(err.text, "line 2"));
    assert_non_null(strstr(err.text, "mismatched tag"));
    arena_fini(&arena);
}

static void document_types_are_refused(void **state)
{
    (void)state;
    assert_refused(SLICE_LITERAL("<!DOCTYPE a><a/>"), ERROR_PROTOCOL);
    assert_refused(SLICE_LITERAL("<!DOCTYPE a [<!ENTITY e 'eeee'>]><a>&e;</a>"), ERROR_PROTOCOL);
    assert_refused(SLICE_LITERAL("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), ERROR_PROTOCOL);
}

/* Repeats `piece` between `head` and `tail`. */
static struct slice repeated(struct arena *arena, const char *head, const char *piece, size_t times,
                             const char *tail)
{
    struct buffer text;
    buffer_init(&text, 4u << 20);
    buffer_put_text(&text, head);
    for (size_t i = 0; i < times; i++)
        buffer_put_text(&text, piece);
    buffer_put_text(&text, tail);
    assert_true(buffer_ok(&text));
    struct slice copy = arena_copy(arena, buffer_slice(&text));
    buffer_fini(&text);
    return copy;
}

static void levels_elements_and_bytes_are_bounded(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct slice opened = repeated(&arena, "", "<a>", 40, "");
    struct slice deep = repeated(&arena, (const char *)opened.data, "</a>", 40, "");
    assert_non_null(wsman_xml_parse(&arena, deep, NULL));
    assert_refused(repeated(&arena, "", "<a>", 41, ""), ERROR_TOO_LARGE);
    assert_non_null(wsman_xml_parse(&arena, repeated(&arena, "<r>", "<a/>", 49999, "</r>"), NULL));
    assert_refused(repeated(&arena, "<r>", "<a/>", 50000, "</r>"), ERROR_TOO_LARGE);
    assert_refused(repeated(&arena, "<r>", "<a b='c'/>", 25000, "</r>"), ERROR_TOO_LARGE);
    assert_non_null(
        wsman_xml_parse(&arena, repeated(&arena, "<r>", "x", (1u << 20) - 7, "</r>"), NULL));
    assert_refused(repeated(&arena, "<r>", "x", (1u << 20) - 6, "</r>"), ERROR_TOO_LARGE);
    arena_fini(&arena);
}

/* Expat hands out line feeds one by one. */
static void a_body_of_line_feeds_costs_no_more_than_a_few_times_its_size(void **state)
{
    (void)state;
    struct arena arena, tree;
    arena_init(&arena);
    arena_init(&tree);
    struct slice text = repeated(&arena, "<r>", "\n", (1u << 20) - 7, "</r>");
    const struct wsman_xml *root = wsman_xml_parse(&tree, text, NULL);
    assert_non_null(root);
    assert_int_equal(root->text.size, (1u << 20) - 7);
    assert_true(tree.total < (6u << 20));
    arena_fini(&tree);
    arena_fini(&arena);
}

static void assert_escaped(struct slice text, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 1000);
    wsman_xml_escape(&out, text);
    assert_true(slice_equal_string(buffer_slice(&out), expected));
    buffer_fini(&out);
}

static void special_characters_are_escaped(void **state)
{
    (void)state;
    assert_escaped(SLICE_LITERAL(""), "");
    assert_escaped(SLICE_LITERAL("plain"), "plain");
    assert_escaped(SLICE_LITERAL("<&>\"'"), "&lt;&amp;&gt;&quot;&apos;");
    assert_escaped(SLICE_LITERAL("a\r\n\tb"), "a&#13;\n\tb");
    assert_escaped(SLICE_LITERAL("gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x8C"),
                   "gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x8C");
}

static void what_xml_does_not_allow_is_left_out(void **state)
{
    (void)state;
    assert_escaped(slice_of("a\0b\x1F"
                            "c\x0B",
                            6),
                   "abc");
    assert_escaped(SLICE_LITERAL("a\xFF"
                                 "b\xC3"),
                   "ab");
    assert_escaped(SLICE_LITERAL("a\xED\xA0\x80"
                                 "b"),
                   "ab"); /* a surrogate */
    assert_escaped(SLICE_LITERAL("a\xEF\xBF\xBF"
                                 "b"),
                   "ab"); /* U+FFFF */
    assert_escaped(SLICE_LITERAL("a\xC0\xAF"
                                 "b"),
                   "ab");                                    /* an overlong form */
    assert_escaped(SLICE_LITERAL("a\xF4\x90\x80\x80"), "a"); /* past U+10FFFF */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caller_may_take_fewer_elements),
        cmocka_unit_test(names_are_split_into_namespace_and_local_name),
        cmocka_unit_test(text_in_pieces_is_joined),
        cmocka_unit_test(lookups_can_be_chained_through_what_is_absent),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(the_place_of_a_fault_is_told),
        cmocka_unit_test(document_types_are_refused),
        cmocka_unit_test(levels_elements_and_bytes_are_bounded),
        cmocka_unit_test(a_body_of_line_feeds_costs_no_more_than_a_few_times_its_size),
        cmocka_unit_test(special_characters_are_escaped),
        cmocka_unit_test(what_xml_does_not_allow_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
