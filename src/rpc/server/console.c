#include "rpc/server/console.h"

#include "core/clock.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "http/json.h"
#include "rpc/machine/access.h"
#include "rpc/machine/machine.h"
#include "rpc/text/words.h"

#include <stdlib.h>
#include <string.h>

#define ASK_MS      10000
#define GET_MS      30000
#define BODY_LIMIT  ((size_t)256 * 1024)
#define TOKEN_LIMIT 8192
#define DEVICES     "/api/v1/devices"

/* A server that is talked to in clear, and that was said. */
struct clear {
    const struct clear *next;
    struct rpc_url url;
};

struct rpc_console {
    struct rpc *rpc;
    struct rpc_web *web;
    struct rpc_url server;
    struct rpc_url devices;
    const char *bearer; /* NULL: none */
    const struct clear *clear;
};

/* ---- requests ---- */

struct answer {
    int status;
    struct slice body; /* in the run's arena */
};

static enum rpc_exit code_of(enum rpc_web_fault fault, const struct error *err)
{
    if (fault == RPC_WEB_CERTIFICATE)
        return RPC_SERVER_CERTIFICATE;
    return err->code == ERROR_CANCELLED ? RPC_GENERIC_FAILURE : RPC_SERVER_AUTHENTICATION;
}

/* Once for each server: login, profile and devices may be at three. */
static void warn_of_clear(struct rpc_console *console, const struct rpc_url *url)
{
    for (const struct clear *at = console->clear; at != NULL; at = at->next)
        if (at->url.scheme == url->scheme && strcmp(at->url.authority, url->authority) == 0)
            return;
    struct clear *clear = arena_alloc(rpc_arena(console->rpc), sizeof *clear);
    *clear = (struct clear){.next = console->clear, .url = *url};
    console->clear = clear;
    rpc_web_warn_of_clear(console->rpc, url, "what is sent and answered");
}

/* With the bearer. */
static bool send(struct rpc_console *console, struct rpc_web_request request, struct answer *answer,
                 enum rpc_exit *code, struct error *err)
{
    enum rpc_web_fault fault;
    struct http_response response = {0};
    request.bearer = console->bearer;
    warn_of_clear(console, &request.url);
    bool ok = rpc_web_ask(console->web, &request, rpc_arena(console->rpc), &response, &fault, err);
    *answer = (struct answer){response.status, response.body};
    if (!ok)
        *code = code_of(fault, err);
    return ok;
}

static bool ask(struct rpc_console *console, const char *method, const struct rpc_url *url,
                struct slice body, struct answer *answer, enum rpc_exit *code, struct error *err)
{
    const struct rpc_web_request request = {
        .method = method, .url = *url, .body = body, .limit = BODY_LIMIT, .ms = ASK_MS};
    return send(console, request, answer, code, err);
}

/* The sentence in an error's body; NULL: there is none. In the arena, as it came. */
static const char *sentence_of(struct arena *arena, struct slice body)
{
    static const char *const members[] = {"errorDescription", "message", "error"};
    json_t *json = json_reader_parse(body, JSON_READER_DEPTH, NULL);
    const char *text = NULL;
    for (size_t i = 0; i < sizeof members / sizeof members[0] && text == NULL; i++)
        text = json_string_value(json_object_get(json, members[i]));
    char *copy =
        text == NULL ? NULL : arena_string(arena, slice_first_text(slice_of_string(text), 160));
    json_decref(json);
    return copy;
}

static bool refuse(struct rpc_console *console, const char *method, const struct rpc_url *url,
                   const struct answer *answer, enum rpc_exit *code, struct error *err)
{
    const char *text = sentence_of(rpc_arena(console->rpc), answer->body);
    bool login = answer->status == 401 || answer->status == 403;
    bool away = answer->status >= 502 && answer->status <= 504;
    *code = login ? RPC_SERVER_AUTHENTICATION : RPC_GENERIC_FAILURE;
    return error_set(err,
                     login  ? ERROR_UNAUTHORIZED
                     : away ? ERROR_BUSY
                            : ERROR_PROTOCOL,
                     "%s %s: the server answers with status %d%s%s%s", method, url->shown,
                     answer->status, text != NULL ? ": " : "", text != NULL ? text : "",
                     login ? " (--auth-token, or --auth-username and --auth-password)" : "");
}

static bool is_good(int status)
{
    return status >= 200 && status < 300;
}

