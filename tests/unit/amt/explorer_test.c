/* The explorer: names of calls, texts as they were on the wire, and what is cut out of them. */
#include "amt/explorer.h"
#include "amt/redact.h"

#include "device.h"

#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CIM  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define ENUM "xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""

struct explorer_call {
    struct call call;
    struct amt_explorer_call what;
    struct amt_trace *exchanges;
};

static bool explore(struct call *call)
{
    struct explorer_call *explorer = (struct explorer_call *)(void *)call;
    return amt_explorer_run(call->device->amt, &call->arena, &explorer->what, &explorer->exchanges,
                            &call->err);
}

static bool holds(struct slice text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static void run_call(struct explorer_call *explorer, struct device *device, const char *name,
                     const struct step *steps, size_t count)
{
    static const struct amt_options one_by_one = {.in_flight_limit = 1};
    device_start(device, steps, count, &one_by_one);
    assert_true(amt_explorer_find(slice_of_string(name), &explorer->what));
    call_for(&explorer->call, device, explore, 100);
}

static void end_call(struct explorer_call *explorer, struct device *device)
{
    call_end(&explorer->call);
    device_stop(device);
}

static void the_57_calls_are_sorted_and_found(void **state)
{
    (void)state;
    size_t count;
    const struct amt_explorer_call *calls = amt_explorer_calls(&count);
    assert_int_equal(count, 57);
    for (size_t i = 0; i < count; i++) {
        struct amt_explorer_call found;
        assert_true(i == 0 || strcmp(calls[i - 1].name, calls[i].name) < 0);
        assert_true(amt_explorer_find(slice_of_string(calls[i].name), &found));
        assert_ptr_equal(found.class, calls[i].class);
        unsigned needed = calls[i].get ? WSMAN_OP_GET : WSMAN_OP_ENUMERATE;
        assert_int_equal(calls[i].class->operations & needed, needed);
    }
}

static void any_class_that_can_be_read_has_a_call(void **state)
{
    (void)state;
    struct amt_explorer_call call;
    assert_true(amt_explorer_find(SLICE_LITERAL("CIM_Sensor"), &call));
    assert_ptr_equal(call.class, &wsman_CIM_Sensor);
    assert_true(amt_explorer_find(SLICE_LITERAL("CIMSensor"), &call));
    assert_true(amt_explorer_find(SLICE_LITERAL("IPS_KVMRedirectionSettingData"), &call));
    assert_string_equal(call.name, "IPSKVMRedirectionSettings");
    static const char *const wrong[] = {"",          "A",      "CIM",       "CIM_",
                                        "__proto__", "Sensor", "cim_sensor"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(amt_explorer_find(slice_of_string(wrong[i]), &call));
}

static void a_get_is_one_exchange(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), STEP_200};
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "AMTGeneralSettings", steps, 2);
    assert_true(explorer.call.ok);
    assert_null(explorer.exchanges->next);
    assert_true(holds(explorer.exchanges->request, "/transfer/Get<"));
    assert_true(holds(explorer.exchanges->answer, SETTINGS));
    end_call(&explorer, &device);
}

#define PULLED(tag, end)                                                                           \
    {                                                                                              \
        .expect = "<Pull ", .status = 200, .soap = true,                                           \
        .body = "<g:PullResponse " ENUM "><g:EnumerationContext>C"                                 \
                "</g:EnumerationContext><g:Items><h:CIM_Chip xmlns:h=\"" CIM                       \
                "CIM_Chip\"><h:Tag>" tag "</h:Tag></h:CIM_Chip></g:Items>" end "</g:PullResponse>" \
    }

static void a_list_is_the_enumerate_and_each_pull(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.expect = "CIM_Chip",
         .status = 200,
         .soap = true,
         .body = "<g:EnumerateResponse " ENUM "><g:EnumerationContext>C</g:EnumerationContext>"
                 "</g:EnumerateResponse>"},
        PULLED("one", ""),
        PULLED("two", "<g:EndOfSequence/>"),
    };
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "CIMChip", steps, 4);
    assert_true(explorer.call.ok);
    const struct amt_trace *one = explorer.exchanges;
    assert_true(holds(one->request, "/enumeration/Enumerate<"));
    assert_true(holds(one->next->request, "/enumeration/Pull<"));
    assert_true(holds(one->next->answer, "<h:Tag>one</h:Tag>"));
    assert_true(holds(one->next->next->answer, "<h:Tag>two</h:Tag>"));
    assert_null(one->next->next->next);
    end_call(&explorer, &device);
}

