/* Keys that a device makes itself, with an assistant that issues certificates for them, on a whole
 * simulated machine (spec rps 3.6, 5.7, device-protocols 7.7); and a wired 802.1X login with one.
 */
#include "amt/device_key.h"

#include "amt/wired.h"
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define KEY         "AMT_PublicPrivateKeyPair"
#define CERTIFICATE "AMT_PublicKeyCertificate"

static const char *const classes[] = {KEY, CERTIFICATE, NULL};

/* What the assistant is like. */
struct assistant {
    EVP_PKEY *ca;
    bool refuses;
    bool drafted;
    bool verified; /* the request was signed by the key that it is for */
};

static EVP_PKEY *public_key(struct slice der)
{
    const unsigned char *at = der.data;
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
}

static bool draft(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice *request, struct error *err)
{
    struct assistant *assistant = context;
    EVP_PKEY *public = public_key(key->public_der);
    X509_REQ *req = X509_REQ_new();
    unsigned char *der = NULL;
    (void)err;
    assert_non_null(public);
    X509_REQ_set_pubkey(req, public);
    assert_true(X509_REQ_sign(req, assistant->ca, EVP_sha256()) > 0); /* not by the device */
    int size = i2d_X509_REQ(req, &der);
    assert_true(size > 0);
    *request = arena_copy(arena, slice_of(der, (size_t)size));
    assistant->drafted = true;
    OPENSSL_free(der);
    X509_REQ_free(req);
    EVP_PKEY_free(public);
    return true;
}

static bool issue(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice request, struct slice *certificate, struct error *err)
{
    struct assistant *assistant = context;
    if (assistant->refuses)
        return error_set(err, ERROR_CONNECTION, "the assistant has gone");
    EVP_PKEY *public = public_key(key->public_der);
    if (assistant->drafted) {
        const unsigned char *at = request.data;
        X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)request.size);
        assert_non_null(req);
        assistant->verified = X509_REQ_verify(req, public) == 1;
        X509_REQ_free(req);
    }
    X509 *leaf = X509_new();
    unsigned char *der = NULL;
    ASN1_INTEGER_set(X509_get_serialNumber(leaf), 7);
    X509_gmtime_adj(X509_getm_notBefore(leaf), 0);
    X509_gmtime_adj(X509_getm_notAfter(leaf), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_ASC,
                               (const unsigned char *)"device", -1, -1, 0);
    X509_set_pubkey(leaf, public);
    assert_true(X509_sign(leaf, assistant->ca, EVP_sha256()) > 0);
    int size = i2d_X509(leaf, &der);
    assert_true(size > 0);
    *certificate = arena_copy(arena, slice_of(der, (size_t)size));
    OPENSSL_free(der);
    X509_free(leaf);
    EVP_PKEY_free(public);
    return true;
}

static struct assistant *assistant_of_all; /* its key costs a while */

struct key_call {
    struct amt_device_key_issuer issuer;
    struct amt_device_certificate made;
    struct amt_wired_result wired;
    struct slice root;
};

static struct key_call new_call(void)
{
    assistant_of_all->refuses = assistant_of_all->drafted = assistant_of_all->verified = false;
    return (struct key_call){
        .issuer = {.draft = draft, .issue = issue, .context = assistant_of_all}};
}

static bool enrol(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct key_call *call = arg;
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = amt_device_key_enrol(amt, arena, &call->issuer, &call->made, err);
    amt_sequence_end(amt);
    return ok;
}

static bool take_back(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct key_call *call = arg;
    (void)err;
    amt_device_key_take_back(amt, arena, &call->made);
    return true;
}

/* EAP-TLS with the certificate that was enrolled. */
static bool log_in(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct key_call *call = arg;
    const struct amt_wired_8021x login = {
        .state = AMT_WIRED_8021X_ON,
        .pxe_timeout_s = 120,
        .username = SLICE_LITERAL("device"),
        .protocol = 0,
        .credential = {.certificate = call->made.der, .ca_certificate = call->root}};
    return amt_wired_change(amt, arena, NULL, &login, &call->wired, err);
}

