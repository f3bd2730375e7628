#include "rpc/web/address.h"

#include "core/slice.h"

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

bool rpc_address_is_name(const char *text)
{
    size_t part = 0;
    if (strlen(text) > NAME_MOST)
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' && part == 0)
            return false;
        part = *at == '.' ? 0 : part + 1;
        if (part > PART_MOST || (*at != '.' && *at != '-' && *at != '_' && !is_alphanumeric(*at)))
            return false;
    }
    return text[0] != '\0' && text[0] != '-' && (part > 0 || strlen(text) > 1);
}

static bool has_only(struct slice text, const char *characters)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(characters, text.data[i]) == NULL)
            return false;
    return true;
}

/* Decimal, octal or hexadecimal; nothing but 0x is 0 (WHATWG URL, "ends in a number"). */
static bool is_number(struct slice text)
{
    bool hexadecimal =
        text.size >= 2 && text.data[0] == '0' && (text.data[1] == 'x' || text.data[1] == 'X');
    return hexadecimal ? has_only(slice_from(text, 2), "0123456789abcdefABCDEF")
                       : has_only(text, "0123456789");
}

/* Its last part, but for an empty one behind the dot of the root. */
static bool ends_in_number(const char *text)
{
    struct slice rest = slice_of_string(text);
    struct slice last = {NULL, 0};
    while (rest.size > 0)
        last = slice_split(&rest, '.');
    return is_number(last);
}

bool rpc_address_is_host(const char *text)
{
    return rpc_address_format(text) != FORMAT_NAME ||
           (rpc_address_is_name(text) && !ends_in_number(text));
}

bool rpc_address_is_mask(const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    uint32_t zeros = ~ntohl(address.s_addr);
    return zeros != UINT32_MAX && (zeros & (zeros + 1)) == 0;
}
