/*
 * What the static agent leaves out of the libraries that it is made of. The linker takes a function
 * from here instead of the archive, and with it goes all that only that function needs:
 *
 * - Modules. Nothing is ever loaded at run time: not OpenSSL's engines and providers, not glibc's
 *   name services and character sets, which belong to another glibc or aren't there.
 * - Users and services by name, which libuv and libcrypto refer to and the agent never asks for.
 * - Faster variants of algorithms, each answered as on a processor that lacks what it takes:
 *   tables of P-256 (170 KB), P-224 and P-521 (40 KB), AES-CBC interwoven with HMAC (120 KB). The
 *   algorithms are all there.
 * - Engines of OpenSSL (20 KB), and the older names of ciphers that no certificate's file has (60
 *   KB): ARIA, Camellia, SEED, SM4.
 *
 * A name that a library doesn't have any more is harmless; one that it needs in another way fails
 * the link.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <stddef.h>

/* ---- modules ---- */

void *dlopen(const char *name, int mode)
{
    (void)name;
    (void)mode;
    return NULL;
}

void *dlsym(void *module, const char *name)
{
    (void)module;
    (void)name;
    return NULL;
}

int dlclose(void *module)
{
    (void)module;
    return -1;
}

char *dlerror(void)
{
    static char text[] = "a static program loads nothing";
    return text;
}

int dladdr(const void *address, Dl_info *info)
{
    (void)address;
    (void)info;
    return 0;
}

/* glibc's own doors to the same (dlfcn/dl-libc.c). */
void *__libc_dlopen_mode(const char *name, int mode);
void *__libc_dlsym(void *module, const char *name);
int __libc_dlclose(void *module);

void *__libc_dlopen_mode(const char *name, int mode)
{
    return dlopen(name, mode);
}

void *__libc_dlsym(void *module, const char *name)
{
    return dlsym(module, name);
}

int __libc_dlclose(void *module)
{
    return dlclose(module);
}

/* ---- users and services ---- */

int getpwuid_r(uid_t user, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
    (void)user;
    (void)entry;
    (void)buffer;
    (void)size;
    *found = NULL;
    return 0;
}

struct hostent *gethostbyname(const char *name)
{
    (void)name;
    return NULL;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
    (void)name;
    (void)protocol;
    return NULL;
}

int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size,
                char *service, socklen_t service_size, int flags)
{
    (void)address;
    (void)size;
    (void)host;
    (void)host_size;
    (void)service;
    (void)service_size;
    (void)flags;
    return EAI_FAIL;
}

/* ---- faster variants ---- */

struct ec_method_st;
const struct ec_method_st *EC_GFp_nistp256_method(void);
const struct ec_method_st *EC_GFp_nistz256_method(void);

const struct ec_method_st *EC_GFp_nistz256_method(void)
{
    return EC_GFp_nistp256_method();
}

/* Of tables that only the variant makes, so there are none. */
void *EC_nistz256_pre_comp_dup(void *table);
void EC_nistz256_pre_comp_free(void *table);

void *EC_nistz256_pre_comp_dup(void *table)
{
    return table;
}

void EC_nistz256_pre_comp_free(void *table)
{
    (void)table;
}

const struct ec_method_st *EC_GFp_mont_method(void);
const struct ec_method_st *EC_GFp_nistp224_method(void);
const struct ec_method_st *EC_GFp_nistp521_method(void);
void *EC_nistp224_pre_comp_dup(void *table);
void EC_nistp224_pre_comp_free(void *table);
void *EC_nistp521_pre_comp_dup(void *table);
void EC_nistp521_pre_comp_free(void *table);

const struct ec_method_st *EC_GFp_nistp224_method(void)
{
    return EC_GFp_mont_method();
}

const struct ec_method_st *EC_GFp_nistp521_method(void)
{
    return EC_GFp_mont_method();
}

void *EC_nistp224_pre_comp_dup(void *table)
{
    return table;
}

void EC_nistp224_pre_comp_free(void *table)
{
    (void)table;
}

void *EC_nistp521_pre_comp_dup(void *table)
{
    return table;
}

void EC_nistp521_pre_comp_free(void *table)
{
    (void)table;
}

/* NULL is OpenSSL's own answer without AES instructions. */
const EVP_CIPHER *EVP_aes_128_cbc_hmac_sha1(void)
{
    return NULL;
}

const EVP_CIPHER *EVP_aes_256_cbc_hmac_sha1(void)
{
    return NULL;
}

const EVP_CIPHER *EVP_aes_128_cbc_hmac_sha256(void)
{
    return NULL;
}

const EVP_CIPHER *EVP_aes_256_cbc_hmac_sha256(void)
{
    return NULL;
}

int ossl_cipher_capable_aes_cbc_hmac_sha1(void);
int ossl_cipher_capable_aes_cbc_hmac_sha256(void);
const void *ossl_prov_cipher_hw_aes_cbc_hmac_sha1(void);
const void *ossl_prov_cipher_hw_aes_cbc_hmac_sha256(void);

int ossl_cipher_capable_aes_cbc_hmac_sha1(void)
{
    return 0;
}

int ossl_cipher_capable_aes_cbc_hmac_sha256(void)
{
    return 0;
}

const void *ossl_prov_cipher_hw_aes_cbc_hmac_sha1(void)
{
    return NULL;
}

const void *ossl_prov_cipher_hw_aes_cbc_hmac_sha256(void)
{
    return NULL;
}

/* ---- engines, and names of ciphers ---- */

void engine_load_padlock_int(void);
void engine_load_afalg_int(void);
void openssl_add_all_ciphers_int(void);

void engine_load_padlock_int(void)
{
}

void engine_load_afalg_int(void)
{
}

/* For keys in PEM that are encrypted by themselves, and what a PFX encrypts with. TLS and all else
 * ask the provider, which has every cipher. */
void openssl_add_all_ciphers_int(void)
{
    (void)EVP_add_cipher(EVP_des_cbc());
    (void)EVP_add_cipher(EVP_des_ede3_cbc());
    (void)EVP_add_cipher(EVP_des_ede_cbc());
    (void)EVP_add_cipher(EVP_rc2_cbc());
    (void)EVP_add_cipher(EVP_rc2_40_cbc());
    (void)EVP_add_cipher(EVP_rc4());
    (void)EVP_add_cipher(EVP_aes_128_cbc());
    (void)EVP_add_cipher(EVP_aes_192_cbc());
    (void)EVP_add_cipher(EVP_aes_256_cbc());
}
