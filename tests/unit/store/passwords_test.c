/* A device's passwords while they change: whatever happens when, one that is stored opens it. */
#include "scratch.h"
#include "store/passwords.h"

#define GUID "143e4567-e89b-12d3-a456-426614174000"

static void expect(struct store *store, struct arena *arena, const char *current,
                   const char *pending, const char *previous)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    if (!store_passwords_get(store, arena, &guid, NULL, &passwords, &err))
        fail_msg("%s", err.text);
    if (!slice_equal_string(passwords.current, current) ||
        !slice_equal_string(passwords.pending, pending) ||
        !slice_equal_string(passwords.previous, previous))
        fail_msg("current %.*s pending %.*s previous %.*s", SLICE_ARG(passwords.current),
                 SLICE_ARG(passwords.pending), SLICE_ARG(passwords.previous));
}

static bool propose(struct store *store, const char *amt, struct error *err)
{
    struct guid guid = guid_of(GUID);
    return store_passwords_propose(store, &guid, "", amt, NULL, err);
}

static bool confirm(struct store *store, const char *amt)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    return store_passwords_confirm(store, &guid, "", slice_of_string(amt), &err);
}

static bool found(struct store *store, const char *amt, struct error *err)
{
    struct guid guid = guid_of(GUID);
    return store_passwords_found(store, &guid, "", slice_of_string(amt), err);
}

static void expect_all(struct store *store, struct arena *arena, const char *current,
                       const char *pending, const char *previous, const char *newer,
                       const char *older)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    expect(store, arena, current, pending, previous);
    assert_true(store_passwords_get(store, arena, &guid, NULL, &passwords, &err));
    if (!slice_equal_string(passwords.unproven[0], newer) ||
        !slice_equal_string(passwords.unproven[1], older))
        fail_msg("unproven %.*s and %.*s", SLICE_ARG(passwords.unproven[0]),
                 SLICE_ARG(passwords.unproven[1]));
}

static bool propose_unproven(struct store *store, const char *amt, bool displaces,
                             struct error *err)
{
    struct guid guid = guid_of(GUID);
    return store_passwords_propose_unproven(store, &guid, "", amt, NULL, displaces, err);
}

static bool confirm_unproven(struct store *store, const char *amt)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    return store_passwords_confirm_unproven(store, &guid, "", slice_of_string(amt), &err);
}

static bool take_back(struct store *store, const char *amt)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    return store_passwords_take_back(store, &guid, "", slice_of_string(amt), &err);
}

STORE_TEST(whoever_proves_nothing_pushes_no_password_out)
{
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "P", &err));
    assert_true(propose_unproven(store, "B", false, &err));
    assert_true(confirm_unproven(store, "B"));
    expect_all(store, arena, "A", "P", "", "B", "");
    assert_true(propose_unproven(store, "C", false, &err));
    assert_true(confirm_unproven(store, "C"));
    expect_all(store, arena, "A", "P", "", "C", "B");
    assert_false(propose_unproven(store, "D", false, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_false(confirm_unproven(store, "D"));
    assert_true(propose_unproven(store, "A", false, &err)); /* what is stored needs no room */
    assert_true(propose_unproven(store, "B", false, &err));
    expect_all(store, arena, "A", "P", "", "C", "B");
    assert_true(propose_unproven(store, "D", true, &err)); /* the oldest of its kind gives way */
    expect_all(store, arena, "A", "P", "", "D", "C");
    assert_true(confirm(store, "A"));
    expect_all(store, arena, "A", "", "", "", "");
}

STORE_TEST(a_first_password_needs_no_proof)
{
    struct error err;
    assert_true(propose_unproven(store, "A", false, &err));
    expect_all(store, arena, "", "A", "", "", "");
    assert_true(confirm_unproven(store, "A"));
    expect_all(store, arena, "A", "", "", "", "");
}

STORE_TEST(the_second_of_two_that_nobody_knows_of_needs_proof)
{
    struct guid guid = guid_of(GUID);
    struct slice password;
    struct error err;
    assert_true(propose_unproven(store, "A", false, &err));
    assert_true(propose_unproven(store, "B", false, &err));
    assert_true(confirm_unproven(store, "B"));
    expect_all(store, arena, "", "A", "", "B", "");
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "A"));
    assert_true(found(store, "B", &err));
    expect_all(store, arena, "B", "", "", "", "");
}

