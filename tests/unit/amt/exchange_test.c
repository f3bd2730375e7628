/* One WSMAN exchange over HTTP: framing, faults, limits, kept connections. */
#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_request_has_the_headers_that_firmware_wants(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    assert_true(device_request_has(&device, 1, "POST /wsman HTTP/1.1\r\n"));
    assert_true(device_request_has(&device, 1, "\r\nHost: guid:16992\r\n"));
    assert_true(device_request_has(&device, 1, "application/soap+xml;charset=UTF-8\r\n"));
    assert_true(device_request_has(&device, 1, "<a:MessageID>0</a:MessageID>"));
    const struct wsman_xml *settings = amt_instance(&call.reply, &wsman_AMT_GeneralSettings);
    assert_true(slice_equal_string(wsman_xml_child_text(settings, "HostName"), "h"));
    assert_null(amt_instance(&call.reply, &wsman_AMT_BootSettingData));
    call_end(&call);
    device_stop(&device);
}

static void the_message_id_rises_with_every_request(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.expect = "<a:MessageID>0<", .status = 200, .body = SETTINGS, .soap = true},
        {.expect = "<a:MessageID>1<", .status = 200, .body = SETTINGS, .soap = true},
        {.expect = "<a:MessageID>2<", .status = 200, .body = SETTINGS, .soap = true}};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        struct call call;
        call_for(&call, &device, call_get, 100);
        assert_true(call.ok);
        call_end(&call);
    }
    device_stop(&device);
}

static void chunks_and_bytes_one_by_one_are_joined(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200, .body = SETTINGS, .soap = true, .chunked = true},
        {.status = 200, .body = SETTINGS, .soap = true, .chunked = true, .piece = 1},
        {.status = 200, .body = SETTINGS, .soap = true, .piece = 1}};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        struct call call;
        call_for(&call, &device, call_get, 100);
        assert_true(call.ok);
        call_end(&call);
    }
    device_stop(&device);
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_200, STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        struct call call;
        call_for(&call, &device, call_get, 1000);
        assert_true(call.ok);
        call_end(&call);
    }
    assert_int_equal(device.opened, 2); /* one for the 401, which ends with Connection: close */
    device_stop(&device);
}

static void what_no_longer_counts_is_not_used_again(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_401("n2"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 1000);
    assert_true(call.ok);
    call_end(&call);
    device.outdated = true;
    call_for(&call, &device, call_get, 1000);
    assert_true(call.ok);
    call_end(&call);
    /* Neither the kept connection, nor the challenge, nor the password. */
    assert_int_equal(device.opened, 4);
    assert_false(device_request_has(&device, 2, "Authorization"));
    assert_int_equal(device.credential_reads, 2);
    device_stop(&device);
}

static void connection_close_is_respected(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200, .headers = "Connection: close\r\n", .body = SETTINGS, .soap = true},
        STEP_200};
    struct device device;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 2; i++) {
        struct call call;
        call_for(&call, &device, call_get, 1000);
        assert_true(call.ok);
        call_end(&call);
    }
    assert_int_equal(device.opened, 3);
    device_stop(&device);
}

static void an_idle_connection_is_closed_after_twenty_seconds(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 19000);
    call_end(&call);
    assert_int_equal(device.closed, 1);
    io_simulated_advance(1100);
    assert_int_equal(device.closed, 2);
    call_for(&call, &device, call_get, 1000);
    assert_true(call.ok);
    assert_int_equal(device.opened, 3);
    call_end(&call);
    device_stop(&device);
}

static void a_kept_connection_that_was_closed_is_replaced_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, {.drops = true}, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 1000);
    call_end(&call);
    call_for(&call, &device, call_get, 1000);
    assert_true(call.ok);
    call_end(&call);
    assert_int_equal(device.opened, 3);
    char first[20], second[20];
    device_parameter(&device, 2, "nc", first, sizeof first);
    device_parameter(&device, 3, "nc", second, sizeof second);
    assert_string_equal(first, "00000002");
    assert_string_equal(second, "00000003");
    device_stop(&device);
}

