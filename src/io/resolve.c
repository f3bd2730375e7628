#include "io/resolve.h"

#include "core/memory.h"
#include "io/work.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MOST 253

/* A question to the resolver; on the heap, since whoever asks may leave. */
struct question {
    char host[HOST_MOST + 1];
    char port[6];
    struct io_address addresses[IO_RESOLVE_MOST];
    size_t count;
    int code; /* getaddrinfo's */
};

/* "[::1]" without its brackets; false when it does not fit. */
static bool bare(const char *host, char text[HOST_MOST + 1])
{
    struct slice s = slice_of_string(host);
    if (s.size > 2 && s.data[0] == '[' && s.data[s.size - 1] == ']')
        s = slice_of(s.data + 1, s.size - 2);
    if (s.size == 0 || s.size > HOST_MOST)
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
    char text[HOST_MOST + 1];
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

static void ask(void *arg)
{
    struct question *question = arg;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    bound_resolver();
    question->code = getaddrinfo(question->host, question->port, &hints, &found);
    for (struct addrinfo *at = found; at != NULL && question->count < IO_RESOLVE_MOST;
         at = at->ai_next) {
        if (at->ai_addrlen > sizeof question->addresses[0].bytes)
            continue;
        memcpy(question->addresses[question->count++].bytes, at->ai_addr, at->ai_addrlen);
    }
    if (found != NULL)
        freeaddrinfo(found);
}

static bool is_numeric(const char *text, uint16_t port, struct io_address *address)
{
    char with_port[HOST_MOST + 10];
    struct error ignored;
    struct in_addr four;
    bool six = is_six(text);
    if (!six && inet_pton(AF_INET, text, &four) != 1)
        return false;
    (void)snprintf(with_port, sizeof with_port, six ? "[%s]:%u" : "%s:%u", text, port);
    return io_address_parse(slice_of_string(with_port), address, &ignored);
}

static bool take_answer(const struct question *question,
                        struct io_address addresses[IO_RESOLVE_MOST], size_t *count,
                        struct error *err)
{
    memcpy(addresses, question->addresses, sizeof question->addresses);
    *count = question->count;
    if (question->count > 0)
        return true;
    return error_set(err, ERROR_CONNECTION, "the host name %.100s cannot be resolved: %s",
                     question->host,
                     question->code == 0 ? "it has no address" : gai_strerror(question->code));
}

bool io_resolve(struct io_pool *pool, const char *host, uint16_t port,
                struct io_address addresses[IO_RESOLVE_MOST], size_t *count, struct error *err)
{
    struct question *question = memory_new(sizeof *question);
    *count = 0;
    bool ok = io_host_is_valid(host) && bare(host, question->host);
    if (!ok) {
        (void)error_set(err, ERROR_INVALID, "\"%.100s\" is no host name or address", host);
    } else if (is_numeric(question->host, port, &addresses[0])) {
        *count = 1;
    } else {
        (void)snprintf(question->port, sizeof question->port, "%u", port);
        if (!io_work_or_leave(pool, ask, free, question, err))
            return error_wrap(err, "asking for the host name %.100s", host);
        ok = take_answer(question, addresses, count, err);
    }
    free(question);
    return ok;
}
