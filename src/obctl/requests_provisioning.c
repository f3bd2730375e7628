/* What devices are set up with: commands that are one request each. */
#include "obctl/request.h"

#define ADMIN "/api/v1/admin/"

#define NAME      \
    OBCTL_FIELDS( \
        {.value = "NAME", .member = "{name}", .required = true, .help = "in any case of letters"})

#define BODY(help_)                                                                           \
    {                                                                                         \
        .value = "FILE", .member = "*", .kind = OBCTL_BODY, .required = true, .help = (help_) \
    }

/* The five that each kind has. */
#define KIND(words_, many_, one_, columns_)                                                  \
    OBCTL_REQUEST(words_ " list", "List the " many_, .method = "GET",                        \
                  .path = ADMIN words_ "?$top=100000", .rows = "", .columns = columns_),     \
        OBCTL_REQUEST(words_ " show", "Show " one_ ", without its secrets", .method = "GET", \
                      .path = ADMIN words_ "/{name}", .fields = NAME),                       \
        OBCTL_REQUEST(words_ " remove", "Remove " one_, .method = "DELETE",                  \
                      .path = ADMIN words_ "/{name}", .done = "removed", .final = true,      \
                      .fields = NAME)

#define ADD(words_, one_)                                                                       \
    OBCTL_REQUEST(words_ " add", "Make " one_, .method = "POST", .path = ADMIN words_,          \
                  .fields = OBCTL_FIELDS(BODY("its settings as a JSON object; \"-\": standard " \
                                              "input")))

#define CHANGE(words_, one_)                                                                       \
    OBCTL_REQUEST(words_ " change", "Change " one_, .method = "PATCH", .path = ADMIN words_,       \
                  .fields = OBCTL_FIELDS(BODY("what " words_ " show --json says, changed; \"-\": " \
                                              "standard input")))

const struct obctl_command obctl_requests_provisioning[] = {
    KIND("profiles", "profiles", "a profile",
         "profileName,activation,dhcpEnabled,ciraConfigName,tlsMode,tags"),
    ADD("profiles", "a profile"),
    CHANGE("profiles", "a profile"),
    OBCTL_REQUEST("profiles export",
                  "Print a profile with all that it refers to: content and the key to it",
                  .method = "GET", .path = ADMIN "profiles/export/{name}", .raw = "",
                  .fields = OBCTL_FIELDS({.value = "NAME",
                                          .member = "{name}",
                                          .required = true,
                                          .help = "in any case of letters"},
                                         {.option = "domain",
                                          .value = "DOMAIN",
                                          .member = "?domainName",
                                          .help = "whose provisioning certificate goes with it"})),
    OBCTL_REQUEST("profiles import", "Make a profile of an export, and what it refers to",
                  .method = "POST", .path = ADMIN "profiles/import",
                  .fields =
                      OBCTL_FIELDS({.value = "FILE",
                                    .member = "*",
                                    .kind = OBCTL_BODY,
                                    .help = "what profiles export printed; \"-\": standard input"},
                                   {.option = "content",
                                    .value = "FILE",
                                    .member = "content",
                                    .kind = OBCTL_FILE_TEXT,
                                    .help = "the content alone, as web consoles save it"},
                                   {.option = "key-file",
                                    .value = "FILE",
                                    .member = "key",
                                    .kind = OBCTL_SECRET,
                                    .help = "the key to it, in the first line"},
                                   {.option = "name",
                                    .value = "NAME",
                                    .member = "profileName",
                                    .help = "another name for the profile"})),
    OBCTL_REQUEST(
        "profiles clone", "Make a profile like another, with its passwords", .method = "POST",
        .path = ADMIN "profiles/{name}/clone",
        .fields = OBCTL_FIELDS(
            {.value = "NAME", .member = "{name}", .required = true, .help = "the one there is"},
            {.value = "NEW",
             .member = "profileName",
             .required = true,
             .help = "what the new one is called"})),
    OBCTL_REQUEST("profiles compare", "Show two profiles side by side, without their passwords",
                  .method = "GET", .path = ADMIN "profiles/compare", .rows = "fields",
                  .columns = "field,same,a,b",
                  .fields = OBCTL_FIELDS(
                      {.value = "A", .member = "?a", .required = true, .help = "one profile"},
                      {.value = "B", .member = "?b", .required = true, .help = "the other"})),
    KIND("domains", "domains with their certificates", "a domain",
         "profileName,domainSuffix,expirationDate"),
    OBCTL_REQUEST("domains add", "Make a domain of a provisioning certificate", .method = "POST",
                  .path = ADMIN "domains",
                  .fixed = "{\"provisioningCertStorageFormat\":\"string\"}",
                  .fields = OBCTL_FIELDS({.value = "NAME",
                                          .member = "profileName",
                                          .required = true,
                                          .help = "what it is called"},
                                         {.option = "suffix",
                                          .value = "SUFFIX",
                                          .member = "domainSuffix",
                                          .required = true,
                                          .help = "DNS suffix of the devices: corp.example.com"},
                                         {.option = "pfx",
                                          .value = "FILE",
                                          .member = "provisioningCert",
                                          .kind = OBCTL_BASE64,
                                          .required = true,
                                          .help = "PKCS#12 with key and chain"},
                                         {.option = "password-file",
                                          .value = "FILE",
                                          .member = "provisioningCertPassword",
                                          .from = "OBCTL_PFX_PASSWORD",
                                          .kind = OBCTL_ASKED,
                                          .help = "its password in the first line; otherwise "
                                                  "OBCTL_PFX_PASSWORD, or it is asked for"})),
    OBCTL_REQUEST("domains change", "Change a domain", .method = "PATCH", .path = ADMIN "domains",
                  .fields = OBCTL_FIELDS(
                      {.value = "FILE",
                       .member = "*",
                       .kind = OBCTL_BODY,
                       .required = true,
                       .help = "what domains show --json says, changed; \"-\": standard input"},
                      {.option = "pfx",
                       .value = "FILE",
                       .member = "provisioningCert",
                       .kind = OBCTL_BASE64,
                       .help = "another PKCS#12"},
                      {.option = "password-file",
                       .value = "FILE",
                       .member = "provisioningCertPassword",
                       .kind = OBCTL_SECRET,
                       .help = "its password, in the first line"})),
    KIND("ciraconfigs", "ways to call in", "a CIRA config",
         "configName,mpsServerAddress,mpsPort,username,serverAddressFormat"),
    ADD("ciraconfigs",
        "a CIRA config; its name must be in the server's certificate (--common-name)"),
    CHANGE("ciraconfigs",
           "a CIRA config; its name must be in the server's certificate (--common-name)"),
    KIND("wirelessconfigs", "Wi-Fi networks", "a Wi-Fi network",
         "profileName,ssid,authenticationMethod,encryptionMethod,ieee8021xProfileName"),
    ADD("wirelessconfigs", "a Wi-Fi network"),
    CHANGE("wirelessconfigs", "a Wi-Fi network"),
    KIND("ieee8021xconfigs", "802.1X configurations", "an 802.1X configuration",
         "profileName,authenticationProtocol,wiredInterface,pxeTimeout"),
    ADD("ieee8021xconfigs", "an 802.1X configuration"),
    CHANGE("ieee8021xconfigs", "an 802.1X configuration"),
    KIND("proxyconfigs", "proxies", "a proxy", "name,address,port,networkDnsSuffix"),
    ADD("proxyconfigs", "a proxy"),
    CHANGE("proxyconfigs", "a proxy"),
    {.words = NULL},
};
