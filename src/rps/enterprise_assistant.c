#include "rps/enterprise_assistant.h"

#include "core/json_writer.h"
#include "http/json.h"
#include "rps/assistants.h"
#include "rps/rps_parts.h"

#define REQUEST_LIMIT ((size_t)128 * 1024)

/* A key and a value that go behind what all requests have. */
struct extra {
    const char *key;
    struct slice value; /* .data NULL: null */
};

static const char *tenant_of(struct rps_session *session)
{
    return arena_string(&session->arena, session->request.tenant);
}

bool rps_assistant_is_there(struct rps_session *session)
{
    return rps_assistant_is_connected(session->shard->rps, tenant_of(session));
}

static void put(struct json_writer *json, const char *key, struct slice value)
{
    json_put_key(json, key);
    if (value.data == NULL)
        json_put_null(json);
    else
        json_put_string_slice(json, value);
}

/* The name by which the directory knows the computer: the system's own where the agent told it. */
static struct slice name_of(const struct rps_request *request)
{
    struct slice name = request->host_name_os.size > 0 ? request->host_name_os : request->host_name;
    return name.size > 0 ? name : SLICE_LITERAL("");
}

/* spec rps 5.7 */
static void put_request(struct buffer *out, const struct rps_session *session,
                        const char *subaction, int protocol, const struct extra *extras,
                        size_t count)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "action", "satellite");
    json_put_member_string(&json, "subaction", subaction);
    json_put_member_int(&json, "satelliteFlags", 2);
    json_put_member_string(&json, "nodeid", session->id);
    json_put_member_string(&json, "domain", "");
    json_put_member_string(&json, "reqid", "");
    json_put_member_int(&json, "authProtocol", protocol);
    json_put_member_string(&json, "osname", "win11");
    put(&json, "devname", name_of(&session->request));
    json_put_member_int(&json, "icon", 1);
    for (size_t i = 0; i < count; i++)
        put(&json, extras[i].key, extras[i].value);
    json_put_member_string(&json, "ver", "");
    json_close_object(&json);
}

static struct slice text_of(struct arena *arena, const json_t *response, const char *key)
{
    const json_t *value = json_object_get(response, key);
    if (!json_is_string(value))
        return (struct slice){NULL, 0};
    return arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
}

static bool ask(struct rps_session *session, struct arena *arena, const char *subaction,
                int protocol, const struct extra *extras, size_t count,
                struct rps_assistant_answer *answer, struct error *err)
{
    struct buffer request;
    struct error why = {ERROR_NONE, ""};
    buffer_init(&request, REQUEST_LIMIT);
    put_request(&request, session, subaction, protocol, extras, count);
    json_t *response = NULL;
    if (buffer_ok(&request))
        response = rps_assistant_ask(session->shard->rps, tenant_of(session), session->id,
                                     buffer_slice(&request), &why);
    else
        (void)error_set(&why, ERROR_TOO_LARGE, "the request is too large");
    buffer_fini(&request);
    if (response == NULL && why.code == ERROR_TIMEOUT)
        return error_set(err, ERROR_TIMEOUT, "Enterprise Assistant Timeout"); /* spec rps 2.9 */
    if (response == NULL) {
        if (err != NULL)
            *err = why;
        return false;
    }
    *answer = (struct rps_assistant_answer){
        .username = text_of(arena, response, "username"),
        .password = text_of(arena, response, "password"),
        .root_certificate = text_of(arena, response, "rootcert"),
        .certificate = text_of(arena, response, "certificate"),
        .key_instance_id = text_of(arena, response, "keyInstanceId"),
        .csr = text_of(arena, response, "csr"),
    };
    http_json_wipe(response);
    json_decref(response);
    return true;
}

static bool has(struct slice value, const char *what, struct error *err)
{
    return value.size > 0 ||
           error_set(err, ERROR_PROTOCOL, "the Enterprise Assistant's answer has no %s", what);
}

bool rps_assistant_profile(struct rps_session *session, struct arena *arena, int protocol,
                           struct rps_assistant_answer *answer, struct error *err)
{
    static const struct extra extras[] = {{"cert", {NULL, 0}}, {"certid", {NULL, 0}}};
    if (!ask(session, arena, "802.1x-ProFile-Request", protocol, extras, 2, answer, err))
        return false;
    return protocol == 0 ||
           (has(answer->username, "username", err) && has(answer->password, "password", err) &&
            has(answer->root_certificate, "rootcert", err));
}

bool rps_assistant_key(struct rps_session *session, struct arena *arena, struct slice key,
                       struct slice key_instance_id, struct rps_assistant_answer *answer,
                       struct error *err)
{
    const struct extra extras[] = {{"DERKey", key}, {"keyInstanceId", key_instance_id}};
    return ask(session, arena, "802.1x-KeyPair-Response", 0, extras, 2, answer, err) &&
           has(answer->key_instance_id, "keyInstanceId", err) && has(answer->csr, "csr", err);
}

bool rps_assistant_certificate(struct rps_session *session, struct arena *arena,
                               struct slice signed_csr, struct rps_assistant_answer *answer,
                               struct error *err)
{
    const struct extra extras[] = {{"signedcsr", signed_csr}};
    return ask(session, arena, "802.1x-CSR-Response", 0, extras, 1, answer, err) &&
           has(answer->certificate, "certificate", err) &&
           has(answer->root_certificate, "rootcert", err);
}
