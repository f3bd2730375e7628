#include "mps/jobs_secret.h"

#include "core/json_reader.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/fiber.h"

#include <stdio.h>
#include <string.h>

#define SEALED     "sealed"
#define PATH_SIZE  (sizeof "outband/jobs/" + GUID_TEXT_SIZE)
#define REMOVAL_MS 10000

static const char *path_of(const struct guid *job, char path[PATH_SIZE])
{
    char text[GUID_TEXT_SIZE];
    (void)snprintf(path, PATH_SIZE, "outband/jobs/%s", guid_format(job, text));
    return path;
}

bool jobs_secret_seal(struct store *store, struct store_job *job,
                      const struct jobs_operation *operation, struct error *err)
{
    if (operation == NULL || operation->secret == NULL)
        return true;
    json_t *parameters =
        json_reader_parse(slice_of_string(job->parameters), JSON_READER_DEPTH, err);
    if (parameters == NULL)
        return false;
    char path[PATH_SIZE];
    const json_t *value = json_object_get(parameters, operation->secret);
    struct slice secret = slice_of(json_string_value(value), json_string_length(value));
    bool ok =
        !json_is_string(value) || store_secret_put(store, path_of(&job->id, path), secret, err);
    if (json_is_string(value)) {
        job->parameters = "{\"" SEALED "\":true}";
        memory_wipe((uint8_t *)(uintptr_t)secret.data, secret.size);
    }
    json_decref(parameters);
    return ok;
}

bool jobs_secret_read(struct store *store, struct arena *arena, const struct guid *job,
                      const json_t *parameters, struct slice *secret, struct error *err)
{
    char path[PATH_SIZE];
    *secret = (struct slice){NULL, 0};
    return !json_is_true(json_object_get(parameters, SEALED)) ||
           store_secret_get(store, arena, path_of(job, path), secret, err);
}

void jobs_secret_remove(struct store *store, const struct guid *job,
                        const struct jobs_operation *operation)
{
    char path[PATH_SIZE];
    struct error err;
    if (operation == NULL || operation->secret == NULL)
        return;
    struct io_shield shield = io_shield_begin(REMOVAL_MS);
    if (!store_secret_remove(store, path_of(job, path), &err))
        log_line(LOG_WARN, "the sealed password of a job is still stored", "error", err.text, NULL);
    io_shield_end(shield);
}
