/* Users, logins and what their tokens are good for (spec mps 1.6), over a real store. */
#include "access/access.h"
#include "access/password.h"
#include "access/token.h"
#include "core/clock.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "io/fiber.h"
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

struct fixture {
    char directory[64];
    struct store *store;
    struct access *access;
    struct arena arena;
    void (*body)(struct fixture *fixture);
};

static struct access_options options = {.jwt_secret = SECRET, .login_enabled = true};

static void open_fixture(struct fixture *fixture)
{
    struct store_options store = {.directory = fixture->directory, .instance = "here"};
    struct error err;
    fixture->store = store_open(&store, &err);
    if (fixture->store == NULL)
        fail_msg("%s", err.text);
    fixture->access = access_new(fixture->store, &options, &err);
    if (fixture->access == NULL)
        fail_msg("%s", err.text);
}

static void close_fixture(struct fixture *fixture)
{
    access_free(fixture->access);
    store_close(fixture->store);
}

static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/outband-access-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    arena_init(&fixture->arena);
    open_fixture(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close_fixture(fixture);
    DIR *folder = opendir(fixture->directory);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    (void)rmdir(fixture->directory);
    arena_fini(&fixture->arena);
    free(fixture);
    return 0;
}

static void run_body(struct store *store, void *arg)
{
    (void)store;
    struct fixture *fixture = arg;
    fixture->body(fixture);
}

static void on_fiber(struct fixture *fixture, void (*body)(struct fixture *fixture))
{
    fixture->body = body;
    store_blocking(fixture->store, run_body, fixture);
}

static void bootstrap(struct fixture *fixture, const char *user, const char *password)
{
    char generated[25];
    struct error err;
    assert_true(access_bootstrap(fixture->access, user, password, generated, &err));
    assert_string_equal(generated, "");
}

static enum error_code login_from(struct fixture *fixture, const char *user, const char *password,
                                  const char *source)
{
    struct slice token;
    struct error err = {0};
    bool ok = access_login(fixture->access, &fixture->arena, slice_of_string(user),
                           slice_of_string(password), source, &token, &err);
    assert_true(ok == (err.code == ERROR_NONE));
    return err.code;
}

static enum error_code login(struct fixture *fixture, const char *user, const char *password)
{
    return login_from(fixture, user, password, "192.0.2.1");
}

/* ---- passwords ---- */

static void a_hash_is_argon2id_and_salted(void **state)
{
    (void)state;
    char one[PASSWORD_HASH_SIZE];
    char two[PASSWORD_HASH_SIZE];
    struct error err;
    assert_true(password_hash(SLICE_LITERAL("secret"), one, &err));
    assert_true(password_hash(SLICE_LITERAL("secret"), two, &err));
    static const char begins[] = "$argon2id$v=19$m=19456,t=2,p=1$";
    assert_memory_equal(one, begins, sizeof begins - 1);
    assert_string_not_equal(one, two);
    assert_true(password_verify(SLICE_LITERAL("secret"), one));
    assert_false(password_verify(SLICE_LITERAL("Secret"), one));
    assert_false(password_verify(SLICE_LITERAL(""), one));
    assert_false(password_verify(SLICE_LITERAL("secret"), "not a hash"));
}

/* ---- logging in ---- */

static void log_in(struct fixture *fixture)
{
    struct slice token;
    struct error err;
    int64_t before = clock_wall_ms() / 1000;
    assert_true(access_login(fixture->access, &fixture->arena, SLICE_LITERAL("aDmIn"),
                             SLICE_LITERAL("P@ssw0rd"), "192.0.2.1", &token, &err));
    int64_t after = clock_wall_ms() / 1000;

    struct token_key *key = token_key_new(SLICE_LITERAL(SECRET), &err);
    struct token_claims claims;
    assert_true(token_verify(key, &fixture->arena, token, &claims, &err));
    token_key_free(key);
    assert_string_equal(claims.tenant_id, "");
    assert_string_equal(claims.issuer, ISSUER);
    assert_string_equal(claims.device_id, "*");
    assert_true(claims.expires_s >= before + 1440 * 60);
    assert_true(claims.expires_s <= after + 1440 * 60);

    struct access_identity identity;
    for (int i = 0; i < 2; i++) { /* checked, then from the cache */
        assert_true(access_check(fixture->access, &fixture->arena, token, &identity, &err));
        assert_string_equal(identity.tenant_id, "");
        assert_string_equal(identity.device_id, "*");
        assert_string_equal(identity.user, "admin");
    }
}

