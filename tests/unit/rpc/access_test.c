/* LME or LMS: LME first, and LMS told apart by whose it is and by what the connection says (spec
 * rpc 3.4). LMS is a listener of ours on two ports that follow each other; LME is an engine of
 * ../mei/engine.h, or somebody else's. */
#include "rpc/machine/access.h"

#include "../mei/engine.h"

#include "core/arena.h"
#include "io/certificate.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/tls.h"
#include "rpc/machine/trust.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- LMS ---- */

enum manner {
    ANSWERS,     /* 401, as AMT does without a login */
    HANGS_UP,    /* takes the connection and ends it */
    SAYS_NOTHING /* takes the connection */
};

struct lms {
    uint16_t port; /* of the pair; listening on the first, the second, both or none */
    struct io_listener *plain, *tls;
    struct io_tls *settings;
    enum manner manner;
    int patience; /* connections that are hung up on before it is as `manner` says */
    int visitors;
};

struct visit {
    struct lms *lms;
    struct io_stream *stream;
};

static struct arena arena; /* of the certificates */
static struct io_certificate ca, leaf;

static void serve(void *arg)
{
    static const char answer[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    struct visit visit = *(struct visit *)arg;
    char bytes[1024];
    size_t got = 0;
    struct error err;
    free(arg);
    bool hang_up = visit.lms->manner == HANGS_UP || visit.lms->patience > 0;
    if (visit.lms->patience > 0)
        visit.lms->patience--;
    if (!hang_up && io_stream_read(visit.stream, bytes, sizeof bytes, &got, &err) && got > 0 &&
        visit.lms->manner == ANSWERS)
        (void)io_stream_write(visit.stream, slice_of_string(answer), &err);
    while (!hang_up && io_stream_read(visit.stream, bytes, sizeof bytes, &got, &err) && got > 0)
        ;
    io_stream_close(visit.stream);
}

static void accept_visit(void *owner, struct io_conn *conn)
{
    struct error err;
    struct lms *lms = owner;
    struct visit *visit = malloc(sizeof *visit);
    lms->visitors++;
    *visit = (struct visit){lms, io_conn_stream(conn)};
    assert_true(io_fiber_start(serve, visit, &err));
}

static struct io_listener *listen_on(struct lms *lms, uint16_t port, struct io_tls *tls)
{
    char text[32];
    struct io_address address;
    struct error err = {0};
    const struct io_listen_options options = {.tls = tls};
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", port);
    assert_true(io_address_parse(slice_of_string(text), &address, &err));
    return io_listen(io_loop_current(), &address, &options, accept_visit, lms, &err);
}

/* A pair of free ports, and a listener on those that are asked for. */
static void lms_open(struct lms *lms, bool plain, bool tls, bool speaks_tls)
{
    struct error err = {0};
    const struct io_tls_server_options options = {.certificate_pem = leaf.certificate_pem,
                                                  .key_pem = leaf.key_pem,
                                                  .oldest = IO_TLS_1_2,
                                                  .newest = IO_TLS_1_3};
    *lms = (struct lms){.settings = io_tls_server_new(io_loop_current(), &options, &err)};
    assert_string_equal(err.text, "");
    do {
        struct io_listener *first = listen_on(lms, 0, NULL);
        const struct io_address at = io_listener_address(first);
        lms->port = io_address_port(&at);
        io_listener_close(first);
        if (plain)
            lms->plain = listen_on(lms, lms->port, NULL);
        if (tls && (lms->plain != NULL || !plain))
            lms->tls = listen_on(lms, lms->port + 1, speaks_tls ? lms->settings : NULL);
    } while ((plain && lms->plain == NULL) || (tls && lms->tls == NULL));
}

static void lms_close(struct lms *lms)
{
    if (lms->plain != NULL)
        io_listener_close(lms->plain);
    if (lms->tls != NULL)
        io_listener_close(lms->tls);
    io_tls_free(lms->settings);
}

/* ---- LME ---- */

struct lme {
    struct engine *engine; /* NULL: it isn't to be had */
    enum error_code why;   /* NONE: since somebody else has it */
    int asked;
    struct lms *starts; /* begins to listen when LME is asked for */
};

static struct mei *open_lme(void *context, struct error *err)
{
    struct lme *lme = context;
    lme->asked++;
    if (lme->engine != NULL) {
        struct mei_lme_options options = engine_options(lme->engine);
        return options.open(options.context, err);
    }
    if (lme->starts != NULL && lme->starts->plain == NULL)
        lme->starts->plain = listen_on(lme->starts, lme->starts->port, NULL);
    (void)error_set(err, lme->why != ERROR_NONE ? lme->why : ERROR_BUSY,
                    "another program uses LME");
    return NULL;
}

static struct rpc_access_options options_for(const struct lms *lms, struct lme *lme)
{
    return (struct rpc_access_options){.lms_port = lms->port, .open = open_lme, .context = lme};
}

static void opens(const struct rpc_access_options *options, struct rpc_access **access)
{
    struct error err = {0};
    bool ok = rpc_access_open(options, access, &err);
    assert_string_equal(err.text, "");
    assert_true(ok);
}

static void offers_plain(struct engine *engine)
{
    engine_begin(engine);
    engine_open(engine, "00000004", "00000000 00000010");
    engine_expect(engine, "61 00000000");
    engine_expect_end(engine);
}

static void free_of_others(void)
{
    struct lms lms;
    struct lme lme = {.engine = engine_new(4096, (engine_script *const[]){offers_plain}, 1)};
    struct rpc_access *access;
    struct io_stream *stream;
    struct error err = {0};
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.lms_asked = true;
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LME);
    assert_false(rpc_access_needs_tls(access));
    assert_null(rpc_access_doubt(access));
    assert_true(rpc_access_stream(access, 16992, &stream, &err));
    io_stream_close(stream);
    rpc_access_close(access);
    assert_int_equal(lms.visitors, 0);
    engine_over(lme.engine);
    lms_close(&lms);
}

