#include "io/resolve.h"

#include "io/resolver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Both families have the port in the same place. */
_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
               "place of the port");

/* "[::1]" without its brackets; false when it does not fit. */
static bool bare(const char *host, char text[RESOLVER_HOST_MOST + 1])
{
    struct slice s = slice_of_string(host);
    if (s.size > 2 && s.data[0] == '[' && s.data[s.size - 1] == ']')
        s = slice_of(s.data + 1, s.size - 2);
    if (s.size == 0 || s.size > RESOLVER_HOST_MOST)
        return false;
    memcpy(text, s.data, s.size);
    text[s.size] = '\0';
    return true;
}

static bool is_six(const char *text)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET6, text, bytes) == 1;
}

static bool is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_";
    size_t length = strlen(text);
    return strspn(text, letters) == length && text[0] != '.' && text[0] != '-';
}

bool io_host_is_valid(const char *host)
{
    char text[RESOLVER_HOST_MOST + 1];
    return bare(host, text) && (is_six(text) || (host[0] != '[' && is_name(text)));
}

/* A name server that is not there holds up one worker for seconds, not for half a minute. */
static void bound_resolver(void)
{
    static _Thread_local bool bounded;
    if (!bounded && res_init() == 0) {
        _res.retrans = 2;
        _res.retry = 2;
    }
    bounded = true;
}

int resolver_system(void *context, const char *host, struct io_address addresses[IO_RESOLVE_MOST],
                    size_t *count)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)context;
    bound_resolver();
    int code = getaddrinfo(host, NULL, &hints, &found);
    *count = 0;
    for (struct addrinfo *at = found; at != NULL && *count < IO_RESOLVE_MOST; at = at->ai_next) {
        if (at->ai_addrlen > sizeof addresses[0].bytes)
            continue;
        memcpy(addresses[(*count)++].bytes, at->ai_addr, at->ai_addrlen);
    }
    if (found != NULL)
        freeaddrinfo(found);
    return code;
}

static bool is_numeric(const char *text, uint16_t port, struct io_address *address)
{
    char with_port[RESOLVER_HOST_MOST + 10];
    struct error ignored;
    struct in_addr four;
    bool six = is_six(text);
    if (!six && inet_pton(AF_INET, text, &four) != 1)
        return false;
    (void)snprintf(with_port, sizeof with_port, six ? "[%s]:%u" : "%s:%u", text, port);
    return io_address_parse(slice_of_string(with_port), address, &ignored);
}

/* Names are the same whatever their case. */
static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
    }
}

static bool ask(struct io_resolver *resolver, const char *name, uint16_t port,
                struct io_address addresses[IO_RESOLVE_MOST], size_t *count, struct error *err)
{
    struct resolver_answer answer;
    uint16_t wire = htons(port);
    if (!resolver_ask(resolver, name, &answer, err))
        return error_wrap(err, "asking for the host name %.100s", name);
    if (answer.count == 0)
        return error_set(err, ERROR_CONNECTION, "the host name %.100s cannot be resolved: %s", name,
                         answer.code == 0 ? "it has no address" : gai_strerror(answer.code));
    for (size_t i = 0; i < answer.count; i++)
        memcpy(answer.addresses[i].bytes + offsetof(struct sockaddr_in, sin_port), &wire,
               sizeof wire);
    memcpy(addresses, answer.addresses, sizeof answer.addresses);
    *count = answer.count;
    return true;
}

bool io_resolve(struct io_resolver *resolver, const char *host, uint16_t port,
                struct io_address addresses[IO_RESOLVE_MOST], size_t *count, struct error *err)
{
    char name[RESOLVER_HOST_MOST + 1];
    *count = 0;
    if (!io_host_is_valid(host) || !bare(host, name))
        return error_set(err, ERROR_INVALID, "\"%.100s\" is no host name or address", host);
    if (is_numeric(name, port, &addresses[0])) {
        *count = 1;
        return true;
    }
    lower(name);
    return ask(resolver, name, port, addresses, count, err);
}

void io_resolver_doubt(struct io_resolver *resolver, const char *host)
{
    char name[RESOLVER_HOST_MOST + 1];
    if (!bare(host, name))
        return;
    lower(name);
    resolver_forget(resolver, name);
}