/* Both within one second, as scripts do it. */
static void log_in_twice(struct fixture *fixture)
{
    struct slice tokens[2];
    struct error err;
    struct access_identity identity;
    for (int i = 0; i < 2; i++)
        assert_true(access_login(fixture->access, &fixture->arena, SLICE_LITERAL("admin"),
                                 SLICE_LITERAL("P@ssw0rd"), "192.0.2.1", &tokens[i], &err));
    access_revoke(fixture->access, &fixture->arena, tokens[0]);
    assert_false(access_check(fixture->access, &fixture->arena, tokens[0], &identity, &err));
    assert_true(access_check(fixture->access, &fixture->arena, tokens[1], &identity, &err));
}

static void a_logout_ends_one_login_of_two(void **state)
{
    bootstrap(*state, "admin", "P@ssw0rd");
    on_fiber(*state, log_in_twice);
}

static void a_good_login_gives_a_token_that_is_accepted(void **state)
{
    bootstrap(*state, "Admin", "P@ssw0rd");
    on_fiber(*state, log_in);
}

static void wrong_logins(struct fixture *fixture)
{
    char long_password[2000];
    memset(long_password, 'p', sizeof long_password - 1);
    long_password[sizeof long_password - 1] = '\0';
    const char *const wrong[][2] = {
        {"admin", "p@ssw0rd"},   {"admin", ""},    {"", ""},
        {"adm", "P@ssw0rd"},     {"", "P@ssw0rd"}, {"admin ", "P@ssw0rd"},
        {"admin", long_password}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "192.0.2.%zu", i + 1);
        assert_int_equal(login_from(fixture, wrong[i][0], wrong[i][1], source), ERROR_UNAUTHORIZED);
    }
    struct slice token;
    struct error err;
    assert_false(access_login(fixture->access, &fixture->arena, slice_of("admin\0x", 7),
                              SLICE_LITERAL("P@ssw0rd"), "192.0.2.99", &token, &err));
    assert_int_equal(err.code, ERROR_UNAUTHORIZED);
    assert_string_equal(err.text, "Incorrect Username and/or Password!");
    char long_user[400];
    memset(long_user, 'u', sizeof long_user);
    assert_false(access_login(fixture->access, &fixture->arena, slice_of(long_user, 400),
                              SLICE_LITERAL("P@ssw0rd"), "192.0.2.98", &token, &err));
    assert_int_equal(err.code, ERROR_UNAUTHORIZED);
    assert_int_equal(login(fixture, "admin", "P@ssw0rd"), ERROR_NONE);
}

static void a_wrong_user_or_password_is_unauthorized(void **state)
{
    bootstrap(*state, "admin", "P@ssw0rd");
    on_fiber(*state, wrong_logins);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#define TIMINGS 7

static uint64_t median_of_failures(struct fixture *fixture, const char *user)
{
    uint64_t took[TIMINGS];
    for (int i = 0; i < TIMINGS; i++) {
        char source[32];
        (void)snprintf(source, sizeof source, "%s.%d", user, i);
        uint64_t started = clock_monotonic_ns();
        assert_int_equal(login_from(fixture, user, "wrong", source), ERROR_UNAUTHORIZED);
        took[i] = clock_monotonic_ns() - started;
    }
    qsort(took, TIMINGS, sizeof *took, compare);
    return took[TIMINGS / 2];
}

static void unknown_users(struct fixture *fixture)
{
    uint64_t known = median_of_failures(fixture, "admin");
    uint64_t unknown = median_of_failures(fixture, "nobody");
    /* Without the hash an unknown user is answered a hundred times faster. */
    assert_true(unknown > known / 3);
    assert_true(known > unknown / 3);
}

static void an_unknown_user_takes_as_long_as_a_wrong_password(void **state)
{
    bootstrap(*state, "admin", "P@ssw0rd");
    on_fiber(*state, unknown_users);
}

static void too_many(struct fixture *fixture)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(login(fixture, i % 2 == 0 ? "admin" : "ADMIN", "wrong"),
                         ERROR_UNAUTHORIZED);
    /* Even the right password, and whatever the case of the name. */
    assert_int_equal(login(fixture, "Admin", "P@ssw0rd"), ERROR_THROTTLED);
    assert_int_equal(
        access_login_wait_s(fixture->access, &fixture->arena, SLICE_LITERAL("Admin"), "192.0.2.1"),
        1);
    assert_int_equal(login(fixture, "admin", "P@ssw0rd"), ERROR_THROTTLED);
    assert_int_equal(login_from(fixture, "admin", "P@ssw0rd", "192.0.2.2"), ERROR_NONE);
    struct error err;
    assert_true(io_sleep(1100, &err));
    assert_int_equal(login(fixture, "admin", "P@ssw0rd"), ERROR_NONE);
    for (int i = 0; i < 7; i++) { /* 5 free ones, then 1 and 2 s */
        uint32_t wait = access_login_wait_s(fixture->access, &fixture->arena,
                                            SLICE_LITERAL("other"), "192.0.2.1");
        assert_int_equal(wait, i <= 5 ? 1 : 2);
        if (i >= 5)
            assert_true(io_sleep(1000 * wait + 100, &err));
        assert_int_equal(login(fixture, "other", "wrong"), ERROR_UNAUTHORIZED);
    }
}

