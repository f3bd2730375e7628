/* Checks of profiles that the rules of api/ call by name (spec rps 1.5). Those whose message the
 * rule has return any text. */
#include "http/body_value.h"
#include "http/check.h"
#include "rps/routes/handlers.h"
#include "rps/routes/kind.h"
#include "rps/routes/routes.h"

#include <string.h>

#define FAILS "Invalid value"

#define WIFI_LIMIT  8
#define PROXY_LIMIT 15

/* Letters, digits, "$@!%*#?~^" and "&" to "_" of ASCII. */
static bool is_name_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '&' && c <= '_') ||
           (c != '\0' && strchr("$@!%*#?~^", c) != NULL);
}

static bool is_made_of_those(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_name_character(text.data[i]))
            return false;
    return true;
}

const char *rps_check_profile_name(struct http_exchange *exchange, const json_t *value)
{
    struct slice text = rps_value_text(exchange, value);
    return text.size > 0 && is_made_of_those(text) ? NULL : FAILS;
}

/* ---- passwords ---- */

static bool is_strong(struct slice text)
{
    bool lower = false;
    bool upper = false;
    bool digit = false;
    bool special = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        digit = digit || (c >= '0' && c <= '9');
        special = special || (c != '\0' && strchr("!@#$%^&*", c) != NULL);
    }
    return text.size >= 8 && text.size <= 32 && lower && upper && digit && special &&
           is_made_of_those(text);
}

const char *rps_check_password(struct http_exchange *exchange, const json_t *value)
{
    return is_strong(rps_value_text(exchange, value)) ? NULL : FAILS;
}

static bool is_true(const struct http_exchange *exchange, const char *flag)
{
    return http_body_value_is_true(exchange->json, flag);
}

static bool is_acm(const struct http_exchange *exchange)
{
    return slice_equal_string(rps_body_text(exchange, "activation"), "acmactivate");
}

static bool has_text(const struct http_exchange *exchange, const char *member)
{
    return rps_body_text(exchange, member).size > 0;
}

/* Of a new profile: a password beside the random one is what the next rule speaks of. */
const char *rps_check_amt_password(struct http_exchange *exchange, const json_t *value)
{
    if (value == NULL || json_is_null(value) || is_true(exchange, "generateRandomPassword") ||
        !has_text(exchange, "amtPassword"))
        return NULL;
    return rps_check_password(exchange, value);
}

/* Absent, null and empty are false there. */
const char *rps_check_flag(struct http_exchange *exchange, const json_t *value)
{
    struct slice text = rps_value_text(exchange, value);
    if (value == NULL || json_is_null(value) || (json_is_string(value) && text.size == 0))
        return NULL;
    return http_check_boolean(text) ? NULL : FAILS;
}

const char *rps_check_activation(struct http_exchange *exchange, const json_t *value)
{
    (void)value;
    if (!has_text(exchange, "amtPassword") && !is_true(exchange, "generateRandomPassword"))
        return "Either generateRandomPassword should be enabled or provide amtPassword";
    if (is_acm(exchange) && !has_text(exchange, "mebxPassword") &&
        !is_true(exchange, "generateRandomMEBxPassword"))
        return "MEBx Password is required for acmactivate";
    return NULL;
}

const char *rps_check_amt_choice_change(struct http_exchange *exchange, const json_t *value)
{
    (void)value;
    return is_true(exchange, "generateRandomPassword") && has_text(exchange, "amtPassword")
               ? "Either generate Random AMT Password should be enabled or should provide AMT "
                 "Password but not both"
               : NULL;
}

const char *rps_check_amt_choice(struct http_exchange *exchange, const json_t *value)
{
    if (!is_true(exchange, "generateRandomPassword") && !has_text(exchange, "amtPassword"))
        return "If generate random AMT password is disabled, amtPassword is mandatory";
    return rps_check_amt_choice_change(exchange, value);
}

const char *rps_check_mebx_choice_change(struct http_exchange *exchange, const json_t *value)
{
    (void)value;
    return is_acm(exchange) && is_true(exchange, "generateRandomMEBxPassword") &&
                   has_text(exchange, "mebxPassword")
               ? "Either generate MEBx password should be enabled or should provide MEBx password, "
                 "but not both"
               : NULL;
}

const char *rps_check_mebx_choice(struct http_exchange *exchange, const json_t *value)
{
    if (is_acm(exchange) && !is_true(exchange, "generateRandomMEBxPassword") &&
        !has_text(exchange, "mebxPassword"))
        return "If generate random MEBx password is disabled, mebxPassword is mandatory";
    return rps_check_mebx_choice_change(exchange, value);
}

/* ---- TLS, CIRA, consent ---- */

/* 0 is Console's word for none. */
const char *rps_check_tls_mode(struct http_exchange *exchange, const json_t *value)
{
    return http_check_int(rps_value_text(exchange, value), 0, 4) ? NULL : FAILS;
}

const char *rps_check_cira_or_tls(struct http_exchange *exchange, const json_t *value)
{
    return rps_value_text(exchange, value).size > 0 &&
                   http_body_value_number(exchange->json, "tlsMode", 0) != 0
               ? FAILS
               : NULL;
}

const char *rps_check_consent(struct http_exchange *exchange, const json_t *value)
{
    return slice_equal_string(rps_body_text(exchange, "activation"), "ccmactivate") &&
                   !slice_equal_string(rps_value_text(exchange, value), "All")
               ? FAILS
               : NULL;
}

