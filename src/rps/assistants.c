#include "rps/assistants.h"

#include "core/json_reader.h"
#include "core/log.h"
#include "core/memory.h"
#include "io/call.h"
#include "io/loop.h"
#include "rps/rps_parts.h"

#include <stdlib.h>
#include <string.h>

#define ASSISTANTS_LIMIT 64  /* of all tenants */
#define TENANT_LIMIT     2   /* connected; beyond them the oldest gives way */
#define TENANT_PLACES    4   /* with those that come and go */
#define ASKED_LIMIT      256 /* requests that wait for one assistant */
#define MESSAGE_LIMIT    ((size_t)256 * 1024)
#define DEPTH            8
#define WRITERS_LIMIT    ASKED_LIMIT

struct rps_assistant {
    struct list link;  /* in the shard's */
    struct list row;   /* in the table, while it is connected */
    struct list place; /* in the table, from beginning to end */
    struct rps_shard *shard;
    uint64_t number; /* rises: the newest counts */
    char *tenant;
    struct io_conn *conn; /* until it is attached */
    uint8_t *ahead;
    size_t ahead_size;
    struct io_stream *socket;
    struct io_task reader;
    struct io_gate writing;
    struct list asked; /* requests that wait */
    unsigned asked_count;
};

/* Who is where. */
struct rps_assistants {
    pthread_mutex_t lock;
    struct list rows;
    struct list places;
    uint64_t numbers;
    unsigned count; /* connections, those on their way too */
};

/* One that has to go. */
struct given_way {
    struct rps_shard *shard;
    uint64_t number;
};

/* A request on the assistant's loop; on the stack of the fiber that asks. */
struct asked {
    struct list link;
    const char *node;
    struct io_wait done;
    json_t *response;
    bool gone;
};

struct rps_assistants *rps_assistants_new(void)
{
    struct rps_assistants *table = memory_new(sizeof *table);
    (void)pthread_mutex_init(&table->lock, NULL);
    list_init(&table->rows);
    list_init(&table->places);
    return table;
}

void rps_assistants_free(struct rps_assistants *table)
{
    (void)pthread_mutex_destroy(&table->lock);
    free(table);
}

/* ---- the table ---- */

static struct rps_assistant *of_row(struct list *row)
{
    return LIST_ENTRY(row, struct rps_assistant, row);
}

/* The newest of a tenant; under the lock. */
static struct rps_assistant *newest(struct rps_assistants *table, const char *tenant)
{
    struct rps_assistant *best = NULL;
    for (struct list *at = table->rows.next; at != &table->rows; at = at->next)
        if (strcmp(of_row(at)->tenant, tenant) == 0 &&
            (best == NULL || of_row(at)->number > best->number))
            best = of_row(at);
    return best;
}

static bool find(struct rps *rps, const char *tenant, struct rps_shard **shard, uint64_t *number)
{
    struct rps_assistants *table = rps->assistants;
    (void)pthread_mutex_lock(&table->lock);
    const struct rps_assistant *assistant = newest(table, tenant);
    if (assistant != NULL) {
        *shard = assistant->shard;
        *number = assistant->number;
    }
    (void)pthread_mutex_unlock(&table->lock);
    return assistant != NULL;
}

bool rps_assistant_is_connected(struct rps *rps, const char *tenant)
{
    struct rps_shard *shard;
    uint64_t number;
    return find(rps, tenant, &shard, &number);
}

static void list_up(struct rps_assistant *assistant)
{
    struct rps_assistants *table = assistant->shard->rps->assistants;
    (void)pthread_mutex_lock(&table->lock);
    assistant->number = ++table->numbers;
    list_append(&table->rows, &assistant->row);
    (void)pthread_mutex_unlock(&table->lock);
}

static void take_off(struct rps_assistant *assistant, bool for_good)
{
    struct rps_assistants *table = assistant->shard->rps->assistants;
    (void)pthread_mutex_lock(&table->lock);
    list_remove(&assistant->row);
    if (for_good) {
        list_remove(&assistant->place);
        table->count--;
    }
    (void)pthread_mutex_unlock(&table->lock);
}

/* ---- life ---- */

/* A place in the table, where there is one for the tenant. */
static bool take_place(struct rps_assistants *table, struct rps_assistant *assistant,
                       struct error *err)
{
    unsigned of_tenant = 0;
    (void)pthread_mutex_lock(&table->lock);
    for (struct list *at = table->places.next; at != &table->places; at = at->next)
        of_tenant +=
            strcmp(LIST_ENTRY(at, struct rps_assistant, place)->tenant, assistant->tenant) == 0;
    bool full = table->count >= ASSISTANTS_LIMIT;
    bool ok = !full && of_tenant < TENANT_PLACES;
    if (ok) {
        list_append(&table->places, &assistant->place);
        table->count++;
    }
    (void)pthread_mutex_unlock(&table->lock);
    if (full)
        return error_set(err, ERROR_BUSY, "%d Enterprise Assistants are connected, the limit",
                         ASSISTANTS_LIMIT);
    return ok || error_set(err, ERROR_BUSY,
                           "%d Enterprise Assistants of this tenant come and go, the limit",
                           TENANT_PLACES);
}

