/* Enumerations to the end, and results of methods. */
#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENUM "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""
#define BEGUN(context)                                                         \
    {                                                                          \
        .expect = "/enumeration/Enumerate<", .status = 200, .soap = true,      \
        .body = "<g:EnumerateResponse " ENUM "><g:EnumerationContext>" context \
                "</g:EnumerationContext></g:EnumerateResponse>"                \
    }
#define PULLED(wanted, next, items, end)                                            \
    {                                                                               \
        .expect = "<EnumerationContext>" wanted "<", .status = 200, .soap = true,   \
        .body = "<g:PullResponse " ENUM ">" next "<g:Items>" items "</g:Items>" end \
                "</g:PullResponse>"                                                 \
    }
#define RELEASED(context)                                                                          \
    {                                                                                              \
        .expect = "<EnumerationContext>" context "</EnumerationContext></Release>", .status = 200, \
        .soap = true, .body = ""                                                                   \
    }
#define CONTEXT(id) "<g:EnumerationContext>" id "</g:EnumerationContext>"
#define END         "<g:EndOfSequence></g:EndOfSequence>"
#define ITEM(id)                                                                           \
    "<h:CIM_SoftwareIdentity xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/" \
    "CIM_SoftwareIdentity\"><h:InstanceID>" id "</h:InstanceID></h:CIM_SoftwareIdentity>"

struct listing {
    struct call call;
    struct amt_items items;
};

static bool list(struct call *call)
{
    struct listing *listing = (struct listing *)(void *)call;
    const struct wsman_target target = {.class = &wsman_CIM_SoftwareIdentity};
    return amt_enumerate(call->device->amt, &call->arena, &target, &listing->items, &call->err);
}

static void assert_listed(const struct listing *listing, size_t count, const char *last)
{
    assert_true(listing->call.ok);
    assert_int_equal(listing->items.count, count);
    if (count > 0)
        assert_true(slice_equal_string(
            wsman_xml_child_text(listing->items.items[count - 1], "InstanceID"), last));
}

static void a_list_is_pulled_until_its_end(void **state)
{
    (void)state;
    /* one item and another context, one item and the same context (device-protocols 5.3) */
    const struct step steps[] = {
        STEP_401("n1"), BEGUN("C1"), PULLED("C1", CONTEXT("C2"), ITEM("a"), ""),
        PULLED("C2", CONTEXT("C2"), ITEM("b"), ""), PULLED("C2", "", ITEM("c") ITEM("d"), END)};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_listed(&listing, 4, "d");
    assert_non_null(listing.items.last.body);
    call_end(&listing.call);
    device_stop(&device);
}

static void an_empty_list_is_a_list(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("C1"), PULLED("C1", "", "", END)};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_listed(&listing, 0, NULL);
    call_end(&listing.call);
    device_stop(&device);
}

static void a_context_beside_the_end_is_the_end(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("C1"),
                                 PULLED("C1", CONTEXT("C2"), ITEM("a"), END)};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_listed(&listing, 1, "a");
    call_end(&listing.call);
    device_stop(&device);
}

static void a_list_without_progress_is_given_up_and_released(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), BEGUN("C1"), PULLED("C1", CONTEXT("C2"), "", ""),
                                 RELEASED("C2")};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_false(listing.call.ok);
    assert_int_equal(listing.call.err.code, ERROR_PROTOCOL);
    call_end(&listing.call);
    device_stop(&device);
}

static void a_list_of_something_else_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200,       BEGUN("C1"),
                                 STEP_200,       RELEASED("C1"), BEGUN("")};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 3; i++) {
        call_for(&listing.call, &device, list, 100);
        assert_false(listing.call.ok);
        assert_int_equal(listing.call.err.code, ERROR_PROTOCOL);
        call_end(&listing.call);
    }
    device_stop(&device);
}

