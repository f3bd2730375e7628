#include "mps/routes/credential_body.h"

#include "http/validate.h"
#include "io/credential.h"
#include "mps/routes/body_value.h"

/* False when an answer has been given. An absent or empty member leaves *der as it is. */
static bool read_certificate(struct http_exchange *exchange, const char *key, const char *path,
                             struct io_credential_certificate *certificate)
{
    struct slice bytes;
    struct error ignored;
    struct slice text = body_value_text(json_object_get(exchange->json, "ieee8021x"), key);
    if (text.size == 0)
        return true;
    if (body_value_blob(exchange->arena, text, &bytes) &&
        io_credential_certificate(exchange->arena, bytes, certificate, &ignored))
        return true;
    http_answer_invalid(exchange, path, "Invalid certificate format (not valid DER or PEM)");
    return false;
}

static bool read_key(struct http_exchange *exchange, struct io_credential_key *key)
{
    struct slice bytes;
    struct error ignored;
    struct slice text = body_value_text(json_object_get(exchange->json, "ieee8021x"), "privateKey");
    if (text.size == 0)
        return true;
    if (body_value_blob(exchange->arena, text, &bytes) &&
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
    if (client.der.size > 0 && key.public_der.size > 0 && !io_credential_match(&client, &key)) {
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
