#include "rig.h"

#include "core/encoding.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/relay.h"
#include "mps/screens.h"
#include "mps/watcher.h"
#include "rps/routes/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;
struct server_application application;
struct mps_application mps_application;
static struct rps_application rps_application;

static struct arena arena;
static struct http_exchange exchange;
static char body_text[RIG_BODY_SIZE];
static char events_text[1024];

static bool fail(enum error_code code, struct error *err)
{
    return error_set(err, code, "%s", fake.cause == NULL ? "the cause" : fake.cause);
}

bool access_check(struct access *access, struct arena *in, struct slice token,
                  struct access_identity *identity, struct error *err)
{
    (void)access;
    (void)in;
    *identity = (struct access_identity){.tenant_id = fake.tenant, .device_id = "*"};
    return slice_equal_string(token, "good") || fail(ERROR_UNAUTHORIZED, err);
}

bool access_login(struct access *access, struct arena *in, struct slice user, struct slice password,
                  const char *source, struct slice *token, struct error *err)
{
    (void)access;
    (void)in;
    (void)snprintf(fake.source, sizeof fake.source, "%s", source);
    *token = SLICE_LITERAL("fresh");
    if (fake.access != ERROR_NONE)
        return fail(fake.access, err);
    return (slice_equal_string(user, "admin") && slice_equal_string(password, "right")) ||
           fail(ERROR_UNAUTHORIZED, err);
}

void access_revoke(struct access *access, struct arena *in, struct slice token)
{
    (void)access;
    (void)in;
    (void)snprintf(fake.revoked, sizeof fake.revoked, "%.*s", SLICE_ARG(token));
}

bool access_issue_redirection(struct access *access, struct arena *in,
                              const struct access_identity *identity, struct slice login,
                              const char *device_id, struct slice *token, struct error *err)
{
    (void)access;
    if (login.size == 0)
        return fail(ERROR_UNAUTHORIZED, err);
    *token =
        slice_of_string(arena_printf(in, "relay for %s of '%s'", device_id, identity->tenant_id));
    return true;
}

bool access_check_redirection(struct access *access, struct arena *in, struct slice token,
                              const struct guid *device, struct access_identity *identity,
                              struct error *err)
{
    (void)access;
    (void)in;
    (void)token;
    (void)device;
    (void)identity;
    return fail(ERROR_UNAUTHORIZED, err);
}

struct mps_relay *mps_relay_new(struct mps *mps, const struct mps_relay_request *request,
                                struct error *err)
{
    (void)mps;
    (void)request;
    (void)fail(ERROR_NOT_FOUND, err);
    return NULL;
}

void mps_relay_taken(void *relay, struct io_conn *conn, struct slice ahead)
{
    (void)relay;
    (void)conn;
    (void)ahead;
}

uint32_t access_login_wait_s(struct access *access, struct arena *in, struct slice user,
                             const char *source)
{
    (void)access;
    (void)in;
    return slice_equal_string(user, "admin") && strcmp(source, fake.source) == 0 ? 17 : 0;
}

bool mps_device_converse(struct mps *mps, const struct guid *guid, const char *tenant,
                         bool (*conversation)(struct amt *amt, void *arg, struct error *err),
                         void *arg, struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    return fake.gate == ERROR_NONE ? conversation(NULL, arg, err) : fail(fake.gate, err);
}

bool mps_device_is_connected(struct mps *mps, const struct guid *guid)
{
    (void)mps;
    (void)guid;
    return false;
}

bool mps_device_status(struct mps *mps, const struct guid *guid, struct mps_device_status *status,
                       struct error *err)
{
    (void)mps;
    (void)guid;
    *status = fake.status;
    return fake.gate == ERROR_NONE || fail(fake.gate, err);
}

bool mps_device_certificate(struct mps *mps, const struct guid *guid, const char *tenant,
                            struct arena *in, struct slice *der, struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    return fake.gate == ERROR_NONE
               ? encoding_base64_decode(in, slice_of_string(fake.certificate), der)
               : fail(fake.gate, err);
}

bool mps_device_disconnect(struct mps *mps, const struct guid *guid, const char *tenant,
                           struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    fake.disconnected++;
    return fake.gate == ERROR_NONE || fail(fake.gate, err);
}

bool mps_device_refresh(struct mps *mps, const struct guid *guid, const char *tenant,
                        struct error *err)
{
    (void)mps;
    (void)guid;
    (void)tenant;
    fake.refreshed++;
    return fake.gate == ERROR_NONE || fail(fake.gate, err);
}

