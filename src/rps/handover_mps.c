#include "rps/handover_mps.h"

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "rps/handover_body.h"
#include "rps/mps_client.h"

#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT ((size_t)512 * 1024)

struct handover {
    struct rps_handover base;
    struct rps_mps_client client;
};

static struct rps_mps_client *client_of(struct rps_handover *base)
{
    return &((struct handover *)base)->client;
}

static bool refused(const struct rps_mps_client *client, const struct rps_mps_call *call,
                    struct error *err)
{
    rps_handover_refusal(call->response.status, call->response.body, err);
    return rps_mps_client_name_failure(client, err);
}

static bool is_good(int status)
{
    return status >= 200 && status <= 299;
}

/* ---- targets ---- */

/* A query's value: everything but letters, digits and "-._~" as %XX. */
static const char *escape(struct arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *escaped = arena_alloc(arena, strlen(text) * 3 + 1);
    char *at = escaped;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return escaped;
}

static const char *target_of(const struct rps_mps_client *client, struct arena *arena,
                             const char *below, const struct guid *guid, const char *tenant)
{
    char text[GUID_TEXT_SIZE];
    const char *path = arena_printf(arena, "%s/api/v1/devices%s/%s", client->prefix, below,
                                    guid_format(guid, text));
    return tenant == NULL ? path
                          : arena_printf(arena, "%s?tenantId=%s", path, escape(arena, tenant));
}

/* ---- what can be asked ---- */

/* What it has of the device, in the arena; *device_info is NULL where there is nothing. */
static bool look_up(const struct rps_mps_client *client, struct arena *arena,
                    const struct guid *guid, const char *tenant, struct rps_known *known,
                    const char **device_info, struct error *err)
{
    struct rps_mps_call call = {.method = "GET",
                                .target = target_of(client, arena, "", guid, tenant)};
    *known = (struct rps_known){0};
    *device_info = NULL;
    bool ok = rps_mps_client_ask(client, &call, err);
    int status = call.response.status;
    if (ok && status == 200)
        ok = rps_handover_record_read(arena, call.response.body, guid, tenant, known, device_info,
                                      err) ||
             rps_mps_client_name_failure(client, err);
    else if (ok && status == 204)
        known->other_tenant = true;
    else if (ok && status != 404)
        ok = refused(client, &call, err);
    rps_mps_call_end(&call);
    return ok;
}

static bool find(struct rps_handover *base, struct arena *arena, const struct guid *guid,
                 const char *tenant, struct rps_known *known, struct error *err)
{
    const char *device_info;
    return look_up(client_of(base), arena, guid, tenant, known, &device_info, err);
}

/* A presence server of another kind has no such route, and proves nothing: Console answers with the
 * page of its web interface. */
static bool read_proof(const struct rps_mps_client *client, const struct rps_mps_call *call,
                       struct rps_proof_there *there, struct error *err)
{
    int status = call->response.status;
    if (status == 404 || status == 405)
        return true;
    if (!is_good(status))
        return refused(client, call, err);
    json_t *answer = json_reader_parse(call->response.body, JSON_READER_DEPTH, NULL);
    there->known = json_is_true(json_object_get(answer, "known"));
    there->proven = json_is_true(json_object_get(answer, "proven"));
    json_decref(answer);
    return true;
}

/* Over http no password is told, and so none is asked about. */
static bool prove(struct rps_handover *base, const struct guid *guid, const char *tenant,
                  struct slice password, struct rps_proof_there *there, struct error *err)
{
    const struct rps_mps_client *client = client_of(base);
    struct arena arena;
    struct buffer body;
    struct json_writer json;
    *there = (struct rps_proof_there){.known = false};
    arena_init(&arena);
    buffer_init_secret(&body, BODY_LIMIT);
    json_writer_init(&json, &body);
    json_open_object(&json);
    there->compared = client->secure && password.size > 0;
    if (there->compared) {
        json_put_key(&json, "password");
        json_put_string_slice(&json, password);
    }
    json_close_object(&json);
    struct rps_mps_call call = {.method = "POST",
                                .target = target_of(client, &arena, "/proof", guid, tenant),
                                .body = buffer_slice(&body)};
    bool ok = rps_mps_client_ask(client, &call, err) && read_proof(client, &call, there, err);
    rps_mps_call_end(&call);
    buffer_fini(&body);
    arena_fini(&arena);
    return ok;
}

/* Its row, which it answers with, must be of the tenant that was meant: a token may decide that,
 * whatever the body says. What answers without a row is taken at its status (spec rps 5.3). */
static bool check_tenant(const struct rps_mps_client *client, const struct rps_mps_call *call,
                         const struct rps_device *device, struct error *err)
{
    struct arena scratch;
    struct rps_known known;
    const char *info;
    arena_init(&scratch);
    bool read = rps_handover_record_read(&scratch, call->response.body, &device->guid,
                                         device->tenant, &known, &info, NULL);
    arena_fini(&scratch);
    if (!read || !known.other_tenant)
        return true;
    error_set(err, ERROR_FORBIDDEN,
              "it keeps the device for another tenant than the agent's: the token of "
              "--mps-token-file decides whose");
    return rps_mps_client_name_failure(client, err);
}