/* ---- links to other configurations ---- */

#define WIFI_NEEDS_DHCP "Wifi supports only DHCP in AMT"

const char *rps_check_wifi_dhcp(struct http_exchange *exchange, const json_t *value)
{
    return json_array_size(value) > 0 && rps_body_has(exchange, "dhcpEnabled") &&
                   !is_true(exchange, "dhcpEnabled")
               ? WIFI_NEEDS_DHCP
               : NULL;
}

const char *rps_check_wifi_dhcp_change(struct http_exchange *exchange, const json_t *value)
{
    if (json_array_size(value) > 0 && !rps_body_has(exchange, "dhcpEnabled"))
        return "DHCP enabled should be true";
    return rps_check_wifi_dhcp(exchange, value);
}

struct link_rules {
    const char *member; /* that has the name */
    size_t limit;
    const char *too_many, *priority, *unknown;
    bool (*exists)(struct http_exchange *exchange, struct slice name);
};

/* Only an answer counts as one: what else is wrong with the store shows when the row is written. */
static bool wifi_exists(struct http_exchange *exchange, struct slice name)
{
    struct store_wireless_config config;
    struct error err;
    error_clear(&err);
    return store_wireless_config_get(rps_application_of(exchange)->store, exchange->arena,
                                     rps_tenant(exchange), name, &config, &err) ||
           err.code != ERROR_NOT_FOUND;
}

static bool proxy_exists(struct http_exchange *exchange, struct slice name)
{
    struct store_proxy_config config;
    struct error err;
    error_clear(&err);
    return store_proxy_config_get(rps_application_of(exchange)->store, exchange->arena,
                                  rps_tenant(exchange), name, &config, &err) ||
           err.code != ERROR_NOT_FOUND;
}

static bool has_priority(const json_t *link)
{
    const json_t *priority = json_object_get(link, "priority");
    return json_is_integer(priority) && json_integer_value(priority) >= 1 &&
           json_integer_value(priority) <= 255;
}

static const char *check_links(struct http_exchange *exchange, const json_t *links,
                               const struct link_rules *rules)
{
    size_t count = json_array_size(links);
    const char *unknown = NULL;
    if (count > rules->limit)
        return rules->too_many;
    for (size_t i = 0; i < count; i++)
        if (!has_priority(json_array_get(links, i)))
            return rules->priority;
    for (size_t i = 0; i < count; i++) {
        struct slice name = http_body_value_text(json_array_get(links, i), rules->member);
        if (name.size == 0 || !rules->exists(exchange, name))
            unknown = arena_printf(exchange->arena, "%s%s%.*s", unknown == NULL ? "" : unknown,
                                   unknown == NULL ? "" : ",", SLICE_ARG(name));
    }
    return unknown == NULL ? NULL
                           : arena_printf(exchange->arena, "%s %s does not exists in db",
                                          rules->unknown, unknown);
}

const char *rps_check_wifi_links(struct http_exchange *exchange, const json_t *value)
{
    static const struct link_rules rules = {
        .member = "profileName",
        .limit = WIFI_LIMIT,
        .too_many = "A maximum of 8 wifi profiles can be stored at a time.",
        .priority = "wifi config priority should be an integer and between 1 and 255",
        .unknown = "wifi configs",
        .exists = wifi_exists,
    };
    return check_links(exchange, value, &rules);
}

const char *rps_check_proxy_links(struct http_exchange *exchange, const json_t *value)
{
    static const struct link_rules rules = {
        .member = "name",
        .limit = PROXY_LIMIT,
        .too_many = "A maximum of 15 proxy profiles can be stored at a time.",
        .priority = "proxy config priority should be an integer and between 1 and 255",
        .unknown = "proxy configs",
        .exists = proxy_exists,
    };
    return check_links(exchange, value, &rules);
}

static const char *check_wired(struct http_exchange *exchange, const json_t *value,
                               const char *unknown)
{
    struct slice name = rps_value_text(exchange, value);
    struct store_ieee8021x_config config;
    struct error err;
    error_clear(&err);
    if (name.size == 0) /* consoles send "" for none */
        return NULL;
    if (!store_ieee8021x_config_get(rps_application_of(exchange)->store, exchange->arena,
                                    rps_tenant(exchange), name, &config, &err))
        return err.code == ERROR_NOT_FOUND
                   ? arena_printf(exchange->arena, "%.*s%.*s%s",
                                  (int)slice_index_of(slice_of_string(unknown), '%'), unknown,
                                  SLICE_ARG(name), strchr(unknown, '%') + 1)
                   : NULL;
    return config.wired
               ? NULL
               : arena_printf(exchange->arena, "Ieee8021x profile %.*s is for wireless interfaces",
                              SLICE_ARG(name));
}

const char *rps_check_wired_8021x(struct http_exchange *exchange, const json_t *value)
{
    return check_wired(exchange, value, "Ieee8021x profile % does not exist in db");
}

/* The toolkit doesn't look at the interface here; a profile that can't work is no good then, too.
 */
const char *rps_check_wired_8021x_change(struct http_exchange *exchange, const json_t *value)
{
    return check_wired(exchange, value, "IEEEProfile config % does not exists in db");
}
