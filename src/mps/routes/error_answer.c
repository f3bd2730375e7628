#include "mps/routes/error_answer.h"

#include "events/events.h"
#include "mps/routes/routes.h"

/* What stands in "error" (spec mps A.10), and what this server adds to it. */
static const struct {
    int status;
    const char *text;
} texts[] = {
    {400, "Incorrect URI or Bad Request"},
    {401, "Unauthorized"},
    {404, "Device not found/connected. Please connect again using CIRA."},
    {408, "Timeout Error"},
    {409, "Conflict"},
    {413, "Payload Too Large"},
    {416, "Range Not Satisfiable"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Timeout Error"},
    {507, "Insufficient Storage"},
};

static const char *text_of(int status)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "Internal Server Error";
}

void routes_answer_error(struct http_exchange *exchange, int status, const char *description)
{
    http_answer_error(exchange, status, text_of(status), description);
}

void routes_answer_of(struct http_exchange *exchange, int status, const char *what,
                      const char *description)
{
    http_answer_error(exchange, status,
                      status == 404 ? arena_printf(exchange->arena, "%s not found", what)
                                    : text_of(status),
                      description);
}

void routes_answer_absent(struct http_exchange *exchange)
{
    struct slice text = http_parameter(exchange, "guid");
    struct guid guid;
    events_publish(routes_application(exchange)->events, EVENTS_FAIL, "CIRA_Connection",
                   "Device Not Found", guid_parse(text, &guid) ? &guid : NULL);
    routes_answer_error(exchange, 404,
                        arena_printf(exchange->arena, "guid : %.*s", SLICE_ARG(text)));
}
