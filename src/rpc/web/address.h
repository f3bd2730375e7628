/* Addresses as options have them. Pure; any thread. */
#ifndef RPC_WEB_ADDRESS_H
#define RPC_WEB_ADDRESS_H

#include <stdbool.h>

/* As AMT numbers what an address is: 3 IPv4, 4 IPv6, 201 a name. */
unsigned rpc_address_format(const char *text);

bool rpc_address_is_ipv4(const char *text);

/* Letters, digits, dashes and underlines, with dots between its parts; at most 253 characters. A
 * machine may call itself "4711", but nobody reaches it by that. */
bool rpc_address_is_name(const char *text);

/* What can be reached: an address, or a name whose last part isn't a number (resolvers read
 * decimal, octal and hexadecimal ones), which would be an address that is none, or that nobody sees
 * in it (256.1.1.1, 1.2.3, 0x7f000001). */
bool rpc_address_is_host(const char *text);

/* A subnet mask: ones, then zeros. */
bool rpc_address_is_mask(const char *text);

#endif
