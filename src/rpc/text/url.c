#include "rpc/text/url.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_MOST   253
#define TARGET_MOST 4096

static const struct {
    const char *prefix;
    enum rpc_scheme scheme;
    uint16_t port;
} schemes[] = {
    {"http://", RPC_SCHEME_HTTP, 80},
    {"https://", RPC_SCHEME_HTTPS, 443},
    {"ws://", RPC_SCHEME_WS, 80},
    {"wss://", RPC_SCHEME_WSS, 443},
};
#define SCHEMES (sizeof schemes / sizeof schemes[0])

bool rpc_url_may_hold_secret(struct slice text, bool bare)
{
    static const char mark[] = "://";
    const uint8_t *scheme = memmem(text.data, text.size, mark, sizeof mark - 1);
    if (scheme == NULL && !bare)
        return false;
    if (scheme != NULL)
        text = slice_from(text, (size_t)(scheme - text.data) + sizeof mark - 1);
    /* A password may have what else ends the host: rather too many than one too few. */
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '?' || text.data[i] == '@')
            return true;
    return false;
}

bool rpc_url_is_tls(const struct rpc_url *url)
{
    return url->scheme == RPC_SCHEME_HTTPS || url->scheme == RPC_SCHEME_WSS;
}

bool rpc_url_is_websocket(const struct rpc_url *url)
{
    return url->scheme == RPC_SCHEME_WS || url->scheme == RPC_SCHEME_WSS;
}

bool rpc_url_is_loopback(const struct rpc_url *url)
{
    struct slice host = slice_of_string(url->host);
    struct in_addr address; /* "127.example.com" is a name */
    return slice_equal_ignore_case(host, SLICE_LITERAL("localhost")) ||
           slice_equal_string(host, "::1") ||
           (slice_starts_with(host, SLICE_LITERAL("127.")) &&
            inet_pton(AF_INET, url->host, &address) == 1);
}

/* ---- parts ---- */

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_host(struct slice host, bool brackets)
{
    for (size_t i = 0; i < host.size; i++) {
        uint8_t byte = host.data[i];
        bool usual = is_letter_or_digit(byte) || byte == '-' || byte == '.' || byte == '_';
        if (!usual && !(brackets && byte == ':'))
            return false;
    }
    return host.size > 0 && host.size <= HOST_MOST;
}

static bool starts_with_ignoring_case(struct slice text, const char *prefix)
{
    struct slice wanted = slice_of_string(prefix);
    return text.size >= wanted.size &&
           slice_equal_ignore_case(slice_first(text, wanted.size), wanted);
}

static int digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

const char *rpc_url_decode(struct arena *arena, struct slice text)
{
    char *decoded = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int high = i + 2 < text.size && text.data[i] == '%' ? digit_of(text.data[i + 1]) : -1;
        int low = high >= 0 ? digit_of(text.data[i + 2]) : -1;
        bool escaped = high >= 0 && low >= 0 && high * 16 + low != 0;
        decoded[size++] = (char)(escaped ? high * 16 + low : text.data[i]);
        i += escaped ? 2 : 0;
    }
    return decoded;
}

static void take_login(struct arena *arena, struct slice *authority, struct rpc_url *url)
{
    size_t at = authority->size;
    while (at > 0 && authority->data[at - 1] != '@')
        at--;
    url->user = url->password = "";
    url->has_login = at > 0;
    if (at == 0)
        return;
    struct slice login = slice_first(*authority, at - 1);
    *authority = slice_from(*authority, at);
    struct slice user = slice_split(&login, ':');
    url->user = rpc_url_decode(arena, user);
    url->password = rpc_url_decode(arena, login);
}

