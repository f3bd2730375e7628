/* A port as provisioning sets it up: addresses and links, on a whole simulated machine (spec
 * rps 3.6, 3.11). */
#include "amt/ethernet.h"

#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CLASS "AMT_EthernetPortSettings"

struct port_call {
    struct amt_ethernet_address address;
    struct amt_ethernet_link link;
    struct amt_ethernet_change change;
};

static bool configure(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct port_call *call = arg;
    return amt_ethernet_configure(amt, arena, &call->address, &call->change, err);
}

static bool set_link(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct port_call *call = arg;
    return amt_ethernet_set_link(amt, arena, &call->link, &call->change, err);
}

static void assert_port(const struct machine *machine, size_t index, const char *name,
                        const char *text)
{
    struct slice got = machine_value(machine, CLASS, index, name);
    if (!slice_equal_string(got, text))
        fail_msg("%s is \"%.*s\" instead of \"%s\"", name, SLICE_ARG(got), text);
}

/* Does it twice: the second time nothing is written. */
static void do_twice(struct machine *machine,
                     bool (*run)(struct amt *amt, struct arena *arena, void *arg,
                                 struct error *err),
                     struct port_call *call)
{
    machine_must(machine, run, call);
    assert_true(call->change.found);
    assert_true(call->change.changed);
    machine_plan(machine, 0, MACHINE_FAULTS);
    machine_must(machine, run, call);
    assert_false(call->change.changed);
    assert_null(machine->changing);
}

static struct port_call given(void)
{
    return (struct port_call){.address = {.address = SLICE_LITERAL("192.0.2.9"),
                                          .subnet_mask = SLICE_LITERAL("255.255.255.0"),
                                          .gateway = SLICE_LITERAL("192.0.2.1"),
                                          .primary_dns = SLICE_LITERAL("192.0.2.2")}};
}

static void a_static_address_is_set_once(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call call = given();
    machine_start(&machine, "16.1");
    do_twice(&machine, configure, &call);
    assert_port(&machine, 0, "DHCPEnabled", "false");
    assert_port(&machine, 0, "IpSyncEnabled", "false");
    assert_port(&machine, 0, "SharedStaticIp", "false");
    assert_port(&machine, 0, "IPAddress", "192.0.2.9");
    assert_port(&machine, 0, "DefaultGateway", "192.0.2.1");
    machine_stop(&machine);
}

static void what_is_left_out_of_it_stays(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call first = given();
    struct port_call call = {.address = {.address = SLICE_LITERAL("192.0.2.10")}};
    machine_start(&machine, "16.1");
    machine_must(&machine, configure, &first);
    machine_must(&machine, configure, &call);
    assert_true(call.change.changed);
    assert_port(&machine, 0, "IPAddress", "192.0.2.10");
    assert_port(&machine, 0, "SubnetMask", "255.255.255.0");
    assert_port(&machine, 0, "PrimaryDNS", "192.0.2.2");
    machine_stop(&machine);
}

static void an_address_that_nobody_knows_is_not_sent(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call call = {.address = {.subnet_mask = SLICE_LITERAL("255.255.255.0")}};
    struct error err;
    machine_start(&machine, "16.1");
    assert_false(machine_converse(&machine, configure, &call, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(err.text, "Invalid configuration - IPAddress and SubnetMask are required "
                                  "when AMT profile is static and IpSyncEnabled is false");
    assert_null(machine.changing);
    machine_stop(&machine);
}

static void dhcp_and_the_hosts_own_address_need_none(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call first = given();
    struct port_call host = {.address = {.ip_sync = true}}, dhcp = {.address = {.dhcp = true}};
    machine_start(&machine, "16.1");
    machine_must(&machine, configure, &first);
    do_twice(&machine, configure, &host);
    assert_port(&machine, 0, "DHCPEnabled", "false");
    assert_port(&machine, 0, "IpSyncEnabled", "true");
    assert_port(&machine, 0, "SharedStaticIp", "true");
    do_twice(&machine, configure, &dhcp);
    assert_port(&machine, 0, "DHCPEnabled", "true");
    assert_port(&machine, 0, "IpSyncEnabled", "true");
    assert_port(&machine, 0, "SharedStaticIp", "false");
    machine_stop(&machine);
}

static void a_machine_without_ports_has_nothing_to_set_up(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call call = given();
    machine_start(&machine, "16.1");
    machine_remove(&machine, CLASS);
    machine_must(&machine, configure, &call);
    assert_false(call.change.found || call.change.changed);
    assert_null(machine.changing);
    machine_stop(&machine);
}

static void a_link_policy_replaces_the_one_before(void **state)
{
    (void)state;
    static const unsigned policy[] = {AMT_LINK_S0_AC, AMT_LINK_SX_AC, AMT_LINK_S0_DC,
                                      AMT_LINK_SX_DC};
    struct machine machine;
    struct port_call call = {.link = {.policy = policy, .policy_count = 4}};
    machine_start(&machine, "16.1");
    do_twice(&machine, set_link, &call);
    call.link.policy_count = 1;
    do_twice(&machine, set_link, &call);
    assert_port(&machine, 0, "LinkPolicy", "1");
    assert_port(&machine, 0, "DHCPEnabled", "true");
    machine_stop(&machine);
}

static void retransmissions_of_the_radio_are_set(void **state)
{
    (void)state;
    struct machine machine;
    struct port_call call = {.link = {.wireless = true, .retransmissions = 7}};
    machine_start(&machine, "16.1");
    do_twice(&machine, set_link, &call);
    assert_port(&machine, 1, "ConsoleTcpMaxRetransmissions", "7");
    assert_port(&machine, 1, "LinkPreference", "2");
    machine_stop(&machine);
}

static void a_static_port_keeps_its_address_with_a_new_policy(void **state)
{
    (void)state;
    static const unsigned policy[] = {AMT_LINK_S0_AC};
    struct machine machine;
    struct port_call first = given();
    struct port_call call = {.link = {.policy = policy, .policy_count = 1}};
    machine_start(&machine, "16.1");
    machine_must(&machine, configure, &first);
    machine_must(&machine, set_link, &call);
    assert_port(&machine, 0, "LinkPolicy", "1");
    assert_port(&machine, 0, "IPAddress", "192.0.2.9");
    machine_stop(&machine);
}

static void other_policies_are_not_sent(void **state)
{
    (void)state;
    static const unsigned unknown[] = {AMT_LINK_S0_AC, 15};
    struct machine machine;
    machine_start(&machine, "16.1");
    for (size_t count = 0; count < 3; count += 2) {
        struct port_call call = {.link = {.policy = unknown, .policy_count = count}};
        struct error err;
        assert_false(machine_converse(&machine, set_link, &call, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
    assert_int_equal(machine.exchanges, 0);
    machine_stop(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_static_address_is_set_once),
        cmocka_unit_test(what_is_left_out_of_it_stays),
        cmocka_unit_test(an_address_that_nobody_knows_is_not_sent),
        cmocka_unit_test(dhcp_and_the_hosts_own_address_need_none),
        cmocka_unit_test(a_machine_without_ports_has_nothing_to_set_up),
        cmocka_unit_test(a_link_policy_replaces_the_one_before),
        cmocka_unit_test(retransmissions_of_the_radio_are_set),
        cmocka_unit_test(a_static_port_keeps_its_address_with_a_new_policy),
        cmocka_unit_test(other_policies_are_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
