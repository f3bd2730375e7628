/* /api/v1/jobs: one operation on many devices (mps/jobs.h). */
#include "mps/jobs.h"

#include "core/clock.h"
#include "http/body_value.h"
#include "http/json.h"
#include "http/query_value.h"
#include "http/validate.h"
#include "io/fiber.h"
#include "mps/jobs_operation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/job_selection.h"
#include "mps/routes/routes.h"

#include <string.h>

#define TOP_DEFAULT  25
#define ROWS_AT_ONCE 100

/* ---- as JSON ---- */

static void put_time(struct json_writer *json, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_member_string(json, key, ms == STORE_NEVER ? NULL : clock_format(ms, text));
}

static void put_counts(struct json_writer *json, const struct store_job *job)
{
    uint64_t total = 0;
    for (int i = 0; i < STORE_JOB_DEVICE_STATE_COUNT; i++)
        total += job->counts[i];
    json_put_key(json, "counts");
    json_open_object(json);
    json_put_member_int(json, "total", (int64_t)total);
    for (int i = 0; i < STORE_JOB_DEVICE_STATE_COUNT; i++)
        json_put_member_int(json, store_job_device_state_name((enum store_job_device_state)i),
                            (int64_t)job->counts[i]);
    json_close_object(json);
}

/* The selection as it was asked for, or, in lists, how large it is. */
static void put_selection(struct json_writer *json, const struct store_job *job)
{
    json_put_key(json, "selection");
    if (job->selection != NULL) {
        json_put_raw(json, slice_of_string(job->selection));
        return;
    }
    json_open_object(json);
    json_put_member_string(json, "kind", job->selection_kind);
    json_put_member_int(json, "size", job->selection_size);
    json_close_object(json);
}

static void put_job(struct json_writer *json, const struct store_job *job)
{
    char id[GUID_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "id", guid_format(&job->id, id));
    json_put_member_string(json, "operation", job->operation);
    json_put_key(json, "parameters");
    json_put_raw(json, slice_of_string(job->parameters));
    put_selection(json, job);
    json_put_member_int(json, "concurrency", job->concurrency);
    json_put_member_int(json, "timeoutSeconds", job->timeout_s);
    json_put_member_int(json, "waitSeconds", job->wait_s);
    json_put_member_string(json, "state", store_job_state_name(job->state));
    put_counts(json, job);
    json_put_member_string(json, "createdBy", job->created_by);
    put_time(json, "createdAt", job->created);
    put_time(json, "startedAt", job->started);
    put_time(json, "finishedAt", job->finished);
    json_close_object(json);
}

static void put_device(struct json_writer *json, const struct store_job_device *device)
{
    char guid[GUID_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "guid", guid_format(&device->guid, guid));
    json_put_member_string(json, "state", store_job_device_state_name(device->state));
    json_put_member_string(json, "status", device->status);
    json_put_key(json, "returnValue");
    if (device->has_return_value)
        json_put_int(json, device->return_value);
    else
        json_put_null(json);
    json_put_member_string(json, "error", device->error);
    put_time(json, "startedAt", device->started);
    put_time(json, "finishedAt", device->finished);
    json_close_object(json);
}

/* ---- answers ---- */

/* Before each row of a long answer: lets others on the loop have their turn. False when the client
 * went away: answered. */
static bool give_way(struct http_exchange *exchange, size_t row)
{
    if (row % ROWS_AT_ONCE != ROWS_AT_ONCE - 1 || io_sleep(0, NULL))
        return true;
    http_answer_empty(exchange, 503);
    return false;
}

static bool read_id(const struct http_exchange *exchange, struct guid *id)
{
    return guid_parse(http_parameter(exchange, "id"), id);
}

static void answer_absent(struct http_exchange *exchange)
{
    http_answer_named(exchange, 404, "NOT FOUND",
                      arena_printf(exchange->arena, "Job ID %.*s not found",
                                   SLICE_ARG(http_parameter(exchange, "id"))));
}

