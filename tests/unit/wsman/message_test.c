#include "wsman/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Written out from spec mps 2.1. */
#define ENVELOPE                                                    \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><Envelope"           \
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""      \
    " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""               \
    " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
    " xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""   \
    " xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Header>"
#define HEADER(action, uri, id)                                                        \
    ENVELOPE "<a:Action>" action "</a:Action><a:To>/wsman</a:To><w:ResourceURI>" uri   \
             "</w:ResourceURI><a:MessageID>" id "</a:MessageID><a:ReplyTo><a:Address>" \
             "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"         \
             "</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>"
#define AMT  "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define IPS  "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define CIM  "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define XFER "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
#define ENUM "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

static struct buffer out;

static void assert_written(const char *expected)
{
    assert_true(buffer_ok(&out));
    struct slice got = buffer_slice(&out);
    char *text = calloc(1, got.size + 1);
    assert_non_null(text);
    memcpy(text, got.data, got.size);
    assert_string_equal(text, expected);
    free(text);
    buffer_clear(&out);
}

static int open_buffer(void **state)
{
    (void)state;
    buffer_init(&out, 1u << 20);
    return 0;
}

static int close_buffer(void **state)
{
    (void)state;
    buffer_fini(&out);
    return 0;
}

static void get_has_an_empty_body(void **state)
{
    (void)state;
    struct wsman_target target = {.class = &wsman_AMT_GeneralSettings, .message_id = 7};
    wsman_put_get(&out, &target);
    assert_written(
        HEADER(XFER "Get", AMT "AMT_GeneralSettings", "7") "</Header><Body></Body></Envelope>");
}

static void delete_names_its_instance_by_an_escaped_selector(void **state)
{
    (void)state;
    struct wsman_selector selector = {"InstanceID", SLICE_LITERAL("a<b>&\"c\"")};
    struct wsman_target target = {&wsman_CIM_BootSourceSetting, &selector, 1, 4294967295u, 0, NULL};
    wsman_put_delete(&out, &target);
    assert_written(HEADER(
        XFER "Delete", CIM "CIM_BootSourceSetting",
        "4294967295") "<w:SelectorSet><w:Selector Name=\"InstanceID\">a&lt;b&gt;&amp;&quot;c&quot;"
                      "</w:Selector></w:SelectorSet></Header><Body></Body></Envelope>");
}

static void enumerate_pull_and_release_share_a_context(void **state)
{
    (void)state;
    struct wsman_target target = {.class = &wsman_CIM_SoftwareIdentity};
    wsman_put_enumerate(&out, &target);
    assert_written(HEADER(ENUM "/Enumerate", CIM "CIM_SoftwareIdentity",
                          "0") "</Header><Body><Enumerate xmlns=\"" ENUM
                               "\"></Enumerate></Body></Envelope>");
    wsman_put_pull(&out, &target, SLICE_LITERAL("D3000000-0000-0000-0000-000000000000"));
    assert_written(
        HEADER(ENUM "/Pull", CIM "CIM_SoftwareIdentity",
               "0") "</Header><Body><Pull xmlns=\"" ENUM "\"><EnumerationContext>"
                    "D3000000-0000-0000-0000-000000000000</EnumerationContext>"
                    "<MaxElements>999</MaxElements><MaxCharacters>99999</MaxCharacters></Pull>"
                    "</Body></Envelope>");
    wsman_put_release(&out, &target, SLICE_LITERAL("<evil/>"));
    assert_written(HEADER(ENUM "/Release", CIM "CIM_SoftwareIdentity",
                          "0") "</Header><Body><Release xmlns=\"" ENUM "\"><EnumerationContext>"
                               "&lt;evil/&gt;</EnumerationContext></Release></Body></Envelope>");
}

static void a_longer_timeout_is_asked_for(void **state)
{
    (void)state;
    struct wsman_target target = {.class = &wsman_AMT_GeneralSettings, .timeout_s = 120};
    wsman_put_get(&out, &target);
    struct slice got = buffer_slice(&out);
    assert_non_null(memmem(got.data, got.size, ">PT120S<", 8));
}

