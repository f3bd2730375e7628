/*
 * The chain of a provisioning certificate as firmware takes it, one certificate after another, and
 * what it checks before it lets somebody set the machine up (spec device-protocols 7.3). Pure: the
 * clock is an argument. Life cycle: zero → add … → judge → clear.
 */
#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

#include "core/slice.h"

#include <openssl/types.h>

#define SIM_CHAIN_MOST  4   /* certificates */
#define SIM_SUFFIX_SIZE 193 /* of a DNS suffix, with its NUL */

/* Return values of AddNextCertInChain (spec device-protocols 5.4). */
enum sim_chain_answer {
    SIM_CHAIN_OK = 0,
    SIM_CHAIN_INVALID_PARAMETER = 1,
    SIM_CHAIN_INVALID_STATE = 3,
    SIM_CHAIN_UNVERIFIED = 4,
    SIM_CHAIN_TOO_LONG = 5
};

/* CertChainStatus. */
enum sim_chain_status { SIM_CHAIN_NONE = 0, SIM_CHAIN_BEGUN = 1, SIM_CHAIN_COMPLETE = 2 };

struct sim_chain {
    uint8_t status; /* enum sim_chain_status */
    unsigned count;
    X509 *certificates[SIM_CHAIN_MOST]; /* leaf first */
};

/* Takes the next certificate: the leaf first, each the issuer of the one before, the root last. A
 * leaf begins a new chain. One that does not verify (signature, validity at `clock`, seconds since
 * 1970) ends the chain. `curves`: keys on elliptic curves are taken. */
enum sim_chain_answer sim_chain_add(struct sim_chain *chain, struct slice der, bool leaf, bool root,
                                    uint64_t clock, bool curves);
void sim_chain_clear(struct sim_chain *chain);

/* A root that firmware trusts for provisioning: an entry of its hash list. */
struct sim_root_hash {
    uint8_t algorithm; /* 1 SHA-1, 2 SHA-256, 3 SHA-384 */
    uint8_t size;
    bool by_default, active;
    uint8_t bytes[48];
    char name[65];
};

/* "sha256:" or nothing and 40, 64 or 96 hexadecimal digits. False on any other text. */
bool sim_root_hash_read(struct slice text, struct sim_root_hash *hash);

/* The list that firmware comes with; returns how many there are. */
size_t sim_root_hash_defaults(struct sim_root_hash *hashes, size_t most);

/* True when a complete chain ends in one of the active hashes. */
bool sim_chain_is_trusted(const struct sim_chain *chain, const struct sim_root_hash *hashes,
                          size_t count);

/* True when the leaf is for provisioning: the key usage 2.16.840.1.113741.1.2.3 beside that of
 * servers, or the organizational unit that older certificates have. */
bool sim_chain_is_for_setup(const struct sim_chain *chain);

/* True when the leaf's name (common name, or one of the alternative ones) is in the domain that
 * the suffix is in: its last two labels, three below a country's. A trusted suffix, which somebody
 * typed at the machine, counts as a whole. An empty suffix fits nothing. */
bool sim_chain_fits(const struct sim_chain *chain, struct slice suffix, bool trusted);

/* True when the leaf's key has signed these bytes, with SHA-256. */
bool sim_chain_signed(const struct sim_chain *chain, struct slice bytes, struct slice signature);

#endif
