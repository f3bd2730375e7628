/* /api/v1/images: the library of drive images (mps/images.h). */
#include "mps/images.h"

#include "core/clock.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/routes.h"

#define PIECE ((size_t)256 * 1024) /* of an upload that is written at once */

static void put_image(struct json_writer *json, const struct mps_image *image)
{
    char modified[CLOCK_TEXT_SIZE];
    json_open_object(json);
    json_put_member_string(json, "name", image->name);
    json_put_member_int(json, "size", (int64_t)image->size);
    json_put_member_string(json, "kind", redir_drive_name(image->kind));
    json_put_member_bool(json, "bootable", image->bootable);
    json_put_member_bool(json, "inUse", image->in_use);
    json_put_member_string(json, "modified", clock_format(image->modified_ms, modified));
    json_close_object(json);
}

static void answer_failure(struct http_exchange *exchange, const struct error *err)
{
    if (http_answer_busy(exchange, err))
        return;
    int status = err->code == ERROR_TIMEOUT ? 408 : error_http_status(err->code);
    if (status >= 500)
        http_log_failure(exchange, err);
    routes_answer_of(exchange, status, "Image", arena_printf(exchange->arena, "%s", err->text));
}

void routes_images_list(struct http_exchange *exchange)
{
    struct mps_image *list = NULL;
    size_t count = 0;
    struct error err = {0};
    if (!mps_images_list(routes_application(exchange)->images, routes_tenant(exchange),
                         exchange->arena, &list, &count, &err)) {
        answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        put_image(&json, &list[i]);
    json_close_array(&json);
}

/* All of the body into the upload, a large piece at a time. */
static bool receive(struct http_exchange *exchange, struct mps_image_upload *upload,
                    struct error *err)
{
    uint8_t *piece = arena_alloc(exchange->arena, PIECE);
    size_t size = 0;
    size_t got;
    do {
        if (!http_body_read(exchange, piece + size, PIECE - size, &got, err))
            return false;
        size += got;
        if (size < PIECE && got > 0)
            continue;
        if (size > 0 && !mps_image_upload_write(upload, slice_of(piece, size), err))
            return false;
        size = 0;
    } while (got > 0);
    return true;
}

void routes_images_put(struct http_exchange *exchange)
{
    struct mps_images *images = routes_application(exchange)->images;
    const char *tenant = routes_tenant(exchange);
    struct slice name = http_parameter(exchange, "name");
    struct mps_image image;
    struct error err = {0};
    bool replaced = false;
    uint64_t size = 0; /* unknown: it comes in chunks */
    (void)slice_to_u64(http_header_get(exchange, "Content-Length"), UINT64_MAX, &size);
    struct mps_image_upload *upload = mps_images_upload(images, tenant, name, size, &err);
    if (upload == NULL) {
        answer_failure(exchange, &err);
        return;
    }
    if (!receive(exchange, upload, &err)) {
        mps_image_upload_abandon(upload);
        answer_failure(exchange, &err);
        return;
    }
    if (!mps_image_upload_finish(upload, &replaced, &err) ||
        !mps_images_find(images, tenant, exchange->arena, name, &image, &err)) {
        answer_failure(exchange, &err);
        return;
    }
    struct json_writer json = http_answer_json(exchange, replaced ? 200 : 201);
    put_image(&json, &image);
}

void routes_images_remove(struct http_exchange *exchange)
{
    struct error err = {0};
    if (mps_images_remove(routes_application(exchange)->images, routes_tenant(exchange),
                          http_parameter(exchange, "name"), &err))
        http_answer_empty(exchange, 204);
    else
        answer_failure(exchange, &err);
}