static void the_device_signs_a_request_and_gets_a_certificate(void **state)
{
    (void)state;
    struct machine machine;
    struct key_call call = new_call();
    machine_start(&machine, "16.1");
    const char *before = machine_snapshot(&machine, &machine.arena, classes);
    machine_must(&machine, enrol, &call);
    assert_true(assistant_of_all->verified);
    assert_true(call.made.id.size > 0 && call.made.key.id.size > 0);
    assert_int_equal(machine_count(&machine, KEY), 3);
    assert_int_equal(machine_count(&machine, CERTIFICATE), 4);
    machine_must(&machine, take_back, &call);
    assert_string_equal(machine_snapshot(&machine, &machine.arena, classes), before);
    machine_stop(&machine);
}

static void an_issuer_may_want_no_request(void **state)
{
    (void)state;
    struct machine machine;
    struct key_call call = new_call();
    call.issuer.draft = NULL;
    machine_start(&machine, "16.1");
    machine_must(&machine, enrol, &call);
    assert_false(assistant_of_all->verified);
    assert_int_equal(machine_count(&machine, CERTIFICATE), 4);
    machine_stop(&machine);
}

static void a_login_uses_what_was_enrolled_and_brings_no_key(void **state)
{
    (void)state;
    struct machine machine;
    struct key_call call = new_call();
    machine_start(&machine, "16.1");
    call.root = machine_certificate(&machine.arena, "radius");
    machine_must(&machine, enrol, &call);
    machine_must(&machine, log_in, &call);
    assert_int_equal(call.wired.outcome, AMT_WIRED_DONE);
    assert_true(
        slice_equal_string(machine_value(&machine, "IPS_IEEE8021xSettings", 0, "Enabled"), "2"));
    assert_int_equal(machine_count(&machine, "IPS_8021xCredentialContext"), 2);
    assert_int_equal(machine_count(&machine, KEY), 3);
    assert_int_equal(machine_count(&machine, CERTIFICATE), 5); /* the leaf and the root */
    machine_stop(&machine);
}

static void an_assistant_that_goes_away_leaves_no_key(void **state)
{
    (void)state;
    struct machine machine;
    struct key_call call = new_call();
    struct error err;
    assistant_of_all->refuses = true;
    machine_start(&machine, "16.1");
    const char *before = machine_snapshot(&machine, &machine.arena, classes);
    assert_false(machine_converse(&machine, enrol, &call, &err));
    assert_string_equal(err.text, "the assistant has gone");
    assert_string_equal(machine_snapshot(&machine, &machine.arena, classes), before);
    machine_stop(&machine);
}

/* False when there are not that many exchanges. */
static bool fails_without_a_trace(unsigned at, enum machine_failure failure)
{
    struct machine machine;
    struct key_call call = new_call();
    struct error err;
    machine_start(&machine, "16.1");
    const char *before = machine_snapshot(&machine, &machine.arena, classes);
    machine_plan(&machine, at, failure);
    bool ok = machine_converse(&machine, enrol, &call, &err);
    bool failed = machine.failed;
    if (!ok && strcmp(machine_snapshot(&machine, &machine.arena, classes), before) != 0)
        fail_msg("exchange %u failing by %d (%s) leaves something", at, (int)failure, err.text);
    machine_stop(&machine);
    return failed;
}

static void whatever_fails_leaves_nothing(void **state)
{
    (void)state;
    for (int failure = 0; failure < MACHINE_FAILURES; failure++) {
        unsigned at = 1;
        while (fails_without_a_trace(at, (enum machine_failure)failure))
            at++;
        assert_in_range(at, 7, 12);
    }
}

static int make_assistant(void **state)
{
    static struct assistant one;
    (void)state;
    one.ca = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    assistant_of_all = &one;
    return one.ca == NULL;
}

static int free_assistant(void **state)
{
    (void)state;
    EVP_PKEY_free(assistant_of_all->ca);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_signs_a_request_and_gets_a_certificate),
        cmocka_unit_test(an_issuer_may_want_no_request),
        cmocka_unit_test(a_login_uses_what_was_enrolled_and_brings_no_key),
        cmocka_unit_test(an_assistant_that_goes_away_leaves_no_key),
        cmocka_unit_test(whatever_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_assistant, free_assistant);
}
