/* Network ports: what is found in recorded answers, and the bodies that set addresses and the
 * radio's owner (spec mps 1.16, 2.3, B.2). */
#include "amt/network.h"

#include "class_steps.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PORT(number, more)                                                                       \
    "<h:AMT_EthernetPortSettings xmlns:h=\"" STEPS_AMT "AMT_EthernetPortSettings\">"             \
    "<h:ElementName>Ports</h:ElementName><h:InstanceID>Intel(r) AMT Ethernet Port "              \
    "Settings " number "</h:InstanceID><h:IpSyncEnabled>true</h:IpSyncEnabled><h:SharedMAC>true" \
    "</h:SharedMAC>" more "</h:AMT_EthernetPortSettings>"
#define PUT_ANSWER "<g:AMT_EthernetPortSettings xmlns:g=\"" STEPS_AMT "AMT_EthernetPortSettings\"/>"
#define PUT_BEGIN                                                                    \
    "<h:AMT_EthernetPortSettings xmlns:h=\"" STEPS_AMT "AMT_EthernetPortSettings\">" \
    "<h:ElementName>Ports</h:ElementName>"                                           \
    "<h:InstanceID>Intel(r) AMT Ethernet Port Settings 0</h:InstanceID>"             \
    "<h:SharedMAC>true</h:SharedMAC>"
#define SELECTED(number) \
    "<w:Selector Name=\"InstanceID\">Intel(r) AMT Ethernet Port Settings " number "</w:Selector>"

static const struct amt_options one_by_one = {.in_flight_limit = 1};

struct network_call {
    struct call call;
    struct amt_network network;
    struct amt_ethernet_address address;
    bool found;
    int64_t return_value;
};

static bool get_network(struct call *call)
{
    struct network_call *network = (struct network_call *)(void *)call;
    return amt_network_get(call->device->amt, &call->arena, &network->network, &call->err);
}

static bool set_address(struct call *call)
{
    struct network_call *network = (struct network_call *)(void *)call;
    return amt_ethernet_set_address(call->device->amt, &call->arena, &network->address,
                                    &network->found, &call->err);
}

static bool prefer_host(struct call *call)
{
    struct network_call *network = (struct network_call *)(void *)call;
    return amt_ethernet_prefer_link(call->device->amt, &call->arena, 2, 0, &network->found,
                                    &network->return_value, &call->err);
}

static bool has(const struct wsman_xml *instance, const char *name, const char *value)
{
    return slice_equal_string(wsman_xml_child_text(instance, name), value);
}

static void both_ports_are_found_in_recorded_answers(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_RECORDED("/AMT_EthernetPortSettings</w:ResourceURI>",
                      "amt/ethernetport/enumerate.xml"),
        STEP_RECORDED("<Pull ", "amt/ethernetport/pull.xml"),
        STEP_RECORDED("/IPS_IEEE8021xSettings</w:ResourceURI>", "ips/ieee8021x/settings/get.xml"),
        STEP_RECORDED("/CIM_WiFiEndpointSettings</w:Res",
                      "cim/wifi/endpointsettings/enumerate.xml"),
        STEP_RECORDED("<Pull ", "cim/wifi/endpointsettings/pull.xml"),
        STEP_RECORDED("/CIM_IEEE8021xSettings</w:Reso", "cim/ieee8021x/settings/enumerate.xml"),
        STEP_ITEMS("<h:CIM_IEEE8021xSettings xmlns:h=\"" STEPS_CIM "CIM_IEEE8021xSettings\"/>"),
        STEP_RECORDED("/AMT_WiFiPortConfigurationService</w", "amt/wifiportconfiguration/get.xml"),
    };
    struct device device;
    struct network_call network = {.found = true};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, get_network, 100);
    assert_true(network.call.ok);
    assert_true(has(network.network.wired.port, "MACAddress", "00-be-43-d8-22-a4"));
    assert_true(has(network.network.wired.ieee8021x, "PxeTimeout", "120"));
    assert_true(has(network.network.wireless, "LinkPreference", "2"));
    assert_int_equal(network.network.wifi_settings.count, 1);
    assert_int_equal(network.network.ieee8021x_settings.count, 1);
    assert_non_null(network.network.wifi_service);
    call_end(&network.call);
    device_stop(&device);
}

