#include "access/token.h"

#include "core/encoding.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/memory.h"

#include <cjose/cjose.h>
#include <stdlib.h>
#include <string.h>

/* Headers and payloads are flat; "crit" is a list. */
#define DEPTH_LIMIT 4

struct token_key {
    cjose_jwk_t *jwk; /* only read after it is made */
};

struct token_key *token_key_new(struct slice secret, struct error *err)
{
    cjose_err cause;
    cjose_jwk_t *jwk =
        secret.size == 0 ? NULL : cjose_jwk_create_oct_spec(secret.data, secret.size, &cause);
    if (jwk == NULL) {
        (void)error_set(err, ERROR_INVALID, "the secret for tokens cannot be used");
        return NULL;
    }
    struct token_key *key = memory_new(sizeof *key);
    key->jwk = jwk;
    return key;
}

void token_key_free(struct token_key *key)
{
    if (key == NULL)
        return;
    cjose_jwk_release(key->jwk);
    free(key);
}

static void write_payload(struct buffer *out, const struct token_claims *claims)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_open_object(&json);
    json_put_member_string(&json, "tenantId", claims->tenant_id);
    json_put_member_string(&json, "iss", claims->issuer);
    json_put_member_string(&json, "deviceId", claims->device_id);
    json_put_member_int(&json, "exp", claims->expires_s);
    if (claims->subject != NULL)
        json_put_member_string(&json, "sub", claims->subject);
    if (claims->origin != NULL)
        json_put_member_string(&json, "origin", claims->origin);
    if (claims->issued_s != 0)
        json_put_member_int(&json, "iat", claims->issued_s);
    if (claims->id != NULL)
        json_put_member_string(&json, "jti", claims->id);
    json_close_object(&json);
}

bool token_sign(const struct token_key *key, struct arena *arena, const struct token_claims *claims,
                struct slice *token, struct error *err)
{
    struct buffer payload;
    buffer_init(&payload, TOKEN_LIMIT / 2);
    write_payload(&payload, claims);
    cjose_err cause;
    cjose_header_t *header = cjose_header_new(&cause);
    cjose_jws_t *jws = NULL;
    const char *text;
    bool ok = false;
    if (buffer_ok(&payload) && header != NULL &&
        cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &cause) &&
        cjose_header_set(header, "typ", "JWT", &cause)) {
        struct slice bytes = buffer_slice(&payload);
        jws = cjose_jws_sign(key->jwk, header, bytes.data, bytes.size, &cause);
    }
    if (jws != NULL && cjose_jws_export(jws, &text, &cause)) {
        *token = arena_copy(arena, slice_of_string(text));
        ok = true;
    } else {
        (void)error_set(err, ERROR_INTERNAL, "the token cannot be signed");
    }
    if (jws != NULL)
        cjose_jws_release(jws);
    cjose_header_release(header);
    buffer_fini(&payload);
    return ok;
}

/* Three parts of base64url, none empty, nothing else; the bytes of the first are the header. */
static bool read_form(struct slice token, struct arena *arena, struct slice *header)
{
    if (token.size == 0 || token.size > TOKEN_LIMIT)
        return false;
    struct slice rest = token;
    struct slice parts[3] = {slice_split(&rest, '.'), slice_split(&rest, '.'), rest};
    for (size_t i = 0; i < 3; i++) {
        struct slice bytes;
        if (!encoding_base64url_decode(arena, parts[i], &bytes) || bytes.size == 0)
            return false;
        if (i == 0)
            *header = bytes;
    }
    return true;
}

/* Only HS256, whatever the header asks for, and no extension that must be understood. The header
 * is read here before cjose parses it, which has no bound on nesting: nobody has signed it yet. */
static bool header_ok(struct slice text)
{
    json_t *header = json_reader_parse(text, DEPTH_LIMIT, NULL);
    const char *algorithm = json_string_value(json_object_get(header, CJOSE_HDR_ALG));
    bool ok = algorithm != NULL && strcmp(algorithm, CJOSE_HDR_ALG_HS256) == 0 &&
              json_object_get(header, "crit") == NULL;
    json_decref(header);
    return ok;
}

static const char *text_claim(const json_t *payload, const char *name, struct arena *arena)
{
    const json_t *value = json_object_get(payload, name);
    if (!json_is_string(value))
        return NULL;
    struct slice text = slice_of(json_string_value(value), json_string_length(value));
    return slice_index_of(text, '\0') < text.size ? NULL : arena_string(arena, text);
}

static bool read_claims(struct slice text, struct arena *arena, struct token_claims *claims)
{
    json_t *payload = json_reader_parse(text, DEPTH_LIMIT, NULL);
    const json_t *expires = json_object_get(payload, "exp");
    *claims = (struct token_claims){.issuer = text_claim(payload, "iss", arena),
                                    .device_id = text_claim(payload, "deviceId", arena),
                                    .tenant_id = text_claim(payload, "tenantId", arena),
                                    .subject = text_claim(payload, "sub", arena),
                                    .origin = text_claim(payload, "origin", arena)};
    bool ok = json_is_integer(expires) && claims->issuer != NULL && claims->device_id != NULL;
    if (ok)
        claims->expires_s = json_integer_value(expires);
    /* A token of another issuer of the same secret may leave the tenant out. */
    if (json_object_get(payload, "tenantId") == NULL)
        claims->tenant_id = "";
    /* It opens nothing: one that is no name is as good as none. */
    if (claims->subject != NULL && strlen(claims->subject) > TOKEN_USER)
        claims->subject = NULL;
    ok = ok && claims->tenant_id != NULL && strlen(claims->tenant_id) <= TOKEN_TENANT;
    json_decref(payload);
    return ok;
}

bool token_verify(const struct token_key *key, struct arena *arena, struct slice token,
                  struct token_claims *claims, struct error *err)
{
    cjose_err cause;
    cjose_jws_t *jws = NULL;
    struct slice header;
    if (read_form(token, arena, &header) && header_ok(header))
        jws = cjose_jws_import((const char *)token.data, token.size, &cause);
    uint8_t *text;
    size_t size;
    bool ok = jws != NULL && cjose_jws_verify(jws, key->jwk, &cause) &&
              cjose_jws_get_plaintext(jws, &text, &size, &cause) &&
              read_claims(slice_of(text, size), arena, claims);
    if (jws != NULL)
        cjose_jws_release(jws);
    return ok || error_set(err, ERROR_UNAUTHORIZED, "the token is not valid");
}
