#include "http/digest.h"

#include "core/buffer.h"
#include "core/encoding.h"
#include "core/memory.h"
#include "core/random.h"
#include "http/header.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MD5_SIZE 16

/* Fetched once: OpenSSL 3 otherwise looks the algorithm up under a lock for every digest. */
static EVP_MD *md5;
static pthread_once_t md5_once = PTHREAD_ONCE_INIT;

static void fetch_md5(void)
{
    md5 = EVP_MD_fetch(NULL, "MD5", NULL);
}

/* MD5 of the parts joined by ':' in lower-case hexadecimal. Without MD5 in this OpenSSL (FIPS) no
 * AMT device can be talked to at all, which is worth an abort with a message. */
static void hash(const struct slice *parts, size_t count, char hex[HTTP_DIGEST_HEX_SIZE])
{
    uint8_t digest[MD5_SIZE];
    pthread_once(&md5_once, fetch_md5);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = md5 != NULL && context != NULL && EVP_DigestInit_ex2(context, md5, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = (i == 0 || EVP_DigestUpdate(context, ":", 1) == 1) &&
             EVP_DigestUpdate(context, parts[i].data, parts[i].size) == 1;
    ok = ok && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!ok) {
        (void)fprintf(stderr, "fatal: this OpenSSL has no MD5, which AMT's digest needs\n");
        abort();
    }
    encoding_hex(slice_of(digest, sizeof digest), hex);
    memory_wipe(digest, sizeof digest);
}

void http_digest_ha1(struct slice user, struct slice realm, struct slice password,
                     char ha1[HTTP_DIGEST_HEX_SIZE])
{
    hash((struct slice[]){user, realm, password}, 3, ha1);
}

void http_digest_response(const char *ha1, struct slice nonce, struct slice nc, struct slice cnonce,
                          struct slice qop, const char *method, struct slice uri,
                          char response[HTTP_DIGEST_HEX_SIZE])
{
    char ha2[HTTP_DIGEST_HEX_SIZE];
    hash((struct slice[]){slice_of_string(method), uri}, 2, ha2);
    struct slice first = slice_of_string(ha1);
    struct slice last = slice_of_string(ha2);
    if (qop.size == 0)
        hash((struct slice[]){first, nonce, last}, 3, response);
    else
        hash((struct slice[]){first, nonce, nc, cnonce, qop, last}, 6, response);
}

void http_digest_fini(struct http_digest *digest)
{
    free(digest->realm);
    free(digest->nonce);
    free(digest->opaque);
    *digest = (struct http_digest){.count = 0};
}

bool http_digest_ready(const struct http_digest *digest)
{
    return digest->realm != NULL && digest->nonce != NULL;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct slice *s)
{
    while (s->size > 0 && is_blank(s->data[0]))
        *s = slice_from(*s, 1);
}

/* A run of characters up to a blank, comma, '=' or quote. */
static struct slice take_token(struct slice *s)
{
    size_t size = 0;
    while (size < s->size && !is_blank(s->data[size]) && s->data[size] != ',' &&
           s->data[size] != '=' && s->data[size] != '"')
        size++;
    struct slice token = slice_first(*s, size);
    *s = slice_from(*s, size);
    return token;
}

/* The inside of a quoted string, escapes left in. */
static bool take_quoted(struct slice *s, struct slice *value)
{
    size_t size = 1;
    while (size < s->size && s->data[size] != '"')
        size += s->data[size] == '\\' ? 2 : 1;
    if (size >= s->size)
        return false;
    *value = slice_of(s->data + 1, size - 1);
    *s = slice_from(*s, size + 1);
    return true;
}

/* Takes the next element of a comma-separated list of parameters: "name=value" or "name="value"".
 * A word without '=' is the scheme of another challenge: `value` is empty and `is_scheme` set.
 * False at the end and on anything else. */