/* One request that must succeed; *also is a status that counts as success, too. */
static bool demand(struct rpc_console *console, const char *method, const struct rpc_url *url,
                   struct slice body, int also, int *status, enum rpc_exit *code, struct error *err)
{
    struct answer answer;
    if (!ask(console, method, url, body, &answer, code, err))
        return false;
    *status = answer.status;
    return is_good(answer.status) || answer.status == also ||
           refuse(console, method, url, &answer, code, err);
}

/* ---- login ---- */

/* "token", "jwt" or "jwtToken"; NULL: none. */
static const char *token_of(struct arena *arena, struct slice body)
{
    static const char *const members[] = {"token", "jwt", "jwtToken"};
    json_t *json = json_reader_parse(body, JSON_READER_DEPTH, NULL);
    const json_t *found = NULL;
    const char *token = NULL;
    for (size_t i = 0; i < sizeof members / sizeof members[0] && found == NULL; i++)
        found = json_object_get(json, members[i]);
    struct slice text = slice_of(json_string_value(found), json_string_length(found));
    bool clean = json_is_string(found) && text.size > 0 && text.size <= TOKEN_LIMIT;
    for (size_t i = 0; clean && i < text.size; i++)
        clean = text.data[i] > ' ' && text.data[i] < 0x7f;
    if (clean)
        token = arena_string(arena, text);
    http_json_wipe(json);
    json_decref(json);
    return token;
}

bool rpc_console_url(struct rpc *rpc, const char *option, struct rpc_url *url)
{
    struct error err;
    if (!rpc_url_parse(rpc_arena(rpc), slice_of_string(rpc_text(rpc, option)), false, url, &err))
        return rpc_fail(rpc, RPC_WRONG_URL, "--%s: %s", option, err.text);
    return !rpc_url_is_websocket(url) ||
           rpc_fail(rpc, RPC_WRONG_URL, "--%s begins with http:// or https://", option);
}

/* A URL, or a path. */
static bool check_login_url(struct rpc *rpc)
{
    struct rpc_url ignored;
    const char *given = rpc_text(rpc, "auth-endpoint");
    if (given == NULL || strstr(given, "://") != NULL)
        return given == NULL || rpc_console_url(rpc, "auth-endpoint", &ignored);
    for (; *given != '\0'; given++)
        if (*given <= ' ' || *given > '~')
            return rpc_fail(rpc, RPC_WRONG_URL, "--auth-endpoint: a character that no path has");
    return true;
}

static bool check_login(struct rpc *rpc)
{
    bool user = rpc_text(rpc, "auth-username") != NULL;
    bool password = rpc_given(rpc, "auth-password");
    if (rpc_given(rpc, "auth-token"))
        return true;
    if (user != password)
        return rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--auth-username and --auth-password go together");
    if (!user)
        return !rpc_given(rpc, "auth-endpoint") ||
               rpc_fail(rpc, RPC_WRONG_COMBINATION,
                        "--auth-endpoint needs --auth-username and --auth-password");
    return check_login_url(rpc);
}

bool rpc_console_check(struct rpc *rpc)
{
    struct rpc_url ignored;
    const char *devices = rpc_text(rpc, "devices-endpoint");
    return (devices == NULL || devices[0] == '\0' ||
            rpc_console_url(rpc, "devices-endpoint", &ignored)) &&
           check_login(rpc);
}

/* Where tokens are made: what --auth-endpoint says, else the two places of the toolkit. 0: the run
 * has failed. */
static size_t login_urls(struct rpc_console *console, struct rpc_url urls[2])
{
    struct arena *arena = rpc_arena(console->rpc);
    const char *given = rpc_text(console->rpc, "auth-endpoint");
    if (given == NULL || given[0] == '\0') {
        rpc_url_at(arena, &console->server, "/api/v1/authorize", &urls[0]);
        rpc_url_at(arena, &console->server, "/mps/login/api/v1/authorize", &urls[1]);
        return 2;
    }
    if (strstr(given, "://") != NULL)
        return rpc_console_url(console->rpc, "auth-endpoint", &urls[0]) ? 1 : 0;
    rpc_url_at(arena, &console->server,
               arena_printf(arena, "%s%s", given[0] == '/' ? "" : "/", given), &urls[0]);
    return 1;
}

