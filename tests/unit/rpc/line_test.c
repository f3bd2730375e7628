#include "rpc/line/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct rpc_line line;
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

/* The arguments of a command line that is parted by blanks. */
static bool read_as(const char *text, bool v2)
{
    const char *arguments[32];
    size_t count = 0;
    struct slice rest = slice_of_string(text);
    while (rest.size > 0)
        arguments[count++] = arena_string(&arena, slice_split(&rest, ' '));
    error_clear(&err);
    return rpc_line_read(&line, &arena, arguments, count, v2, &err);
}

static bool read_line(const char *text)
{
    return read_as(text, false);
}

/* "NAME=VALUE …" in the order given. */
static const char *given(void)
{
    const char *text = "";
    for (const struct rpc_given *at = line.first; at != NULL; at = at->next)
        text = arena_printf(&arena, "%s%s%s%s=%s", text, text[0] != '\0' ? " " : "",
                            at->option->name, at->in_file ? "-file" : "", at->text);
    return text;
}

static void assert_line(const char *text, const char *command, const char *values)
{
    if (!read_line(text))
        fail_msg("%s: %s", text, err.text);
    assert_non_null(line.command);
    assert_string_equal(line.command->path, command);
    assert_string_equal(given(), values);
}

static void assert_v2(const char *text, const char *command, const char *values)
{
    if (!read_as(text, true))
        fail_msg("%s: %s", text, err.text);
    assert_string_equal(line.command->path, command);
    assert_string_equal(given(), values);
}

static void assert_refused(const char *text, const char *sentence)
{
    assert_false(read_line(text));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text, sentence);
}

static void one_dash_or_two(void **state)
{
    (void)state;
    assert_line("activate --url wss://a --profile p", "activate", "url=wss://a profile=p");
    assert_line("activate -url wss://a -profile p", "activate", "url=wss://a profile=p");
    assert_line("activate -url=wss://a --profile=p", "activate", "url=wss://a profile=p");
    assert_line("activate -u=wss://a?b=c", "activate", "url=wss://a?b=c");
}

static void flags_stand_anywhere(void **state)
{
    (void)state;
    assert_line("-n activate -u wss://a", "activate", "skip-cert-check=true url=wss://a");
    assert_line("-u wss://a activate", "activate", "url=wss://a");
    assert_line("configure --password secret wireless --ssid a", "configure wireless",
                "password=secret ssid=a");
    assert_line("configure wireless --log-level debug", "configure wireless", "log-level=debug");
}

static void a_flag_is_true_alone_and_may_say_so(void **state)
{
    (void)state;
    assert_line("configure wired --dhcp --ipsync=false", "configure wired",
                "dhcp=true ipsync=false");
    assert_line("configure wired -dhcp=1 -ipsync=F", "configure wired", "dhcp=true ipsync=false");
    assert_refused("configure wired --dhcp=maybe", "--dhcp is true or false");
}

static void letters_stand_together(void **state)
{
    (void)state;
    assert_line("amtinfo -jA", "amtinfo", "json=true all=true");
    assert_line("amtinfo -vrb", "amtinfo", "verbose=true ver=true bld=true");
    assert_line("activate -nu wss://a", "activate", "skip-cert-check=true url=wss://a");
    assert_line("activate -uwss://a", "activate", "url=wss://a");
}

static void a_name_is_tried_before_its_letters(void **state)
{
    (void)state;
    assert_line("amtinfo -ver -bld -sku", "amtinfo", "ver=true bld=true sku=true");
}

static void amtinfo_is_what_is_done_without_a_command(void **state)
{
    (void)state;
    assert_line("", "amtinfo", "");
    assert_line("-v", "amtinfo", "verbose=true");
    assert_line("--json --mode", "amtinfo", "json=true mode=true");
    assert_true(read_as("", true));
    assert_null(line.command);
}

static void help_is_of_what_was_begun(void **state)
{
    (void)state;
    assert_true(read_line("--help"));
    assert_true(line.help);
    assert_null(line.command);
    assert_true(read_line("configure tls -h"));
    assert_true(line.help);
    assert_string_equal(line.words, "configure tls");
    assert_true(read_line("help configure tls"));
    assert_true(line.help);
    assert_string_equal(line.words, "configure tls");
    assert_true(read_line("help"));
    assert_null(line.command);
    assert_true(read_line("configure help"));
    assert_true(line.help);
    assert_true(read_line("--json configure tls --mode None help"));
    assert_true(line.help);
    assert_string_equal(line.words, "configure tls");
    assert_true(read_line("--compat v2 help"));
    assert_true(line.help);
    assert_null(line.command);
    assert_true(read_line("alarm add help"));
    assert_false(line.help);
    assert_true(read_line("activate --profile help"));
    assert_false(line.help);
    assert_true(read_line("configure"));
    assert_false(line.help);
    assert_null(line.command);
    assert_string_equal(line.words, "configure");
}

