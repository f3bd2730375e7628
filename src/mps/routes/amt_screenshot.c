/* /api/v1/amt/kvm/screenshot: the server opens the screen itself, and answers with a PNG. */
#include "io/fiber.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"
#include "mps/screens.h"

#define DEVICE_MS 60000

static void answer_failure(struct http_exchange *exchange, const struct error *err)
{
    if (err->code == ERROR_NOT_FOUND) {
        routes_answer_absent(exchange);
        return;
    }
    if (http_answer_busy(exchange, err))
        return;
    if (err->code != ERROR_CONFLICT && err->code != ERROR_CONSENT && err->code != ERROR_UNSUPPORTED)
        http_log_failure(exchange, err);
    int status = err->code == ERROR_TOO_LARGE ? 502 : error_http_status(err->code);
    routes_answer_error(exchange, status, arena_printf(exchange->arena, "%s", err->text));
}

void routes_amt_screenshot_get(struct http_exchange *exchange)
{
    struct mps_application *application = routes_application(exchange);
    struct guid guid;
    struct buffer png;
    struct error err;
    if (!routes_guid(exchange, &guid)) {
        routes_answer_absent(exchange);
        return;
    }
    const char *user = routes_user(exchange);
    error_clear(&err);
    buffer_init(&png, MPS_PICTURE_MAX);
    uint64_t outer =
        io_deadline_within(application->device_ms > 0 ? application->device_ms : DEVICE_MS);
    bool ok = mps_screens_picture(application->screens, &guid, routes_tenant(exchange),
                                  user != NULL ? user : "screenshot", &png, &err);
    io_deadline_restore(outer);
    if (ok) {
        http_answer_header(exchange, "Cache-Control", "no-store");
        http_answer_bytes(exchange, 200, "image/png", buffer_slice(&png));
    } else {
        answer_failure(exchange, &err);
    }
    buffer_fini(&png);
}
