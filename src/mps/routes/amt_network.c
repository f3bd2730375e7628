/* /api/v1/amt/networkSettings/{guid} and …/wired/{guid}, reading (spec mps 1.16). */
#include "amt/network.h"
#include "amt/wired.h"
#include "amt/wireless_profile.h"
#include "mps/routes/conversation.h"
#include "mps/routes/error_answer.h"
#include "mps/routes/handlers.h"
#include "mps/routes/instance_json.h"
#include "mps/routes/routes.h"
#include "mps/routes/wireless_names.h"

static const struct instance_name owners[] = {{1, "Management Engine"}, {2, "Host"}};
static const struct instance_name protections[] = {
    {0, "Override"}, {1, "None"}, {2, "Passive"}, {3, "High"}};
static const struct instance_name connections[] = {{0, "Integrated LAN NIC"},
                                                   {1, "Discrete LAN NIC"},
                                                   {2, "LAN via Thunderbolt Dock"},
                                                   {3, "Wireless LAN"}};
static const struct instance_name media[] = {{0, "SMBUS"}, {1, "PCIe"}};
static const struct instance_name ieee8021x_states[] = {
    {2, "EnabledWithCertificates"}, {3, "Disabled"}, {6, "EnabledWithoutCertificates"}};

/* ---- the parts ---- */

static const char *policy_name(struct slice text)
{
    static const struct instance_name names[] = {
        {1, "S0 AC"}, {14, "Sx AC"}, {16, "S0 DC"}, {224, "Sx DC"}};
    uint64_t value;
    if (slice_to_u64(text, UINT8_MAX, &value))
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (names[i].value == value)
                return names[i].name;
    return "Unknown";
}

static void put_policies(struct json_writer *json, const struct wsman_xml *port)
{
    json_put_key(json, "linkPolicy");
    json_open_array(json);
    const struct wsman_xml *policy = wsman_xml_child(port, "LinkPolicy");
    for (; policy != NULL; policy = wsman_xml_again(policy))
        json_put_string(json, policy_name(slice_trim(policy->text)));
    json_close_array(json);
}

/* What both ports have. */
static void put_port(struct json_writer *json, const struct wsman_xml *port)
{
    uint64_t retransmissions = 0;
    instance_json_text(json, "elementName", port, "ElementName");
    instance_json_text(json, "instanceID", port, "InstanceID");
    instance_json_number(json, "vlanTag", port, "VLANTag");
    instance_json_bool(json, "sharedMAC", port, "SharedMAC");
    instance_json_text(json, "macAddress", port, "MACAddress");
    instance_json_bool(json, "linkIsUp", port, "LinkIsUp");
    put_policies(json, port);
    instance_json_bool(json, "sharedStaticIP", port, "SharedStaticIp");
    instance_json_bool(json, "sharedDynamicIP", port, "SharedDynamicIP");
    instance_json_bool(json, "ipSyncEnabled", port, "IpSyncEnabled");
    instance_json_bool(json, "dhcpEnabled", port, "DHCPEnabled");
    instance_json_text(json, "ipAddress", port, "IPAddress");
    instance_json_text(json, "subnetMask", port, "SubnetMask");
    instance_json_text(json, "defaultGateway", port, "DefaultGateway");
    instance_json_text(json, "primaryDNS", port, "PrimaryDNS");
    instance_json_text(json, "secondaryDNS", port, "SecondaryDNS");
    INSTANCE_JSON_NAME(json, "physicalConnectionType", port, "PhysicalConnectionType", connections);
    INSTANCE_JSON_NAME(json, "physicalNICMedium", port, "PhysicalNicMedium", media);
    if (instance_number(port, "ConsoleTcpMaxRetransmissions", &retransmissions) &&
        retransmissions > 0)
        json_put_member_int(json, "consoleTCPMaxRetransmissions", (int64_t)retransmissions);
}

