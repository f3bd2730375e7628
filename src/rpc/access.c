#include "rpc/access.h"

#include "amt/amt.h"
#include "amt/on_die_root.h"
#include "core/memory.h"
#include "http/client.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "mei/lme.h"
#include "mei/mei.h"
#include "rpc/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LMS_ADDRESS "127.0.0.1"

/* For one try to reach LMS: on loopback all of it is a matter of milliseconds, but for AMT's own
 * answer. */
#define LMS_MS 5000
/* So long is LMS waited for that is up and not ready, or LME that somebody else has, and so often
 * are they tried (spec rpc 3.4). */
#define READY_MS 30000
#define AGAIN_MS 1000
/* How long mei_open waits for the other user of LME before LMS is asked again. */
#define LME_BUSY_MS 2000
/* A request that may be repeated is so when its answer was lost: a reset, an LMS that restarts. */
#define ATTEMPTS 3

#define PROBE_BODY 4096

struct rpc_access {
    enum rpc_way way;
    char *lms_address;
    uint16_t lms_port;
    struct io_address addresses[IO_RESOLVE_MOST];
    size_t address_count;
    bool tls_only;
    bool patient; /* mei_open may wait as long as it likes: there is nothing else to try */
    void (*alert)(void *context, struct slice envelope);
    struct mei *(*open)(void *context, struct error *err);
    void *context; /* of both */
    struct mei_lme *lme;
    struct amt *amt;
    struct io_tls *tls;
    bool tls_is_system;
    bool use_tls;
    struct rpc_trust *trust;
    struct slice user;
    struct slice password; /* both heap, wiped */
};

const char *rpc_way_name(enum rpc_way way)
{
    return way == RPC_WAY_LMS ? "LMS" : "LME";
}

/* ---- LMS ---- */

/* What a try to reach LMS says. */
enum found { FOUND_NOBODY, FOUND_NOT_READY, FOUND_LMS, FOUND_OUT_OF_TIME };

static bool out_of_time(const struct error *err)
{
    return err->code == ERROR_CANCELLED || io_deadline_left() == 0;
}

static bool look_up(struct rpc_access *access, struct error *err)
{
    struct slice host = slice_of_string(access->lms_address);
    char text[80];
    (void)snprintf(text, sizeof text,
                   strchr(access->lms_address, ':') != NULL ? "[%s]:%u" : "%s:%u",
                   access->lms_address, access->lms_port);
    access->address_count = 1;
    if (host.size < 60 && io_address_parse(slice_of_string(text), &access->addresses[0], NULL))
        return true;
    struct io_resolver *resolver = io_resolver_new(&(struct io_resolver_options){0});
    bool ok = io_resolve(resolver, access->lms_address, access->lms_port, access->addresses,
                         &access->address_count, err);
    io_resolver_free(resolver);
    return ok;
}

/* The port of LMS that stands for one of AMT's. */
static uint16_t lms_port(const struct rpc_access *access, uint16_t port)
{
    return (uint16_t)(access->lms_port + (port - MEI_LME_PORT));
}

static struct io_stream *connect_lms(const struct rpc_access *access, uint16_t port,
                                     struct error *err)
{
    struct io_conn *conn = NULL;
    for (size_t i = 0; i < access->address_count && conn == NULL; i++) {
        char text[IO_ADDRESS_TEXT_SIZE];
        char with_port[IO_ADDRESS_TEXT_SIZE + 8];
        struct io_address address;
        (void)io_address_format(&access->addresses[i], text);
        char *colon = strrchr(text, ':');
        if (colon != NULL)
            *colon = '\0';
        (void)snprintf(with_port, sizeof with_port, "%s:%u", text, lms_port(access, port));
        if (!io_address_parse(slice_of_string(with_port), &address, err))
            return NULL;
        conn = io_connect(&address, NULL, NULL, err);
    }
    return conn == NULL ? NULL : io_conn_stream(conn);
}

