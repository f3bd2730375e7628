/* Checks of domains, CIRA configs, Wi-Fi and 802.1X configs and proxies that the rules of api/ call
 * by name (spec rps 1.3, 1.4, 1.6 to 1.8). Those whose message the rule has return any text. */
#include "http/body_value.h"
#include "http/check.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

#include <arpa/inet.h>
#include <string.h>

#define FAILS "Invalid value"

#define FQDN_LIMIT 254

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *rps_check_name(struct http_exchange *exchange, const json_t *value)
{
    struct slice text = rps_value_text(exchange, value);
    for (size_t i = 0; i < text.size; i++)
        if (!is_letter_or_digit(text.data[i]) && text.data[i] != '_' && text.data[i] != '-')
            return FAILS;
    return text.size > 0 ? NULL : FAILS;
}

/* ---- addresses ---- */

static bool is_ipv6(struct slice text)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (text.size == 0 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return inet_pton(AF_INET6, copy, &address) == 1;
}

/* Labels of letters, digits and inner hyphens; the last of letters only, two or more. */
static bool is_domain(struct slice text, bool upper_case)
{
    struct slice label = {NULL, 0};
    size_t labels = 0;
    if (text.size > FQDN_LIMIT || (text.size > 0 && text.data[text.size - 1] == '.'))
        return false;
    for (; text.size > 0; labels++) {
        label = slice_split(&text, '.');
        if (label.size == 0 || label.size > 63 || label.data[0] == '-' ||
            label.data[label.size - 1] == '-')
            return false;
        for (size_t i = 0; i < label.size; i++)
            if ((!is_letter_or_digit(label.data[i]) && label.data[i] != '-') ||
                (!upper_case && label.data[i] >= 'A' && label.data[i] <= 'Z'))
                return false;
    }
    bool punycode = slice_starts_with(label, SLICE_LITERAL("xn--"));
    for (size_t i = 0; i < label.size && !punycode; i++)
        if (label.data[i] < 'A')
            return false;
    return labels >= 2 && label.size >= 2;
}

/* The body's serverAddressFormat as a number; 0 when it is none. */
static int64_t address_format(const struct http_exchange *exchange)
{
    return http_body_value_number(exchange->json, "serverAddressFormat", 0);
}

const char *rps_check_server_address(struct http_exchange *exchange, const json_t *value)
{
    struct slice text = rps_value_text(exchange, value);
    if (!rps_body_has(exchange, "serverAddressFormat"))
        return "serverAddressFormat is required";
    switch (address_format(exchange)) {
    case 3:
        if (!http_check_ipv4(text))
            return "serverAddressFormat 3 requires IPV4 server address";
        if (rps_body_text(exchange, "commonName").size == 0)
            return "commonName is required when serverAddressFormat is 3";
        return NULL;
    case 4:
        return is_ipv6(text) ? NULL : "serverAddressFormat 4 requires IPV6 server address";
    case 201:
        return is_domain(text, false) || http_check_ipv4(text)
                   ? NULL
                   : "serverAddressFormat 201 requires FQDN server address";
    default:
        return NULL; /* the format's own rule has spoken */
    }
}

const char *rps_check_common_name(struct http_exchange *exchange, const json_t *value)
{
    if (address_format(exchange) == 201)
        return NULL;
    return http_check_ipv4(rps_value_text(exchange, value)) ? NULL : FAILS;
}

const char *rps_check_format_has_address(struct http_exchange *exchange, const json_t *value)
{
    (void)value;
    return rps_body_text(exchange, "mpsServerAddress").size > 0 ? NULL : FAILS;
}

const char *rps_check_name_has_address(struct http_exchange *exchange, const json_t *value)
{
    (void)value;
    if (address_format(exchange) == 201)
        return NULL;
    return rps_body_has(exchange, "serverAddressFormat") &&
                   rps_body_text(exchange, "mpsServerAddress").size > 0
               ? NULL
               : FAILS;
}

/* Of a change, where the toolkit takes a JSON number only. */
const char *rps_check_port_number(struct http_exchange *exchange, const json_t *value)
{
    (void)exchange;
    int64_t port = json_is_integer(value) ? json_integer_value(value) : 0;
    return port >= 1024 && port <= 49151 ? NULL : FAILS;
}