/* spec mps B.1: hand-written references */
static void a_power_change_refers_to_the_managed_system(void **state)
{
    (void)state;
    struct wsman_selector selectors[] = {{"CreationClassName", SLICE_LITERAL("CIM_ComputerSystem")},
                                         {"Name", SLICE_LITERAL("ManagedSystem")}};
    struct wsman_target machine = {
        .class = &wsman_CIM_ComputerSystem, .selectors = selectors, .selector_count = 2};
    struct wsman_target service = {.class = &wsman_CIM_PowerManagementService, .message_id = 2};
    struct wsman_value values[] = {{.name = "PowerState", .text = SLICE_LITERAL("10")},
                                   {.name = "ManagedElement", .reference = &machine},
                                   {.name = "Time"}};
    wsman_put_invoke(&out, &service, "RequestPowerStateChange", values, 3);
    assert_written(HEADER(
        CIM "CIM_PowerManagementService/RequestPowerStateChange", CIM "CIM_PowerManagementService",
        "2") "</Header><Body><h:RequestPowerStateChange_INPUT xmlns:h=\"" CIM
             "CIM_PowerManagementService\"><h:PowerState>10</h:PowerState><h:ManagedElement>"
             "<Address xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">"
             "http://schemas.xmlsoap.org/ws/2004/08/addressing</Address>"
             "<ReferenceParameters xmlns=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">"
             "<ResourceURI xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">" CIM
             "CIM_ComputerSystem</ResourceURI>"
             "<SelectorSet xmlns=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
             "<Selector Name=\"CreationClassName\">CIM_ComputerSystem</Selector>"
             "<Selector Name=\"Name\">ManagedSystem</Selector></SelectorSet></ReferenceParameters>"
             "</h:ManagedElement></h:RequestPowerStateChange_INPUT></Body></Envelope>");
}

/* spec mps B.2 */
static void a_boot_order_without_source_is_an_empty_element(void **state)
{
    (void)state;
    struct wsman_target target = {.class = &wsman_CIM_BootConfigSetting, .message_id = 1};
    wsman_put_invoke(&out, &target, "ChangeBootOrder", NULL, 0);
    assert_written(HEADER(CIM "CIM_BootConfigSetting/ChangeBootOrder", CIM "CIM_BootConfigSetting",
                          "1") "</Header><Body><h:ChangeBootOrder_INPUT xmlns:h=\"" CIM
                               "CIM_BootConfigSetting\"></h:ChangeBootOrder_INPUT></Body>"
                               "</Envelope>");
}

#define BOOT_ANSWER                                                                \
    "<g:AMT_BootSettingData xmlns:g=\"" AMT "AMT_BootSettingData\">"               \
    "<g:BIOSLastStatus>2</g:BIOSLastStatus><g:BIOSLastStatus>0</g:BIOSLastStatus>" \
    "<g:BIOSSetup>false</g:BIOSSetup><g:ElementName>A &amp; B</g:ElementName>"     \
    "<g:OptionsCleared>true</g:OptionsCleared><g:RSEPassword></g:RSEPassword>"     \
    "<g:UseIDER>true</g:UseIDER><g:UseSOL>false</g:UseSOL></g:AMT_BootSettingData>"

/* spec device-protocols 6.3: a Put with read-only properties is refused by firmware */
static void put_echoes_the_instance_with_changes_and_without_read_only_properties(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *instance = wsman_xml_parse(&arena, SLICE_LITERAL(BOOT_ANSWER), NULL);
    assert_non_null(instance);
    struct wsman_target target = {.class = &wsman_AMT_BootSettingData, .message_id = 3};
    struct wsman_value changes[] = {{.name = "UseSOL"}, /* left out */
                                    {.name = "OptionsCleared", .text = SLICE_LITERAL("false")},
                                    {.name = "BIOSSetup", .text = SLICE_LITERAL("true")},
                                    {.name = "BootMediaIndex", .text = SLICE_LITERAL("0")}};
    wsman_put_put(&out, &target, instance, changes, 4);
    assert_written(
        HEADER(XFER "Put", AMT "AMT_BootSettingData",
               "3") "</Header><Body><h:AMT_BootSettingData xmlns:h=\"" AMT "AMT_BootSettingData\">"
                    "<h:BIOSSetup>true</h:BIOSSetup><h:ElementName>A &amp; B</h:ElementName>"
                    "<h:UseIDER>true</h:UseIDER><h:BootMediaIndex>0</h:BootMediaIndex>"
                    "</h:AMT_BootSettingData></Body></Envelope>");
    struct wsman_value secret = {.name = "RSEPassword", .text = SLICE_LITERAL("p<w")};
    wsman_put_put(&out, &target, instance, &secret, 1);
    assert_written(
        HEADER(XFER "Put", AMT "AMT_BootSettingData",
               "3") "</Header><Body><h:AMT_BootSettingData xmlns:h=\"" AMT "AMT_BootSettingData\">"
                    "<h:BIOSSetup>false</h:BIOSSetup><h:ElementName>A &amp; B</h:ElementName>"
                    "<h:RSEPassword>p&lt;w</h:RSEPassword><h:UseIDER>true</h:UseIDER>"
                    "<h:UseSOL>false</h:UseSOL></h:AMT_BootSettingData></Body></Envelope>");
    arena_fini(&arena);
}

