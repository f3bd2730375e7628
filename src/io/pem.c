#include "io/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdint.h>

static int no_passphrase(char *to, int size, int writing, void *arg)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

BIO *pem_open(struct slice pem)
{
    return pem.size > INT32_MAX ? NULL : BIO_new_mem_buf(pem.data, (int)pem.size);
}

X509 *pem_next_certificate(BIO *bio)
{
    return bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
}

X509 *pem_certificate(struct slice pem)
{
    BIO *bio = pem_open(pem);
    X509 *certificate = pem_next_certificate(bio);
    BIO_free(bio);
    return certificate;
}

EVP_PKEY *pem_key(struct slice pem, OSSL_LIB_CTX *library)
{
    BIO *bio = pem_open(pem);
    EVP_PKEY *key = NULL;
    if (bio != NULL)
        key = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, library, NULL);
    BIO_free(bio);
    return key;
}
