/* Device rows: adding, merging, reading, deleting (spec mps 1.8 and 6.1). */
#include "io/fiber.h"
#include "io/work.h"
#include "scratch.h"
#include "store/call.h"

#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

#define GUID "143e4567-e89b-12d3-a456-426614174000"

static bool put(struct store *store, struct arena *arena, struct store_device *device,
                unsigned fields, bool must_exist, bool *created, struct error *err)
{
    device->guid = guid_of(GUID);
    return store_device_put(store, arena, device, fields, NULL, must_exist, created, err);
}

STORE_TEST(a_new_device_has_defaults_and_what_was_given)
{
    const char *tags[] = {"b", "a", "b"};
    struct store_device device = {.hostname = "h",
                                  .tags = tags,
                                  .tag_count = 3,
                                  .tenant_id = "",
                                  .device_info = "{\"fwVersion\":\"16.1.25\"}"};
    bool created = false;
    struct error err;
    assert_true(put(store, arena, &device, STORE_HOSTNAME | STORE_TAGS | STORE_DEVICE_INFO, false,
                    &created, &err));
    assert_true(created);

    struct guid guid = guid_of(GUID);
    struct store_device read;
    assert_true(store_device_get(store, arena, &guid, NULL, &read, &err));
    for (int i = 0; i < 2; i++) { /* the answer to the put, and the row */
        const struct store_device *row = i == 0 ? &device : &read;
        assert_true(guid_equal(&row->guid, &guid));
        assert_string_equal(row->hostname, "h");
        assert_int_equal(row->tag_count, 3);
        assert_string_equal(row->tags[0], "b");
        assert_string_equal(row->tags[1], "a");
        assert_string_equal(row->tags[2], "b");
        assert_null(row->mps_instance);
        assert_false(row->connected);
        assert_null(row->mps_username);
        assert_string_equal(row->tenant_id, "");
        assert_null(row->friendly_name);
        assert_null(row->dns_suffix);
        assert_true(row->last_connected == STORE_NEVER);
        assert_true(row->last_seen == STORE_NEVER);
        assert_true(row->last_disconnected == STORE_NEVER);
        assert_string_equal(row->device_info, "{\"fwVersion\":\"16.1.25\"}");
    }
}