struct rps_assistant *rps_assistant_new(struct rps *rps, const char *tenant, struct error *err)
{
    struct rps_assistants *table = rps->assistants;
    struct rps_shard *shard = rps_shard_of(rps);
    if (shard == NULL || shard->stopping) {
        (void)error_set(err, ERROR_BUSY, "the server is shutting down");
        return NULL;
    }
    struct rps_assistant *assistant = memory_new(sizeof *assistant);
    list_init(&assistant->row);
    assistant->tenant = memory_string(slice_of_string(tenant));
    if (!take_place(table, assistant, err)) {
        free(assistant->tenant);
        free(assistant);
        return NULL;
    }
    list_append(&shard->assistants, &assistant->link);
    list_init(&assistant->asked);
    io_gate_init(&assistant->writing, 1, WRITERS_LIMIT);
    assistant->shard = shard;
    return assistant;
}

static void assistant_free(struct rps_assistant *assistant)
{
    struct rps_shard *shard = assistant->shard;
    take_off(assistant, true);
    list_remove(&assistant->link);
    if (assistant->conn != NULL)
        io_conn_discard(assistant->conn);
    free(assistant->ahead);
    free(assistant->tenant);
    free(assistant);
    io_signal(&shard->emptied);
}

/* ---- what it says ---- */

static void take_message(struct rps_assistant *assistant, struct slice text)
{
    json_t *json = json_reader_parse(text, DEPTH, NULL);
    const char *node = json_string_value(json_object_get(json, "nodeid"));
    json_t *response = json_object_get(json, "response");
    for (struct list *at = assistant->asked.next; node != NULL && at != &assistant->asked;
         at = at->next) {
        struct asked *asked = LIST_ENTRY(at, struct asked, link);
        if (strcmp(asked->node, node) != 0 || asked->response != NULL)
            continue;
        asked->response = json_is_object(response) ? json_incref(response) : json_object();
        io_signal(&asked->done);
        break;
    }
    json_decref(json);
}

static void reader_main(void *arg)
{
    struct rps_assistant *assistant = arg;
    struct buffer text;
    bool closed = false;
    buffer_init_secret(&text, MESSAGE_LIMIT + 8192);
    while (http_websocket_receive(assistant->socket, &text, &closed, NULL) && !closed)
        take_message(assistant, buffer_slice(&text));
    buffer_fini(&text);
    take_off(assistant, false);
    for (struct list *at = assistant->asked.next; at != &assistant->asked; at = at->next) {
        LIST_ENTRY(at, struct asked, link)->gone = true;
        io_signal(&LIST_ENTRY(at, struct asked, link)->done);
    }
}

static struct rps_assistant *by_number(struct rps_shard *shard, uint64_t number)
{
    for (struct list *at = shard->assistants.next; at != &shard->assistants; at = at->next) {
        struct rps_assistant *assistant = LIST_ENTRY(at, struct rps_assistant, link);
        if (assistant->number == number && io_task_running(&assistant->reader))
            return assistant;
    }
    return NULL;
}

/* The tenant's oldest, when there are more than it may have. */
static bool find_surplus(struct rps *rps, const char *tenant, struct given_way *surplus)
{
    struct rps_assistants *table = rps->assistants;
    unsigned count = 0;
    *surplus = (struct given_way){.number = UINT64_MAX};
    (void)pthread_mutex_lock(&table->lock);
    for (struct list *at = table->rows.next; at != &table->rows; at = at->next) {
        const struct rps_assistant *one = of_row(at);
        if (strcmp(one->tenant, tenant) != 0)
            continue;
        count++;
        if (one->number < surplus->number)
            *surplus = (struct given_way){one->shard, one->number};
    }
    (void)pthread_mutex_unlock(&table->lock);
    return count > TENANT_LIMIT && surplus->shard != NULL; /* which the count says already */
}

/* On the loop of the one that gives way. */
static void dismiss(void *arg)
{
    const struct given_way *surplus = arg;
    struct rps_assistant *assistant = by_number(surplus->shard, surplus->number);
    if (assistant == NULL)
        return;
    log_line(LOG_WARN, "an Enterprise Assistant gives way to newer ones of its tenant", "tenant",
             assistant->tenant, NULL);
    io_task_cancel(&assistant->reader);
}

