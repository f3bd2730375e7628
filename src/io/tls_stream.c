#include "io/tls_stream.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop_uv.h"
#include "io/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define HANDSHAKE_MS 20000
#define AUTH_LEVEL   2    /* OpenSSL's: 112 bits, so RSA from 2,048 on */
#define PIECE        4096 /* most encrypted bytes that are taken from the stream inside at a time */
#define WRITE_MOST   16384 /* plain bytes of a record */
#define ANSWERS_MOST 16384 /* bytes that may wait until the writer's have gone */

struct tls_stream {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    SSL *ssl;
    BIO *in;    /* what the peer sent, for OpenSSL to read; OpenSSL's */
    BIO *out;   /* what OpenSSL wrote and has yet to be sent; ours and OpenSSL's */
    BIO *spare; /* takes its place while a fiber sends, since the other may write meanwhile; ours */
    bool sending;           /* a fiber writes to `inner` */
    bool fetching;          /* a fiber reads `inner` */
    struct io_wait sent;    /* the reader has sent */
    struct io_wait fetched; /* the other fiber has fetched */
    uint8_t pin[IO_TLS_PIN_SIZE];
    bool pinned;
    bool any;
    bool named;
    const char *advice; /* "" or what else to say of a chain that is refused */
    bool (*check)(void *context, const struct slice *chain, size_t count, struct error *err);
    void *check_context;
    bool rooted;      /* a chain to the roots of its own is enough */
    bool established; /* and neither side has ended it */
    bool broken;      /* bytes of a record may be lost: of no further use */
    struct error why; /* the certificate was refused, or what broke it */
};

/* ---- the certificate ---- */

static bool is_pinned(struct tls_stream *s, X509 *leaf)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char text[2 * EVP_MAX_MD_SIZE + 1];
    if (X509_digest(leaf, EVP_sha256(), digest, &size) != 1 || size != IO_TLS_PIN_SIZE)
        return error_set(&s->why, ERROR_INTERNAL, "the certificate's hash cannot be computed");
    if (slice_equal_secret(slice_of(digest, size), slice_of(s->pin, IO_TLS_PIN_SIZE)))
        return true;
    encoding_hex(slice_of(digest, size), text);
    return error_set(&s->why, ERROR_CONNECTION,
                     "the peer's certificate is not the pinned one, its SHA-256 is %s", text);
}

/* Of what AUTH_LEVEL refuses, one thing is let through: signatures with SHA-1, because sites have
 * given their devices such certificates and firmware lives long. To forge one takes a collision
 * that the site's own CA signs. */
static int forgive_sha1(int ok, X509_STORE_CTX *context)
{
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    int digest = NID_undef;
    if (ok == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_CA_MD_TOO_WEAK ||
        certificate == NULL ||
        X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) != 1 || digest != NID_sha1)
        return ok;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* The connection is at security level 0 for the sake of old ciphers; the chain is not. */
static bool is_trusted(struct tls_stream *s, X509_STORE_CTX *context)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    if (!s->named && !s->rooted)
        return error_set(&s->why, ERROR_CONNECTION, "no certificate of this peer is trusted");
    X509_VERIFY_PARAM_set_auth_level(rules, AUTH_LEVEL);
    if (s->rooted && (X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY) != 1 ||
                      X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) != 1))
        return error_set(&s->why, ERROR_INTERNAL, "the certificate cannot be checked");
    X509_STORE_CTX_set_verify_cb(context, forgive_sha1);
    if (X509_verify_cert(context) == 1)
        return true;
    return error_set(&s->why, ERROR_CONNECTION, "the peer's certificate is refused: %s%s",
                     X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)), s->advice);
}

