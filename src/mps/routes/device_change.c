#include "mps/routes/device_change.h"

#include "mps/mps.h"
#include "mps/routes/error_answer.h"

static void tell(struct http_exchange *exchange, const struct guid *guid,
                 bool (*what)(struct mps *mps, const struct guid *guid, const char *tenant,
                              struct error *err))
{
    struct error err;
    error_clear(&err);
    if (!what(routes_application(exchange)->mps, guid, routes_tenant(exchange), &err) &&
        err.code != ERROR_NOT_FOUND)
        http_log_failure(exchange, &err);
}

void routes_device_changed(struct http_exchange *exchange, const struct guid *guid)
{
    tell(exchange, guid, mps_device_refresh);
}

void routes_device_deleted(struct http_exchange *exchange, const struct guid *guid)
{
    tell(exchange, guid, mps_device_disconnect);
}
