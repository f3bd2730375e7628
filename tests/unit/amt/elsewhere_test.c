/* A device to which there is no way any more: only what takes something back still goes there. */
#include "device.h"

#include "amt/reading.h"
#include "amt/setup.h"
#include "io/fiber.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool get_behind_a_shield(struct call *call)
{
    struct io_shield shield = io_shield_begin(1000);
    bool ok = call_get(call);
    io_shield_end(shield);
    return ok;
}

/* On fibers of its own. */
static bool read_behind_a_shield(struct call *call)
{
    struct amt_reading readings[] = {AMT_READ_GET(AMT_GeneralSettings),
                                     AMT_READ_GET(AMT_GeneralSettings)};
    struct io_shield shield = io_shield_begin(1000);
    bool ok = amt_read(call->device->amt, &call->arena, readings, 2, &call->err);
    io_shield_end(shield);
    return ok;
}

static bool unprovision(struct call *call)
{
    int64_t value;
    return amt_setup_unprovision(call->device->amt, &call->arena, &call->reply, &value, &call->err);
}

static void run(struct device *device, bool (*what)(struct call *call), enum error_code code)
{
    struct call call;
    call_for(&call, device, what, 1000);
    assert_int_equal(call.ok ? ERROR_NONE : call.err.code, code);
    call_end(&call);
}

static void nothing_is_sent_where_there_is_no_way(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    run(&device, call_get, ERROR_NONE);
    device.elsewhere = true;
    run(&device, call_get, ERROR_BUSY);
    assert_int_equal(device.taken, 2);
    device_stop(&device);
}

static void what_is_taken_back_goes_on_what_is_known(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_200, STEP_200, STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    run(&device, call_get, ERROR_NONE);
    device.elsewhere = true;
    run(&device, get_behind_a_shield, ERROR_NONE);
    run(&device, call_get, ERROR_BUSY);
    run(&device, read_behind_a_shield, ERROR_NONE);
    assert_int_equal(device.credential_reads, 1);
    assert_true(device_request_has(&device, 2, "Authorization"));
    device_stop(&device);
}

/* It waits for its answer behind a shield, and takes nothing back. */
static void a_device_elsewhere_is_not_unprovisioned(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    run(&device, call_get, ERROR_NONE);
    device.elsewhere = true;
    run(&device, unprovision, ERROR_BUSY);
    device_stop(&device);
}

#define ENUM    "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""
#define CONTEXT "<g:EnumerationContext>C1</g:EnumerationContext>"

static bool list(struct call *call)
{
    const struct wsman_target target = {.class = &wsman_CIM_SoftwareIdentity};
    struct amt_items items;
    return amt_enumerate(call->device->amt, &call->arena, &target, &items, &call->err);
}

/* The device forgets the list anyway. */
static void a_list_is_not_released_where_there_is_no_way(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200,
         .soap = true,
         .body = "<g:EnumerateResponse " ENUM ">" CONTEXT "</g:EnumerateResponse>"},
        {.status = 200,
         .soap = true,
         .body = "<g:PullResponse " ENUM "><g:Items></g:Items>" CONTEXT "</g:PullResponse>",
         .delay_ms = 100}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_start(&call, &device, list);
    io_simulated_advance(50);
    device.elsewhere = true;
    io_simulated_advance(1000);
    assert_true(call.over);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_PROTOCOL); /* the list does not end */
    call_end(&call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sent_where_there_is_no_way),
        cmocka_unit_test(what_is_taken_back_goes_on_what_is_known),
        cmocka_unit_test(a_device_elsewhere_is_not_unprovisioned),
        cmocka_unit_test(a_list_is_not_released_where_there_is_no_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