static void lme_is_first_whoever_listens(void **state)
{
    (void)state;
    engine_run(free_of_others);
}

static bool says_tls(void *context)
{
    (void)context;
    return true;
}

static void answered(void)
{
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    struct io_stream *stream;
    struct error err = {0};
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.has_tls = says_tls; /* which LMS, being ourselves, may have a port without, too */
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LMS);
    assert_false(rpc_access_needs_tls(access));
    assert_true(rpc_access_lms_answers(&options));
    assert_true(rpc_access_stream(access, 16992, &stream, &err));
    io_stream_close(stream);
    assert_false(rpc_access_stream(access, 16993, &stream, &err));
    rpc_access_close(access);
    assert_int_equal(lme.asked, 1);
    options.lms_address = "localhost"; /* a name */
    opens(&options, &access);
    rpc_access_close(access);
    lms_close(&lms);
}

static void an_answer_is_lms_where_lme_is_in_use(void **state)
{
    (void)state;
    engine_run(answered);
}

static void not_looked_for(void)
{
    struct lms lms;
    struct lme lme = {.engine = engine_new(4096, (engine_script *const[]){offers_plain}, 1)};
    struct rpc_access *access;
    struct io_stream *stream;
    struct error err = {0};
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.no_lms = true;
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LME);
    assert_true(rpc_access_stream(access, 16992, &stream, &err));
    io_stream_close(stream);
    rpc_access_close(access);
    assert_int_equal(lms.visitors, 0);
    engine_over(lme.engine);
    lms_close(&lms);
}

static void lms_is_left_alone_when_it_is_not_wanted(void **state)
{
    (void)state;
    engine_run(not_looked_for);
}

static void soon_ready(void)
{
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    lms_open(&lms, true, false, false);
    lms.patience = 1;
    struct rpc_access_options options = options_for(&lms, &lme);
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LMS);
    assert_int_equal(lms.visitors, 2);
    assert_int_equal(lme.asked, 2); /* it may be free meanwhile */
    rpc_access_close(access);
    lms_close(&lms);
}

static void one_that_hangs_up_is_asked_again(void **state)
{
    (void)state;
    engine_run(soon_ready);
}

static void fails_within(const struct rpc_access_options *options, uint64_t ms,
                         enum error_code code, const char *text)
{
    struct error err = {0};
    struct rpc_access *access;
    uint64_t outer = io_deadline_within(ms);
    assert_false(rpc_access_open(options, &access, &err));
    io_deadline_restore(outer);
    assert_null(access);
    assert_int_equal(err.code, code);
    if (strstr(err.text, text) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, text);
}

