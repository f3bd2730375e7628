/* Certificates and ticket keys that change while the server serves. */
#include "../store/scratch.h"

#include "core/clock.h"
#include "core/json_writer.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls_context.h"
#include "server/renewal.h"

#define CERTIFICATES "MPSCerts"
#define SOON_DAYS    20
#define DAY_MS       (INT64_C(24) * 3600 * 1000)

static char common_name[] = "mps.test";
static char key_bits[] = "2048";
static char tls_oldest[] = "1.2";
static const struct settings_values settings = {
    .common_name = common_name,
    .key_bits = key_bits,
    .tls_oldest = tls_oldest,
};

struct world {
    struct store *store;
    struct arena arena;
    struct io_loop *loop;
    struct shard shard;
    struct shard_plan plan;
    struct certificates first;
    void (*test)(struct world *world);
};

static void put(struct json_writer *json, const char *key, struct slice text)
{
    json_put_key(json, key);
    json_put_string_slice(json, text);
}

/* Stores a CA and leaves with that many days left, as a server that was set up long ago. */
static void store_old(struct world *world, int cira_days, int web_days)
{
    struct io_certificate ca;
    struct io_certificate cira;
    struct io_certificate web;
    struct error err;
    struct buffer text;
    struct json_writer json;
    assert_true(io_certificate_new_ca(&world->arena, "MPSRoot", 2048, &ca, &err));
    assert_true(io_certificate_new_leaf(&world->arena, &ca, 2048, common_name, NULL, 0, cira_days,
                                        &cira, &err));
    assert_true(io_certificate_new_leaf(&world->arena, &ca, 2048, common_name, NULL, 0, web_days,
                                        &web, &err));
    buffer_init(&text, 65536);
    json_writer_init(&json, &text);
    json_open_object(&json);
    json_put_key(&json, "mps_tls_config");
    json_open_object(&json);
    put(&json, "cert", cira.certificate_pem);
    put(&json, "key", cira.key_pem);
    json_close_object(&json);
    json_put_key(&json, "web_tls_config");
    json_open_object(&json);
    put(&json, "ca", ca.certificate_pem);
    put(&json, "cert", web.certificate_pem);
    put(&json, "key", web.key_pem);
    json_close_object(&json);
    put(&json, "root_key", ca.key_pem);
    put(&json, "common_name", slice_of_string(common_name));
    json_close_object(&json);
    assert_true(store_secret_put(world->store, CERTIFICATES, buffer_slice(&text), &err));
    buffer_fini(&text);
    world->first = (struct certificates){ca.certificate_pem, cira, web};
}

/* The certificate that the next handshake shows. */
static struct slice shown(struct world *world, const struct io_tls *tls)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_true(PEM_write_bio_X509(bio, SSL_CTX_get0_certificate(tls->context)) == 1);
    long size = BIO_get_mem_data(bio, &text);
    struct slice pem = arena_copy(&world->arena, slice_of(text, (size_t)size));
    BIO_free(bio);
    return pem;
}

static int64_t days_left(struct slice pem)
{
    int64_t end = 0;
    assert_true(io_certificate_expires(pem, &end, NULL));
    return (end - clock_wall_ms()) / DAY_MS;
}

static void main_fiber(void *arg)
{
    struct world *world = arg;
    world->test(world);
}

static void run(void **state, void (*test)(struct world *world))
{
    struct scratch *scratch = *state;
    struct world world = {.store = scratch->store, .test = test};
    struct error err;
    world.loop = io_loop_new(&err);
    assert_non_null(world.loop);
    arena_init(&world.arena);
    assert_true(io_loop_main(world.loop, main_fiber, &world, &err));
    shard_fini(&world.shard);
    arena_fini(&world.arena);
    io_loop_free(world.loop);
}

/* A shard that shows what was stored first, and a renewal of it that has gone through `count`
 * periods. */
static void serve_for(struct world *world, unsigned count)
{
    struct renewal renewal = {0};
    struct error err;
    world->plan.settings = &settings;
    world->plan.secrets.certificates = &world->first;
    assert_true(shard_prepare(&world->shard, 0, &world->plan, world->loop, &err));
    SSL_CTX *before = world->shard.cira_tls->context;
    assert_true(renewal_start(&renewal, world->store, &world->shard, 1, 1, &err));
    for (unsigned i = 0; i < count; i++) {
        for (int tries = 0; tries < 5000 && world->shard.cira_tls->context == before; tries++)
            assert_true(io_sleep(2, &err));
        before = world->shard.cira_tls->context;
    }
    renewal_stop(&renewal);
}

static void renew_one(struct world *world)
{
    store_old(world, 400, SOON_DAYS);
    serve_for(world, 1);
    struct slice web = shown(world, world->shard.web_tls);
    struct slice cira = shown(world, world->shard.cira_tls);
    assert_false(slice_equal(web, world->first.web.certificate_pem));
    assert_true(days_left(web) > 800);
    assert_true(days_left(cira) > 800);
    struct certificates stored;
    struct error err;
    bool made = true;
    assert_true(certificates_load(world->store, &world->arena, &settings, &stored, &made, &err));
    assert_false(made);
    assert_true(slice_equal(stored.ca_pem, world->first.ca_pem));
    assert_true(slice_equal(stored.web.certificate_pem, web));
    assert_true(slice_equal(stored.cira.certificate_pem, cira));
}

static void a_leaf_that_ends_soon_is_replaced_while_the_server_serves(void **state)
{
    run(state, renew_one);
}

static void renew_none(struct world *world)
{
    store_old(world, 400, 400);
    serve_for(world, 1);
    assert_true(slice_equal(shown(world, world->shard.web_tls), world->first.web.certificate_pem));
    assert_true(
        slice_equal(shown(world, world->shard.cira_tls), world->first.cira.certificate_pem));
}

static void leaves_that_last_stay(void **state)
{
    run(state, renew_none);
}

static void rotate_keys(struct world *world)
{
    store_old(world, 400, 400);
    serve_for(world, 1);
    uint8_t zero[SERVER_TICKET_KEY_SIZE] = {0}; /* as the plan of this test has it */
    const struct io_tls *cira = world->shard.cira_tls;
    const struct io_tls *web = world->shard.web_tls;
    assert_memory_not_equal(cira->ticket_keys[0], zero, sizeof zero);
    assert_memory_not_equal(web->ticket_keys[0], zero, sizeof zero);
    assert_memory_not_equal(cira->ticket_keys[0], web->ticket_keys[0], sizeof zero);
}

static void ticket_keys_change(void **state)
{
    run(state, rotate_keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(a_leaf_that_ends_soon_is_replaced_while_the_server_serves),
        STORE_TEST_CASE(leaves_that_last_stay),
        STORE_TEST_CASE(ticket_keys_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