static void the_second_try_is_on_a_fresh_connection(void **state)
{
    (void)state;
    const struct step slow = {.status = 200, .body = SETTINGS, .soap = true, .delay_ms = 10};
    const struct step steps[] = {STEP_401("n1"), slow, slow, {.drops = true}, STEP_200};
    struct device device;
    struct call calls[2], call;
    DEVICE_START(&device, steps, NULL);
    call_start(&calls[0], &device, call_get);
    call_start(&calls[1], &device, call_get);
    io_simulated_advance(100);
    call_end(&calls[0]);
    call_end(&calls[1]);
    assert_int_equal(device.opened, 3);
    call_for(&call, &device, call_get, 100); /* the other kept one is likely dead too */
    assert_true(call.ok);
    assert_int_equal(device.opened, 4);
    call_end(&call);
    device_stop(&device);
}

static bool call_put(struct call *call)
{
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    const struct wsman_xml instance = {.name = SLICE_LITERAL("AMT_GeneralSettings")};
    return amt_put(call->device->amt, &call->arena, &target, &instance, NULL, 0, &call->reply,
                   &call->err);
}

static bool call_delete(struct call *call)
{
    const struct wsman_target target = {.class = &wsman_AMT_GeneralSettings};
    return amt_delete(call->device->amt, &call->arena, &target, &call->reply, &call->err);
}

static bool call_invoke(struct call *call)
{
    const struct wsman_target target = {.class = &wsman_CIM_BootService};
    int64_t value;
    return amt_invoke(call->device->amt, &call->arena, &target, "SetBootConfigRole", NULL, 0,
                      &call->reply, &value, &call->err);
}

static void what_changes_something_is_never_sent_twice(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, {.drops = true}, STEP_200};
    bool (*const calls[])(struct call * call) = {call_put, call_delete, call_invoke};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct device device;
        struct call call;
        DEVICE_START(&device, steps, NULL);
        call_for(&call, &device, call_get, 100);
        call_end(&call);
        call_for(&call, &device, calls[i], 100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_CONNECTION);
        call_end(&call);
        assert_int_equal(device.taken, 3);
        call_for(&call, &device, call_get, 100);
        assert_true(call.ok);
        call_end(&call);
        device_stop(&device);
    }
}

static void a_kept_connection_that_is_known_to_be_closed_is_not_used(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200, .body = SETTINGS, .soap = true, .tires = true},
        {.expect = "transfer/Delete", .status = 200, .body = "", .soap = true}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    call_for(&call, &device, call_delete, 100);
    assert_true(call.ok);
    assert_int_equal(device.opened, 3);
    call_end(&call);
    device_stop(&device);
}

static void a_fresh_connection_that_closes_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.closes = true}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 1000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_CONNECTION);
    call_end(&call);
    device_stop(&device);
}