static void never_ready(void)
{
    struct lms lms;
    struct lme lme = {0};
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    lms.manner = SAYS_NOTHING;
    fails_within(&options, 300, ERROR_TIMEOUT, "LMS is up and not ready");
    lms.manner = HANGS_UP;
    fails_within(&options, 300, ERROR_CONNECTION, "LMS is up and not ready");
    lms_close(&lms);
}

static void one_that_stays_so_is_an_error(void **state)
{
    (void)state;
    engine_run(never_ready);
}

/* ---- whose it is ---- */

static void no_driver(void)
{
    struct lms lms;
    struct lme lme = {.why = ERROR_NOT_FOUND};
    struct rpc_access *access;
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    fails_within(&options, 1000, ERROR_NOT_FOUND, "LME");
    assert_int_equal(lms.visitors, 0);
    options.lms_asked = true;
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LMS);
    assert_null(rpc_access_doubt(access));
    rpc_access_close(access);
    lme.why = ERROR_CONNECTION; /* an engine that is being reset is there */
    fails_within(&options, 1000, ERROR_CONNECTION, "LME");
    lms_close(&lms);
}

static void without_a_driver_lms_is_asked_where_it_was_named(void **state)
{
    (void)state;
    engine_run(no_driver);
}

/* A process of another user that listens on `port`, and says in `heard` that somebody came. */
struct stranger {
    pid_t pid;
    int heard[2];
};

static void stranger_main(int listener, int heard)
{
    char byte = 'c';
    int one = accept(listener, NULL, NULL);
    if (one >= 0 && write(heard, &byte, 1) == 1)
        while (read(one, &byte, 1) == 1)
            (void)!write(heard, "b", 1);
    (void)pause();
}

