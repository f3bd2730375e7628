/* Commands as data: their help, and how answers are shown. What they send is seen end to end. */
#include "obctl/request.h"

#include "obctl/progress.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct shown {
    struct arena arena;
    struct obctl obctl;
};

static void shown_start(struct shown *shown)
{
    *shown = (struct shown){0};
    arena_init(&shown->arena);
    shown->obctl.arena = &shown->arena;
    buffer_init(&shown->obctl.out, 65536);
}

static void shown_end(struct shown *shown)
{
    buffer_fini(&shown->obctl.out);
    arena_fini(&shown->arena);
}

static const char *text_of(struct shown *shown)
{
    return arena_string(&shown->arena, buffer_slice(&shown->obctl.out));
}

static const struct obctl_command *const tables[] = {
    obctl_requests_device,   obctl_requests_control,
    obctl_requests_logs,     obctl_requests_network,
    obctl_requests_jobs,     obctl_requests_provisioning,
    obctl_requests_accounts, NULL,
};

static size_t count_of(const struct obctl_field *fields)
{
    size_t count = 0;
    while (fields != NULL && fields[count].member != NULL)
        count++;
    return count;
}

static void every_request_has_a_path_of_the_interface_and_few_fields(void **state)
{
    (void)state;
    for (size_t i = 0; tables[i] != NULL; i++) {
        for (const struct obctl_command *at = tables[i]; at->words != NULL; at++) {
            assert_non_null(at->request);
            assert_int_equal(strncmp(at->request->path, "/api/v1/", 8), 0);
            assert_true(count_of(at->request->fields) <= OBCTL_REQUEST_FIELDS);
            assert_true(at->request->rows == NULL || at->request->columns != NULL);
            if (at->request->fixed != NULL) {
                json_t *fixed = json_loads(at->request->fixed, 0, NULL);
                assert_true(json_is_object(fixed));
                json_decref(fixed);
            }
        }
    }
}

static void each_is_found_by_its_own_words(void **state)
{
    (void)state;
    for (size_t i = 0; tables[i] != NULL; i++) {
        for (const struct obctl_command *at = tables[i]; at->words != NULL; at++) {
            struct arena arena;
            arena_init(&arena);
            char *argv[8];
            int argc = 0;
            struct slice rest = slice_of_string(at->words);
            while (rest.size > 0)
                argv[argc++] = arena_string(&arena, slice_split(&rest, ' '));
            int used = 0;
            assert_ptr_equal(obctl_command_find(argc, argv, &used), at);
            assert_int_equal(used, argc);
            arena_fini(&arena);
        }
    }
}

static void help_names_operands_and_options(void **state)
{
    (void)state;
    char *argv[] = {"alarms", "add"};
    struct error err;
    struct shown shown;
    shown_start(&shown);
    assert_true(obctl_command_help(&shown.obctl.out, 2, argv, &err));
    const char *text = text_of(&shown);
    assert_non_null(strstr(text, "usage: obctl alarms add DEVICE NAME TIME [--every MINUTES] "
                                 "[--keep] [--json]\n"));
    assert_non_null(strstr(text, "  --every MINUTES "));
    shown_end(&shown);
}

static void rows_show_nested_members_and_say_yes_and_no(void **state)
{
    (void)state;
    struct shown shown;
    shown_start(&shown);
    json_t *rows = json_loads("[{\"a\":{\"b\":7},\"c\":true},{\"c\":\"x\\u001b[2J\"}]", 0, NULL);
    obctl_request_print_rows(&shown.obctl, rows, "a.b,c");
    assert_string_equal(text_of(&shown), "a.b  c\n7    yes\n-    x?[2J\n");
    json_decref(rows);
    shown_end(&shown);
}

static void a_list_of_words_is_one_column(void **state)
{
    (void)state;
    struct shown shown;
    shown_start(&shown);
    json_t *rows = json_loads("[\"lab\",\"hall\"]", 0, NULL);
    obctl_request_print_rows(&shown.obctl, rows, "TAG");
    assert_string_equal(text_of(&shown), "TAG\nlab\nhall\n");
    json_decref(rows);
    shown_end(&shown);
}

static void an_object_is_shown_field_by_field(void **state)
{
    (void)state;
    struct shown shown;
    shown_start(&shown);
    json_t *object = json_loads("{\"wired\":{\"dhcp\":true,\"p\":[1,2]},\"wireless\":null,"
                                "\"list\":[{\"n\":1}]}",
                                0, NULL);
    obctl_request_print_object(&shown.obctl, object);
    assert_string_equal(text_of(&shown), "FIELD       VALUE\n"
                                         "wired.dhcp  yes\n"
                                         "wired.p     [1,2]\n"
                                         "wireless    -\n"
                                         "list[0].n   1\n");
    json_decref(object);
    shown_end(&shown);
}

static void the_bar_fills_and_counts_failures(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(obctl_progress_bar(&arena, 0, 0, 4, 4), "[....] 0/4");
    assert_string_equal(obctl_progress_bar(&arena, 2, 1, 4, 4), "[##..] 2/4, 1 failed");
    assert_string_equal(obctl_progress_bar(&arena, 9, 0, 4, 4), "[####] 9/4");
    assert_string_equal(obctl_progress_bar(&arena, 0, 0, 0, 4), "[####] 0/0");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_has_a_path_of_the_interface_and_few_fields),
        cmocka_unit_test(each_is_found_by_its_own_words),
        cmocka_unit_test(help_names_operands_and_options),
        cmocka_unit_test(rows_show_nested_members_and_say_yes_and_no),
        cmocka_unit_test(a_list_of_words_is_one_column),
        cmocka_unit_test(an_object_is_shown_field_by_field),
        cmocka_unit_test(the_bar_fills_and_counts_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
