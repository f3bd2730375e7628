#include "wsman/catalogue.h"
#include "wsman/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void classes_are_sorted_and_found_by_name(void **state)
{
    (void)state;
    size_t count = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(strcmp(classes[i - 1]->name, classes[i]->name) < 0);
        assert_ptr_equal(wsman_class_find(slice_of_string(classes[i]->name)), classes[i]);
    }
    assert_null(wsman_class_find(SLICE_LITERAL("AMT_GeneralSetting")));
    assert_null(wsman_class_find(SLICE_LITERAL("AMT_GeneralSettingsX")));
    assert_null(wsman_class_find(SLICE_LITERAL("")));
}

/* spec device-protocols 5.1: upper case before lower case */
static void properties_are_in_ascii_order_with_a_key(void **state)
{
    (void)state;
    size_t count = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        unsigned keys = 0;
        for (const struct wsman_property *p = classes[i]->properties; p->name != NULL; p++) {
            keys += (p->flags & WSMAN_KEY) != 0;
            if (p[1].name != NULL && strcmp(p->name, p[1].name) >= 0)
                fail_msg("%s: %s before %s", classes[i]->name, p->name, p[1].name);
        }
        /* an abstract class has no keys, and what is sent to subscribers neither */
        const char *first = classes[i]->properties->name;
        bool is_abstract = first != NULL && strcmp(first, "ElementName") == 0;
        assert_true(keys > 0 || is_abstract || classes[i]->operations == 0);
    }
}

static void a_superclass_is_in_the_catalogue(void **state)
{
    (void)state;
    size_t count = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        if (classes[i]->super != NULL)
            assert_non_null(wsman_class_find(slice_of_string(classes[i]->super)));
    }
    assert_string_equal(wsman_CIM_AssociatedPowerManagementService.super,
                        "CIM_ServiceAvailableToElement");
}

/* spec mps 2.1 */
static void the_prefix_decides_the_namespace(void **state)
{
    (void)state;
    assert_string_equal(wsman_class_base(&wsman_AMT_GeneralSettings),
                        "http://intel.com/wbem/wscim/1/amt-schema/1/");
    assert_string_equal(wsman_class_base(&wsman_CIM_BootService),
                        "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/");
    assert_string_equal(wsman_class_base(&wsman_IPS_PowerManagementService),
                        "http://intel.com/wbem/wscim/1/ips-schema/1/");
    assert_ptr_equal(wsman_class_of_uri(SLICE_LITERAL(
                         "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_BootService")),
                     &wsman_CIM_BootService);
    assert_null(wsman_class_of_uri(
        SLICE_LITERAL("http://intel.com/wbem/wscim/1/amt-schema/1/CIM_BootService")));
    assert_null(wsman_class_of_uri(SLICE_LITERAL("CIM_BootService")));
    assert_null(wsman_class_of_uri(SLICE_LITERAL("")));
}

/* spec device-protocols 6.3 */
static void boot_settings_know_what_only_the_firmware_writes(void **state)
{
    (void)state;
    static const char *const read_only[] = {
        "BIOSLastStatus",           "BootguardStatus",
        "OptionsCleared",           "RPEEnabled",
        "SecureBootControlEnabled", "UEFIHTTPSBootEnabled",
        "UEFILocalPBABootEnabled",  "WinREBootEnabled",
    };
    unsigned marked = 0;
    for (const struct wsman_property *p = wsman_AMT_BootSettingData.properties; p->name != NULL;
         p++)
        marked += (p->flags & WSMAN_READ_ONLY) != 0;
    assert_int_equal(marked, sizeof read_only / sizeof read_only[0]);
    for (size_t i = 0; i < marked; i++) {
        const struct wsman_property *p =
            wsman_property_find(&wsman_AMT_BootSettingData, slice_of_string(read_only[i]));
        assert_non_null(p);
        assert_true(p->flags & WSMAN_READ_ONLY);
    }
    assert_null(wsman_property_find(&wsman_AMT_BootSettingData, SLICE_LITERAL("Nonsense")));
}