static void answer_failure(struct http_exchange *exchange, const struct error *err)
{
    if (err->code == ERROR_NOT_FOUND)
        answer_absent(exchange);
    else if (err->code == ERROR_TOO_LARGE)
        http_answer_invalid(exchange, "selection", arena_printf(exchange->arena, "%s", err->text));
    else
        http_answer_failure(exchange, err);
}

static void answer_job(struct http_exchange *exchange, int status, const struct store_job *job)
{
    struct json_writer json = http_answer_json(exchange, status);
    put_job(&json, job);
}

/* ---- making ---- */

static const char *json_text(struct http_exchange *exchange, const json_t *value)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, exchange->body.size * 8 + 64);
    json_writer_init(&json, &text);
    if (value == NULL) {
        json_open_object(&json);
        json_close_object(&json);
    } else {
        http_json_write(&json, value);
    }
    const char *copy = buffer_ok(&text) ? arena_string(exchange->arena, buffer_slice(&text)) : NULL;
    buffer_fini(&text);
    return copy;
}

/* Operation and parameters of the body. False: answered. */
static bool read_operation(struct http_exchange *exchange, struct store_job *job)
{
    const struct jobs_operation *operation =
        jobs_operation_find(http_body_value_text(exchange->json, "operation"));
    const json_t *parameters = json_object_get(exchange->json, "parameters");
    struct jobs_complaint complaint;
    if (operation == NULL) {
        http_answer_invalid(exchange, "operation", "There is no such operation");
        return false;
    }
    json_t *none = json_object();
    bool is_given = json_is_object(parameters);
    bool ok = operation->check(is_given ? parameters : none, &complaint);
    json_decref(none);
    if (!ok) {
        http_answer_invalid(exchange,
                            arena_printf(exchange->arena, "parameters.%s", complaint.field),
                            complaint.message);
        return false;
    }
    job->operation = operation->name;
    job->parameters = json_text(exchange, is_given ? parameters : NULL);
    return true;
}

/* A misspelt member would leave the job with a default. False: answered. */
static bool check_members(struct http_exchange *exchange)
{
    static const char *const names[] = {"operation",   "parameters",     "selection",
                                        "concurrency", "timeoutSeconds", "waitSeconds"};
    const char *key;
    json_t *value;
    json_object_foreach(exchange->json, key, value)
    {
        size_t i = 0;
        while (i < sizeof names / sizeof names[0] && strcmp(names[i], key) != 0)
            i++;
        if (i < sizeof names / sizeof names[0])
            continue;
        routes_answer_error(exchange, 400,
                            arena_printf(exchange->arena, "A job has no member %.64s", key));
        return false;
    }
    return true;
}

void routes_jobs_post(struct http_exchange *exchange)
{
    struct mps_application *application = routes_application(exchange);
    char peer[IO_ADDRESS_TEXT_SIZE];
    struct store_job job = {
        .tenant_id = routes_tenant(exchange),
        .created_by = io_address_format(&exchange->peer, peer),
        .concurrency = (uint32_t)http_body_value_number(exchange->json, "concurrency",
                                                        MPS_JOBS_CONCURRENCY_DEFAULT),
        .timeout_s = (uint32_t)http_body_value_number(exchange->json, "timeoutSeconds",
                                                      MPS_JOBS_TIMEOUT_DEFAULT),
        .wait_s = (uint32_t)http_body_value_number(exchange->json, "waitSeconds", 0),
    };
    struct job_selection selection;
    struct error err;
    error_clear(&err);
    if (routes_user(exchange) != NULL)
        job.created_by = routes_user(exchange);
    if (!check_members(exchange) || !read_operation(exchange, &job) ||
        !job_selection_read(exchange, &selection))
        return;
    job.selection = json_text(exchange, json_object_get(exchange->json, "selection"));
    if (job.selection == NULL || job.parameters == NULL)
        http_answer_invalid(exchange, "selection", "The job is too large");
    else if (mps_jobs_submit(application->jobs, &job, selection.guids, selection.count,
                             &selection.filter, &err))
        answer_job(exchange, 201, &job);
    else
        answer_failure(exchange, &err);
}

