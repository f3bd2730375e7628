/* What is on the disk: who may read it, what damage is told from what, and that nothing is made
 * anew where something was. */
#include "scratch.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUID "143e4567-e89b-12d3-a456-426614174000"

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static void fill_body(struct store *store, void *arg)
{
    (void)arg;
    struct error err;
    add_device(store, GUID, "", "h", NULL, 0);
    assert_true(store_secret_put(store, "MPSCerts", SLICE_LITERAL("{\"root_key\":\"k\"}"), &err));
    assert_true(store_user_put(store, "admin", "hash", &err));
}

static void verify_body(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct error err;
    struct slice value;
    struct store_login login;
    struct guid guid = guid_of(GUID);
    const char *hash;
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.passwords[0].text, "P@ssw0rd");
    assert_true(store_secret_get(store, &scratch->arena, "MPSCerts", &value, &err));
    assert_true(slice_equal_string(value, "{\"root_key\":\"k\"}"));
    assert_true(store_user_get(store, &scratch->arena, "admin", &hash, &err));
    assert_string_equal(hash, "hash");
    assert_true(store_check(store, &err));
}

/* A store with a device, a secret and a user, closed. */
static void make_filled(struct scratch *scratch)
{
    scratch_open(scratch);
    store_blocking(scratch->store, fill_body, scratch);
    scratch_close(scratch);
}

static void opens_whole(struct scratch *scratch)
{
    scratch_open(scratch);
    store_blocking(scratch->store, verify_body, scratch);
    scratch_close(scratch);
}

/* Opening fails with `words`, and the file is byte for byte what it was. */
static void refuses_unchanged(struct scratch *scratch, const char *name, const char *words)
{
    size_t size_before;
    size_t size_after;
    uint8_t *before = scratch_read(scratch, name, &size_before);
    scratch_refuses(scratch, words);
    uint8_t *after = scratch_read(scratch, name, &size_after);
    assert_int_equal(size_before, size_after);
    assert_memory_equal(before, after, size_before);
    free(before);
    free(after);
}

static void everything_is_there_after_a_restart(void **state)
{
    make_filled(*state);
    opens_whole(*state);
}

static void only_the_owner_can_read_the_files(void **state)
{
    struct scratch *scratch = *state;
    mode_t mask = umask(0);
    scratch_open(scratch);
    store_blocking(scratch->store, fill_body, scratch);
    const char *const names[] = {"outband.db",     "outband.db-wal", "secrets.db",
                                 "secrets.db-wal", "secret.key",     "outband.lock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat info;
        assert_int_equal(stat(scratch_path(scratch, names[i]), &info), 0);
        assert_int_equal(info.st_mode & 07777, 0600);
    }
    umask(mask);
}

/* The row of a server that knew nothing of devices on the LAN. */
static void check_migrated_body(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct error err;
    struct guid guid = guid_of(GUID);
    struct store_device device;
    assert_true(store_device_get(store, &scratch->arena, &guid, NULL, &device, &err));
    assert_string_equal(device.hostname, "h");
    assert_null(device.username);
    assert_false(device.use_tls);
    assert_false(device.allow_self_signed);
    assert_null(device.cert_hash);
}

/* outband.db as the first schema was, with one device and one user. */
static void make_first_schema(struct scratch *scratch)
{
    static const char *const sql[] = {
        "CREATE TABLE devices (guid TEXT NOT NULL PRIMARY KEY, tenantid TEXT NOT NULL,"
        " hostname TEXT, mpsinstance TEXT, connectionstatus INTEGER NOT NULL DEFAULT 0,"
        " mpsusername TEXT, friendlyname TEXT, dnssuffix TEXT, lastconnected INTEGER,"
        " lastseen INTEGER, lastdisconnected INTEGER, deviceinfo TEXT,"
        " conn_epoch INTEGER NOT NULL DEFAULT 0) STRICT",
        "CREATE TABLE device_tags (guid TEXT NOT NULL REFERENCES devices (guid) ON DELETE CASCADE,"
        " place INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (guid, place))"
        " STRICT, WITHOUT ROWID",
        "CREATE TABLE users (name TEXT NOT NULL PRIMARY KEY, hash TEXT NOT NULL)"
        " STRICT, WITHOUT ROWID",
        "INSERT INTO devices (guid, tenantid, hostname, mpsusername)"
        " VALUES ('" GUID "', '', 'h', 'admin')",
        "INSERT INTO users VALUES ('admin', 'hash')",
        "PRAGMA user_version = 1",
    };
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
        (void)scratch_sql(scratch, "outband.db", sql[i]);
}