/* spec device-protocols 6.1 */
static void a_method_has_its_parameters_in_mof_order(void **state)
{
    (void)state;
    static const char *const names[] = {"PowerState", "ManagedElement", "Time", "TimeoutPeriod",
                                        "Job"};
    const struct wsman_method *method = wsman_method_find(&wsman_CIM_PowerManagementService,
                                                          SLICE_LITERAL("RequestPowerStateChange"));
    assert_non_null(method);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(method->parameters[i].name, names[i]);
    assert_null(method->parameters[5].name);
    assert_true(method->parameters[4].flags & WSMAN_OUT);
    assert_null(wsman_method_find(&wsman_AMT_BootCapabilities, SLICE_LITERAL("Anything")));
    assert_null(wsman_method_find(&wsman_CIM_BootService, SLICE_LITERAL("Anything")));
}

/* spec device-classes 5: what is never read back is marked as such */
static void secrets_are_write_only(void **state)
{
    (void)state;
    static const char *const names[] = {"Password",      "PACPassword", "PSK",
                                        "PSKPassPhrase", "PSKValue",    "ProtectedAccessCredential",
                                        "RFBPassword",   "RSEPassword", "Secret"};
    size_t count = 0, marked = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            const struct wsman_property *p =
                wsman_property_find(classes[i], slice_of_string(names[k]));
            if (p == NULL)
                continue;
            if ((p->flags & WSMAN_WRITE_ONLY) == 0)
                fail_msg("%s.%s can be read", classes[i]->name, names[k]);
            marked++;
        }
    }
    assert_true(marked > 10);
}

/* spec device-classes 5: an association is known by what it ties together */
static void the_keys_of_an_association_are_its_references(void **state)
{
    (void)state;
    size_t count = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        for (const struct wsman_property *p = classes[i]->properties; p->name != NULL; p++) {
            if (p->type != WSMAN_REFERENCE || (p->flags & WSMAN_KEY) == 0)
                continue;
            for (const struct wsman_property *q = classes[i]->properties; q->name != NULL; q++) {
                if ((q->flags & WSMAN_KEY) != 0 && q->type != WSMAN_REFERENCE)
                    fail_msg("%s: %s beside %s", classes[i]->name, q->name, p->name);
            }
        }
    }
    assert_int_equal(wsman_AMT_TLSCredentialContext.properties[0].flags, WSMAN_KEY);
}

/* spec device-classes 3, AMT_RemoteAccessService */
static void inputs_come_before_outputs(void **state)
{
    (void)state;
    size_t count = 0, methods = 0;
    const struct wsman_class *const *classes = wsman_classes(&count);
    for (size_t i = 0; i < count; i++) {
        for (const struct wsman_method *m = classes[i]->methods; m != NULL && m->name != NULL;
             m++, methods++) {
            bool out = false;
            for (const struct wsman_property *p = m->parameters; p->name != NULL; p++) {
                if (out && (p->flags & WSMAN_OUT) == 0)
                    fail_msg("%s.%s: %s comes after an output", classes[i]->name, m->name, p->name);
                out = (p->flags & WSMAN_OUT) != 0;
            }
        }
    }
    assert_true(methods > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_sorted_and_found_by_name),
        cmocka_unit_test(properties_are_in_ascii_order_with_a_key),
        cmocka_unit_test(a_superclass_is_in_the_catalogue),
        cmocka_unit_test(the_prefix_decides_the_namespace),
        cmocka_unit_test(boot_settings_know_what_only_the_firmware_writes),
        cmocka_unit_test(a_method_has_its_parameters_in_mof_order),
        cmocka_unit_test(secrets_are_write_only),
        cmocka_unit_test(the_keys_of_an_association_are_its_references),
        cmocka_unit_test(inputs_come_before_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
