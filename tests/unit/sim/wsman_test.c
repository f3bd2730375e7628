/* WSMAN answers as firmware words them (spec device-protocols 5), power and boot (6). */
#include "core/buffer.h"
#include "request_text.h"
#include "sim/wsman_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct sim_device device;
    struct buffer answer;
};

static void set_up_with(void **state, const struct sim_personality *personality)
{
    struct guid guid;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_true(guid_parse(slice_of_string("4c4c4544-004d-4d10-8050-b2c04f325133"), &guid));
    sim_device_init(&bench->device, personality, &guid, 7);
    buffer_init(&bench->answer, 1024 * 1024);
    *state = bench;
}

static int set_up(void **state)
{
    set_up_with(state, &sim_personality_16);
    return 0;
}

static int set_up_12(void **state)
{
    set_up_with(state, &sim_personality_12);
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sim_device_fini(&bench->device);
    buffer_fini(&bench->answer);
    free(bench);
    return 0;
}

/* The answer as text; borrowed until the next request. */
static const char *ask(struct bench *bench, const char *request, uint64_t now_ms, int status)
{
    buffer_clear(&bench->answer);
    assert_int_equal(
        sim_wsman_answer(&bench->device, slice_of_string(request), now_ms, &bench->answer), status);
    buffer_put_u8(&bench->answer, 0);
    const uint8_t *text = buffer_slice(&bench->answer).data;
    return text == NULL ? "" : (const char *)text;
}

__attribute__((noinline)) static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is missing in: %s", part, text);
}

__attribute__((noinline)) static void lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" should not be in: %s", part, text);
}

