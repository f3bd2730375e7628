#include "server/certificate.h"

#include "core/buffer.h"
#include "core/clock.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "io/work.h"
#include "store/store.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SECRET_PATH  "MPSCerts"
#define SECRET_LIMIT (256 * 1024)
#define LEAF_DAYS    825 /* the longest that all browsers take from a private CA */
#define RENEW_MS     (INT64_C(30) * 24 * 3600 * 1000)

struct kept {
    struct io_certificate ca;
    struct io_certificate cira;
    struct io_certificate web;
    struct slice common_name;
};

static void wipe(struct slice secret)
{
    /* The arena's own copy, so it may be written. */
    memory_wipe((void *)(uintptr_t)secret.data, secret.size);
}

static void wipe_kept(struct kept *kept)
{
    wipe(kept->ca.key_pem);
    wipe(kept->cira.key_pem);
    wipe(kept->web.key_pem);
}

void certificates_wipe(struct certificates *certificates)
{
    wipe(certificates->cira.key_pem);
    wipe(certificates->web.key_pem);
}

static void put_text(struct json_writer *json, const char *key, struct slice text)
{
    json_put_key(json, key);
    json_put_string_slice(json, text);
}

/* The toolkit's layout; common_name is ours. */
static void put_kept(struct json_writer *json, const struct kept *kept)
{
    json_open_object(json);
    json_put_key(json, "mps_tls_config");
    json_open_object(json);
    put_text(json, "cert", kept->cira.certificate_pem);
    put_text(json, "key", kept->cira.key_pem);
    json_put_member_string(json, "minVersion", "TLSv1.2");
    json_put_member_bool(json, "requestCert", true);
    json_put_member_bool(json, "rejectUnauthorized", false);
    json_put_member_string(json, "ciphers", NULL);
    json_close_object(json);
    json_put_key(json, "web_tls_config");
    json_open_object(json);
    put_text(json, "ca", kept->ca.certificate_pem);
    put_text(json, "cert", kept->web.certificate_pem);
    put_text(json, "key", kept->web.key_pem);
    json_close_object(json);
    put_text(json, "root_key", kept->ca.key_pem);
    put_text(json, "common_name", kept->common_name);
    json_close_object(json);
}

static bool save(struct store *store, const struct kept *kept, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, SECRET_LIMIT);
    json_writer_init(&json, &text);
    put_kept(&json, kept);
    bool ok = buffer_ok(&text) || error_set(err, ERROR_INTERNAL, "the certificates are too large");
    ok = ok && store_secret_put(store, SECRET_PATH, buffer_slice(&text), err);
    if (text.bytes != NULL)
        memory_wipe(text.bytes, text.capacity);
    buffer_fini(&text);
    return ok || error_wrap(err, "the certificates cannot be stored");
}

static bool read_text(struct arena *arena, const json_t *object, const char *key, struct slice *to)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || text[0] == '\0')
        return false;
    *to = arena_copy(arena, slice_of_string(text));
    return true;
}

static bool read_kept(struct arena *arena, const json_t *root, struct kept *kept)
{
    const json_t *cira = json_object_get(root, "mps_tls_config");
    const json_t *web = json_object_get(root, "web_tls_config");
    (void)read_text(arena, root, "common_name", &kept->common_name);
    return read_text(arena, cira, "cert", &kept->cira.certificate_pem) &&
           read_text(arena, cira, "key", &kept->cira.key_pem) &&
           read_text(arena, web, "ca", &kept->ca.certificate_pem) &&
           read_text(arena, web, "cert", &kept->web.certificate_pem) &&
           read_text(arena, web, "key", &kept->web.key_pem) &&
           read_text(arena, root, "root_key", &kept->ca.key_pem);
}

/* False with *absent when there are none; false without it when they cannot be read. */
static bool load(struct store *store, struct arena *arena, struct kept *kept, bool *absent,
                 struct error *err)
{
    struct slice text;
    *absent = false;
    if (!store_secret_get(store, arena, SECRET_PATH, &text, err)) {
        *absent = err->code == ERROR_NOT_FOUND;
        return *absent ? false : error_wrap(err, "the certificates cannot be read");
    }
    json_t *root = json_reader_parse(text, JSON_READER_DEPTH, NULL);
    wipe(text);
    bool ok = read_kept(arena, root, kept);
    json_decref(root);
    return ok || error_set(err, ERROR_STORE,
                           "the stored certificates are damaged; restore the data folder from a "
                           "backup, since devices trust the CA in it");
}

struct making {
    struct arena *arena;
    const struct settings_values *settings;
    struct kept *kept;
    bool with_ca;
    bool ok;
    struct error err;
};

/* On a worker. */
static void make(void *arg)
{
    struct making *making = arg;
    struct kept *kept = making->kept;
    const char *common_name = making->settings->common_name;
    int bits = strcmp(making->settings->key_bits, "3072") == 0 ? 3072 : 2048;
    char host[HOST_NAME_MAX + 1] = "localhost";
    (void)gethostname(host, sizeof host - 1);
    const char *const names[] = {"localhost", "127.0.0.1", "::1", host};
    size_t count = sizeof names / sizeof names[0];
    kept->common_name = arena_copy(making->arena, slice_of_string(common_name));
    making->ok = (!making->with_ca ||
                  io_certificate_new_ca(making->arena, "MPSRoot", bits, &kept->ca, &making->err)) &&
                 io_certificate_new_leaf(making->arena, &kept->ca, bits, common_name, NULL, 0,
                                         LEAF_DAYS, &kept->cira, &making->err) &&
                 io_certificate_new_leaf(making->arena, &kept->ca, bits, common_name, names, count,
                                         LEAF_DAYS, &kept->web, &making->err);
}

/* A pool of its own for one piece of work: this happens once in two years. */
static bool make_on_worker(struct making *making, struct error *err)
{
    struct io_pool *pool = io_pool_new("keys", 1, 1, err);
    if (pool == NULL)
        return false;
    bool ok = io_work(pool, make, making, err);
    io_pool_free(pool);
    if (ok && !making->ok)
        *err = making->err;
    return ok && making->ok;
}

static bool ends_soon(struct slice pem, bool *soon, struct error *err)
{
    int64_t end;
    if (!io_certificate_expires(pem, &end, err))
        return error_wrap(err, "a stored certificate cannot be read");
    *soon = *soon || end < clock_wall_ms() + RENEW_MS;
    return true;
}

static bool must_renew(const struct kept *kept, const char *common_name, bool *must,
                       struct error *err)
{
    *must = !slice_equal_string(kept->common_name, common_name);
    return ends_soon(kept->cira.certificate_pem, must, err) &&
           ends_soon(kept->web.certificate_pem, must, err);
}

bool certificates_load(struct store *store, struct arena *arena,
                       const struct settings_values *settings, struct certificates *certificates,
                       bool *made, struct error *err)
{
    struct kept kept = {0};
    struct making making = {.arena = arena, .settings = settings, .kept = &kept};
    error_clear(&making.err);
    bool ok = load(store, arena, &kept, &making.with_ca, err);
    *made = making.with_ca;
    if (ok) {
        ok = must_renew(&kept, settings->common_name, made, err);
    } else if (making.with_ca) {
        error_clear(err);
        ok = true;
    }
    if (ok && *made)
        ok = make_on_worker(&making, err) && save(store, &kept, err);
    if (!ok) {
        wipe_kept(&kept);
        return false;
    }
    *certificates = (struct certificates){kept.ca.certificate_pem, kept.cira, kept.web};
    wipe(kept.ca.key_pem);
    return true;
}