static void help_wins_over_a_mistake(void **state)
{
    (void)state;
    assert_true(read_line("activate --help --nonsense"));
    assert_true(line.help);
}

static void old_and_new_names_are_one_option(void **state)
{
    (void)state;
    assert_line("activate -skipamtcertcheck -tenant t -amtPassword p", "activate",
                "skip-amt-cert-check=true tenantid=t password=p");
    assert_line("configure addwifisettings -username u -privateKey k", "configure wireless",
                "ieee8021xUsername=u ieee8021xPrivateKey=k");
    assert_line("configure synctime", "configure sync-clock", "");
    assert_line("configure wifi", "configure wi-fi-sync", "");
    assert_line("diag wsman get -c A -c B", "diagnostics wsman get", "class=A class=B");
    assert_line("amtinfo --register --url http://a", "amtinfo", "sync=true url=http://a");
}

static void a_letter_of_v2_counts_where_its_value_follows(void **state)
{
    (void)state;
    assert_line("activate -l --ccm", "activate", "local=true ccm=true");
    assert_line("activate -l debug --ccm", "activate", "log-level=debug ccm=true");
    assert_line("deactivate -t 5m --local", "deactivate", "amt-wait=5m local=true");
    assert_line("deactivate -t --local", "deactivate", "table=true local=true");
    assert_line("activate -h me -u wss://a", "activate", "hostname=me url=wss://a");
    assert_line("activate -p http://proxy:911 -u wss://a", "activate",
                "proxy=http://proxy:911 url=wss://a");
}

static void with_compat_v2_its_letters_always_count(void **state)
{
    (void)state;
    assert_v2("activate -h -me", "activate", "hostname=-me");
    assert_v2("deactivate -t 90s -l trace", "deactivate", "amt-wait=90s log-level=trace");
    assert_false(read_as("deactivate -t --local", true));
    assert_true(read_line("deactivate --compat v2"));
    assert_true(line.v2);
    assert_true(read_as("deactivate --compat=v3", true));
    assert_false(line.v2);
}

/* It is no value of a flag that lacks its own, nor read as v3 as far as it comes. */
static void the_generation_is_found_wherever_it_stands(void **state)
{
    static const char *const lines[] = {"activate -h --compat v2", "activate -h -compat=V2",
                                        "activate --hostname --compat v2",
                                        "-compat v2 activate -n -h"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_refused(lines[i], "--hostname needs a value");
        assert_true(line.v2);
        assert_string_equal(line.without_value->name, "hostname");
    }
    assert_line("activate --hostname=--compat -u v2", "activate", "hostname=--compat url=v2");
    assert_false(line.v2);
    assert_v2("activate -h --compat -u v2", "activate", "hostname=--compat url=v2");
    assert_refused("activate -- --compat v2", "unexpected argument after \"rpc activate\"");
    assert_false(line.v2);
}

static void a_value_may_begin_with_a_dash(void **state)
{
    (void)state;
    assert_line("activate --password -strange-", "activate", "password=-strange-");
    assert_line("activate --password -", "activate", "password=-");
    assert_refused("activate --password --local", "--password needs a value");
    assert_refused("activate --url", "--url needs a value");
}

static void a_secret_may_be_in_a_file(void **state)
{
    (void)state;
    assert_line("activate --password-file /run/p --mebxpassword-file=q", "activate",
                "password-file=/run/p mebxpassword-file=q");
    assert_refused("activate --url-file f", "unknown flag --url-file of \"activate\"");
}

static void what_is_mistyped_is_named_with_the_nearest(void **state)
{
    (void)state;
    assert_refused("activate --profle p",
                   "unknown flag --profle of \"activate\"; did you mean --profile?");
    assert_refused("version -jZ", "unknown flag in argument 2 of \"version\"");
    assert_refused("amtinfo --jason", "unknown flag --jason of \"amtinfo\"; did you mean --json?");
    assert_refused("amtinfo --xyzzy", "unknown flag --xyzzy of \"amtinfo\"");
    assert_refused("activate -profle p",
                   "unknown flag --profle of \"activate\"; did you mean --profile?");
    assert_refused("activat", "unknown command \"activat\"; did you mean \"activate\"?");
    assert_refused("configure tsl", "unknown command \"configure tsl\"; did you mean \"tls\"?");
    assert_refused("configure nonsense", "unknown command");
}

