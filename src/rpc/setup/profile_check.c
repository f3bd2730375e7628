/* What a profile may say: members, their types and words, in one table. What is of another type
 * would be taken for absent, and a step be called done that was never taken. */
#include "rpc/run/run.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_text.h"
#include "rpc/setup/profile_wanted.h"

#include <string.h>
#include <strings.h>

#define UNKNOWN_MOST 20
#define UNKNOWN_SIZE 60

enum kind {
    ANY,  /* of others than us, or known and without effect */
    TEXT, /* one of `words` where there are some */
    FLAG, /* also YAML's older words for it, as rpc-go takes them */
    NUMBER,
    NAMED,  /* a number, or one of `words` */
    TEXTS,  /* a list */
    OBJECT, /* with the members `inside` */
    OBJECTS /* a list of them */
};

struct member {
    const char *name; /* NULL ends a table */
    enum kind kind;
    const struct member *inside;
    const char *const *words;
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct member ieee8021x[] = {
    {"profileName", TEXT, NULL, NULL},
    {"username", TEXT, NULL, NULL},
    {"password", TEXT, NULL, NULL},
    {"authenticationProtocol", NUMBER, NULL, NULL},
    {"clientCert", TEXT, NULL, NULL},
    {"caCert", TEXT, NULL, NULL},
    {"privateKey", TEXT, NULL, NULL},
    {"pxeTimeout", NUMBER, NULL, NULL},
    {"wiredInterface", ANY, NULL, NULL},
    {"tenantId", ANY, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member wired[] = {
    {"dhcpEnabled", FLAG, NULL, NULL},
    {"ipSyncEnabled", FLAG, NULL, NULL},
    {"sharedStaticIP", ANY, NULL, NULL},
    {"ipAddress", TEXT, NULL, NULL},
    {"subnetMask", TEXT, NULL, NULL},
    {"defaultGateway", TEXT, NULL, NULL},
    {"primaryDNS", TEXT, NULL, NULL},
    {"secondaryDNS", TEXT, NULL, NULL},
    {"authentication", ANY, NULL, NULL},
    {"ieee8021x", OBJECT, ieee8021x, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member wireless_profile[] = {
    {"profileName", TEXT, NULL, NULL},
    {"ssid", TEXT, NULL, NULL},
    {"password", TEXT, NULL, NULL},
    {"pskPassphrase", TEXT, NULL, NULL},
    {"authenticationMethod", NAMED, NULL,
     WORDS("WPAPSK", "WPAIEEE8021x", "WPA2PSK", "WPA2IEEE8021x")},
    {"encryptionMethod", NAMED, NULL, WORDS("TKIP", "CCMP")},
    {"priority", NUMBER, NULL, NULL},
    {"ieee8021x", OBJECT, ieee8021x, NULL},
    {"ieee8021xProfileName", ANY, NULL, NULL},
    {"linkPolicy", ANY, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member wireless[] = {
    {"wifiSyncEnabled", FLAG, NULL, NULL},
    {"uefiWiFiSyncEnabled", FLAG, NULL, NULL},
    {"profiles", OBJECTS, wireless_profile, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member proxy[] = {
    {"name", ANY, NULL, NULL},
    {"priority", ANY, NULL, NULL},
    {"address", TEXT, NULL, NULL},
    {"port", NUMBER, NULL, NULL},
    {"networkDnsSuffix", TEXT, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member network[] = {
    {"wired", OBJECT, wired, NULL},  {"wireless", OBJECT, wireless, NULL},
    {"proxy", OBJECTS, proxy, NULL}, {"proxies", OBJECTS, proxy, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member tls[] = {
    {"enabled", FLAG, NULL, NULL},
    {"mutualAuthentication", FLAG, NULL, NULL},
    {"allowNonTLS", FLAG, NULL, NULL},
    {"signingAuthority", TEXT, NULL, WORDS("SelfSigned", "MicrosoftCA")},
    {"trustedCN", ANY, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member services[] = {
    {"kvm", FLAG, NULL, NULL},
    {"sol", FLAG, NULL, NULL},
    {"ider", FLAG, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member redirection[] = {
    {"enabled", FLAG, NULL, NULL},
    {"services", OBJECT, services, NULL},
    {"userConsent", TEXT, NULL, WORDS("None", "KVM", "All")},
    {NULL, ANY, NULL, NULL},
};

static const struct member assistant[] = {
    {"url", TEXT, NULL, NULL},
    {"username", TEXT, NULL, NULL},
    {"password", TEXT, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member cira[] = {
    {"mpsUsername", TEXT, NULL, NULL},
    {"mpsPassword", TEXT, NULL, NULL},
    {"mpsAddress", TEXT, NULL, NULL},
    {"mpsPort", NUMBER, NULL, NULL},
    {"mpsCert", TEXT, NULL, NULL},
    {"environmentDetection", TEXTS, NULL, NULL},
    {"generateRandomPassword", FLAG, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member amt_specific[] = {
    {"controlMode", TEXT, NULL, WORDS("acmactivate", "ccmactivate")},
    {"adminPassword", TEXT, NULL, NULL},
    {"generateRandomPassword", FLAG, NULL, NULL},
    {"provisioningCert", TEXT, NULL, NULL},
    {"provisioningCertPwd", TEXT, NULL, NULL},
    {"mebxPassword", TEXT, NULL, NULL},
    {"generateRandomMEBXPassword", FLAG, NULL, NULL},
    {"cira", OBJECT, cira, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member configuration[] = {
    {"generalSettings", ANY, NULL, NULL},
    {"network", OBJECT, network, NULL},
    {"tls", OBJECT, tls, NULL},
    {"redirection", OBJECT, redirection, NULL},
    {"userAccounts", ANY, NULL, NULL},
    {"enterpriseAssistant", OBJECT, assistant, NULL},
    {"amtSpecific", OBJECT, amt_specific, NULL},
    {"bmcSpecific", ANY, NULL, NULL},
    {"dashSpecific", ANY, NULL, NULL},
    {"redfishSpecific", ANY, NULL, NULL},
    {NULL, ANY, NULL, NULL},
};

static const struct member top[] = {
    {"id", ANY, NULL, NULL},     {"name", TEXT, NULL, NULL},
    {"tags", TEXTS, NULL, NULL}, {"configuration", OBJECT, configuration, NULL},
    {NULL, ANY, NULL, NULL},
};

struct check {
    struct rpc *rpc;
    unsigned unknown;
    struct rpc_fault *fault;
};

/* Where something stands: "configuration.network.proxy[1]". */
struct place {
    const struct place *outer;
    const char *name; /* NULL: an entry of a list */
    size_t index;
};

static const char *path_of(struct check *check, const struct place *place)
{
    struct arena *arena = rpc_arena(check->rpc);
    if (place == NULL)
        return "";
    const char *outer = path_of(check, place->outer);
    struct slice name =
        slice_first_text(slice_of_string(place->name != NULL ? place->name : ""), UNKNOWN_SIZE);
    if (place->name == NULL)
        return arena_printf(arena, "%s[%zu]", outer, place->index);
    return arena_printf(arena, "%s%s%.*s", outer, outer[0] != '\0' ? "." : "", SLICE_ARG(name));
}

static bool refuse(struct check *check, const struct place *place, const char *what)
{
    return rpc_fault_set(check->fault, RPC_WRONG_CONFIGURATION, "the profile: %s is %s",
                         path_of(check, place), what);
}

static bool is_word(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(*words, text) == 0)
            return true;
    return false;
}

static bool refuse_word(struct check *check, const struct place *place, const char *const *words)
{
    const char *list = words[0];
    for (size_t i = 1; words[i] != NULL; i++)
        list = arena_printf(rpc_arena(check->rpc), "%s, %s", list, words[i]);
    return refuse(check, place, arena_printf(rpc_arena(check->rpc), "none of %s", list));
}

static bool is_flag(const json_t *value)
{
    return json_is_boolean(value) ||
           (json_is_string(value) &&
            is_word(json_string_value(value), WORDS("y", "yes", "on", "n", "no", "off")));
}

/* Also a number as text, where a word is text. */
static bool is_named(const json_t *value, const char *const *words)
{
    uint64_t number;
    return json_is_integer(value) ||
           (json_is_string(value) &&
            (is_word(json_string_value(value), words) ||
             slice_to_u64(slice_of_string(json_string_value(value)), INT64_MAX, &number)));
}

/* "" is as if it were not there, as exported profiles have it. */
static bool is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0);
}

static bool check_object(struct check *check, const struct place *place, const json_t *object,
                         const struct member *members);

static bool check_list(struct check *check, const struct place *place, const json_t *list,
                       const struct member *inside)
{
    if (!json_is_array(list))
        return refuse(check, place, "no list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct place entry = {place, NULL, i};
        const json_t *value = json_array_get(list, i);
        if (inside == NULL && !json_is_string(value))
            return refuse(check, &entry, "no text");
        if (inside != NULL && !check_object(check, &entry, value, inside))
            return false;
    }
    return true;
}

static bool check_value(struct check *check, const struct place *place, const json_t *value,
                        const struct member *member)
{
    if (member->kind == ANY || is_empty(value))
        return true;
    switch (member->kind) {
    case ANY:
        return true;
    case TEXT:
        if (!json_is_string(value))
            return refuse(check, place, "no text (quotes make it one)");
        return member->words == NULL || is_word(json_string_value(value), member->words) ||
               refuse_word(check, place, member->words);
    case FLAG:
        return is_flag(value) || refuse(check, place, "neither true nor false");
    case NUMBER:
        return json_is_integer(value) || refuse(check, place, "no whole number");
    case NAMED:
        return is_named(value, member->words) || refuse_word(check, place, member->words);
    case TEXTS:
    case OBJECTS:
        return check_list(check, place, value, member->inside);
    case OBJECT:
        return check_object(check, place, value, member->inside);
    }
    return true;
}

static bool check_object(struct check *check, const struct place *place, const json_t *object,
                         const struct member *members)
{
    if (!json_is_object(object))
        return refuse(check, place, "no object");
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const struct place inner = {place, json_object_iter_key(at), 0};
        const struct member *member = members;
        while (member->name != NULL && strcasecmp(member->name, inner.name) != 0)
            member++;
        if (member->name == NULL && check->unknown++ < UNKNOWN_MOST)
            rpc_log(check->rpc, LOG_WARN, "the profile has %s, which means nothing here",
                    path_of(check, &inner));
        if (member->name != NULL && !check_value(check, &inner, json_object_iter_value(at), member))
            return false;
    }
    return true;
}

bool rpc_profile_check(struct rpc *rpc, const json_t *profile, struct rpc_fault *fault)
{
    struct check check = {rpc, 0, fault};
    struct rpc_fault why;
    if (!check_object(&check, NULL, profile, top))
        return false;
    return rpc_profile_check_values(rpc_arena(rpc), rpc_member(profile, "configuration"), &why) ||
           rpc_fault_set(fault, RPC_WRONG_CONFIGURATION, "the profile: %s", why.err.text);
}