static bool exchange_token(struct rpc_console *console, const char *user, struct slice password)
{
    struct rpc *rpc = console->rpc;
    struct rpc_url urls[2];
    struct buffer body;
    struct json_writer json;
    struct answer answer = {.status = 0};
    struct error err = {.code = ERROR_NONE};
    enum rpc_exit code = RPC_SERVER_AUTHENTICATION;
    size_t count = login_urls(console, urls);
    if (count == 0)
        return false;
    buffer_init_secret(&body, 4096);
    json_writer_init(&json, &body);
    json_open_object(&json);
    json_put_member_string(&json, "username", user);
    json_put_key(&json, "password");
    json_put_string_slice(&json, password);
    json_close_object(&json);
    bool asked = false;
    for (size_t i = 0; i < count && console->bearer == NULL; i++) {
        asked = ask(console, "POST", &urls[i], buffer_slice(&body), &answer, &code, &err);
        if (!asked || (answer.status != 404 && answer.status != 405 && !is_good(answer.status)))
            count = i + 1;
        if (asked && is_good(answer.status))
            console->bearer = token_of(rpc_arena(rpc), answer.body);
    }
    buffer_fini(&body);
    if (console->bearer != NULL)
        return true;
    if (!asked)
        return rpc_fail(rpc, code, "%s", err.text);
    if (is_good(answer.status))
        return rpc_fail(rpc, RPC_SERVER_AUTHENTICATION, "%s has no token in its answer",
                        urls[count - 1].shown);
    (void)refuse(console, "POST", &urls[count - 1], &answer, &code, &err);
    return rpc_fail(rpc, RPC_SERVER_AUTHENTICATION, "%s", err.text);
}

static bool log_in(struct rpc_console *console)
{
    struct rpc *rpc = console->rpc;
    struct slice secret;
    const char *user = rpc_text(rpc, "auth-username");
    if (rpc_given(rpc, "auth-token")) {
        if (!rpc_secret(rpc, "auth-token", "Token", false, &secret))
            return false;
        console->bearer = arena_string(rpc_arena(rpc), secret);
        return true;
    }
    return user == NULL ||
           (rpc_secret(rpc, "auth-password", "Password of the server", false, &secret) &&
            exchange_token(console, user, secret));
}

static bool find_devices(struct rpc_console *console)
{
    const char *given = rpc_text(console->rpc, "devices-endpoint");
    if (given == NULL || given[0] == '\0') {
        rpc_url_at(rpc_arena(console->rpc), &console->server, DEVICES, &console->devices);
        return true;
    }
    return rpc_console_url(console->rpc, "devices-endpoint", &console->devices);
}

bool rpc_console_open(struct rpc *rpc, const struct rpc_url *server, const char *proxy,
                      struct rpc_console **console)
{
    *console = NULL;
    if (!rpc_console_check(rpc))
        return false;
    struct rpc_console *c = memory_new(sizeof *c);
    *c = (struct rpc_console){.rpc = rpc, .server = *server};
    c->web = rpc_web_open(rpc, proxy);
    if (find_devices(c) && log_in(c)) {
        *console = c;
        return true;
    }
    rpc_console_close(c);
    return false;
}

void rpc_console_close(struct rpc_console *console)
{
    if (console == NULL)
        return;
    rpc_web_close(console->web);
    free(console);
}

void rpc_console_warn_of_devices(struct rpc_console *console)
{
    warn_of_clear(console, &console->devices);
}

/* ---- a profile ---- */

bool rpc_console_get(struct rpc_console *console, const struct rpc_url *url, const char *accept,
                     size_t limit, struct slice *body, enum rpc_exit *code, struct error *err)
{
    const struct rpc_web_request request = {
        .method = "GET", .url = *url, .accept = accept, .limit = limit, .ms = GET_MS};
    struct answer answer;
    if (!send(console, request, &answer, code, err))
        return false;
    *body = answer.body;
    return is_good(answer.status) || refuse(console, "GET", url, &answer, code, err);
}

/* ---- devices ---- */

static bool fits(const struct buffer *body, struct error *err)
{
    return buffer_ok(body) ||
           error_set(err, ERROR_TOO_LARGE, "there is more to tell than %zu KiB", BODY_LIMIT / 1024);
}

