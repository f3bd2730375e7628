#include "obctl/relay.h"

#include "http/websocket.h"
#include "io/fiber.h"
#include "redir/login.h"

#include <string.h>

#define OPEN_MS \
    40000 /* the server asks the device, and for 10 s each waits for its port and login */

/* How the server's sentence begins (docs/protocol-redirection.md). */
#define CONSENT_MISSING "user consent is required: "

struct session {
    struct arena *arena;
    const char *guid;
    const char *token;
    enum redir_kind kind;
    obctl_relay_talk *talk;
    void *arg;
};

static const char *fetch_token(struct obctl *obctl, const char *guid, struct error *err)
{
    struct obctl_answer answer;
    char *target = arena_printf(obctl->arena, "/api/v1/authorize/redirection/%s", guid);
    if (!obctl_api_call(obctl->api, obctl->arena, "GET", target, (struct slice){0}, &answer, err))
        return NULL;
    const char *token = json_string_value(json_object_get(answer.json, "token"));
    if (token == NULL)
        error_set(err, ERROR_PROTOCOL, "the server's answer has no token for redirection");
    else
        token = arena_string(obctl->arena, slice_of_string(token));
    obctl_answer_fini(&answer);
    return token;
}

enum error_code obctl_relay_error_of(uint16_t code, const char *reason)
{
    switch (code) {
    case HTTP_WEBSOCKET_REFUSED: /* two things that only the sentence tells apart */
        return strncmp(reason, CONSENT_MISSING, sizeof CONSENT_MISSING - 1) == 0 ? ERROR_CONFLICT
                                                                                 : ERROR_FORBIDDEN;
    case HTTP_WEBSOCKET_TRY_LATER:
        return ERROR_BUSY;
    case HTTP_WEBSOCKET_INTERNAL:
        return ERROR_DEVICE;
    default:
        return ERROR_CONNECTION;
    }
}

/* What the server said when it closed is worth more than that it closed. */
static void explain(struct io_stream *stream, struct error *err)
{
    char reason[HTTP_WEBSOCKET_REASON_SIZE];
    uint16_t code;
    if (err->code != ERROR_CONNECTION || !http_websocket_closed_by(stream, &code, reason) ||
        reason[0] == '\0')
        return;
    error_set(err, obctl_relay_error_of(code, reason), "%s", reason);
}

static struct io_stream *open_socket(struct obctl_api *api, const struct session *session,
                                     struct error *err)
{
    char *target = arena_printf(session->arena,
                                "/relay/webrelay.ashx?p=2&host=%s&port=%u&tls=0&tls1only=0&mode=%s",
                                session->guid, REDIR_PORT, redir_kind_name(session->kind));
    struct io_stream *plain = obctl_api_connect(api, err);
    if (plain == NULL)
        return NULL;
    return http_websocket_open(plain, obctl_api_authority(api), target, session->token, NULL, err);
}

static bool carry_out(struct obctl_api *api, void *arg, struct error *err)
{
    const struct session *session = arg;
    const struct slice nobody = {0}; /* the relay has the credentials */
    uint64_t outer = io_deadline_within(OPEN_MS);
    struct io_stream *stream = open_socket(api, session, err);
    bool ok = stream != NULL && redir_login(stream, session->kind, nobody, nobody, err);
    io_deadline_restore(outer);
    ok = ok && session->talk(stream, session->arg, err);
    if (!ok && stream != NULL)
        explain(stream, err);
    io_stream_close(stream);
    return ok;
}

bool obctl_relay_run(struct obctl *obctl, const char *guid, enum redir_kind kind,
                     obctl_relay_talk *talk, void *arg, struct error *err)
{
    struct session session = {
        .arena = obctl->arena, .guid = guid, .kind = kind, .talk = talk, .arg = arg};
    session.token = fetch_token(obctl, guid, err);
    return session.token != NULL && obctl_api_run(obctl->api, carry_out, &session, err);
}