static void stranger_begin(struct stranger *stranger, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    char byte;
    assert_int_equal(pipe(stranger->heard), 0);
    stranger->pid = fork();
    if (stranger->pid == 0) {
        if (setgid(1234) != 0 || setuid(1234) != 0)
            _exit(1);
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 4) != 0 ||
            getsockname(listener, (struct sockaddr *)&at, &size) != 0 ||
            write(stranger->heard[1], &at.sin_port, sizeof at.sin_port) != sizeof at.sin_port)
            _exit(1);
        stranger_main(listener, stranger->heard[1]);
        _exit(0);
    }
    assert_true(stranger->pid > 0);
    assert_int_equal(read(stranger->heard[0], &at.sin_port, sizeof at.sin_port),
                     sizeof at.sin_port);
    *port = ntohs(at.sin_port);
    assert_int_equal(fcntl(stranger->heard[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(read(stranger->heard[0], &byte, 1), -1);
}

/* Whether it was called, which it may take so long to notice. */
static bool stranger_end(struct stranger *stranger, int ms)
{
    struct pollfd poll_heard = {.fd = stranger->heard[0], .events = POLLIN};
    bool heard = poll(&poll_heard, 1, ms) == 1;
    assert_int_equal(kill(stranger->pid, SIGKILL), 0);
    assert_int_equal(waitpid(stranger->pid, NULL, 0), stranger->pid);
    (void)close(stranger->heard[0]);
    (void)close(stranger->heard[1]);
    return heard;
}

static void strange(void)
{
    struct stranger stranger;
    struct lms lms = {0};
    struct lme lme = {0};
    char where[64];
    stranger_begin(&stranger, &lms.port);
    struct rpc_access_options options = options_for(&lms, &lme);
    (void)snprintf(where, sizeof where, "at 127.0.0.1:%u, listens ", lms.port);
    fails_within(&options, 3000, ERROR_UNAUTHORIZED, where);
    fails_within(&options, 3000, ERROR_UNAUTHORIZED, "of user 1234");
    fails_within(&options, 3000, ERROR_UNAUTHORIZED, "--lmsport");
    assert_false(rpc_access_lms_answers(&options));
    lms.port--; /* it is where TLS would be */
    options = options_for(&lms, &lme);
    options.tls_only = true;
    fails_within(&options, 3000, ERROR_UNAUTHORIZED, "of user 1234");
    assert_false(stranger_end(&stranger, 0));
}

static void a_listener_of_another_user_is_sent_nothing(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    engine_run(strange);
}

static void named(void)
{
    struct stranger stranger;
    struct lms lms = {0};
    struct lme lme = {0};
    struct rpc_access *access;
    struct error err = {0};
    stranger_begin(&stranger, &lms.port);
    lms.port--;
    struct rpc_access_options options = options_for(&lms, &lme);
    options.tls_only = true; /* so that it needs to say nothing */
    options.lms_asked = true;
    assert_true(rpc_access_open(&options, &access, &err));
    assert_non_null(rpc_access_doubt(access));
    assert_non_null(strstr(rpc_access_doubt(access), "of user 1234"));
    rpc_access_close(access);
    assert_true(stranger_end(&stranger, 30000));
}

static void one_that_was_named_is_used_with_a_doubt(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    engine_run(named);
}

/* ---- with TLS or not at all ---- */

static void asks(struct rpc_access *access, struct rpc_trust *trust, enum error_code code,
                 const char *text);

static void plain_only(void)
{
    struct lms lms;
    struct lme lme = {0};
    lms_open(&lms, true, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.tls_only = true;
    fails_within(&options, 300, ERROR_UNAUTHORIZED, "no port with TLS");
    assert_int_equal(lms.visitors, 0);
    lms_close(&lms);
}

static void both_ports(void)
{
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    struct io_stream *stream;
    struct error err = {0};
    lms_open(&lms, true, true, true);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.tls_only = true;
    opens(&options, &access);
    assert_true(rpc_access_needs_tls(access));
    assert_false(rpc_access_stream(access, 16992, &stream, &err));
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
    io_listener_close(lms.tls); /* no reason for the other port */
    lms.tls = NULL;
    asks(access, NULL, ERROR_CONNECTION, "nobody listens");
    rpc_access_close(access);
    assert_int_equal(lms.visitors, 0);
    lms_close(&lms);
}

static void plain_is_not_used_where_tls_is_wanted(void **state)
{
    (void)state;
    engine_run(plain_only);
    engine_run(both_ports);
}

/* ---- LME that somebody else has ---- */

static void starting(void)
{
    struct lms lms;
    struct rpc_access *access;
    lms_open(&lms, false, false, false);
    struct lme lme = {.starts = &lms};
    struct rpc_access_options options = options_for(&lms, &lme);
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LMS);
    rpc_access_close(access);
    lms_close(&lms);
}

static void lms_that_starts_is_waited_for(void **state)
{
    (void)state;
    engine_run(starting);
}

static void held(void)
{
    struct lms lms;
    struct lme lme = {0};
    lms_open(&lms, false, false, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    fails_within(&options, 300, ERROR_BUSY, "another program uses LME");
    lms_close(&lms);
}

static void another_user_of_lme_is_told(void **state)
{
    (void)state;
    engine_run(held);
}

/* ---- TLS ---- */

static struct rpc_trust *trust_of(enum rpc_trust_kind kind, struct slice roots)
{
    struct rpc_trust *trust;
    struct error err = {0};
    const struct rpc_trust_options options = {.kind = kind, .roots_pem = roots};
    assert_true(rpc_trust_new(&options, &trust, &err));
    return trust;
}

/* What a first request comes to: its login is refused, so the way was there, or an error. */
static void asks(struct rpc_access *access, struct rpc_trust *trust, enum error_code code,
                 const char *text)
{
    struct error err = {0};
    struct io_stream *stream = NULL;
    const struct rpc_amt_options options = {
        .user = SLICE_LITERAL("admin"), .password = SLICE_LITERAL("P@ssw0rd"), .trust = trust};
    struct amt *amt;
    assert_true(rpc_access_amt(access, &options, &amt, &err));
    bool ok = rpc_access_open_tls(access, &stream, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(ok, code == ERROR_NONE);
    if (strstr(err.text, text) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", err.text, text);
    io_stream_close(stream);
}

static void tls_only(void)
{
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    lms_open(&lms, false, true, true);
    struct rpc_access_options options = options_for(&lms, &lme);
    opens(&options, &access);
    assert_int_equal(rpc_access_way(access), RPC_WAY_LMS);
    assert_true(rpc_access_needs_tls(access));
    struct rpc_trust *ours = trust_of(RPC_TRUST_ROOTS, ca.certificate_pem);
    struct rpc_trust *system = trust_of(RPC_TRUST_ROOTS, (struct slice){NULL, 0});
    struct rpc_trust *on_die = trust_of(RPC_TRUST_ON_DIE, (struct slice){NULL, 0});
    asks(access, NULL, ERROR_NONE, "");
    asks(access, ours, ERROR_NONE, "");
    asks(access, system, ERROR_CONNECTION, "--amt-ca");
    asks(access, on_die, ERROR_CONNECTION, "AMT shows 1 certificate");
    assert_true(rpc_trust_saw_single(on_die));
    rpc_trust_accept_single(on_die);
    asks(access, on_die, ERROR_NONE, "");
    rpc_access_close(access);
    assert_int_equal(lme.asked, 1); /* a certificate that is refused is no reason */
    options.tls_only = true;
    opens(&options, &access);
    assert_true(rpc_access_needs_tls(access));
    rpc_access_close(access);
    rpc_trust_free(ours);
    rpc_trust_free(system);
    rpc_trust_free(on_die);
    lms_close(&lms);
}

static void a_certificate_that_is_refused_is_lms_all_the_same(void **state)
{
    (void)state;
    engine_run(tls_only);
}

/* ---- what CSME makes for itself ---- */

#define ON_DIE_COUNT 5 /* the root last, which AMT does not show */

struct on_die {
    X509 *certificates[ON_DIE_COUNT];
    EVP_PKEY *keys[ON_DIE_COUNT];
    char *pem[ON_DIE_COUNT + 1]; /* the leaf's key last; in the arena */
};

static char *text_of(BIO *bio)
{
    char *bytes;
    long size = BIO_get_mem_data(bio, &bytes);
    char *text = arena_string(&arena, slice_of(bytes, (size_t)size));
    BIO_free(bio);
    return text;
}

static X509 *issue(const char *name, const char *unit, EVP_PKEY *key, X509 *issuer,
                   EVP_PKEY *issuer_key)
{
    X509 *x509 = X509_new();
    X509_NAME *subject = X509_get_subject_name(x509);
    X509_EXTENSION *is_ca = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints,
        issuer_key == NULL || strcmp(name, "AMT RCFG") != 0 ? "critical,CA:TRUE" : "CA:FALSE");
    assert_true(X509_set_version(x509, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(x509), 7) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(x509), -3600) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x509), 3600) != NULL &&
                X509_NAME_add_entry_by_txt(subject, "OU", MBSTRING_UTF8,
                                           (const unsigned char *)unit, -1, -1, 0) == 1 &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                           (const unsigned char *)name, -1, -1, 0) == 1 &&
                X509_set_issuer_name(x509, X509_get_subject_name(issuer != NULL ? issuer : x509)) ==
                    1 &&
                X509_set_pubkey(x509, key) == 1 && X509_add_ext(x509, is_ca, -1) == 1 &&
                X509_sign(x509, issuer_key != NULL ? issuer_key : key, EVP_sha384()) > 0);
    X509_EXTENSION_free(is_ca);
    return x509;
}

