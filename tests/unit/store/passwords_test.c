/* A device's passwords while they change: whatever happens when, one that is stored opens it, and
 * whoever proves nothing drops none. A list is written as its texts, the newest first: "*" is the
 * current one, "?" has not been seen, "-" is not proven, "!" was replaced. */
#include "scratch.h"
#include "store/passwords.h"

#define GUID "143e4567-e89b-12d3-a456-426614174000"

#define AMT  STORE_PASSWORD_AMT
#define MEBX STORE_PASSWORD_MEBX
#define MPS  STORE_PASSWORD_MPS

static const char *list_of(struct store *store, struct arena *arena, const char *tenant,
                           enum store_password_kind kind)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    const char *text = "";
    if (!store_passwords_get(store, arena, &guid, tenant, &passwords, &err)) {
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        return "nothing";
    }
    for (size_t i = 0; i < passwords.lists[kind].count; i++) {
        const struct store_password *item = &passwords.lists[kind].items[i];
        text = arena_printf(arena, "%s%s%.*s%s%s%s%s", text, i == 0 ? "" : " ",
                            SLICE_ARG(item->text), item->current ? "*" : "", item->seen ? "" : "?",
                            item->proven ? "" : "-", item->replaced ? "!" : "");
    }
    return text;
}

#define EXPECT(kind, text) assert_string_equal(list_of(store, arena, "", kind), text)

static bool step_of(struct store *store, const char *tenant, enum store_password_kind kind,
                    enum store_password_event event, bool proven, const char *text)
{
    struct guid guid = guid_of(GUID);
    struct error err = {0};
    const struct store_password_step step = {.kind = kind,
                                             .event = event,
                                             .text = slice_of_string(text),
                                             .origin = STORE_ORIGIN_PROFILE,
                                             .proven = proven};
    bool ok = store_passwords_step(store, &guid, tenant, &step, &err);
    if (!ok && err.code != ERROR_CONFLICT && err.code != ERROR_FORBIDDEN)
        fail_msg("%s", err.text);
    return ok;
}

#define STEP(event, proven, text) \
    step_of(store, "", STORE_PASSWORD_AMT, STORE_PASSWORD_##event, proven, text)

STORE_TEST(a_password_is_proposed_then_taken)
{
    EXPECT(AMT, "nothing");
    assert_true(STEP(PROPOSED, true, "A"));
    EXPECT(AMT, "A?");
    assert_true(STEP(TAKEN, true, "A"));
    EXPECT(AMT, "A*");
    assert_true(STEP(PROPOSED, true, "B"));
    assert_true(STEP(PROPOSED, true, "C"));
    EXPECT(AMT, "C? B? A*");
    assert_true(STEP(TAKEN, true, "B")); /* C's request may still be on its way */
    EXPECT(AMT, "C? B* A!");
    assert_true(STEP(TAKEN, true, "X")); /* one that was never stored */
    EXPECT(AMT, "X* C? B! A!");
}

STORE_TEST(a_fifth_proven_one_takes_the_place_of_one_that_was_replaced)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(TAKEN, true, "B"));
    assert_true(STEP(PROPOSED, true, "C"));
    assert_true(STEP(PROPOSED, true, "D"));
    EXPECT(AMT, "D? C? B* A!");
    assert_true(STEP(PROPOSED, true, "E"));
    EXPECT(AMT, "E? D? C? B*");
    assert_true(STEP(PROPOSED, true, "F"));
    EXPECT(AMT, "F? E? D? B*");
}

STORE_TEST(whoever_proves_nothing_drops_nothing)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, true, "P"));
    for (char text[] = "1"; *text <= '4'; (*text)++) {
        assert_true(STEP(PROPOSED, false, text));
        assert_true(STEP(TAKEN, false, text));
        assert_true(STEP(REFUSED, false, "A"));
    }
    EXPECT(AMT, "4- 3- 2- 1- P? A*");
    assert_false(STEP(PROPOSED, false, "5"));
    assert_false(STEP(TAKEN, false, "5"));
    assert_false(STEP(FOUND, false, "5"));
    assert_true(STEP(PROPOSED, false, "1")); /* what is stored needs no room */
    assert_true(STEP(PROPOSED, false, "A"));
    EXPECT(AMT, "4- 3- 2- 1- P? A*");
    assert_true(STEP(PROPOSED, true, "B")); /* the proven ones have places of their own */
    assert_true(STEP(TAKEN, true, "B"));
    EXPECT(AMT, "B* 4- 3- 2- 1- P? A!");
}

