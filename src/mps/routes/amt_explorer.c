/* /api/v1/amt/explorer (spec console 1.6, 3.6): a device's classes as they are on the wire. */
#include "amt/explorer.h"
#include "mps/routes/conversation.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

void routes_amt_explorer_list(struct http_exchange *exchange)
{
    size_t count;
    const struct amt_explorer_call *calls = amt_explorer_calls(&count);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        json_put_string(&json, calls[i].name);
    json_close_array(&json);
}

struct explorer_call {
    struct arena *arena;
    struct amt_explorer_call what;
    struct amt_trace *exchanges;
};

static bool explore(struct amt *amt, void *arg, struct error *err)
{
    struct explorer_call *call = arg;
    return amt_explorer_run(amt, call->arena, &call->what, &call->exchanges, err);
}

static void put_texts(struct json_writer *json, const struct amt_trace *exchange)
{
    json_put_key(json, "xmlInput");
    json_put_string_slice(json, exchange->request);
    json_put_key(json, "xmlOutput");
    json_put_string_slice(json, exchange->answer);
}

/* The exchange that shows the most: the Get, or the first Pull; the Enumerate when it failed. */
static const struct amt_trace *main_exchange(const struct amt_trace *exchanges)
{
    return exchanges->next != NULL && exchanges->next->answer.size > 0 ? exchanges->next
                                                                       : exchanges;
}

void routes_amt_explorer_call(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_Explorer",
        .refused = "AMT Explorer request failed",
        .exception = "Exception during AMT Explorer request",
    };
    struct slice name = http_parameter(exchange, "call");
    struct explorer_call call = {.arena = exchange->arena};
    if (!amt_explorer_find(name, &call.what)) {
        http_answer_error(exchange, 404, "Not Found",
                          arena_printf(exchange->arena,
                                       "There is no call '%.*s': GET /api/v1/amt/explorer lists "
                                       "them, and every class that can be read has one",
                                       SLICE_ARG(slice_first(name, 100))));
        return;
    }
    if (!routes_converse(exchange, &what, explore, &call))
        return;
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    put_texts(&json, main_exchange(call.exchanges));
    json_put_key(&json, "exchanges");
    json_open_array(&json);
    for (const struct amt_trace *one = call.exchanges; one != NULL; one = one->next) {
        json_open_object(&json);
        put_texts(&json, one);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
}