STORE_TEST(an_unproven_one_that_opens_the_device_becomes_the_only_one)
{
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "P", &err));
    assert_true(propose_unproven(store, "B", false, &err));
    assert_true(propose_unproven(store, "C", false, &err));
    assert_true(found(store, "A", &err)); /* which tells nothing of the others */
    expect_all(store, arena, "A", "P", "", "C", "B");
    assert_true(found(store, "B", &err));
    expect_all(store, arena, "B", "", "", "", "");
}

STORE_TEST(whoever_may_speak_with_another_drops_nothing)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "P", &err));
    assert_true(propose_unproven(store, "B", false, &err));
    assert_true(store_passwords_seen(store, &guid, "", SLICE_LITERAL("P"), &err));
    expect_all(store, arena, "P", "A", "", "B", "");
    assert_false(store_passwords_seen(store, &guid, "", SLICE_LITERAL("B"), &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_false(store_passwords_seen(store, &guid, "", SLICE_LITERAL("X"), &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    expect_all(store, arena, "P", "A", "", "B", "");
}

static void expect_mps(struct store *store, const char *newest, const char *previous)
{
    struct guid guid = guid_of(GUID);
    struct store_login login;
    struct error err;
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.mps_password, newest);
    assert_string_equal(login.mps_previous, previous);
}

static void put_mps(struct store *store, const char *password)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    assert_true(store_passwords_put(store, &guid, "", password, NULL, &err));
}

STORE_TEST(the_password_it_called_in_with_is_valid_until_it_calls_in_with_another)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    expect_mps(store, "P@ssw0rd", "");
    put_mps(store, "P@ssw0rd");
    expect_mps(store, "P@ssw0rd", "");
    put_mps(store, "M2");
    expect_mps(store, "M2", "P@ssw0rd");
    put_mps(store, "M3");
    expect_mps(store, "M3", "P@ssw0rd");
    assert_true(store_passwords_called_in(store, &guid, NULL, SLICE_LITERAL("P@ssw0rd"), &err));
    expect_mps(store, "M3", "P@ssw0rd");
    assert_true(store_passwords_called_in(store, &guid, NULL, SLICE_LITERAL("M3"), &err));
    expect_mps(store, "M3", "");
    put_mps(store, "M4");
    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_device_secrets secrets = {.mps_password = ""};
    assert_true(store_device_put(store, arena, &device, 0, &secrets, true, NULL, &err));
    expect_mps(store, "", ""); /* an administrator takes them all away */
}

STORE_TEST(a_password_of_a_device_that_was_unprovisioned_is_taken_back)
{
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose_unproven(store, "B", false, &err));
    assert_true(propose_unproven(store, "C", false, &err));
    assert_true(take_back(store, "C"));
    expect_all(store, arena, "A", "", "", "B", "");
    assert_true(take_back(store, "B"));
    expect_all(store, arena, "A", "", "", "", "");
    assert_true(propose(store, "B", &err));
    assert_true(propose(store, "C", &err));
    assert_true(take_back(store, "B"));
    expect(store, arena, "A", "C", "");
    assert_true(take_back(store, "A"));
    expect(store, arena, "C", "", "");
    assert_true(take_back(store, "X")); /* which is not stored */
    expect(store, arena, "C", "", "");
}

STORE_TEST(a_first_password_is_pending_until_it_is_confirmed)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct slice password;
    struct error err;
    assert_false(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(propose(store, "First!12", &err));
    expect(store, arena, "", "First!12", "");
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "First!12")); /* there is no other */
    assert_true(confirm(store, "First!12"));
    expect(store, arena, "First!12", "", "");
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "First!12"));
}