/* A request that needs no login, and that any AMT answers: with 401. */
static bool ask(struct io_stream *stream, bool *answered, struct error *err)
{
    struct arena arena;
    const struct http_header headers[] = {
        {SLICE_LITERAL("Host"), SLICE_LITERAL("127.0.0.1:16992")},
        {SLICE_LITERAL("Connection"), SLICE_LITERAL("close")},
    };
    const struct http_request request = {.method = "POST",
                                         .target = "/wsman",
                                         .headers = headers,
                                         .header_count = sizeof headers / sizeof *headers};
    struct http_response response = {0};
    arena_init(&arena);
    bool ok = http_client_exchange(stream, &request, PROBE_BODY, &arena, &response, err);
    *answered = ok || response.began;
    arena_fini(&arena);
    return *answered;
}

/* One try at one of LMS's ports. With TLS the handshake is left to who knows what to trust. */
static enum found probe(const struct rpc_access *access, uint16_t port, struct error *err)
{
    bool answered = port == MEI_LME_TLS_PORT;
    struct io_stream *stream = connect_lms(access, port, err);
    if (stream == NULL)
        return err->code == ERROR_TIMEOUT ? FOUND_NOT_READY : FOUND_NOBODY;
    if (!answered)
        (void)ask(stream, &answered, err);
    io_stream_close(stream);
    if (!answered)
        (void)error_wrap(err, "LMS is up and not ready");
    return answered ? FOUND_LMS : FOUND_NOT_READY;
}

static enum found find_lms(struct rpc_access *access, bool tls_enforced, struct error *err)
{
    enum found found = FOUND_NOBODY;
    uint64_t outer = io_deadline_within(LMS_MS);
    error_clear(err);
    if (!tls_enforced)
        found = probe(access, MEI_LME_PORT, err);
    access->tls_only = found == FOUND_NOBODY;
    if (found == FOUND_NOBODY && err->code != ERROR_CANCELLED)
        found = probe(access, MEI_LME_TLS_PORT, err);
    io_deadline_restore(outer);
    return found != FOUND_LMS && out_of_time(err) ? FOUND_OUT_OF_TIME : found;
}

bool rpc_access_lms_answers(const struct rpc_access_options *options)
{
    struct rpc_access access = {.lms_port =
                                    options->lms_port == 0 ? MEI_LME_PORT : options->lms_port};
    struct error err;
    access.lms_address = memory_string(
        slice_of_string(options->lms_address == NULL ? LMS_ADDRESS : options->lms_address));
    bool answers =
        look_up(&access, &err) && find_lms(&access, options->tls_enforced, &err) == FOUND_LMS;
    free(access.lms_address);
    return answers;
}

/* ---- LME ---- */

static struct mei *open_client(void *context, struct error *err)
{
    const struct rpc_access *access = context;
    uint64_t outer = access->patient ? io_deadline_within(MEI_BUSY_MS + LME_BUSY_MS)
                                     : io_deadline_within(LME_BUSY_MS);
    struct mei *mei =
        access->open != NULL ? access->open(access->context, err) : mei_open(MEI_LME, err);
    io_deadline_restore(outer);
    return mei;
}

static void on_alert(void *context, struct slice envelope)
{
    const struct rpc_access *access = context;
    access->alert(access->context, envelope);
}

static bool open_lme(struct rpc_access *access, struct error *err)
{
    const struct mei_lme_options options = {
        .open = open_client, .alert = access->alert != NULL ? on_alert : NULL, .context = access};
    access->lme = mei_lme_open(&options, err);
    if (access->lme == NULL)
        return false;
    access->way = RPC_WAY_LME;
    access->tls_only = !mei_lme_offers(access->lme, MEI_LME_PORT);
    access->patient = true; /* after a reset it is ours again */
    return true;
}

/* ---- either ---- */

/* One try. *again: the error may pass. */
static bool try_open(struct rpc_access *access, const struct rpc_access_options *options,
                     bool *again, struct error *err)
{
    enum found found = FOUND_NOBODY;
    *again = false;
    error_clear(err);
    if (!options->no_lms)
        found = find_lms(access, options->tls_enforced, err);
    switch (found) {
    case FOUND_LMS:
        access->way = RPC_WAY_LMS;
        return true;
    case FOUND_NOT_READY:
        *again = true;
        return false;
    case FOUND_OUT_OF_TIME:
        return false;
    case FOUND_NOBODY:
        break;
    }
    if (open_lme(access, err))
        return true;
    *again = err->code == ERROR_BUSY && !options->no_lms;
    return false;
}