static void put_wired_8021x(struct json_writer *json, const struct wsman_xml *settings)
{
    json_put_key(json, "ieee8021x");
    json_open_object(json);
    if (amt_wired_is_old_8021x(settings)) {
        bool has_certificate = wsman_xml_child(settings, "ClientCertificate") != NULL;
        json_put_member_string(json, "enabled",
                               !instance_bool(settings, "Enabled") ? "Disabled"
                               : has_certificate                   ? "EnabledWithCertificates"
                                                                   : "EnabledWithoutCertificates");
        instance_json_bool(json, "availableInS0", settings, "ActiveInS0");
    } else {
        INSTANCE_JSON_NAME(json, "enabled", settings, "Enabled", ieee8021x_states);
        instance_json_bool(json, "availableInS0", settings, "AvailableInS0");
    }
    instance_json_number(json, "pxeTimeout", settings, "PxeTimeout");
    if (wsman_xml_child(settings, "Username") != NULL)
        instance_json_text(json, "username", settings, "Username");
    uint64_t protocol;
    if (instance_number(settings, "AuthenticationProtocol", &protocol))
        json_put_member_int(json, "authenticationProtocol",
                            (int64_t)amt_wired_protocol(settings, protocol));
    json_close_object(json);
}

static void put_wired(struct json_writer *json, const struct amt_ethernet *wired)
{
    if (wired->port == NULL) {
        json_put_null(json);
        return;
    }
    json_open_object(json);
    put_port(json, wired->port);
    put_wired_8021x(json, wired->ieee8021x);
    json_close_object(json);
}

static void put_wifi_networks(struct json_writer *json, const struct amt_items *settings)
{
    json_put_key(json, "wifiNetworks");
    json_open_array(json);
    for (size_t i = 0; i < settings->count; i++) {
        const struct wsman_xml *one = settings->items[i];
        if (amt_wireless_profile_is_users(one))
            continue;
        json_open_object(json);
        instance_json_text(json, "elementName", one, "ElementName");
        instance_json_text(json, "ssid", one, "SSID");
        INSTANCE_JSON_NAME(json, "authenticationMethod", one, "AuthenticationMethod",
                           wireless_authentications);
        INSTANCE_JSON_NAME(json, "encryptionMethod", one, "EncryptionMethod", wireless_encryptions);
        instance_json_number(json, "priority", one, "Priority");
        INSTANCE_JSON_NAME(json, "bsstype", one, "BSSType", wireless_networks);
        json_close_object(json);
    }
    json_close_array(json);
}

static void put_wireless_8021x(struct json_writer *json, const struct amt_items *settings)
{
    json_put_key(json, "ieee8021xSettings");
    json_open_array(json);
    for (size_t i = 0; i < settings->count; i++) {
        const struct wsman_xml *one = settings->items[i];
        json_open_object(json);
        instance_json_number(json, "authenticationProtocol", one, "AuthenticationProtocol");
        instance_json_text(json, "roamingIdentity", one, "RoamingIdentity");
        instance_json_text(json, "serverCertificateName", one, "ServerCertificateName");
        instance_json_number(json, "serverCertificateNameComparison", one,
                             "ServerCertificateNameComparison");
        instance_json_text(json, "username", one, "Username");
        instance_json_text(json, "domain", one, "Domain");
        json_close_object(json);
    }
    json_close_array(json);
}