/* Names and keys as AMT 19 has them (spec rpc 3.5). */
static void make_on_die(struct on_die *made)
{
    static const char *const names[ON_DIE_COUNT] = {"AMT RCFG", "ODCA 2 CSME PTL AMT CA",
                                                    "CSME PTL SOC", "CSME PTL ROM CA", "root"};
    for (int i = ON_DIE_COUNT - 1; i >= 0; i--) {
        bool root = i == ON_DIE_COUNT - 1;
        BIO *bio = BIO_new(BIO_s_mem());
        made->keys[i] = EVP_EC_gen("P-384");
        made->certificates[i] =
            issue(names[i], root ? "ODCA 2 CSME P" : "none", made->keys[i],
                  root ? NULL : made->certificates[i + 1], root ? NULL : made->keys[i + 1]);
        assert_int_equal(PEM_write_bio_X509(bio, made->certificates[i]), 1);
        made->pem[i] = text_of(bio);
    }
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(bio, made->keys[0], NULL, NULL, 0, NULL, NULL), 1);
    made->pem[ON_DIE_COUNT] = text_of(bio);
}

static void free_on_die(struct on_die *made)
{
    for (int i = 0; i < ON_DIE_COUNT; i++) {
        X509_free(made->certificates[i]);
        EVP_PKEY_free(made->keys[i]);
    }
}

