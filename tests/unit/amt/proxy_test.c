/* Proxies of a whole simulated machine (spec rps 3.6, device-protocols 7.8). */
#include "amt/proxy.h"

#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CLASS "IPS_HTTPProxyAccessPoint"

static const char *const classes[] = {CLASS, NULL};

struct proxy_call {
    struct amt_proxy proxy;
    enum amt_proxy_outcome outcome;
    struct slice name;
    bool found;
    struct amt_proxy *proxies;
    size_t count;
    bool supported;
};

static struct proxy_call call_for(const char *suffix)
{
    return (struct proxy_call){.proxy = {.address = SLICE_LITERAL("p&q.test"),
                                         .format = 201,
                                         .port = 3128,
                                         .dns_suffix = slice_of_string(suffix)}};
}

static bool add(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct proxy_call *call = arg;
    return amt_proxy_add(amt, arena, &call->proxy, &call->outcome, err);
}

static bool list(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct proxy_call *call = arg;
    return amt_proxy_list(amt, arena, &call->proxies, &call->count, &call->supported, err);
}

static bool delete_named(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct proxy_call *call = arg;
    return amt_proxy_delete(amt, arena, call->name, &call->found, err);
}

static bool clear(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct proxy_call *call = arg;
    return amt_proxy_clear(amt, arena, &call->count, err);
}

static void a_proxy_is_added_once(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call call = call_for("a.test");
    machine_start(&machine, "16.1");
    machine_must(&machine, add, &call);
    assert_int_equal(call.outcome, AMT_PROXY_ADDED);
    machine_plan(&machine, 0, MACHINE_FAULTS);
    machine_must(&machine, add, &call);
    assert_int_equal(call.outcome, AMT_PROXY_PRESENT);
    assert_null(machine.changing);
    machine_must(&machine, list, &call);
    assert_int_equal(call.count, 1);
    assert_true(call.supported);
    assert_true(slice_equal_string(call.proxies[0].address, "p&q.test"));
    assert_true(slice_equal_string(call.proxies[0].dns_suffix, "a.test"));
    assert_int_equal(call.proxies[0].format, 201);
    assert_int_equal(call.proxies[0].port, 3128);
    machine_stop(&machine);
}

static void one_for_another_network_replaces_it(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call first = call_for("a.test"), second = call_for("b.test");
    machine_start(&machine, "16.1");
    machine_must(&machine, add, &first);
    machine_must(&machine, add, &second);
    assert_int_equal(second.outcome, AMT_PROXY_REPLACED);
    assert_int_equal(machine_count(&machine, CLASS), 1);
    assert_true(
        slice_equal_string(machine_value(&machine, CLASS, 0, "NetworkDnsSuffix"), "b.test"));
    machine_stop(&machine);
}

static void one_that_is_refused_leaves_what_was_there(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call first = call_for("a.test"), second = call_for("b.test");
    struct error err;
    machine_start(&machine, "16.1");
    machine_must(&machine, add, &first);
    const char *before = machine_snapshot(&machine, &machine.arena, classes);
    machine_plan(&machine, 4, MACHINE_FAULTS); /* enumerate, pull, delete, add */
    assert_false(machine_converse(&machine, add, &second, &err));
    assert_int_equal(err.code, ERROR_DEVICE);
    assert_string_equal(machine_snapshot(&machine, &machine.arena, classes), before);
    machine_stop(&machine);
}

static void old_firmware_has_no_proxies_and_takes_none(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call call = call_for("a.test");
    machine_start(&machine, "11.8");
    machine_must(&machine, add, &call);
    assert_int_equal(call.outcome, AMT_PROXY_UNSUPPORTED);
    machine_must(&machine, list, &call);
    assert_int_equal(call.count, 0);
    assert_false(call.supported);
    machine_must(&machine, clear, &call);
    assert_int_equal(call.count, 0);
    machine_stop(&machine);
}

static void a_full_table_says_what_to_do(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call call = call_for("a.test");
    struct error err;
    machine_start(&machine, "16.1");
    for (unsigned i = 0; i < 15; i++) {
        call.proxy.port = 1000 + i;
        machine_must(&machine, add, &call);
    }
    call.proxy.port = 2000;
    assert_false(machine_converse(&machine, add, &call, &err));
    assert_string_equal(err.text, "the device refuses AddProxyAccessPoint: MAX_LIMIT_REACHED (23): "
                                  "it has no room for another; remove one first");
    machine_must(&machine, clear, &call);
    assert_int_equal(call.count, 15);
    assert_int_equal(machine_count(&machine, CLASS), 0);
    machine_stop(&machine);
}

static void one_is_deleted_by_the_devices_name_for_it(void **state)
{
    (void)state;
    struct machine machine;
    struct proxy_call call = call_for("a.test");
    machine_start(&machine, "16.1");
    machine_must(&machine, add, &call);
    call.name = SLICE_LITERAL("nobody");
    machine_must(&machine, delete_named, &call);
    assert_false(call.found);
    call.name = SLICE_LITERAL("Intel(r) ME:HTTP Proxy Access Point 0");
    machine_must(&machine, delete_named, &call);
    assert_true(call.found);
    assert_int_equal(machine_count(&machine, CLASS), 0);
    machine_stop(&machine);
}

static void what_no_device_takes_is_not_sent(void **state)
{
    (void)state;
    struct machine machine;
    machine_start(&machine, "16.1");
    for (int i = 0; i < 3; i++) {
        struct proxy_call call = call_for("a.test");
        struct error err;
        if (i == 0)
            call.proxy.address.size = 0;
        else if (i == 1)
            call.proxy.format = 5;
        else
            call.proxy.port = 0;
        assert_false(machine_converse(&machine, add, &call, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
    assert_int_equal(machine.exchanges, 0);
    machine_stop(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_added_once),
        cmocka_unit_test(one_for_another_network_replaces_it),
        cmocka_unit_test(one_that_is_refused_leaves_what_was_there),
        cmocka_unit_test(old_firmware_has_no_proxies_and_takes_none),
        cmocka_unit_test(a_full_table_says_what_to_do),
        cmocka_unit_test(one_is_deleted_by_the_devices_name_for_it),
        cmocka_unit_test(what_no_device_takes_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
