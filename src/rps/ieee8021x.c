#include "rps/ieee8021x.h"

#include "core/encoding.h"
#include "rps/enterprise_assistant.h"

enum { EAP_TLS = 0, PEAP_MSCHAPV2 = 2 };

static bool decode(struct arena *arena, struct slice text, const char *what, struct slice *der,
                   struct error *err)
{
    if (encoding_base64_decode(arena, text, der) && der->size > 0)
        return true;
    return error_set(err, ERROR_PROTOCOL, "the Enterprise Assistant's %s is not base64", what);
}

static bool draft(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice *request, struct error *err)
{
    struct rps_provisioning *p = ((struct rps_8021x_login *)context)->owner;
    struct rps_assistant_answer answer;
    if (!rps_assistant_key(p->session, arena, encoding_base64(arena, key->public_der), key->id,
                           &answer, err))
        return error_wrap(err, "Failed to send key pair to enterprise assistant");
    return decode(arena, answer.csr, "request", request, err);
}

static bool issue(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice request, struct slice *certificate, struct error *err)
{
    struct rps_8021x_login *login = context;
    struct rps_provisioning *p = login->owner;
    struct rps_assistant_answer answer;
    (void)key;
    if (!rps_assistant_certificate(p->session, arena, encoding_base64(arena, request), &answer,
                                   err))
        return error_wrap(err, "Failed to get cert from Microsoft CA");
    login->username = arena_copy(p->arena, answer.username);
    return decode(p->arena, answer.root_certificate, "root certificate",
                  &login->credential.ca_certificate, err) &&
           decode(arena, answer.certificate, "certificate", certificate, err);
}

struct amt_device_key_issuer rps_assistant_issuer(struct rps_provisioning *p,
                                                  struct rps_8021x_login *login)
{
    login->owner = p;
    return (struct amt_device_key_issuer){.draft = draft, .issue = issue, .context = login};
}

static bool get_account(struct rps_provisioning *p, struct rps_8021x_login *login,
                        const struct rps_assistant_answer *answer, struct error *err)
{
    login->username = answer->username;
    login->password = answer->password;
    return decode(p->arena, answer->root_certificate, "root certificate",
                  &login->credential.ca_certificate, err);
}

static bool get_certificate(struct rps_provisioning *p, struct rps_8021x_login *login,
                            struct error *err)
{
    const struct amt_device_key_issuer issuer = rps_assistant_issuer(p, login);
    if (!amt_sequence_begin(p->amt, err))
        return false;
    bool ok = amt_device_key_enrol(p->amt, p->arena, &issuer, &login->enrolled, err);
    amt_sequence_end(p->amt);
    if (ok)
        login->credential.certificate = login->enrolled.der;
    return ok;
}

bool rps_8021x_get(struct rps_provisioning *p, const char *config, bool wired,
                   struct rps_8021x_login *login, struct error *err)
{
    struct store_ieee8021x_config row;
    struct rps_assistant_answer answer;
    *login = (struct rps_8021x_login){.owner = p};
    if (!store_ieee8021x_config_get(p->store, p->arena, p->given->tenant, slice_of_string(config),
                                    &row, err))
        return error_wrap(err, "the 802.1x config %s cannot be read", config);
    if (row.wired != wired)
        return error_set(err, ERROR_INVALID, "the 802.1x config %s is for %s interfaces", config,
                         row.wired ? "wired" : "wireless");
    if (row.protocol != EAP_TLS && row.protocol != PEAP_MSCHAPV2)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the Enterprise Assistant gives logins for EAP-TLS and EAP-MSCHAPv2 only; "
                         "the 802.1x config %s has protocol %d",
                         config, row.protocol);
    login->profile = row.name;
    login->protocol = (unsigned)row.protocol;
    login->pxe_timeout_s = row.pxe_timeout_s;
    if (!rps_assistant_profile(p->session, p->arena, row.protocol, &answer, err))
        return error_wrap(err, "Failed to initiate cert request with enterprise assistant");
    return row.protocol == PEAP_MSCHAPV2 ? get_account(p, login, &answer, err)
                                         : get_certificate(p, login, err);
}

void rps_8021x_take_back(struct rps_provisioning *p, const struct rps_8021x_login *login)
{
    amt_device_key_take_back(p->amt, p->arena, &login->enrolled);
}
