/* Tables of the logs. */
#include "mps/routes/log_answer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_table_that_did_not_fit_is_an_error(void **state)
{
    (void)state;
    struct arena arena;
    struct buffer table;
    struct http_exchange x = {.arena = &arena};
    arena_init(&arena);
    buffer_init_secret(&x.answer, 4096);
    buffer_init(&table, 8);
    buffer_put_text(&table, "ID,Time");
    buffer_put_text(&table, "1,2024");
    routes_answer_table(&x, "audit-log", &table);
    assert_int_equal(x.status, 502);
    http_exchange_fini(&x);
    buffer_fini(&table);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_that_did_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
