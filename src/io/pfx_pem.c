/* The bags of a PEM text. */
#include "core/memory.h"
#include "io/pem.h"
#include "io/pfx_bags.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static int give_password(char *to, int size, int writing, void *arg)
{
    const struct slice *password = arg;
    (void)writing;
    if (password->size == 0 || size <= 0 || password->size > (size_t)size)
        return -1;
    memcpy(to, password->data, password->size);
    return (int)password->size;
}

bool pfx_bags_is_pem(struct slice file)
{
    static const char begin[] = "-----BEGIN "; /* openssl puts attributes before it */
    return file.size > 0 && file.data[0] != 0x30 &&
           memmem(file.data, file.size, begin, sizeof begin - 1) != NULL;
}

/* Both readers pass over what is not theirs, so the text is read once for each. */
static bool take_certificates(struct slice text, struct pfx_bags *bags, struct error *err)
{
    BIO *bio = pem_open(text);
    X509 *certificate = NULL;
    bool ok = true;
    while (ok && (certificate = pem_next_certificate(bio)) != NULL) {
        if (bags->certificate_count == PFX_BAGS_CERTIFICATES) {
            X509_free(certificate);
            ok = error_set(err, ERROR_INVALID, "the file has more than %d certificates",
                           PFX_BAGS_CERTIFICATES);
        } else if (X509_get0_pubkey(certificate) == NULL) {
            X509_free(certificate);
            bags->unreadable++;
        } else {
            bags->certificates[bags->certificate_count++] = certificate;
        }
    }
    if (ok && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        ok = error_set(err, ERROR_INVALID, "a certificate of the file cannot be read");
    ERR_clear_error();
    BIO_free(bio);
    return ok;
}

static bool take_keys(struct slice text, struct slice password, struct pfx_bags *bags,
                      struct error *err)
{
    static const char key_end[] = "PRIVATE KEY-----";
    BIO *bio = pem_open(text);
    EVP_PKEY *key = NULL;
    bool ok = true;
    while (bio != NULL && bags->key_count < PFX_BAGS_KEYS &&
           (key = PEM_read_bio_PrivateKey(bio, NULL, give_password, &password)) != NULL)
        bags->keys[bags->key_count++] = key;
    if (bags->key_count == 0 && memmem(text.data, text.size, key_end, sizeof key_end - 1) != NULL)
        ok = error_set(err, ERROR_INVALID,
                       "the file's private key cannot be read, or its password "
                       "is another");
    ERR_clear_error();
    BIO_free(bio);
    return ok;
}

bool pfx_bags_read_pem(struct slice text, struct slice password, struct pfx_bags *bags,
                       struct error *err)
{
    *bags = (struct pfx_bags){.certificate_count = 0};
    ERR_clear_error();
    if (take_certificates(text, bags, err) && take_keys(text, password, bags, err))
        return true;
    pfx_bags_fini(bags);
    return false;
}
