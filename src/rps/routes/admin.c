/* The provisioning service itself: what the toolkit's consoles ask it before anything else (spec
 * rps 1.1 and 1.9). */
#include "http/error_answer.h"
#include "rps/routes/handlers.h"
#include "rps/routes/routes.h"

/* What agents are told, too (spec rps 2.3). */
#define PROTOCOL_VERSION "4.0.0"

void rps_admin_root(struct http_exchange *exchange)
{
    http_answer_message(exchange, 200, "admin path. use admin/profiles");
}

void rps_admin_version(struct http_exchange *exchange)
{
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_member_string(&json, "serviceVersion", rps_application_of(exchange)->version);
    json_put_member_string(&json, "protocolVersion", PROTOCOL_VERSION);
    json_close_object(&json);
}
