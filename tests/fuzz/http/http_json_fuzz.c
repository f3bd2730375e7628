/* A JSON body of any bytes against rules of every kind. Whatever is refused is answered with
 * well-formed JSON that does not hold the secrets. It is served on a stack as small as
 * a fiber's, which those under sanitizers are not. */
#include "http/json.h"
#include "http/router.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void echo(struct http_exchange *x)
{
    struct json_writer json = http_answer_json(x, 200);
    http_json_write(&json, x->json);
}

static const char *const choices[] = {"2", "5", "AND", "[object Object]", NULL};

static const struct http_rule rules[] = {
    {.field = "guid", .check = HTTP_CHECK_UUID},
    {.field = "guid", .check = HTTP_CHECK_STRING},
    {.field = "hostname", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_LENGTH, .max = 9},
    {.field = "dnsSuffix", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_STRING},
    {.field = "dnsSuffix", .check = HTTP_CHECK_BAIL},
    {.field = "dnsSuffix", .check = HTTP_CHECK_FQDN_OR_EMPTY},
    {.field = "tags", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_ARRAY, .message = "tags"},
    {.field = "tags", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_EACH_STRING},
    {.field = "deviceInfo", .optional = HTTP_OPTIONAL_NULL, .check = HTTP_CHECK_OBJECT},
    {.field = "action", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_IN, .choices = choices},
    {.field = "action", .check = HTTP_CHECK_NUMERIC},
    {.field = "action", .check = HTTP_CHECK_INT, .min = -5, .max = 100},
    {.field = "flag", .optional = HTTP_OPTIONAL_FALSY, .check = HTTP_CHECK_BOOLEAN},
    {.field = "flag", .check = HTTP_CHECK_NOT_EMPTY},
    {.field = "date", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_ISO8601},
    {.field = "date", .check = HTTP_CHECK_FQDN},
    {.field = "bootDetails.url", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_STRING},
    {.field = "bootDetails.password", .optional = HTTP_OPTIONAL, .check = HTTP_CHECK_NOT_EMPTY},
    {.field = NULL},
};

static const struct http_route routes[] = {
    {HTTP_POST, "/", "echo", echo, true, rules, false, 0, false, 0}};

static const struct http_router router = {.routes = routes, .route_count = 1};

static void *serve(void *arg)
{
    http_router_serve(&router, arg);
    return NULL;
}

static void serve_on_small_stack(struct http_exchange *x)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, (size_t)64 * 1024) != 0 ||
        pthread_create(&thread, &attributes, serve, x) != 0 || pthread_join(thread, NULL) != 0)
        abort();
    pthread_attr_destroy(&attributes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http_header type = {{(const uint8_t *)"Content-Type", 12},
                                            {(const uint8_t *)"application/json", 16}};
    struct http_message message = {
        .method = SLICE_LITERAL("POST"),
        .target = SLICE_LITERAL("/"),
        .headers = &type,
        .header_count = 1,
        .body = slice_of(data, size),
    };
    struct arena arena;
    struct http_exchange x;
    arena_init(&arena);
    if (!http_exchange_init(&x, &arena, &message))
        abort();
    serve_on_small_stack(&x);
    struct slice body = buffer_slice(&x.answer);
    /* JavaScript prints 1e19 with all its digits and 8.0 without its point: compare as reals. */
    size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL;
    json_t *value = json_loadb((const char *)body.data, body.size, flags, NULL);
    if (value == NULL || !buffer_ok(&x.answer))
        abort();
    if (x.status == 200) {
        json_t *sent = json_loadb((const char *)data, size, flags, NULL);
        if (!json_equal(value, sent))
            abort();
        json_decref(sent);
    }
    if (x.status == 400 && memmem(body.data, body.size, "\"amtpassword\":", 14) != NULL)
        abort();
    json_decref(value);
    http_exchange_fini(&x);
    arena_fini(&arena);
    return 0;
}
