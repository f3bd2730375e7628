#include "rpc/web/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define NAME_MOST 253
#define PART_MOST 63

enum { FORMAT_IPV4 = 3, FORMAT_IPV6 = 4, FORMAT_NAME = 201 };

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

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

bool rpc_address_is_host(const char *text)
{
    size_t part = 0;
    if (strlen(text) > NAME_MOST)
        return false;
    if (rpc_address_format(text) != FORMAT_NAME)
        return true;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' && part == 0)
            return false;
        part = *at == '.' ? 0 : part + 1;
        if (part > PART_MOST || (*at != '.' && *at != '-' && *at != '_' && !is_alphanumeric(*at)))
            return false;
    }
    return text[0] != '\0' && text[0] != '-' && (part > 0 || strlen(text) > 1);
}

bool rpc_address_is_mask(const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    uint32_t zeros = ~ntohl(address.s_addr);
    return zeros != UINT32_MAX && (zeros & (zeros + 1)) == 0;
}