static void put_wifi_service(struct json_writer *json, const struct wsman_xml *service)
{
    json_put_key(json, "wifiPortConfigService");
    json_open_object(json);
    instance_json_number(json, "requestedState", service, "RequestedState");
    instance_json_number(json, "enabledState", service, "EnabledState");
    instance_json_number(json, "healthState", service, "HealthState");
    instance_json_text(json, "elementName", service, "ElementName");
    instance_json_text(json, "systemCreationClassName", service, "SystemCreationClassName");
    instance_json_text(json, "systemName", service, "SystemName");
    instance_json_text(json, "creationClassName", service, "CreationClassName");
    instance_json_text(json, "name", service, "Name");
    instance_json_number(json, "localProfileSynchronizationEnabled", service,
                         "localProfileSynchronizationEnabled");
    instance_json_text(json, "lastConnectedSsidUnderMeControl", service,
                       "LastConnectedSsidUnderMeControl");
    instance_json_number(json, "noHostCsmeSoftwarePolicy", service, "NoHostCsmeSoftwarePolicy");
    instance_json_bool(json, "uefiWiFiProfileShareEnabled", service, "UEFIWiFiProfileShareEnabled");
    json_close_object(json);
}

static void put_wireless(struct json_writer *json, const struct amt_network *network)
{
    if (network->wireless == NULL) {
        json_put_null(json);
        return;
    }
    json_open_object(json);
    put_port(json, network->wireless);
    INSTANCE_JSON_NAME(json, "linkPreference", network->wireless, "LinkPreference", owners);
    INSTANCE_JSON_NAME(json, "linkControl", network->wireless, "LinkControl", owners);
    INSTANCE_JSON_NAME(json, "wlanLinkProtectionLevel", network->wireless,
                       "WLANLinkProtectionLevel", protections);
    put_wifi_networks(json, &network->wifi_settings);
    put_wireless_8021x(json, &network->ieee8021x_settings);
    put_wifi_service(json, network->wifi_service);
    json_close_object(json);
}

/* ---- the routes ---- */

struct network_call {
    struct arena *arena;
    struct amt_network network;
};

static bool get_network(struct amt *amt, void *arg, struct error *err)
{
    struct network_call *call = arg;
    return amt_network_get(amt, call->arena, &call->network, err);
}

void routes_amt_network(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_EthernetPortSettings",
        .requested = "Network Settings requested",
        .received = "Network Settings received",
        .received_has_guid = true,
        .refused = "Network Settings request failed",
        .refused_event = "Network Settings request failed",
        .exception = "Exception during AMT Network Settings request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct network_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_network, &call))
        return;
    if (call.network.wired.port == NULL && call.network.wireless == NULL) {
        routes_conversation_failed(exchange, &what, "Network Settings not found");
        struct slice guid = http_parameter(exchange, "guid");
        http_answer_error(exchange, 404, "Network Settings not found",
                          arena_printf(exchange->arena, "guid : %.*s", SLICE_ARG(guid)));
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    json_open_object(&json);
    json_put_key(&json, "wired");
    put_wired(&json, &call.network.wired);
    json_put_key(&json, "wireless");
    put_wireless(&json, &call.network);
    json_close_object(&json);
}

struct wired_call {
    struct arena *arena;
    struct amt_ethernet wired;
};

static bool get_wired(struct amt *amt, void *arg, struct error *err)
{
    struct wired_call *call = arg;
    return amt_ethernet_get_wired(amt, call->arena, &call->wired, err);
}

void routes_amt_network_wired(struct http_exchange *exchange)
{
    static const struct routes_conversation what = {
        .event = "AMT_EthernetPortSettings",
        .requested = "Wired Network Settings requested",
        .received = "Wired Network Settings received",
        .received_has_guid = true,
        .refused = "Wired Network Settings request failed",
        .refused_event = "Wired Network Settings request failed",
        .exception = "Exception during AMT Wired Network Settings request",
        .exception_event = true,
        .exception_has_guid = true,
    };
    struct wired_call call = {.arena = exchange->arena};
    if (!routes_converse(exchange, &what, get_wired, &call))
        return;
    if (call.wired.port == NULL) {
        routes_conversation_not_found(exchange, &what, "Wired Network Settings not found");
        return;
    }
    routes_conversation_succeeded(exchange, &what);
    struct json_writer json = http_answer_json(exchange, 200);
    put_wired(&json, &call.wired);
}
