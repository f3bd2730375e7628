/* AMT's TLS server, with a certificate of a CA that is made for this and forgotten (spec rpc 5.6).
 */
#include "amt/tls.h"
#include "amt/tls_setup.h"
#include "core/file_draft.h"
#include "io/certificate.h"
#include "io/credential.h"
#include "io/fiber.h"
#include "rpc/machine/host.h"
#include "rpc/machine/machine.h"
#include "rpc/setup/activation.h"
#include "rpc/setup/assistant.h"
#include "rpc/setup/steps.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA_NAME "RPC Root CA"
#define CA_BITS 2048
#define ASK_MS  10000

struct made {
    struct io_certificate ca;
    struct slice root_der, leaf_der;
    const char *host;
    const char *path; /* the CA's file; NULL: it is forgotten */
    struct file_draft draft;
    struct stat kept; /* what is put at path; st_ino 0: nothing was yet */
    bool is_kept;
    bool taken; /* AMT has chosen the leaf, or may have */
};

static bool make_ca(struct rpc *rpc, struct made *made, struct rpc_fault *fault)
{
    struct io_credential_certificate root;
    struct rpc_host host;
    rpc_host_read(rpc_arena(rpc), &host);
    *made = (struct made){.host = host.hostname != NULL ? host.hostname : "localhost",
                          .draft = {.fd = -1, .folder = -1}};
    if (!io_certificate_new_ca(rpc_arena(rpc), CA_NAME, CA_BITS, &made->ca, &fault->err) ||
        !io_credential_certificate(rpc_arena(rpc), made->ca.certificate_pem, &root, &fault->err))
        return rpc_fault_take(fault, RPC_TLS_FAILED, &fault->err);
    made->root_der = root.der;
    return true;
}

/* Both in one file, which its owner only may read. That it can be kept is known before AMT is
 * asked. */
static bool begin_file(struct rpc *rpc, struct made *made, struct rpc_fault *fault)
{
    const char *text = arena_printf(rpc_arena(rpc), "%.*s%.*s", SLICE_ARG(made->ca.certificate_pem),
                                    SLICE_ARG(made->ca.key_pem));
    if (file_draft_begin(&made->draft, made->path, 0600, FILE_KEEP)) {
        if (file_write_all(made->draft.fd, slice_of_string(text)))
            return true;
        file_draft_drop(&made->draft);
    }
    (void)file_error(&fault->err, ERROR_INVALID, made->path);
    return rpc_fault_take(fault, RPC_WRONG_PARAMETERS, &fault->err);
}

/* Before AMT is given what the CA has signed: whatever ends the run then, nobody is left with an
 * AMT whose CA is lost. */
static bool keep_file(struct made *made, struct error *err)
{
    if (made->path == NULL || made->is_kept)
        return true;
    made->is_kept = fstat(made->draft.fd, &made->kept) == 0 && file_draft_keep(&made->draft);
    return made->is_kept || file_error(err, ERROR_INVALID, made->path);
}

static bool is_ours(const struct made *made)
{
    struct stat now;
    return made->kept.st_ino != 0 && lstat(made->path, &now) == 0 &&
           now.st_dev == made->kept.st_dev && now.st_ino == made->kept.st_ino;
}

/* When it is known what AMT has. */
static void end_file(struct rpc *rpc, struct made *made, bool set_up)
{
    if (made->path == NULL)
        return;
    file_draft_drop(&made->draft);
    if (!made->taken && is_ours(made) && unlink(made->path) != 0)
        rpc_log(rpc, LOG_WARN,
                "AMT does not have the certificate that was made, and the file of "
                "its CA cannot be removed: %s: %s",
                made->path, strerror(errno));
    if (made->taken && !set_up)
        rpc_log(rpc, LOG_WARN, "AMT may have the certificate that was made: its CA is in %s",
                made->path);
}

static bool issue(void *context, struct arena *arena, struct slice public_key, struct slice *leaf,
                  struct error *err)
{
    struct made *made = context;
    bool ok =
        io_certificate_issue(arena, &made->ca, public_key, made->host, made->host, leaf, err) &&
        keep_file(made, err);
    if (ok)
        made->leaf_der = *leaf;
    return ok;
}

/* Over the door as it is now: the answer to what changed it may be lost with the old one. */
static bool shows(struct rpc *rpc, const struct made *made)
{
    struct rpc_fault ignored;
    struct slice leaf;
    bool enabled = false;
    struct amt *amt;
    rpc_amt_made_root(rpc, made->ca.certificate_pem);
    return rpc_step_amt(rpc, &amt, &ignored) &&
           amt_tls_current(amt, rpc_arena(rpc), &enabled, &leaf, &ignored.err) && enabled &&
           slice_equal(leaf, made->leaf_der);
}

