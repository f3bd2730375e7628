/* The command line, who the devices are, and what is counted. */
#include "core/buffer.h"
#include "sim/enroll.h"
#include "sim/stats.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_LIMIT 16

/* Reads a command line of words separated by blanks, in memory that may be written to. */
static bool read_line(struct sim_options *options, char *line, struct error *err)
{
    char *argv[WORDS_LIMIT];
    char *rest = line;
    int argc = 0;
    while (argc < WORDS_LIMIT - 1 && (argv[argc] = strsep(&rest, " ")) != NULL)
        argc++;
    argv[argc] = NULL;
    error_clear(err);
    return sim_options_read(options,
                            strcmp(argv[0], "lan") == 0     ? SIM_COMMAND_LAN
                            : strcmp(argv[0], "agent") == 0 ? SIM_COMMAND_AGENT
                                                            : SIM_COMMAND_FLEET,
                            argc, argv, err);
}

static void options_have_defaults(void **state)
{
    struct sim_options options;
    struct error err;
    char line[] = "fleet --server 127.0.0.1:4433";
    (void)state;
    assert_true(read_line(&options, line, &err));
    assert_int_equal(options.count, 10);
    assert_int_equal(options.keepalive_s, 30);
    assert_int_equal(options.tls, IO_TLS_1_2);
    assert_int_equal(options.redial_count, 3);
    assert_int_equal(options.redial_s[2], 900);
    assert_null(options.personality);
    sim_options_fini(&options);
}

static void a_password_is_wiped_from_the_command_line(void **state)
{
    struct sim_options options;
    struct error err;
    char line[] = "fleet --server x:1 --password Secret-1 --amt-password=Secret-2";
    (void)state;
    assert_true(read_line(&options, line, &err));
    assert_string_equal(options.password, "Secret-1");
    assert_string_equal(options.amt_password, "Secret-2");
    for (size_t i = 0; i + 6 <= sizeof(line); i++)
        assert_memory_not_equal(line + i, "Secret", 6);
    sim_options_fini(&options);
}

static void the_environment_holds_a_password_too(void **state)
{
    struct sim_options options;
    struct error err;
    char line[] = "fleet --server x:1";
    (void)state;
    assert_int_equal(setenv("AMTSIM_PASSWORD", "From-env-1", 1), 0);
    assert_true(read_line(&options, line, &err));
    assert_string_equal(options.password, "From-env-1");
    assert_int_equal(unsetenv("AMTSIM_PASSWORD"), 0);
    sim_options_fini(&options);
}

