/* Rows and secrets, and the passwords of a device, when the process is killed or a write fails
 * between any two of their writes. */
#include "cut.h"

#include "store/configurations.h"
#include "store/passwords.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define GUID                  "143e4567-e89b-12d3-a456-426614174000"
#define FOR_ALL_POINTS(point) for (int point = 0;; point++)

static struct slice text(const char *string)
{
    return slice_of_string(string);
}

static bool put_domain(struct store *store, struct arena *arena, enum store_put how,
                       uint64_t version, int64_t expires, const char *pfx, struct error *err)
{
    struct store_domain domain = {.name = "Corp",
                                  .suffix = "corp.com",
                                  .format = "raw",
                                  .expires = expires,
                                  .version = version};
    struct store_domain_secrets secrets = {.pfx_base64 = pfx, .password = pfx};
    return store_domain_put(store, arena, "", how, &domain, &secrets, NULL, err);
}

/* ---- secrets of rows ---- */

STORE_TEST(secrets_are_at_the_toolkits_paths)
{
    struct slice value, first, second;
    struct error err;
    struct store_profile profile = {
        .name = "a/B", .activation = "acmactivate", .user_consent = "KVM"};
    struct store_profile_secrets secrets = {
        .amt_password = "P@ssw0rd", .mebx_password = "Mebx!123", .tls_pair = "{\"ROOT\":{}}"};
    struct store_wireless_config wireless = {.name = "home", .ssid = "home"};
    struct store_wireless_secrets psk = {.passphrase = "12345678"};
    struct store_cira_config cira = {
        .name = "mps", .address = "h", .username = "admin", .root_certificate = "M"};
    struct store_cira_secrets mps = {.password = "Mps!1234"};
    assert_true(store_profile_put(store, arena, "", STORE_INSERT, &profile, &secrets, NULL, &err));
    assert_true(put_domain(store, arena, STORE_INSERT, 0, 1, "UEZY", &err));
    assert_true(
        store_wireless_config_put(store, arena, "", STORE_INSERT, &wireless, &psk, NULL, &err));
    assert_true(store_cira_config_put(store, arena, "", STORE_INSERT, &cira, &mps, NULL, &err));
    assert_true(store_secret_get(store, arena, "profiles/a/B", &value, &err));
    assert_true(slice_equal_string(
        value, "{\"AMT_PASSWORD\":\"P@ssw0rd\",\"MEBX_PASSWORD\":\"Mebx!123\"}"));
    assert_true(store_secret_get(store, arena, "TLS/a/B", &value, &err));
    assert_true(slice_equal_string(value, "{\"ROOT\":{}}"));
    assert_true(store_secret_get(store, arena, "certs/Corp", &value, &err));
    assert_true(slice_equal_string(value, "{\"CERT\":\"UEZY\",\"CERT_PASSWORD\":\"UEZY\"}"));
    assert_true(store_secret_get(store, arena, "Wireless/home", &value, &err));
    assert_true(slice_equal_string(value, "{\"PSK_PASSPHRASE\":\"12345678\"}"));
    assert_true(store_secret_get(store, arena, "CIRAConfigs/mps", &value, &err));
    assert_true(slice_equal_string(value, "{\"MPS_PASSWORD\":\"Mps!1234\"}"));

    /* asked for in any spelling */
    assert_true(store_profile_passwords(store, arena, "", "A/b", &first, &second, &err));
    assert_true(slice_equal_string(first, "P@ssw0rd"));
    assert_true(slice_equal_string(second, "Mebx!123"));
    assert_true(store_profile_tls_pair(store, arena, "", "A/B", &first, &err));
    assert_true(slice_equal_string(first, "{\"ROOT\":{}}"));
    assert_true(store_domain_certificate(store, arena, "", "CORP", &first, &second, &err));
    assert_true(slice_equal_string(second, "UEZY"));
    assert_true(store_wireless_passphrase(store, arena, "", "HOME", &first, &err));
    assert_true(slice_equal_string(first, "12345678"));
    assert_true(store_cira_password(store, arena, "", "MPS", &first, &err));
    assert_true(slice_equal_string(first, "Mps!1234"));
    assert_false(store_cira_password(store, arena, "", "other", &first, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(another_tenants_secrets_have_paths_of_their_own)
{
    struct slice value, first, second;
    struct error err;
    struct store_profile profile = {
        .name = "p", .activation = "acmactivate", .user_consent = "KVM"};
    struct store_profile_secrets secrets = {.amt_password = "A"};
    assert_true(
        store_profile_put(store, arena, "a/b", STORE_INSERT, &profile, &secrets, NULL, &err));
    secrets.amt_password = "B";
    assert_true(store_profile_put(store, arena, "a", STORE_INSERT, &profile, &secrets, NULL, &err));
    secrets.amt_password = "C";
    assert_true(store_profile_put(store, arena, "", STORE_INSERT, &profile, &secrets, NULL, &err));
    assert_true(store_secret_get(store, arena, "tenants/a%2Fb/profiles/p", &value, &err));
    assert_true(store_secret_get(store, arena, "tenants/a/profiles/p", &value, &err));
    assert_true(store_profile_passwords(store, arena, "a/b", "p", &first, &second, &err));
    assert_true(slice_equal_string(first, "A"));
    assert_true(slice_equal_string(second, ""));
    assert_true(store_profile_passwords(store, arena, "", "p", &first, &second, &err));
    assert_true(slice_equal_string(first, "C"));
}

STORE_TEST(what_is_not_given_stays_and_what_is_empty_goes)
{
    struct slice first, second, value;
    struct error err;
    struct store_profile profile = {
        .name = "p", .activation = "acmactivate", .user_consent = "KVM"};
    struct store_profile_secrets secrets = {
        .amt_password = "A", .mebx_password = "M", .tls_pair = "{\"R\":1}"};
    assert_true(store_profile_put(store, arena, "", STORE_INSERT, &profile, &secrets, NULL, &err));
    assert_true(store_profile_put(store, arena, "", STORE_UPDATE, &profile, NULL, NULL, &err));
    secrets = (struct store_profile_secrets){.mebx_password = "N"};
    assert_true(store_profile_put(store, arena, "", STORE_UPDATE, &profile, &secrets, NULL, &err));
    assert_true(store_profile_passwords(store, arena, "", "p", &first, &second, &err));
    assert_true(slice_equal_string(first, "A"));
    assert_true(slice_equal_string(second, "N"));
    secrets = (struct store_profile_secrets){"", "", ""};
    assert_true(store_profile_put(store, arena, "", STORE_UPDATE, &profile, &secrets, NULL, &err));
    assert_false(store_secret_get(store, arena, "profiles/p", &value, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_secret_get(store, arena, "TLS/p", &value, &err));
    assert_true(store_profile_tls_pair(store, arena, "", "p", &value, &err));
    assert_int_equal(value.size, 0);
}

STORE_TEST(a_new_row_has_nothing_of_an_earlier_one)
{
    struct slice first, second;
    struct error err;
    assert_true(store_secret_put(store, "profiles/p", text("{\"AMT_PASSWORD\":\"Old\"}"), &err));
    assert_true(store_secret_put(store, "TLS/p", text("{\"R\":1}"), &err));
    struct store_profile profile = {
        .name = "p", .activation = "acmactivate", .user_consent = "KVM"};
    assert_true(store_profile_put(store, arena, "", STORE_INSERT, &profile, NULL, NULL, &err));
    assert_true(store_profile_passwords(store, arena, "", "p", &first, &second, &err));
    assert_int_equal(first.size, 0);
    assert_true(store_profile_tls_pair(store, arena, "", "p", &first, &err));
    assert_int_equal(first.size, 0);
}

STORE_TEST(a_conflict_leaves_the_secrets_as_they_were)
{
    struct slice first, second;
    struct error err;
    assert_true(put_domain(store, arena, STORE_INSERT, 0, 1, "OLD", &err));
    assert_false(put_domain(store, arena, STORE_INSERT, 0, 2, "NEW", &err));
    assert_false(put_domain(store, arena, STORE_UPDATE, 9999, 2, "NEW", &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_true(store_domain_certificate(store, arena, "", "Corp", &first, &second, &err));
    assert_true(slice_equal_string(first, "OLD"));
}

/* ---- a write fails ---- */

STORE_TEST(a_secret_that_cannot_be_written_leaves_no_row)
{
    struct cut cut;
    struct slice value;
    struct error err;
    struct store_profile read;
    struct store_profile profile = {
        .name = "p", .activation = "acmactivate", .user_consent = "KVM"};
    struct store_profile_secrets secrets = {.amt_password = "A", .tls_pair = "{\"R\":1}"};
    cut_begin(&cut, store);
    for (int point = 0; point <= 2; point += 2) { /* the first entry, and the second */
        cut.points = 0;
        cut.fail_at = point;
        assert_false(
            store_profile_put(store, arena, "", STORE_INSERT, &profile, &secrets, NULL, &err));
        assert_int_equal(err.code, ERROR_STORE);
        assert_false(store_profile_get(store, arena, "", text("p"), &read, &err));
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        assert_false(store_secret_get(store, arena, "profiles/p", &value, &err));
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        assert_false(store_secret_get(store, arena, "TLS/p", &value, &err));
    }
    cut_end(&cut);
}

STORE_TEST(a_row_that_cannot_be_written_leaves_the_secrets_as_they_were)
{
    struct cut cut;
    struct slice first, second, value;
    struct store_domain domain;
    struct error err;
    cut_begin(&cut, store);
    cut.no_commit = true;
    assert_false(put_domain(store, arena, STORE_INSERT, 0, 1, "NEW", &err));
    assert_false(store_secret_get(store, arena, "certs/Corp", &value, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    cut.no_commit = false;
    assert_true(put_domain(store, arena, STORE_INSERT, 0, 1, "OLD", &err));
    assert_true(store_domain_get(store, arena, "", text("corp"), &domain, &err));
    cut.no_commit = true;
    assert_false(put_domain(store, arena, STORE_UPDATE, domain.version, 2, "NEW", &err));
    assert_false(store_domain_delete(store, arena, "", text("corp"), NULL, &err));
    cut_end(&cut);
    assert_true(store_domain_certificate(store, arena, "", "corp", &first, &second, &err));
    assert_true(slice_equal_string(first, "OLD"));
    assert_true(store_domain_get(store, arena, "", text("corp"), &domain, &err));
    assert_int_equal(domain.expires, 1);
}

STORE_TEST(a_row_whose_secret_cannot_be_removed_stays)
{
    struct cut cut;
    struct slice first, second;
    struct error err;
    assert_true(put_domain(store, arena, STORE_INSERT, 0, 1, "OLD", &err));
    cut_begin(&cut, store);
    cut.fail_at = 0;
    assert_false(store_domain_delete(store, arena, "", text("corp"), NULL, &err));
    assert_int_equal(err.code, ERROR_STORE);
    cut_end(&cut);
    assert_true(store_domain_certificate(store, arena, "", "corp", &first, &second, &err));
    assert_true(slice_equal_string(first, "OLD"));
    assert_true(store_domain_delete(store, arena, "", text("corp"), NULL, &err));
    assert_false(store_secret_get(store, arena, "certs/Corp", &first, &err));
}

/* ---- the process is killed ---- */

static void write_domain(struct cut *cut, void *arg)
{
    struct arena arena;
    struct error err;
    struct store_domain domain;
    arena_init(&arena);
    (void)arg;
    if (!put_domain(cut->store, &arena, STORE_INSERT, 0, 1, "ONE", &err) ||
        !store_domain_get(cut->store, &arena, "", text("corp"), &domain, &err) ||
        !put_domain(cut->store, &arena, STORE_UPDATE, domain.version, 2, "TWO", &err) ||
        !store_domain_delete(cut->store, &arena, "", text("corp"), NULL, &err))
        _exit(2);
    arena_fini(&arena);
}

static void check_domain(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct arena *arena = &scratch->arena;
    struct store_domain domain;
    struct slice pfx, password;
    struct error err;
    if (store_domain_get(store, arena, "", text("corp"), &domain, &err)) {
        assert_true(store_domain_certificate(store, arena, "", "corp", &pfx, &password, &err));
        if (domain.expires == 1) /* not yet changed; on the way to that, or being deleted */
            assert_true(slice_equal_string(pfx, "ONE") || slice_equal_string(pfx, "TWO"));
        else
            assert_true(slice_equal_string(pfx, "TWO") || slice_equal_string(pfx, ""));
        assert_true(store_domain_delete(store, arena, "", text("corp"), NULL, &err));
    } else {
        assert_int_equal(err.code, ERROR_NOT_FOUND);
    }
    assert_true(put_domain(store, arena, STORE_INSERT, 0, 3, "NEXT", &err));
    assert_true(store_domain_certificate(store, arena, "", "corp", &pfx, &password, &err));
    assert_true(slice_equal_string(pfx, "NEXT"));
    assert_true(store_domain_delete(store, arena, "", text("corp"), NULL, &err));
    assert_false(store_secret_get(store, arena, "certs/Corp", &pfx, &err));
}

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static void a_row_is_never_there_without_its_secret_wherever_the_process_is_killed(void **state)
{
    struct scratch *scratch = *state;
    FOR_ALL_POINTS(point)
    {
        bool died = cut_run(scratch, point, write_domain, NULL);
        scratch_open(scratch);
        store_blocking(scratch->store, check_domain, scratch);
        scratch_close(scratch);
        if (!died) {
            assert_true(point >= 8);
            return;
        }
    }
}

/* The device of the test is a file with its password. */
static void set_on_device(struct scratch *scratch, struct cut *cut, const char *password)
{
    cut_point(cut); /* the request may be lost */
    int fd = open(scratch_path(scratch, "device"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, password, strlen(password)) < 0)
        _exit(3);
    (void)close(fd);
    cut_point(cut); /* or the answer */
}

static bool step(struct store *store, enum store_password_event event, const char *password)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    const struct store_password_step one = {
        .event = event, .text = slice_of_string(password), .proven = true};
    return store_passwords_step(store, &guid, "", &one, &err);
}

static void change_passwords(struct cut *cut, void *arg)
{
    struct scratch *scratch = arg;
    struct store *store = cut->store;
    if (!step(store, STORE_PASSWORD_PROPOSED, "A"))
        _exit(2);
    set_on_device(scratch, cut, "A");
    if (!step(store, STORE_PASSWORD_TAKEN, "A") || !step(store, STORE_PASSWORD_PROPOSED, "B"))
        _exit(2);
    set_on_device(scratch, cut, "B"); /* nobody sees the answer */
    if (!step(store, STORE_PASSWORD_PROPOSED, "C") || !step(store, STORE_PASSWORD_FOUND, "B"))
        _exit(2);
    set_on_device(scratch, cut, "C");
    if (!step(store, STORE_PASSWORD_SETTLED, "C") ||
        !step(store, STORE_PASSWORD_PROPOSED, "D") || /* which it refuses */
        !step(store, STORE_PASSWORD_REFUSED, "D"))
        _exit(2);
    cut_point(cut);
}

static void check_opens(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct guid guid = guid_of(GUID);
    struct store_passwords passwords;
    struct error err;
    size_t size;
    uint8_t *bytes = scratch_read(scratch, "device", &size);
    struct slice device = slice_of(bytes, size);
    if (size > 0) { /* else it was never set up */
        assert_true(store_passwords_get(store, &scratch->arena, &guid, "", &passwords, &err));
        if (store_passwords_find(&passwords, STORE_PASSWORD_AMT, device) == NULL)
            fail_msg("the device has %.*s, which is not stored", SLICE_ARG(device));
        assert_true(store_passwords_remove(store, &guid, "", true, NULL, &err));
    }
    free(bytes);
}

static void
one_of_the_stored_passwords_opens_the_device_wherever_the_process_is_killed(void **state)
{
    struct scratch *scratch = *state;
    FOR_ALL_POINTS(point)
    {
        scratch_write(scratch, "device", "", 0);
        bool died = cut_run(scratch, point, change_passwords, scratch);
        scratch_open(scratch);
        store_blocking(scratch->store, check_opens, scratch);
        scratch_close(scratch);
        if (!died) {
            assert_true(point >= 20);
            return;
        }
    }
}

STORE_TEST(a_password_that_cannot_be_stored_is_not_proposed)
{
    struct cut cut;
    struct store_passwords passwords;
    struct guid guid = guid_of(GUID);
    struct error err;
    assert_true(step(store, STORE_PASSWORD_TAKEN, "A"));
    cut_begin(&cut, store);
    cut.fail_at = 0;
    assert_false(step(store, STORE_PASSWORD_PROPOSED, "B"));
    cut_end(&cut);
    assert_true(store_passwords_get(store, arena, &guid, "", &passwords, &err));
    assert_int_equal(passwords.lists[STORE_PASSWORD_AMT].count, 1);
    assert_true(
        slice_equal_string(store_passwords_current(&passwords, STORE_PASSWORD_AMT)->text, "A"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(secrets_are_at_the_toolkits_paths),
        STORE_TEST_CASE(another_tenants_secrets_have_paths_of_their_own),
        STORE_TEST_CASE(what_is_not_given_stays_and_what_is_empty_goes),
        STORE_TEST_CASE(a_new_row_has_nothing_of_an_earlier_one),
        STORE_TEST_CASE(a_conflict_leaves_the_secrets_as_they_were),
        STORE_TEST_CASE(a_secret_that_cannot_be_written_leaves_no_row),
        STORE_TEST_CASE(a_row_that_cannot_be_written_leaves_the_secrets_as_they_were),
        STORE_TEST_CASE(a_row_whose_secret_cannot_be_removed_stays),
        STORE_TEST_CASE(a_password_that_cannot_be_stored_is_not_proposed),
        cmocka_unit_test_setup_teardown(
            a_row_is_never_there_without_its_secret_wherever_the_process_is_killed, setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(
            one_of_the_stored_passwords_opens_the_device_wherever_the_process_is_killed, setup,
            scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