struct mps_watcher *mps_watcher_new(struct mps_screens *screens, const struct guid *guid,
                                    const char *tenant, const char *user, struct error *err)
{
    (void)screens;
    (void)guid;
    (void)tenant;
    (void)user;
    (void)fail(fake.gate, err);
    return NULL;
}

void mps_watcher_taken(void *watcher, struct io_conn *conn, struct slice ahead)
{
    (void)watcher;
    (void)conn;
    (void)ahead;
}

bool mps_screens_picture(struct mps_screens *screens, const struct guid *guid, const char *tenant,
                         const char *owner, struct buffer *png, struct error *err)
{
    (void)screens;
    (void)guid;
    (void)tenant;
    (void)owner;
    buffer_put_text(png, "\x89PNG of the screen");
    return fake.gate == ERROR_NONE || fail(fake.gate, err);
}

static bool read_reply(struct arena *in, struct wsman_reply *reply, struct error *err)
{
    if (fake.inside != ERROR_NONE)
        return fail(fake.inside, err);
    return fake.reply == NULL || wsman_reply_parse(in, slice_of_string(fake.reply), reply, err);
}

bool amt_identity_get_version(struct amt *amt, struct arena *in, struct amt_version *version,
                              struct error *err)
{
    (void)amt;
    static const char *const items[] = {
        "<CIM_SoftwareIdentity><InstanceID>AMT</InstanceID><IsEntity>true</IsEntity>"
        "<VersionString>15.0.23</VersionString></CIM_SoftwareIdentity>",
        "<CIM_SoftwareIdentity><InstanceID>Sku</InstanceID><IsEntity>true</IsEntity>"
        "<VersionString>16392</VersionString></CIM_SoftwareIdentity>",
    };
    version->software.items = arena_array(in, 2, sizeof *version->software.items);
    for (size_t i = 0; i < 2; i++)
        version->software.items[i] = wsman_xml_parse(in, slice_of_string(items[i]), err);
    version->software.count = 2;
    return read_reply(in, &version->setup, err);
}

bool amt_identity_get_general_settings(struct amt *amt, struct arena *in,
                                       struct wsman_reply *settings, struct error *err)
{
    (void)amt;
    return read_reply(in, settings, err);
}

bool amt_power_get_state(struct amt *amt, struct arena *in, struct amt_power_state *state,
                         struct error *err)
{
    (void)amt;
    (void)in;
    *state = fake.state;
    return fake.inside == ERROR_NONE || fail(fake.inside, err);
}

bool amt_power_get_capabilities(struct amt *amt, struct arena *in,
                                struct amt_power_capabilities *capabilities, struct error *err)
{
    (void)amt;
    (void)in;
    *capabilities = fake.capabilities;
    return fake.inside == ERROR_NONE || fail(fake.inside, err);
}

bool amt_power_request(struct amt *amt, struct arena *in, const char *state,
                       struct amt_power_result *result, struct error *err)
{
    (void)amt;
    (void)state;
    return read_reply(in, &result->reply, err);
}

bool amt_power_act(struct amt *amt, struct arena *in, int action,
                   const struct amt_boot_details *details, struct amt_power_result *result,
                   struct error *err)
{
    (void)amt;
    fake.action = action;
    fake.details = details == NULL ? (struct amt_boot_details){.use_sol = false} : *details;
    result->description = fake.description;
    result->return_value = fake.return_value;
    result->return_text = fake.return_text;
    return read_reply(in, &result->reply, err);
}

