/* GET /api/v1/devices/{guid}/inventory: what is known without asking the device. */
#include "store/inventory.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

void routes_inventory_get(struct http_exchange *exchange)
{
    struct guid guid;
    const char *document = NULL;
    struct error err;
    error_clear(&err);
    if (!routes_guid(exchange, &guid)) {
        http_answer_named(exchange, 404, "NOT FOUND", "no such device");
        return;
    }
    if (store_inventory_get(routes_application(exchange)->store, exchange->arena, &guid,
                            routes_tenant(exchange), &document, &err)) {
        struct json_writer json = http_answer_json(exchange, 200);
        json_put_raw(&json, slice_of_string(document));
    } else if (err.code == ERROR_NOT_FOUND) {
        http_answer_named(exchange, 404, "NOT FOUND",
                          arena_printf(exchange->arena, "%s", err.text));
    } else {
        http_answer_failure(exchange, &err);
    }
}
