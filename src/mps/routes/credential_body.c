#include "mps/routes/credential_body.h"

#include "http/body_value.h"
#include "http/validate.h"
#include "io/credential.h"

/* No document of Intel's says how long they may be; these bounds are ours. Bytes. */
#define USERNAME_LIMIT 128
#define PASSWORD_LIMIT 128

/* False when an answer has been given. An absent or empty member leaves *der as it is. */
static bool read_certificate(struct http_exchange *exchange, const char *key, const char *path,
                             struct io_credential_certificate *certificate)
{
    struct slice bytes;
    struct error ignored;
    struct slice text = http_body_value_text(json_object_get(exchange->json, "ieee8021x"), key);
    if (text.size == 0)
        return true;
    if (http_body_value_blob(exchange->arena, text, &bytes) &&
        io_credential_certificate(exchange->arena, bytes, certificate, &ignored))
        return true;
    http_answer_invalid(exchange, path, "Invalid certificate format (not valid DER or PEM)");
    return false;
}

static bool read_key(struct http_exchange *exchange, struct io_credential_key *key)
{
    struct slice bytes;
    struct error ignored;
    struct slice text =
        http_body_value_text(json_object_get(exchange->json, "ieee8021x"), "privateKey");
    if (text.size == 0)
        return true;
    if (http_body_value_blob(exchange->arena, text, &bytes) &&
        io_credential_key(exchange->arena, bytes, key, &ignored))
        return true;
    http_answer_invalid(exchange, "ieee8021x.privateKey",
                        "Invalid private key format (no RSA key in DER or PEM)");
    return false;
}

bool credential_body_read(struct http_exchange *exchange, struct amt_credential *credential)
{
    struct io_credential_certificate client = {.expires_ms = 0};
    struct io_credential_certificate ca = {.expires_ms = 0};
    struct io_credential_key key = {.private_der = {NULL, 0}};
    if (!read_certificate(exchange, "clientCert", "ieee8021x.clientCert", &client) ||
        !read_key(exchange, &key) || !read_certificate(exchange, "caCert", "ieee8021x.caCert", &ca))
        return false;
    if ((client.der.size > 0) != (key.public_der.size > 0)) {
        http_answer_invalid(exchange,
                            client.der.size > 0 ? "ieee8021x.privateKey" : "ieee8021x.clientCert",
                            "clientCert and privateKey are needed together");
        return false;
    }
    if (client.der.size > 0 && !io_credential_match(&client, &key)) {
        http_answer_invalid(exchange, "ieee8021x.privateKey",
                            "privateKey does not belong to clientCert");
        return false;
    }
    credential->certificate = client.der;
    credential->private_key = key.private_der;
    credential->public_key = key.public_der;
    credential->ca_certificate = ca.der;
    return true;
}

bool credential_body_has_control(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    return false;
}

/* A limit of 0: base64, which is read elsewhere. */
static bool check_text(struct http_exchange *exchange, const char *key, size_t limit)
{
    const json_t *settings = json_object_get(exchange->json, "ieee8021x");
    struct slice text = http_body_value_text(settings, key);
    const char *path = arena_printf(exchange->arena, "ieee8021x.%s", key);
    const char *problem = NULL;
    if (!http_body_value_is_given(settings, key))
        return true;
    if (!json_is_string(json_object_get(settings, key)))
        problem = arena_printf(exchange->arena, "%s must be text", path);
    else if (limit > 0 && text.size > limit)
        problem = arena_printf(exchange->arena, "%s must have at most %zu bytes", path, limit);
    else if (limit > 0 && credential_body_has_control(text))
        problem = arena_printf(exchange->arena, "%s must not have control characters", path);
    if (problem != NULL)
        http_answer_invalid(exchange, path, problem);
    return problem == NULL;
}

bool credential_body_check(struct http_exchange *exchange)
{
    if (!http_body_value_is_given(exchange->json, "ieee8021x"))
        return true;
    if (!json_is_object(json_object_get(exchange->json, "ieee8021x"))) {
        http_answer_invalid(exchange, "ieee8021x", "ieee8021x must be an object");
        return false;
    }
    return check_text(exchange, "username", USERNAME_LIMIT) &&
           check_text(exchange, "password", PASSWORD_LIMIT) &&
           check_text(exchange, "clientCert", 0) && check_text(exchange, "privateKey", 0) &&
           check_text(exchange, "caCert", 0);
}

bool credential_body_suffices(struct http_exchange *exchange, bool by_certificate)
{
    static const char *const needed[2][3] = {{"password", NULL, NULL},
                                             {"clientCert", "privateKey", NULL}};
    const json_t *settings = json_object_get(exchange->json, "ieee8021x");
    for (const char *const *key = needed[by_certificate ? 1 : 0]; *key != NULL; key++) {
        if (http_body_value_text(settings, *key).size > 0)
            continue;
        const char *path = arena_printf(exchange->arena, "ieee8021x.%s", *key);
        http_answer_invalid(
            exchange, path,
            arena_printf(exchange->arena, "%s is required for this authenticationProtocol", path));
        return false;
    }
    return true;
}