/* Sends `device`; *status is that of the answer. */
static bool send_device(const struct rps_mps_client *client, const struct rps_device *device,
                        enum rps_body_kind kind, bool is_new, int *status, struct error *err)
{
    struct buffer body;
    struct rps_mps_call call = {.method = kind == RPS_BODY_ADD ? "POST" : "PATCH"};
    char target[RPS_MPS_URL_LIMIT + 32];
    (void)snprintf(target, sizeof(target), "%s/api/v1/devices", client->prefix);
    call.target = target;
    *status = 0;
    buffer_init_secret(&body, BODY_LIMIT);
    rps_handover_body_put(&body, device, kind, client->secure, is_new);
    call.body = buffer_slice(&body);
    if (!buffer_ok(&body)) {
        buffer_fini(&body);
        return error_set(err, ERROR_TOO_LARGE, "what is known of the device is too large");
    }
    bool ok = rps_mps_client_ask(client, &call, err);
    if (ok) {
        *status = call.response.status;
        ok = is_good(*status) ? check_tenant(client, &call, device, err)
                              : refused(client, &call, err);
    }
    rps_mps_call_end(&call);
    buffer_fini(&body);
    return ok;
}

/* A change of a device that must be there. */
static bool change(const struct rps_mps_client *client, const struct rps_device *device,
                   struct error *err)
{
    int status;
    if (send_device(client, device, RPS_BODY_CHANGE, false, &status, err))
        return true;
    if (status == 404)
        err->code = ERROR_NOT_FOUND;
    return false;
}

static bool put(struct rps_handover *base, struct arena *arena, const struct rps_device *device,
                bool must_exist, struct error *err)
{
    const struct rps_mps_client *client = client_of(base);
    struct rps_device whole = *device;
    bool is_new = false;
    int status;
    if (device->device_info != NULL) {
        /* It replaces deviceInfo as a whole (spec mps 1.8), and others have written there, too. */
        struct rps_known known;
        const char *stored;
        if (!look_up(client, arena, &device->guid, device->tenant, &known, &stored, err))
            return false;
        if (known.other_tenant)
            return error_set(err, ERROR_CONFLICT, "the device belongs to another tenant");
        is_new = !known.found;
        whole.device_info = rps_device_info_merge(arena, stored, device->device_info, err);
        if (whole.device_info == NULL)
            return false;
    }
    if (must_exist)
        return change(client, &whole, err);
    if (send_device(client, &whole, RPS_BODY_ADD, is_new, &status, err))
        return true;
    /* Console: one that is there is changed by PATCH only (spec console 5.4). */
    return status == 409 && change(client, &whole, err);
}

/* A DELETE; what is not there is a success. */
static bool delete_at(const struct rps_mps_client *client, const char *target, struct error *err)
{
    struct rps_mps_call call = {.method = "DELETE", .target = target};
    bool ok = rps_mps_client_ask(client, &call, err);
    if (ok && !is_good(call.response.status) && call.response.status != 404)
        ok = refused(client, &call, err);
    rps_mps_call_end(&call);
    return ok;
}

static bool refresh_password(const struct rps_mps_client *client, struct arena *arena,
                             const struct guid *guid, const char *tenant, struct slice password,
                             struct error *err)
{
    const struct rps_device device = {
        .guid = *guid, .tenant = tenant, .amt_password = arena_string(arena, password)};
    if (client->secure && !change(client, &device, err))
        return err->code == ERROR_NOT_FOUND;
    return delete_at(client, target_of(client, arena, "/refresh", guid, NULL), err);
}

static bool refresh(struct rps_handover *base, const struct guid *guid, const char *tenant,
                    struct slice password, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    bool ok = refresh_password(client_of(base), &arena, guid, tenant, password, err);
    arena_fini_wiped(&arena);
    return ok;
}

/* With the passwords that it was told. */
static bool remove_device(struct rps_handover *base, const struct guid *guid, const char *tenant,
                          struct error *err)
{
    const struct rps_mps_client *client = client_of(base);
    struct arena arena;
    arena_init(&arena);
    const char *target = target_of(client, &arena, "", guid, tenant);
    if (client->secure)
        target = arena_printf(&arena, "%s&isSecretToBeDeleted=true", target);
    bool ok = delete_at(client, target, err);
    arena_fini(&arena);
    return ok;
}

/* ---- making one ---- */

static void close_handover(struct rps_handover *base)
{
    rps_mps_client_fini(client_of(base));
    free(base);
}

struct rps_handover *rps_handover_to_mps(const struct rps_handover_mps_options *options,
                                         unsigned loop_count, struct error *err)
{
    static const struct rps_handover_methods methods = {
        .find = find,
        .prove = prove,
        .put = put,
        .refresh = refresh,
        .remove = remove_device,
        .close = close_handover,
    };
    struct handover *h = memory_new(sizeof(*h));
    h->base.methods = &methods;
    if (rps_mps_client_init(&h->client, options, loop_count, err)) {
        h->base.tells_passwords = h->client.secure;
        return &h->base;
    }
    close_handover(&h->base);
    return NULL;
}

bool rps_handover_mps_attach(struct rps_handover *handover, unsigned index, struct io_loop *loop,
                             struct error *err)
{
    return rps_mps_client_attach(client_of(handover), index, loop, err);
}