static void what_a_device_lacks_is_left_out(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_LIST("AMT_EthernetPortSettings"),
        STEP_ITEMS(PORT("0", "")),
        STEP_LACKS("/IPS_IEEE8021xSettings</w:ResourceURI>"),
        STEP_LACKS("/CIM_WiFiEndpointSettings</w:ResourceURI>"),
        STEP_LACKS("/CIM_IEEE8021xSettings</w:ResourceURI>"),
        STEP_LACKS("/AMT_WiFiPortConfigurationService</w:ResourceURI>"),
        STEP_RECORDED("/AMT_8021XProfile</w:ResourceURI>", "amt/ieee8021x/profile/get.xml"),
    };
    struct device device;
    struct network_call network = {.found = true};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, get_network, 100);
    assert_true(network.call.ok);
    assert_non_null(network.network.wired.port);
    assert_true(has(network.network.wired.ieee8021x, "ActiveInS0", "true"));
    assert_null(network.network.wireless);
    assert_int_equal(network.network.wifi_settings.count, 0);
    assert_null(network.network.wifi_service);
    call_end(&network.call);
    device_stop(&device);
}

/* The body of the Put that follows from an address. */
static void assert_put(const struct amt_ethernet_address *address, const char *body)
{
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_LIST("AMT_EthernetPortSettings"),
        STEP_ITEMS(PORT("1", "") PORT("0", "<h:IPAddress>10.0.0.1</h:IPAddress>")),
        STEP_BODY(SELECTED("0"), PUT_ANSWER),
    };
    struct device device;
    struct network_call network = {.address = *address};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, set_address, 100);
    assert_true(network.call.ok);
    assert_true(network.found);
    steps_assert_body(&device, 3, body);
    call_end(&network.call);
    device_stop(&device);
}

static void dhcp_sends_no_addresses(void **state)
{
    (void)state;
    const struct amt_ethernet_address address = {.dhcp = true};
    assert_put(&address, PUT_BEGIN "<h:SharedStaticIp>false</h:SharedStaticIp><h:IpSyncEnabled>true"
                                   "</h:IpSyncEnabled><h:DHCPEnabled>true</h:DHCPEnabled>"
                                   "</h:AMT_EthernetPortSettings>");
}

static void the_hosts_own_address_is_shared(void **state)
{
    (void)state;
    const struct amt_ethernet_address address = {.ip_sync = true};
    assert_put(&address, PUT_BEGIN "<h:SharedStaticIp>true</h:SharedStaticIp><h:IpSyncEnabled>true"
                                   "</h:IpSyncEnabled><h:DHCPEnabled>false</h:DHCPEnabled>"
                                   "</h:AMT_EthernetPortSettings>");
}

/* The device says IpSyncEnabled; the peers take that over and drop the addresses (spec mps 10.2,
 * 29). */
static void a_static_address_ends_synchronisation(void **state)
{
    (void)state;
    const struct amt_ethernet_address address = {.address = SLICE_LITERAL("192.168.1.9"),
                                                 .subnet_mask = SLICE_LITERAL("255.255.255.0"),
                                                 .gateway = SLICE_LITERAL("192.168.1.1"),
                                                 .primary_dns = SLICE_LITERAL("192.168.1.2")};
    assert_put(&address,
               PUT_BEGIN "<h:SharedStaticIp>false</h:SharedStaticIp><h:IpSyncEnabled>false"
                         "</h:IpSyncEnabled><h:DHCPEnabled>false</h:DHCPEnabled>"
                         "<h:IPAddress>192.168.1.9</h:IPAddress>"
                         "<h:SubnetMask>255.255.255.0</h:SubnetMask>"
                         "<h:DefaultGateway>192.168.1.1</h:DefaultGateway>"
                         "<h:PrimaryDNS>192.168.1.2</h:PrimaryDNS></h:AMT_EthernetPortSettings>");
}

