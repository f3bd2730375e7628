#include "server/devices_ca.h"

#include "core/buffer.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/certificate.h"
#include "io/work.h"
#include "rps/tls_certificate.h"
#include "store/store.h"

#include <string.h>

#define SECRET_LIMIT (64 * 1024)

struct making {
    struct arena *arena;
    int bits;
    struct io_certificate ca;
    bool ok;
    struct error err;
};

static void wipe(struct slice secret)
{
    /* The arena's own copy, so it may be written. */
    memory_wipe((void *)(uintptr_t)secret.data, secret.size);
}

static void make(void *arg)
{
    struct making *making = arg;
    making->ok = io_certificate_new_ca(making->arena, RPS_DEVICES_CA, making->bits, &making->ca,
                                       &making->err);
}

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

static void put_text(struct json_writer *json, const char *key, struct slice text)
{
    json_put_key(json, key);
    json_put_string_slice(json, text);
}

static bool save(struct store *store, const struct io_certificate *ca, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, SECRET_LIMIT);
    json_writer_init(&json, &text);
    json_open_object(&json);
    put_text(&json, "cert", ca->certificate_pem);
    put_text(&json, "key", ca->key_pem);
    json_close_object(&json);
    bool ok = buffer_ok(&text) || error_set(err, ERROR_INTERNAL, "the CA is too large");
    ok = ok && store_secret_put(store, RPS_TLS_CA_SECRET, buffer_slice(&text), err);
    if (text.bytes != NULL)
        memory_wipe(text.bytes, text.capacity);
    buffer_fini(&text);
    return ok || error_wrap(err, "the CA of devices' certificates cannot be stored");
}

static bool read_certificate(struct arena *arena, struct slice text, struct slice *pem,
                             struct error *err)
{
    json_t *root = json_reader_parse(text, JSON_READER_DEPTH, NULL);
    wipe(text);
    const char *certificate = json_string_value(json_object_get(root, "cert"));
    const char *key = json_string_value(json_object_get(root, "key"));
    bool ok = certificate != NULL && key != NULL && *key != '\0';
    if (ok)
        *pem = arena_copy(arena, slice_of_string(certificate));
    json_decref(root);
    return ok || error_set(err, ERROR_STORE,
                           "the stored CA of devices' certificates is damaged; restore the data "
                           "folder from a backup");
}

bool devices_ca_load(struct store *store, struct arena *arena,
                     const struct settings_values *settings, struct slice *pem, struct error *err)
{
    struct slice text;
    struct making making = {.arena = arena,
                            .bits = strcmp(settings->key_bits, "3072") == 0 ? 3072 : 2048};
    error_clear(&making.err);
    if (store_secret_get(store, arena, RPS_TLS_CA_SECRET, &text, err))
        return read_certificate(arena, text, pem, err);
    if (err->code != ERROR_NOT_FOUND)
        return error_wrap(err, "the CA of devices' certificates cannot be read");
    error_clear(err);
    bool ok = make_on_worker(&making, err) && save(store, &making.ca, err);
    wipe(making.ca.key_pem);
    *pem = making.ca.certificate_pem;
    if (ok)
        log_line(LOG_INFO, "made the CA of devices' certificates", NULL);
    return ok;
}
