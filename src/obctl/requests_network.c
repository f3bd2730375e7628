/* Network, Wi-Fi, certificates: commands that are one request each. */
#include "obctl/request.h"

#define PROFILE "/api/v1/amt/networkSettings/wireless/profile/{guid}"

#define PROFILE_FIELDS                                                                             \
    OBCTL_FIELDS(                                                                                  \
        {.value = "NAME",                                                                          \
         .member = "profileName",                                                                  \
         .required = true,                                                                         \
         .help = "letters and digits"},                                                            \
        {.option = "ssid",                                                                         \
         .value = "SSID",                                                                          \
         .member = "ssid",                                                                         \
         .required = true,                                                                         \
         .help = "name of the network"},                                                           \
        {.option = "priority",                                                                     \
         .value = "N",                                                                             \
         .member = "priority",                                                                     \
         .kind = OBCTL_NUMBER,                                                                     \
         .required = true,                                                                         \
         .help = "1 (tried first) to 255"},                                                        \
        {.option = "authentication",                                                               \
         .value = "METHOD",                                                                        \
         .member = "authenticationMethod",                                                         \
         .required = true,                                                                         \
         .help = "WPAPSK, WPA2PSK, WPAIEEE8021x or WPA2IEEE8021x"},                                \
        {.option = "encryption",                                                                   \
         .value = "METHOD",                                                                        \
         .member = "encryptionMethod",                                                             \
         .required = true,                                                                         \
         .help = "TKIP or CCMP"},                                                                  \
        {.option = "psk-file",                                                                     \
         .value = "FILE",                                                                          \
         .member = "password",                                                                     \
         .kind = OBCTL_SECRET,                                                                     \
         .help = "first line: the pre-shared key"},                                                \
        {.option = "user", .value = "USER", .member = "ieee8021x.username", .help = "for 802.1X"}, \
        {.option = "protocol",                                                                     \
         .value = "N",                                                                             \
         .member = "ieee8021x.authenticationProtocol",                                             \
         .kind = OBCTL_NUMBER,                                                                     \
         .help = "0 (EAP-TLS) or 2 (PEAP)"},                                                       \
        {.option = "user-password-file",                                                           \
         .value = "FILE",                                                                          \
         .member = "ieee8021x.password",                                                           \
         .kind = OBCTL_SECRET,                                                                     \
         .help = "first line: the 802.1X password"},                                               \
        {.option = "client-certificate",                                                           \
         .value = "FILE",                                                                          \
         .member = "ieee8021x.clientCert",                                                         \
         .kind = OBCTL_BASE64_PEM,                                                                 \
         .help = "PEM or DER"},                                                                    \
        {.option = "client-key",                                                                   \
         .value = "FILE",                                                                          \
         .member = "ieee8021x.privateKey",                                                         \
         .kind = OBCTL_BASE64_PEM,                                                                 \
         .help = "PEM or DER"},                                                                    \
        {.option = "ca-certificate",                                                               \
         .value = "FILE",                                                                          \
         .member = "ieee8021x.caCert",                                                             \
         .kind = OBCTL_BASE64_PEM,                                                                 \
         .help = "PEM or DER"})