static void a_list_is_bounded(void **state)
{
    (void)state;
    static char body[1u << 20];
    size_t at =
        (size_t)snprintf(body, sizeof body, "<g:PullResponse " ENUM ">" CONTEXT("C1") "<g:Items>");
    for (int i = 0; i < 10001; i++)
        at += (size_t)snprintf(body + at, sizeof body - at, "<i/>");
    (void)snprintf(body + at, sizeof body - at, "</g:Items></g:PullResponse>");
    const struct step steps[] = {
        STEP_401("n1"), BEGUN("C1"), {.status = 200, .soap = true, .body = body}, RELEASED("C1")};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_false(listing.call.ok);
    assert_int_equal(listing.call.err.code, ERROR_TOO_LARGE);
    call_end(&listing.call);
    device_stop(&device);
}

static void a_list_that_the_device_breaks_off_is_left_to_it(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        BEGUN("C1"),
        {.expect = "<Pull ", .closes = true},
        BEGUN("C2"), /* once more, from the start */
        {.expect = "<Pull ", .closes = true},
    };
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_false(listing.call.ok);
    call_end(&listing.call);
    device_stop(&device);
}

#define INVALID(wanted)                                                                    \
    {                                                                                      \
        .expect = "<EnumerationContext>" wanted "<", .status = 400, .soap = true,          \
        .body = "<f:Fault xmlns:f=\"http://www.w3.org/2003/05/soap-envelope\"><f:Code>"    \
                "<f:Value>f:Receiver</f:Value><f:Subcode><f:Value>g:"                      \
                "InvalidEnumerationContext</f:Value></f:Subcode></f:Code><f:Reason>"       \
                "<f:Text>The supplied enumeration context is invalid.</f:Text></f:Reason>" \
                "</f:Fault>"                                                               \
    }

static void a_list_whose_context_is_invalid_is_begun_again_once(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BEGUN("C1"),
                                 PULLED("C1", CONTEXT("C1"), ITEM("a"), ""),
                                 INVALID("C1"),
                                 BEGUN("C2"),
                                 PULLED("C2", CONTEXT("C2"), ITEM("a"), ""),
                                 PULLED("C2", "", ITEM("b"), END),
                                 BEGUN("C3"),
                                 INVALID("C3"),
                                 BEGUN("C4"),
                                 INVALID("C4")};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_listed(&listing, 2, "b");
    call_end(&listing.call);
    call_for(&listing.call, &device, list, 100);
    assert_false(listing.call.ok);
    assert_int_equal(listing.call.err.code, ERROR_DEVICE);
    call_end(&listing.call);
    device_stop(&device);
}

/* Asked again with the context, the device would go on behind "b". */
static void a_list_of_which_an_answer_was_lost_is_begun_again(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 BEGUN("C1"),
                                 PULLED("C1", CONTEXT("C1"), ITEM("a"), ""),
                                 {.expect = "<Pull ", .closes = true},
                                 BEGUN("C2"),
                                 PULLED("C2", CONTEXT("C2"), ITEM("a"), ""),
                                 PULLED("C2", CONTEXT("C2"), ITEM("b"), ""),
                                 PULLED("C2", "", ITEM("c"), END)};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, NULL);
    call_for(&listing.call, &device, list, 100);
    assert_listed(&listing, 3, "c");
    call_end(&listing.call);
    device_stop(&device);
}

static void an_answer_that_does_not_come_is_asked_for_again_only_with_attempts(void **state)
{
    (void)state;
    static const struct amt_options twice = {.attempts = 2, .attempt_ms = 1000};
    const struct step steps[] = {STEP_401("n1"),
                                 BEGUN("C1"),
                                 {.expect = "<Pull "},
                                 BEGUN("C2"),
                                 PULLED("C2", "", ITEM("a"), END)};
    struct device device;
    struct listing listing;
    DEVICE_START(&device, steps, &twice);
    call_for(&listing.call, &device, list, 5000);
    assert_listed(&listing, 1, "a");
    call_end(&listing.call);
    device_stop(&device);
    static const struct amt_options single = {.request_ms = 1000};
    const struct step silent[] = {STEP_401("n1"), BEGUN("C1"), {.expect = "<Pull "}};
    DEVICE_START(&device, silent, &single);
    call_for(&listing.call, &device, list, 5000);
    assert_false(listing.call.ok);
    assert_int_equal(listing.call.err.code, ERROR_TIMEOUT);
    call_end(&listing.call);
    device_stop(&device);
}

