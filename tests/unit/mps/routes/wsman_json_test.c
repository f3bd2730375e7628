/* The rules by which the toolkit's clients see XML values as JSON (spec mps 2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mps/routes/wsman_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_as_json(const char *name, const char *text)
{
    static char out[512];
    struct buffer buffer;
    struct json_writer json;
    buffer_init(&buffer, sizeof out - 1);
    json_writer_init(&json, &buffer);
    wsman_json_put_text(&json, slice_of_string(name), slice_of_string(text));
    assert_true(buffer_ok(&buffer));
    (void)snprintf(out, sizeof out, "%.*s", SLICE_ARG(buffer_slice(&buffer)));
    buffer_fini(&buffer);
    return out;
}

struct row {
    const char *text;
    const char *json;
};

static void expect(const char *name, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = text_as_json(name, rows[i].text);
        if (strcmp(got, rows[i].json) != 0)
            fail_msg("<%s>%s gives %s instead of %s", name, rows[i].text, got, rows[i].json);
    }
}

#define EXPECT(name, rows) expect(name, rows, sizeof(rows) / sizeof(rows)[0])

static void text_that_looks_like_a_number_becomes_one(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0", "0"},
        {"12", "12"},
        {"-12", "-12"},
        {"007", "7"},
        {"00012", "12"},
        {"+5", "5"},
        {".5", "0.5"},
        {"5.", "5"},
        {" 12 ", "12"},
        {"\t12\n", "12"},
        {"\xc2\xa0"
         "12\xe2\x80\xa8",
         "12"},
        {"1.50", "1.5"},
        {"-0", "0"},
        {"3.14159", "3.14159"},
        {"4294967295", "4294967295"},
        {"9007199254740993", "9007199254740992"},
        {"12345678901234567890", "12345678901234567000"},
        {"1000000000000000000000", "1e+21"},
    };
    EXPECT("Value", rows);
}

static void an_exponent_is_cut_when_the_value_is_integral(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1e5", "1"},     {"1E3", "1"},       {"1e21", "1"},      {"1.5e1", "1"},
        {"25e-1", "2.5"}, {"1.5e-1", "0.15"}, {"1e-400", "1"},    {"-2E+2", "-2"},
        {"1e", "\"1e\""}, {"e5", "\"e5\""},   {"1e+", "\"1e+\""},
    };
    EXPECT("Value", rows);
}

static void an_integral_value_without_a_leading_digit_is_null(void **state)
{
    (void)state;
    static const struct row rows[] = {{".0", "null"}, {"-.0", "null"}, {".5e1", "null"}};
    EXPECT("Value", rows);
}

static void other_radices_are_zero(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0x10", "0"},      {"0x1F", "0"},      {"0XabC", "0"},         {"0b11", "0"},
        {"0B0", "0"},       {"0o7", "0"},       {" 0x1 ", "0"},         {"0x", "\"0x\""},
        {"0b2", "\"0b2\""}, {"0o8", "\"0o8\""}, {"-0x10", "\"-0x10\""}, {"0x1G", "\"0x1G\""},
    };
    EXPECT("Value", rows);
}

static void infinity_is_null(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"Infinity", "null"}, {"-Infinity", "null"},        {"+Infinity", "null"},
        {"1e400", "null"},    {"infinity", "\"infinity\""}, {"inf", "\"inf\""},
        {"NaN", "\"NaN\""},   {"nan", "\"nan\""},
    };
    EXPECT("Value", rows);
}

static void other_text_stays_text(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"15.0.23", "\"15.0.23\""},
        {"1,5", "\"1,5\""},
        {"1 2", "\"1 2\""},
        {"12a", "\"12a\""},
        {"--1", "\"--1\""},
        {"+", "\"+\""},
        {".", "\".\""},
        {"-.", "\"-.\""},
        {" text ", "\" text \""},
        {"", "\"\""},
        {"  ", "\"  \""},
        {"1_000", "\"1_000\""},
        {"0.0.0.0", "\"0.0.0.0\""},
        {"true story", "\"true story\""},
        {"\xc3\xa9", "\"\xc3\xa9\""},
    };
    EXPECT("Value", rows);
}

static void true_and_false_in_any_case_are_booleans(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"true", "true"},   {"True", "true"},   {"TRUE", "true"},       {"false", "false"},
        {"False", "false"}, {"fALSE", "false"}, {" true", "\" true\""}, {"yes", "\"yes\""},
    };
    EXPECT("Value", rows);
}

static void element_name_and_instance_id_keep_leading_zeros(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0123", "\"0123\""}, {"0x10", "\"0x10\""}, {"00", "\"00\""},
        {"0", "0"},           {"123", "123"},       {"True", "true"},
    };
    EXPECT("ElementName", rows);
    EXPECT("InstanceID", rows);
}

static const char *xml_as_json(const char *text)
{
    static char out[2048];
    struct arena arena;
    struct error err = {0};
    struct buffer buffer;
    struct json_writer json;
    arena_init(&arena);
    buffer_init(&buffer, sizeof out - 1);
    json_writer_init(&json, &buffer);
    const struct wsman_xml *root = wsman_xml_parse(&arena, slice_of_string(text), &err);
    if (root == NULL)
        fail_msg("%s", err.text);
    wsman_json_put(&json, root);
    assert_true(buffer_ok(&buffer));
    (void)snprintf(out, sizeof out, "%.*s", SLICE_ARG(buffer_slice(&buffer)));
    buffer_fini(&buffer);
    arena_fini(&arena);
    return out;
}

static void namespaces_and_attributes_are_dropped(void **state)
{
    (void)state;
    assert_string_equal(
        xml_as_json("<a:E xmlns:a='urn:a' xmlns:b='urn:b'><b:Selector Name='X'>1</b:Selector>"
                    "<a:Empty/></a:E>"),
        "{\"Selector\":1,\"Empty\":\"\"}");
}

static void repeated_elements_are_an_array_where_the_first_stands(void **state)
{
    (void)state;
    assert_string_equal(xml_as_json("<E><A>1</A><B>x</B><A>2</A><C/><A>y</A></E>"),
                        "{\"A\":[1,2,\"y\"],\"B\":\"x\",\"C\":\"\"}");
}

static void the_same_name_in_two_namespaces_is_one_array(void **state)
{
    (void)state;
    assert_string_equal(
        xml_as_json("<E xmlns:p='urn:p' xmlns:q='urn:q'><p:A>1</p:A><q:A>2</q:A></E>"),
        "{\"A\":[1,2]}");
}

static void elements_nest_and_white_space_between_them_is_dropped(void **state)
{
    (void)state;
    assert_string_equal(xml_as_json("<E>\n  <A>\n <B>1</B> </A>\n</E>"), "{\"A\":{\"B\":1}}");
}

static void text_beside_elements_is_named_underscore(void **state)
{
    (void)state;
    assert_string_equal(xml_as_json("<E>12<A>1</A></E>"), "{\"_\":12,\"A\":1}");
}

static void no_element_is_null(void **state)
{
    (void)state;
    char text[8] = "";
    struct buffer buffer;
    struct json_writer json;
    buffer_init(&buffer, 64);
    json_writer_init(&json, &buffer);
    wsman_json_put(&json, NULL);
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buffer_slice(&buffer)));
    buffer_fini(&buffer);
    assert_string_equal(text, "null");
}

/* 20,000 distinct names took seconds when every child was compared with every other. */
static void many_distinct_names_are_no_problem(void **state)
{
    (void)state;
    struct arena arena;
    struct error err = {0};
    struct buffer xml;
    struct buffer out;
    struct json_writer json;
    arena_init(&arena);
    buffer_init(&xml, 1 << 20);
    buffer_init(&out, 1 << 20);
    json_writer_init(&json, &out);
    buffer_put_text(&xml, "<E>");
    for (unsigned i = 0; i < 20000; i++)
        buffer_printf(&xml, "<a%u/>", i);
    buffer_put_text(&xml, "</E>");
    const struct wsman_xml *root = wsman_xml_parse(&arena, buffer_slice(&xml), &err);
    assert_non_null(root);
    wsman_json_put(&json, root);
    assert_true(buffer_ok(&out));
    buffer_fini(&out);
    buffer_fini(&xml);
    arena_fini(&arena);
}

