/*
 * Where the static agent looks for trusted roots: libcrypto knows the place of the system that it
 * was built for, and this file may run on any. The first file that is there counts; SSL_CERT_FILE
 * and SSL_CERT_DIR stand before it, as ever. OpenSSL's configuration is not the machine's, which is
 * written for the machine's version and modules; OPENSSL_CONF names one.
 */
#include <openssl/x509.h>
#include <stddef.h>
#include <unistd.h>

static const char *first_of(const char *const *paths)
{
    for (const char *const *at = paths; *at != NULL; at++)
        if (access(*at, R_OK) == 0)
            return *at;
    return paths[0];
}

const char *X509_get_default_cert_file(void)
{
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch, Gentoo */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL */
        "/etc/pki/tls/certs/ca-bundle.crt",                  /* older ones */
        "/etc/ssl/ca-bundle.pem",                            /* SUSE */
        "/etc/ssl/cert.pem",                                 /* Alpine */
        "/etc/pki/tls/cacert.pem",
        "/etc/ssl/certs/ca-bundle.crt", /* NixOS */
        NULL,
    };
    return first_of(files);
}

const char *X509_get_default_cert_dir(void)
{
    static const char *const folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs", NULL};
    return first_of(folders);
}

const char *X509_get_default_cert_area(void)
{
    return "/etc/ssl/rpc-static";
}

const char *X509_get_default_private_dir(void)
{
    return "/etc/ssl/private";
}

const char *X509_get_default_cert_dir_env(void)
{
    return "SSL_CERT_DIR";
}

const char *X509_get_default_cert_file_env(void)
{
    return "SSL_CERT_FILE";
}