STORE_TEST(two_proposals_are_kept_beside_the_current_and_no_third)
{
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "B", &err));
    expect(store, arena, "A", "B", "");
    assert_true(propose(store, "C", &err));
    expect(store, arena, "A", "C", "B");
    assert_false(propose(store, "D", &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    expect(store, arena, "A", "C", "B");
    assert_true(propose(store, "A", &err)); /* what is stored needs no more room */
    assert_true(propose(store, "C", &err));
    expect(store, arena, "A", "C", "B");
    assert_true(propose(store, "B", &err));
    expect(store, arena, "A", "B", "C");
    assert_true(confirm(store, "C"));
    expect(store, arena, "C", "", "");
    assert_true(propose(store, "D", &err));
    expect(store, arena, "C", "D", "");
}

STORE_TEST(the_first_that_works_may_be_one_that_was_never_stored)
{
    assert_true(confirm(store, "A"));
    assert_true(confirm(store, "Other"));
    expect(store, arena, "Other", "", "");
}

STORE_TEST(what_was_refused_is_withdrawn_and_the_earlier_one_stays)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "B", &err));
    assert_true(propose(store, "C", &err));
    assert_true(store_passwords_withdraw(store, &guid, "", &err));
    expect(store, arena, "A", "B", "");
    assert_true(store_passwords_withdraw(store, &guid, "", &err));
    expect(store, arena, "A", "", "");
    assert_true(store_passwords_withdraw(store, &guid, "", &err));
    expect(store, arena, "A", "", "");
}

STORE_TEST(who_finds_one_that_works_keeps_those_that_were_proposed_after_it)
{
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(propose(store, "B", &err));
    assert_true(found(store, "A", &err));
    expect(store, arena, "A", "B", ""); /* B may be on its way to the device */
    assert_true(propose(store, "C", &err));
    assert_true(found(store, "B", &err));
    expect(store, arena, "B", "C", "");
    assert_true(found(store, "C", &err));
    expect(store, arena, "C", "", "");
    assert_false(found(store, "A", &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    expect(store, arena, "C", "", "");
}

STORE_TEST(the_version_rises_when_another_password_becomes_the_current)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    uint64_t before = store_device_version(store, &guid);
    assert_true(propose(store, "A", &err));
    assert_int_equal(store_device_version(store, &guid), before);
    assert_true(confirm(store, "A"));
    assert_int_equal(store_device_version(store, &guid), before + 2);
    assert_true(confirm(store, "A"));
    assert_int_equal(store_device_version(store, &guid), before + 2);
    assert_true(propose(store, "B", &err));
    assert_true(found(store, "B", &err));
    assert_int_equal(store_device_version(store, &guid), before + 4);
    (void)arena;
}

STORE_TEST(mebx_passwords_wait_for_their_confirmation_too)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    assert_true(store_passwords_propose(store, &guid, "", "A", "M1", &err));
    assert_true(store_passwords_propose(store, &guid, "", NULL, "M2", &err));
    assert_true(store_passwords_propose(store, &guid, "", NULL, "M3", &err));
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_true(slice_equal_string(passwords.mebx, ""));
    assert_true(slice_equal_string(passwords.mebx_pending, "M3"));
    assert_true(slice_equal_string(passwords.mebx_previous, "M2"));
    assert_true(slice_equal_string(passwords.pending, "A"));
    assert_true(store_passwords_withdraw_mebx(store, &guid, "", &err));
    assert_true(store_passwords_confirm_mebx(store, &guid, "", &err));
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_true(slice_equal_string(passwords.mebx, "M2"));
    assert_true(slice_equal_string(passwords.mebx_pending, ""));
    assert_true(store_passwords_confirm_mebx(store, &guid, "", &err)); /* there is nothing more */
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_true(slice_equal_string(passwords.mebx, "M2"));
}

STORE_TEST(what_else_is_in_the_entry_stays)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct store_login login;
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_true(store_passwords_put(store, &guid, "", "MpsSecret1", "PEM", &err));
    assert_true(propose(store, "B", &err));
    assert_true(confirm(store, "B"));
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_true(slice_equal_string(passwords.mps, "MpsSecret1"));
    assert_true(slice_equal_string(passwords.tls_certificate, "PEM"));
    assert_true(slice_equal_string(passwords.current, "B"));
    assert_true(store_login_get(store, &guid, &login, &err)); /* not the cached one */
    assert_string_equal(login.mps_password, "MpsSecret1");

    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_device_secrets secrets = {.mps_password = "Another1"};
    assert_true(propose(store, "C", &err));
    assert_true(store_device_put(store, arena, &device, 0, &secrets, true, NULL, &err));
    expect(store, arena, "B", "C", ""); /* a put of the device loses no pending one */
}