static void on_die_chain(void)
{
    struct on_die made;
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    struct error err = {0};
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    make_on_die(&made);
    const struct io_certificate before = leaf;
    leaf.certificate_pem = slice_of_string(
        arena_printf(&arena, "%s%s%s%s", made.pem[0], made.pem[1], made.pem[2], made.pem[3]));
    leaf.key_pem = slice_of_string(made.pem[ON_DIE_COUNT]);
    lms_open(&lms, false, true, true);
    leaf = before;
    struct rpc_access_options options = options_for(&lms, &lme);
    options.tls_only = true;
    opens(&options, &access);

    assert_int_equal(X509_digest(made.certificates[0], EVP_sha384(), hash, &size), 1);
    struct rpc_trust_options on_die = {.kind = RPC_TRUST_ON_DIE,
                                       .roots_pem = slice_of_string(made.pem[ON_DIE_COUNT - 1]),
                                       .leaf_hash = slice_of(hash, size)};
    struct rpc_trust *good, *foreign, *other;
    assert_true(rpc_trust_new(&on_die, &good, &err));
    asks(access, good, ERROR_NONE, "");
    on_die.roots_pem = (struct slice){NULL, 0};
    assert_true(rpc_trust_new(&on_die, &foreign, &err));
    asks(access, foreign, ERROR_CONNECTION, "--skip-amt-cert-check");
    hash[0] ^= 1;
    on_die.roots_pem = slice_of_string(made.pem[ON_DIE_COUNT - 1]);
    assert_true(rpc_trust_new(&on_die, &other, &err));
    asks(access, other, ERROR_CONNECTION, "not the one that it has announced");
    rpc_access_close(access);
    rpc_trust_free(good);
    rpc_trust_free(foreign);
    rpc_trust_free(other);
    lms_close(&lms);
    free_on_die(&made);
}

static void an_on_die_chain_is_trusted_before_activation(void **state)
{
    (void)state;
    engine_run(on_die_chain);
}

static void tls_not_ready(void)
{
    struct lms lms;
    struct lme lme = {0};
    struct rpc_access *access;
    lms_open(&lms, false, true, false);
    struct rpc_access_options options = options_for(&lms, &lme);
    options.tls_only = true;
    opens(&options, &access);
    uint64_t outer = io_deadline_within(400);
    lms.manner = HANGS_UP;
    asks(access, NULL, ERROR_CONNECTION, "LMS is up and not ready");
    io_deadline_restore(outer);
    lms.manner = ANSWERS; /* but no TLS */
    asks(access, NULL, ERROR_CONNECTION, "the TLS handshake failed");
    assert_int_equal(lme.asked, 1);
    rpc_access_close(access);
    lms_close(&lms);
}

static void silence_is_told_from_what_is_no_tls(void **state)
{
    (void)state;
    engine_run(tls_not_ready);
}

static int make_certificates(void **state)
{
    static const char *const names[] = {"127.0.0.1"};
    struct error err;
    (void)state;
    arena_init(&arena);
    return io_certificate_new_ca(&arena, "Site", 2048, &ca, &err) &&
                   io_certificate_new_leaf(&arena, &ca, 2048, "pc1", names, 1, 30, &leaf, &err)
               ? 0
               : -1;
}

static int free_certificates(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lme_is_first_whoever_listens),
        cmocka_unit_test(an_answer_is_lms_where_lme_is_in_use),
        cmocka_unit_test(without_a_driver_lms_is_asked_where_it_was_named),
        cmocka_unit_test(a_listener_of_another_user_is_sent_nothing),
        cmocka_unit_test(one_that_was_named_is_used_with_a_doubt),
        cmocka_unit_test(plain_is_not_used_where_tls_is_wanted),
        cmocka_unit_test(lms_is_left_alone_when_it_is_not_wanted),
        cmocka_unit_test(one_that_hangs_up_is_asked_again),
        cmocka_unit_test(one_that_stays_so_is_an_error),
        cmocka_unit_test(lms_that_starts_is_waited_for),
        cmocka_unit_test(another_user_of_lme_is_told),
        cmocka_unit_test(a_certificate_that_is_refused_is_lms_all_the_same),
        cmocka_unit_test(an_on_die_chain_is_trusted_before_activation),
        cmocka_unit_test(silence_is_told_from_what_is_no_tls),
    };
    return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