static void no_sentence_quotes_a_value(void **state)
{
    (void)state;
    assert_refused("activate --passwrd=hunter2",
                   "unknown flag --passwrd of \"activate\"; did you mean --password?");
    assert_refused("activate --Hunt3r=x", "unknown flag in argument 2 of \"activate\"");
    assert_refused("activate -kye", "unknown flag in argument 2 of \"activate\"; did you mean "
                                    "--key?");
    assert_refused("amtinfo -xhunter", "unknown flag in argument 2 of \"amtinfo\"");
    assert_refused("activate --abcdefghijklmnopqrstuvwxyz",
                   "unknown flag in argument 2 of \"activate\"");
    assert_refused("activate hunter2", "unexpected argument after \"rpc activate\"");
    assert_refused("configure tls --mode hunter2",
                   "--mode is one of Server|ServerAndNonTLS|Mutual|MutualAndNonTLS|None");
}

static void a_secret_may_be_attached_to_its_letter(void **state)
{
    (void)state;
    assert_line("activate -k0123456789abcdef", "activate", "key=0123456789abcdef");
    assert_line("activate -kabcdefghijklmnop=", "activate", "key=abcdefghijklmnop=");
    assert_line("activate -kab/cd=ef=gh", "activate", "key=ab/cd=ef=gh");
    assert_int_equal(line.last->offset, 2);
    assert_true(rpc_line_is_shown(line.last));
    assert_line("activate --key=ab=cd", "activate", "key=ab=cd");
    assert_int_equal(line.last->offset, 6);
}

static void what_the_process_list_shows_is_known(void **state)
{
    static const char *const shown[] = {
        "activate --proxy http://proxy:911/a@b",
        "activate --url wss://server/a@b#there?",
        "activate --password x",
        "activate --proxy http://u:p@proxy:911",
        "activate --proxy u:p@proxy",
        "activate --url wss://u:p@server",
        "activate --config smb://d;u:p@server/share/a.yaml",
        "activate --url wss://server/?token=x",
        "activate --url=wss://server?token=x#there",
        "activate -uwss://server/activate?a=b@c",
        "activate --configv2 https://server/a.yaml?sig=x",
    };
    static const char *const not_shown[] = {
        "activate --password -",
        "activate --password-file x",
        "activate --name u@host",
        "activate --name who?",
    };
    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!read_line(shown[i]) || !rpc_line_is_shown(line.last))
            fail_msg("%s", shown[i]);
    for (size_t i = 0; i < sizeof not_shown / sizeof not_shown[0]; i++)
        if (!read_line(not_shown[i]) || rpc_line_is_shown(line.last))
            fail_msg("%s", not_shown[i]);
}

static void values_are_checked(void **state)
{
    (void)state;
    assert_line("configure tls --mode mutual", "configure tls", "mode=Mutual");
    assert_line("configure tls --mode NONE --delay 7", "configure tls", "mode=None delay=7");
    assert_refused("configure tls --delay soon", "--delay is a whole number");
    assert_refused("deactivate --amt-wait soon", "--amt-wait is a time as 90s or 2m30s");
}

static const char *environment(void *arg, const char *name)
{
    const char *const *pairs = arg;
    for (; *pairs != NULL; pairs += 2)
        if (strcmp(pairs[0], name) == 0)
            return pairs[1];
    return NULL;
}

static const char *value_of(const char *option)
{
    for (const struct rpc_given *at = line.first; at != NULL; at = at->next) {
        if (strcmp(at->option->name, option) == 0) {
            const struct rpc_given *best = rpc_line_find(&line, at->option);
            return arena_printf(&arena, "%s%s", best->in_file ? "file:" : "", best->text);
        }
    }
    return NULL;
}