/* Shows the chain to whoever is to be asked too. */
static bool is_taken(struct tls_stream *s, X509_STORE_CTX *context)
{
    const STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(context);
    struct slice chain[IO_TLS_CHAIN_LIMIT];
    size_t count = 0;
    int size = sk_X509_num(shown);
    bool ok = size > 0 && size <= IO_TLS_CHAIN_LIMIT;
    if (s->check == NULL)
        return true;
    while (ok && count < (size_t)size) {
        unsigned char *der = NULL;
        int length = i2d_X509(sk_X509_value(shown, (int)count), &der);
        ok = length > 0;
        if (ok)
            chain[count++] = slice_of(der, (size_t)length);
    }
    if (ok)
        ok = s->check(s->check_context, chain, count, &s->why);
    else
        (void)error_set(&s->why, ERROR_CONNECTION, "the peer shows %d certificates", size);
    while (count > 0)
        OPENSSL_free((void *)chain[--count].data);
    return ok;
}

int tls_stream_check(X509_STORE_CTX *context, void *arg)
{
    (void)arg;
    SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_stream *s = ssl == NULL ? NULL : SSL_get_app_data(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(context);
    bool ok = false;
    if (s == NULL || leaf == NULL)
        ok = false;
    else if (s->pinned)
        ok = is_pinned(s, leaf);
    else
        ok = is_taken(s, context) && (s->any || is_trusted(s, context));
    X509_STORE_CTX_set_error(context, ok ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return ok;
}

/* ---- records ---- */

static bool fail(const struct tls_stream *s, struct error *err)
{
    if (err != NULL)
        *err = s->why;
    return false;
}

static bool break_off(struct tls_stream *s, const struct error *why, struct error *err)
{
    s->broken = true;
    s->why = *why;
    return fail(s, err);
}

/* Makes `to` what OpenSSL writes into. */
static void write_into(struct tls_stream *s, BIO *to)
{
    if (s->out == to)
        return;
    s->spare = s->out;
    s->out = to;
    (void)BIO_up_ref(to);
    SSL_set0_wbio(s->ssl, to);
}

/* Sends what OpenSSL has written, unless the other fiber is sending: then that one goes on with it.
 * Cut off in a record, the stream is broken. */
static bool flush(struct tls_stream *s, struct error *err)
{
    while (!s->sending && !s->broken) {
        char *bytes = NULL;
        struct error why;
        BIO *full = s->out;
        long size = BIO_get_mem_data(full, &bytes);
        if (size <= 0)
            return true;
        write_into(s, s->spare);
        s->sending = true;
        bool ok = io_stream_write(s->inner, slice_of(bytes, (size_t)size), &why);
        s->sending = false;
        io_signal(&s->sent);
        if (!ok)
            return break_off(s, &why, err);
        (void)BIO_reset(full);
        if (BIO_pending(s->out) == 0) /* so that only one of the two grows to a record's size */
            write_into(s, full);
    }
    return true;
}

/* The same for the writer, whose bytes must have left: waits for the reader to send what it has to
 * (an alert, new keys), and sends the rest. */
static bool flush_all(struct tls_stream *s, struct error *err)
{
    while (flush(s, err) && !s->broken) {
        if (!s->sending)
            return true;
        if (!io_wait_for(&s->sent, IO_FOREVER, err))
            return false;
    }
    return fail(s, err);
}

/* A peer that takes nothing while it asks for new keys, again and again, would have us keep an
 * answer to each: what it says is not read on before it has taken some. Only the writer can be
 * sending here. */
static bool send_answers(struct tls_stream *s, struct error *err)
{
    if (!flush(s, err))
        return false;
    while (s->sending && !s->broken && BIO_pending(s->out) > ANSWERS_MOST)
        if (!io_wait_for(&s->sent, IO_FOREVER, err))
            return false;
    return !s->broken || fail(s, err);
}

/* Waits for bytes of the peer, or for the other fiber to have got some. What fails for lack of time
 * only may be tried again. */
static bool fetch(struct tls_stream *s, struct error *err)
{
    uint8_t bytes[PIECE];
    size_t got = 0;
    struct error why;
    if (s->fetching)
        return io_wait_for(&s->fetched, IO_FOREVER, err);
    s->fetching = true;
    bool ok = io_stream_read(s->inner, bytes, sizeof bytes, &got, err);
    s->fetching = false;
    io_signal(&s->fetched);
    if (!ok)
        return s->established ? false : error_wrap(err, "in the TLS handshake");
    if (got > 0 && BIO_write(s->in, bytes, (int)got) == (int)got)
        return true;
    if (got > 0)
        (void)error_set(&why, ERROR_INTERNAL, "TLS cannot store what it read");
    else
        (void)error_set(&why, ERROR_CONNECTION, "the connection was cut without TLS's goodbye");
    return break_off(s, &why, err);
}

/* What became of a call into OpenSSL; captured before anything else can touch its error queue. */
struct outcome {
    int problem; /* SSL_ERROR_… */
    unsigned long reason;
};

static struct outcome outcome_of(const struct tls_stream *s, int result)
{
    struct outcome outcome = {SSL_get_error(s->ssl, result), ERR_peek_error()};
    ERR_clear_error();
    return outcome;
}

/* Goes on after a call that did not get through: sends, receives, or ends. */
static bool go_on(struct tls_stream *s, struct outcome outcome, const char *doing,
                  struct error *err)
{
    struct error why;
    if (outcome.problem == SSL_ERROR_WANT_READ)
        return send_answers(s, err) && fetch(s, err);
    if (outcome.problem == SSL_ERROR_WANT_WRITE)
        return flush(s, err);
    if (s->why.code != ERROR_NONE)
        why = s->why; /* the certificate */
    else
        (void)error_set(&why, ERROR_CONNECTION, "%s: %s", doing, tls_reason(outcome.reason));
    (void)flush(s, NULL); /* the alert, if it still goes */
    return break_off(s, &why, err);
}

static bool shake(struct tls_stream *s, struct error *err)
{
    for (;;) {
        if (!handshake_turn(err))
            return error_wrap(err, "in the TLS handshake");
        ERR_clear_error();
        int result = SSL_connect(s->ssl);
        struct outcome outcome = outcome_of(s, result);
        if (result == 1)
            return flush(s, err);
        if (!go_on(s, outcome, "the TLS handshake failed", err))
            return false;
    }
}

static bool stream_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct tls_stream *s = (struct tls_stream *)(void *)stream;
    *got = 0;
    while (!s->broken) {
        if (!s->established)
            return true; /* the peer has said goodbye */
        ERR_clear_error();
        int result = SSL_read_ex(s->ssl, to, size, got);
        struct outcome outcome = outcome_of(s, result);
        if (result == 1)
            return flush(s, err);
        *got = 0;
        if (outcome.problem == SSL_ERROR_ZERO_RETURN)
            s->established = false;
        else if (!go_on(s, outcome, "the peer's TLS is broken", err))
            return false;
    }
    return fail(s, err);
}

static bool stream_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct tls_stream *s = (struct tls_stream *)(void *)stream;
    while (!s->broken && bytes.size > 0) {
        size_t sent = 0;
        if (!s->established)
            return error_set(err, ERROR_CONNECTION, "the peer has ended the connection");
        ERR_clear_error();
        int result = SSL_write_ex(s->ssl, bytes.data, slice_first(bytes, WRITE_MOST).size, &sent);
        struct outcome outcome = outcome_of(s, result);
        if (result == 1 ? !flush_all(s, err) : !go_on(s, outcome, "the peer's TLS is broken", err))
            return false;
        bytes = slice_from(bytes, result == 1 ? sent : 0);
    }
    return !s->broken || fail(s, err);
}