bool rpc_url_split_host(struct slice authority, struct slice *host, bool *brackets,
                        struct slice *digits)
{
    *brackets = authority.size > 0 && authority.data[0] == '[';
    *digits = (struct slice){NULL, 0};
    size_t end = slice_index_of(authority, *brackets ? ']' : ':');
    if (*brackets && end == authority.size)
        return false;
    *host = *brackets ? slice_from(slice_first(authority, end), 1) : slice_first(authority, end);
    struct slice rest = slice_from(authority, end + (*brackets ? 1 : 0));
    if (rest.size > 0 && (rest.data[0] != ':' || rest.size == 1))
        return false;
    *digits = slice_from(rest, 1);
    return is_host(*host, *brackets);
}

static bool is_target(struct slice target)
{
    for (size_t i = 0; i < target.size; i++)
        if (target.data[i] <= ' ' || target.data[i] > '~')
            return false;
    return target.size <= TARGET_MOST;
}

/* Scheme and port; what follows is left in `rest`. */
static bool take_scheme(struct slice *rest, bool bare, struct rpc_url *url)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (!starts_with_ignoring_case(*rest, schemes[i].prefix))
            continue;
        *rest = slice_from(*rest, strlen(schemes[i].prefix));
        url->scheme = schemes[i].scheme;
        url->port = schemes[i].port;
        return true;
    }
    url->scheme = RPC_SCHEME_HTTP;
    url->port = 80;
    return bare;
}

static void set_texts(struct arena *arena, struct slice host, bool brackets, struct slice target,
                      struct rpc_url *url)
{
    struct slice path = slice_first(target, slice_index_of(target, '?'));
    uint16_t usual = schemes[url->scheme].port;
    char port[8] = "";
    if (url->port != usual) {
        char *text = arena_printf(arena, ":%u", (unsigned)url->port);
        memcpy(port, text, strlen(text) + 1);
    }
    url->host = arena_string(arena, host);
    url->authority = arena_printf(arena, brackets ? "[%s]%s" : "%s%s", url->host, port);
    const char *slash = target.size == 0 || target.data[0] == '?' ? "/" : "";
    url->target = arena_printf(arena, "%s%.*s", slash, SLICE_ARG(target));
    url->shown = arena_printf(arena, "%s%s%.*s", schemes[url->scheme].prefix, url->authority,
                              SLICE_ARG(path));
}

bool rpc_url_parse(struct arena *arena, struct slice text, bool bare, struct rpc_url *url,
                   struct error *err)
{
    struct slice host = {NULL, 0};
    struct slice digits;
    bool brackets;
    uint64_t port;
    *url = (struct rpc_url){.scheme = RPC_SCHEME_HTTP};
    struct slice rest = slice_trim(text);
    if (!take_scheme(&rest, bare, url))
        return error_set(err, ERROR_INVALID,
                         "the server's address begins with ws://, wss://, http:// or https://");
    rest = slice_first(rest, slice_index_of(rest, '#'));
    size_t end = slice_index_of(rest, '/');
    size_t query = slice_index_of(rest, '?');
    end = query < end ? query : end;
    struct slice authority = slice_first(rest, end);
    struct slice target = slice_from(rest, end);
    take_login(arena, &authority, url);
    if (!rpc_url_split_host(authority, &host, &brackets, &digits))
        return error_set(err, ERROR_INVALID, "\"%s%.*s\" has no host", schemes[url->scheme].prefix,
                         SLICE_ARG(slice_first(authority, 80)));
    if (digits.size > 0) {
        if (!slice_to_u64(digits, UINT16_MAX, &port) || port == 0)
            return error_set(err, ERROR_INVALID,
                             "what follows the host and \":\" is no port (a login with one of "
                             "\"/?#@\" in it is written with %%2F, %%3F, %%23, %%40)");
        url->port = (uint16_t)port;
    }
    if (!is_target(target))
        return error_set(err, ERROR_INVALID, "the server's address has a character that none has");
    set_texts(arena, host, brackets, target, url);
    return true;
}

void rpc_url_at(struct arena *arena, const struct rpc_url *server, const char *target,
                struct rpc_url *url)
{
    *url = *server;
    url->target = target;
    struct slice path = slice_of_string(target);
    path = slice_first(path, slice_index_of(path, '?'));
    url->shown = arena_printf(arena, "%s%s%.*s", schemes[url->scheme].prefix, url->authority,
                              SLICE_ARG(path));
}

