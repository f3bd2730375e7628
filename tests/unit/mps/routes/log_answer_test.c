/* Tables of the logs. */
#include "mps/routes/log_answer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void put_row(struct csv_writer *csv, struct arena *arena, struct buffer *text,
                    const void *entries, size_t row)
{
    const struct slice *entry = (const struct slice *)entries + row;
    buffer_clear(text);
    buffer_put_text(text, arena_printf(arena, "%zu", row));
    csv_put(csv, buffer_slice(text));
    csv_put(csv, *entry);
    csv_end_row(csv);
}

static const struct log_table table = {
    .name = "audit-log",
    .titles = {"ID", "Time"},
    .text_limit = 8,
    .put_row = put_row,
};

static void begin(struct http_exchange *x, struct arena *arena)
{
    arena_init(arena);
    *x = (struct http_exchange){.arena = arena};
    buffer_init_secret(&x->answer, HTTP_ANSWER_LIMIT);
}

static void end(struct http_exchange *x, struct arena *arena)
{
    http_exchange_fini(x);
    arena_fini(arena);
}

static void a_table_has_titles_and_a_row_per_entry(void **state)
{
    (void)state;
    const struct slice entries[] = {SLICE_LITERAL("a"), SLICE_LITERAL("=b")};
    struct arena arena;
    struct http_exchange x;
    begin(&x, &arena);
    routes_answer_table(&x, &table, entries, 2);
    assert_int_equal(x.status, 200);
    assert_true(slice_equal(buffer_slice(&x.answer), SLICE_LITERAL("ID,Time\r\n0,a\r\n1,'=b\r\n")));
    end(&x, &arena);
    begin(&x, &arena);
    routes_answer_table(&x, &table, NULL, 0);
    assert_true(slice_equal(buffer_slice(&x.answer), SLICE_LITERAL("ID,Time\r\n")));
    end(&x, &arena);
}

static void put_too_much(struct csv_writer *csv, struct arena *arena, struct buffer *text,
                         const void *entries, size_t row)
{
    (void)arena;
    (void)text;
    (void)row;
    buffer_put(csv->out, slice_of(entries, HTTP_ANSWER_LIMIT));
}

static void a_table_that_did_not_fit_is_an_error(void **state)
{
    (void)state;
    static const uint8_t text[HTTP_ANSWER_LIMIT];
    struct log_table large = table;
    struct arena arena;
    struct http_exchange x;
    large.put_row = put_too_much;
    begin(&x, &arena);
    routes_answer_table(&x, &large, text, 1);
    assert_int_equal(x.status, 502);
    end(&x, &arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_titles_and_a_row_per_entry),
        cmocka_unit_test(a_table_that_did_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