bool rpc_console_tell(struct rpc_console *console, const struct rpc_url *url,
                      const struct rpc_facts *facts, enum rpc_exit *code, struct error *err)
{
    struct rpc *rpc = console->rpc;
    struct buffer body;
    struct buffer first;
    int status = 0;
    const struct rpc_url *to = url != NULL ? url : &console->devices;
    const struct rpc_access_options options = rpc_way_options(rpc);
    bool lms = rpc_access_lms_answers(&options);
    buffer_init(&body, BODY_LIMIT);
    buffer_init(&first, BODY_LIMIT);
    rpc_console_put_facts(&body, facts, lms, clock_wall_ms(), rpc_arena(rpc));
    rpc_console_put_discovered(&first, facts, clock_wall_ms());
    *code = RPC_GENERIC_FAILURE;
    bool ok = fits(&body, err) && fits(&first, err);
    ok = ok && demand(console, "PATCH", to, buffer_slice(&body), 404, &status, code, err);
    if (ok && status == 404)
        ok = demand(console, "POST", to, buffer_slice(&first), 409, &status, code, err) &&
             demand(console, "PATCH", to, buffer_slice(&body), 0, &status, code, err);
    buffer_fini(&body);
    buffer_fini(&first);
    return ok;
}

static void put_text(struct json_writer *json, const char *key, const char *text)
{
    if (text != NULL)
        json_put_member_string(json, key, text);
}

static void put_secret(struct json_writer *json, const char *key, struct slice text)
{
    if (text.data == NULL)
        return;
    json_put_key(json, key);
    json_put_string_slice(json, text);
}

static void put_tls(struct json_writer *json, const struct rpc_console_device *device)
{
    put_text(json, "username", "admin");
    json_put_member_bool(json, "useTLS", device->use_tls);
    json_put_member_bool(json, "allowSelfSigned", device->allow_self_signed);
}

static void put_device(struct rpc_console *console, struct buffer *out,
                       const struct rpc_console_device *device)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    put_text(&json, "guid", device->guid);
    put_text(&json, "hostname", device->hostname);
    put_text(&json, "friendlyName", device->friendly_name);
    if (device->tags != NULL) {
        json_put_key(&json, "tags");
        json_open_array(&json);
        for (const char *const *tag = device->tags; *tag != NULL; tag++)
            json_put_string(&json, *tag);
        json_close_array(&json);
    }
    put_text(&json, "mpsusername", device->mps_user);
    put_tls(&json, device);
    put_secret(&json, "password", device->password);
    put_secret(&json, "mebxpassword", device->mebx_password);
    put_secret(&json, "mpspassword", device->mps_password);
    if (device->facts != NULL) {
        json_put_key(&json, "deviceInfo");
        rpc_console_put_info(&json, device->facts, device->facts->lms_version != NULL,
                             clock_wall_ms(), rpc_arena(console->rpc));
    }
    json_close_object(&json);
}

bool rpc_console_register(struct rpc_console *console, const struct rpc_console_device *device,
                          enum rpc_exit *code, struct error *err)
{
    struct buffer body;
    int status = 0;
    buffer_init_secret(&body, BODY_LIMIT);
    put_device(console, &body, device);
    *code = RPC_GENERIC_FAILURE;
    bool ok =
        fits(&body, err) &&
        demand(console, "POST", &console->devices, buffer_slice(&body), 409, &status, code, err) &&
        (status != 409 ||
         demand(console, "PATCH", &console->devices, buffer_slice(&body), 0, &status, code, err));
    buffer_fini(&body);
    return ok;
}

bool rpc_console_forget_call(struct rpc_console *console, const char *guid, enum rpc_exit *code,
                             struct error *err)
{
    int status = 0;
    const char *body =
        arena_printf(rpc_arena(console->rpc), "{\"guid\":\"%s\",\"mpspassword\":\"\"}", guid);
    return demand(console, "PATCH", &console->devices, slice_of_string(body), 0, &status, code,
                  err);
}

bool rpc_console_remove(struct rpc_console *console, const char *guid, enum rpc_exit *code,
                        struct error *err)
{
    struct arena *arena = rpc_arena(console->rpc);
    struct rpc_url url;
    int status = 0;
    struct slice path = slice_of_string(console->devices.target);
    path = slice_first(path, slice_index_of(path, '?'));
    while (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    rpc_url_at(arena, &console->devices, arena_printf(arena, "%.*s/%s", SLICE_ARG(path), guid),
               &url);
    return demand(console, "DELETE", &url, (struct slice){NULL, 0}, 404, &status, code, err);
}