static bool take_parameter(struct slice *s, struct slice *name, struct slice *value,
                           bool *is_scheme)
{
    skip_blanks(s);
    while (s->size > 0 && s->data[0] == ',') {
        *s = slice_from(*s, 1);
        skip_blanks(s);
    }
    *name = take_token(s);
    *value = (struct slice){NULL, 0};
    *is_scheme = false;
    if (name->size == 0)
        return false;
    bool blank = s->size > 0 && is_blank(s->data[0]);
    skip_blanks(s);
    if (s->size == 0 || s->data[0] != '=') {
        *is_scheme = true;
        return blank || s->size == 0 || s->data[0] == ',';
    }
    *s = slice_from(*s, 1);
    skip_blanks(s);
    if (s->size > 0 && s->data[0] == '"') {
        if (!take_quoted(s, value))
            return false;
    } else {
        size_t size = slice_index_of(*s, ',');
        *value = slice_trim(slice_first(*s, size));
        *s = slice_from(*s, size);
    }
    skip_blanks(s);
    return s->size == 0 || s->data[0] == ',';
}

/* Where each parameter of a digest header goes. */
struct field {
    const char *name;
    struct slice *value;
};

/* Reads the Digest parameters of `header` into `fields`, unknown ones ignored. Other schemes may
 * stand before and after when `others` is set. False when there is no Digest, a parameter comes
 * twice or is malformed. */
static bool read_parameters(struct slice header, bool others, const struct field *fields,
                            size_t count)
{
    bool digest = false;
    struct slice name;
    struct slice value;
    bool is_scheme;
    header = slice_trim(header);
    while (header.size > 0) {
        if (!take_parameter(&header, &name, &value, &is_scheme))
            return false;
        if (is_scheme) {
            if (digest)
                return others;
            digest = slice_equal_ignore_case(name, SLICE_LITERAL("Digest"));
            if (!digest && !others)
                return false;
            continue;
        }
        for (size_t i = 0; digest && i < count; i++) {
            if (!slice_equal_ignore_case(name, slice_of_string(fields[i].name)))
                continue;
            if (fields[i].value->data != NULL)
                return false;
            *fields[i].value = value;
        }
    }
    return digest;
}

/* The text inside quotes with its escapes taken away, as a heap copy. */
static char *unescape(struct slice s)
{
    char *text = memory_string(s);
    size_t size = 0;
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] == '\\' && i + 1 < s.size)
            i++;
        text[size++] = (char)s.data[i];
    }
    text[size] = '\0';
    return text;
}

static bool is_text(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] < 0x20 || s.data[i] == 0x7f)
            return false;
    return s.size <= HTTP_DIGEST_TEXT_LIMIT;
}

bool http_digest_challenge(struct http_digest *digest, struct slice header, struct error *err)
{
    struct slice realm = {NULL, 0};
    struct slice nonce = {NULL, 0};
    struct slice opaque = {NULL, 0};
    struct slice qop = {NULL, 0};
    struct slice stale = {NULL, 0};
    struct slice algorithm = {NULL, 0};
    const struct field fields[] = {
        {"realm", &realm}, {"nonce", &nonce}, {"opaque", &opaque},
        {"qop", &qop},     {"stale", &stale}, {"algorithm", &algorithm},
    };
    if (!read_parameters(header, true, fields, sizeof fields / sizeof fields[0]))
        return error_set(err, ERROR_PROTOCOL, "the challenge is no digest challenge");
    if (realm.data == NULL || nonce.size == 0)
        return error_set(err, ERROR_PROTOCOL, "the digest challenge has no realm or no nonce");
    if (!is_text(realm) || !is_text(nonce) || !is_text(opaque))
        return error_set(err, ERROR_PROTOCOL, "the digest challenge has an unusable parameter");
    if (algorithm.size > 0 && !slice_equal_ignore_case(algorithm, SLICE_LITERAL("MD5")))
        return error_set(err, ERROR_PROTOCOL, "the digest challenge asks for another algorithm");
    if (qop.size > 0 && !http_header_has_token(qop, "auth"))
        return error_set(err, ERROR_PROTOCOL, "the digest challenge does not offer qop auth");
    char *new_nonce = unescape(nonce);
    bool same = digest->nonce != NULL &&
                slice_equal(slice_of_string(new_nonce), slice_of_string(digest->nonce));
    uint32_t count = same ? digest->count : 0; /* a count must never repeat under one nonce */
    http_digest_fini(digest);
    digest->realm = unescape(realm);
    digest->nonce = new_nonce;
    digest->opaque = opaque.data == NULL ? NULL : unescape(opaque);
    digest->qop_auth = qop.size > 0;
    digest->stale = slice_equal_ignore_case(stale, SLICE_LITERAL("true"));
    digest->count = count;
    return true;
}