static void a_database_of_the_first_schema_is_brought_up_to_date(void **state)
{
    struct scratch *scratch = *state;
    make_filled(scratch);
    assert_int_equal(unlink(scratch_path(scratch, "outband.db")), 0);
    make_first_schema(scratch);
    scratch_open(scratch);
    store_blocking(scratch->store, check_migrated_body, scratch);
    store_blocking(scratch->store, verify_body, scratch);
    scratch_close(scratch);
    assert_true(scratch_sql(scratch, "outband.db", "PRAGMA user_version") >= 2);
}

static bool contains(const uint8_t *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void no_secret_is_readable_in_any_file(void **state)
{
    struct scratch *scratch = *state;
    scratch_open(scratch);
    store_blocking(scratch->store, fill_body, scratch);
    const char *const names[] = {"outband.db", "outband.db-wal", "secrets.db", "secrets.db-wal"};
    bool saw_path = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size;
        uint8_t *bytes = scratch_read(scratch, names[i], &size);
        assert_false(contains(bytes, size, "P@ssw0rd"));
        assert_false(contains(bytes, size, "Amt!1234"));
        assert_false(contains(bytes, size, "root_key"));
        saw_path = saw_path || contains(bytes, size, "devices/" GUID);
        free(bytes);
    }
    assert_true(saw_path); /* the test looks at the right files */
}

/* ---- the key ---- */

static void a_missing_key_is_not_replaced(void **state)
{
    make_filled(*state);
    size_t size;
    uint8_t *key = scratch_read(*state, "secret.key", &size);
    assert_int_equal(unlink(scratch_path(*state, "secret.key")), 0);
    refuses_unchanged(*state, "secrets.db", "secret.key is missing");
    assert_int_not_equal(access(scratch_path(*state, "secret.key"), F_OK), 0);
    scratch_write(*state, "secret.key", key, size);
    assert_int_equal(chmod(scratch_path(*state, "secret.key"), 0600), 0);
    free(key);
    opens_whole(*state);
}

static void a_missing_key_is_not_replaced_when_only_devices_are_left(void **state)
{
    make_filled(*state);
    assert_int_equal(unlink(scratch_path(*state, "secret.key")), 0);
    assert_int_equal(unlink(scratch_path(*state, "secrets.db")), 0);
    refuses_unchanged(*state, "outband.db", "secret.key is missing");
    assert_int_not_equal(access(scratch_path(*state, "secret.key"), F_OK), 0);
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    make_filled(*state);
    const unsigned modes[] = {0640, 0604, 0620, 0602, 0666, 0610};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(scratch_path(*state, "secret.key"), modes[i]), 0);
        refuses_unchanged(*state, "secret.key", "run chmod 600");
    }
    assert_int_equal(chmod(scratch_path(*state, "secret.key"), 0400), 0);
    opens_whole(*state);
}

static void a_directory_that_others_can_write_to_is_refused(void **state)
{
    struct scratch *scratch = *state;
    make_filled(scratch);
    const unsigned modes[] = {0720, 0702, 0777, 01777};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(scratch->directory, modes[i]), 0);
        scratch_refuses(scratch, "run chmod 700");
    }
    assert_int_equal(chmod(scratch->directory, 0700), 0);
    opens_whole(scratch);
}