const struct obctl_command obctl_requests_network[] = {
    OBCTL_REQUEST("network", "Ask a device for its network settings", .method = "GET",
                  .path = "/api/v1/amt/networkSettings/{guid}"),
    OBCTL_REQUEST("network dhcp", "Let a device's wired port take its address by DHCP",
                  .method = "PATCH", .path = "/api/v1/amt/networkSettings/wired/{guid}",
                  .fixed = "{\"dhcpEnabled\":true}", .done = "{}: DHCP"),
    OBCTL_REQUEST(
        "network static", "Give a device's wired port an address of its own", .method = "PATCH",
        .path = "/api/v1/amt/networkSettings/wired/{guid}", .done = "{}: static address",
        .fixed = "{\"dhcpEnabled\":false,\"ipSyncEnabled\":false}",
        .fields = OBCTL_FIELDS(
            {.value = "ADDRESS", .member = "ipAddress", .required = true, .help = "IPv4"},
            {.value = "MASK",
             .member = "subnetMask",
             .required = true,
             .help = "such as "
                     "255.255.255.0"},
            {.option = "gateway",
             .value = "ADDRESS",
             .member = "defaultGateway",
             .required = true,
             .help = "IPv4"},
            {.option = "dns",
             .value = "ADDRESS",
             .member = "primaryDNS",
             .required = true,
             .help = "IPv4"},
            {.option = "dns2", .value = "ADDRESS", .member = "secondaryDNS", .help = "IPv4"})),
    OBCTL_REQUEST(
        "network 802.1x", "Say how a device's wired port logs in by 802.1X", .method = "PATCH",
        .path = "/api/v1/amt/networkSettings/wired/{guid}", .done = "{}: 802.1X set",
        .fields = OBCTL_FIELDS(
            {.value = "on|off",
             .member = "ieee8021x.enabled",
             .kind = OBCTL_ON_OFF,
             .required = true,
             .help = "whether it logs in"},
            {.option = "user", .value = "USER", .member = "ieee8021x.username", .help = "who"},
            {.option = "protocol",
             .value = "N",
             .member = "ieee8021x.authenticationProtocol",
             .kind = OBCTL_NUMBER,
             .help = "0 (EAP-TLS), 2 (PEAP), 3, 5 or 10"},
            {.option = "user-password-file",
             .value = "FILE",
             .member = "ieee8021x.password",
             .kind = OBCTL_SECRET,
             .help = "first line: the password"},
            {.option = "client-certificate",
             .value = "FILE",
             .member = "ieee8021x.clientCert",
             .kind = OBCTL_BASE64_PEM,
             .help = "PEM or DER"},
            {.option = "client-key",
             .value = "FILE",
             .member = "ieee8021x.privateKey",
             .kind = OBCTL_BASE64_PEM,
             .help = "PEM or DER"},
            {.option = "ca-certificate",
             .value = "FILE",
             .member = "ieee8021x.caCert",
             .kind = OBCTL_BASE64_PEM,
             .help = "PEM or DER"},
            {.option = "pxe-timeout",
             .value = "SECONDS",
             .member = "ieee8021x.pxeTimeout",
             .kind = OBCTL_NUMBER,
             .help = "how long PXE may do without, 0 to 86400"},
            {.option = "in-s0",
             .value = "on|off",
             .member = "ieee8021x.availableInS0",
             .kind = OBCTL_ON_OFF,
             .help = "also while the host is on"})),
    OBCTL_REQUEST("network link", "Say who has the Wi-Fi link", .method = "POST",
                  .path = "/api/v1/amt/network/linkPreference/{guid}",
                  .done = "{}: link preference set",
                  .fields = OBCTL_FIELDS({.value = "1|2",
                                          .member = "linkPreference",
                                          .kind = OBCTL_NUMBER,
                                          .required = true,
                                          .help = "1: the management engine, 2: the host"},
                                         {.value = "SECONDS",
                                          .member = "timeout",
                                          .kind = OBCTL_NUMBER,
                                          .required = true,
                                          .help = "until it falls back"})),
    OBCTL_REQUEST("wifi", "Ask a device for the state of Wi-Fi", .method = "GET",
                  .path = "/api/v1/amt/networkSettings/wireless/state/{guid}"),
    OBCTL_REQUEST("wifi set", "Switch Wi-Fi for AMT", .method = "POST",
                  .path = "/api/v1/amt/networkSettings/wireless/state/{guid}",
                  .fields = OBCTL_FIELDS({.value = "STATE",
                                          .member = "state",
                                          .required = true,
                                          .help = "WifiDisabled, WifiEnabledS0 or "
                                                  "WifiEnabledS0SxAC"})),
    OBCTL_REQUEST("wifi sync", "Ask a device which profiles it copies", .method = "GET",
                  .path = "/api/v1/amt/networkSettings/wireless/profileSync/{guid}"),
    OBCTL_REQUEST("wifi sync set", "Say which profiles a device copies", .method = "POST",
                  .path = "/api/v1/amt/networkSettings/wireless/profileSync/{guid}",
                  .fields = OBCTL_FIELDS({.option = "local",
                                          .value = "on|off",
                                          .member = "localProfileSync",
                                          .kind = OBCTL_ON_OFF,
                                          .help = "with the operating system"},
                                         {.option = "uefi",
                                          .value = "on|off",
                                          .member = "uefiProfileSync",
                                          .kind = OBCTL_ON_OFF,
                                          .help = "with UEFI"})),
    OBCTL_REQUEST("wifi profiles", "List a device's Wi-Fi profiles", .method = "GET",
                  .path = PROFILE, .rows = "",
                  .columns = "profileName,ssid,priority,authenticationMethod,encryptionMethod"),
    OBCTL_REQUEST("wifi profiles add", "Add a Wi-Fi profile", .method = "POST", .path = PROFILE,
                  .done = "{}: profile added", .fields = PROFILE_FIELDS),
    OBCTL_REQUEST("wifi profiles change", "Change a Wi-Fi profile", .method = "PATCH",
                  .path = PROFILE, .done = "{}: profile changed", .fields = PROFILE_FIELDS),
    OBCTL_REQUEST("wifi profiles remove", "Remove a Wi-Fi profile", .method = "DELETE",
                  .path = PROFILE "/{profileName}", .done = "{}: profile removed",
                  .fields = OBCTL_FIELDS({.value = "NAME",
                                          .member = "{profileName}",
                                          .required = true,
                                          .help = "of the profile"})),
    OBCTL_REQUEST("certificates", "List the certificates on a device", .method = "GET",
                  .path = "/api/v1/amt/certificates/{guid}",
                  .rows = "certificates.publicKeyCertificateItems",
                  .columns = "instanceID,displayName,trustedRootCertificate,readOnlyCertificate,"
                             "associatedProfiles"),
    OBCTL_REQUEST("certificates add", "Store a certificate on a device", .method = "POST",
                  .path = "/api/v1/amt/certificates/{guid}",
                  .fields = OBCTL_FIELDS({.value = "FILE",
                                          .member = "cert",
                                          .kind = OBCTL_BASE64_PEM,
                                          .required = true,
                                          .help = "PEM or DER"},
                                         {.option = "trusted",
                                          .value = "on|off",
                                          .member = "isTrusted",
                                          .kind = OBCTL_ON_OFF,
                                          .required = true,
                                          .help = "a root that it trusts"})),
    OBCTL_REQUEST("certificates remove", "Remove a certificate from a device", .method = "DELETE",
                  .path = "/api/v1/amt/certificates/{guid}/{instanceId}",
                  .done = "{}: certificate removed",
                  .fields = OBCTL_FIELDS({.value = "ID",
                                          .member = "{instanceId}",
                                          .required = true,
                                          .help = "instanceID, as certificates shows it"})),
    OBCTL_REQUEST("tls", "Ask a device for its TLS settings", .method = "GET",
                  .path = "/api/v1/amt/tls/{guid}", .rows = "",
                  .columns = "InstanceID,Enabled,MutualAuthentication,"
                             "AcceptNonSecureConnections,TrustedCN"),
    {.words = NULL},
};
