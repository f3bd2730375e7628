#include "io/conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct sockaddr_in6) == sizeof((struct io_address *)0)->bytes,
               "an address holds the larger of the two kinds");

static void set4(struct io_address *address, struct in_addr host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = host, .sin_port = htons(port)};
    memset(address->bytes, 0, sizeof address->bytes);
    memcpy(address->bytes, &in, sizeof in);
}

static void set6(struct io_address *address, const struct in6_addr *host, uint16_t port)
{
    struct sockaddr_in6 in = {
        .sin6_family = AF_INET6, .sin6_addr = *host, .sin6_port = htons(port)};
    memcpy(address->bytes, &in, sizeof in);
}

/* Splits "host:port" or "[host]:port". */
static bool split(struct slice text, struct slice *host, struct slice *port)
{
    if (text.size > 0 && text.data[0] == '[') {
        size_t end = slice_index_of(text, ']');
        if (end + 1 >= text.size || text.data[end + 1] != ':')
            return false;
        *host = slice_of(text.data + 1, end - 1);
        *port = slice_from(text, end + 2);
        return host->size > 0;
    }
    size_t colon = slice_index_of(text, ':');
    *host = slice_first(text, colon);
    *port = slice_from(text, colon + 1);
    return colon < text.size;
}

bool io_address_parse(struct slice text, struct io_address *address, struct error *err)
{
    struct slice host;
    struct slice port_text;
    uint64_t port = 0;
    char name[INET6_ADDRSTRLEN] = "";
    if (!split(text, &host, &port_text) || !slice_to_u64(port_text, 65535, &port))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is no address and port",
                         SLICE_ARG(slice_first(text, IO_ADDRESS_TEXT_SIZE)));
    if (host.size == 0) {
        set6(address, &in6addr_any, (uint16_t)port);
        return true;
    }
    if (slice_equal_string(host, "localhost"))
        host = SLICE_LITERAL("127.0.0.1");
    struct in_addr four;
    struct in6_addr six;
    if (host.size < sizeof name) {
        memcpy(name, host.data, host.size);
        if (text.data[0] != '[' && inet_pton(AF_INET, name, &four) == 1) {
            set4(address, four, (uint16_t)port);
            return true;
        }
        if (text.data[0] == '[' && inet_pton(AF_INET6, name, &six) == 1) {
            set6(address, &six, (uint16_t)port);
            return true;
        }
    }
    return error_set(err, ERROR_INVALID, "\"%.*s\" is no numeric address",
                     SLICE_ARG(slice_first(host, IO_ADDRESS_TEXT_SIZE)));
}

const char *io_address_format(const struct io_address *address, char text[IO_ADDRESS_TEXT_SIZE])
{
    struct sockaddr_in6 six;
    memcpy(&six, address->bytes, sizeof six);
    char host[INET6_ADDRSTRLEN] = "?";
    if (six.sin6_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
        (void)inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
        (void)snprintf(text, IO_ADDRESS_TEXT_SIZE, "[%s]:%u", host, io_address_port(address));
        return text;
    }
    struct sockaddr_in four;
    memcpy(&four, address->bytes, sizeof four);
    if (six.sin6_family == AF_INET6)
        memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
    (void)inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
    (void)snprintf(text, IO_ADDRESS_TEXT_SIZE, "%s:%u", host, io_address_port(address));
    return text;
}

uint16_t io_address_port(const struct io_address *address)
{
    struct sockaddr_in four; /* both kinds have the port in the same place */
    memcpy(&four, address->bytes, sizeof four);
    return ntohs(four.sin_port);
}