static bool get_after_much(struct call *call)
{
    (void)arena_alloc(&call->arena, ((size_t)64 << 20) + 1);
    return call_get(call);
}

static void a_conversation_that_has_filled_its_memory_asks_no_more(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct call call = {0};
    DEVICE_START(&device, steps, NULL);
    call_for(&call, &device, call_get, 100);
    assert_true(call.ok);
    call_end(&call);
    call_for(&call, &device, get_after_much, 100);
    assert_false(call.ok);
    assert_int_equal(call.err.code, ERROR_TOO_LARGE);
    call_end(&call);
    device_stop(&device);
}

struct method {
    struct call call;
    int64_t value;
};

static bool invoke(struct call *call)
{
    struct method *method = (struct method *)(void *)call;
    const struct wsman_target target = {.class = &wsman_CIM_BootConfigSetting};
    return amt_invoke(call->device->amt, &call->arena, &target, "ChangeBootOrder", NULL, 0,
                      &call->reply, &method->value, &call->err);
}

#define RESULT(inside)                                                                       \
    {                                                                                        \
        .status = 200, .soap = true,                                                         \
        .body = "<g:ChangeBootOrder_OUTPUT xmlns:g=\"http://schemas.dmtf.org/wbem/wscim/1/"  \
                "cim-schema/2/CIM_BootConfigSetting\">" inside "</g:ChangeBootOrder_OUTPUT>" \
    }

static void a_method_gives_its_return_value(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 RESULT("<g:ReturnValue>0</g:ReturnValue>"),
                                 RESULT("<g:ReturnValue>2081</g:ReturnValue>"),
                                 RESULT(""),
                                 RESULT("<g:ReturnValue>x</g:ReturnValue>"),
                                 STEP_200};
    static const int64_t expected[] = {0, 2081, -1, -1};
    struct device device;
    struct method method;
    DEVICE_START(&device, steps, NULL);
    for (int i = 0; i < 5; i++) {
        call_for(&method.call, &device, invoke, 100);
        assert_int_equal(method.call.ok, i < 4);
        if (i < 4)
            assert_int_equal(method.value, expected[i]);
        else
            assert_int_equal(method.call.err.code, ERROR_PROTOCOL);
        call_end(&method.call);
    }
    device_stop(&device);
}

/* spec mps A.1 */
static void return_values_have_names(void **state)
{
    (void)state;
    assert_string_equal(amt_status_name(0), "SUCCESS");
    assert_string_equal(amt_status_name(2), "NOT_READY");
    assert_string_equal(amt_status_name(44), "BIST_COMMAND_BLOCKED");
    assert_string_equal(amt_status_name(2081), "USER_CONSENT_REQUIRED");
    assert_string_equal(amt_status_name(4106), "URL_REQUIRED");
    assert_string_equal(amt_status_name(2071), "UNKNOWN_ERROR");
    assert_string_equal(amt_status_name(-1), "UNKNOWN_ERROR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_pulled_until_its_end),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(a_context_beside_the_end_is_the_end),
        cmocka_unit_test(a_list_without_progress_is_given_up_and_released),
        cmocka_unit_test(a_list_of_something_else_is_an_error),
        cmocka_unit_test(a_list_is_bounded),
        cmocka_unit_test(a_list_that_the_device_breaks_off_is_left_to_it),
        cmocka_unit_test(a_list_whose_context_is_invalid_is_begun_again_once),
        cmocka_unit_test(a_list_of_which_an_answer_was_lost_is_begun_again),
        cmocka_unit_test(an_answer_that_does_not_come_is_asked_for_again_only_with_attempts),
        cmocka_unit_test(a_conversation_that_has_filled_its_memory_asks_no_more),
        cmocka_unit_test(a_method_gives_its_return_value),
        cmocka_unit_test(return_values_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