static void get_has_the_envelope_of_firmware(void **state)
{
    struct bench *bench = *state;
    const char *text = ask(bench, GET(SPACE_CIM "CIM_BootService"), 0, 200);
    static const char wanted[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        "<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\""
        " xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
        " xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
        " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/02/trust\""
        " xmlns:e=\"http://docs.oasis-open.org/wss/2004/01/"
        "oasis-200401-wss-wssecurity-secext-1.0.xsd\""
        " xmlns:f=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\""
        " xmlns:g=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_BootService\""
        " xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/common\""
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><a:Header>"
        "<b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To>"
        "<b:RelatesTo>0</b:RelatesTo><b:Action a:mustUnderstand=\"true\">"
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</b:Action>"
        "<b:MessageID>uuid:00000000-8086-8086-8086-000000000001</b:MessageID><c:ResourceURI>"
        "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_BootService</c:ResourceURI>"
        "</a:Header><a:Body><g:CIM_BootService>"
        "<g:CreationClassName>CIM_BootService</g:CreationClassName>"
        "<g:ElementName>Intel(r) AMT Boot Service</g:ElementName>"
        "<g:EnabledState>32768</g:EnabledState><g:Name>Intel(r) AMT Boot Service</g:Name>"
        "<g:OperationalStatus>0</g:OperationalStatus><g:RequestedState>12</g:RequestedState>"
        "<g:SystemCreationClassName>CIM_ComputerSystem</g:SystemCreationClassName>"
        "<g:SystemName>Intel(r) AMT</g:SystemName></g:CIM_BootService></a:Body></a:Envelope>";
    assert_string_equal(text, wanted);
}

static void empty_values_have_a_start_and_an_end_tag(void **state)
{
    has(ask(*state, GET(SPACE_AMT "AMT_GeneralSettings"), 0, 200),
        "<g:DomainName></g:DomainName><g:ElementName>");
}

static void message_ids_count_in_upper_case_hexadecimal(void **state)
{
    struct bench *bench = *state;
    bench->device.message_id = 0x1A923;
    has(ask(bench, GET(SPACE_AMT "AMT_GeneralSettings"), 0, 200),
        "<b:MessageID>uuid:00000000-8086-8086-8086-00000001A924</b:MessageID>");
}

static void relates_to_is_the_message_id_verbatim(void **state)
{
    has(ask(*state, REQUEST(TRANSFER "Get", SPACE_AMT "AMT_GeneralSettings", "uuid:&lt;7", "", ""),
            0, 200),
        "<b:RelatesTo>uuid:&lt;7</b:RelatesTo>");
}

static void the_platform_guid_is_in_smbios_order(void **state)
{
    has(ask(*state, GET(SPACE_CIM "CIM_ComputerSystemPackage"), 0, 200),
        "<g:PlatformGUID>44454C4C4D00104D8050B2C04F325133</g:PlatformGUID>");
}

static void references_hold_their_selectors_in_order(void **state)
{
    has(ask(*state, GET(SPACE_CIM "CIM_ComputerSystemPackage"), 0, 200),
        "<g:Dependent><b:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
        "</b:Address><b:ReferenceParameters><c:ResourceURI>"
        "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem</c:ResourceURI>"
        "<c:SelectorSet><c:Selector Name=\"CreationClassName\">CIM_ComputerSystem</c:Selector>"
        "<c:Selector Name=\"Name\">ManagedSystem</c:Selector></c:SelectorSet>"
        "</b:ReferenceParameters></g:Dependent>");
}

static void an_enumeration_context_is_a_little_endian_counter(void **state)
{
    struct bench *bench = *state;
    bench->device.context_id = 0x2C3;
    has(ask(bench, ENUMERATE(SPACE_CIM "CIM_SoftwareIdentity"), 0, 200),
        "<a:Body><g:EnumerateResponse><g:EnumerationContext>C4020000-0000-0000-0000-000000000000"
        "</g:EnumerationContext></g:EnumerateResponse></a:Body>");
}

static void a_pull_brings_everything_and_the_end(void **state)
{
    (void)ask(*state, ENUMERATE(SPACE_CIM "CIM_SoftwareIdentity"), 0, 200);
    const char *text =
        ask(*state, PULL(SPACE_CIM "CIM_SoftwareIdentity", "01000000-0000-0000-0000-000000000000"),
            0, 200);
    has(text, " xmlns:g=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" xmlns:h=\"" SPACE_CIM
              "CIM_SoftwareIdentity\" xmlns:i=\"http://schemas.dmtf.org/wbem/wscim/1/common\" "
              "xmlns:xsi=");
    has(text, "<g:PullResponse><g:Items><h:CIM_SoftwareIdentity><h:InstanceID>Flash</h:InstanceID>"
              "<h:IsEntity>true</h:IsEntity><h:VersionString>16.1.25</h:VersionString>"
              "</h:CIM_SoftwareIdentity>");
    has(text, "</g:Items><g:EndOfSequence></g:EndOfSequence></g:PullResponse>");
    lacks(text, "EnumerationContext");
}

static void a_context_serves_once(void **state)
{
    const char *pull =
        PULL(SPACE_CIM "CIM_SoftwareIdentity", "01000000-0000-0000-0000-000000000000");
    (void)ask(*state, ENUMERATE(SPACE_CIM "CIM_SoftwareIdentity"), 0, 200);
    (void)ask(*state, pull, 0, 200);
    has(ask(*state, pull, 0, 400), "<a:Value>c:InvalidEnumerationContext</a:Value>");
}

static void a_context_is_gone_after_a_minute(void **state)
{
    (void)ask(*state, ENUMERATE(SPACE_CIM "CIM_SoftwareIdentity"), 0, 200);
    has(ask(*state, PULL(SPACE_CIM "CIM_SoftwareIdentity", "01000000-0000-0000-0000-000000000000"),
            60001, 400),
        "c:InvalidEnumerationContext");
}

static void some_classes_come_one_at_a_time_with_a_context(void **state)
{
    (void)ask(*state, ENUMERATE(SPACE_CIM "CIM_PhysicalPackage"), 0, 200);
    const char *text =
        ask(*state, PULL(SPACE_CIM "CIM_PhysicalPackage", "01000000-0000-0000-0000-000000000000"),
            0, 200);
    has(text, "<g:PullResponse><g:EnumerationContext>02000000-0000-0000-0000-000000000000"
              "</g:EnumerationContext><g:Items><h:CIM_Card>");
    lacks(text, "EndOfSequence");
    lacks(text, "CIM_Chassis");
    text =
        ask(*state, PULL(SPACE_CIM "CIM_PhysicalPackage", "02000000-0000-0000-0000-000000000000"),
            0, 200);
    has(text, "<h:CIM_Chassis>");
    lacks(text, "EndOfSequence");
    text =
        ask(*state, PULL(SPACE_CIM "CIM_PhysicalPackage", "03000000-0000-0000-0000-000000000000"),
            0, 200);
    has(text, "<g:PullResponse><g:Items></g:Items><g:EndOfSequence></g:EndOfSequence>");
    lacks(text, "EnumerationContext");
}

static void a_superclass_brings_elements_of_the_subclass(void **state)
{
    (void)ask(*state, ENUMERATE(SPACE_CIM "CIM_ServiceAvailableToElement"), 0, 200);
    const char *text =
        ask(*state,
            PULL(SPACE_CIM "CIM_ServiceAvailableToElement", "01000000-0000-0000-0000-000000000000"),
            0, 200);
    has(text, " xmlns:h=\"" SPACE_CIM "CIM_AssociatedPowerManagementService\" xmlns:i=");
    has(text, "<c:ResourceURI>" SPACE_CIM "CIM_ServiceAvailableToElement</c:ResourceURI>");
    has(text, "<h:AvailableRequestedPowerStates>10</h:AvailableRequestedPowerStates>"
              "<h:AvailableRequestedPowerStates>8</h:AvailableRequestedPowerStates>");
    has(text, "<h:AvailableRequestedPowerStates>12</h:AvailableRequestedPowerStates>"
              "<h:PowerState>2</h:PowerState><h:ServiceProvided>");
}

static void get_finds_the_instance_of_its_selector(void **state)
{
    has(ask(*state,
            REQUEST(TRANSFER "Get", SPACE_CIM "CIM_SoftwareIdentity", "0",
                    SELECTOR("InstanceID", "Build Number"), ""),
            0, 200),
        "<g:VersionString>1917</g:VersionString>");
}

static void an_unknown_instance_is_unreachable(void **state)
{
    has(ask(*state,
            REQUEST(TRANSFER "Get", SPACE_CIM "CIM_SoftwareIdentity", "9",
                    SELECTOR("InstanceID", "No such thing"), ""),
            0, 400),
        "<b:RelatesTo>9</b:RelatesTo>");
}

static void a_fault_has_its_own_prefixes_and_no_resource(void **state)
{
    const char *text = ask(*state, GET(SPACE_CIM "CIM_NoSuchClass"), 0, 400);
    has(text, "<a:Envelope xmlns:g=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\" "
              "xmlns:f=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" "
              "xmlns:e=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
              "xmlns:d=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" "
              "xmlns:c=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" "
              "xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
              "xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" ");
    has(text, "<a:Body><a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode>"
              "<a:Value>b:DestinationUnreachable</a:Value></a:Subcode></a:Code><a:Reason>"
              "<a:Text xml:lang=\"en-US\">No route can be determined to reach the destination "
              "role defined by the WSAddressing To.</a:Text></a:Reason><a:Detail></a:Detail>"
              "</a:Fault></a:Body></a:Envelope>");
    lacks(text, "ResourceURI");
}

static void old_firmware_lacks_the_power_saving_service(void **state)
{
    has(ask(*state, GET(SPACE_IPS "IPS_PowerManagementService"), 0, 400),
        "b:DestinationUnreachable");
}

static void an_unknown_method_is_not_supported(void **state)
{
    has(ask(*state, INVOKE(SPACE_CIM "CIM_BootService", "Explode", ""), 0, 400),
        "b:ActionNotSupported");
}

static void small_envelopes_are_refused(void **state)
{
    has(ask(*state,
            REQUEST(TRANSFER "Get", SPACE_AMT "AMT_GeneralSettings", "0",
                    "<w:MaxEnvelopeSize>49999</w:MaxEnvelopeSize>", ""),
            0, 400),
        "e:EncodingLimit");
}

static void text_that_is_no_envelope_has_an_empty_answer(void **state)
{
    struct bench *bench = *state;
    assert_string_equal(ask(bench, "<html></html>", 0, 400), "");
    assert_string_equal(ask(bench, "\x01\x02", 0, 400), "");
}

/* ---- power ---- */

static void a_power_change_is_accepted_now_and_happens_later(void **state)
{
    struct bench *bench = *state;
    bench->device.power_delay_ms = 1000;
    has(ask(bench, POWER("8"), 500, 200),
        "<a:Body><g:RequestPowerStateChange_OUTPUT><g:ReturnValue>0</g:ReturnValue>"
        "</g:RequestPowerStateChange_OUTPUT></a:Body>");
    const char *get = GET(SPACE_CIM "CIM_AssociatedPowerManagementService");
    has(ask(bench, get, 1499, 200), "<g:PowerState>2</g:PowerState>");
    const char *text = ask(bench, get, 1500, 200);
    has(text, "<g:PowerState>8</g:PowerState>");
    has(text, "<g:AvailableRequestedPowerStates>2</g:AvailableRequestedPowerStates>"
              "<g:PowerState>");
}

static void reset_needs_a_running_machine(void **state)
{
    (void)ask(*state, POWER("8"), 0, 200);
    has(ask(*state, POWER("10"), 5000, 200), "<g:ReturnValue>4097</g:ReturnValue>");
}

static void being_there_already_is_told(void **state)
{
    has(ask(*state, POWER("2"), 0, 200), "<g:ReturnValue>2</g:ReturnValue>");
}

static void states_that_amt_never_offers_are_invalid(void **state)
{
    static const char *const requests[] = {POWER("3"), POWER("6"), POWER("9"), POWER("16")};
    for (size_t i = 0; i < 4; i++)
        has(ask(*state, requests[i], 0, 200), "<g:ReturnValue>4097</g:ReturnValue>");
    has(ask(*state, POWER("99"), 0, 200), "<g:ReturnValue>5</g:ReturnValue>");
}

static void the_managed_system_must_be_named(void **state)
{
    has(ask(*state,
            INVOKE(SPACE_CIM "CIM_PowerManagementService", "RequestPowerStateChange",
                   "<h:PowerState>10</h:PowerState>"),
            0, 200),
        "<g:ReturnValue>5</g:ReturnValue>");
}

static void a_power_cycle_goes_through_off(void **state)
{
    struct bench *bench = *state;
    bench->device.power_delay_ms = 100;
    (void)ask(bench, POWER("5"), 0, 200);
    sim_device_tick(&bench->device, 100);
    assert_int_equal(bench->device.power, SIM_POWER_OFF);
    assert_int_equal(bench->device.boot.count, 0);
    sim_device_tick(&bench->device, 200);
    assert_int_equal(bench->device.power, SIM_POWER_ON);
    assert_int_equal(bench->device.boot.count, 1);
    assert_true(sim_device_due(&bench->device) == UINT64_MAX);
}

static void waking_from_sleep_does_not_boot(void **state)
{
    struct bench *bench = *state;
    (void)ask(bench, POWER("4"), 0, 200);
    (void)ask(bench, POWER("2"), 5000, 200);
    sim_device_tick(&bench->device, 10000);
    assert_int_equal(bench->device.power, SIM_POWER_ON);
    assert_int_equal(bench->device.boot.count, 0);
}

/* ---- boot ---- */

static void boot_options_serve_one_boot(void **state)
{
    struct bench *bench = *state;
    const char *get = GET(SPACE_AMT "AMT_BootSettingData");
    has(ask(bench, get, 0, 200), "<g:OptionsCleared>true</g:OptionsCleared>");
    const char *text = ask(bench, BOOT_PUT("true"), 0, 200);
    has(text, "http://schemas.xmlsoap.org/ws/2004/09/transfer/PutResponse");
    has(text, "<g:BIOSSetup>true</g:BIOSSetup>");
    has(text, "<g:OptionsCleared>false</g:OptionsCleared>");
    has(ask(bench, ROLE("1"), 0, 200), "<g:ReturnValue>0</g:ReturnValue>");
    has(ask(bench, ORDER("Intel(r) AMT: Force PXE Boot"), 0, 200),
        "<g:ChangeBootOrder_OUTPUT><g:ReturnValue>0</g:ReturnValue>");
    (void)ask(bench, POWER("10"), 0, 200);
    text = ask(bench, get, 60000, 200);
    assert_int_equal(bench->device.boot.count, 1);
    assert_true(bench->device.boot.bios_setup);
    assert_true(bench->device.boot.role_was_set);
    assert_string_equal(bench->device.boot.source, "Intel(r) AMT: Force PXE Boot");
    has(text, "<g:BIOSSetup>false</g:BIOSSetup>");
    has(text, "<g:OptionsCleared>true</g:OptionsCleared>");
    has(text, "<g:BIOSLastStatus>0</g:BIOSLastStatus><g:BIOSLastStatus>0</g:BIOSLastStatus>");
    (void)ask(bench, POWER("10"), 60000, 200);
    sim_device_tick(&bench->device, 120000);
    assert_int_equal(bench->device.boot.count, 2);
    assert_false(bench->device.boot.bios_setup);
    assert_false(bench->device.boot.role_was_set);
    assert_null(bench->device.boot.source);
}

static void an_empty_boot_order_clears_the_source(void **state)
{
    struct bench *bench = *state;
    (void)ask(bench, ORDER("Intel(r) AMT: Force CD/DVD Boot"), 0, 200);
    assert_non_null(bench->device.boot_source);
    (void)ask(bench, INVOKE(SPACE_CIM "CIM_BootConfigSetting", "ChangeBootOrder", ""), 0, 200);
    assert_null(bench->device.boot_source);
}

static void an_unknown_boot_source_is_refused(void **state)
{
    has(ask(*state, ORDER("Intel(r) AMT: Force Floppy Boot"), 0, 200),
        "<g:ReturnValue>5</g:ReturnValue>");
}

static void a_put_without_required_values_is_refused(void **state)
{
    const char *text = ask(*state,
                           REQUEST(TRANSFER "Put", SPACE_AMT "AMT_BootSettingData", "0", "",
                                   "<h:AMT_BootSettingData xmlns:h=\"" SPACE_AMT
                                   "AMT_BootSettingData\"><h:BIOSSetup>true</h:BIOSSetup>"
                                   "</h:AMT_BootSettingData>"),
                           0, 400);
    has(text, "d:InvalidRepresentation");
    has(text, "<a:Detail><e:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
              "MissingValues</e:FaultDetail></a:Detail>");
}

static void a_put_with_a_value_of_the_wrong_type_is_refused(void **state)
{
    has(ask(*state, BOOT_PUT("perhaps"), 0, 400), "e:SchemaValidationError");
}

/* ---- set-up and redirection ---- */

#define SETUP SPACE_AMT "AMT_SetupAndConfigurationService"

static void get_uuid_is_base64_of_the_smbios_bytes(void **state)
{
    has(ask(*state, INVOKE(SETUP, "GetUuid", ""), 0, 200),
        "<a:Body><g:GetUuid_OUTPUT><g:UUID>REVMTE0AEE2AULLATzJRMw==</g:UUID>"
        "<g:ReturnValue>0</g:ReturnValue></g:GetUuid_OUTPUT></a:Body>");
}

static void unprovisioning_makes_the_machine_leave(void **state)
{
    struct bench *bench = *state;
    has(ask(bench, INVOKE(SETUP, "Unprovision", "<h:ProvisioningMode>2</h:ProvisioningMode>"), 0,
            200),
        "<g:ReturnValue>36</g:ReturnValue>");
    assert_int_equal(bench->device.setup, SIM_SETUP_POST);
    has(ask(bench, INVOKE(SETUP, "Unprovision", "<h:ProvisioningMode>1</h:ProvisioningMode>"), 5,
            200),
        "<g:ReturnValue>0</g:ReturnValue>");
    assert_int_equal(bench->device.leave_ms, 5 + bench->device.power_delay_ms);
    has(ask(bench, GET(SETUP), 6, 200), "<g:ProvisioningState>0</g:ProvisioningState>");
}

static void redirection_is_switched(void **state)
{
    static const char *const get = GET(SPACE_AMT "AMT_RedirectionService");
    has(ask(*state, get, 0, 200), "<g:EnabledState>32771</g:EnabledState>");
    has(ask(*state,
            INVOKE(SPACE_AMT "AMT_RedirectionService", "RequestStateChange",
                   "<h:RequestedState>32769</h:RequestedState>"),
            0, 200),
        "<g:ReturnValue>0</g:ReturnValue>");
    has(ask(*state, get, 0, 200), "<g:EnabledState>32769</g:EnabledState>");
}

int main(void)
{
#define TEST(name)    cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_12(name) cmocka_unit_test_setup_teardown(name, set_up_12, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(get_has_the_envelope_of_firmware),
        TEST(empty_values_have_a_start_and_an_end_tag),
        TEST(message_ids_count_in_upper_case_hexadecimal),
        TEST(relates_to_is_the_message_id_verbatim),
        TEST(the_platform_guid_is_in_smbios_order),
        TEST(references_hold_their_selectors_in_order),
        TEST(an_enumeration_context_is_a_little_endian_counter),
        TEST(a_pull_brings_everything_and_the_end),
        TEST(a_context_serves_once),
        TEST(a_context_is_gone_after_a_minute),
        TEST(some_classes_come_one_at_a_time_with_a_context),
        TEST(a_superclass_brings_elements_of_the_subclass),
        TEST(get_finds_the_instance_of_its_selector),
        TEST(an_unknown_instance_is_unreachable),
        TEST(a_fault_has_its_own_prefixes_and_no_resource),
        TEST_12(old_firmware_lacks_the_power_saving_service),
        TEST(an_unknown_method_is_not_supported),
        TEST(small_envelopes_are_refused),
        TEST(text_that_is_no_envelope_has_an_empty_answer),
        TEST(a_power_change_is_accepted_now_and_happens_later),
        TEST(reset_needs_a_running_machine),
        TEST(being_there_already_is_told),
        TEST(states_that_amt_never_offers_are_invalid),
        TEST(the_managed_system_must_be_named),
        TEST(a_power_cycle_goes_through_off),
        TEST(waking_from_sleep_does_not_boot),
        TEST(boot_options_serve_one_boot),
        TEST(an_empty_boot_order_clears_the_source),
        TEST(an_unknown_boot_source_is_refused),
        TEST(a_put_without_required_values_is_refused),
        TEST(a_put_with_a_value_of_the_wrong_type_is_refused),
        TEST(get_uuid_is_base64_of_the_smbios_bytes),
        TEST(unprovisioning_makes_the_machine_leave),
        TEST(redirection_is_switched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