static void put_replaces_a_whole_array(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *instance = wsman_xml_parse(
        &arena,
        SLICE_LITERAL("<AMT_EthernetPortSettings xmlns='" AMT "AMT_EthernetPortSettings'>"
                      "<LinkIsUp>true</LinkIsUp><LinkPolicy>1</LinkPolicy><LinkPolicy>14"
                      "</LinkPolicy><SharedMAC>true</SharedMAC></AMT_EthernetPortSettings>"),
        NULL);
    struct wsman_selector selector = {"InstanceID", SLICE_LITERAL("S 0")};
    struct wsman_target target = {&wsman_AMT_BootSettingData, &selector, 1, 0, 0, NULL};
    target.class = wsman_class_find(SLICE_LITERAL("AMT_EthernetPortSettings"));
    struct wsman_value changes[] = {{.name = "LinkPolicy", .text = SLICE_LITERAL("1")},
                                    {.name = "LinkPolicy", .text = SLICE_LITERAL("16")},
                                    {.name = "LinkPolicy", .text = SLICE_LITERAL("224")}};
    wsman_put_put(&out, &target, instance, changes, 3);
    assert_written(
        HEADER(XFER "Put", AMT "AMT_EthernetPortSettings",
               "0") "<w:SelectorSet><w:Selector Name=\"InstanceID\">S 0</w:Selector>"
                    "</w:SelectorSet></Header><Body><h:AMT_EthernetPortSettings xmlns:h=\"" AMT
                    "AMT_EthernetPortSettings\"><h:LinkIsUp>true</h:LinkIsUp>"
                    "<h:LinkPolicy>1</h:LinkPolicy><h:LinkPolicy>16</h:LinkPolicy>"
                    "<h:LinkPolicy>224</h:LinkPolicy><h:SharedMAC>true</h:SharedMAC>"
                    "</h:AMT_EthernetPortSettings></Body></Envelope>");
    arena_fini(&arena);
}

/* A Datetime and an endpoint reference keep their namespaces and attributes. */
static void put_keeps_nested_elements(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct wsman_xml *instance = wsman_xml_parse(
        &arena,
        SLICE_LITERAL(
            "<g:AMT_AuditLog xmlns:g='" AMT "AMT_AuditLog' "
            "xmlns:h='http://schemas.dmtf.org/wbem/wscim/1/common' "
            "xmlns:b='http://schemas.xmlsoap.org/ws/2004/08/addressing' "
            "xmlns:c='http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd'><g:TimeOfLastRecord>\n "
            "<h:Datetime>2024-01-03T00:45:41Z</h:Datetime>\n</g:TimeOfLastRecord>"
            "<g:Unknown><b:Address>x</b:Address><b:ReferenceParameters><c:SelectorSet>"
            "<c:Selector Name='K'>&lt;v&gt;</c:Selector></c:SelectorSet>"
            "</b:ReferenceParameters></g:Unknown></g:AMT_AuditLog>"),
        NULL);
    assert_non_null(instance);
    struct wsman_target target = {.class = wsman_class_find(SLICE_LITERAL("AMT_AuditLog"))};
    wsman_put_put(&out, &target, instance, NULL, 0);
    assert_written(
        HEADER(XFER "Put", AMT "AMT_AuditLog",
               "0") "</Header><Body><h:AMT_AuditLog xmlns:h=\"" AMT "AMT_AuditLog\">"
                    "<h:TimeOfLastRecord>"
                    "<q:Datetime xmlns:q=\"http://schemas.dmtf.org/wbem/wscim/1/common\">"
                    "2024-01-03T00:45:41Z</q:Datetime></h:TimeOfLastRecord>"
                    "<h:Unknown><a:Address>x</a:Address><a:ReferenceParameters><w:SelectorSet>"
                    "<w:Selector Name=\"K\">&lt;v&gt;</w:Selector></w:SelectorSet>"
                    "</a:ReferenceParameters></h:Unknown></h:AMT_AuditLog></Body></Envelope>");
    arena_fini(&arena);
}