static bool find_way(struct rpc_access *access, const struct rpc_access_options *options,
                     struct error *err)
{
    uint64_t begun = io_now();
    bool again = true;
    struct error why;
    if (!options->no_lms && !look_up(access, err))
        return error_wrap(err, "LMS's address");
    while (again) {
        if (try_open(access, options, &again, &why))
            return true;
        if (again && io_now() - begun >= READY_MS)
            again = false;
        else if (again)
            again = io_sleep(AGAIN_MS, NULL);
    }
    if (err != NULL)
        *err = why;
    return false;
}

bool rpc_access_open(const struct rpc_access_options *options, struct rpc_access **access,
                     struct error *err)
{
    struct rpc_access *a = memory_new(sizeof *a);
    const char *address = options->lms_address == NULL ? LMS_ADDRESS : options->lms_address;
    a->lms_address = memory_string(slice_of_string(address));
    a->lms_port = options->lms_port == 0 ? MEI_LME_PORT : options->lms_port;
    a->alert = options->alert;
    a->open = options->open;
    a->context = options->context;
    a->patient = options->no_lms;
    *access = a;
    if (find_way(a, options, err))
        return true;
    rpc_access_close(a);
    *access = NULL;
    return false;
}

enum rpc_way rpc_access_way(const struct rpc_access *access)
{
    return access->way;
}

bool rpc_access_needs_tls(const struct rpc_access *access)
{
    return access->tls_only;
}

bool rpc_access_stream(struct rpc_access *access, uint16_t port, struct io_stream **stream,
                       struct error *err)
{
    if (access->way == RPC_WAY_LME)
        *stream = mei_lme_open_stream(access->lme, port, err);
    else
        *stream = connect_lms(access, port, err);
    return *stream != NULL;
}

/* ---- TLS ---- */

/* Passes bytes on and notes that some came: a peer that ends without a word is not ready. */
struct ear {
    struct io_stream stream; /* first */
    struct io_stream *inner;
    bool *heard; /* NULL: nobody wants to know any more */
};

static bool ear_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                     struct error *err)
{
    struct ear *l = (struct ear *)(void *)stream;
    bool ok = io_stream_read(l->inner, to, size, got, err);
    if (ok && *got > 0 && l->heard != NULL)
        *l->heard = true;
    return ok;
}

static bool ear_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    return io_stream_write(((struct ear *)(void *)stream)->inner, bytes, err);
}

static void ear_close(struct io_stream *stream)
{
    io_stream_close(((struct ear *)(void *)stream)->inner);
    free(stream);
}

static struct io_stream *listen_to(struct io_stream *inner, bool *heard)
{
    static const struct io_stream_methods methods = {ear_read, ear_write, ear_close};
    struct ear *l = memory_new(sizeof *l);
    *l = (struct ear){{&methods}, inner, heard};
    return &l->stream;
}

/* Settings whose roots are the system's, which takes a while to read, only when they are asked. */
static bool prepare_tls(struct rpc_access *access, struct error *err)
{
    bool system = access->trust != NULL && rpc_trust_wants_system(access->trust);
    if (access->tls != NULL && (access->tls_is_system || !system))
        return true;
    const struct io_tls_client_options options = {
        .ca_pem = system ? (struct slice){NULL, 0} : slice_of_string(amt_on_die_root_pem),
        .firmware = true,
        .newest = IO_TLS_1_3};
    struct io_tls *tls = io_tls_client_new(io_loop_current(), &options, err);
    if (tls == NULL)
        return false;
    io_tls_free(access->tls); /* streams hold what they need of it */
    access->tls = tls;
    access->tls_is_system = system;
    return true;
}