static void too_many_failures_are_throttled_at_their_source_only(void **state)
{
    bootstrap(*state, "admin", "P@ssw0rd");
    on_fiber(*state, too_many);
}

static void switched_off(struct fixture *fixture)
{
    assert_int_equal(login(fixture, "admin", "P@ssw0rd"), ERROR_UNSUPPORTED);
}

static void logins_can_be_switched_off(void **state)
{
    struct fixture *fixture = *state;
    bootstrap(fixture, "admin", "P@ssw0rd");
    close_fixture(fixture);
    options.login_enabled = false;
    open_fixture(fixture);
    options.login_enabled = true;
    on_fiber(fixture, switched_off);
}

/* The toolkit reads such a password as a number and never accepts it (spec mps 1.6, trap). */
static void digits(struct fixture *fixture)
{
    assert_int_equal(login(fixture, "123", "1234567890"), ERROR_NONE);
    assert_int_equal(login(fixture, "123", "1234567891"), ERROR_UNAUTHORIZED);
}

static void a_name_and_password_of_digits_work(void **state)
{
    bootstrap(*state, "123", "1234567890");
    on_fiber(*state, digits);
}

/* ---- the administrator ---- */

static char invented[25];

static void log_in_with_invented(struct fixture *fixture)
{
    assert_int_equal(login(fixture, "admin", invented), ERROR_NONE);
}

static void the_first_start_invents_a_password_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    assert_true(access_bootstrap(fixture->access, NULL, NULL, invented, &err));
    assert_int_equal(strlen(invented), 24);
    char again[25];
    assert_true(access_bootstrap(fixture->access, NULL, "", again, &err));
    assert_string_equal(again, "");
    close_fixture(fixture);
    open_fixture(fixture);
    assert_true(access_bootstrap(fixture->access, "admin", NULL, again, &err));
    assert_string_equal(again, "");
    on_fiber(fixture, log_in_with_invented);
}

static void only_bob(struct fixture *fixture)
{
    assert_int_equal(login(fixture, "alice", "first"), ERROR_UNAUTHORIZED);
    assert_int_equal(login(fixture, "bob", "first"), ERROR_NONE);
    uint64_t count;
    struct error err;
    assert_true(store_user_count(fixture->store, &count, &err));
    assert_int_equal(count, 1);
}

static void an_administrator_renamed_in_the_settings_is_gone(void **state)
{
    bootstrap(*state, "Alice", "first");
    bootstrap(*state, "Bob", "first");
    on_fiber(*state, only_bob);
    bootstrap(*state, "bob", "first"); /* no change */
    on_fiber(*state, only_bob);
    /* The default name without a password is no wish of anybody's. */
    bootstrap(*state, "admin", NULL);
    bootstrap(*state, NULL, NULL);
    bootstrap(*state, "BOB", "");
    on_fiber(*state, only_bob);
}

static void only_carol(struct fixture *fixture)
{
    assert_int_equal(login(fixture, "bob", "first"), ERROR_UNAUTHORIZED);
    assert_int_equal(login(fixture, "carol", invented), ERROR_NONE);
}

static void a_new_name_without_a_password_gets_one(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    bootstrap(fixture, "bob", "first");
    assert_true(access_bootstrap(fixture->access, "carol", NULL, invented, &err));
    assert_int_equal(strlen(invented), 24);
    on_fiber(fixture, only_carol);
}

static const char *read_hash(struct fixture *fixture)
{
    static char hash[PASSWORD_HASH_SIZE];
    const char *text;
    struct error err;
    assert_true(store_user_get(fixture->store, &fixture->arena, "admin", &text, &err));
    (void)snprintf(hash, sizeof hash, "%s", text);
    return hash;
}

static char hash_before[PASSWORD_HASH_SIZE];

static void note_hash(struct fixture *fixture)
{
    (void)snprintf(hash_before, sizeof hash_before, "%s", read_hash(fixture));
}

static void same_hash(struct fixture *fixture)
{
    assert_string_equal(read_hash(fixture), hash_before);
}