/* Says goodbye as far as that takes no waiting: the answers that we wanted have their own ends. */
static void say_goodbye(struct tls_stream *s)
{
    if (!s->established || s->broken || !io_on_fiber())
        return;
    uint64_t outer = io_deadline_within(0);
    ERR_clear_error();
    (void)SSL_shutdown(s->ssl);
    ERR_clear_error();
    (void)flush(s, NULL);
    io_deadline_restore(outer);
}

static void stream_close(struct io_stream *stream)
{
    struct tls_stream *s = (struct tls_stream *)(void *)stream;
    if (s->ssl != NULL)
        say_goodbye(s);
    SSL_free(s->ssl);
    BIO_free(s->out);
    BIO_free(s->spare);
    io_stream_close(s->inner);
    free(s);
}

static const struct io_stream_methods methods = {stream_read, stream_write, stream_close};

/* Gives the connection roots of its own. */
static bool trust_roots(struct tls_stream *s, const struct io_tls_policy *policy, struct error *err)
{
    X509_STORE *store = X509_STORE_new();
    bool ok = store != NULL;
    for (size_t i = 0; ok && i < policy->root_count; i++) {
        const unsigned char *der = policy->roots[i].data;
        X509 *root = d2i_X509(NULL, &der, (long)policy->roots[i].size);
        ok = root != NULL && X509_STORE_add_cert(store, root) == 1;
        X509_free(root);
    }
    ok = ok && SSL_set1_verify_cert_store(s->ssl, store) == 1;
    X509_STORE_free(store);
    ERR_clear_error();
    return ok || error_set(err, ERROR_INVALID, "a root certificate cannot be read");
}

