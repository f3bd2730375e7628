/* Changing a device's AMT password, whatever the device, the store and the process do at any step:
 * one of the stored passwords opens the device afterwards. The store is a real one; the device is
 * this file's, and its password is in a file of its own, so that it survives the process. */
#include "../store/cut.h"

#include "amt/account.h"
#include "io/fiber.h"
#include "mps/rotation.h"
#include "store/holds.h"
#include "store/passwords.h"
#include "store/provisionings.h"
#include "wsman/catalogue.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define GUID "143e4567-e89b-12d3-a456-426614174000"

enum setting { TAKES, REFUSES, TAKES_AND_IS_SILENT, HEARS_NOTHING, TAKES_AND_IS_GONE };

static struct {
    struct scratch *scratch;
    struct store *store;
    struct cut *cut;
    enum setting setting;
    bool gone;
    enum amt_peer peer;
    unsigned sets;
    char login[STORE_PASSWORD_LIMIT + 1]; /* what the session logs in with */
} world;

/* ---- the device ---- */

static void read_device(char *password)
{
    int fd = open(scratch_path(world.scratch, "device"), O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, password, STORE_PASSWORD_LIMIT);
    password[size < 0 ? 0 : size] = '\0';
    (void)close(fd);
}

static void write_device(struct slice password)
{
    int fd = open(scratch_path(world.scratch, "device"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, password.data, password.size) != (ssize_t)password.size)
        _exit(3);
    (void)close(fd);
}

static bool opens(struct slice password)
{
    char device[STORE_PASSWORD_LIMIT + 1];
    read_device(device);
    if (password.size == 0 || !slice_equal_string(password, device))
        return false;
    (void)snprintf(world.login, sizeof world.login, "%s", device);
    return true;
}

/* As src/amt/session.c and the carriers do it. */
static bool log_in(struct arena *arena, struct error *err)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords stored;
    if (opens(slice_of_string(world.login)))
        return true;
    world.login[0] = '\0';
    if (!store_passwords_get(world.store, arena, &guid, "", &stored, err))
        return false;
    const struct store_password_list *list = &stored.lists[STORE_PASSWORD_AMT];
    for (size_t i = 0; i < list->count; i++) {
        const struct store_password_step found = {.event = STORE_PASSWORD_FOUND,
                                                  .text = list->items[i].text,
                                                  .proven = world.peer == AMT_PEER_PROVEN};
        if (opens(list->items[i].text))
            return list->items[i].current ||
                   store_passwords_step(world.store, &guid, "", &found, err);
    }
    return error_set(err, ERROR_LOGIN, "the device refuses the stored AMT password");
}

bool amt_get(struct amt *amt, struct arena *arena, const struct wsman_target *target,
             struct wsman_reply *reply, struct error *err)
{
    (void)amt;
    assert_ptr_equal(target->class, &wsman_AMT_GeneralSettings);
    if (world.gone)
        return error_set(err, ERROR_CONNECTION, "the device is gone");
    if (!log_in(arena, err))
        return false;
    reply->body =
        wsman_xml_parse(arena, SLICE_LITERAL("<a><DigestRealm>Digest:0123</DigestRealm></a>"), err);
    return reply->body != NULL;
}

const struct wsman_xml *amt_instance(const struct wsman_reply *reply,
                                     const struct wsman_class *class)
{
    (void)class;
    return reply->body;
}

void amt_log_in_with(struct amt *amt, struct slice password)
{
    (void)amt;
    (void)snprintf(world.login, sizeof world.login, "%.*s", SLICE_ARG(password));
}

bool amt_logged_in_with(const struct amt *amt, struct slice password)
{
    (void)amt;
    return password.size > 0 && slice_equal_string(password, world.login);
}

enum amt_peer amt_peer(const struct amt *amt)
{
    (void)amt;
    return world.peer;
}

