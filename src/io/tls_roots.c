/* The system's trusted roots, read all at once. */
#include "io/tls_context.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MOST 4096

static const char *setting(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);
    return value != NULL ? value : otherwise;
}

/* "1a2b3c4d.0": the subject's hash and a number, which is what OpenSSL would look for. Other names
 * are of the same files, or of none that it would trust. */
static bool is_hash_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] != '\0' &&
           strspn(name + 9, "0123456789") == strlen(name + 9);
}

static void load_folder(X509_LOOKUP *lookup, const char *path)
{
    char file[PATH_MOST + 32];
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!is_hash_name(entry->d_name))
            continue;
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (length > 0 && (size_t)length < sizeof file)
            (void)X509_LOOKUP_load_file(lookup, file, X509_FILETYPE_PEM);
    }
    (void)closedir(folder);
}

void tls_trust_system(SSL_CTX *context)
{
    X509_LOOKUP *lookup =
        X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), X509_LOOKUP_file());
    const char *folders = setting(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
    char path[PATH_MOST];
    if (lookup == NULL)
        return;
    (void)X509_LOOKUP_load_file(
        lookup, setting(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
        X509_FILETYPE_PEM);
    while (*folders != '\0') { /* a list, as in PATH */
        size_t length = strcspn(folders, ":");
        if (length > 0 && length < sizeof path) {
            memcpy(path, folders, length);
            path[length] = '\0';
            load_folder(lookup, path);
        }
        folders += length + (folders[length] == ':');
    }
    ERR_clear_error(); /* of files that are not there */
}