static struct io_stream *open_tls_once(struct rpc_access *access, bool *heard, struct error *err)
{
    static const struct io_tls_policy anybody = {.any = true};
    struct io_tls_policy policy =
        access->trust == NULL ? anybody : rpc_trust_policy(access->trust, access->lms_address);
    struct io_stream *inner;
    *heard = true; /* a connection that is refused has said so */
    if (!rpc_access_stream(access, MEI_LME_TLS_PORT, &inner, err))
        return NULL;
    *heard = false;
    struct io_stream *ear = listen_to(inner, heard);
    struct io_stream *stream = io_tls_stream_open(ear, access->tls, &policy, err);
    if (stream != NULL)
        ((struct ear *)(void *)ear)->heard = NULL;
    return stream;
}

bool rpc_access_open_tls(struct rpc_access *access, struct io_stream **stream, struct error *err)
{
    uint64_t begun = io_now();
    *stream = NULL;
    if (!prepare_tls(access, err))
        return false;
    for (;;) {
        struct error why;
        bool heard;
        *stream = open_tls_once(access, &heard, &why);
        if (*stream != NULL)
            return true;
        bool again = !heard && access->way == RPC_WAY_LMS && !out_of_time(&why) &&
                     io_now() - begun < READY_MS;
        if (!heard && access->way == RPC_WAY_LMS)
            (void)error_wrap(&why, "LMS is up and not ready");
        if (!again || !io_sleep(AGAIN_MS, NULL)) {
            if (err != NULL)
                *err = why;
            return false;
        }
    }
}

/* ---- AMT ---- */

static bool open_carrier(void *context, uint16_t port, struct io_stream **stream, struct error *err)
{
    struct rpc_access *access = context;
    if (!access->use_tls)
        return rpc_access_stream(access, port, stream, err);
    return rpc_access_open_tls(access, stream, err);
}

static bool read_credentials(void *context, struct arena *arena, struct slice *user,
                             struct slice *password, struct error *err)
{
    const struct rpc_access *access = context;
    (void)err;
    *user = arena_copy(arena, access->user);
    *password = arena_copy(arena, access->password);
    return true;
}

static void forget(struct slice *secret)
{
    if (secret->data != NULL)
        memory_wipe((uint8_t *)secret->data, secret->size);
    free((void *)secret->data);
    *secret = (struct slice){NULL, 0};
}

static void take(struct slice *secret, struct slice value)
{
    uint8_t *copy = memory_new(value.size + 1);
    if (value.size > 0)
        memcpy(copy, value.data, value.size);
    forget(secret); /* after the copy: it may be made of itself */
    *secret = slice_of(copy, value.size);
}

void rpc_access_log_in_as(struct rpc_access *access, struct slice user, struct slice password)
{
    take(&access->user, user);
    take(&access->password, password);
    if (access->amt != NULL)
        amt_forget(access->amt);
}

bool rpc_access_amt(struct rpc_access *access, const struct rpc_amt_options *options,
                    struct amt **amt, struct error *err)
{
    bool was_tls = access->use_tls;
    bool changes = access->trust != options->trust;
    access->use_tls = options->tls || access->tls_only;
    access->trust = options->trust;
    if (access->use_tls && !prepare_tls(access, err))
        return false;
    if (access->amt == NULL) {
        const struct amt_carrier carrier = {.open = open_carrier,
                                            .credentials = read_credentials,
                                            .context = access,
                                            .host = access->use_tls ? "127.0.0.1:16993"
                                                                    : "127.0.0.1:16992"};
        const struct amt_options how = {.attempts = ATTEMPTS};
        access->amt = amt_new(&carrier, &how);
    } else if (changes || was_tls != access->use_tls) {
        amt_forget(access->amt);
    }
    rpc_access_log_in_as(access, options->user, options->password);
    *amt = access->amt;
    return true;
}

void rpc_access_close(struct rpc_access *access)
{
    if (access == NULL)
        return;
    if (access->amt != NULL)
        amt_free(access->amt);
    mei_lme_close(access->lme);
    io_tls_free(access->tls);
    forget(&access->user);
    forget(&access->password);
    free(access->lms_address);
    free(access);
}