/* Comparisons of names, by --wrap of the linker: what a hostile answer may cost. */
static size_t comparisons;
bool __real_slice_equal(struct slice a, struct slice b);
bool __wrap_slice_equal(struct slice a, struct slice b);

bool __wrap_slice_equal(struct slice a, struct slice b)
{
    comparisons++;
    return __real_slice_equal(a, b);
}

static void the_first_of_each_name_is_found_among_thousands(void **state)
{
    (void)state;
    struct arena arena;
    struct buffer xml;
    size_t count;
    arena_init(&arena);
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, "<i>");
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3000; i++)
            buffer_printf(&xml, "<a%d>%d</a%d>", i, round, i);
    buffer_put_text(&xml, "</i>");
    const struct wsman_xml *root = wsman_xml_parse(&arena, buffer_slice(&xml), NULL);
    assert_non_null(root);
    comparisons = 0;
    const struct wsman_xml **firsts = wsman_json_firsts(root, &count);
    assert_in_range(comparisons, 0, 20000);
    assert_int_equal(count, 3000);
    assert_ptr_equal(firsts[0], root->first);
    assert_true(slice_equal_string(firsts[2999]->name, "a2999"));
    assert_true(slice_equal_string(firsts[2999]->text, "0"));
    free(firsts);
    buffer_fini(&xml);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_looks_like_a_number_becomes_one),
        cmocka_unit_test(an_exponent_is_cut_when_the_value_is_integral),
        cmocka_unit_test(an_integral_value_without_a_leading_digit_is_null),
        cmocka_unit_test(other_radices_are_zero),
        cmocka_unit_test(infinity_is_null),
        cmocka_unit_test(other_text_stays_text),
        cmocka_unit_test(true_and_false_in_any_case_are_booleans),
        cmocka_unit_test(element_name_and_instance_id_keep_leading_zeros),
        cmocka_unit_test(namespaces_and_attributes_are_dropped),
        cmocka_unit_test(repeated_elements_are_an_array_where_the_first_stands),
        cmocka_unit_test(the_same_name_in_two_namespaces_is_one_array),
        cmocka_unit_test(elements_nest_and_white_space_between_them_is_dropped),
        cmocka_unit_test(text_beside_elements_is_named_underscore),
        cmocka_unit_test(no_element_is_null),
        cmocka_unit_test(many_distinct_names_are_no_problem),
        cmocka_unit_test(the_first_of_each_name_is_found_among_thousands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