/* One tenant cannot take the places of all: its older ones go. */
static void make_room(const struct rps_assistant *assistant)
{
    struct rps *rps = assistant->shard->rps;
    struct given_way surplus;
    uint64_t outer = io_deadline_within(rps->options.assistant_ms);
    if (find_surplus(rps, assistant->tenant, &surplus))
        (void)io_call(surplus.shard->loop, dismiss, &surplus, NULL);
    io_deadline_restore(outer);
}

static void assistant_main(void *arg)
{
    static const struct http_websocket_options options = {.role = HTTP_WEBSOCKET_SERVER,
                                                          .text = true,
                                                          .messages = true,
                                                          .message_limit = MESSAGE_LIMIT};
    struct rps_assistant *assistant = arg;
    struct io_conn *conn = assistant->conn;
    struct error err;
    assistant->conn = NULL;
    io_conn_attach(conn);
    assistant->socket = http_websocket_stream(io_conn_stream(conn), &options,
                                              slice_of(assistant->ahead, assistant->ahead_size));
    log_line(LOG_INFO, "an Enterprise Assistant has connected", "tenant", assistant->tenant, NULL);
    list_up(assistant);
    if (!assistant->shard->stopping &&
        io_task_start(&assistant->reader, reader_main, assistant, &err)) {
        make_room(assistant);
        io_task_join(&assistant->reader);
    }
    take_off(assistant, false);
    while (assistant->asked_count > 0) /* they leave by themselves: each has a deadline */
        (void)io_sleep(10, NULL);
    log_line(LOG_INFO, "an Enterprise Assistant has gone", "tenant", assistant->tenant, NULL);
    (void)http_websocket_end(assistant->socket, HTTP_WEBSOCKET_GOING_AWAY, "");
    assistant_free(assistant);
}

void rps_assistant_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    struct rps_assistant *assistant = arg;
    struct error err;
    assistant->conn = conn;
    if (ahead.size > 0) {
        assistant->ahead = memory_new(ahead.size);
        memcpy(assistant->ahead, ahead.data, ahead.size);
        assistant->ahead_size = ahead.size;
    }
    if (conn == NULL || !io_fiber_start(assistant_main, assistant, &err))
        assistant_free(assistant);
}

void rps_assistants_stop(struct rps_shard *shard)
{
    for (struct list *at = shard->assistants.next; at != &shard->assistants; at = at->next)
        io_task_cancel(&LIST_ENTRY(at, struct rps_assistant, link)->reader);
}

/* ---- asking ---- */

struct question {
    struct rps_shard *shard;
    uint64_t number;
    const char *node;
    struct slice request;
    json_t *response;
    bool ok;
    struct error err;
};

static bool is_gone(struct error *err)
{
    return error_set(err, ERROR_CONNECTION, "no Enterprise Assistant is connected");
}

static bool send_request(struct rps_assistant *assistant, struct slice request, struct error *err)
{
    if (!io_gate_enter(&assistant->writing, err))
        return false;
    bool ok = io_stream_write(assistant->socket, request, err);
    io_gate_leave(&assistant->writing);
    return ok;
}

/* On the assistant's loop. */
static void ask_here(void *arg)
{
    struct question *question = arg;
    struct asked asked = {.node = question->node};
    struct rps_assistant *assistant = by_number(question->shard, question->number);
    if (assistant == NULL) {
        question->ok = is_gone(&question->err);
        return;
    }
    if (assistant->asked_count >= ASKED_LIMIT) {
        question->ok =
            error_set(&question->err, ERROR_BUSY,
                      "%d requests wait for the Enterprise Assistant, the limit", ASKED_LIMIT);
        return;
    }
    assistant->asked_count++;
    list_append(&assistant->asked, &asked.link);
    bool ok = send_request(assistant, question->request, &question->err);
    while (ok && asked.response == NULL)
        ok = asked.gone ? is_gone(&question->err)
                        : io_wait_for(&asked.done, IO_FOREVER, &question->err);
    list_remove(&asked.link);
    assistant->asked_count--;
    question->response = asked.response;
    question->ok = asked.response != NULL;
}

json_t *rps_assistant_ask(struct rps *rps, const char *tenant, const char *node,
                          struct slice request, struct error *err)
{
    struct question question = {.node = node, .request = request};
    if (!find(rps, tenant, &question.shard, &question.number)) {
        (void)is_gone(err);
        return NULL;
    }
    uint64_t outer = io_deadline_within(rps->options.assistant_ms);
    bool called = io_call(question.shard->loop, ask_here, &question, err);
    io_deadline_restore(outer);
    if (called && !question.ok && err != NULL)
        *err = question.err;
    return called ? question.response : NULL;
}