STORE_TEST(an_unproven_one_is_proved_by_a_sure_carrier_or_by_one_who_is_proven)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, false, "X"));
    assert_true(STEP(FOUND, false, "X")); /* over a carrier that is not sure: the order changes */
    EXPECT(AMT, "X*- A");
    assert_true(STEP(FOUND, false, "A"));
    EXPECT(AMT, "X- A*");
    assert_true(STEP(FOUND, true, "X"));
    EXPECT(AMT, "X* A!");
    assert_true(STEP(PROPOSED, false, "Y"));
    assert_true(STEP(PROPOSED, true, "Y"));
    EXPECT(AMT, "Y? X* A!");
}

STORE_TEST(the_first_of_a_device_is_the_current_one_also_unproven)
{
    struct guid guid = guid_of(GUID);
    struct slice password;
    struct error err;
    assert_true(STEP(PROPOSED, false, "A"));
    EXPECT(AMT, "A?-");
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "A")); /* there is no other */
    assert_true(STEP(TAKEN, false, "A"));
    assert_true(STEP(PROPOSED, false, "B"));
    assert_true(STEP(TAKEN, false, "B"));
    EXPECT(AMT, "B*- A-");
    assert_true(STEP(TAKEN, true, "B"));
    EXPECT(AMT, "B* A-");
}

STORE_TEST(what_a_device_refuses_goes)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(TAKEN, true, "B"));
    assert_true(STEP(PROPOSED, true, "C"));
    assert_true(STEP(REFUSED, true, "C"));
    EXPECT(AMT, "B* A!");
    assert_true(STEP(REFUSED, true, "B"));
    EXPECT(AMT, "A*");
    assert_true(STEP(REFUSED, true, "X"));
    EXPECT(AMT, "A*");
}

STORE_TEST(what_is_settled_is_all_that_stays_of_the_proven_ones)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, false, "X"));
    assert_true(STEP(PROPOSED, true, "B"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, true, "M1"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, false, "M2"));
    assert_true(STEP(SETTLED, true, "B"));
    EXPECT(AMT, "B* X?-"); /* and what a run may have left on the device that did not end well */
    EXPECT(MPS, "M2?- M1*?");
}

static bool believe(struct store *store, const char *amt, const char *mebx, const char *mps,
                    bool anew)
{
    struct guid guid = guid_of(GUID);
    const struct slice texts[STORE_PASSWORD_KINDS] = {
        [AMT] = slice_of_string(amt), [MEBX] = slice_of_string(mebx), [MPS] = slice_of_string(mps)};
    struct error err;
    return store_passwords_believe(store, &guid, "", texts, anew, &err);
}

STORE_TEST(a_first_run_that_ends_well_proves_what_it_has_given)
{
    assert_true(STEP(PROPOSED, false, "A"));
    assert_true(STEP(TAKEN, false, "A"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, false, "M1"));
    assert_true(STEP(PROPOSED, false, "B")); /* somebody went on with it */
    assert_true(STEP(TAKEN, false, "B"));
    assert_true(step_of(store, "", MEBX, STORE_PASSWORD_PROPOSED, false, "S"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, false, "M2"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_TAKEN, false, "M2"));
    EXPECT(AMT, "B*- A-");
    EXPECT(MPS, "M2*- M1?-");
    assert_true(believe(store, "B", "S", "M2", false));
    EXPECT(AMT, "B* A-");
    EXPECT(MEBX, "S*");
    EXPECT(MPS, "M2* M1?-");
}

STORE_TEST(what_it_has_not_given_stays_as_it_is)
{
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, false, "B"));
    assert_false(believe(store, "B", "", "", false)); /* somebody knows the device by now */
    EXPECT(AMT, "B?- A*");
    assert_true(believe(store, "B", "", "", true)); /* which was so when the run began */
    EXPECT(AMT, "B* A!");
    EXPECT(MEBX, "");
    EXPECT(MPS, "");
}

STORE_TEST(a_run_that_begins_anew_pushes_nothing_out)
{
    for (char name[] = "1"; name[0] < '5'; name[0]++)
        assert_true(STEP(TAKEN, true, name));
    assert_true(STEP(PROPOSED, false, "B"));
    assert_false(believe(store, "B", "", "", true));
    EXPECT(AMT, "B?- 4* 3! 2! 1!");
}

STORE_TEST(of_tunnels_passwords_the_oldest_unproven_one_gives_way)
{
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, true, "M"));
    for (char name[] = "1"; name[0] < '6'; name[0]++)
        assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, false, name));
    EXPECT(MPS, "5?- 4?- 3?- 2?- M*?");
}

static void expect_login(struct store *store, size_t count, const char *newest, bool proven)
{
    struct guid guid = guid_of(GUID);
    struct store_login login;
    struct error err;
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_int_equal(login.count, count);
    assert_string_equal(login.passwords[0].text, newest);
    assert_int_equal(login.passwords[0].proven, proven);
    assert_true(store_login_get(store, &guid, &login, &err)); /* from the cache */
    assert_int_equal(login.count, count);
    assert_string_equal(login.passwords[0].text, newest);
    assert_int_equal(login.passwords[0].proven, proven);
}