/* ---- reading ---- */

void routes_jobs_list(struct http_exchange *exchange)
{
    struct slice state;
    struct store_job *jobs;
    size_t count;
    uint64_t total;
    struct error err;
    error_clear(&err);
    int wanted = http_query_get(exchange, "state", &state) ? store_job_state_of(state) : -1;
    if (!store_job_list(
            routes_application(exchange)->store, exchange->arena, routes_tenant(exchange), wanted,
            http_query_value_number(exchange, "$top", TOP_DEFAULT),
            http_query_value_number(exchange, "$skip", 0), &jobs, &count, &total, &err)) {
        answer_failure(exchange, &err);
        return;
    }
    bool with_count = http_query_value_is_true(exchange, "$count");
    struct json_writer json = http_answer_json(exchange, 200);
    if (with_count) {
        json_open_object(&json);
        json_put_key(&json, "data");
    }
    json_open_array(&json);
    for (size_t i = 0; i < count; i++) {
        if (!give_way(exchange, i))
            return;
        put_job(&json, &jobs[i]);
    }
    json_close_array(&json);
    if (with_count) {
        json_put_member_int(&json, "totalCount", (int64_t)total);
        json_close_object(&json);
    }
}

/* False: answered. */
static bool find_job(struct http_exchange *exchange, struct guid *id, struct store_job *job)
{
    struct error err;
    error_clear(&err);
    if (!read_id(exchange, id)) {
        answer_absent(exchange);
        return false;
    }
    const struct mps_application *application = routes_application(exchange);
    if (!store_job_get(application->store, exchange->arena, id, routes_tenant(exchange), job,
                       &err)) {
        answer_failure(exchange, &err);
        return false;
    }
    bool is_open = job->state == STORE_JOB_QUEUED || job->state == STORE_JOB_RUNNING;
    if (is_open && mps_jobs_is_cancelling(application->jobs, id))
        job->state = STORE_JOB_CANCELLING;
    return true;
}

void routes_jobs_get(struct http_exchange *exchange)
{
    struct guid id;
    struct store_job job;
    if (find_job(exchange, &id, &job))
        answer_job(exchange, 200, &job);
}

void routes_jobs_results(struct http_exchange *exchange)
{
    struct guid id;
    struct store_job job;
    struct slice state;
    struct store_job_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    error_clear(&err);
    if (!find_job(exchange, &id, &job))
        return;
    int wanted = http_query_get(exchange, "state", &state) ? store_job_device_state_of(state) : -1;
    if (!store_job_devices(routes_application(exchange)->store, exchange->arena, &id, wanted,
                           http_query_value_number(exchange, "$top", TOP_DEFAULT),
                           http_query_value_number(exchange, "$skip", 0), &devices, &count, &total,
                           &err)) {
        answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "data");
    json_open_array(&json);
    for (size_t i = 0; i < count; i++) {
        if (!give_way(exchange, i))
            return;
        put_device(&json, &devices[i]);
    }
    json_close_array(&json);
    json_put_member_int(&json, "totalCount", (int64_t)total);
    json_close_object(&json);
}

/* ---- ending ---- */

/* A job that is not over is cancelled, which needs no database and takes as long as its devices;
 * another one is removed. */
void routes_jobs_delete(struct http_exchange *exchange)
{
    struct mps_application *application = routes_application(exchange);
    const char *tenant = routes_tenant(exchange);
    struct guid id;
    struct store_job job;
    struct error err;
    error_clear(&err);
    if (!find_job(exchange, &id, &job))
        return;
    if (mps_jobs_cancel(application->jobs, &id, tenant, &err)) {
        if (find_job(exchange, &id, &job))
            answer_job(exchange, 202, &job);
        return;
    }
    if (err.code == ERROR_CONFLICT) {
        error_clear(&err);
        if (store_job_delete(application->store, &id, tenant, &err)) {
            http_answer_empty(exchange, 204);
            return;
        }
    }
    answer_failure(exchange, &err);
}