bool store_check(struct store *store, struct error *err)
{
    (void)store;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_get(struct store *store, struct arena *in, const struct guid *guid,
                      const char *tenant, struct store_device *device, struct error *err)
{
    (void)store;
    (void)in;
    (void)guid;
    (void)tenant;
    *device = fake.row;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_put(struct store *store, struct arena *in, struct store_device *device,
                      unsigned fields, const struct store_device_secrets *secrets, bool must_exist,
                      bool *created, struct error *err)
{
    (void)store;
    (void)in;
    fake.put = *device;
    fake.put_fields = fields;
    if (secrets != NULL)
        fake.put_secrets = *secrets;
    fake.put_must_exist = must_exist;
    if (created != NULL)
        *created = fake.put_creates;
    *device = fake.row;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_delete(struct store *store, const struct guid *guid, const char *tenant,
                         bool with_secrets, struct error *err)
{
    (void)store;
    (void)guid;
    (void)tenant;
    fake.with_secrets = with_secrets;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_list(struct store *store, struct arena *in, const struct store_filter *filter,
                       struct store_device **devices, size_t *count, uint64_t *total,
                       struct error *err)
{
    (void)store;
    fake.filter = *filter;
    *devices = arena_array(in, fake.rows + 1, sizeof **devices);
    for (size_t i = 0; i < fake.rows; i++)
        (*devices)[i] = fake.row;
    *count = fake.rows;
    *total = fake.total;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_stats(struct store *store, const char *tenant, uint64_t *total,
                        uint64_t *connected, struct error *err)
{
    (void)store;
    (void)tenant;
    *total = fake.total;
    *connected = fake.rows;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

bool store_device_tags(struct store *store, struct arena *in, const char *tenant,
                       const char ***tags, size_t *count, struct error *err)
{
    static const char *some[] = {"a", "b"};
    (void)store;
    (void)in;
    (void)tenant;
    *tags = some;
    *count = 2;
    return fake.store == ERROR_NONE || fail(fake.store, err);
}

int rig_begin(void **state)
{
    (void)state;
    fake = (struct fake){.tenant = ""};
    (void)guid_parse(SLICE_LITERAL(RIG_GUID), &fake.row.guid);
    fake.row.tenant_id = "";
    fake.row.last_connected = STORE_NEVER;
    fake.row.last_seen = STORE_NEVER;
    fake.row.last_disconnected = STORE_NEVER;
    application = (struct server_application){.version = "1.2.3"};
    mps_application = (struct mps_application){
        .events = events_new(64),
        .ca_pem = SLICE_LITERAL("-----BEGIN CERTIFICATE-----\n"),
    };
    arena_init(&arena);
    return 0;
}

static void free_answer(void)
{
    if (exchange.arena != NULL)
        http_exchange_fini(&exchange);
    exchange.arena = NULL;
    arena_fini(&arena);
}

int rig_end(void **state)
{
    (void)state;
    free_answer();
    events_free(mps_application.events);
    return 0;
}

/* Handlers run on fibers. */
static void serve(void *arg)
{
    http_router_serve(arg, &exchange);
}

/* Provisioning needs the whole store, so its routes are tested against a real one. */
static void leave_out_provisioning(struct http_router *router)
{
    static struct http_route kept[ROUTES_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < router->route_count; i++)
        if (router->routes[i].group != ROUTES_RPS)
            kept[count++] = router->routes[i];
    router->routes = kept;
    router->route_count = count;
}

int rig_send_as(const char *authorization, const char *method, const char *target, const char *body)
{
    struct http_header headers[] = {
        {SLICE_LITERAL("Content-Type"), SLICE_LITERAL("application/json")},
        {SLICE_LITERAL("Authorization"), slice_of_string(authorization)},
    };
    const struct http_message message = {
        .method = slice_of_string(method),
        .target = slice_of_string(target),
        .headers = headers,
        .header_count = authorization == NULL ? 1 : 2,
        .body = slice_of_string(body),
    };
    struct http_router router;
    free_answer();
    server_router_init(&router, &application, &mps_application, &rps_application);
    leave_out_provisioning(&router);
    if (http_exchange_init(&exchange, &arena, &message)) {
        (void)io_address_parse(SLICE_LITERAL("192.0.2.7:55555"), &exchange.peer, NULL);
        io_simulated_start();
        if (!io_fiber_start(serve, &router, NULL))
            abort();
        io_simulated_run();
        io_simulated_stop();
    }
    (void)snprintf(body_text, sizeof body_text, "%.*s", SLICE_ARG(buffer_slice(&exchange.answer)));
    return exchange.status;
}

int rig_send(const char *method, const char *target, const char *body)
{
    return rig_send_as("Bearer good", method, target, body);
}

const char *rig_body(void)
{
    return body_text;
}

const char *rig_header(const char *name)
{
    for (size_t i = 0; i < exchange.extra_count; i++)
        if (slice_equal_string(exchange.extra[i].name, name))
            return arena_string(&arena, exchange.extra[i].value);
    return "";
}

const char *rig_events(void)
{
    static const char *const types[] = {"request", "success", "fail"};
    struct events_event events[16];
    uint64_t lost;
    size_t count = events_read(mps_application.events, 0, events, 16, &lost);
    size_t at = 0;
    events_text[0] = '\0';
    for (size_t i = 0; i < count && at < sizeof events_text; i++)
        at += (size_t)snprintf(events_text + at, sizeof events_text - at, "%s%s %s: %s%s",
                               i == 0 ? "" : "; ", types[events[i].type], events[i].method,
                               events[i].message, events[i].has_guid ? " g" : "");
    return events_text;
}
