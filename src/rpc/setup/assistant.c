#include "rpc/setup/assistant.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "http/json.h"
#include "rpc/machine/host.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/profile_text.h"
#include "rpc/web/web.h"

#include <stdio.h>

#define REQUEST_MOST ((size_t)128 * 1024)
#define ANSWER_MOST  ((size_t)256 * 1024)
#define ANSWER_MS    60000

struct rpc_assistant {
    struct rpc *rpc;
    struct rpc_web *web;
    struct rpc_url server;
    char guid[GUID_TEXT_SIZE];
    const char *host;
    const char *token;   /* NULL until the login */
    struct slice key_id; /* of the key that the request is for */
    unsigned protocol;
    struct rpc_assistant_account account;
};

/* POST /api/WHAT/GUID; owned, http_json_wipe and json_decref. */
static json_t *ask(struct rpc_assistant *assistant, const char *what, struct slice body,
                   struct error *err)
{
    struct arena *arena = rpc_arena(assistant->rpc);
    struct rpc_web_request request = {.method = "POST",
                                      .bearer = assistant->token,
                                      .body = body,
                                      .limit = ANSWER_MOST,
                                      .ms = ANSWER_MS};
    struct http_response response;
    enum rpc_web_fault ignored;
    rpc_url_at(arena, &assistant->server, arena_printf(arena, "/api/%s/%s", what, assistant->guid),
               &request.url);
    if (!rpc_web_ask(assistant->web, &request, arena, &response, &ignored, err)) {
        (void)error_wrap(err, "the Enterprise Assistant");
        return NULL;
    }
    if (response.status < 200 || response.status > 299) {
        (void)error_set(err, response.status == 401 ? ERROR_UNAUTHORIZED : ERROR_PROTOCOL,
                        "the Enterprise Assistant answers %s with %d", what, response.status);
        return NULL;
    }
    json_t *answer = json_reader_parse(response.body, JSON_READER_DEPTH, err);
    if (answer == NULL)
        (void)error_wrap(err, "the Enterprise Assistant's answer to %s", what);
    return answer;
}

static bool log_in(struct rpc_assistant *assistant, const struct rpc_assistant_login *login,
                   struct error *err)
{
    struct buffer body;
    struct json_writer json;
    buffer_init_secret(&body, REQUEST_MOST);
    json_writer_init(&json, &body);
    json_open_object(&json);
    json_put_member_string(&json, "username", login->user);
    json_put_key(&json, "password");
    json_put_string_slice(&json, login->password);
    json_close_object(&json);
    json_t *answer = ask(assistant, "authenticate", buffer_slice(&body), err);
    buffer_fini(&body);
    const char *token = rpc_member_text(answer, "jwtToken");
    if (token != NULL)
        assistant->token = arena_string(rpc_arena(assistant->rpc), slice_of_string(token));
    bool ok = token != NULL || answer == NULL ||
              error_set(err, ERROR_PROTOCOL, "the Enterprise Assistant gives no token");
    http_json_wipe(answer);
    json_decref(answer);
    return ok && token != NULL;
}

/* Copies what an answer says of the account; the arena is wiped. */
static bool note(struct rpc_assistant *assistant, const json_t *answer, struct error *err)
{
    struct arena *arena = rpc_arena(assistant->rpc);
    struct rpc_assistant_account *account = &assistant->account;
    struct slice username = rpc_member_slice(answer, "username");
    struct slice password = rpc_member_slice(answer, "password");
    struct slice root = rpc_member_slice(answer, "rootcert");
    if (username.size > 0)
        account->username = arena_copy(arena, username);
    if (password.size > 0)
        account->password = arena_copy(arena, password);
    return root.size == 0 || encoding_base64_decode(arena, root, &account->root) ||
           error_set(err, ERROR_PROTOCOL,
                     "the Enterprise Assistant's root certificate is not base64");
}

/* One step; `wanted` of the answer, from base64 when it is not NULL. */
static bool step(struct rpc_assistant *assistant, const char *what, const char *key,
                 struct slice value, const char *wanted, struct slice *bytes, struct error *err)
{
    struct buffer body;
    struct json_writer json;
    buffer_init(&body, REQUEST_MOST);
    json_writer_init(&json, &body);
    json_open_object(&json);
    json_put_member_string(&json, "nodeid", assistant->guid);
    json_put_member_string(&json, "domain", "");
    json_put_member_string(&json, "reqid", "");
    json_put_member_int(&json, "authProtocol", (int64_t)assistant->protocol);
    json_put_member_string(&json, "osname", "win11");
    json_put_member_string(&json, "devname", assistant->host);
    json_put_member_int(&json, "icon", 1);
    json_put_member_string(&json, "ver", "");
    if (key != NULL) {
        json_put_key(&json, key);
        json_put_string_slice(&json, encoding_base64(rpc_arena(assistant->rpc), value));
    }
    json_put_key(&json, "keyInstanceId");
    json_put_string_slice(&json, assistant->key_id);
    json_close_object(&json);
    json_t *answer = ask(assistant, what, buffer_slice(&body), err);
    buffer_fini(&body);
    const json_t *response = rpc_member(answer, "response");
    if (response == NULL)
        response = answer;
    bool ok = answer != NULL && note(assistant, response, err);
    if (ok && wanted != NULL) {
        struct slice text = rpc_member_slice(response, wanted);
        ok = (text.size > 0 && encoding_base64_decode(rpc_arena(assistant->rpc), text, bytes) &&
              bytes->size > 0) ||
             error_set(err, ERROR_PROTOCOL, "the Enterprise Assistant's answer has no %s", wanted);
    }
    http_json_wipe(answer);
    json_decref(answer);
    return ok;
}