STORE_TEST(another_tenants_passwords_are_neither_read_nor_changed)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    add_device(store, GUID, "a", "h", NULL, 0);
    assert_false(store_passwords_get(store, arena, &guid, "b", &passwords, &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_false(store_passwords_propose(store, &guid, "b", "X", NULL, &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_false(store_passwords_confirm(store, &guid, "b", SLICE_LITERAL("X"), &err));
    assert_false(store_passwords_remove(store, &guid, "b", &err));
    assert_int_equal(err.code, ERROR_FORBIDDEN);
    assert_true(store_passwords_get(store, arena, &guid, "a", &passwords, &err));
    assert_true(slice_equal_string(passwords.current, "Amt!1234"));

    /* The device was removed and its secrets left: whoever begins anew has none of them, unless a
     * set-up is under way. */
    assert_true(store_device_delete(store, &guid, "a", false, &err));
    assert_false(store_passwords_remove(store, &guid, "b", &err));
    assert_true(store_passwords_propose(store, &guid, "b", "X", NULL, &err));
    assert_true(store_passwords_get(store, arena, &guid, "b", &passwords, &err));
    assert_true(slice_equal_string(passwords.current, ""));
    assert_true(slice_equal_string(passwords.pending, "X"));
}

STORE_TEST(an_entry_is_removed_after_deactivation)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    assert_true(confirm(store, "A"));
    assert_true(store_passwords_remove(store, &guid, "", &err));
    assert_false(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_passwords_remove(store, &guid, "", &err));
}

STORE_TEST(an_entry_that_holds_something_else_is_left_alone)
{
    struct slice value;
    struct error err;
    assert_true(store_secret_put(store, "devices/" GUID,
                                 SLICE_LITERAL("{\"AMT_PASSWORD\":7,\"X\":\"y\"}"), &err));
    assert_false(propose(store, "A", &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "{\"AMT_PASSWORD\":7,\"X\":\"y\"}"));
    assert_true(store_secret_put(store, "devices/" GUID, SLICE_LITERAL("{\"X\":\"y\"}"), &err));
    assert_true(propose(store, "A", &err)); /* what we do not know is kept */
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "{\"X\":\"y\",\"AMT_PASSWORD_PENDING\":\"A\"}"));
}

STORE_TEST(a_password_has_a_length)
{
    char text[STORE_PASSWORD_LIMIT + 2];
    struct error err;
    memset(text, 'p', sizeof text);
    text[STORE_PASSWORD_LIMIT + 1] = '\0';
    assert_false(propose(store, text, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(propose(store, "", &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(confirm(store, ""));
    assert_false(confirm(store, text));
    (void)arena;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(whoever_proves_nothing_pushes_no_password_out),
        STORE_TEST_CASE(a_first_password_needs_no_proof),
        STORE_TEST_CASE(the_second_of_two_that_nobody_knows_of_needs_proof),
        STORE_TEST_CASE(an_unproven_one_that_opens_the_device_becomes_the_only_one),
        STORE_TEST_CASE(whoever_may_speak_with_another_drops_nothing),
        STORE_TEST_CASE(the_password_it_called_in_with_is_valid_until_it_calls_in_with_another),
        STORE_TEST_CASE(a_password_of_a_device_that_was_unprovisioned_is_taken_back),
        STORE_TEST_CASE(a_first_password_is_pending_until_it_is_confirmed),
        STORE_TEST_CASE(two_proposals_are_kept_beside_the_current_and_no_third),
        STORE_TEST_CASE(the_first_that_works_may_be_one_that_was_never_stored),
        STORE_TEST_CASE(what_was_refused_is_withdrawn_and_the_earlier_one_stays),
        STORE_TEST_CASE(who_finds_one_that_works_keeps_those_that_were_proposed_after_it),
        STORE_TEST_CASE(the_version_rises_when_another_password_becomes_the_current),
        STORE_TEST_CASE(mebx_passwords_wait_for_their_confirmation_too),
        STORE_TEST_CASE(what_else_is_in_the_entry_stays),
        STORE_TEST_CASE(another_tenants_passwords_are_neither_read_nor_changed),
        STORE_TEST_CASE(an_entry_is_removed_after_deactivation),
        STORE_TEST_CASE(an_entry_that_holds_something_else_is_left_alone),
        STORE_TEST_CASE(a_password_has_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