/* ---- proxies ---- */

/* "10.0.0.0/8", "fd00::/8". */
static bool is_in_network(struct slice network, const char *host)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t base[16];
    uint8_t address[16];
    uint64_t bits;
    struct slice rest = network;
    struct slice first = slice_split(&rest, '/');
    int family = slice_index_of(first, ':') < first.size ? AF_INET6 : AF_INET;
    if (first.size >= sizeof text || !slice_to_u64(rest, family == AF_INET ? 32 : 128, &bits))
        return false;
    memcpy(text, first.data, first.size);
    text[first.size] = '\0';
    if (inet_pton(family, text, base) != 1 || inet_pton(family, host, address) != 1)
        return false;
    for (size_t i = 0; i < bits; i++)
        if (((base[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

/* "corp.com" and ".corp.com" stand for hosts inside, the first for itself, too. */
static bool is_inside(struct slice domain, struct slice host)
{
    if (slice_equal_ignore_case(domain, host))
        return true;
    if (domain.size > 0 && domain.data[0] == '.')
        domain = slice_from(domain, 1);
    else if (slice_starts_with(domain, SLICE_LITERAL("*.")))
        domain = slice_from(domain, 2);
    return domain.size > 0 && host.size > domain.size + 1 &&
           host.data[host.size - domain.size - 1] == '.' &&
           slice_equal_ignore_case(slice_from(host, host.size - domain.size), domain);
}

/* Takes ":8080" off; false when it is another port. */
static bool fits_port(struct slice *entry, uint16_t port)
{
    uint64_t wanted;
    size_t colon = slice_index_of(*entry, ':');
    if (colon == entry->size ||
        slice_index_of(slice_from(*entry, colon + 1), ':') + colon + 1 < entry->size)
        return true; /* none, or an address of IPv6 */
    bool fits = slice_to_u64(slice_from(*entry, colon + 1), UINT16_MAX, &wanted) && wanted == port;
    *entry = slice_first(*entry, colon);
    return fits;
}

bool rpc_url_is_exempt(struct slice list, const struct rpc_url *to)
{
    struct slice host = slice_of_string(to->host);
    while (list.size > 0) {
        struct slice entry = slice_trim(slice_split(&list, ','));
        if (entry.size == 0)
            continue;
        if (slice_equal_string(entry, "*") || is_in_network(entry, to->host))
            return true;
        if (fits_port(&entry, to->port) && is_inside(entry, host))
            return true;
    }
    return false;
}

static const char *either(rpc_url_variable *variable, void *arg, const char *capitals,
                          const char *small)
{
    const char *value = variable(arg, capitals);
    return value != NULL && value[0] != '\0' ? value : variable(arg, small);
}

bool rpc_url_proxy(struct arena *arena, const struct rpc_url *to, const char *given,
                   rpc_url_variable *variable, void *arg, bool *found, struct rpc_url *proxy,
                   struct error *err)
{
    const char *text = given;
    *found = false;
    if (text == NULL || text[0] == '\0') {
        text = rpc_url_is_tls(to) ? either(variable, arg, "HTTPS_PROXY", "https_proxy")
                                  : either(variable, arg, "HTTP_PROXY", "http_proxy");
        const char *exempt = either(variable, arg, "NO_PROXY", "no_proxy");
        if (text == NULL || text[0] == '\0' || rpc_url_is_loopback(to) ||
            rpc_url_is_exempt(slice_of_string(exempt), to))
            return true;
    }
    if (!rpc_url_parse(arena, slice_of_string(text), true, proxy, err))
        return error_wrap(err, "the proxy");
    if (proxy->scheme != RPC_SCHEME_HTTP)
        return error_set(err, ERROR_INVALID, "the proxy's address begins with http://");
    *found = true;
    return true;
}