STORE_TEST(a_device_may_call_in_with_each_password_that_it_was_given)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    expect_login(store, 1, "P@ssw0rd", true);
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, true, "M2"));
    EXPECT(MPS, "M2*? P@ssw0rd");
    expect_login(store, 2, "M2", true);
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, false, "X"));
    expect_login(store, 3, "X", false);
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_TAKEN, false, "X"));
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_TAKEN, true, "P@ssw0rd"));
    EXPECT(MPS, "X- M2*? P@ssw0rd");
    assert_true(step_of(store, "", MPS, STORE_PASSWORD_TAKEN, true, "M2"));
    EXPECT(MPS, "X- M2*"); /* it has the new one */
    for (char name[] = "N1"; name[1] <= '5'; name[1]++)
        assert_true(step_of(store, "", MPS, STORE_PASSWORD_PROPOSED, true, name));
    EXPECT(MPS, "N5*? N4? N3? X- M2"); /* and keeps the one that it has called in with */
    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_device_secrets secrets = {.mps_password = ""};
    assert_true(store_device_put(store, arena, &device, 0, &secrets, true, NULL, &err));
    EXPECT(MPS, ""); /* an administrator takes them all away */
}

STORE_TEST(an_administrator_has_the_last_word)
{
    struct guid guid = guid_of(GUID);
    struct store_device device = {.guid = guid, .tenant_id = ""};
    struct store_device_secrets secrets = {.amt_password = "X"};
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, false, "X"));
    assert_true(store_device_put(store, arena, &device, 0, &secrets, true, NULL, &err));
    EXPECT(AMT, "X* A! Amt!1234!"); /* … and may have mistyped it */
}

STORE_TEST(the_version_rises_when_another_password_becomes_the_current)
{
    struct guid guid = guid_of(GUID);
    uint64_t before = store_device_version(store, &guid);
    assert_true(STEP(PROPOSED, true, "A"));
    assert_int_equal(store_device_version(store, &guid), before);
    assert_true(STEP(TAKEN, true, "A"));
    assert_int_equal(store_device_version(store, &guid), before + 2);
    assert_true(STEP(TAKEN, true, "A"));
    assert_int_equal(store_device_version(store, &guid), before + 2);
    (void)arena;
}

static bool has(struct slice value, const char *text)
{
    return memmem(value.data, value.size, text, strlen(text)) != NULL;
}

STORE_TEST(entries_of_an_earlier_version_are_read)
{
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct slice value;
    struct error err;
    assert_true(store_secret_put(
        store, "devices/" GUID,
        SLICE_LITERAL("{\"AMT_PASSWORD\":\"A\",\"AMT_PASSWORD_PENDING\":\"B\","
                      "\"AMT_PASSWORD_PREVIOUS\":\"C\",\"AMT_PASSWORD_UNPROVEN\":\"D\","
                      "\"AMT_PASSWORD_MADE\":\"B\",\"MEBX_PASSWORD\":\"S\","
                      "\"MEBX_PASSWORD_PENDING\":\"T\",\"MPS_PASSWORD\":\"M\","
                      "\"MPS_PASSWORD_PREVIOUS\":\"L\"}"),
        &err));
    EXPECT(AMT, "A* B? C? D-");
    EXPECT(MEBX, "S* T?");
    EXPECT(MPS, "M* L");
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_int_equal(passwords.lists[AMT].items[1].origin, STORE_ORIGIN_MADE);
    assert_true(STEP(SETTLED, true, "A"));
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_false(has(value, "_PENDING"));
    EXPECT(AMT, "A* D-");
}

STORE_TEST(the_toolkit_reads_ours_and_we_what_it_writes)
{
    struct slice value;
    struct error err;
    assert_true(store_secret_put(store, "devices/" GUID, SLICE_LITERAL("{\"X\":\"y\"}"), &err));
    assert_true(STEP(PROPOSED, true, "A"));
    assert_true(STEP(SETTLED, true, "A"));
    assert_true(STEP(PROPOSED, false, "B"));
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(has(value, "\"X\":\"y\"")); /* what we do not know */
    assert_true(has(value, "\"AMT_PASSWORD\":\"A\""));
    assert_true(
        store_secret_put(store, "devices/" GUID, SLICE_LITERAL("{\"AMT_PASSWORD\":\"T\"}"), &err));
    EXPECT(AMT, "T*");
}

