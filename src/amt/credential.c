#include "amt/credential.h"

#include "amt/certificate.h"
#include "io/fiber.h"

#define TAKE_BACK_MS 15000

/* One that is under way. */
struct provision {
    struct amt *amt;
    struct arena *arena;
    const struct amt_credential *credential;
    struct amt_certificates there;
    struct amt_credential_place *place;
    struct amt_refusal *refusal;
};

bool amt_credential_is_empty(const struct amt_credential *credential)
{
    return credential->certificate.data == NULL && credential->private_key.data == NULL &&
           credential->ca_certificate.data == NULL;
}

static bool took(struct provision *work, const char *step, int64_t return_value)
{
    if (return_value != 0)
        *work->refusal = (struct amt_refusal){step, amt_status_name(return_value), return_value};
    return return_value == 0;
}

/* A fault means that nothing came of it; any other failure leaves that open. */
static bool give_up(const struct error *why, struct slice der, struct slice *lost,
                    struct error *err)
{
    if (why->code != ERROR_DEVICE)
        *lost = der;
    if (err != NULL)
        *err = *why;
    return false;
}

static bool provide_certificate(struct provision *work, struct slice der, bool root,
                                struct slice *id, struct slice *added, struct slice *lost,
                                struct error *err)
{
    if (der.data == NULL)
        return true;
    const struct amt_certificate *there = amt_certificate_same(&work->there, der, root);
    if (there != NULL) {
        *id = there->id;
        return true;
    }
    int64_t value;
    struct error why;
    if (!amt_certificate_add(work->amt, work->arena, der, root, id, &value, &why))
        return give_up(&why, der, lost, err);
    if (took(work, root ? "AddTrustedRootCertificate" : "AddCertificate", value))
        *added = *id;
    return true;
}

static bool provide_key(struct provision *work, struct error *err)
{
    const struct amt_credential *credential = work->credential;
    int64_t value;
    struct slice id;
    if (credential->private_key.data == NULL ||
        amt_certificate_same_key(&work->there, credential->public_key) != NULL)
        return true;
    struct error why;
    if (!amt_certificate_add_key(work->amt, work->arena, credential->private_key, &id, &value,
                                 &why))
        return give_up(&why, credential->public_key, &work->place->lost_key, err);
    if (took(work, "AddKey", value))
        work->place->added_key = id;
    return true;
}

/* The key first, because firmware looks for it when the certificate comes. */
bool amt_credential_provide(struct amt *amt, struct arena *arena,
                            const struct amt_credential *credential,
                            struct amt_credential_place *place, struct amt_refusal *refusal,
                            struct error *err)
{
    struct provision work = {
        .amt = amt,
        .arena = arena,
        .credential = credential,
        .place = place,
        .refusal = refusal,
    };
    *place = (struct amt_credential_place){.client_id = {NULL, 0}};
    *refusal = (struct amt_refusal){.step = NULL};
    if (amt_credential_is_empty(credential))
        return true;
    if (!amt_certificate_list(amt, arena, &work.there, err) || !provide_key(&work, err))
        return false;
    if (refusal->step == NULL &&
        !provide_certificate(&work, credential->certificate, false, &place->client_id,
                             &place->added_client, &place->lost_client, err))
        return false;
    return refusal->step != NULL ||
           provide_certificate(&work, credential->ca_certificate, true, &place->ca_id,
                               &place->added_ca, &place->lost_ca, err);
}

/* None of it was on the device before, so that what is there now is ours. */
static void find_lost(struct amt *amt, struct arena *arena, struct amt_credential_place *place)
{
    struct amt_certificates there;
    struct error ignored;
    if (place->lost_key.size + place->lost_client.size + place->lost_ca.size == 0 ||
        !amt_certificate_list(amt, arena, &there, &ignored))
        return;
    const struct amt_key *key =
        place->lost_key.size == 0 ? NULL : amt_certificate_same_key(&there, place->lost_key);
    if (key != NULL)
        place->added_key = key->id;
    const struct amt_certificate *one =
        place->lost_client.size == 0 ? NULL
                                     : amt_certificate_same(&there, place->lost_client, false);
    if (one != NULL)
        place->added_client = one->id;
    one = place->lost_ca.size == 0 ? NULL : amt_certificate_same(&there, place->lost_ca, true);
    if (one != NULL)
        place->added_ca = one->id;
}

/* Certificates before the key that they are for. */
void amt_credential_take_back(struct amt *amt, struct arena *arena,
                              struct amt_credential_place *place)
{
    if (place->added_key.size + place->added_client.size + place->added_ca.size +
            place->lost_key.size + place->lost_client.size + place->lost_ca.size ==
        0)
        return;
    struct error ignored;
    struct io_shield shield = io_shield_begin(TAKE_BACK_MS);
    find_lost(amt, arena, place);
    if (place->added_ca.size > 0)
        (void)amt_certificate_delete(amt, arena, place->added_ca, &ignored);
    if (place->added_client.size > 0)
        (void)amt_certificate_delete(amt, arena, place->added_client, &ignored);
    if (place->added_key.size > 0)
        (void)amt_certificate_delete_key(amt, arena, place->added_key, &ignored);
    io_shield_end(shield);
}