static void put_parameter(struct buffer *to, const char *name, struct slice value)
{
    if (buffer_size(to) > sizeof "Digest " - 1)
        buffer_put_u8(to, ',');
    buffer_put_text(to, name);
    buffer_put_text(to, "=\"");
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = value.data[i];
        if (c == '"' || c == '\\')
            buffer_put_u8(to, '\\');
        buffer_put_u8(to, c < 0x20 || c == 0x7f ? '?' : c);
    }
    buffer_put_u8(to, '"');
}

char *http_digest_authorization(struct http_digest *digest, struct arena *arena, struct slice user,
                                struct slice password, const char *method, const char *uri)
{
    char ha1[HTTP_DIGEST_HEX_SIZE];
    char response[HTTP_DIGEST_HEX_SIZE];
    char nc[9];
    char cnonce[17];
    struct slice realm = slice_of_string(digest->realm);
    struct slice nonce = slice_of_string(digest->nonce);
    struct slice qop = digest->qop_auth ? SLICE_LITERAL("auth") : SLICE_LITERAL("");
    struct buffer text;
    digest->count++;
    (void)snprintf(nc, sizeof nc, "%08x", (unsigned)digest->count);
    random_text(cnonce, sizeof cnonce - 1);
    http_digest_ha1(user, realm, password, ha1);
    http_digest_response(ha1, nonce, slice_of_string(nc), slice_of_string(cnonce), qop, method,
                         slice_of_string(uri), response);
    memory_wipe(ha1, sizeof ha1);

    buffer_init(&text, (size_t)16 * 1024);
    buffer_put_text(&text, "Digest ");
    put_parameter(&text, "username", user);
    put_parameter(&text, "realm", realm);
    put_parameter(&text, "nonce", nonce);
    put_parameter(&text, "uri", slice_of_string(uri));
    if (digest->qop_auth)
        put_parameter(&text, "qop", qop);
    put_parameter(&text, "response", slice_of_string(response));
    if (digest->qop_auth) {
        put_parameter(&text, "nc", slice_of_string(nc));
        put_parameter(&text, "cnonce", slice_of_string(cnonce));
    }
    if (digest->opaque != NULL)
        put_parameter(&text, "opaque", slice_of_string(digest->opaque));
    char *value = arena_string(arena, buffer_slice(&text));
    buffer_fini(&text);
    return value;
}

bool http_digest_parse_authorization(struct slice header, struct http_digest_parts *parts)
{
    *parts = (struct http_digest_parts){.username = {NULL, 0}};
    const struct field fields[] = {
        {"username", &parts->username},
        {"realm", &parts->realm},
        {"nonce", &parts->nonce},
        {"uri", &parts->uri},
        {"qop", &parts->qop},
        {"response", &parts->response},
        {"nc", &parts->nc},
        {"cnonce", &parts->cnonce},
        {"opaque", &parts->opaque},
        {"algorithm", &parts->algorithm},
    };
    return read_parameters(header, false, fields, sizeof fields / sizeof fields[0]);
}
