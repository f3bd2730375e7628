/* Addresses of files on SMB shares (rpc/web/smb.h). */
#include "rpc/setup/profile.h"
#include "rpc/web/smb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_smb smb;
static struct error err;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool parse(const char *text)
{
    err = (struct error){0};
    return rpc_smb_parse(&arena, slice_of_string(text), &smb, &err);
}

static void all_of_it_is_taken_apart(void **state)
{
    (void)state;
    assert_true(parse("smb://corp;ann:p:w@files.example:4450/it$/agents/rpc config.yml"));
    assert_string_equal(smb.domain, "corp");
    assert_string_equal(smb.user, "ann");
    assert_string_equal(smb.password, "p:w");
    assert_string_equal(smb.host, "files.example");
    assert_int_equal(smb.port, 4450);
    assert_string_equal(smb.share, "it$");
    assert_string_equal(smb.path, "agents/rpc config.yml");
    assert_string_equal(smb.shown, "smb://files.example:4450/it$/agents/rpc config.yml");
}

static void what_may_be_missing_may_be(void **state)
{
    (void)state;
    assert_true(parse("SMB://h/s/f"));
    assert_null(smb.domain);
    assert_null(smb.user);
    assert_null(smb.password);
    assert_int_equal(smb.port, 445);
    assert_true(parse("smb://ann@h:445/s/f"));
    assert_string_equal(smb.user, "ann");
    assert_null(smb.password);
    assert_string_equal(smb.shown, "smb://h/s/f");
    assert_true(parse("smb://:*@h/s/f"));
    assert_null(smb.user);
    assert_string_equal(smb.password, "*");
    assert_true(parse("smb://corp;@h/s/f"));
    assert_null(smb.user);
    assert_true(parse("smb://[fe80::1]/s/f"));
    assert_string_equal(smb.host, "fe80::1");
    assert_string_equal(smb.shown, "smb://[fe80::1]/s/f");
}

static void percent_stands_for_what_has_a_meaning(void **state)
{
    (void)state;
    assert_true(parse("smb://a%40b%3b:p%2Fq%40r;%25@h/s%20t/a%2Fb%23c"));
    assert_string_equal(smb.user, "a@b;");
    assert_string_equal(smb.password, "p/q@r;%");
    assert_string_equal(smb.share, "s t");
    assert_string_equal(smb.path, "a/b#c");
}

/* smbclient ends commands at semicolons within quotes, too, begins shell commands with "!" and
 * reads what is between quotes; an option begins with "-". */
static void nothing_gets_out_of_its_place(void **state)
{
    static const char *const refused[] = {
        "smb://h/s/a\" /etc/passwd",
        "smb://h/s/a;!id",
        "smb://h/s/a%3b!id",
        "smb://h/s/a%22%20x",
        "smb://h/s/a\nquit",
        "smb://h/s/a%0aquit",
        "smb://h/s/a%7f",
        "smb://h/s/a\\b",
        "smb://h/s/*",
        "smb://h/s/a?b",
        "smb://h/s/a|b",
        "smb://h/s/f:stream",
        "smb://h/s/\xff",
        "smb://h/s%2Fx/f",
        "smb://h/s%5Cx/f",
        "smb://h/s\t/f",
        "smb://h;x/s/f",
        "smb://h\"/s/f",
        "smb://h%20x/s/f",
        "smb://h -c quit/s/f",
        "smb://h\n/s/f",
        "smb://h#20/s/f",
        "smb://u%0apassword=x:p@h/s/f",
        "smb://u:p%0adomain=x@h/s/f",
        "smb://d%0a;u:p@h/s/f",
        "smb://%20u:p@h/s/f",
        "smb://u:%20p@h/s/f",
        "smb://u:%09p@h/s/f",
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (parse(refused[i]))
            fail_msg("taken: %s", refused[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
    assert_true(parse("smb://-h/-s/-f"));
    assert_string_equal(smb.path, "-f");
    assert_true(parse("smb://-u:-p@h/s/!id"));
}

static void addresses_are_whole(void **state)
{
    static const char *const refused[] = {
        "smb:",
        "smb:/h/s/f",
        "smb://",
        "smb:///s/f",
        "smb://h",
        "smb://h/",
        "smb://h/s",
        "smb://h/s/",
        "smb://h//f",
        "smb://h:0/s/f",
        "smb://h:/s/f",
        "smb://h:x/s/f",
        "smb://h:65536/s/f",
        "smb://@/s/f",
        "smb://[::1/s/f",
        "cifs://h/s/f",
        "smb://u:p@/s/f",
        "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (parse(refused[i]))
            fail_msg("taken: %s", refused[i]);
    assert_true(rpc_smb_is_address(SLICE_LITERAL("SMB:x")));
    assert_false(rpc_smb_is_address(SLICE_LITERAL("smb")));
    assert_false(rpc_smb_is_address(SLICE_LITERAL("./smb://h/s/f")));
}

static void sizes_have_bounds(void **state)
{
    char text[2048];
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "smb://h/s/", 10);
    text[10 + 1024] = '\0';
    assert_true(parse(text));
    text[10 + 1024] = 'a';
    text[11 + 1024] = '\0';
    assert_false(parse(text));
    memset(text, 'a', sizeof text);
    memcpy(text, "smb://u:", 8);
    memcpy(text + 8 + 257, "@h/s/f", 7);
    assert_false(parse(text));
    memcpy(text + 8 + 256, "@h/s/f", 7);
    assert_true(parse(text));
}

static void no_sentence_has_a_part_of_it(void **state)
{
    static const char *const refused[] = {"smb://Se:cr3t@/s/f",     "smb:Se:cr3t@h/s/f",
                                          "smb://Se:cr3t@h",        "smb://h/cr3t/a;b",
                                          "smb://Se:cr3t%0a@h/s/f", "smb://h:cr3t@/s/f"};
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_false(parse(refused[i]));
        assert_null(strstr(err.text, "cr3t"));
    }
}

static bool names_share(const char *text)
{
    json_t *profile = json_loads(text, 0, NULL);
    assert_non_null(profile);
    bool named = rpc_profile_names_share(profile);
    json_decref(profile);
    return named;
}

static void a_profile_that_names_a_share_is_known(void **state)
{
    (void)state;
    assert_true(names_share("{\"a\": [{\"b\": 1}, {\"caCert\": \" SMB://h/s/f\"}]}"));
    assert_false(names_share("{\"a\": [{\"b\": \"MIIB\"}, {\"smb://h/s/f\": \"./smb:\"}]}"));
    assert_false(rpc_profile_names_share(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_of_it_is_taken_apart),
        TEST(what_may_be_missing_may_be),
        TEST(percent_stands_for_what_has_a_meaning),
        TEST(nothing_gets_out_of_its_place),
        TEST(addresses_are_whole),
        TEST(sizes_have_bounds),
        TEST(no_sentence_has_a_part_of_it),
        TEST(a_profile_that_names_a_share_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