bool amt_account_set_admin_password(struct amt *amt, struct arena *arena, struct slice realm,
                                    struct slice password, struct error *err)
{
    (void)amt;
    (void)arena;
    world.sets++;
    assert_true(slice_equal_string(realm, "Digest:0123"));
    if (world.cut != NULL)
        cut_point(world.cut);
    if (world.setting == REFUSES)
        return error_set(err, ERROR_DEVICE, "SetAdminAclEntryEx: the device refuses (2)");
    if (world.setting != HEARS_NOTHING)
        write_device(password);
    world.gone = world.setting == TAKES_AND_IS_GONE;
    if (world.cut != NULL)
        cut_point(world.cut);
    return world.setting == TAKES || error_set(err, ERROR_TIMEOUT, "no answer");
}

/* ---- tests ---- */

static bool rotate(struct arena *arena, const char *password, struct error *err)
{
    struct guid guid = guid_of(GUID);
    return mps_rotation_run(world.store, &guid, "", NULL, arena, slice_of_string(password), err);
}

/* A device "A" with its row. */
static void begin(struct store *store, enum setting setting)
{
    struct arena arena;
    struct guid guid = guid_of(GUID);
    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_device_secrets secrets = {.amt_password = "A"};
    struct error err;
    arena_init(&arena);
    world.store = store;
    world.setting = setting;
    world.gone = false;
    world.peer = AMT_PEER_PROVEN;
    world.cut = NULL;
    world.sets = 0;
    world.login[0] = '\0';
    write_device(SLICE_LITERAL("A"));
    if (!store_device_put(store, &arena, &device, 0, &secrets, false, NULL, &err))
        fail_msg("%s", err.text);
    arena_fini(&arena);
}

static void expect(struct arena *arena, const char *device, const char *current,
                   const char *pending)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords stored;
    struct error err;
    char password[STORE_PASSWORD_LIMIT + 1];
    read_device(password);
    assert_string_equal(password, device);
    assert_true(store_passwords_get(world.store, arena, &guid, "", &stored, &err));
    const struct store_password_list *list = &stored.lists[STORE_PASSWORD_AMT];
    assert_int_equal(list->count, pending[0] == '\0' ? 1 : 2);
    for (size_t i = 0; i < list->count; i++)
        assert_true(
            slice_equal_string(list->items[i].text, list->items[i].current ? current : pending));
    assert_false(store_device_is_held(world.store, &guid));
}

STORE_TEST(a_password_that_was_given_is_set_and_confirmed)
{
    struct store_provisioning *history;
    size_t count;
    uint64_t total;
    struct error err;
    begin(store, TAKES);
    assert_true(rotate(arena, "B", &err));
    expect(arena, "B", "B", "");
    assert_true(
        store_provisioning_list(store, arena, NULL, "", -1, 25, 0, &history, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_string_equal(history[0].command, "rotate-password");
    assert_int_equal(history[0].outcome, STORE_OUTCOME_SUCCESS);
}

STORE_TEST(without_one_each_device_gets_its_own)
{
    struct error err;
    char first[STORE_PASSWORD_LIMIT + 1], second[STORE_PASSWORD_LIMIT + 1];
    begin(store, TAKES);
    assert_true(rotate(arena, "", &err));
    read_device(first);
    assert_int_equal(strlen(first), 16);
    expect(arena, first, first, "");
    assert_true(rotate(arena, "", &err));
    read_device(second);
    assert_string_not_equal(first, second);
    expect(arena, second, second, "");
}

STORE_TEST(one_that_is_set_already_is_not_set_again)
{
    struct error err;
    begin(store, TAKES);
    assert_true(rotate(arena, "A", &err));
    assert_int_equal(world.sets, 0);
    expect(arena, "A", "A", "");
}

STORE_TEST(a_refusal_leaves_the_old_one)
{
    struct store_provisioning *history;
    size_t count;
    uint64_t total;
    struct error err;
    begin(store, REFUSES);
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_DEVICE);
    assert_string_equal(err.text,
                        "the password was not changed: SetAdminAclEntryEx: the device refuses (2)");
    expect(arena, "A", "A", "");
    assert_true(store_provisioning_list(store, arena, NULL, "", STORE_OUTCOME_FAILURE, 25, 0,
                                        &history, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_string_equal(history[0].step, "Setting the new password");
}

STORE_TEST(an_answer_that_is_lost_is_found_out)
{
    struct error err;
    begin(store, TAKES_AND_IS_SILENT);
    assert_true(rotate(arena, "B", &err));
    expect(arena, "B", "B", "");
}

STORE_TEST(a_request_that_is_lost_may_still_arrive)
{
    struct error err;
    begin(store, HEARS_NOTHING);
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    expect(arena, "A", "A", "B");
    write_device(SLICE_LITERAL("B")); /* it does */
    world.setting = TAKES;
    assert_true(rotate(arena, "C", &err));
    expect(arena, "C", "C", "");
}

STORE_TEST(a_device_that_goes_away_is_opened_by_the_pending_one_later)
{
    struct error err;
    begin(store, TAKES_AND_IS_GONE);
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_CONNECTION);
    expect(arena, "B", "A", "B");
    world.gone = false;
    world.login[0] = '\0';
    world.setting = TAKES;
    assert_true(rotate(arena, "C", &err));
    expect(arena, "C", "C", "");
}

/* What stands on it when its password is changed. */
static void plant(struct store *store, const char *text)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    const struct store_password_step step = {.event = STORE_PASSWORD_PROPOSED,
                                             .text = slice_of_string(text)};
    assert_true(store_passwords_step(store, &guid, "", &step, &err));
}

static size_t count_stored(struct store *store, struct arena *arena,
                           enum store_password_origin *origin)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords stored;
    struct error err;
    assert_true(store_passwords_get(store, arena, &guid, "", &stored, &err));
    *origin = store_passwords_current(&stored, STORE_PASSWORD_AMT)->origin;
    return stored.lists[STORE_PASSWORD_AMT].count;
}

