/* Addresses as options have them. Pure; any thread. */
#ifndef RPC_ADDRESS_H
#define RPC_ADDRESS_H

#include <stdbool.h>

/* As AMT numbers what an address is: 3 IPv4, 4 IPv6, 201 a name. */
unsigned rpc_address_format(const char *text);

bool rpc_address_is_ipv4(const char *text);

/* A subnet mask: ones, then zeros. */
bool rpc_address_is_mask(const char *text);

#endif