STORE_TEST(a_field_that_is_not_given_stays_and_null_is_stored)
{
    const char *tags[] = {"x", "y"};
    struct store_device device = {.hostname = "h",
                                  .friendly_name = "f",
                                  .dns_suffix = "x.com",
                                  .mps_username = "admin",
                                  .device_info = "{}",
                                  .tags = tags,
                                  .tag_count = 2,
                                  .tenant_id = ""};
    struct error err;
    assert_true(put(store, arena, &device, 63, false, NULL, &err));

    bool created = true;
    struct store_device change = {.hostname = NULL, .friendly_name = "", .tenant_id = ""};
    assert_true(
        put(store, arena, &change, STORE_HOSTNAME | STORE_FRIENDLY_NAME, false, &created, &err));
    assert_false(created);
    assert_null(change.hostname);
    assert_string_equal(change.friendly_name, "");
    assert_string_equal(change.dns_suffix, "x.com");
    assert_string_equal(change.mps_username, "admin");
    assert_string_equal(change.device_info, "{}");
    assert_int_equal(change.tag_count, 2);

    struct store_device nothing = {.tenant_id = ""};
    assert_true(put(store, arena, &nothing, 0, true, NULL, &err));
    assert_string_equal(nothing.dns_suffix, "x.com");

    struct store_device clear = {.tenant_id = ""};
    assert_true(put(store, arena, &clear, 63, true, NULL, &err));
    assert_null(clear.friendly_name);
    assert_null(clear.dns_suffix);
    assert_null(clear.mps_username);
    assert_null(clear.device_info);
    assert_int_equal(clear.tag_count, 0);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

STORE_TEST(what_a_lan_needs_is_merged_like_the_rest)
{
    struct store_device device = {.tenant_id = ""};
    struct error err;
    assert_true(put(store, arena, &device, 0, false, NULL, &err));
    assert_null(device.username);
    assert_false(device.use_tls);
    assert_false(device.allow_self_signed);
    assert_null(device.cert_hash);

    struct store_device pin = {.tenant_id = "",
                               .username = "operator",
                               .use_tls = true,
                               .allow_self_signed = true,
                               .cert_hash = HASH};
    assert_true(put(store, arena, &pin,
                    STORE_USERNAME | STORE_USE_TLS | STORE_ALLOW_SELF_SIGNED | STORE_CERT_HASH,
                    true, NULL, &err));
    struct store_device other = {.tenant_id = "", .hostname = "h"};
    assert_true(put(store, arena, &other, STORE_HOSTNAME, true, NULL, &err));
    assert_string_equal(other.username, "operator");
    assert_true(other.use_tls);
    assert_true(other.allow_self_signed);
    assert_string_equal(other.cert_hash, HASH);

    struct store_device unpin = {.tenant_id = ""};
    assert_true(put(store, arena, &unpin, STORE_CERT_HASH | STORE_USE_TLS, true, NULL, &err));
    assert_null(unpin.cert_hash);
    assert_false(unpin.use_tls);
    assert_true(unpin.allow_self_signed);
}

STORE_TEST(only_a_new_device_begins_with_tls)
{
    struct store_device device = {.tenant_id = ""};
    struct error err;
    assert_true(put(store, arena, &device, STORE_NEW_WITH_TLS, false, NULL, &err));
    assert_true(device.use_tls);
    assert_true(device.allow_self_signed);
    struct store_device plain = {.tenant_id = "", .use_tls = false};
    assert_true(put(store, arena, &plain, STORE_USE_TLS, false, NULL, &err));
    struct store_device again = {.tenant_id = ""};
    assert_true(put(store, arena, &again, STORE_NEW_WITH_TLS, false, NULL, &err));
    assert_false(again.use_tls);
}

STORE_TEST(a_hash_that_could_match_nothing_is_refused)
{
    static const char *const bad[] = {"", HASH "0", "0123",
                                      "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789"
                                      "abcdef"};
    struct error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_device device = {.tenant_id = "", .cert_hash = bad[i]};
        assert_false(put(store, arena, &device, STORE_CERT_HASH, false, NULL, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
    struct store_device device = {.tenant_id = "", .username = "seventeen letters"};
    assert_false(put(store, arena, &device, STORE_USERNAME, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

STORE_TEST(credentials_are_the_stored_user_or_admin)
{
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = ""};
    struct store_device_secrets secrets = {.amt_password = "Amt!1234"};
    struct slice user, password;
    struct error err;
    assert_true(store_device_put(store, arena, &device, 0, &secrets, false, NULL, &err));
    struct guid guid = guid_of(GUID);
    assert_true(store_amt_password(store, arena, &guid, &user, &password, &err));
    assert_true(slice_equal_string(user, "admin"));
    assert_true(slice_equal_string(password, "Amt!1234"));
    static const char *const names[] = {"", "operator"};
    for (size_t i = 0; i < 2; i++) {
        struct store_device change = {.tenant_id = "", .username = names[i]};
        assert_true(put(store, arena, &change, STORE_USERNAME, true, NULL, &err));
        assert_true(store_amt_password(store, arena, &guid, &user, &password, &err));
        assert_true(slice_equal_string(user, i == 0 ? "admin" : "operator"));
    }
}

STORE_TEST(tags_are_replaced_as_a_whole)
{
    const char *before[] = {"x", "y", "z"};
    struct store_device device = {.tags = before, .tag_count = 3, .tenant_id = ""};
    struct error err;
    assert_true(put(store, arena, &device, STORE_TAGS, false, NULL, &err));
    const char *after[] = {"y"};
    struct store_device change = {.tags = after, .tag_count = 1, .tenant_id = ""};
    assert_true(put(store, arena, &change, STORE_TAGS, false, NULL, &err));
    assert_int_equal(change.tag_count, 1);
    assert_string_equal(change.tags[0], "y");
}

STORE_TEST(presence_is_not_written_by_a_put)
{
    struct store_device device = {.tenant_id = "",
                                  .connected = true,
                                  .mps_instance = "elsewhere",
                                  .last_seen = 1,
                                  .last_connected = 1,
                                  .last_disconnected = 1};
    struct error err;
    assert_true(put(store, arena, &device, 63, false, NULL, &err));
    assert_false(device.connected);
    assert_null(device.mps_instance);
    assert_true(device.last_seen == STORE_NEVER);
    assert_true(device.last_connected == STORE_NEVER);
    assert_true(device.last_disconnected == STORE_NEVER);
}

STORE_TEST(changing_an_absent_device_finds_none)
{
    struct store_device device = {.tenant_id = "", .hostname = "h"};
    bool created = true;
    struct error err = {0};
    assert_false(put(store, arena, &device, STORE_HOSTNAME, true, &created, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_string_equal(err.text, "Device ID " GUID " not found");
    assert_false(created);
    struct guid guid = guid_of(GUID);
    assert_false(store_device_get(store, arena, &guid, NULL, &device, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(a_guid_belongs_to_one_tenant_and_its_secrets_too)
{
    add_device(store, GUID, "red", "h", NULL, 0);
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = "blue", .hostname = "mine"};
    struct store_device_secrets stolen = {.mps_password = "guess", .amt_password = "guess"};
    struct error err = {0};
    assert_false(
        store_device_put(store, arena, &device, STORE_HOSTNAME, &stolen, false, NULL, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_string_equal(err.text, "Device ID: " GUID " already exists");
    assert_false(
        store_device_put(store, arena, &device, STORE_HOSTNAME, &stolen, true, NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);

    struct guid guid = guid_of(GUID);
    struct store_login login;
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.passwords[0].text, "P@ssw0rd");
    assert_string_equal(login.tenant_id, "red");
    struct slice password;
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "Amt!1234"));

    assert_false(store_device_get(store, arena, &guid, "blue", &device, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_device_delete(store, &guid, "blue", true, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_device_get(store, arena, &guid, "red", &device, &err));
    assert_string_equal(device.hostname, "h");
}

STORE_TEST(secrets_that_are_not_given_stay)
{
    add_device(store, GUID, "", "h", NULL, 0);
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = ""};
    struct store_device_secrets change = {.mebx_password = "Mebx!123"};
    struct error err;
    assert_true(store_device_put(store, arena, &device, 0, &change, false, NULL, &err));
    struct guid guid = guid_of(GUID);
    struct slice value;
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "{\"AMT_PASSWORD\":\"Amt!1234\",\"MPS_PASSWORD\":"
                                          "\"P@ssw0rd\",\"MEBX_PASSWORD\":\"Mebx!123\"}"));

    struct store_device_secrets change2 = {.amt_password = "New!1234"};
    assert_true(store_device_put(store, arena, &device, 0, &change2, true, NULL, &err));
    struct slice password;
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "New!1234"));
}

STORE_TEST(what_another_program_put_beside_the_passwords_stays)
{
    struct error err;
    assert_true(store_secret_put(
        store, "devices/" GUID,
        SLICE_LITERAL("{\"AMT_PASSWORD\":\"a\",\"MEBX_PASSWORD\":null,\"version\":\"2.0\"}"),
        &err));
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = ""};
    struct store_device_secrets change = {.mps_password = "m"};
    assert_true(store_device_put(store, arena, &device, 0, &change, false, NULL, &err));
    struct slice value;
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "{\"AMT_PASSWORD\":\"a\",\"MEBX_PASSWORD\":null,"
                                          "\"version\":\"2.0\",\"MPS_PASSWORD\":\"m\"}"));
}

STORE_TEST(secrets_that_cannot_be_read_are_not_replaced)
{
    struct error err = {0};
    assert_true(store_secret_put(store, "devices/" GUID, SLICE_LITERAL("not JSON"), &err));
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = ""};
    struct store_device_secrets change = {.mps_password = "m"};
    assert_false(store_device_put(store, arena, &device, 0, &change, false, NULL, &err));
    assert_int_equal(err.code, ERROR_STORE);
    struct slice value;
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(slice_equal_string(value, "not JSON"));
    struct guid guid = guid_of(GUID);
    assert_false(store_device_get(store, arena, &guid, NULL, &device, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(deleting_takes_the_secrets_only_when_asked_to)
{
    struct guid guid = guid_of(GUID);
    struct error err = {0};
    struct slice password;
    const char *tags[] = {"x"};
    add_device(store, GUID, "", "h", tags, 1);
    assert_true(store_device_delete(store, &guid, NULL, false, &err));
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));

    add_device(store, GUID, "", "h", tags, 1);
    assert_true(store_device_delete(store, &guid, "", true, &err));
    assert_false(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(store_device_delete(store, &guid, "", true, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);

    /* Its tags went with it. */
    const char **left;
    size_t count;
    assert_true(store_device_tags(store, arena, NULL, &left, &count, &err));
    assert_int_equal(count, 0);
    add_device(store, GUID, "", "h", NULL, 0);
    struct store_device device;
    assert_true(store_device_get(store, arena, &guid, NULL, &device, &err));
    assert_int_equal(device.tag_count, 0);
}

static bool add_bare(struct store *store, struct arena *arena, const char *tenant)
{
    struct store_device device = {.guid = guid_of(GUID), .tenant_id = tenant};
    struct error err;
    return store_device_put(store, arena, &device, 0, NULL, false, NULL, &err);
}

STORE_TEST(the_secrets_of_a_deleted_device_are_not_another_tenants)
{
    struct guid guid = guid_of(GUID);
    struct error err = {0};
    struct slice password;
    struct store_login login;
    add_device(store, GUID, "mine", "h", NULL, 0);
    assert_true(store_device_delete(store, &guid, "mine", false, &err));
    assert_true(add_bare(store, arena, "mine"));
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(slice_equal_string(password, "Amt!1234"));

    assert_true(store_device_delete(store, &guid, NULL, false, &err));
    assert_true(add_bare(store, arena, "yours"));
    assert_false(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_string_equal(login.passwords[0].text, "");

    /* Not even when it is the default tenant that comes. */
    assert_true(store_device_delete(store, &guid, NULL, true, &err));
    add_device(store, GUID, "mine", "h", NULL, 0);
    assert_true(store_device_delete(store, &guid, NULL, false, &err));
    assert_true(add_bare(store, arena, ""));
    assert_false(store_amt_password(store, arena, &guid, NULL, &password, &err));
}

STORE_TEST(secrets_that_came_before_the_device_are_the_default_tenants)
{
    struct guid guid = guid_of(GUID);
    struct error err = {0};
    struct slice password;
    const struct slice entry = SLICE_LITERAL("{\"AMT_PASSWORD\":\"a\"}");
    assert_true(store_secret_put(store, "devices/" GUID, entry, &err));
    assert_true(add_bare(store, arena, ""));
    assert_true(store_amt_password(store, arena, &guid, NULL, &password, &err));
    assert_true(store_device_delete(store, &guid, "", true, &err));

    assert_true(store_secret_put(store, "devices/" GUID, entry, &err));
    assert_true(add_bare(store, arena, "mine"));
    assert_false(store_amt_password(store, arena, &guid, NULL, &password, &err));

    /* Written without a record while the device was there: its row tells whose they are. */
    assert_true(store_secret_put(store, "devices/" GUID, entry, &err));
    assert_true(store_device_delete(store, &guid, "mine", false, &err));
    assert_true(add_bare(store, arena, ""));
    assert_false(store_amt_password(store, arena, &guid, NULL, &password, &err));
}

STORE_TEST(quotes_and_sql_in_values_are_just_text)
{
    const char *evil = "'); DROP TABLE devices; --\"\\\x01 %s \xe2\x98\x83";
    const char *tags[] = {evil, "\"]', '"};
    struct store_device device = {.hostname = evil,
                                  .friendly_name = evil,
                                  .mps_username = "' OR 1=1 --",
                                  .tenant_id = "' OR '1'='1",
                                  .tags = tags,
                                  .tag_count = 2};
    struct error err;
    assert_true(put(store, arena, &device,
                    STORE_HOSTNAME | STORE_FRIENDLY_NAME | STORE_MPS_USERNAME | STORE_TAGS, false,
                    NULL, &err));
    add_device(store, "243e4567-e89b-12d3-a456-426614174000", "", "innocent", NULL, 0);

    struct store_filter filter = {.tenant = "' OR '1'='1",
                                  .hostname = evil,
                                  .friendly_name = evil,
                                  .tags = tags,
                                  .tag_count = 2,
                                  .all_tags = true,
                                  .connected = -1,
                                  .top = 10};
    struct store_device *devices;
    size_t count;
    uint64_t total;
    assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_int_equal(total, 1);
    assert_string_equal(devices[0].hostname, evil);
    assert_string_equal(devices[0].tags[1], "\"]', '");

    filter =
        (struct store_filter){.tenant = "", .hostname = "' OR '1'='1", .connected = -1, .top = 10};
    assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
    assert_int_equal(total, 0);
}

STORE_TEST(what_a_login_cannot_hold_is_refused)
{
    char long_name[66];
    memset(long_name, 'u', sizeof long_name - 1);
    long_name[65] = '\0';
    struct store_device device = {.tenant_id = "", .mps_username = long_name};
    struct error err = {0};
    assert_false(put(store, arena, &device, STORE_MPS_USERNAME, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    long_name[64] = '\0';
    assert_true(put(store, arena, &device, STORE_MPS_USERNAME, false, NULL, &err));

    char long_password[130];
    memset(long_password, 'p', sizeof long_password - 1);
    long_password[129] = '\0';
    struct store_device_secrets secrets = {.mps_password = long_password};
    assert_false(store_device_put(store, arena, &device, 0, &secrets, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_null(strstr(err.text, "ppp"));
    long_password[128] = '\0';
    assert_true(store_device_put(store, arena, &device, 0, &secrets, false, NULL, &err));
    struct guid guid = guid_of(GUID);
    struct store_login login;
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_int_equal(strlen(login.passwords[0].text), 128);
    assert_int_equal(strlen(login.mps_username), 64);

    device.tenant_id = "1234567890123456789012345678901234567";
    assert_false(put(store, arena, &device, 0, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

STORE_TEST(too_many_tags_and_too_long_information_are_refused)
{
    struct error err = {0};
    const char **tags = arena_array(arena, STORE_TAGS_LIMIT + 1, sizeof *tags);
    char *info = arena_array(arena, STORE_DEVICE_INFO_LIMIT + 2, 1);
    for (size_t i = 0; i <= STORE_TAGS_LIMIT; i++)
        tags[i] = arena_printf(arena, "tag %zu", i);
    memset(info, ' ', STORE_DEVICE_INFO_LIMIT + 1);
    struct store_device device = {
        .tenant_id = "", .tags = tags, .tag_count = STORE_TAGS_LIMIT + 1, .device_info = info};
    assert_false(put(store, arena, &device, STORE_TAGS, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    device.tag_count--;
    assert_false(put(store, arena, &device, STORE_DEVICE_INFO, false, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    info[STORE_DEVICE_INFO_LIMIT] = '\0';
    assert_true(put(store, arena, &device, STORE_TAGS | STORE_DEVICE_INFO, false, NULL, &err));
}

STORE_TEST(users_are_stored_and_replaced)
{
    struct error err = {0};
    uint64_t count = 7;
    const char *hash;
    assert_true(store_user_count(store, &count, &err));
    assert_int_equal(count, 0);
    assert_false(store_user_get(store, arena, "admin", &hash, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(store_user_put(store, "admin", "first", &err));
    assert_true(store_user_put(store, "admin", "second", &err));
    assert_true(store_user_get(store, arena, "admin", &hash, &err));
    assert_string_equal(hash, "second");
    assert_true(store_user_count(store, &count, &err));
    assert_int_equal(count, 1);
}

STORE_TEST(users_are_the_same_whatever_the_case)
{
    struct error err;
    const char *hash;
    uint64_t count;
    assert_true(store_user_put(store, "Admin", "first", &err));
    assert_true(store_user_put(store, "aDMIN", "second", &err));
    assert_true(store_user_get(store, arena, "ADMIN", &hash, &err));
    assert_string_equal(hash, "second");
    assert_true(store_user_count(store, &count, &err));
    assert_int_equal(count, 1);
}

/* Keeps every thread that reads lists busy until it is let go, or for five seconds. */
struct plug {
    struct store *store;
    struct io_task tasks[2];
    sem_t gate;
    atomic_int held;
    atomic_bool late; /* it was not let go in time: somebody waited for it */
};

static void hold(void *arg)
{
    struct plug *plug = arg;
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    atomic_fetch_add(&plug->held, 1);
    if (sem_timedwait(&plug->gate, &until) != 0)
        atomic_store(&plug->late, true);
}

static void hold_reader(void *arg)
{
    struct plug *plug = arg;
    struct error err;
    assert_true(io_work(plug->store->readers, hold, plug, &err));
}

static void plug_readers(struct plug *plug, struct store *store)
{
    struct error err;
    *plug = (struct plug){.store = store};
    assert_int_equal(sem_init(&plug->gate, 0, 0), 0);
    for (size_t i = 0; i < 2; i++)
        assert_true(io_task_start(&plug->tasks[i], hold_reader, plug, &err));
    while (atomic_load(&plug->held) < 2)
        assert_true(io_sleep(5, &err));
}

static void unplug_readers(struct plug *plug)
{
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(sem_post(&plug->gate), 0);
    for (size_t i = 0; i < 2; i++)
        io_task_join(&plug->tasks[i]);
    assert_false(atomic_load(&plug->late));
    sem_destroy(&plug->gate);
}

STORE_TEST(logins_and_passwords_do_not_wait_for_lists)
{
    static struct plug plug;
    struct guid guid = guid_of(GUID);
    struct store_login login;
    struct slice value;
    const char *hash;
    struct error err = {0};
    add_device(store, GUID, "", "h", NULL, 0);
    assert_true(store_user_put(store, "u", "h", &err));
    plug_readers(&plug, store);
    assert_true(store_login_get(store, &guid, &login, &err));
    assert_true(store_amt_password(store, arena, &guid, NULL, &value, &err));
    assert_true(store_secret_get(store, arena, "devices/" GUID, &value, &err));
    assert_true(store_user_get(store, arena, "u", &hash, &err));
    unplug_readers(&plug);
}

STORE_TEST(a_check_within_a_second_does_not_ask_again)
{
    static struct plug plug;
    struct error err = {0};
    (void)arena;
    assert_true(store_check(store, &err));
    plug_readers(&plug, store);
    for (int i = 0; i < 1000; i++)
        assert_true(store_check(store, &err));
    unplug_readers(&plug);
}

static void check_after_a_second(struct store *store, void *arg)
{
    bool *ok = arg;
    struct error err;
    assert_true(io_sleep(1001, &err));
    *ok = store_check(store, &err);
    assert_int_equal(store_check(store, &err), *ok);
}

static void a_check_after_a_second_asks_again(void **state)
{
    struct scratch *scratch = *state;
    bool ok = false;
    store_blocking(scratch->store, check_after_a_second, &ok);
    assert_true(ok);
    scratch_sql(scratch, "outband.db", "ALTER TABLE devices RENAME TO gone");
    store_blocking(scratch->store, check_after_a_second, &ok);
    assert_false(ok);
    scratch_sql(scratch, "outband.db", "ALTER TABLE gone RENAME TO devices");
    store_blocking(scratch->store, check_after_a_second, &ok);
    assert_true(ok);
}

/* No file may grow or be written past its first byte: what a full disk does to the store. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fail_to_write(struct store *store, void *arg)
{
    (void)arg;
    struct error err;
    limit_files(1);
    bool written = store_user_put(store, "u", "h", &err);
    limit_files(RLIM_INFINITY);
    assert_false(written);
    assert_int_equal(err.code, ERROR_STORE);
}

static void check_without_room(struct store *store, void *arg)
{
    limit_files(1);
    check_after_a_second(store, arg);
    limit_files(RLIM_INFINITY);
}

static void note_presence(struct store *store, void *arg)
{
    (void)arg;
    struct guid guid = guid_of(GUID);
    struct error err;
    limit_files(1);
    store_presence(store, &guid, STORE_CONNECTED, 1, 1000);
    assert_true(io_sleep(500, &err));
    limit_files(RLIM_INFINITY);
}

static void a_failed_write_is_told_until_writes_work_again(void **state)
{
    struct scratch *scratch = *state;
    bool ok = false;
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    store_blocking(scratch->store, check_without_room, &ok);
    assert_true(ok); /* nothing has been written yet: it can be read */
    store_blocking(scratch->store, fail_to_write, NULL);
    store_blocking(scratch->store, check_without_room, &ok);
    assert_false(ok);
    store_blocking(scratch->store, check_without_room, &ok);
    assert_false(ok);
    store_blocking(scratch->store, check_after_a_second, &ok);
    assert_true(ok);
    store_blocking(scratch->store, check_without_room, &ok);
    assert_true(ok);
}

static void put_device(struct store *store, void *arg)
{
    (void)arg;
    add_device(store, GUID, "", "host", NULL, 0);
}

static void a_failed_write_of_presence_is_told_too(void **state)
{
    struct scratch *scratch = *state;
    bool ok = true;
    assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    store_blocking(scratch->store, put_device, NULL);
    store_blocking(scratch->store, note_presence, NULL);
    store_blocking(scratch->store, check_without_room, &ok);
    assert_false(ok);
    store_blocking(scratch->store, check_after_a_second, &ok);
    assert_true(ok);
}

STORE_TEST(the_check_answers)
{
    (void)arena;
    struct error err;
    assert_true(store_check(store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_new_device_has_defaults_and_what_was_given),
        STORE_TEST_CASE(a_failed_write_is_told_until_writes_work_again),
        STORE_TEST_CASE(a_failed_write_of_presence_is_told_too),
        STORE_TEST_CASE(a_field_that_is_not_given_stays_and_null_is_stored),
        STORE_TEST_CASE(what_a_lan_needs_is_merged_like_the_rest),
        STORE_TEST_CASE(only_a_new_device_begins_with_tls),
        STORE_TEST_CASE(a_hash_that_could_match_nothing_is_refused),
        STORE_TEST_CASE(credentials_are_the_stored_user_or_admin),
        STORE_TEST_CASE(tags_are_replaced_as_a_whole),
        STORE_TEST_CASE(presence_is_not_written_by_a_put),
        STORE_TEST_CASE(changing_an_absent_device_finds_none),
        STORE_TEST_CASE(a_guid_belongs_to_one_tenant_and_its_secrets_too),
        STORE_TEST_CASE(secrets_that_are_not_given_stay),
        STORE_TEST_CASE(what_another_program_put_beside_the_passwords_stays),
        STORE_TEST_CASE(secrets_that_cannot_be_read_are_not_replaced),
        STORE_TEST_CASE(deleting_takes_the_secrets_only_when_asked_to),
        STORE_TEST_CASE(the_secrets_of_a_deleted_device_are_not_another_tenants),
        STORE_TEST_CASE(secrets_that_came_before_the_device_are_the_default_tenants),
        STORE_TEST_CASE(quotes_and_sql_in_values_are_just_text),
        STORE_TEST_CASE(what_a_login_cannot_hold_is_refused),
        STORE_TEST_CASE(too_many_tags_and_too_long_information_are_refused),
        STORE_TEST_CASE(users_are_stored_and_replaced),
        STORE_TEST_CASE(users_are_the_same_whatever_the_case),
        STORE_TEST_CASE(logins_and_passwords_do_not_wait_for_lists),
        STORE_TEST_CASE(a_check_within_a_second_does_not_ask_again),
        STORE_TEST_CASE(a_check_after_a_second_asks_again),
        STORE_TEST_CASE(the_check_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