static void the_environment_gives_what_the_line_does_not(void **state)
{
    (void)state;
    const char *pairs[] = {"RPC_URL",
                           "wss://env",
                           "AMT_PASSWORD_FILE",
                           "/run/p",
                           "RPC_PROFILE",
                           "env",
                           "HOSTNAME",
                           "shell",
                           "MPS_PASSWORD",
                           "other",
                           "NO_COLOR",
                           "please",
                           "RPC_NAME",
                           "",
                           NULL};
    assert_true(read_line("activate --profile line"));
    assert_true(rpc_line_add_environment(&line, environment, pairs, &err));
    assert_string_equal(value_of("url"), "wss://env");
    assert_string_equal(value_of("profile"), "line");
    assert_string_equal(value_of("password"), "file:/run/p");
    assert_string_equal(value_of("no-color"), "true");
    assert_null(value_of("hostname"));
    assert_null(value_of("name"));
    assert_true(read_as("activate", true));
    assert_true(rpc_line_add_environment(&line, environment, pairs, &err));
    assert_string_equal(value_of("hostname"), "shell");
}

static void a_wrong_value_names_its_variable(void **state)
{
    (void)state;
    const char *pairs[] = {"RPC_LOG_LEVEL", "loud", NULL};
    assert_true(read_line("version"));
    assert_false(rpc_line_add_environment(&line, environment, pairs, &err));
    assert_string_equal(err.text, "the environment's RPC_LOG_LEVEL: --log-level is one of "
                                  "trace|debug|info|warn|error|fatal|panic");
}

static void it_is_known_which_argument_has_a_value(void **state)
{
    (void)state;
    assert_true(read_line("activate --password one --mebxpassword=two"));
    assert_int_equal(line.first->argument, 1);
    assert_true(line.first->is_next);
    assert_int_equal(line.last->argument, 3);
    assert_false(line.last->is_next);
}

/* Two spellings that are the same for the parser would hide one of two options. */
static void no_two_options_of_a_command_have_one_name(void **state)
{
    (void)state;
    for (const struct rpc_command *const *at = rpc_commands; *at != NULL; at++) {
        const struct rpc_option *const *groups = (*at)->options;
        for (; groups != NULL && *groups != NULL; groups++) {
            for (const struct rpc_option *option = *groups; option->name != NULL; option++) {
                const char *text = arena_printf(&arena, "%s --%s=1", (*at)->path, option->name);
                if (option->value != RPC_FLAG || option->choices != NULL)
                    continue;
                assert_true(read_line(text));
                assert_ptr_equal(line.first->option, option);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_dash_or_two, begin, end),
        cmocka_unit_test_setup_teardown(flags_stand_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(a_flag_is_true_alone_and_may_say_so, begin, end),
        cmocka_unit_test_setup_teardown(letters_stand_together, begin, end),
        cmocka_unit_test_setup_teardown(a_name_is_tried_before_its_letters, begin, end),
        cmocka_unit_test_setup_teardown(amtinfo_is_what_is_done_without_a_command, begin, end),
        cmocka_unit_test_setup_teardown(help_is_of_what_was_begun, begin, end),
        cmocka_unit_test_setup_teardown(help_wins_over_a_mistake, begin, end),
        cmocka_unit_test_setup_teardown(old_and_new_names_are_one_option, begin, end),
        cmocka_unit_test_setup_teardown(a_letter_of_v2_counts_where_its_value_follows, begin, end),
        cmocka_unit_test_setup_teardown(with_compat_v2_its_letters_always_count, begin, end),
        cmocka_unit_test_setup_teardown(the_generation_is_found_wherever_it_stands, begin, end),
        cmocka_unit_test_setup_teardown(a_value_may_begin_with_a_dash, begin, end),
        cmocka_unit_test_setup_teardown(a_secret_may_be_in_a_file, begin, end),
        cmocka_unit_test_setup_teardown(what_is_mistyped_is_named_with_the_nearest, begin, end),
        cmocka_unit_test_setup_teardown(no_sentence_quotes_a_value, begin, end),
        cmocka_unit_test_setup_teardown(a_secret_may_be_attached_to_its_letter, begin, end),
        cmocka_unit_test_setup_teardown(what_the_process_list_shows_is_known, begin, end),
        cmocka_unit_test_setup_teardown(values_are_checked, begin, end),
        cmocka_unit_test_setup_teardown(the_environment_gives_what_the_line_does_not, begin, end),
        cmocka_unit_test_setup_teardown(a_wrong_value_names_its_variable, begin, end),
        cmocka_unit_test_setup_teardown(it_is_known_which_argument_has_a_value, begin, end),
        cmocka_unit_test_setup_teardown(no_two_options_of_a_command_have_one_name, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
