#include "rps/tls.h"

#include "amt/tls_setup.h"
#include "core/json_reader.h"
#include "http/body_value.h"
#include "http/json.h"
#include "io/credential.h"
#include "io/work.h"
#include "rps/enterprise_assistant.h"
#include "rps/ieee8021x.h"
#include "rps/tls_certificate.h"
#include "rps/tls_given.h"

#include <string.h>

/* What fails is told as the toolkit tells it, and then why. */
static const char *const failures[] = {
    [AMT_TLS_STEP_CERTIFICATES] = "Failed to pull public key certificates",
    [AMT_TLS_STEP_ROOT] = "Failed to add trusted root certificates",
    [AMT_TLS_STEP_KEY_PAIR] = "Failed to generate key pair",
    [AMT_TLS_STEP_REQUEST] = "Failed to send key pair to enterprise assistant",
    [AMT_TLS_STEP_REQUEST_SIGNED] = "Failed to have AMT sign CSR",
    [AMT_TLS_STEP_ISSUE] = "Failed to get the certificate",
    [AMT_TLS_STEP_CERTIFICATE] = "Failed to add certificate",
    [AMT_TLS_STEP_CONTEXT_READ] = "Failed to pull TLS credential context",
    [AMT_TLS_STEP_CONTEXT] = "Failed to create TLS credential context",
    [AMT_TLS_STEP_CLOCK] = "Failed to set the clock",
    [AMT_TLS_STEP_SETTINGS_READ] = "Failed to pull TLS data",
    [AMT_TLS_STEP_REMOTE] = "Failed to update remote TLS data",
    [AMT_TLS_STEP_LOCAL] = "Failed to update local TLS data",
    [AMT_TLS_STEP_COMMIT] = "Failed to commit changes",
    [AMT_TLS_STEP_DONE] = "Failed to configure TLS",
};

bool rps_certificate_der(struct arena *arena, struct slice text, struct slice *der)
{
    struct io_credential_certificate certificate;
    struct slice bytes;
    struct error err;
    if (!http_body_value_blob(arena, text, &bytes) ||
        !io_credential_certificate(arena, bytes, &certificate, &err))
        return false;
    *der = certificate.der;
    return true;
}

/* ---- what is issued ---- */

/* What the device is asked to make a key for, and who certifies it. */
struct enrolment {
    struct rps_provisioning *p;
    struct rps_tls_given given;
    struct rps_8021x_login login; /* by the Enterprise Assistant: … */
    struct amt_device_key_issuer issuer;
    struct amt_device_key key;
};

static bool put(struct enrolment *e, struct error *err)
{
    struct rps_provisioning *p = e->p;
    return store_passwords_put_certificate(p->store, &p->given->request->guid, p->given->tenant,
                                           rps_tls_given_pem(p->arena, &e->given), err) ||
           error_wrap(err, "Failed to save TLS certificates to vault");
}

/* Stored before the device has it, so that it is known again (spec rps 3.1.2). */
static bool remember(struct enrolment *e, struct slice leaf, struct error *err)
{
    if (!rps_tls_given_add(&e->given, leaf, rps_is_proven(e->p), err))
        return false;
    rps_session_expect(e->p->session, leaf);
    return put(e, err);
}

/* What cannot be stored is no harm. */
static void settle(struct enrolment *e)
{
    struct error err;
    if (rps_tls_given_settle(&e->given, rps_is_proven(e->p)))
        (void)put(e, &err);
}

/* ---- our own CA ---- */

struct issue {
    struct rps_provisioning *p;
    struct arena *arena;
    struct slice ca_key;
    struct slice public_key;
    struct slice leaf;
    struct error err;
    bool ok;
};

static void issue_on_worker(void *arg)
{
    struct issue *i = arg;
    i->ok = rps_tls_issue(i->p->given->options->devices_pem, i->ca_key, i->arena, i->public_key,
                          &i->p->given->request->guid, &i->leaf, &i->err);
}

/* The key of the CA of devices, which is kept sealed and not in memory. The arena is the session's,
 * which is wiped. */
