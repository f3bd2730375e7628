/*
 * Signing with a domain's certificate. Opening one costs milliseconds of key derivation, and a site
 * sets its machines up with one certificate: sessions that need the same at the same time share it,
 * and the last one of them forgets the key, so that it is in memory while it is needed and no
 * longer.
 */
#include "rps/signer.h"

#include "amt/provisioning_certificate.h"
#include "core/list.h"
#include "core/memory.h"
#include "io/work.h"
#include "store/configurations.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define EXTRACT "Failed to extract domain certificate"
#define UNTRUSTED                                                                               \
    "Invalid domain certificate, hash does not exists in list of trusted root certificates on " \
    "AMT"

/* A file that is open. File and password are what it is found by, so nobody gets it who has not
 * read both from the store, and another certificate in the domain is another entry. */
struct opened {
    struct list link;
    unsigned char digest[SHA256_DIGEST_LENGTH]; /* of both */
    unsigned users;
    struct io_pfx *pfx;
    pthread_mutex_t signing; /* one thread at a time uses a key */
};

struct rps_signer {
    struct io_pool *pool; /* NULL: signs where it is called */
    struct opened *opened;
    enum io_pfx_hash hash;
    struct slice chain[IO_PFX_CHAIN_LIMIT];
    struct amt_setup_signer setup;
};

static bool run(struct io_pool *pool, void (*fn)(void *), void *arg, struct error *err)
{
    if (pool != NULL)
        return io_work(pool, fn, arg, err);
    fn(arg);
    return true;
}

/* ---- those that are open; any thread ---- */

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list table = {&table, &table};

/* Needs the lock. */
static struct opened *find(const unsigned char *digest)
{
    for (struct list *at = table.next; at != &table; at = at->next) {
        struct opened *opened = LIST_ENTRY(at, struct opened, link);
        if (memcmp(opened->digest, digest, SHA256_DIGEST_LENGTH) == 0)
            return opened;
    }
    return NULL;
}

static struct opened *use(const unsigned char *digest)
{
    pthread_mutex_lock(&table_lock);
    struct opened *opened = find(digest);
    if (opened != NULL)
        opened->users++;
    pthread_mutex_unlock(&table_lock);
    return opened;
}

/* Takes the file over; that of another thread which was faster is as good. */
static struct opened *share(const unsigned char *digest, struct io_pfx *pfx)
{
    pthread_mutex_lock(&table_lock);
    struct opened *opened = find(digest);
    if (opened == NULL) {
        opened = memory_new(sizeof *opened);
        memcpy(opened->digest, digest, SHA256_DIGEST_LENGTH);
        opened->pfx = pfx;
        pfx = NULL;
        pthread_mutex_init(&opened->signing, NULL);
        list_append(&table, &opened->link);
    }
    opened->users++;
    pthread_mutex_unlock(&table_lock);
    if (pfx != NULL)
        io_pfx_free(pfx);
    return opened;
}

static void leave(struct opened *opened)
{
    pthread_mutex_lock(&table_lock);
    bool last = --opened->users == 0;
    if (last)
        list_remove(&opened->link);
    pthread_mutex_unlock(&table_lock);
    if (!last)
        return;
    io_pfx_free(opened->pfx);
    pthread_mutex_destroy(&opened->signing);
    free(opened);
}

/* ---- signing ---- */

struct signing {
    struct opened *opened;
    enum io_pfx_hash hash;
    struct arena *arena;
    struct slice data;
    struct slice *signature;
    bool ok;
    struct error err;
};

static void sign_now(void *arg)
{
    struct signing *signing = arg;
    pthread_mutex_lock(&signing->opened->signing);
    signing->ok = io_pfx_sign(signing->opened->pfx, signing->arena, signing->hash, signing->data,
                              signing->signature, &signing->err);
    pthread_mutex_unlock(&signing->opened->signing);
}

static bool sign(void *context, struct arena *arena, struct slice data, struct slice *signature,
                 struct error *err)
{
    struct rps_signer *signer = context;
    struct signing signing = {.opened = signer->opened,
                              .hash = signer->hash,
                              .arena = arena,
                              .data = data,
                              .signature = signature};
    error_clear(&signing.err);
    if (!run(signer->pool, sign_now, &signing, err))
        return false;
    if (!signing.ok && err != NULL)
        *err = signing.err;
    return signing.ok;
}

/* ---- opening ---- */

struct opening {
    struct slice pfx_base64;
    struct slice password;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct opened *opened; /* NULL: it is of no use, and the error says why */
    struct error err;
};

