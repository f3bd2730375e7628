#include "store/sealed.h"

#include "core/memory.h"
#include "store/key_file.h"
#include "store/sqlite_file.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NAME       "secrets.db"
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE   crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(KEY_FILE_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key fits");

/* The row that tells a wrong key; no caller's path is empty. */
#define CHECK_PATH  ""
#define CHECK_VALUE "outband sealed store 1"

enum slot { SLOT_GET, SLOT_PUT, SLOT_REMOVE };

struct sealed {
    struct store_secrets base;
    uint8_t *key;
    pthread_mutex_t read_lock; /* logins read while a write waits for the disk */
    pthread_mutex_t write_lock;
    struct sqlite_file reader;
    struct sqlite_file writer;
};

static bool path_ok(const char *path, struct error *err)
{
    size_t length = strlen(path);
    return (length > 0 && length <= STORE_SECRETS_PATH_LIMIT) ||
           error_set(err, ERROR_INTERNAL, "a secret's path has %zu characters", length);
}

static bool unseal(struct sealed *sealed, struct arena *arena, const char *path, struct slice bytes,
                   struct slice *value, struct error *err)
{
    bool ok = bytes.size >= NONCE_SIZE + TAG_SIZE;
    if (ok) {
        size_t size = bytes.size - NONCE_SIZE - TAG_SIZE;
        uint8_t *plain = arena_alloc(arena, size + 1);
        ok = crypto_aead_xchacha20poly1305_ietf_decrypt(
                 plain, NULL, NULL, bytes.data + NONCE_SIZE, bytes.size - NONCE_SIZE,
                 (const uint8_t *)path, strlen(path), bytes.data, sealed->key) == 0;
        *value = slice_of(plain, size);
    }
    return ok || error_set(err, ERROR_STORE,
                           NAME ": the value at \"%s\" does not open with this secret.key; restore "
                                "both from one backup (nothing was changed)",
                           path);
}

static bool read_value(struct sealed *sealed, struct sqlite_file *file, struct arena *arena,
                       const char *path, struct slice *value, struct error *err)
{
    sqlite3_stmt *statement =
        sqlite_file_statement(file, SLOT_GET, "SELECT sealed FROM secrets WHERE path = ?1", err);
    if (statement == NULL)
        return false;
    sqlite_file_bind(statement, 1, path);
    switch (sqlite_file_step(file, statement, err)) {
    case SQLITE_FILE_ROW: {
        const void *data = sqlite3_column_blob(statement, 0);
        size_t size = (size_t)sqlite3_column_bytes(statement, 0);
        bool ok = unseal(sealed, arena, path, slice_of(data, size), value, err);
        sqlite_file_reset(statement);
        return ok;
    }
    case SQLITE_FILE_DONE:
        return error_set(err, ERROR_NOT_FOUND, "there is no secret at \"%s\"", path);
    case SQLITE_FILE_FAILED:
        break;
    }
    return false;
}

static bool write_value(struct sealed *sealed, const char *path, struct slice value,
                        struct error *err)
{
    size_t size = NONCE_SIZE + value.size + TAG_SIZE;
    uint8_t *bytes = memory_new(size);
    randombytes_buf(bytes, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + NONCE_SIZE, NULL, value.data, value.size,
                                               (const uint8_t *)path, strlen(path), NULL, bytes,
                                               sealed->key);
    sqlite3_stmt *statement =
        sqlite_file_statement(&sealed->writer, SLOT_PUT,
                              "INSERT INTO secrets (path, sealed) VALUES (?1, ?2)"
                              " ON CONFLICT (path) DO UPDATE SET sealed = excluded.sealed",
                              err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite_file_bind(statement, 1, path);
        sqlite3_bind_blob64(statement, 2, bytes, size, SQLITE_STATIC);
        ok = sqlite_file_finish(&sealed->writer, statement, err);
    }
    free(bytes);
    return ok;
}

static bool get(struct store_secrets *base, struct arena *arena, const char *path,
                struct slice *value, struct error *err)
{
    struct sealed *sealed = (struct sealed *)base;
    if (!path_ok(path, err))
        return false;
    pthread_mutex_lock(&sealed->read_lock);
    bool ok = read_value(sealed, &sealed->reader, arena, path, value, err);
    pthread_mutex_unlock(&sealed->read_lock);
    return ok;
}

static bool put(struct store_secrets *base, const char *path, struct slice value, struct error *err)
{
    struct sealed *sealed = (struct sealed *)base;
    if (!path_ok(path, err))
        return false;
    if (value.size > STORE_SECRETS_VALUE_LIMIT)
        return error_set(err, ERROR_TOO_LARGE, "the secret for \"%s\" has %zu bytes, more than %zu",
                         path, value.size, STORE_SECRETS_VALUE_LIMIT);
    pthread_mutex_lock(&sealed->write_lock);
    bool ok = write_value(sealed, path, value, err);
    pthread_mutex_unlock(&sealed->write_lock);
    return ok;
}

static bool remove_value(struct store_secrets *base, const char *path, struct error *err)
{
    struct sealed *sealed = (struct sealed *)base;
    if (!path_ok(path, err))
        return false;
    pthread_mutex_lock(&sealed->write_lock);
    sqlite3_stmt *statement = sqlite_file_statement(&sealed->writer, SLOT_REMOVE,
                                                    "DELETE FROM secrets WHERE path = ?1", err);
    bool ok = statement != NULL;
    if (ok) {
        sqlite_file_bind(statement, 1, path);
        ok = sqlite_file_finish(&sealed->writer, statement, err);
    }
    pthread_mutex_unlock(&sealed->write_lock);
    return ok;
}

static bool check_key(struct sealed *sealed, struct sqlite_file *file, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct slice value;
    bool ok = read_value(sealed, file, &arena, CHECK_PATH, &value, err);
    if (ok && !slice_equal_string(value, CHECK_VALUE))
        ok = error_set(err, ERROR_STORE, NAME " is damaged: its check row says something else");
    arena_fini(&arena);
    return ok;
}

static bool check(struct store_secrets *base, struct error *err)
{
    struct sealed *sealed = (struct sealed *)base;
    pthread_mutex_lock(&sealed->read_lock);
    bool ok = check_key(sealed, &sealed->reader, err);
    pthread_mutex_unlock(&sealed->read_lock);
    return ok;
}

static bool check_write(struct store_secrets *base, struct error *err)
{
    struct sealed *sealed = (struct sealed *)base;
    pthread_mutex_lock(&sealed->write_lock);
    bool ok = sqlite_file_begin(&sealed->writer, true, err) &&
              sqlite_file_end(&sealed->writer, sqlite_file_touch(&sealed->writer, err), err);
    pthread_mutex_unlock(&sealed->write_lock);
    return ok;
}

static void close_sealed(struct store_secrets *base)
{
    struct sealed *sealed = (struct sealed *)base;
    sqlite_file_close(&sealed->reader);
    sqlite_file_close(&sealed->writer);
    key_file_free(sealed->key);
    pthread_mutex_destroy(&sealed->read_lock);
    pthread_mutex_destroy(&sealed->write_lock);
    free(sealed);
}

static const struct store_secrets_methods methods = {
    .check = check,
    .check_write = check_write,
    .get = get,
    .put = put,
    .remove = remove_value,
    .close = close_sealed,
};

static bool open_key(struct sealed *sealed, const char *path, bool used, struct error *err)
{
    if (key_file_exists(path))
        sealed->key = key_file_read(path, err);
    else if (used)
        (void)error_set(err, ERROR_STORE,
                        "%s is missing, but there are data of an earlier start: restore it from a "
                        "backup (nothing was changed)",
                        path);
    else
        sealed->key = key_file_create(path, err);
    return sealed->key != NULL;
}

/* Puts the check row into a new file, else checks the key by it. */
static bool settle_key(struct sealed *sealed, enum migrations_start start, bool *fresh,
                       struct error *err)
{
    int64_t rows;
    if (!sqlite_file_number(&sealed->writer, "SELECT count(*) FROM secrets", &rows, err))
        return false;
    *fresh = rows <= 1;
    if (rows == 0 && start == MIGRATIONS_NONE)
        return error_set(err, ERROR_NOT_FOUND, NAME " is empty yet: start the server once");
    if (rows == 0 && start == MIGRATIONS_MAKE &&
        !write_value(sealed, CHECK_PATH, SLICE_LITERAL(CHECK_VALUE), err))
        return false;
    struct error cause;
    if (check_key(sealed, &sealed->writer, &cause))
        return true;
    if (cause.code == ERROR_NOT_FOUND)
        return error_set(err, ERROR_STORE, NAME " is damaged: its check row is missing");
    return error_set(err, ERROR_STORE,
                     "secret.key is not the key that " NAME " was sealed with (%s)", cause.text);
}

static bool open_files(struct sealed *sealed, const char *path, enum migrations_start start,
                       bool *fresh, struct error *err)
{
    bool used = sqlite_file_has_content(path);
    if (!used && start != MIGRATIONS_MAKE)
        return error_set(err, ERROR_STORE,
                         NAME " is missing or empty, but there are devices of an earlier start: "
                              "restore it from a backup (nothing was changed)");
    if (!sqlite_file_create(path, err))
        return false;
    return sqlite_file_open(&sealed->writer, path, NAME, SQLITE_FILE_DURABLE, err) &&
           sqlite_file_verify(&sealed->writer, err) &&
           (start == MIGRATIONS_NONE ? migrations_check
                                     : migrations_run)(&sealed->writer, MIGRATIONS_SECRETS, err) &&
           settle_key(sealed, start, fresh, err) &&
           sqlite_file_open(&sealed->reader, path, NAME, SQLITE_FILE_READ, err);
}

struct store_secrets *sealed_open(const char *directory, enum migrations_start start, bool *fresh,
                                  struct error *err)
{
    if (sodium_init() < 0) {
        (void)error_set(err, ERROR_STORE, "libsodium does not start");
        return NULL;
    }
    struct sealed *sealed = memory_new(sizeof *sealed);
    sealed->base.methods = &methods;
    pthread_mutex_init(&sealed->read_lock, NULL);
    pthread_mutex_init(&sealed->write_lock, NULL);

    struct arena arena;
    arena_init(&arena);
    const char *key_path = arena_printf(&arena, "%s/secret.key", directory);
    const char *path = arena_printf(&arena, "%s/" NAME, directory);
    bool used = start != MIGRATIONS_MAKE || sqlite_file_has_content(path);
    bool ok = open_key(sealed, key_path, used, err) && open_files(sealed, path, start, fresh, err);
    arena_fini(&arena);
    if (ok)
        return &sealed->base;
    close_sealed(&sealed->base);
    return NULL;
}
