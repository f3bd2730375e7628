/* Wi-Fi as provisioning sets it up, on a whole simulated machine (spec rps 3.6): profiles are put,
 * synchronisation can be switched off again, outcomes become sentences. */
#include "amt/wireless.h"
#include "amt/wireless_profile.h"

#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CLASS "CIM_WiFiEndpointSettings"

struct wifi_call {
    struct amt_wireless_profile profile;
    struct amt_wireless_result result;
    struct amt_wireless_sync sync;
    bool local, uefi, found;
};

static bool put(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct wifi_call *call = arg;
    return amt_wireless_profile_put(amt, arena, &call->profile, &call->result, err) &&
           amt_wireless_profile_check(&call->result, err);
}

static bool set_sync(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct wifi_call *call = arg;
    return amt_wireless_set_sync(amt, arena, &call->local, NULL, &call->found, &call->sync, err);
}

static bool provision_sync(struct amt *amt, struct arena *arena, void *arg, struct error *err)
{
    struct wifi_call *call = arg;
    return amt_wireless_provision_sync(amt, arena, &call->local, &call->uefi, &call->found,
                                       &call->sync, err);
}

static struct wifi_call new_call(void)
{
    return (struct wifi_call){.profile = {.name = SLICE_LITERAL("office"),
                                          .ssid = SLICE_LITERAL("a<b"),
                                          .priority = 1,
                                          .authentication = 6,
                                          .encryption = 4,
                                          .passphrase = SLICE_LITERAL("passphrase")}};
}

static void a_profile_is_added_and_then_changed(void **state)
{
    (void)state;
    struct machine machine;
    struct wifi_call call = new_call();
    machine_start(&machine, "16.1");
    machine_must(&machine, put, &call);
    call.profile.ssid = SLICE_LITERAL("other");
    machine_must(&machine, put, &call);
    assert_int_equal(machine_count(&machine, CLASS), 1);
    assert_true(slice_equal_string(machine_value(&machine, CLASS, 0, "SSID"), "other"));
    machine_stop(&machine);
}

static void a_profile_that_stands_against_another_is_told_in_a_sentence(void **state)
{
    (void)state;
    struct machine machine;
    struct wifi_call call = new_call();
    struct error err;
    machine_start(&machine, "16.1");
    machine_must(&machine, put, &call);
    call.profile.name = SLICE_LITERAL("second");
    assert_false(machine_converse(&machine, put, &call, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_string_equal(err.text, "another Wi-Fi profile of the device has that priority; take "
                                  "another");
    call.profile.priority = 2;
    call.profile.passphrase = SLICE_LITERAL("short");
    assert_false(machine_converse(&machine, put, &call, &err));
    assert_string_equal(err.text, "the device refuses AddWiFiSettings: INVALID_PARAMETER (3)");
    machine_stop(&machine);
}

/* spec rps 9.3: the toolkit cannot switch it off once it is on */
static void synchronisation_can_be_switched_off_again(void **state)
{
    (void)state;
    struct machine machine;
    struct wifi_call call = {.local = true};
    machine_start(&machine, "16.1");
    machine_must(&machine, set_sync, &call);
    assert_true(call.found && call.sync.local);
    call.local = false;
    machine_must(&machine, set_sync, &call);
    assert_false(call.sync.local);
    assert_true(slice_equal_string(machine_value(&machine, "AMT_WiFiPortConfigurationService", 0,
                                                 "localProfileSynchronizationEnabled"),
                                   "0"));
    machine_stop(&machine);
}

static void what_a_device_cannot_share_with_its_uefi_is_passed_over(void **state)
{
    (void)state;
    struct machine machine;
    struct wifi_call call = {.local = true, .uefi = true};
    machine_start(&machine, "12.0.67");
    machine_must(&machine, provision_sync, &call);
    assert_false(call.sync.uefi_supported);
    assert_true(call.sync.local);
    assert_true(slice_equal_string(machine_value(&machine, "AMT_WiFiPortConfigurationService", 0,
                                                 "localProfileSynchronizationEnabled"),
                                   "3"));
    machine_stop(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_added_and_then_changed),
        cmocka_unit_test(a_profile_that_stands_against_another_is_told_in_a_sentence),
        cmocka_unit_test(synchronisation_can_be_switched_off_again),
        cmocka_unit_test(what_a_device_cannot_share_with_its_uefi_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
