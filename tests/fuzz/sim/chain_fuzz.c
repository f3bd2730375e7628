/* Any bytes as the certificates of a provisioning chain: the first byte says how many parts there
 * are and which is the root, the rest is cut into them. What a chain of any kind lets somebody do
 * is asked for afterwards. */
#include "sim/chain.h"

#include <stdlib.h>

#define CLOCK 1767225600 /* 2026-01-01 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_chain chain = {0};
    struct sim_root_hash hashes[4];
    if (size < 1)
        return 0;
    unsigned parts = data[0] % 5u + 1, root = data[0] / 8u % 6u;
    struct slice rest = slice_of(data + 1, size - 1);
    size_t each = rest.size / parts;
    for (unsigned i = 0; i < parts; i++) {
        struct slice part = i + 1 < parts ? slice_first(rest, each) : rest;
        enum sim_chain_answer answer =
            sim_chain_add(&chain, part, i == 0, i == root, CLOCK, (data[0] & 128) != 0);
        if (chain.count > SIM_CHAIN_MOST || (answer == SIM_CHAIN_OK && chain.count == 0))
            abort();
        rest = slice_from(rest, part.size);
    }
    size_t count = sim_root_hash_defaults(hashes, 4);
    if (sim_chain_is_trusted(&chain, hashes, count) && chain.status != SIM_CHAIN_COMPLETE)
        abort();
    (void)sim_chain_is_for_setup(&chain);
    (void)sim_chain_fits(&chain, SLICE_LITERAL("corp.example.com"), false);
    (void)sim_chain_fits(&chain, slice_of(data, size), true);
    (void)sim_chain_signed(&chain, slice_of(data, size), slice_first(slice_of(data, size), 256));
    (void)sim_root_hash_read(slice_of(data, size), &hashes[0]);
    sim_chain_clear(&chain);
    return 0;
}
