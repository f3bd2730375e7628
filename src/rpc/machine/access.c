#include "rpc/machine/access.h"

#include "amt/amt.h"
#include "amt/on_die_root.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mei/lme.h"
#include "mei/mei.h"
#include "rpc/machine/lms_place.h"
#include "rpc/machine/trust.h"

#include <stdlib.h>
#include <string.h>

/* For one try to reach LMS: on loopback all of it is a matter of milliseconds, but for AMT's own
 * answer. */
#define LMS_MS 5000
/* So long is LMS waited for that has LME and is not ready, and so often is it tried (spec rpc 3.4).
 */
#define READY_MS 30000
#define AGAIN_MS 1000
/* … and so long for its port with TLS, when it has the other one only. */
#define TLS_MS 5000
/* How long LME is tried again that somebody else has, while nobody is there who could be LMS. */
#define LME_BUSY_MS 2000
/* A request that may be repeated is so when its answer was lost: a reset, an LMS that restarts. */
#define ATTEMPTS 3

struct rpc_access {
    enum rpc_way way;
    char *lms_host; /* as it was given: what its certificate may be for */
    struct rpc_lms_place lms;
    bool doubtful; /* `doubt` is worth a warning */
    struct error doubt;
    bool tls_only;
    bool no_plain;    /* tls_only, and not for want of a port */
    bool asked;       /* for a stream to a port of AMT … */
    bool reached;     /* … and there was one, at least once */
    bool tls_failed;  /* there was TLS, which came to nothing … */
    bool tls_shaken;  /* … and there was one, at least once */
    uint64_t busy_ms; /* for mei_open_within */
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

static bool out_of_time(const struct error *err)
{
    return err->code == ERROR_CANCELLED || io_deadline_left() == 0;
}

static bool place_lms(const struct rpc_access_options *options, struct rpc_lms_place *place,
                      struct error *err)
{
    return rpc_lms_place_find(place, options->lms_address, options->lms_port, options->lms_asked,
                              err);
}

/* One try. *tls_only: of LMS's ports there is the one with TLS only. */
static enum rpc_port find_lms(const struct rpc_lms_place *place, bool *tls_only, struct error *err)
{
    enum rpc_port port = RPC_PORT_NOBODY;
    uint64_t outer = io_deadline_within(LMS_MS);
    error_clear(err);
    if (!*tls_only)
        port = rpc_lms_place_probe(place, MEI_LME_PORT, false, err);
    if (port == RPC_PORT_NOBODY && err->code != ERROR_CANCELLED) {
        *tls_only = true;
        port = rpc_lms_place_probe(place, MEI_LME_TLS_PORT, false, err);
    }
    io_deadline_restore(outer);
    return port;
}

bool rpc_access_lms_answers(const struct rpc_access_options *options)
{
    struct rpc_lms_place place;
    struct error err;
    bool tls_only = options->tls_only;
    return place_lms(options, &place, &err) &&
           find_lms(&place, &tls_only, &err) == RPC_PORT_ANSWERS;
}

/* ---- LME ---- */

static struct mei *open_client(void *context, struct error *err)
{
    const struct rpc_access *access = context;
    return access->open != NULL ? access->open(access->context, err)
                                : mei_open_within(MEI_LME, access->busy_ms, err);
}

static bool open_lme(struct rpc_access *access, struct error *err)
{
    const struct mei_lme_options options = {.open = open_client, .context = access};
    access->lme = mei_lme_open(&options, err);
    if (access->lme == NULL)
        return false;
    access->way = RPC_WAY_LME;
    access->tls_only = access->no_plain || !mei_lme_offers(access->lme, MEI_LME_PORT);
    access->busy_ms = MEI_BUSY_MS; /* after a reset it is ours again */
    return true;
}

/* ---- either ---- */

/* Whether LMS is what may help: it has LME, or there is none, or none for us, and the operator has
 * said where LMS is. */
static bool leads_to_lms(const struct rpc_access_options *options, const struct error *err)
{
    if (options->no_lms)
        return false;
    return err->code == ERROR_BUSY ||
           (options->lms_asked && (err->code == ERROR_NOT_FOUND || err->code == ERROR_FORBIDDEN ||
                                   err->code == ERROR_UNSUPPORTED));
}

/* Nobody stands between us and an LMS whose owner is trusted, so it is asked as LME is, and AMT
 * says which ports it has. Somebody may where only the operator vouches for it: where the engine
 * says that AMT has TLS, the port without is left alone there. */
static void ask_for_tls(struct rpc_access *access, const struct rpc_access_options *options)
{
    struct error doubt;
    if (!access->no_plain && options->has_tls != NULL &&
        (rpc_lms_place_is_doubtful(&access->lms, MEI_LME_PORT, &doubt) ||
         rpc_lms_place_is_doubtful(&access->lms, MEI_LME_TLS_PORT, &doubt)) &&
        options->has_tls(options->context))
        access->no_plain = true;
    access->tls_only = access->no_plain;
}

/* One try. *again: the error, which may be LME's, may pass. */
static bool try_lms(struct rpc_access *access, const struct rpc_access_options *options,
                    bool *again, struct error *err)
{
    struct error why;
    bool busy = err->code == ERROR_BUSY;
    ask_for_tls(access, options);
    switch (find_lms(&access->lms, &access->tls_only, &why)) {
    case RPC_PORT_ANSWERS:
        access->way = RPC_WAY_LMS;
        access->doubtful = rpc_lms_place_is_doubtful(
            &access->lms, access->tls_only ? MEI_LME_TLS_PORT : MEI_LME_PORT, &access->doubt);
        return true;
    case RPC_PORT_NOBODY:
        *again = busy && !out_of_time(&why);
        if (!busy)
            *err = why;
        else if (access->no_plain && rpc_lms_place_may_serve(&access->lms, MEI_LME_PORT))
            (void)error_set(err, ERROR_UNAUTHORIZED,
                            "LMS has LME and gives no port with TLS, and without it AMT isn't "
                            "logged in to: stop LMS (systemctl stop lms)");
        return false;
    case RPC_PORT_STRANGER:
        *err = why;
        return false;
    default:
        *err = why;
        *again = !out_of_time(&why);
        return error_wrap(err, "LMS is up and not ready");
    }
}

/* LME has no listener that could be somebody else's, so it is first. */
static bool try_open(struct rpc_access *access, const struct rpc_access_options *options,
                     bool *again, struct error *err)
{
    *again = false;
    error_clear(err);
    if (options->no_lms || rpc_lms_place_is_here(&access->lms)) {
        bool has_lms =
            !options->no_lms && (rpc_lms_place_may_serve(&access->lms, MEI_LME_PORT) ||
                                 rpc_lms_place_may_serve(&access->lms, MEI_LME_TLS_PORT));
        access->busy_ms = options->no_lms ? MEI_BUSY_MS : has_lms ? 0 : LME_BUSY_MS;
        if (open_lme(access, err))
            return true;
        if (!leads_to_lms(options, err))
            return false;
    }
    return try_lms(access, options, again, err);
}

static bool find_way(struct rpc_access *access, const struct rpc_access_options *options,
                     struct error *err)
{
    uint64_t begun = io_now();
    bool again = true;
    struct error why;
    if (!options->no_lms && !place_lms(options, &access->lms, err))
        return false;
    while (again) {
        if (try_open(access, options, &again, &why))
            return true;
        if (again && io_now() - begun >= (why.code == ERROR_UNAUTHORIZED ? TLS_MS : READY_MS))
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
    a->lms_host = memory_string(
        slice_of_string(options->lms_address != NULL ? options->lms_address : "127.0.0.1"));
    a->no_plain = options->tls_only;
    a->open = options->open;
    a->context = options->context;
    *access = a;
    if (find_way(a, options, err))
        return true;
    rpc_access_close(a);
    *access = NULL;
    return false;
}

const char *rpc_access_doubt(const struct rpc_access *access)
{
    return access->doubtful ? access->doubt.text : NULL;
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
    *stream = NULL;
    access->asked = true;
    if (port == MEI_LME_PORT && access->no_plain)
        return error_set(err, ERROR_UNSUPPORTED, "AMT's port %u has no TLS, which is wanted",
                         MEI_LME_PORT);
    if (access->way == RPC_WAY_LME)
        *stream = mei_lme_open_stream(access->lme, port, err);
    else
        *stream = rpc_lms_place_connect(&access->lms, port, err);
    access->reached = access->reached || *stream != NULL;
    return *stream != NULL;
}

bool rpc_access_is_in_vain(const struct rpc_access *access)
{
    return access->asked && !access->reached;
}

bool rpc_access_has_no_tls(const struct rpc_access *access)
{
    return access->tls_failed && !access->tls_shaken;
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
        access->trust == NULL ? anybody : rpc_trust_policy(access->trust, access->lms_host);
    struct io_stream *inner;
    *heard = true; /* a connection that is refused has said so */
    if (!rpc_access_stream(access, MEI_LME_TLS_PORT, &inner, err))
        return NULL;
    *heard = false;
    struct io_stream *ear = listen_to(inner, heard);
    struct io_stream *stream = io_tls_stream_open(ear, access->tls, &policy, err);
    access->tls_failed = access->tls_failed || (stream == NULL && *heard);
    access->tls_shaken = access->tls_shaken || stream != NULL;
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

/* From now on; challenge and kept connections are forgotten. */
static void log_in_as(struct rpc_access *access, struct slice user, struct slice password)
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
    log_in_as(access, options->user, options->password);
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
    free(access->lms_host);
    free(access);
}