static void new_password_only(struct fixture *fixture)
{
    assert_string_not_equal(read_hash(fixture), hash_before);
    assert_int_equal(login(fixture, "admin", "first"), ERROR_UNAUTHORIZED);
    assert_int_equal(login(fixture, "admin", "second"), ERROR_NONE);
}

static void the_given_password_is_written_only_when_it_changed(void **state)
{
    bootstrap(*state, "admin", "first");
    on_fiber(*state, note_hash);
    bootstrap(*state, "admin", "first");
    on_fiber(*state, same_hash);
    bootstrap(*state, "admin", "second");
    on_fiber(*state, new_password_only);
}

/* ---- tokens ---- */

static struct slice made(struct fixture *fixture, const char *secret, const char *issuer,
                         const char *device, int64_t seconds)
{
    struct error err;
    struct token_key *key = token_key_new(slice_of_string(secret), &err);
    struct token_claims claims = {.tenant_id = "red",
                                  .issuer = issuer,
                                  .device_id = device,
                                  .expires_s = clock_wall_ms() / 1000 + seconds};
    struct slice token;
    assert_true(token_sign(key, &fixture->arena, &claims, &token, &err));
    token_key_free(key);
    return token;
}

static bool check(struct fixture *fixture, struct slice token)
{
    struct access_identity identity;
    struct error err = {0};
    bool ok = access_check(fixture->access, &fixture->arena, token, &identity, &err);
    assert_true(ok || err.code == ERROR_UNAUTHORIZED);
    assert_true(!ok || strcmp(identity.tenant_id, "red") == 0);
    assert_true(!ok || identity.user == NULL); /* of a gateway: it doesn't say who */
    return ok;
}

static void tokens_of_others_and_old_ones_are_refused(void **state)
{
    assert_true(check(*state, made(*state, SECRET, ISSUER, "*", 60)));
    assert_false(check(*state, made(*state, "another", ISSUER, "*", 60)));
    assert_false(check(*state, made(*state, SECRET, "another", "*", 60)));
    assert_false(check(*state, made(*state, SECRET, ISSUER, "*", 0)));
    assert_false(check(*state, made(*state, SECRET, ISSUER, "*", -60)));
    assert_false(check(*state, slice_of(NULL, 0)));
    char huge[TOKEN_LIMIT + 1];
    memset(huge, 'a', sizeof huge);
    assert_false(check(*state, slice_of(huge, sizeof huge)));
}

static void a_redirection_token_is_no_login_token(void **state)
{
    struct fixture *fixture = *state;
    const char *guid = "143e4567-e89b-12d3-a456-426614174000";
    assert_false(check(fixture, made(fixture, SECRET, ISSUER, guid, 60)));
    struct slice token;
    struct error err;
    int64_t now = clock_wall_ms() / 1000;
    const struct access_identity whose = {.tenant_id = "red", .device_id = "*"};
    assert_true(access_issue_redirection(fixture->access, &fixture->arena, &whose,
                                         SLICE_LITERAL("a.b.c"), guid, &token, &err));
    assert_false(check(fixture, token));
    struct token_key *key = token_key_new(SLICE_LITERAL(SECRET), &err);
    struct token_claims claims;
    assert_true(token_verify(key, &fixture->arena, token, &claims, &err));
    token_key_free(key);
    assert_string_equal(claims.device_id, guid);
    assert_string_equal(claims.tenant_id, "red");
    assert_true(claims.expires_s >= now + 300 && claims.expires_s <= now + 302);
}

static void a_cached_token_expires_all_the_same(void **state)
{
    struct slice token = made(*state, SECRET, ISSUER, "*", 2);
    assert_true(check(*state, token));
    assert_true(check(*state, token));
    (void)usleep(2100 * 1000);
    assert_false(check(*state, token));
}

static void many_tokens_do_not_confuse_the_cache(void **state)
{
    struct fixture *fixture = *state;
    struct slice tokens[300];
    for (size_t i = 0; i < 300; i++) {
        tokens[i] = made(fixture, SECRET, ISSUER, "*", 60 + (int64_t)i);
        assert_true(check(fixture, tokens[i]));
    }
    for (size_t i = 0; i < 300; i++) {
        assert_true(check(fixture, tokens[i]));
        char *changed = arena_string(&fixture->arena, tokens[i]);
        size_t at = tokens[i].size - 10;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        assert_false(check(fixture, slice_of(changed, tokens[i].size)));
    }
}

static struct slice own_token;

