#include "scratch.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

struct scratch *scratch_new(void)
{
    struct scratch *scratch = memory_new(sizeof *scratch);
    (void)snprintf(scratch->directory, sizeof scratch->directory, "/tmp/outband-store-XXXXXX");
    assert_non_null(mkdtemp(scratch->directory));
    scratch->options =
        (struct store_options){.directory = scratch->directory, .instance = "here", .batch_ms = 5};
    arena_init(&scratch->arena);
    return scratch;
}

void scratch_open(struct scratch *scratch)
{
    struct error err;
    scratch->store = store_open(&scratch->options, &err);
    if (scratch->store == NULL)
        fail_msg("the store does not open: %s", err.text);
}

void scratch_close(struct scratch *scratch)
{
    store_close(scratch->store);
    scratch->store = NULL;
}

void scratch_free(struct scratch *scratch)
{
    scratch_close(scratch);
    DIR *folder = opendir(scratch->directory);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_name[0] != '.')
            (void)unlink(scratch_path(scratch, entry->d_name));
    closedir(folder);
    (void)rmdir(scratch->directory);
    arena_fini(&scratch->arena);
    free(scratch);
}

void scratch_refuses(struct scratch *scratch, const char *words)
{
    struct error err = {0};
    scratch->store = store_open(&scratch->options, &err);
    assert_null(scratch->store);
    assert_int_equal(err.code, ERROR_STORE);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

const char *scratch_path(struct scratch *scratch, const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", scratch->directory, name);
    return path;
}

uint8_t *scratch_read(struct scratch *scratch, const char *name, size_t *size)
{
    FILE *file = fopen(scratch_path(scratch, name), "rb");
    assert_non_null(file);
    size_t room = (size_t)4 * 1024 * 1024;
    uint8_t *bytes = memory_new(room);
    *size = fread(bytes, 1, room, file);
    (void)fclose(file);
    return bytes;
}

void scratch_write(struct scratch *scratch, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(scratch_path(scratch, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

int64_t scratch_sql(struct scratch *scratch, const char *name, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(scratch_path(scratch, name), &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 5000);
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    int64_t value = 0;
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else if (status != SQLITE_DONE)
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
}

int scratch_setup(void **state)
{
    struct scratch *scratch = scratch_new();
    scratch_open(scratch);
    *state = scratch;
    return 0;
}

int scratch_teardown(void **state)
{
    scratch_free(*state);
    return 0;
}

struct guid guid_of(const char *text)
{
    struct guid guid;
    assert_true(guid_parse(slice_of_string(text), &guid));
    return guid;
}

void add_device(struct store *store, const char *guid, const char *tenant, const char *hostname,
                const char *const *tags, size_t tag_count)
{
    struct arena arena;
    arena_init(&arena);
    struct store_device device = {.guid = guid_of(guid),
                                  .tenant_id = tenant,
                                  .hostname = hostname,
                                  .mps_username = "admin",
                                  .tags = tags,
                                  .tag_count = tag_count};
    struct store_device_secrets secrets = {.mps_password = "P@ssw0rd", .amt_password = "Amt!1234"};
    struct error err;
    bool created;
    if (!store_device_put(store, &arena, &device, STORE_HOSTNAME | STORE_TAGS | STORE_MPS_USERNAME,
                          &secrets, false, &created, &err))
        fail_msg("%s", err.text);
    assert_true(created);
    arena_fini(&arena);
}