static void wrong_options_are_named(void **state)
{
    static const char *const lines[][2] = {
        {"fleet", "--server or --enroll is missing"},
        {"fleet --server x:1 --count many", "--count: 'many' is not a number"},
        {"fleet --server x:1 --personality 99", "--personality: '99' is none of"},
        {"fleet --server x:1 --drop 2", "--drop: '2' is not a share"},
        {"fleet --server x:1 --tls 1.9", "--tls: '1.9' is none of"},
        {"fleet --server x:1 --guid-base xyz", "--guid-base: 'xyz"},
        {"fleet --server x:1 --nonsense", "--nonsense: unknown option"},
        {"fleet --server x:1 --probe 11", "--probe is more than --count"},
        {"fleet --server x:1 --count 0", "--count 0 without --storm leaves no devices"},
        {"fleet --enroll - --count 0", "--count 0 without --storm leaves no devices"},
        {"fleet --server x:1 stray", "'stray' is not an option"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct sim_options options;
        struct error err;
        char line[128];
        snprintf(line, sizeof(line), "%s", lines[i][0]);
        if (read_line(&options, line, &err))
            fail_msg("\"%s\" was taken", lines[i][0]);
        assert_int_equal(err.code, ERROR_INVALID);
        if (strstr(err.text, lines[i][1]) == NULL)
            fail_msg("\"%s\": %s", lines[i][0], err.text);
        sim_options_fini(&options);
    }
}

static void a_storm_needs_no_held_devices(void **state)
{
    struct sim_options options;
    struct error err;
    char line[] = "fleet --server x:1 --count 0 --storm 5";
    (void)state;
    assert_true(read_line(&options, line, &err));
    assert_int_equal(options.count, 0);
    assert_int_equal(options.storm, 5);
    sim_options_fini(&options);
}

static void the_lan_has_options_of_its_own(void **state)
{
    struct sim_options options;
    struct error err;
    char none[] = "lan";
    char some[] = "lan --password Secret-1 --ports 7000 --count 3 --personality 19";
    char both[] = "lan --certificate c.pem";
    char fleet[] = "lan --server x:1";
    (void)state;
    assert_true(read_line(&options, none, &err));
    assert_int_equal(options.count, 1);
    assert_int_equal(options.ports, 16992);
    assert_string_equal(options.bind, "127.0.0.1");
    sim_options_fini(&options);
    assert_true(read_line(&options, some, &err));
    assert_string_equal(options.amt_password, "Secret-1");
    assert_string_equal(options.bind, "127.1.0.1");
    assert_int_equal(options.ports, 7000);
    sim_options_fini(&options);
    assert_false(read_line(&options, both, &err));
    assert_non_null(strstr(err.text, "--certificate and --key go together"));
    sim_options_fini(&options);
    assert_false(read_line(&options, fleet, &err));
    assert_non_null(strstr(err.text, "unknown option"));
    sim_options_fini(&options);
}

static void the_screen_has_a_size_and_neighbours(void **state)
{
    static const char *const wrong[] = {"lan --screen 1024",      "lan --screen 320x200",
                                        "lan --screen 8193x4320", "lan --screen 1024x768x2",
                                        "lan --screens 0",        "lan --screens 5"};
    /* the largest modes of the releases, and what is wider or higher than one has */
    static const char *const largest[] = {"lan --screen 4096x2160 --personality 11.8",
                                          "lan --screen 3840x2400 --personality 16.1",
                                          "lan --screen 8192x4320 --personality 16.1-tls"};
    static const char *const too_large[] = {"lan --screen 4096x2161 --personality 14",
                                            "lan --screen 3841x2400 --personality 15",
                                            "lan --screen 4096x2160"}; /* a 16.1 is among them */
    struct sim_options options;
    struct error err;
    char line[] = "lan --screen 3840x2160 --screens 3 --boot-time 0";
    (void)state;
    assert_true(read_line(&options, line, &err));
    assert_int_equal(options.screen_width, 3840);
    assert_int_equal(options.screen_height, 2160);
    assert_int_equal(options.screens, 3);
    assert_int_equal(options.boot_time_ms, 0);
    sim_options_fini(&options);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s", wrong[i]);
        assert_false(read_line(&options, text, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        sim_options_fini(&options);
    }
    for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s", largest[i]);
        assert_true(read_line(&options, text, &err));
        sim_options_fini(&options);
        snprintf(text, sizeof(text), "%s", too_large[i]);
        assert_false(read_line(&options, text, &err));
        assert_non_null(strstr(err.text, "--screen: "));
        sim_options_fini(&options);
    }
    assert_string_equal(err.text,
                        "--screen: 4096x2160 is more than the 3840x2400 of firmware 16.1");
}

static void something_else_can_be_at_the_serial_line(void **state)
{
    struct sim_options options;
    struct error err;
    char source[] = "lan --serial source:4096";
    char sink[] = "fleet --enroll - --serial sink";
    char *wrong[] = {(char[]){"lan --serial source"}, (char[]){"lan --serial source:10"},
                     (char[]){"lan --serial source:32769"}, (char[]){"lan --serial tap"}};
    (void)state;
    assert_true(read_line(&options, source, &err));
    assert_int_equal(options.line.end, SIM_LINE_SOURCE);
    assert_int_equal(options.line.size, 4096);
    sim_options_fini(&options);
    assert_true(read_line(&options, sink, &err));
    assert_int_equal(options.line.end, SIM_LINE_SINK);
    sim_options_fini(&options);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_line(&options, wrong[i], &err));
        assert_non_null(strstr(err.text, "is none of machine, echo, sink, source:BYTES"));
        sim_options_fini(&options);
    }
}