static bool request(void *context, struct arena *arena, struct slice key_id,
                    struct slice public_key, struct slice *draft, struct error *err)
{
    struct rpc_assistant *assistant = context;
    (void)arena;
    assistant->key_id = arena_copy(rpc_arena(assistant->rpc), key_id);
    return step(assistant, "configure/keypair", "DERKey", public_key, "csr", draft, err);
}

static bool issue(void *context, struct arena *arena, struct slice signed_request,
                  struct slice *leaf, struct error *err)
{
    struct rpc_assistant *assistant = context;
    (void)arena;
    return step(assistant, "configure/csr", "signedcsr", signed_request, "certificate", leaf, err);
}

void rpc_assistant_plan(struct rpc_assistant *assistant, struct amt_tls_plan *plan)
{
    plan->request = request;
    plan->issue = issue;
    plan->context = assistant;
}

static bool draft_for(void *context, struct arena *arena, const struct amt_device_key *key,
                      struct slice *draft, struct error *err)
{
    return request(context, arena, key->id, key->public_der, draft, err);
}

static bool issue_for(void *context, struct arena *arena, const struct amt_device_key *key,
                      struct slice signed_request, struct slice *certificate, struct error *err)
{
    (void)key;
    return issue(context, arena, signed_request, certificate, err);
}

struct amt_device_key_issuer rpc_assistant_issuer(struct rpc_assistant *assistant)
{
    return (struct amt_device_key_issuer){
        .draft = draft_for, .issue = issue_for, .context = assistant};
}

const struct rpc_assistant_account *rpc_assistant_account(const struct rpc_assistant *assistant)
{
    return &assistant->account;
}

static bool read_url(struct arena *arena, const char *text, struct rpc_url *url, struct error *err)
{
    return rpc_url_parse(arena, slice_of_string(text), false, url, err) &&
           (!rpc_url_is_websocket(url) ||
            error_set(err, ERROR_INVALID, "the Enterprise Assistant's URL is http(s)://…"));
}

bool rpc_assistant_check(struct arena *arena, const char *url, struct error *err)
{
    struct rpc_url ignored;
    return read_url(arena, url, &ignored, err);
}

static bool prepare(struct rpc_assistant *assistant, const char *url, struct error *err)
{
    struct rpc *rpc = assistant->rpc;
    struct rpc_host host;
    struct guid guid;
    struct mei_pthi *pthi = rpc_pthi_or(rpc, err);
    if (pthi == NULL || !mei_pthi_uuid(pthi, &guid, err) ||
        !read_url(rpc_arena(rpc), url, &assistant->server, err))
        return false;
    (void)guid_format(&guid, assistant->guid);
    rpc_host_read(rpc_arena(rpc), &host);
    assistant->host = host.hostname != NULL ? host.hostname : "";
    return true;
}

bool rpc_assistant_open(struct rpc *rpc, const struct rpc_assistant_login *login, unsigned protocol,
                        enum rpc_exit code, struct rpc_assistant **assistant,
                        struct rpc_fault *fault)
{
    struct rpc_assistant *a = arena_alloc(rpc_arena(rpc), sizeof *a);
    *a = (struct rpc_assistant){.rpc = rpc, .key_id = SLICE_LITERAL(""), .protocol = protocol};
    *assistant = NULL;
    if (!prepare(a, login->url, &fault->err))
        return rpc_fault_take(fault, code, &fault->err);
    rpc_web_warn_of_clear(rpc, &a->server,
                          "the passwords of the Enterprise Assistant and of its account for AMT");
    a->web = rpc_web_open(rpc, NULL);
    *assistant = a;
    return (log_in(a, login, &fault->err) &&
            step(a, "configure/profile", NULL, (struct slice){NULL, 0}, NULL, NULL, &fault->err)) ||
           rpc_fault_take(fault, code, &fault->err);
}

void rpc_assistant_close(struct rpc_assistant *assistant)
{
    if (assistant != NULL)
        rpc_web_close(assistant->web);
}