static void a_death_inside_the_answer_is_an_error_even_on_a_kept_connection(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        STEP_200,
        {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<?xml", .closes = true},
        {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0220\r\n<?xml",
         .closes = true},
        STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    call_end(&call);
    for (int i = 0; i < 2; i++) {
        call_for(&call, &device, call_get, 100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_CONNECTION);
        call_end(&call);
    }
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void garbage_is_an_error_and_the_next_request_works(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.raw = "\x16\x03\x01 this is not HTTP\r\n\r\n"},
                                 {.status = 200, .body = "<html><body>hello</body></html>"},
                                 {.status = 200, .body = "<a:Envelope"},
                                 {.status = 200, .body = ""},
                                 {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nx"},
                                 STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 5; i++) {
        call_for(&call, &device, call_get, 100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, i < 4 ? ERROR_PROTOCOL : ERROR_TOO_LARGE);
        call_end(&call);
    }
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

/* Into one arena. */
static bool get_again_and_again(struct call *call)
{
    while (call_get(call)) {
    }
    return false;
}

static void answers_fill_no_more_than_they_may(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200, STEP_200};
    const struct amt_options options = {.answers_limit = 16384};
    static char padding[9000];
    static char body[sizeof padding + sizeof SETTINGS];
    struct step large[sizeof steps / sizeof *steps];
    struct device device;
    struct call call;
    memset(padding, ' ', sizeof padding - 1);
    memcpy(body, padding, sizeof padding - 1);
    memcpy(body + sizeof padding - 1, SETTINGS, sizeof SETTINGS);
    memcpy(large, steps, sizeof steps);
    for (size_t i = 1; i < sizeof steps / sizeof *steps; i++)
        large[i].body = body;
    DEVICE_START(&device, large, &options);
    call_for(&call, &device, get_again_and_again, 1000);
    assert_int_equal(call.err.code, ERROR_TOO_LARGE);
    assert_true(call.arena.total > options.answers_limit);
    call_end(&call);
    device_stop(&device);
}

static void an_answer_to_another_request_is_an_error(void **state)
{
    (void)state;
#define RELATED(id)                                                              \
    "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"><a:Header>" \
    "<RelatesTo>" id "</RelatesTo></a:Header><a:Body>" SETTINGS "</a:Body></a:Envelope>"
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 200, .body = RELATED("77")},
                                 {.status = 200, .body = RELATED("uuid:1")},
                                 {.status = 200, .body = RELATED("2")}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        call_for(&call, &device, call_get, 100);
        assert_int_equal(call.ok, i == 2);
        if (i < 2)
            assert_int_equal(call.err.code, ERROR_PROTOCOL);
        call_end(&call);
    }
    assert_int_equal(device.opened, 4); /* what went wrong was not kept */
    device_stop(&device);
}

#define FAULT                                                                                  \
    "<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>"                         \
    "b:DestinationUnreachable</a:Value></a:Subcode></a:Code><a:Reason>"                        \
    "<a:Text xml:lang=\"en-US\">No route can be determined to reach the destination.</a:Text>" \
    "</a:Reason><a:Detail></a:Detail></a:Fault>"

static void a_fault_gives_the_devices_own_reason(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 400, .body = FAULT, .soap = true, .chunked = true},
                                 {.status = 500, .body = FAULT, .soap = true},
                                 {.status = 200, .body = FAULT, .soap = true}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        call_for(&call, &device, call_get, 100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_DEVICE);
        assert_string_equal(call.err.text,
                            "Get AMT_GeneralSettings: No route can be determined to reach the "
                            "destination. (DestinationUnreachable)");
        assert_true(slice_equal_string(call.reply.fault_code, "DestinationUnreachable"));
        call_end(&call);
    }
    device_stop(&device);
}

static void another_status_is_told(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 404, .body = "<html>Not found</html>"},
                                 {.status = 400, .body = ""},
                                 {.status = 503, .body = SETTINGS, .soap = true}};
    static const char *const statuses[] = {"404", "400", "503"};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        call_for(&call, &device, call_get, 100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_PROTOCOL);
        assert_non_null(strstr(call.err.text, statuses[i]));
        call_end(&call);
    }
    device_stop(&device);
}

static void a_device_that_hangs_costs_thirty_seconds_and_no_place(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}, {.status = 0},
                                 {.status = 0},  {.status = 0}, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 4; i++) {
        call_for(&call, &device, call_get, 30100);
        assert_false(call.ok);
        assert_int_equal(call.err.code, ERROR_TIMEOUT);
        assert_int_equal(call.took_ms, 30000);
        call_end(&call);
    }
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void a_device_that_cannot_be_reached_is_told(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, NULL);
    device.unreachable = true;
    call_for(&call, &device, call_get, 100);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_CONNECTION);
    call_end(&call);
    device.unreachable = false;
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

