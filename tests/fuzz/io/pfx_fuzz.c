/* Any bytes as a PKCS#12 file: what is had of it holds together, and a key that fits signs. */
#include "io/pfx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct io_pfx *pfx, enum io_pfx_problem problem)
{
    const struct io_pfx_state *state = io_pfx_state(pfx);
    size_t count = io_pfx_count(pfx);
    if (count == 0 || count > IO_PFX_CHAIN_LIMIT || state->chain_count == 0 ||
        state->chain_count > count || (state->is_complete && !state->has_root) ||
        (problem == IO_PFX_OK && (!state->key_fits || !state->is_complete)))
        abort();
    for (size_t i = 0; i < count; i++)
        if (io_pfx_certificate(pfx, i)->der.size == 0)
            abort();
    (void)io_pfx_has_amt_oid(pfx);
    (void)io_pfx_has_amt_ou(pfx);
    (void)io_pfx_may_sign(pfx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err;
    struct slice signature;
    enum io_pfx_problem problem;
    struct io_pfx *pfx =
        io_pfx_open(slice_of(data, size), SLICE_LITERAL("P@ssw0rd"), &problem, &err);
    if (pfx == NULL)
        return 0;
    arena_init(&arena);
    look(pfx, problem);
    (void)io_pfx_sign(pfx, &arena, IO_PFX_SHA256, SLICE_LITERAL("nonces"), &signature, &err);
    arena_fini(&arena);
    io_pfx_free(pfx);
    return 0;
}