STORE_TEST(tenants_have_entries_of_their_own)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    bool had;
    assert_true(STEP(TAKEN, true, "A"));
    assert_string_equal(list_of(store, arena, "b/", AMT), "nothing");
    assert_true(step_of(store, "b/", AMT, STORE_PASSWORD_TAKEN, true, "B"));
    EXPECT(AMT, "A*");
    assert_string_equal(list_of(store, arena, "b/", AMT), "B*");
    assert_true(store_passwords_remove(store, &guid, "b/", true, &had, &err));
    assert_true(had);
    assert_true(store_passwords_remove(store, &guid, "b/", true, &had, &err));
    assert_false(had);
    EXPECT(AMT, "A*");
    add_device(store, GUID, "", "h", NULL, 0); /* whose it is then decides */
    assert_false(step_of(store, "b", AMT, STORE_PASSWORD_TAKEN, true, "C"));
}

STORE_TEST(an_entry_of_another_tenant_at_the_default_ones_place_moves)
{
    struct error err;
    assert_true(store_secret_put(store, "devices/" GUID,
                                 SLICE_LITERAL("{\"AMT_PASSWORD\":\"A\",\"TENANT_ID\":\"b\"}"),
                                 &err));
    EXPECT(AMT, "nothing");
    assert_string_equal(list_of(store, arena, "b", AMT), "A*");
    assert_true(STEP(TAKEN, true, "D"));
    EXPECT(AMT, "D*");
    assert_string_equal(list_of(store, arena, "b", AMT), "A*");
    assert_true(step_of(store, "b", AMT, STORE_PASSWORD_TAKEN, true, "B"));
    assert_string_equal(list_of(store, arena, "b", AMT), "B* A!");
    EXPECT(AMT, "D*");
}

STORE_TEST(a_device_that_removes_itself_leaves_what_is_not_proven)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    assert_true(STEP(TAKEN, true, "A"));
    assert_true(STEP(PROPOSED, false, "X"));
    assert_true(store_passwords_remove(store, &guid, "", false, NULL, &err));
    EXPECT(AMT, "X?-");
    assert_true(store_passwords_remove(store, &guid, "", true, NULL, &err));
    EXPECT(AMT, "nothing");
}

STORE_TEST(an_entry_that_holds_something_else_is_left_alone)
{
    struct slice value;
    struct guid guid = guid_of(GUID);
    struct error err;
    const struct store_password_step step = {.text = SLICE_LITERAL("A")};
    assert_true(store_secret_put(store, "devices/" GUID,
                                 SLICE_LITERAL("{\"AMT_PASSWORD\":7,\"X\":\"y\"}"), &err));
    assert_false(store_passwords_step(store, &guid, "", &step, &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "{\"AMT_PASSWORD\":7,\"X\":\"y\"}"));
}

STORE_TEST(a_password_has_a_length)
{
    struct guid guid = guid_of(GUID);
    char text[STORE_PASSWORD_LIMIT + 1];
    struct error err;
    memset(text, 'p', sizeof text);
    struct store_password_step step = {.text = slice_of(text, sizeof text)};
    assert_false(store_passwords_step(store, &guid, "", &step, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    step.text = slice_of(text, 0);
    assert_false(store_passwords_step(store, &guid, "", &step, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    (void)arena;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_password_is_proposed_then_taken),
        STORE_TEST_CASE(a_fifth_proven_one_takes_the_place_of_one_that_was_replaced),
        STORE_TEST_CASE(whoever_proves_nothing_drops_nothing),
        STORE_TEST_CASE(an_unproven_one_is_proved_by_a_sure_carrier_or_by_one_who_is_proven),
        STORE_TEST_CASE(the_first_of_a_device_is_the_current_one_also_unproven),
        STORE_TEST_CASE(what_a_device_refuses_goes),
        STORE_TEST_CASE(what_is_settled_is_all_that_stays_of_the_proven_ones),
        STORE_TEST_CASE(a_first_run_that_ends_well_proves_what_it_has_given),
        STORE_TEST_CASE(what_it_has_not_given_stays_as_it_is),
        STORE_TEST_CASE(a_run_that_begins_anew_pushes_nothing_out),
        STORE_TEST_CASE(of_tunnels_passwords_the_oldest_unproven_one_gives_way),
        STORE_TEST_CASE(a_device_may_call_in_with_each_password_that_it_was_given),
        STORE_TEST_CASE(an_administrator_has_the_last_word),
        STORE_TEST_CASE(the_version_rises_when_another_password_becomes_the_current),
        STORE_TEST_CASE(entries_of_an_earlier_version_are_read),
        STORE_TEST_CASE(the_toolkit_reads_ours_and_we_what_it_writes),
        STORE_TEST_CASE(tenants_have_entries_of_their_own),
        STORE_TEST_CASE(an_entry_of_another_tenant_at_the_default_ones_place_moves),
        STORE_TEST_CASE(a_device_that_removes_itself_leaves_what_is_not_proven),
        STORE_TEST_CASE(an_entry_that_holds_something_else_is_left_alone),
        STORE_TEST_CASE(a_password_has_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
