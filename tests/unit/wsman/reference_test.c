/* References: read with their selectors, and written as the toolkit generates them (spec mps B.1).
 */
#include "wsman/reference.h"

#include "wsman/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EPR(uri, selectors)                                         \
    "<x><Address>a</Address><ReferenceParameters><ResourceURI>" uri \
    "</ResourceURI><SelectorSet>" selectors "</SelectorSet></ReferenceParameters></x>"

static void selectors_stay_apart_by_name(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *x = wsman_xml_parse(
        &arena,
        SLICE_LITERAL(EPR("http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Role",
                          "<Selector Name='CreationClassName'>CIM_Role</Selector>"
                          "<Selector Name='Name'> $$OsAdmin </Selector><Selector>n</Selector>")),
        NULL);
    assert_ptr_equal(wsman_reference_class(x), &wsman_CIM_Role);
    assert_true(slice_equal_string(wsman_reference_selector(x, "Name"), "$$OsAdmin"));
    assert_true(slice_equal_string(wsman_reference_selector(x, "CreationClassName"), "CIM_Role"));
    assert_int_equal(wsman_reference_selector(x, "InstanceID").size, 0);
    arena_fini(&arena);
}

static void what_is_no_reference_has_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"<x>text</x>", EPR("", ""), EPR("http://nowhere/X", ""),
                                        "<x><ReferenceParameters/></x>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct arena arena;
        arena_init(&arena);
        const struct wsman_xml *x = wsman_xml_parse(&arena, slice_of_string(texts[i]), NULL);
        assert_non_null(x);
        assert_null(wsman_reference_class(x));
        assert_int_equal(wsman_reference_selector(x, "Name").size, 0);
        arena_fini(&arena);
    }
    assert_null(wsman_reference_class(NULL));
    assert_int_equal(wsman_reference_selector(NULL, "Name").size, 0);
}

static void a_generated_reference_uses_the_envelopes_prefixes(void **state)
{
    (void)state;
    const struct wsman_selector selector = {"Name", SLICE_LITERAL("WiFi <0>")};
    const struct wsman_target endpoint = {
        .class = &wsman_CIM_WiFiEndpoint, .selectors = &selector, .selector_count = 1};
    const struct wsman_target service = {.class = &wsman_AMT_WiFiPortConfigurationService};
    const struct wsman_value value = {
        .name = "WiFiEndpoint", .reference = &endpoint, .address = "/wsman"};
    struct buffer out;
    buffer_init(&out, 8192);
    wsman_put_invoke(&out, &service, "AddWiFiSettings", &value, 1);
    buffer_put_u8(&out, 0);
    assert_non_null(strstr(
        (const char *)buffer_slice(&out).data,
        "<h:WiFiEndpoint><a:Address>/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>"
        "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_WiFiEndpoint</w:ResourceURI>"
        "<w:SelectorSet><w:Selector Name=\"Name\">WiFi &lt;0&gt;</w:Selector></w:SelectorSet>"
        "</a:ReferenceParameters></h:WiFiEndpoint>"));
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_stay_apart_by_name),
        cmocka_unit_test(what_is_no_reference_has_nothing),
        cmocka_unit_test(a_generated_reference_uses_the_envelopes_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
