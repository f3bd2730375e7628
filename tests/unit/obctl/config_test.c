#include "obctl/config.h"

#include "core/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct place {
    struct arena arena;
    char folder[32];
    const char *path;
};

static int set_up(void **state)
{
    struct place *place = memory_new(sizeof *place);
    arena_init(&place->arena);
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/obctl-XXXXXX");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    place->path = arena_printf(&place->arena, "%s/deep/config", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    (void)rmdir(arena_printf(&place->arena, "%s/deep", place->folder));
    (void)rmdir(place->folder);
    arena_fini(&place->arena);
    free(place);
    unsetenv("OBCTL_URL");
    unsetenv("OBCTL_TOKEN");
    unsetenv("OBCTL_CA");
    return 0;
}

static void write_text(const struct place *place, const char *text, mode_t mode)
{
    (void)mkdir(arena_printf((struct arena *)&place->arena, "%s/deep", place->folder), 0700);
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(place->path, mode), 0);
}

static void what_is_saved_is_loaded(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config saved = {.url = "https://localhost:8443",
                                 .token = "a.b.c",
                                 .trust = "-----BEGIN CERTIFICATE-----\nAAAA\n"};
    struct obctl_config loaded;
    assert_true(obctl_config_save(&place->arena, place->path, &saved, &err));
    assert_true(obctl_config_load(&place->arena, place->path, &loaded, &err));
    assert_string_equal(loaded.url, saved.url);
    assert_string_equal(loaded.token, saved.token);
    assert_string_equal(loaded.trust, saved.trust);
    assert_false(loaded.insecure);
}

static void the_file_is_for_its_owner_only(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config saved = {.url = "https://localhost:8443", .insecure = true};
    assert_true(obctl_config_save(&place->arena, place->path, &saved, &err));
    struct stat facts;
    assert_int_equal(stat(place->path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
}

static void a_file_that_others_can_read_is_refused(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config;
    write_text(place, "url https://localhost:8443\ntoken t\n", 0644);
    assert_false(obctl_config_load(&place->arena, place->path, &config, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void no_file_is_an_empty_configuration(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config;
    assert_true(obctl_config_load(&place->arena, place->path, &config, &err));
    assert_null(config.url);
    assert_null(config.token);
}

static void a_damaged_file_is_refused(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config;
    write_text(place, "url https://localhost:8443\ntrust !!!\n", 0600);
    assert_false(obctl_config_load(&place->arena, place->path, &config, &err));
    write_text(place, "what is this\n", 0600);
    assert_false(obctl_config_load(&place->arena, place->path, &config, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void a_token_never_goes_to_another_server(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config = {
        .url = "https://one.example:443", .token = "secret", .insecure = true};
    setenv("OBCTL_URL", "https://two.example", 1);
    assert_true(obctl_config_environment(&place->arena, &config, &err));
    assert_string_equal(config.url, "https://two.example:443");
    assert_null(config.token);
    assert_false(config.insecure);
}

static void the_same_server_keeps_its_token(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config = {.url = "https://one.example:443", .token = "secret"};
    setenv("OBCTL_URL", "https://one.example/", 1);
    assert_true(obctl_config_environment(&place->arena, &config, &err));
    assert_string_equal(config.token, "secret");
}

static void the_environment_stands_above_the_file(void **state)
{
    struct place *place = *state;
    struct error err;
    struct obctl_config config = {
        .url = "https://one.example:443", .token = "old", .insecure = true};
    write_text(place, "PEM", 0600);
    setenv("OBCTL_TOKEN", "new", 1);
    setenv("OBCTL_CA", place->path, 1);
    assert_true(obctl_config_environment(&place->arena, &config, &err));
    assert_string_equal(config.token, "new");
    assert_string_equal(config.trust, "PEM");
    assert_false(config.insecure);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_saved_is_loaded),
        TEST(the_file_is_for_its_owner_only),
        TEST(a_file_that_others_can_read_is_refused),
        TEST(no_file_is_an_empty_configuration),
        TEST(a_damaged_file_is_refused),
        TEST(a_token_never_goes_to_another_server),
        TEST(the_same_server_keeps_its_token),
        TEST(the_environment_stands_above_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
