#include "rpc/address.h"

#include <arpa/inet.h>
#include <stdint.h>

enum { FORMAT_IPV4 = 3, FORMAT_IPV6 = 4, FORMAT_NAME = 201 };

bool rpc_address_is_ipv4(const char *text)
{
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1;
}

unsigned rpc_address_format(const char *text)
{
    struct in6_addr address;
    if (rpc_address_is_ipv4(text))
        return FORMAT_IPV4;
    return inet_pton(AF_INET6, text, &address) == 1 ? FORMAT_IPV6 : FORMAT_NAME;
}

bool rpc_address_is_mask(const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    uint32_t zeros = ~ntohl(address.s_addr);
    return zeros != UINT32_MAX && (zeros & (zeros + 1)) == 0;
}