STORE_TEST(only_who_is_sure_of_the_device_forgets_the_passwords_before)
{
    enum store_password_origin origin;
    struct error err;
    begin(store, TAKES);
    plant(store, "X");
    world.peer = AMT_PEER_ANYBODY;
    assert_true(rotate(arena, "B", &err));
    assert_int_equal(count_stored(store, arena, &origin), 3); /* A, X and B */
    assert_int_equal(origin, STORE_ORIGIN_ROTATION);
    world.peer = AMT_PEER_PROVEN;
    assert_true(rotate(arena, "", &err));
    assert_int_equal(count_stored(store, arena, &origin), 2); /* and X, of which nobody knows */
    assert_int_equal(origin, STORE_ORIGIN_MADE); /* which its agent may be let in with */
}

STORE_TEST(a_tunnel_of_a_run_that_did_not_end_well_is_not_believed)
{
    enum store_password_origin origin;
    struct error err;
    begin(store, TAKES);
    world.peer = AMT_PEER_UNPROVEN;
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_int_equal(world.sets, 0);
    assert_int_equal(count_stored(store, arena, &origin), 1);
}

STORE_TEST(what_an_agent_planted_is_not_believed)
{
    struct error err;
    begin(store, TAKES);
    plant(store, "X");
    write_device(SLICE_LITERAL("X"));
    world.peer = AMT_PEER_ANYBODY;
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_int_equal(world.sets, 0);
}

STORE_TEST(many_lost_attempts_never_run_out_of_room)
{
    struct error err;
    begin(store, HEARS_NOTHING);
    for (int i = 0; i < 5; i++)
        assert_false(rotate(arena, "", &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    world.setting = TAKES;
    assert_true(rotate(arena, "C", &err));
    expect(arena, "C", "C", "");
}

STORE_TEST(nothing_is_set_that_could_not_be_stored)
{
    struct cut cut;
    struct error err;
    begin(store, TAKES);
    cut_begin(&cut, store);
    cut.fail_at = 0;
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_STORE);
    cut_end(&cut);
    assert_int_equal(world.sets, 0);
    expect(arena, "A", "A", "");
}

STORE_TEST(a_confirmation_that_cannot_be_stored_leaves_both)
{
    struct cut cut;
    struct error err;
    begin(store, TAKES);
    cut_begin(&cut, store);
    cut.fail_at = 2;
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_STORE);
    cut_end(&cut);
    expect(arena, "B", "A", "B");
}

