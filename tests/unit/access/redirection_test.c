/* What a redirection token is good for, and for how long, over a real store. */
#include "access/access.h"
#include "access/token.h"
#include "core/clock.h"
#include "core/memory.h"
#include "store/store.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ISSUER "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc"
#define SECRET "a secret for tests, long enough to be one"
#define GUID   "143e4567-e89b-12d3-a456-426614174000"
#define OTHER  "243e4567-e89b-12d3-a456-426614174000"

static struct {
    char directory[64];
    struct store *store;
    struct access *access;
    struct arena arena;
    struct slice login;
    struct access_identity whose;
} world;

static void remove_folder(void)
{
    DIR *folder = opendir(world.directory);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    (void)rmdir(world.directory);
}

static struct guid guid_of(const char *text)
{
    struct guid guid;
    assert_true(guid_parse(slice_of_string(text), &guid));
    return guid;
}

static enum error_code check_for(struct slice token, const char *device)
{
    struct guid guid = guid_of(device);
    struct access_identity identity;
    struct error err = {0};
    bool ok = access_check_redirection(world.access, &world.arena, token, &guid, &identity, &err);
    assert_true(ok == (err.code == ERROR_NONE));
    if (ok)
        assert_string_equal(identity.tenant_id, "red");
    return err.code;
}

static enum error_code check(struct slice token)
{
    return check_for(token, GUID);
}

static struct slice issued(const char *user)
{
    struct slice token;
    struct error err = {0};
    world.whose = (struct access_identity){.tenant_id = "red", .device_id = "*", .user = user};
    assert_true(access_issue_redirection(world.access, &world.arena, &world.whose, world.login,
                                         GUID, &token, &err));
    return token;
}

static struct slice made(const char *secret, const char *issuer, const char *device,
                         int64_t seconds, const char *subject)
{
    struct error err;
    struct slice token;
    struct token_key *key = token_key_new(slice_of_string(secret), &err);
    const struct token_claims claims = {.tenant_id = "red",
                                        .issuer = issuer,
                                        .device_id = device,
                                        .expires_s = clock_wall_ms() / 1000 + seconds,
                                        .subject = subject};
    assert_true(token_sign(key, &world.arena, &claims, &token, &err));
    token_key_free(key);
    return token;
}

static void body_of_good(struct store *store, void *arg)
{
    (void)store;
    (void)arg;
    struct slice token = issued("admin");
    assert_int_equal(check(token), ERROR_NONE);
    assert_int_equal(check(token), ERROR_NONE); /* screen and drives share one */
    assert_int_equal(check_for(token, OTHER), ERROR_UNAUTHORIZED);
    assert_int_equal(check(issued(NULL)), ERROR_NONE);
    assert_int_equal(check(issued("somebody of a gateway's")), ERROR_NONE);
}

static void body_of_bad(struct store *store, void *arg)
{
    (void)store;
    (void)arg;
    char huge[TOKEN_LIMIT + 1];
    memset(huge, 'a', sizeof huge);
    assert_int_equal(check(made(SECRET, ISSUER, GUID, 60, NULL)), ERROR_NONE);
    assert_int_equal(check(made(SECRET, ISSUER, "143E4567-E89B-12D3-A456-426614174000", 60, NULL)),
                     ERROR_NONE);
    assert_int_equal(check(made(SECRET, ISSUER, "*", 60, NULL)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(made(SECRET, ISSUER, "", 60, NULL)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(made(SECRET, ISSUER, GUID, 0, NULL)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(made(SECRET, "another", GUID, 60, NULL)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(made("another secret of enough length!", ISSUER, GUID, 60, NULL)),
                     ERROR_UNAUTHORIZED);
    assert_int_equal(check(made(SECRET, ISSUER, GUID, 60, "who has left")), ERROR_UNAUTHORIZED);
    assert_int_equal(check(slice_of(NULL, 0)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(slice_of(huge, sizeof huge)), ERROR_UNAUTHORIZED);
    assert_int_equal(check(SLICE_LITERAL("no token")), ERROR_UNAUTHORIZED);
}

static void body_of_logout(struct store *store, void *arg)
{
    (void)store;
    (void)arg;
    struct slice first = issued("admin");
    struct slice login = world.login;
    world.login = made(SECRET, ISSUER, "*", 30, "admin");
    struct slice second = issued("admin");
    access_revoke(world.access, &world.arena, login);
    assert_int_equal(check(first), ERROR_UNAUTHORIZED);
    assert_int_equal(check(second), ERROR_NONE);
    access_revoke(world.access, &world.arena, second);
    assert_int_equal(check(second), ERROR_UNAUTHORIZED);
}

static void a_token_opens_its_device_and_no_other(void **state)
{
    (void)state;
    store_blocking(world.store, body_of_good, NULL);
}

static void what_is_no_redirection_token_opens_nothing(void **state)
{
    (void)state;
    store_blocking(world.store, body_of_bad, NULL);
}

static void a_logout_ends_what_was_made_with_the_login(void **state)
{
    (void)state;
    store_blocking(world.store, body_of_logout, NULL);
}

static int setup(void **state)
{
    static const struct access_options options = {.jwt_secret = SECRET, .login_enabled = true};
    struct error err;
    char generated[25];
    (void)state;
    (void)snprintf(world.directory, sizeof world.directory, "/tmp/outband-access-XXXXXX");
    assert_non_null(mkdtemp(world.directory));
    const struct store_options store = {.directory = world.directory, .instance = "here"};
    arena_init(&world.arena);
    world.store = store_open(&store, &err);
    assert_non_null(world.store);
    world.access = access_new(world.store, &options, &err);
    assert_non_null(world.access);
    assert_true(access_bootstrap(world.access, "admin", "P@ssw0rd", generated, &err));
    world.login = made(SECRET, ISSUER, "*", 60, "admin");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    access_free(world.access);
    store_close(world.store);
    remove_folder();
    arena_fini(&world.arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_opens_its_device_and_no_other),
        TEST(what_is_no_redirection_token_opens_nothing),
        TEST(a_logout_ends_what_was_made_with_the_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