static bool set_up(struct rpc *rpc, const struct rpc_tls_wanted *wanted, struct made *made,
                   struct rpc_fault *fault)
{
    enum amt_tls_step step = AMT_TLS_STEP_CERTIFICATES;
    struct amt *amt;
    const struct amt_tls_plan plan = {.mode = wanted->mode,
                                      .root_der = made->root_der,
                                      .ca_name = CA_NAME,
                                      .issue = issue,
                                      .context = made,
                                      .step = &step};
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    bool ok = amt_tls_set_up(amt, rpc_arena(rpc), &plan, &fault->err);
    bool refused = fault->err.code == ERROR_DEVICE || fault->err.code == ERROR_LOGIN;
    made->taken = ok || step > AMT_TLS_STEP_CONTEXT || (step == AMT_TLS_STEP_CONTEXT && !refused);
    bool lost = !ok && fault->err.code != ERROR_DEVICE && step >= AMT_TLS_STEP_REMOTE;
    if (!ok && !lost)
        return rpc_fault_take(fault, RPC_TLS_FAILED, &fault->err);
    return shows(rpc, made) || ok || rpc_fault_take(fault, RPC_TLS_FAILED, &fault->err);
}

/* The certificate is the site's: whoever comes after this has to name its CA (--amt-ca). */
static bool set_up_by(struct rpc *rpc, const struct rpc_tls_wanted *wanted,
                      struct rpc_assistant *assistant, struct rpc_fault *fault)
{
    struct amt_tls_plan plan = {.mode = wanted->mode, .ca_name = CA_NAME};
    struct amt *amt;
    rpc_assistant_plan(assistant, &plan);
    return rpc_step_amt(rpc, &amt, fault) &&
           (amt_tls_set_up(amt, rpc_arena(rpc), &plan, &fault->err) ||
            rpc_fault_take(fault, RPC_TLS_FAILED, &fault->err));
}

static bool set_up_assisted(struct rpc *rpc, const struct rpc_tls_wanted *wanted,
                            struct rpc_fault *fault)
{
    struct rpc_assistant *assistant;
    bool ok = rpc_assistant_open(rpc, wanted->assistant, 0, RPC_TLS_FAILED, &assistant, fault) &&
              set_up_by(rpc, wanted, assistant, fault);
    rpc_assistant_close(assistant);
    rpc_amt_forget(rpc);
    return ok;
}

static bool switch_off(struct rpc *rpc, struct rpc_fault *fault)
{
    struct amt *amt;
    bool was_on;
    if (!rpc_step_amt(rpc, &amt, fault))
        return false;
    bool ok = amt_tls_disable(amt, rpc_arena(rpc), &was_on, &fault->err) ||
              rpc_fault_take(fault, RPC_TLS_FAILED, &fault->err);
    rpc_amt_forget(rpc);
    return ok;
}

/* What a run that is to end knows of it. */
static void tell_end(struct rpc *rpc, const struct made *made, bool ok)
{
    struct rpc_fault why;
    struct slice leaf;
    bool enabled = false;
    struct amt *amt;
    if (ok) {
        rpc_log(rpc, LOG_WARN, "TLS was set up before ending");
        return;
    }
    struct io_shield shield = io_shield_begin(ASK_MS);
    bool known = rpc_step_amt(rpc, &amt, &why) &&
                 amt_tls_current(amt, rpc_arena(rpc), &enabled, &leaf, &why.err);
    io_shield_end(shield);
    if (!known)
        rpc_log(rpc, LOG_WARN, "whether AMT's TLS is on is not known: %s", why.err.text);
    else
        rpc_log(rpc, LOG_WARN, "AMT says that its TLS is %s",
                !enabled ? "off"
                : leaf.size > 0 && slice_equal(leaf, made->leaf_der)
                    ? "on, with the certificate that was made now"
                    : "on, with another certificate than was made now");
}

bool rpc_step_tls(struct rpc *rpc, const struct rpc_tls_wanted *wanted, struct rpc_fault *fault)
{
    struct made made;
    if (wanted->mode == 0)
        return switch_off(rpc, fault);
    if (wanted->assistant != NULL)
        return set_up_assisted(rpc, wanted, fault);
    if (!make_ca(rpc, &made, fault))
        return false;
    made.path = wanted->ca_out;
    if (made.path != NULL && !begin_file(rpc, &made, fault))
        return false;
    struct io_shield shield = io_shield_begin_for_answer(RPC_SET_UP_MS);
    bool ok = set_up(rpc, wanted, &made, fault);
    io_shield_end(shield);
    if (rpc_is_interrupted())
        tell_end(rpc, &made, ok);
    end_file(rpc, &made, ok);
    return ok;
}