static void a_generated_key_is_kept(void **state)
{
    struct fixture *fixture = *state;
    close_fixture(fixture);
    options.jwt_secret = NULL;
    open_fixture(fixture);
    struct error err;
    assert_true(access_issue(fixture->access, &fixture->arena, 5, &own_token, &err));
    close_fixture(fixture);
    open_fixture(fixture);
    struct access_identity identity;
    assert_true(access_check(fixture->access, &fixture->arena, own_token, &identity, &err));
    options.jwt_secret = SECRET;
}

static void no_key(struct fixture *fixture)
{
    struct slice value;
    struct error err;
    assert_false(store_secret_get(fixture->store, &fixture->arena, "outband/jwt", &value, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_command_beside_the_server_makes_no_key(void **state)
{
    struct fixture *fixture = *state;
    struct store_options beside = {
        .directory = fixture->directory, .instance = "here", .beside_server = true};
    struct access_options generated = {.login_enabled = true};
    struct error err = {0};
    struct store *store = store_open(&beside, &err);
    assert_non_null(store);
    assert_null(access_new(store, &generated, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "there is no key for tokens in the store: "));
    /* A server that was given a secret keeps none. */
    assert_non_null(strstr(err.text, "OUTBAND_JWT_SECRET"));
    store_close(store);
    on_fiber(fixture, no_key);
}

static char *log_of_start(struct fixture *fixture, const char *secret, char text[1024])
{
    close_fixture(fixture);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    (void)fflush(stdout);
    int terminal = dup(STDOUT_FILENO);
    (void)dup2(pipes[1], STDOUT_FILENO);
    (void)close(pipes[1]);
    options.jwt_secret = secret;
    open_fixture(fixture);
    options.jwt_secret = SECRET;
    (void)dup2(terminal, STDOUT_FILENO);
    (void)close(terminal);
    ssize_t size = read(pipes[0], text, 1023);
    assert_true(size >= 0);
    text[size] = '\0';
    (void)close(pipes[0]);
    return text;
}

static void a_short_secret_is_used_with_a_warning(void **state)
{
    char text[1024];
    assert_non_null(strstr(log_of_start(*state, "0123456789012345678901234567890", text),
                           "MPS_JWT_SECRET is shorter than 32 bytes"));
    assert_null(strstr(text, "0123456789"));
    assert_string_equal(log_of_start(*state, "01234567890123456789012345678901", text), "");
    assert_string_equal(log_of_start(*state, NULL, text), "");
}

static void damage_key(struct fixture *fixture)
{
    struct error err;
    assert_true(store_secret_put(fixture->store, "outband/jwt", SLICE_LITERAL("damaged"), &err));
}

static void key_is_still_damaged(struct fixture *fixture)
{
    struct slice value;
    struct error err;
    assert_true(store_secret_get(fixture->store, &fixture->arena, "outband/jwt", &value, &err));
    assert_true(slice_equal_string(value, "damaged"));
}

static void a_damaged_key_is_not_replaced(void **state)
{
    struct fixture *fixture = *state;
    on_fiber(fixture, damage_key);
    struct access_options generated = {.login_enabled = true};
    struct error err = {0};
    assert_null(access_new(fixture->store, &generated, &err));
    assert_int_equal(err.code, ERROR_STORE);
    on_fiber(fixture, key_is_still_damaged);
}

#define LOGIN_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOGIN_CASE(a_hash_is_argon2id_and_salted),
        LOGIN_CASE(a_good_login_gives_a_token_that_is_accepted),
        LOGIN_CASE(a_logout_ends_one_login_of_two),
        LOGIN_CASE(a_wrong_user_or_password_is_unauthorized),
        LOGIN_CASE(an_unknown_user_takes_as_long_as_a_wrong_password),
        LOGIN_CASE(too_many_failures_are_throttled_at_their_source_only),
        LOGIN_CASE(logins_can_be_switched_off),
        LOGIN_CASE(a_name_and_password_of_digits_work),
        LOGIN_CASE(the_first_start_invents_a_password_once),
        LOGIN_CASE(an_administrator_renamed_in_the_settings_is_gone),
        LOGIN_CASE(a_new_name_without_a_password_gets_one),
        LOGIN_CASE(the_given_password_is_written_only_when_it_changed),
        LOGIN_CASE(tokens_of_others_and_old_ones_are_refused),
        LOGIN_CASE(a_redirection_token_is_no_login_token),
        LOGIN_CASE(a_cached_token_expires_all_the_same),
        LOGIN_CASE(many_tokens_do_not_confuse_the_cache),
        LOGIN_CASE(a_generated_key_is_kept),
        LOGIN_CASE(a_command_beside_the_server_makes_no_key),
        LOGIN_CASE(a_short_secret_is_used_with_a_warning),
        LOGIN_CASE(a_damaged_key_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
