#include "rpc/setup/login_8021x.h"

#include "rpc/setup/assistant.h"
#include "rpc/setup/blob.h"

#define PXE_TIMEOUT_MOST_S 86400U /* AMT_8021XProfile.PxeTimeout (spec device-classes) */

/* ---- given ---- */

static bool lacks(struct rpc_fault *fault, const char *what)
{
    return rpc_fault_set(fault, RPC_MISSING_IEEE8021X, "the 802.1X %s is missing", what);
}

bool rpc_8021x_check_openly(const struct rpc_8021x *wanted, struct rpc_fault *fault)
{
    if (wanted->protocol != RPC_EAP_TLS && wanted->protocol != RPC_PEAP_MSCHAPV2)
        return rpc_fault_set(fault, RPC_MISSING_IEEE8021X,
                             "the 802.1X protocol is 0 (EAP-TLS) or 2 (EAP-PEAPv0/MSCHAPv2)");
    if (wanted->pxe_timeout_s > PXE_TIMEOUT_MOST_S)
        return rpc_fault_set(fault, RPC_WRONG_CONFIGURATION,
                             "the PXE timeout of 802.1X is from 0 to %u seconds",
                             PXE_TIMEOUT_MOST_S);
    if (wanted->assistant != NULL)
        return true;
    if (wanted->username == NULL || *wanted->username == '\0')
        return lacks(fault, "user name");
    return wanted->protocol != RPC_EAP_TLS || wanted->client_certificate.size > 0 ||
           lacks(fault, "client certificate");
}

bool rpc_8021x_check(const struct rpc_8021x *wanted, struct rpc_fault *fault)
{
    if (!rpc_8021x_check_openly(wanted, fault))
        return false;
    if (wanted->assistant != NULL)
        return true;
    if (wanted->protocol == RPC_PEAP_MSCHAPV2)
        return wanted->password.size > 0 || lacks(fault, "password");
    return wanted->private_key.size > 0 || lacks(fault, "private key");
}

static bool read_given(struct rpc *rpc, const struct rpc_8021x *wanted,
                       struct rpc_8021x_login *login, struct rpc_fault *fault)
{
    struct io_credential_key key;
    struct amt_credential *credential = &login->credential;
    login->username = slice_of_string(wanted->username);
    if (wanted->ca_certificate.size > 0 &&
        !rpc_blob_certificate(rpc, wanted->ca_certificate, "the 802.1X root certificate",
                              &credential->ca_certificate, fault))
        return false;
    if (wanted->protocol == RPC_PEAP_MSCHAPV2) {
        login->password = wanted->password;
        return true;
    }
    if (!rpc_blob_certificate(rpc, wanted->client_certificate, "the 802.1X client certificate",
                              &credential->certificate, fault) ||
        !rpc_blob_key(rpc, wanted->private_key, "the 802.1X private key", &key, fault))
        return false;
    credential->private_key = key.private_der;
    credential->public_key = key.public_der;
    return true;
}

/* ---- of an Enterprise Assistant ---- */

/* All of it is needed: without the root any server may ask for the login. */
static bool take_account(const struct rpc_assistant *assistant, unsigned protocol,
                         struct rpc_8021x_login *login, struct error *err)
{
    const struct rpc_assistant_account *account = rpc_assistant_account(assistant);
    login->username = account->username;
    login->credential.ca_certificate = account->root;
    if (protocol == RPC_PEAP_MSCHAPV2)
        login->password = account->password;
    if (account->username.size > 0 && account->root.size > 0 &&
        (protocol != RPC_PEAP_MSCHAPV2 || account->password.size > 0))
        return true;
    return error_set(err, ERROR_PROTOCOL, "the Enterprise Assistant gives no %s",
                     account->username.size == 0 ? "user name"
                     : account->root.size == 0   ? "root certificate"
                                                 : "password");
}

static bool enrol(struct rpc *rpc, struct amt *amt, struct rpc_assistant *assistant,
                  struct rpc_8021x_login *login, struct error *err)
{
    const struct amt_device_key_issuer issuer = rpc_assistant_issuer(assistant);
    if (!amt_sequence_begin(amt, err))
        return false;
    bool ok = amt_device_key_enrol(amt, rpc_arena(rpc), &issuer, &login->enrolled, err);
    amt_sequence_end(amt);
    if (ok)
        login->credential.certificate = login->enrolled.der;
    return ok;
}

static bool read_assisted(struct rpc *rpc, const struct rpc_8021x *wanted,
                          struct rpc_8021x_login *login, struct rpc_fault *fault)
{
    struct rpc_assistant *assistant = NULL;
    struct amt *amt;
    bool ok = rpc_step_amt(rpc, &amt, fault) &&
              rpc_assistant_open(rpc, wanted->assistant, wanted->protocol, RPC_IEEE8021X_FAILED,
                                 &assistant, fault);
    if (!ok) {
        rpc_assistant_close(assistant);
        return false;
    }
    ok =
        (wanted->protocol == RPC_PEAP_MSCHAPV2 || enrol(rpc, amt, assistant, login, &fault->err)) &&
        take_account(assistant, wanted->protocol, login, &fault->err);
    rpc_assistant_close(assistant);
    if (!ok)
        rpc_8021x_take_back(rpc, login);
    return ok || rpc_fault_take(fault, RPC_IEEE8021X_FAILED, &fault->err);
}

bool rpc_8021x_get(struct rpc *rpc, const struct rpc_8021x *wanted, struct rpc_8021x_login *login,
                   struct rpc_fault *fault)
{
    *login = (struct rpc_8021x_login){.username = {NULL, 0}};
    if (!rpc_8021x_check(wanted, fault))
        return false;
    return wanted->assistant != NULL ? read_assisted(rpc, wanted, login, fault)
                                     : read_given(rpc, wanted, login, fault);
}

void rpc_8021x_take_back(struct rpc *rpc, const struct rpc_8021x_login *login)
{
    struct rpc_fault ignored;
    struct amt *amt;
    if (login->enrolled.id.size > 0 && rpc_step_amt(rpc, &amt, &ignored))
        amt_device_key_take_back(amt, rpc_arena(rpc), &login->enrolled);
}