static void name(struct opening *opening)
{
    unsigned char digests[2][SHA256_DIGEST_LENGTH];
    SHA256(opening->pfx_base64.data, opening->pfx_base64.size, digests[0]);
    SHA256(opening->password.data, opening->password.size, digests[1]);
    SHA256(digests[0], sizeof digests, opening->digest);
    memory_wipe(digests, sizeof digests);
}

static void open_now(void *arg)
{
    struct opening *opening = arg;
    enum io_pfx_problem problem = IO_PFX_UNREADABLE;
    opening->opened = use(opening->digest); /* of one that waited for a worker before us */
    if (opening->opened != NULL)
        return;
    struct io_pfx *pfx = amt_provisioning_certificate_open(opening->pfx_base64, opening->password,
                                                           &problem, &opening->err);
    if (problem == IO_PFX_OK && pfx != NULL)
        opening->opened = share(opening->digest, pfx);
    else
        io_pfx_free(pfx);
}

static bool check(const struct opening *opening, const struct slice *hashes, size_t hash_count,
                  struct error *err)
{
    if (opening->opened == NULL)
        return error_set(err, ERROR_INVALID, EXTRACT ": %s", opening->err.text);
    const struct io_pfx *pfx = opening->opened->pfx;
    struct arena arena;
    arena_init(&arena);
    const char *fault = amt_provisioning_key_fault(&arena, pfx);
    if (fault == NULL)
        fault = amt_provisioning_use_fault(pfx);
    if (fault != NULL)
        (void)error_set(err, ERROR_INVALID, EXTRACT ": %s", fault);
    arena_fini(&arena);
    if (fault != NULL)
        return false;
    const struct io_pfx_certificate *root =
        io_pfx_certificate(pfx, io_pfx_state(pfx)->chain_count - 1);
    return amt_provisioning_is_trusted(pfx, hashes, hash_count) ||
           error_set(err, ERROR_CONFLICT, UNTRUSTED " (SHA-256 %s)", root->sha256);
}

static struct rps_signer *signer_new(struct io_pool *pool, struct opened *opened)
{
    struct rps_signer *signer = memory_new(sizeof *signer);
    const struct io_pfx *pfx = opened->pfx;
    size_t count = io_pfx_state(pfx)->chain_count;
    signer->pool = pool;
    signer->opened = opened;
    for (size_t i = 0; i < count; i++)
        signer->chain[i] = io_pfx_certificate(pfx, i)->der;
    signer->setup = (struct amt_setup_signer){
        .chain = signer->chain,
        .count = count,
        .sign = sign,
        .context = signer,
    };
    return signer;
}

bool rps_signer_open_file(struct io_pool *pool, struct slice pfx_base64, struct slice password,
                          const struct slice *hashes, size_t hash_count, struct rps_signer **signer,
                          struct error *err)
{
    struct opening opening = {.pfx_base64 = pfx_base64, .password = password};
    error_clear(&opening.err);
    name(&opening);
    opening.opened = use(opening.digest);
    if (opening.opened == NULL && !run(pool, open_now, &opening, err))
        return false;
    bool ok = check(&opening, hashes, hash_count, err);
    if (ok)
        *signer = signer_new(pool, opening.opened);
    else if (opening.opened != NULL)
        leave(opening.opened);
    memory_wipe(opening.digest, sizeof opening.digest);
    return ok;
}

bool rps_signer_open(struct io_pool *pool, struct store *store, struct arena *arena,
                     const char *tenant, const char *domain, const struct slice *hashes,
                     size_t hash_count, struct rps_signer **signer, struct error *err)
{
    struct slice pfx_base64;
    struct slice password;
    struct error why;
    if (!store_domain_certificate(store, arena, tenant, domain, &pfx_base64, &password, &why))
        return error_set(err, why.code == ERROR_NOT_FOUND ? ERROR_NOT_FOUND : ERROR_STORE,
                         "Failed to get amt domain certificate from database: %s", why.text);
    bool ok = rps_signer_open_file(pool, pfx_base64, password, hashes, hash_count, signer, err);
    /* The arena's own copies, so they may be written. */
    memory_wipe((void *)(uintptr_t)pfx_base64.data, pfx_base64.size);
    memory_wipe((void *)(uintptr_t)password.data, password.size);
    return ok;
}

const struct amt_setup_signer *rps_signer_of(struct rps_signer *signer, double release,
                                             bool *chain_taken)
{
    signer->setup.chain_taken = chain_taken;
    signer->hash = amt_provisioning_hash(release);
    signer->setup.algorithm =
        signer->hash == IO_PFX_SHA384 ? AMT_SETUP_RSA_SHA384 : AMT_SETUP_RSA_SHA256;
    return &signer->setup;
}

void rps_signer_close(struct rps_signer *signer)
{
    if (signer == NULL)
        return;
    leave(signer->opened);
    free(signer);
}