const char *rps_check_host(struct http_exchange *exchange, const json_t *value)
{
    struct slice text = rps_value_text(exchange, value);
    return http_check_ipv4(text) || is_ipv6(text) || is_domain(text, true) ? NULL : FAILS;
}

const char *rps_check_dns_suffix(struct http_exchange *exchange, const json_t *value)
{
    return is_domain(rps_value_text(exchange, value), true) ? NULL : FAILS;
}

/* ---- Wi-Fi ---- */

static bool uses_passphrase(const struct http_exchange *exchange)
{
    int64_t method = http_body_value_number(exchange->json, "authenticationMethod", 0);
    return method == 4 || method == 6;
}

static bool uses_8021x(const struct http_exchange *exchange)
{
    int64_t method = http_body_value_number(exchange->json, "authenticationMethod", 0);
    return method == 5 || method == 7;
}

const char *rps_check_passphrase(struct http_exchange *exchange, const json_t *value)
{
    if (!uses_passphrase(exchange))
        return NULL;
    return http_check_length(rps_value_text(exchange, value), 8, 63) ? NULL : FAILS;
}

const char *rps_check_wireless_8021x(struct http_exchange *exchange, const json_t *value)
{
    struct slice name = rps_value_text(exchange, value);
    struct store_ieee8021x_config config;
    struct error err;
    error_clear(&err);
    if (!uses_8021x(exchange))
        return name.size == 0 ? NULL
                              : "ieee8021xProfileName can not be specified with the provided "
                                "authenticationMethod";
    if (name.size == 0)
        return "ieee8021xProfileName is required";
    if (!store_ieee8021x_config_get(rps_application_of(exchange)->store, exchange->arena,
                                    rps_tenant(exchange), name, &config, &err))
        /* What else is wrong with the store shows when the row is written. */
        return err.code == ERROR_NOT_FOUND
                   ? arena_printf(exchange->arena, "Ieee8021x profile %.*s does not exist in db",
                                  SLICE_ARG(name))
                   : NULL;
    return config.wired
               ? arena_printf(exchange->arena, "Ieee8021x profile %.*s is for wired interfaces",
                              SLICE_ARG(name))
               : NULL;
}

const char *rps_check_link_integers(struct http_exchange *exchange, const json_t *value)
{
    (void)exchange;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!json_is_integer(json_array_get(value, i)))
            return FAILS;
    return NULL;
}

const char *rps_check_link_values(struct http_exchange *exchange, const json_t *value)
{
    (void)exchange;
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_int_t policy = json_integer_value(json_array_get(value, i));
        if (policy != 1 && policy != 14 && policy != 16 && policy != 224)
            return FAILS;
    }
    return NULL;
}

/* ---- 802.1X ---- */

#define PROTOCOLS "Authentication protocol must be one of 0:EAP-TLS, "

const char *rps_check_protocol(struct http_exchange *exchange, const json_t *value)
{
    bool wired = http_body_value_is_true(exchange->json, "wiredInterface");
    json_int_t protocol = json_is_integer(value) ? json_integer_value(value) : -1;
    if (protocol == 0 || protocol == 2 ||
        (wired && (protocol == 3 || protocol == 5 || protocol == 10)))
        return NULL;
    return wired ? PROTOCOLS "3:PEAPv1/EAP-GTC, 5:EAP-FAST/GTC, 10:EAP-FAST/TLS, "
                             "2:PEAPv0/EAP-MSCHAPv2"
                 : PROTOCOLS "2:PEAPv0/EAP-MSCHAPv2";
}

static bool has_pxe(const struct http_exchange *exchange)
{
    return http_body_value_is_true(exchange->json, "wiredInterface");
}

const char *rps_check_pxe_given(struct http_exchange *exchange, const json_t *value)
{
    return !has_pxe(exchange) || rps_value_text(exchange, value).size > 0 ? NULL : FAILS;
}

const char *rps_check_pxe_number(struct http_exchange *exchange, const json_t *value)
{
    return !has_pxe(exchange) || http_check_numeric(rps_value_text(exchange, value)) ? NULL : FAILS;
}

const char *rps_check_pxe_range(struct http_exchange *exchange, const json_t *value)
{
    return !has_pxe(exchange) || http_check_int(rps_value_text(exchange, value), 0, 86400) ? NULL
                                                                                           : FAILS;
}