static void a_fault_is_shown_as_it_came(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 400,
         .soap = true,
         .body = "<a:Fault xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\"/>"},
    };
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "CIMChip", steps, 2);
    assert_true(explorer.call.ok);
    assert_true(holds(explorer.exchanges->answer, "<a:Fault "));
    assert_null(explorer.exchanges->next);
    end_call(&explorer, &device);
}

static void what_is_no_xml_is_shown_too(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"), {.status = 200, .body = "<html>busy</html>"}};
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "AMTGeneralSettings", steps, 2);
    assert_true(explorer.call.ok);
    assert_true(slice_equal_string(explorer.exchanges->answer, "<html>busy</html>"));
    end_call(&explorer, &device);
}

static void a_device_that_goes_away_is_an_error(void **state)
{
    (void)state;
    const struct step steps[] = {STEP_401("n1"),
                                 {.status = 200, .raw = "HTTP/1.1 2", .closes = true}};
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "AMTGeneralSettings", steps, 2);
    assert_false(explorer.call.ok);
    assert_int_equal(explorer.call.err.code, ERROR_CONNECTION);
    end_call(&explorer, &device);
}

/* No firmware returns these, as far as is known; ours to be sure of. */
static void passwords_and_keys_are_cut_out(void **state)
{
    (void)state;
    const struct step steps[] = {
        STEP_401("n1"),
        {.status = 200,
         .soap = true,
         .body = "<g:AMT_BootSettingData xmlns:g=\"http://intel.com/wbem/wscim/1/amt-schema/1/"
                 "AMT_BootSettingData\"><g:RSEPassword>hunter2</g:RSEPassword><g:Secret></g:Secret>"
                 "<g:PSKPassPhrase g:a=\"b\">hunter2</g:PSKPassPhrase><g:Keys/><Password\n>hunter2"
                 "</Password><g:UefiBootParametersArray>aHVudGVyMg==</g:UefiBootParametersArray>"
                 "<g:Passwords>kept</g:Passwords><g:Keys/><g:UseSOL>false</g:UseSOL>"
                 "</g:AMT_BootSettingData>"},
    };
    struct device device;
    struct explorer_call explorer;
    run_call(&explorer, &device, "AMTBootSettingData", steps, 2);
    assert_true(explorer.call.ok);
    struct slice answer = explorer.exchanges->answer;
    assert_false(holds(answer, "hunter2"));
    assert_false(holds(answer, "aHVudGVyMg"));
    assert_true(holds(answer, "<g:RSEPassword></g:RSEPassword><g:Secret></g:Secret>"
                              "<g:PSKPassPhrase g:a=\"b\"></g:PSKPassPhrase><g:Keys/><Password\n>"
                              "</Password><g:UefiBootParametersArray></g:UefiBootParametersArray>"
                              "<g:Passwords>kept</g:Passwords><g:Keys/><g:UseSOL>false<"));
    end_call(&explorer, &device);
}

static void assert_redacted(const char *xml, const char *kept)
{
    struct arena arena;
    arena_init(&arena);
    struct slice got = amt_redact(&arena, slice_of_string(xml));
    assert_int_equal(got.size, strlen(kept));
    assert_memory_equal(got.data, kept, got.size);
    arena_fini(&arena);
}

static void secrets_cannot_hide_in_the_text(void **state)
{
    (void)state;
    assert_redacted("<a><PSK><![CDATA[x</PSK>]]>y</PSK>z</a>", "<a><PSK></PSK>z</a>");
    assert_redacted("<a><Secret><!-- </Secret> -->x</Secret></a>", "<a><Secret></Secret></a>");
    assert_redacted("<a><Secret><b>x</b>y<Secret>z</Secret>w</Secret></a>",
                    "<a><Secret></Secret></a>");
    assert_redacted("<a><PSK b='>' c=\"'>\">x</PSK ></a>", "<a><PSK b='>' c=\"'>\"></PSK ></a>");
    assert_redacted("<a><!-- <PSK> --><b>x</b><PSK/>y</a>", "<a><!-- <PSK> --><b>x</b><PSK/>y</a>");
    assert_redacted("<a><PSK>never ends", "<a><PSK>");
    assert_redacted("", "");
    assert_redacted("<", "<");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_57_calls_are_sorted_and_found),
        cmocka_unit_test(any_class_that_can_be_read_has_a_call),
        cmocka_unit_test(a_get_is_one_exchange),
        cmocka_unit_test(a_list_is_the_enumerate_and_each_pull),
        cmocka_unit_test(a_fault_is_shown_as_it_came),
        cmocka_unit_test(what_is_no_xml_is_shown_too),
        cmocka_unit_test(a_device_that_goes_away_is_an_error),
        cmocka_unit_test(passwords_and_keys_are_cut_out),
        cmocka_unit_test(secrets_cannot_hide_in_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
