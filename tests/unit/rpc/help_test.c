/* The help, by whichever of its names a command is called. */
#include "rpc/help.h"
#include "rpc/line/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void print(struct buffer *out, const char *words)
{
    buffer_init(out, 100000);
    rpc_help_print(out, words);
    assert_true(buffer_ok(out));
}

static bool has(const struct buffer *out, const char *text)
{
    struct slice all = buffer_slice(out);
    return memmem(all.data, all.size, text, strlen(text)) != NULL;
}

static void an_alias_has_the_help_of_its_command(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        struct buffer path, other;
        print(&path, (*at)->path);
        for (const char *const *alias = (*at)->aliases; alias != NULL && *alias != NULL; alias++) {
            print(&other, *alias);
            assert_true(slice_equal(buffer_slice(&other), buffer_slice(&path)));
            buffer_fini(&other);
            count++;
        }
        buffer_fini(&path);
    }
    assert_true(count > 20);
}

static void assert_listed(const char *words, const struct rpc_command *command)
{
    struct buffer out;
    char line[96];
    (void)snprintf(line, sizeof line, "\n  %s ", command->path);
    print(&out, words);
    assert_int_equal(has(&out, line), !command->hidden);
    buffer_fini(&out);
}

/* The words before the last one, and none of them. */
static void assert_listed_above(const char *name, const struct rpc_command *command)
{
    char words[96];
    (void)snprintf(words, sizeof words, "%s", name);
    for (char *blank = strrchr(words, ' '); blank != NULL; blank = strrchr(words, ' ')) {
        *blank = '\0';
        assert_listed(words, command);
    }
    assert_listed("", command);
}

static void the_beginning_of_a_name_lists_its_command(void **state)
{
    (void)state;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        assert_listed_above((*at)->path, *at);
        for (const char *const *alias = (*at)->aliases; alias != NULL && *alias != NULL; alias++)
            assert_listed_above(*alias, *at);
    }
}

static void a_command_tells_its_options(void **state)
{
    (void)state;
    struct buffer out;
    print(&out, "configure amtpassword");
    assert_true(has(&out, "Usage: rpc configure amt-password [flags]\n"));
    assert_true(has(&out, " --newamtpassword=SECRET "));
    assert_false(has(&out, "Commands:"));
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alias_has_the_help_of_its_command),
        cmocka_unit_test(the_beginning_of_a_name_lists_its_command),
        cmocka_unit_test(a_command_tells_its_options),
    };
    return cmocka_run_group_tests_name("rpc/help", tests, NULL, NULL);
}