static struct wsman_reply parse(struct arena *arena, const char *text)
{
    struct wsman_reply reply;
    struct error err = {ERROR_NONE, ""};
    if (!wsman_reply_parse(arena, slice_of_string(text), &reply, &err))
        fail_msg("%s", err.text);
    return reply;
}

/* spec device-protocols 5.4, prefixes as in the captured example */
#define FAULT(code, subcode, reason, detail)                                         \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a:Envelope"                          \
    " xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\""                           \
    " xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""                  \
    " xmlns:d=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\""                    \
    " xmlns:e=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><a:Header>"         \
    "<b:RelatesTo>3</b:RelatesTo></a:Header><a:Body><a:Fault><a:Code><a:Value>" code \
    "</a:Value>" subcode "</a:Code><a:Reason><a:Text xml:lang=\"en-US\">" reason     \
    "</a:Text></a:Reason><a:Detail>" detail "</a:Detail></a:Fault></a:Body></a:Envelope>"
#define SUBCODE(value) "<a:Subcode><a:Value>" value "</a:Value></a:Subcode>"

static void a_fault_tells_subcode_reason_and_detail(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct wsman_reply reply = parse(
        &arena, FAULT("a:Sender", SUBCODE("b:DestinationUnreachable"),
                      "No route can be determined to reach the destination role defined by the "
                      "WSAddressing To.",
                      ""));
    assert_true(reply.is_fault);
    assert_true(slice_equal_string(reply.fault_code, "DestinationUnreachable"));
    assert_true(slice_equal_string(reply.fault_reason,
                                   "No route can be determined to reach the destination role "
                                   "defined by the WSAddressing To."));
    assert_int_equal(reply.fault_detail.size, 0);
    reply = parse(&arena, FAULT("a:Sender", SUBCODE("d:InvalidRepresentation"),
                                "The XML content is not valid.",
                                "<e:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/"
                                "faultDetail/MissingValues</e:FaultDetail>"));
    assert_true(slice_equal_string(reply.fault_code, "InvalidRepresentation"));
    assert_true(
        slice_equal_string(reply.fault_detail,
                           "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/MissingValues"));
    reply = parse(&arena, FAULT("a:Receiver", "", "", ""));
    assert_true(slice_equal_string(reply.fault_code, "Receiver"));
    arena_fini(&arena);
}

static void what_is_no_soap_envelope_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "<html><body>Log on failed.</body></html>",
        "<Envelope><Header/><Body/></Envelope>",
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Header/><e:Body/>"
        "</e:Envelope>",
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Header/></e:Envelope>",
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope>",
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Header/><e:Body>",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wsman_reply reply;
        struct error err = {ERROR_NONE, ""};
        assert_false(wsman_reply_parse(&arena, slice_of_string(texts[i]), &reply, &err));
        assert_int_equal(err.code, ERROR_PROTOCOL);
    }
    arena_fini(&arena);
}

/* Comparisons of names, by --wrap of the linker: what a hostile answer may cost. */
static size_t comparisons;
bool __real_slice_equal(struct slice a, struct slice b);
bool __wrap_slice_equal(struct slice a, struct slice b);

bool __wrap_slice_equal(struct slice a, struct slice b)
{
    comparisons++;
    return __real_slice_equal(a, b);
}

static void a_put_of_an_instance_with_thousands_of_elements_costs_little(void **state)
{
    (void)state;
    struct arena arena;
    struct buffer xml;
    struct wsman_target target = {.class = &wsman_AMT_BootSettingData};
    const struct wsman_value change = {.name = "BIOSSetup", .text = SLICE_LITERAL("true")};
    arena_init(&arena);
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, "<i>");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&xml, "<a%d/>", i);
    for (int i = 0; i < 2000; i++)
        buffer_put_text(&xml, "<BIOSSetup>false</BIOSSetup>");
    buffer_put_text(&xml, "</i>");
    const struct wsman_xml *instance = wsman_xml_parse(&arena, buffer_slice(&xml), NULL);
    assert_non_null(instance);
    struct buffer put;
    buffer_init(&put, 1 << 20);
    comparisons = 0;
    wsman_put_put(&put, &target, instance, &change, 1);
    assert_true(buffer_ok(&put));
    assert_in_range(comparisons, 1, 500000);
    buffer_fini(&put);
    buffer_fini(&xml);
    arena_fini(&arena);
}

#define REFERENCE(b, c, uri, key, value)                                                           \
    "<" b "Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</" b            \
    "Address><" b "ReferenceParameters><" c "ResourceURI>" AMT uri "</" c "ResourceURI><" c        \
    "SelectorSet><" c "Selector Name=\"" key "\">" value "</" c "Selector></" c "SelectorSet></" b \
    "ReferenceParameters>"

