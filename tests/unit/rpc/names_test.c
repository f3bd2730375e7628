/* Host names in the static agent: hosts(5), and answers of name servers (RFC 1035 4.1). */
#include "rpc/static/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char hosts[] = "# 192.0.2.9 server\n"
                            "127.0.0.1\tlocalhost\n"
                            "192.0.2.7   server.example.com Server # the first\n"
                            "2001:db8::7 server\n"
                            "192.0.2.8 serverless";

static void a_hosts_file_has_several_names_and_addresses(void **state)
{
    struct names names = {0};
    (void)state;
    names_in_hosts(slice_of_string(hosts), "SERVER", AF_UNSPEC, &names);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.text[0], "192.0.2.7");
    assert_string_equal(names.text[1], "2001:db8::7");
}

static void addresses_of_the_other_family_are_not_the_answer(void **state)
{
    struct names names = {0};
    (void)state;
    names_in_hosts(slice_of_string("2001:db8::7 server"), "server", AF_INET, &names);
    assert_int_equal(names.count, 0);
    names_in_hosts(slice_of_string(hosts), "server", AF_INET, &names);
    names_in_hosts(slice_of_string(hosts), "server", AF_INET6, &names);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.text[0], "192.0.2.7");
    assert_string_equal(names.text[1], "2001:db8::7");
}

static void what_is_not_in_the_file_is_not_found(void **state)
{
    struct names names = {0};
    (void)state;
    names_in_hosts(slice_of_string(hosts), "192.0.2.7", AF_UNSPEC, &names);
    names_in_hosts(slice_of_string(hosts), "example.com", AF_UNSPEC, &names);
    names_in_hosts(slice_of(NULL, 0), "server", AF_UNSPEC, &names);
    assert_int_equal(names.count, 0);
}

/* a.example CNAME b.example; b.example A 192.0.2.1; and an AAAA of the same. */
static const uint8_t answer[] = {
    0x12, 0x34, 0x81, 0x80, 0,   1,    0,  3,    0,  0,    0,  0, 1, 'a', 7,  'e', 'x', 'a',
    'm',  'p',  'l',  'e',  0,   0,    1,  0,    1,  0xc0, 12, 0, 5, 0,   1,  0,   0,   0,
    60,   0,    4,    1,    'b', 0xc0, 14, 0xc0, 39, 0,    1,  0, 1, 0,   0,  0,   60,  0,
    4,    192,  0,    2,    1,   0xc0, 39, 0,    28, 0,    1,  0, 0, 0,   60, 0,   16,  0x20,
    1,    0x0d, 0xb8, 0,    0,   0,    0,  0,    0,  0,    0,  0, 0, 0,   1,
};

static void an_answer_gives_addresses_of_both_kinds(void **state)
{
    struct names names = {0};
    (void)state;
    names_in_answer(slice_of(answer, sizeof answer), &names);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.text[0], "192.0.2.1");
    assert_string_equal(names.text[1], "2001:db8::1");
}

static void an_answer_that_is_cut_off_is_harmless(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof answer; size++) {
        struct names names = {0};
        uint8_t *part = malloc(size + 1);
        memcpy(part, answer, size);
        names_in_answer(slice_of(part, size), &names);
        assert_true(names.count < 2);
        free(part);
    }
}

static void no_more_addresses_are_taken_than_there_is_room_for(void **state)
{
    static const char line[] = "192.0.2.1 many\n";
    char file[NAMES_MOST * 2 * (sizeof line - 1)];
    struct names names = {0};
    (void)state;
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = line[i % (sizeof line - 1)];
    names_in_hosts(slice_of(file, sizeof file), "many", AF_UNSPEC, &names);
    assert_int_equal(names.count, NAMES_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hosts_file_has_several_names_and_addresses),
        cmocka_unit_test(addresses_of_the_other_family_are_not_the_answer),
        cmocka_unit_test(what_is_not_in_the_file_is_not_found),
        cmocka_unit_test(an_answer_gives_addresses_of_both_kinds),
        cmocka_unit_test(an_answer_that_is_cut_off_is_harmless),
        cmocka_unit_test(no_more_addresses_are_taken_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("rpc/names", tests, NULL, NULL);
}