STORE_TEST(a_device_that_is_being_provisioned_is_left_alone)
{
    struct store_hold session = {.entry = {.guid = guid_of(GUID)}, .proven = true};
    struct error err;
    begin(store, TAKES);
    assert_true(store_hold_take(store, &session, &err));
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(world.sets, 0);
    store_hold_give(store, &session);
    expect(arena, "A", "A", "");
}

STORE_TEST(another_account_than_admin_is_left_alone)
{
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = "", .username = "operator"};
    struct error err;
    begin(store, TAKES);
    assert_true(store_device_put(store, arena, &device, STORE_USERNAME, NULL, true, NULL, &err));
    assert_false(rotate(arena, "B", &err));
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
    assert_int_equal(world.sets, 0);
}

/* ---- the process is killed ---- */

static void rotate_twice(struct cut *cut, void *arg)
{
    struct arena arena;
    struct error err;
    (void)arg;
    arena_init(&arena);
    begin(cut->store, TAKES);
    world.cut = cut;
    if (!rotate(&arena, "B", &err) || !rotate(&arena, "C", &err))
        _exit(2);
    arena_fini(&arena);
}

static void check_and_go_on(struct store *store, void *arg)
{
    struct arena *arena = &((struct scratch *)arg)->arena;
    struct guid guid = guid_of(GUID);
    struct store_passwords stored;
    struct error err;
    world.store = store;
    world.cut = NULL;
    world.setting = TAKES;
    world.login[0] = '\0';
    if (!store_passwords_get(store, arena, &guid, "", &stored,
                             &err)) /* killed before it was there */
        return;
    const struct store_password_list *list = &stored.lists[STORE_PASSWORD_AMT];
    bool opened = false;
    for (size_t i = 0; i < list->count; i++)
        opened |= opens(list->items[i].text);
    assert_true(opened);
    world.login[0] = '\0';
    if (!rotate(arena, "D", &err))
        assert_int_equal(err.code, ERROR_NOT_FOUND); /* its row was not written yet */
    else
        expect(arena, "D", "D", "");
}

static void a_rotation_is_taken_up_wherever_the_process_is_killed(void **state)
{
    struct scratch *scratch = *state;
    world.scratch = scratch;
    for (int point = 0;; point++) {
        bool died = cut_run(scratch, point, rotate_twice, NULL);
        scratch_open(scratch);
        store_blocking(scratch->store, check_and_go_on, scratch);
        scratch_close(scratch);
        if (!died) {
            assert_true(point >= 12);
            return;
        }
    }
}

static int setup(void **state)
{
    world.scratch = scratch_new();
    *state = world.scratch;
    return 0;
}

static int setup_open(void **state)
{
    (void)setup(state);
    scratch_open(*state);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_open, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_password_that_was_given_is_set_and_confirmed),
        CASE(without_one_each_device_gets_its_own),
        CASE(one_that_is_set_already_is_not_set_again),
        CASE(a_refusal_leaves_the_old_one),
        CASE(an_answer_that_is_lost_is_found_out),
        CASE(a_request_that_is_lost_may_still_arrive),
        CASE(a_device_that_goes_away_is_opened_by_the_pending_one_later),
        CASE(only_who_is_sure_of_the_device_forgets_the_passwords_before),
        CASE(a_tunnel_of_a_run_that_did_not_end_well_is_not_believed),
        CASE(what_an_agent_planted_is_not_believed),
        CASE(many_lost_attempts_never_run_out_of_room),
        CASE(nothing_is_set_that_could_not_be_stored),
        CASE(a_confirmation_that_cannot_be_stored_leaves_both),
        CASE(a_device_that_is_being_provisioned_is_left_alone),
        CASE(another_account_than_admin_is_left_alone),
        cmocka_unit_test_setup_teardown(a_rotation_is_taken_up_wherever_the_process_is_killed,
                                        setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
