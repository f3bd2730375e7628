#include "access/password.h"

#include <sodium.h>

#define PASSES 2
#define MEMORY ((size_t)19 * 1024 * 1024)

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "libsodium's text fits");

bool password_hash(struct slice password, char hash[PASSWORD_HASH_SIZE], struct error *err)
{
    if (password.size > PASSWORD_LIMIT)
        return error_set(err, ERROR_TOO_LARGE, "a password has at most %zu bytes", PASSWORD_LIMIT);
    return crypto_pwhash_str_alg(hash, (const char *)password.data, password.size, PASSES, MEMORY,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0 ||
           error_set(err, ERROR_INTERNAL, "there is no memory to hash a password");
}

bool password_verify(struct slice password, const char *hash)
{
    return crypto_pwhash_str_verify(hash, (const char *)password.data, password.size) == 0;
}