static bool read_ca_key(struct rps_provisioning *p, struct slice *key, struct error *err)
{
    struct slice text;
    if (!store_secret_get(p->store, p->arena, RPS_TLS_CA_SECRET, &text, err))
        return error_wrap(err, "Failed to fetch the key of the devices' CA from vault");
    json_t *root = json_reader_parse(text, JSON_READER_DEPTH, err);
    const char *pem = json_string_value(json_object_get(root, "key"));
    *key = arena_copy(p->arena, slice_of_string(pem));
    http_json_wipe(root);
    json_decref(root);
    return key->size > 0 ||
           error_set(err, ERROR_STORE,
                     "Failed to fetch the key of the devices' CA from vault: there is none");
}

static bool issue(void *context, struct arena *arena, struct slice public_key, struct slice *leaf,
                  struct error *err)
{
    struct enrolment *e = context;
    struct rps_provisioning *p = e->p;
    struct issue i = {.p = p, .arena = arena, .public_key = public_key};
    if (!read_ca_key(p, &i.ca_key, err) ||
        !io_work(p->given->options->work, issue_on_worker, &i, err))
        return false;
    if (!i.ok)
        return error_set(err, i.err.code, "%s", i.err.text);
    *leaf = i.leaf;
    return remember(e, i.leaf, err);
}

/* ---- the site's CA, behind the Enterprise Assistant ---- */

static bool request_assisted(void *context, struct arena *arena, struct slice key_id,
                             struct slice public_key, struct slice *request, struct error *err)
{
    struct enrolment *e = context;
    e->key = (struct amt_device_key){.id = key_id, .public_der = public_key};
    return e->issuer.draft(e->issuer.context, arena, &e->key, request, err);
}

static bool issue_assisted(void *context, struct arena *arena, struct slice request,
                           struct slice *leaf, struct error *err)
{
    struct enrolment *e = context;
    return e->issuer.issue(e->issuer.context, arena, &e->key, request, leaf, err) &&
           remember(e, *leaf, err);
}

/* ---- both ---- */

static bool is_by_assistant(const struct store_profile *profile)
{
    const char *authority = profile->tls_signing_authority;
    return authority != NULL && strcmp(authority, "MicrosoftCA") == 0;
}

static bool set_up(struct enrolment *e, struct amt_tls_plan *plan, struct error *err)
{
    struct rps_provisioning *p = e->p;
    struct rps_assistant_answer answer;
    plan->context = e;
    if (!is_by_assistant(&p->given->profile)) {
        if (!rps_certificate_der(p->arena, p->given->options->devices_pem, &plan->root_der))
            return error_set(err, ERROR_STORE, "the server has no CA for devices");
        plan->ca_name = RPS_DEVICES_CA;
        plan->issue = issue;
        return amt_tls_set_up(p->amt, p->arena, plan, err);
    }
    if (!rps_assistant_profile(p->session, p->arena, 0, &answer, err))
        return error_wrap(err, "Failed to initiate cert request with enterprise assistant");
    e->issuer = rps_assistant_issuer(p, &e->login);
    plan->request = request_assisted;
    plan->issue = issue_assisted;
    return amt_tls_set_up(p->amt, p->arena, plan, err);
}

bool rps_tls_provide(struct rps_provisioning *p, struct error *err)
{
    enum amt_tls_step step = AMT_TLS_STEP_CERTIFICATES;
    struct amt_tls_plan plan = {.mode = p->given->profile.tls_mode, .step = &step};
    struct enrolment e = {.p = p};
    rps_tls_given_read(p->arena, &p->device.stored, &e.given);
    if (!set_up(&e, &plan, err))
        return error_wrap(err, "%s", failures[step]);
    settle(&e);
    return true;
}

/* ---- the session over it ---- */

void rps_tls_trust_given(struct rps_provisioning *p)
{
    rps_session_use_tls(p->session, RPS_VERIFY_GIVEN);
    p->done.over_own_tls = true;
}

bool rps_tls_trust_stored(struct rps_provisioning *p)
{
    struct rps_tls_given given;
    rps_tls_given_read(p->arena, &p->device.stored, &given);
    for (size_t i = 0; i < given.count; i++)
        rps_session_expect(p->session, given.der[i]);
    bool any = given.count > 0;
    rps_session_use_tls(p->session, any ? RPS_VERIFY_ON_DIE : RPS_VERIFY_NOTHING);
    return any;
}