static void a_directory_that_others_can_read_is_closed_to_them(void **state)
{
    struct scratch *scratch = *state;
    make_filled(scratch);
    assert_int_equal(chmod(scratch->directory, 0755), 0);
    opens_whole(scratch);
    struct stat status;
    assert_int_equal(stat(scratch->directory, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

static void a_damaged_key_is_refused(void **state)
{
    make_filled(*state);
    size_t size;
    uint8_t *key = scratch_read(*state, "secret.key", &size);
    assert_int_equal(size, 65);
    scratch_write(*state, "secret.key", key, 40);
    refuses_unchanged(*state, "secret.key", "secret.key is damaged");
    scratch_write(*state, "secret.key", "", 0);
    refuses_unchanged(*state, "secret.key", "secret.key is damaged");
    uint8_t longer[67];
    memcpy(longer, key, 65);
    memcpy(longer + 65, "00", 2);
    scratch_write(*state, "secret.key", longer, 67);
    refuses_unchanged(*state, "secret.key", "secret.key is damaged");
    longer[5] = 'g';
    scratch_write(*state, "secret.key", longer, 65);
    refuses_unchanged(*state, "secret.key", "secret.key is damaged");
    scratch_write(*state, "secret.key", key, 64); /* without the line feed */
    free(key);
    opens_whole(*state);
}

static void the_key_of_another_store_is_refused(void **state)
{
    make_filled(*state);
    char other[66];
    memset(other, 'a', 64);
    other[64] = '\n';
    scratch_write(*state, "secret.key", other, 65);
    refuses_unchanged(*state, "secrets.db", "secret.key is not the key that secrets.db");
}

static void a_link_for_a_key_is_not_followed(void **state)
{
    make_filled(*state);
    char path[128];
    (void)snprintf(path, sizeof path, "%s", scratch_path(*state, "secret.key"));
    assert_int_equal(rename(path, scratch_path(*state, "elsewhere")), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    refuses_unchanged(*state, "elsewhere", "secret.key");
}

static void the_draft_of_a_key_that_was_not_finished_is_no_key(void **state)
{
    scratch_write(*state, ".outband-0123456789abcdef.new", "abc", 3);
    make_filled(*state);
    opens_whole(*state);
    assert_int_not_equal(access(scratch_path(*state, ".outband-0123456789abcdef.new"), F_OK), 0);
}

/* ---- sealed values ---- */

static void read_moved(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct error err = {0};
    struct slice value;
    assert_false(store_secret_get(store, &scratch->arena, "outband/jwt", &value, &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_true(store_secret_get(store, &scratch->arena, "MPSCerts", &value, &err));
    assert_false(store_secret_get(store, &scratch->arena, "never", &value, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_value_moved_to_another_path_does_not_open(void **state)
{
    make_filled(*state);
    scratch_sql(*state, "secrets.db",
                "INSERT INTO secrets SELECT 'outband/jwt', sealed FROM secrets"
                " WHERE path = 'MPSCerts'");
    struct scratch *scratch = *state;
    scratch_open(scratch);
    store_blocking(scratch->store, read_moved, scratch);
}

static void read_changed(struct store *store, void *arg)
{
    struct scratch *scratch = arg;
    struct error err = {0};
    struct slice value;
    assert_false(store_secret_get(store, &scratch->arena, "MPSCerts", &value, &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_false(store_secret_get(store, &scratch->arena, "devices/" GUID, &value, &err));
    assert_int_equal(err.code, ERROR_STORE);
    struct guid guid = guid_of(GUID);
    struct store_login login;
    assert_false(store_login_get(store, &guid, &login, &err));
    assert_int_equal(err.code, ERROR_STORE);
}

static void a_changed_or_cut_value_is_an_error_and_not_an_absent_one(void **state)
{
    make_filled(*state);
    scratch_sql(*state, "secrets.db",
                "UPDATE secrets SET sealed = CAST(substr(sealed, 1, length(sealed) - 1)"
                " || CASE WHEN substr(sealed, -1) = x'00' THEN x'01' ELSE x'00' END AS BLOB)"
                " WHERE path = 'MPSCerts'");
    scratch_sql(*state, "secrets.db", "UPDATE secrets SET sealed = x'0102' WHERE path LIKE 'd%'");
    struct scratch *scratch = *state;
    scratch_open(scratch);
    store_blocking(scratch->store, read_changed, scratch);
}

static void put_the_same_again(struct store *store, void *arg)
{
    (void)arg;
    struct error err;
    assert_true(store_secret_put(store, "MPSCerts", SLICE_LITERAL("{\"root_key\":\"k\"}"), &err));
}

static void no_nonce_is_used_twice(void **state)
{
    struct scratch *scratch = *state;
    make_filled(scratch);
    scratch_sql(scratch, "secrets.db", "CREATE TABLE seen AS SELECT sealed FROM secrets");
    for (int i = 0; i < 3; i++) { /* the same value to the same path, and after a restart */
        scratch_open(scratch);
        store_blocking(scratch->store, put_the_same_again, scratch);
        scratch_close(scratch);
        scratch_sql(scratch, "secrets.db",
                    "INSERT INTO seen SELECT sealed FROM secrets WHERE path = 'MPSCerts'");
    }
    assert_int_equal(scratch_sql(scratch, "secrets.db", "SELECT count(*) FROM seen"), 6);
    assert_int_equal(scratch_sql(scratch, "secrets.db",
                                 "SELECT count(DISTINCT substr(sealed, 1, 24)) FROM seen"),
                     6);
}

/* ---- the databases ---- */

static void a_missing_or_empty_database_is_not_replaced(void **state)
{
    make_filled(*state);
    size_t size;
    uint8_t *bytes = scratch_read(*state, "outband.db", &size);
    scratch_write(*state, "outband.db", "", 0);
    refuses_unchanged(*state, "outband.db", "outband.db is missing or empty");
    assert_int_equal(unlink(scratch_path(*state, "outband.db")), 0);
    scratch_refuses(*state, "outband.db is missing or empty");
    assert_int_not_equal(access(scratch_path(*state, "outband.db"), F_OK), 0);
    scratch_write(*state, "outband.db", bytes, size);
    free(bytes);

    bytes = scratch_read(*state, "secrets.db", &size);
    assert_int_equal(unlink(scratch_path(*state, "secrets.db")), 0);
    refuses_unchanged(*state, "outband.db", "secrets.db is missing or empty");
    assert_int_not_equal(access(scratch_path(*state, "secrets.db"), F_OK), 0);
    scratch_write(*state, "secrets.db", bytes, size);
    free(bytes);
    opens_whole(*state);
}

static void a_truncated_database_is_refused(void **state)
{
    make_filled(*state);
    const char *const names[] = {"outband.db", "secrets.db"};
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        uint8_t *bytes = scratch_read(*state, names[i], &size);
        char words[64];
        (void)snprintf(words, sizeof words, "%s is damaged", names[i]);
        for (size_t cut = 1; cut < 4; cut++) {
            scratch_write(*state, names[i], bytes, size * cut / 4 / 4096 * 4096 + (cut & 1) * 100);
            refuses_unchanged(*state, names[i], words);
        }
        scratch_write(*state, names[i], bytes, size);
        free(bytes);
    }
    opens_whole(*state);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    make_filled(*state);
    size_t size;
    uint8_t *bytes = scratch_read(*state, "outband.db", &size);
    uint8_t *noise = memory_new(size);
    memset(noise, 'x', size);
    scratch_write(*state, "outband.db", noise, size);
    refuses_unchanged(*state, "outband.db", "outband.db is damaged");
    /* A page of its own in the middle. */
    memcpy(noise, bytes, size);
    memset(noise + 4096, 0xff, 4096);
    scratch_write(*state, "outband.db", noise, size);
    refuses_unchanged(*state, "outband.db", "outband.db is damaged");
    scratch_write(*state, "outband.db", bytes, size);
    free(noise);
    free(bytes);
    opens_whole(*state);
}

static void a_newer_schema_is_refused(void **state)
{
    make_filled(*state);
    const char *const names[] = {"outband.db", "secrets.db"};
    for (size_t i = 0; i < 2; i++) {
        int64_t version = scratch_sql(*state, names[i], "PRAGMA user_version");
        assert_true(version >= 1);
        scratch_sql(*state, names[i], "PRAGMA user_version = 9999");
        refuses_unchanged(*state, names[i], "written by a newer version");
        char back[64];
        (void)snprintf(back, sizeof back, "PRAGMA user_version = %d", (int)version);
        scratch_sql(*state, names[i], back);
    }
    opens_whole(*state);
}

static void secrets_without_their_check_row_are_refused(void **state)
{
    make_filled(*state);
    scratch_sql(*state, "secrets.db", "DELETE FROM secrets WHERE path = ''");
    refuses_unchanged(*state, "secrets.db", "check row is missing");
    scratch_sql(*state, "secrets.db", "DELETE FROM secrets");
    refuses_unchanged(*state, "secrets.db", "check row is missing");
}

static void a_start_that_was_killed_on_the_way_is_taken_up(void **state)
{
    /* Killed after the key, and after each file was made but not filled. */
    scratch_open(*state);
    scratch_close(*state);
    assert_int_equal(unlink(scratch_path(*state, "outband.db")), 0);
    assert_int_equal(unlink(scratch_path(*state, "secrets.db")), 0);
    scratch_open(*state);
    scratch_close(*state);
    assert_int_equal(unlink(scratch_path(*state, "outband.db")), 0);
    scratch_open(*state);
    scratch_close(*state);
    scratch_write(*state, "outband.db", "", 0);
    scratch_write(*state, "secrets.db", "", 0);
    make_filled(*state);
    opens_whole(*state);
}

/* ---- two processes ---- */

static void a_directory_serves_one_process(void **state)
{
    struct scratch *scratch = *state;
    scratch_open(scratch);
    store_blocking(scratch->store, fill_body, scratch);
    struct guid guid = guid_of(GUID);
    store_presence(scratch->store, &guid, STORE_CONNECTED, 1, 1000);
    store_presence_flush(scratch->store);

    struct error err = {0};
    assert_null(store_open(&scratch->options, &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_non_null(strstr(err.text, "another process serves from this directory"));

    /* A command-line program beside it reads, and leaves presence alone. */
    struct store_options beside = scratch->options;
    beside.beside_server = true;
    struct store *second = store_open(&beside, &err);
    assert_non_null(second);
    store_blocking(second, verify_body, scratch);
    store_close(second);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT connectionstatus FROM devices"), 1);
    scratch_close(scratch);
    opens_whole(scratch);
}

static void a_command_beside_the_server_makes_nothing_and_keeps_nobody_out(void **state)
{
    struct scratch *scratch = *state;
    struct store_options beside = scratch->options;
    beside.beside_server = true;
    struct error err = {0};
    assert_null(store_open(&beside, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "start the server once"));
    assert_int_not_equal(access(scratch_path(scratch, "secret.key"), F_OK), 0);
    assert_int_not_equal(access(scratch_path(scratch, "outband.db"), F_OK), 0);

    make_filled(scratch);
    scratch_sql(scratch, "outband.db",
                "UPDATE devices SET connectionstatus = 1, mpsinstance = 'here'");
    struct store *command = store_open(&beside, &err);
    assert_non_null(command);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT connectionstatus FROM devices"), 1);
    scratch_open(scratch); /* a server can start meanwhile */
    store_close(command);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT connectionstatus FROM devices"), 0);
}

/* As after an update, or while the server is starting for the first time. */
static void a_command_beside_the_server_migrates_nothing(void **state)
{
    struct scratch *scratch = *state;
    make_filled(scratch);
    struct store_options beside = scratch->options;
    beside.beside_server = true;
    const char *const names[] = {"outband.db", "secrets.db"};
    for (size_t i = 0; i < 2; i++) {
        int64_t version = scratch_sql(scratch, names[i], "PRAGMA user_version");
        scratch_sql(scratch, names[i], "PRAGMA user_version = 0");
        struct error err = {0};
        assert_null(store_open(&beside, &err));
        assert_int_equal(err.code, ERROR_NOT_FOUND);
        assert_non_null(strstr(err.text, "start the server once"));
        assert_non_null(strstr(err.text, names[i]));
        assert_int_equal(scratch_sql(scratch, names[i], "PRAGMA user_version"), 0);
        char back[64];
        (void)snprintf(back, sizeof back, "PRAGMA user_version = %d", (int)version);
        scratch_sql(scratch, names[i], back);
    }
    scratch_sql(scratch, "secrets.db", "DELETE FROM secrets");
    struct error err = {0};
    assert_null(store_open(&beside, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_int_equal(scratch_sql(scratch, "secrets.db", "SELECT count(*) FROM secrets"), 0);
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
    struct scratch *scratch = *state;
    struct store_options options = scratch->options;
    options.directory = "/proc/nowhere/outband";
    struct error err = {0};
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERROR_STORE);
    assert_non_null(strstr(err.text, "/proc/nowhere/outband"));
}

#define FILES_CASE(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILES_CASE(everything_is_there_after_a_restart),
        FILES_CASE(a_database_of_the_first_schema_is_brought_up_to_date),
        FILES_CASE(only_the_owner_can_read_the_files),
        FILES_CASE(no_secret_is_readable_in_any_file),
        FILES_CASE(a_missing_key_is_not_replaced),
        FILES_CASE(a_missing_key_is_not_replaced_when_only_devices_are_left),
        FILES_CASE(a_key_that_others_can_read_is_refused),
        FILES_CASE(a_directory_that_others_can_write_to_is_refused),
        FILES_CASE(a_directory_that_others_can_read_is_closed_to_them),
        FILES_CASE(a_damaged_key_is_refused),
        FILES_CASE(the_key_of_another_store_is_refused),
        FILES_CASE(a_link_for_a_key_is_not_followed),
        FILES_CASE(the_draft_of_a_key_that_was_not_finished_is_no_key),
        FILES_CASE(a_value_moved_to_another_path_does_not_open),
        FILES_CASE(a_changed_or_cut_value_is_an_error_and_not_an_absent_one),
        FILES_CASE(no_nonce_is_used_twice),
        FILES_CASE(a_missing_or_empty_database_is_not_replaced),
        FILES_CASE(a_truncated_database_is_refused),
        FILES_CASE(a_file_that_is_no_database_is_refused),
        FILES_CASE(a_newer_schema_is_refused),
        FILES_CASE(secrets_without_their_check_row_are_refused),
        FILES_CASE(a_start_that_was_killed_on_the_way_is_taken_up),
        FILES_CASE(a_directory_serves_one_process),
        FILES_CASE(a_command_beside_the_server_makes_nothing_and_keeps_nobody_out),
        FILES_CASE(a_command_beside_the_server_migrates_nothing),
        FILES_CASE(a_directory_that_cannot_be_made_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
