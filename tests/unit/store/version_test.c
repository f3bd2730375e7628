/* The version of a device: what tells that its row or secrets have changed. */
#include "core/list.h"
#include "scratch.h"
#include "store/call.h"

#define GUID "143e4567-e89b-12d3-a456-426614174000"

/* The change of a device's version by a put; it must have succeeded. */
static uint64_t change_by(struct store *store, struct arena *arena, struct store_device *device,
                          unsigned fields, const struct store_device_secrets *secrets)
{
    struct guid guid = guid_of(GUID);
    struct error err;
    uint64_t before = store_device_version(store, &guid);
    device->guid = guid;
    assert_true(store_device_put(store, arena, device, fields, secrets, false, NULL, &err));
    return store_device_version(store, &guid) - before;
}

STORE_TEST(the_version_tells_of_every_change_of_how_a_device_is_reached)
{
    static const unsigned access[] = {STORE_HOSTNAME, STORE_MPS_USERNAME, STORE_USERNAME,
                                      STORE_USE_TLS,  STORE_CERT_HASH,    STORE_ALLOW_SELF_SIGNED};
    struct guid guid = guid_of(GUID);
    struct error err = {0};
    uint64_t version = 0;
    struct store_device device = {.tenant_id = "", .hostname = "h", .friendly_name = "f"};
    assert_int_equal(change_by(store, arena, &device, 0, NULL), 2); /* it is new */
    for (size_t i = 0; i < sizeof access / sizeof *access; i++) {
        struct store_device changed = {.tenant_id = ""};
        assert_int_equal(change_by(store, arena, &changed, access[i], NULL), 2);
    }
    struct store_device_secrets secrets = {.amt_password = "New!1234"};
    struct store_device same = {.tenant_id = ""};
    assert_int_equal(change_by(store, arena, &same, 0, &secrets), 2);
    assert_int_equal(change_by(store, arena, &device, STORE_FRIENDLY_NAME | STORE_TAGS, NULL), 0);
    assert_true(store_device_settled(store, &guid, &version, &err));
    assert_int_equal(version, store_device_version(store, &guid));

    store_presence(store, &guid, STORE_SEEN, 1, 1);
    store_presence_flush(store);
    assert_int_equal(store_device_version(store, &guid), version);
    assert_true(store_device_delete(store, &guid, "", false, &err));
    assert_int_equal(store_device_version(store, &guid), version + 2);
}

/* What looks at the version while a put is between the secrets and the row. */
struct half_put {
    struct store *store;
    struct store_secrets secrets; /* around the store's own */
    struct store_secrets_methods methods;
    struct store_secrets *inner;
    uint64_t before, during;
};

static bool half_get(struct store_secrets *secrets, struct arena *arena, const char *path,
                     struct slice *value, struct error *err)
{
    struct half_put *half = LIST_ENTRY(secrets, struct half_put, secrets);
    return half->inner->methods->get(half->inner, arena, path, value, err);
}

static bool half_write(struct store_secrets *secrets, const char *path, struct slice value,
                       struct error *err)
{
    struct half_put *half = LIST_ENTRY(secrets, struct half_put, secrets);
    struct guid guid = guid_of(GUID);
    half->during = store_device_version(half->store, &guid);
    return half->inner->methods->put(half->inner, path, value, err);
}

STORE_TEST(the_version_is_odd_from_before_the_secrets_until_after_the_row)
{
    struct store_device device = {.tenant_id = "", .hostname = "h"};
    struct store_device_secrets secrets = {.amt_password = "New!1234"};
    struct half_put half = {
        .store = store, .methods = {.get = half_get, .put = half_write}, .inner = store->secrets};
    struct guid guid = guid_of(GUID);
    half.secrets.methods = &half.methods;
    half.before = store_device_version(store, &guid);
    store->secrets = &half.secrets;
    assert_int_equal(change_by(store, arena, &device, STORE_HOSTNAME, &secrets), 2);
    store->secrets = half.inner;
    assert_int_equal(half.during, half.before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(the_version_tells_of_every_change_of_how_a_device_is_reached),
        STORE_TEST_CASE(the_version_is_odd_from_before_the_secrets_until_after_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