static void guids_count_up_from_the_base(void **state)
{
    struct sim_options options;
    struct sim_identity identity;
    struct error err;
    char text[GUID_TEXT_SIZE];
    char line[] = "fleet --enroll - --guid-base 10000000-0000-4000-8000-0000000000fe";
    (void)state;
    assert_true(read_line(&options, line, &err));
    sim_identity_of(&options, 0, &identity);
    assert_string_equal(guid_format(&identity.guid, text), "10000000-0000-4000-8000-0000000000fe");
    sim_identity_of(&options, 2, &identity);
    assert_string_equal(guid_format(&identity.guid, text), "10000000-0000-4000-8000-000000000100");
    sim_options_fini(&options);
}

static void the_beginning_of_a_guid_is_enough(void **state)
{
    struct sim_options options;
    struct error err;
    char text[GUID_TEXT_SIZE];
    char line[] = "fleet --enroll - --guid-base 2000abcd";
    (void)state;
    assert_true(read_line(&options, line, &err));
    assert_string_equal(guid_format(&options.guid_base, text),
                        "2000abcd-0000-4000-8000-000000000000");
    sim_options_fini(&options);
}

static void derived_credentials_depend_on_seed_and_guid(void **state)
{
    struct sim_options options;
    struct sim_identity a, b, c;
    struct error err;
    char line[] = "fleet --enroll -";
    (void)state;
    assert_true(read_line(&options, line, &err));
    sim_identity_of(&options, 1, &a);
    sim_identity_of(&options, 2, &b);
    options.seed = 2;
    sim_identity_of(&options, 1, &c);
    assert_int_equal(strlen(a.user), 16);
    assert_string_not_equal(a.password, b.password);
    assert_string_not_equal(a.password, c.password);
    assert_string_not_equal(a.password, a.amt_password);
    assert_true(strlen(a.amt_password) <= 32);
    options.seed = 1;
    sim_identity_of(&options, 1, &c);
    assert_string_equal(a.password, c.password);
    sim_options_fini(&options);
}

static void mixed_fleets_alternate(void **state)
{
    struct sim_options options;
    struct sim_identity identity;
    struct error err;
    char line[] = "fleet --enroll -";
    (void)state;
    assert_true(read_line(&options, line, &err));
    sim_identity_of(&options, 0, &identity);
    assert_ptr_equal(identity.personality, &sim_personality_12);
    sim_identity_of(&options, 1, &identity);
    assert_ptr_equal(identity.personality, &sim_personality_16);
    sim_options_fini(&options);
}

static void an_enrolment_line_is_what_the_server_takes(void **state)
{
    struct sim_options options;
    struct sim_identity identity;
    struct error err;
    struct buffer out;
    char line[] = "fleet --enroll - --user u --password Pass-1 --amt-password Amt-1";
    (void)state;
    assert_true(read_line(&options, line, &err));
    sim_identity_of(&options, 0, &identity);
    buffer_init(&out, 4096);
    sim_enroll_put(&out, &identity);
    struct slice text = buffer_slice(&out);
    assert_int_equal(text.data[text.size - 1], '\n');
    json_t *json = json_loadb((const char *)text.data, text.size, 0, NULL);
    assert_non_null(json);
    static const char *const wanted[][2] = {
        {"guid", "51a70000-0000-4000-8000-000000000000"},
        {"hostname", "sim-000000.example.test"},
        {"mpsusername", "u"},
        {"mpspassword", "Pass-1"},
        {"amtpassword", "Amt-1"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_string_equal(json_string_value(json_object_get(json, wanted[i][0])), wanted[i][1]);
    assert_true(json_is_string(json_object_get(json, "friendlyName")));
    assert_int_equal(json_array_size(json_object_get(json, "tags")), 2);
    assert_int_equal(json_object_size(json), 7);
    json_decref(json);
    buffer_fini(&out);
    sim_options_fini(&options);
}

static void quantiles_are_within_their_precision(void **state)
{
    struct sim_histogram *histogram = calloc(1, sizeof(*histogram));
    (void)state;
    for (uint64_t i = 1; i <= 10000; i++)
        sim_histogram_add(histogram, i);
    uint64_t half = sim_histogram_quantile(histogram, 0.5);
    uint64_t most = sim_histogram_quantile(histogram, 0.99);
    assert_in_range(half, 5000, 5160);
    assert_in_range(most, 9900, 10000);
    assert_int_equal(histogram->max, 10000);
    assert_int_equal(sim_histogram_quantile(histogram, 1), 10000);
    sim_histogram_add(histogram, UINT64_MAX);
    assert_true(histogram->max == UINT64_MAX);
    free(histogram);
}

static void counters_are_written_whole(void **state)
{
    char folder[] = "/tmp/sim-stats-XXXXXX";
    char path[64];
    struct sim_stats *stats = calloc(1, sizeof(*stats));
    struct error err;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s.json", folder);
    stats->devices = 3;
    stats->connected = 2;
    sim_histogram_add(&stats->login_us, 1500);
    assert_true(sim_stats_write(path, stats, &err));
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "devices")), 3);
    assert_int_equal(json_integer_value(json_object_get(json, "connected")), 2);
    json_t *login = json_object_get(json, "login_ms");
    assert_int_equal(json_integer_value(json_object_get(login, "count")), 1);
    assert_true(json_real_value(json_object_get(login, "max")) == 1.5);
    assert_non_null(json_object_get(json_object_get(json, "keepalive_us"), "p99"));
    json_decref(json);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left behind */
    assert_false(sim_stats_write("/nonexistent/s.json", stats, &err));
    free(stats);
}