static bool prepare(struct tls_stream *s, struct io_tls *tls, const struct io_tls_policy *policy,
                    struct error *err)
{
    s->ssl = SSL_new(tls->context);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    s->spare = BIO_new(BIO_s_mem());
    if (s->ssl == NULL || s->in == NULL || s->out == NULL || s->spare == NULL) {
        BIO_free(s->in);
        return error_set(err, ERROR_INTERNAL, "TLS cannot be set up");
    }
    (void)BIO_up_ref(s->out);
    SSL_set_bio(s->ssl, s->in, s->out);
    SSL_set_connect_state(s->ssl);
    if (SSL_set_app_data(s->ssl, s) != 1 ||
        (s->named && !tls_expect_name(s->ssl, policy->server_name)))
        return error_set(err, ERROR_INVALID, "a name that TLS cannot check");
    if (policy->identity != NULL && !tls_show_pfx(s->ssl, policy->identity))
        return error_set(err, ERROR_INVALID, "the certificate that AMT is to be shown has no key");
    return policy->roots == NULL || trust_roots(s, policy, err);
}

struct io_stream *io_tls_stream_open(struct io_stream *inner, struct io_tls *tls,
                                     const struct io_tls_policy *policy, struct error *err)
{
    struct tls_stream *s = memory_new(sizeof *s);
    s->stream.methods = &methods;
    s->inner = inner;
    s->any = policy->any;
    s->named = policy->server_name != NULL;
    s->rooted = policy->roots != NULL;
    s->advice = policy->advice != NULL ? policy->advice : "";
    s->check = policy->check;
    s->check_context = policy->context;
    s->pinned = policy->pin != NULL;
    if (s->pinned)
        memcpy(s->pin, policy->pin, sizeof s->pin);
    uint64_t outer = io_deadline_within(HANDSHAKE_MS);
    bool ok = prepare(s, tls, policy, err) && shake(s, err);
    io_deadline_restore(outer);
    if (!ok) {
        stream_close(&s->stream);
        return NULL;
    }
    s->established = true;
    s->check = NULL;
    return &s->stream;
}

struct slice io_tls_stream_certificate(const struct io_stream *stream, struct arena *arena)
{
    const struct tls_stream *s = (const struct tls_stream *)(const void *)stream;
    X509 *leaf = SSL_get0_peer_certificate(s->ssl);
    unsigned char *der = NULL;
    int size = leaf == NULL ? 0 : i2d_X509(leaf, &der);
    struct slice copy = {NULL, 0};
    if (size > 0)
        copy = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    return copy;
}
