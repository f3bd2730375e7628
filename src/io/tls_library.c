#include "core/memory.h"
#include "io/loop_uv.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct tls_library *tls_library_new(void)
{
    struct tls_library *library = memory_new(sizeof *library);
    atomic_store(&library->holders, 1);
    library->context = OSSL_LIB_CTX_new();
    if (library->context != NULL)
        library->provider = OSSL_PROVIDER_load(library->context, "default");
    if (library->provider != NULL)
        return library;
    tls_library_release(library);
    return NULL;
}

void tls_library_hold(struct tls_library *library)
{
    (void)atomic_fetch_add(&library->holders, 1);
}

void tls_library_release(struct tls_library *library)
{
    if (library == NULL)
        return;
    /* Otherwise OpenSSL would look for this thread's random numbers in freed memory when the thread
     * ends. */
    if (library->context != NULL)
        OPENSSL_thread_stop_ex(library->context);
    if (atomic_fetch_sub(&library->holders, 1) > 1)
        return;
    if (library->provider != NULL)
        (void)OSSL_PROVIDER_unload(library->provider);
    OSSL_LIB_CTX_free(library->context);
    free(library);
}