static void agents_need_a_server_and_a_profile(void **state)
{
    struct sim_options options;
    struct error err;
    char bare[] = "agent --profile p", nameless[] = "agent --url ws://h",
         root[] = "agent --url ws://h --profile p --trusted-root 12",
         keys[] = "agent --url ws://h --profile p --keys-from /dev/null",
         activate[] = "agent --url ws://h --profile p --lose-answer Setup@2 --fail AdminSetup=5",
         deactivate[] = "agent --url ws://h --deactivate --mode 1 --password Secret-1";
    (void)state;
    assert_false(read_line(&options, bare, &err));
    sim_options_fini(&options);
    assert_false(read_line(&options, nameless, &err));
    sim_options_fini(&options);
    assert_false(read_line(&options, root, &err));
    sim_options_fini(&options);
    assert_false(read_line(&options, keys, &err));
    assert_string_equal(err.text, "/dev/null: there are no private keys");
    sim_options_fini(&options);
    assert_true(read_line(&options, activate, &err));
    assert_true(options.unprovisioned);
    assert_int_equal(options.mischief->kind, SIM_MISCHIEF_LOSE);
    assert_int_equal(options.mischief->times, 2);
    assert_int_equal(options.mischief->next->kind, SIM_MISCHIEF_REFUSE);
    assert_int_equal(options.mischief->next->value, 5);
    sim_options_fini(&options);
    assert_true(read_line(&options, deactivate, &err));
    assert_true(options.client_mode && !options.unprovisioned);
    assert_string_equal(options.given_password, "Secret-1");
    assert_null(strstr(deactivate + 50, "Secret"));
    sim_options_fini(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_defaults),
        cmocka_unit_test(a_password_is_wiped_from_the_command_line),
        cmocka_unit_test(the_environment_holds_a_password_too),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(a_storm_needs_no_held_devices),
        cmocka_unit_test(the_lan_has_options_of_its_own),
        cmocka_unit_test(the_screen_has_a_size_and_neighbours),
        cmocka_unit_test(something_else_can_be_at_the_serial_line),
        cmocka_unit_test(guids_count_up_from_the_base),
        cmocka_unit_test(the_beginning_of_a_guid_is_enough),
        cmocka_unit_test(derived_credentials_depend_on_seed_and_guid),
        cmocka_unit_test(mixed_fleets_alternate),
        cmocka_unit_test(an_enrolment_line_is_what_the_server_takes),
        cmocka_unit_test(quantiles_are_within_their_precision),
        cmocka_unit_test(counters_are_written_whole),
        cmocka_unit_test(agents_need_a_server_and_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
