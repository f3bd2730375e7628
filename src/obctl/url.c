#include "obctl/url.h"

#include <string.h>

static bool is_host_byte(uint8_t byte, bool brackets)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9') || byte == '-' || byte == '.')
        return true;
    return brackets && byte == ':';
}

static bool is_loopback(struct slice host)
{
    return slice_equal_string(host, "localhost") || slice_equal_string(host, "::1") ||
           slice_starts_with(host, SLICE_LITERAL("127."));
}

/* Takes the host off the front of `rest`, with or without brackets. */
static bool take_host(struct slice *rest, struct slice *host, bool *brackets)
{
    *brackets = rest->size > 0 && rest->data[0] == '[';
    if (*brackets) {
        size_t end = slice_index_of(*rest, ']');
        if (end == rest->size)
            return false;
        *host = slice_from(slice_first(*rest, end), 1);
        *rest = slice_from(*rest, end + 1);
    } else {
        size_t end = slice_index_of(*rest, ':');
        *host = slice_first(*rest, end);
        *rest = slice_from(*rest, end);
    }
    for (size_t i = 0; i < host->size; i++) {
        if (!is_host_byte(host->data[i], *brackets))
            return false;
    }
    return host->size > 0 && host->size <= 253;
}

bool obctl_url_parse(struct arena *arena, struct slice text, struct obctl_url *url,
                     struct error *err)
{
    struct slice whole = slice_trim(text);
    struct slice rest = whole;
    url->tls = true;
    if (slice_starts_with(rest, SLICE_LITERAL("https://"))) {
        rest = slice_from(rest, 8);
    } else if (slice_starts_with(rest, SLICE_LITERAL("http://"))) {
        rest = slice_from(rest, 7);
        url->tls = false;
    }
    if (rest.size > 0 && rest.data[rest.size - 1] == '/')
        rest.size--;

    struct slice host;
    bool brackets = false;
    uint64_t port = url->tls ? 443 : 80;
    if (!take_host(&rest, &host, &brackets))
        return error_set(err, ERROR_INVALID,
                         "\"%.*s\" is not the address of a server: write https://HOST:PORT",
                         SLICE_ARG(slice_first(whole, 80)));
    if (rest.size > 0 &&
        (rest.data[0] != ':' || !slice_to_u64(slice_from(rest, 1), 65535, &port) || port == 0))
        return error_set(err, ERROR_INVALID,
                         "\"%.*s\" is not the address of a server: write https://HOST:PORT",
                         SLICE_ARG(slice_first(whole, 80)));
    if (!url->tls && !is_loopback(host))
        return error_set(err, ERROR_INVALID,
                         "plain http would show the token to the network: use https");

    url->host = arena_string(arena, host);
    url->port = (uint16_t)port;
    url->base = arena_printf(arena, brackets ? "%s://[%s]:%u" : "%s://%s:%u",
                             url->tls ? "https" : "http", url->host, (unsigned)url->port);
    return true;
}

const char *obctl_url_authority(const struct obctl_url *url)
{
    return strstr(url->base, "://") + 3;
}

char *obctl_url_escape(struct arena *arena, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *escaped = arena_alloc(arena, text.size * 3 + 1);
    size_t at = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (is_host_byte(byte, false) || byte == '_' || byte == '~') {
            escaped[at++] = (char)byte;
        } else {
            escaped[at++] = '%';
            escaped[at++] = digits[byte >> 4];
            escaped[at++] = digits[byte & 15];
        }
    }
    escaped[at] = '\0';
    return escaped;
}