static void without_a_wired_port_nothing_is_written(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
                                 STEP_ITEMS(PORT("1", ""))};
    struct device device;
    struct network_call network = {.found = true};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, set_address, 100);
    assert_true(network.call.ok);
    assert_false(network.found);
    call_end(&network.call);
    device_stop(&device);
}

static void the_radios_owner_is_set_on_the_wireless_port(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
                                 STEP_ITEMS(PORT("0", "") PORT("1", "")),
                                 STEP_RETURN("SetLinkPreference", "0")};
    struct device device;
    struct network_call network = {.found = true};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, prefer_host, 100);
    assert_true(network.call.ok && network.found);
    assert_int_equal(network.return_value, 0);
    assert_true(device_request_has(&device, 3, SELECTED("1")));
    steps_assert_body(&device, 3,
                      "<h:SetLinkPreference_INPUT xmlns:h=\"" STEPS_AMT
                      "AMT_EthernetPortSettings\"><h:LinkPreference>2</h:LinkPreference>"
                      "<h:Timeout>0</h:Timeout></h:SetLinkPreference_INPUT>");
    call_end(&network.call);
    device_stop(&device);
}

static void without_a_wireless_port_nothing_is_called(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
                                 STEP_ITEMS(PORT("0", ""))};
    struct device device;
    struct network_call network = {.found = true};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, prefer_host, 100);
    assert_true(network.call.ok);
    assert_false(network.found);
    call_end(&network.call);
    device_stop(&device);
}

static bool configure(struct call *call)
{
    struct network_call *network = (struct network_call *)(void *)call;
    struct amt_ethernet_change change;
    bool ok = amt_ethernet_configure(call->device->amt, &call->arena, &network->address, &change,
                                     &call->err);
    network->found = change.found;
    return ok;
}

/* spec device-classes 3: machines with Wi-Fi only */
static void a_wired_port_without_an_address_of_its_own_is_not_set_up(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
                                 STEP_ITEMS(PORT("0", ""))};
    struct device device;
    struct network_call network = {.found = true, .address = {.dhcp = true}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, configure, 100);
    assert_true(network.call.ok);
    assert_false(network.found);
    call_end(&network.call);
    device_stop(&device);
}

static void a_port_that_keeps_other_settings_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"), STEP_LIST("AMT_EthernetPortSettings"),
        STEP_ITEMS(PORT("0", "<h:MACAddress>02-00-00-00-00-01</h:MACAddress>")),
        STEP_BODY(PUT_BEGIN, PORT("0", "<h:DHCPEnabled>false</h:DHCPEnabled>"))};
    struct device device;
    struct network_call network = {.address = {.dhcp = true}};
    DEVICE_START(&device, steps, &one_by_one);
    call_for(&network.call, &device, configure, 100);
    assert_false(network.call.ok);
    assert_int_equal(network.call.err.code, ERROR_DEVICE);
    call_end(&network.call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ports_are_found_in_recorded_answers),
        cmocka_unit_test(what_a_device_lacks_is_left_out),
        cmocka_unit_test(dhcp_sends_no_addresses),
        cmocka_unit_test(the_hosts_own_address_is_shared),
        cmocka_unit_test(a_static_address_ends_synchronisation),
        cmocka_unit_test(without_a_wired_port_nothing_is_written),
        cmocka_unit_test(the_radios_owner_is_set_on_the_wireless_port),
        cmocka_unit_test(without_a_wireless_port_nothing_is_called),
        cmocka_unit_test(a_wired_port_without_an_address_of_its_own_is_not_set_up),
        cmocka_unit_test(a_port_that_keeps_other_settings_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