static void a_cancelled_request_ends_at_once_and_frees_its_place(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}, STEP_200};
    const struct amt_options options = {.in_flight_limit = 1};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, &options);
    call_start(&call, &device, call_get);
    io_simulated_advance(100);
    assert_false(call.over);
    io_task_cancel(&call.task);
    io_simulated_run();
    assert_true(call.over);
    assert_int_equal(call.err.code, ERROR_CANCELLED);
    call_end(&call);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    device_stop(&device);
}

/* ERROR_INVALID is the caller's fault, and the caller of a device names no hosts. */
static void what_is_invalid_below_is_not_the_callers_fault(void **state)
{
    (void)state;
    struct device device;
    struct call call;
    device_start(&device, NULL, 0, NULL);
    device.misnamed = true;
    call_for(&call, &device, call_get, 100);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_INTERNAL);
    call_end(&call);
    device_stop(&device);
}

/* --- carriers that lose answers ------------------------------------------------------------------
 */

static const struct amt_options losing = {.attempts = 3, .attempt_ms = 12000, .request_ms = 48000};

static void a_lost_answer_is_asked_for_again(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}, {.closes = true}, STEP_200};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, &losing);
    call_for(&call, &device, call_get, 13000);
    assert_true(call.ok);
    assert_in_range(call.took_ms, 12000, 12100);
    call_end(&call);
    device_stop(&device);
}

static void three_attempts_are_all(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}, {.status = 0}, {.status = 0}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, &losing);
    call_for(&call, &device, call_get, 40000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_TIMEOUT);
    assert_in_range(call.took_ms, 36000, 36100);
    call_end(&call);
    device_stop(&device);
}

static void a_change_is_sent_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 0}};
    struct device device;
    struct call call;
    DEVICE_START(&device, steps, &losing);
    call_for(&call, &device, call_delete, 13000);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_TIMEOUT);
    assert_in_range(call.took_ms, 12000, 12100);
    call_end(&call);
    device_stop(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_has_the_headers_that_firmware_wants),
        cmocka_unit_test(the_message_id_rises_with_every_request),
        cmocka_unit_test(chunks_and_bytes_one_by_one_are_joined),
        cmocka_unit_test(a_connection_is_kept_for_the_next_request),
        cmocka_unit_test(what_no_longer_counts_is_not_used_again),
        cmocka_unit_test(connection_close_is_respected),
        cmocka_unit_test(an_idle_connection_is_closed_after_twenty_seconds),
        cmocka_unit_test(a_kept_connection_that_was_closed_is_replaced_once),
        cmocka_unit_test(the_second_try_is_on_a_fresh_connection),
        cmocka_unit_test(what_changes_something_is_never_sent_twice),
        cmocka_unit_test(a_kept_connection_that_is_known_to_be_closed_is_not_used),
        cmocka_unit_test(a_fresh_connection_that_closes_is_an_error),
        cmocka_unit_test(a_death_inside_the_answer_is_an_error_even_on_a_kept_connection),
        cmocka_unit_test(garbage_is_an_error_and_the_next_request_works),
        cmocka_unit_test(answers_fill_no_more_than_they_may),
        cmocka_unit_test(an_answer_to_another_request_is_an_error),
        cmocka_unit_test(a_fault_gives_the_devices_own_reason),
        cmocka_unit_test(another_status_is_told),
        cmocka_unit_test(a_device_that_hangs_costs_thirty_seconds_and_no_place),
        cmocka_unit_test(a_device_that_cannot_be_reached_is_told),
        cmocka_unit_test(what_is_invalid_below_is_not_the_callers_fault),
        cmocka_unit_test(a_cancelled_request_ends_at_once_and_frees_its_place),
        cmocka_unit_test(a_lost_answer_is_asked_for_again),
        cmocka_unit_test(three_attempts_are_all),
        cmocka_unit_test(a_change_is_sent_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
