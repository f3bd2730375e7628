/*
 * How numbers of the firmware read, in the words of each generation of the toolkit's client (rpc.md
 * 1.5, 1.6). Read-only tables; any thread.
 */
#ifndef RPC_TEXT_WORDS_H
#define RPC_TEXT_WORDS_H

#include "core/arena.h"

#include <stdint.h>

const char *rpc_words_control_mode(unsigned mode, bool v2);
const char *rpc_words_provisioning_state(unsigned state);
const char *rpc_words_network(uint32_t status, bool v2);
const char *rpc_words_remote(uint32_t status);
const char *rpc_words_trigger(uint32_t trigger);
const char *rpc_words_oem_type(uint32_t type);
const char *rpc_words_address_format(unsigned format);

/* What an SKU's bits stand for in firmware of that version ("16.1.25"), for example "AMT Pro
 * Corporate"; "" before AMT 5 and for texts that are no numbers. */
const char *rpc_words_features(struct arena *arena, struct slice version, struct slice sku);

/* 0: not a version. */
unsigned rpc_words_major(struct slice version);

#endif