/* spec device-protocols 5.2: selectors of associations hold endpoint references */
static void an_association_is_named_by_its_own_references(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const char received_server[] =
        REFERENCE("b:", "c:", "AMT_ManagementPresenceRemoteSAP", "Name", "S &amp; 0");
    const char received_rule[] =
        REFERENCE("b:", "c:", "AMT_RemoteAccessPolicyRule", "PolicyRuleName", "Periodic");
    const char sent_server[] =
        REFERENCE("a:", "w:", "AMT_ManagementPresenceRemoteSAP", "Name", "S &amp; 0");
    const char sent_rule[] =
        REFERENCE("a:", "w:", "AMT_RemoteAccessPolicyRule", "PolicyRuleName", "Periodic");
    const char *text =
        arena_printf(&arena,
                     "<h:AMT_RemoteAccessPolicyAppliesToMPS xmlns:h=\"" AMT
                     "AMT_RemoteAccessPolicyAppliesToMPS\""
                     " xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
                     " xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\">"
                     "<h:ManagedElement>%s</h:ManagedElement><h:MpsType>0</h:MpsType>"
                     "<h:PolicySet>%s</h:PolicySet></h:AMT_RemoteAccessPolicyAppliesToMPS>",
                     received_server, received_rule);
    const char *selectors =
        arena_printf(&arena,
                     "<w:SelectorSet><w:Selector Name=\"ManagedElement\"><a:EndpointReference>%s"
                     "</a:EndpointReference></w:Selector><w:Selector Name=\"PolicySet\">"
                     "<a:EndpointReference>%s</a:EndpointReference></w:Selector></w:SelectorSet>",
                     sent_server, sent_rule);
    const char head[] = HEADER(XFER "Delete", AMT "AMT_RemoteAccessPolicyAppliesToMPS", "0");
    const struct wsman_xml *instance = wsman_xml_parse(&arena, slice_of_string(text), NULL);
    assert_non_null(instance);
    const struct wsman_target target = {.class = &wsman_AMT_RemoteAccessPolicyAppliesToMPS,
                                        .instance = instance};
    wsman_put_delete(&out, &target);
    assert_written(arena_printf(&arena, "%s%s</Header><Body></Body></Envelope>", head, selectors));
    arena_fini(&arena);
}

static void create_has_the_values_and_no_selectors(void **state)
{
    (void)state;
    const struct wsman_target target = {.class = &wsman_AMT_TLSCredentialContext};
    const struct wsman_selector id = {"InstanceID", SLICE_LITERAL("C0")};
    const struct wsman_target certificate = {
        .class = &wsman_AMT_PublicKeyCertificate, .selectors = &id, .selector_count = 1};
    const struct wsman_value value = {
        .name = "ElementInContext", .reference = &certificate, .address = "/wsman"};
    wsman_put_create(&out, &target, &value, 1);
    assert_written(
        HEADER(XFER "Create", AMT "AMT_TLSCredentialContext",
               "0") "</Header><Body><h:AMT_TLSCredentialContext xmlns:h=\"" AMT
                    "AMT_TLSCredentialContext\"><h:ElementInContext><a:Address>/wsman</a:Address>"
                    "<a:ReferenceParameters><w:ResourceURI>" AMT "AMT_PublicKeyCertificate"
                    "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"InstanceID\">C0"
                    "</w:Selector></w:SelectorSet></a:ReferenceParameters></h:ElementInContext>"
                    "</h:AMT_TLSCredentialContext></Body></Envelope>");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_buffer, close_buffer)
    const struct CMUnitTest tests[] = {
        TEST(get_has_an_empty_body),
        TEST(delete_names_its_instance_by_an_escaped_selector),
        TEST(enumerate_pull_and_release_share_a_context),
        TEST(a_longer_timeout_is_asked_for),
        TEST(a_power_change_refers_to_the_managed_system),
        TEST(a_boot_order_without_source_is_an_empty_element),
        TEST(put_echoes_the_instance_with_changes_and_without_read_only_properties),
        TEST(put_replaces_a_whole_array),
        TEST(put_keeps_nested_elements),
        TEST(an_association_is_named_by_its_own_references),
        TEST(create_has_the_values_and_no_selectors),
        TEST(a_fault_tells_subcode_reason_and_detail),
        TEST(what_is_no_soap_envelope_is_refused),
        cmocka_unit_test(a_put_of_an_instance_with_thousands_of_elements_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
