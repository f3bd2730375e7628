/* Signing with a domain's certificate. */
#include "core/clock.h"
#include "core/memory.h"
#include "io/work.h"
#include "rps/provisioning_certificate.h"
#include "store/configurations.h"

#include <stdlib.h>

#define EXTRACT "Failed to extract domain certificate"
#define UNTRUSTED                                                                               \
    "Invalid domain certificate, hash does not exists in list of trusted root certificates on " \
    "AMT"

struct rps_signer {
    struct io_pool *pool; /* NULL: signs where it is called */
    struct io_pfx *pfx;
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

/* ---- signing ---- */

struct signing {
    const struct io_pfx *pfx;
    struct arena *arena;
    struct slice data;
    struct slice *signature;
    bool ok;
    struct error err;
};

static void sign_now(void *arg)
{
    struct signing *signing = arg;
    signing->ok = io_pfx_sign(signing->pfx, signing->arena, IO_PFX_SHA256, signing->data,
                              signing->signature, &signing->err);
}

static bool sign(void *context, struct arena *arena, struct slice data, struct slice *signature,
                 struct error *err)
{
    struct rps_signer *signer = context;
    struct signing signing = {
        .pfx = signer->pfx, .arena = arena, .data = data, .signature = signature};
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
    struct io_pfx *pfx;
    enum io_pfx_problem problem;
    struct error err;
};

static void open_now(void *arg)
{
    struct opening *opening = arg;
    opening->pfx = rps_provisioning_certificate_open(opening->pfx_base64, opening->password,
                                                     &opening->problem, &opening->err);
}

/* Why it is of no use, whatever the device trusts; NULL: it is. */
static const char *fault_of(const struct io_pfx *pfx)
{
    int64_t now = clock_wall_ms();
    const struct io_pfx_state *state = io_pfx_state(pfx);
    if (!io_pfx_certificate(pfx, 0)->is_rsa)
        return "the key of the certificate is no RSA key, which firmware wants";
    for (size_t i = 0; i < state->chain_count; i++) {
        if (io_pfx_certificate(pfx, i)->not_after < now)
            return "a certificate of the chain has expired; upload a new one to the domain";
        if (io_pfx_certificate(pfx, i)->not_before > now)
            return "a certificate of the chain is not valid yet";
    }
    if (!io_pfx_has_amt_oid(pfx) && !io_pfx_has_amt_ou(pfx))
        return "the certificate is not one for setting up AMT";
    return NULL;
}

static bool is_trusted(const struct io_pfx_certificate *root, const struct slice *hashes,
                       size_t hash_count)
{
    const char *const ours[] = {root->sha1, root->sha256, root->sha384};
    for (size_t i = 0; i < hash_count; i++)
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            if (slice_equal_ignore_case(hashes[i], slice_of_string(ours[k])))
                return true;
    return false;
}

static bool check(const struct opening *opening, const struct slice *hashes, size_t hash_count,
                  struct error *err)
{
    const struct io_pfx *pfx = opening->pfx;
    if (pfx == NULL || opening->problem != IO_PFX_OK)
        return error_set(err, ERROR_INVALID, EXTRACT ": %s", opening->err.text);
    const char *fault = fault_of(pfx);
    if (fault != NULL)
        return error_set(err, ERROR_INVALID, EXTRACT ": %s", fault);
    const struct io_pfx_certificate *root =
        io_pfx_certificate(pfx, io_pfx_state(pfx)->chain_count - 1);
    return is_trusted(root, hashes, hash_count) ||
           error_set(err, ERROR_CONFLICT, UNTRUSTED " (SHA-256 %s)", root->sha256);
}

static struct rps_signer *signer_new(struct io_pool *pool, struct io_pfx *pfx)
{
    struct rps_signer *signer = memory_new(sizeof *signer);
    size_t count = io_pfx_state(pfx)->chain_count;
    signer->pool = pool;
    signer->pfx = pfx;
    for (size_t i = 0; i < count; i++)
        signer->chain[i] = io_pfx_certificate(pfx, i)->der;
    signer->setup = (struct amt_setup_signer){
        .chain = signer->chain,
        .count = count,
        .sign = sign,
        .algorithm = AMT_SETUP_RSA_SHA256,
        .context = signer,
    };
    return signer;
}

bool rps_signer_open_file(struct io_pool *pool, struct slice pfx_base64, struct slice password,
                          const struct slice *hashes, size_t hash_count, struct rps_signer **signer,
                          struct error *err)
{
    struct opening opening = {
        .pfx_base64 = pfx_base64, .password = password, .problem = IO_PFX_UNREADABLE};
    error_clear(&opening.err);
    if (!run(pool, open_now, &opening, err))
        return false;
    if (!check(&opening, hashes, hash_count, err)) {
        io_pfx_free(opening.pfx);
        return false;
    }
    *signer = signer_new(pool, opening.pfx);
    return true;
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

const struct amt_setup_signer *rps_signer_of(const struct rps_signer *signer)
{
    return &signer->setup;
}

void rps_signer_close(struct rps_signer *signer)
{
    if (signer == NULL)
        return;
    io_pfx_free(signer->pfx);
    free(signer);
}
