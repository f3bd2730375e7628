/* The personalities' tables: every value is one that the catalogue knows. */
#include "sim/instance.h"
#include "sim/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef void check(const struct sim_personality_instance *instance,
                   const struct wsman_class *class);

static void for_each_of(const struct sim_personality_instance *instance, check *check_one)
{
    for (; instance->class != NULL; instance++) {
        const struct wsman_class *class = wsman_class_find(slice_of_string(instance->class));
        if (class == NULL)
            fail_msg("%s is not in the catalogue", instance->class);
        else if (instance->values != NULL)
            check_one(instance, class);
    }
}

static void for_each_instance(check *check_one)
{
    for (size_t i = 0; i < sim_personality_count(); i++) {
        const struct sim_personality *personality = sim_personality_at(i);
        for (size_t k = 0; personality->tables[k] != NULL; k++)
            for_each_of(personality->tables[k], check_one);
    }
}

static void check_order(const struct sim_personality_instance *instance,
                        const struct wsman_class *class)
{
    (void)class;
    for (const struct sim_personality_value *value = instance->values; value[1].name != NULL;
         value++) {
        if (strcmp(value[0].name, value[1].name) > 0)
            fail_msg("%s: %s comes before %s", instance->class, value[0].name, value[1].name);
    }
}

static void properties_are_in_ascii_order(void **state)
{
    (void)state;
    for_each_instance(check_order);
}

static bool fits(const struct wsman_property *property, struct slice text)
{
    uint64_t number;
    switch (property->type) {
    case WSMAN_BOOLEAN:
        return slice_equal_string(text, "true") || slice_equal_string(text, "false");
    case WSMAN_UINT8:
        return slice_to_u64(text, UINT8_MAX, &number);
    case WSMAN_UINT16:
        return slice_to_u64(text, UINT16_MAX, &number);
    case WSMAN_UINT32:
        return slice_to_u64(text, UINT32_MAX, &number);
    case WSMAN_UINT64:
        return slice_to_u64(text, UINT64_MAX, &number);
    case WSMAN_REFERENCE:
        return wsman_class_find(slice_split(&text, '?')) != NULL && text.size > 0;
    default:
        return true;
    }
}

static void check_types(const struct sim_personality_instance *instance,
                        const struct wsman_class *class)
{
    const char *before = "";
    for (const struct sim_personality_value *value = instance->values; value->name != NULL;
         value++) {
        const struct wsman_property *property =
            wsman_property_find(class, slice_of_string(value->name));
        if (property == NULL)
            fail_msg("%s has no %s", class->name, value->name);
        else if (!fits(property, slice_of_string(value->text)))
            fail_msg("%s.%s: %s", class->name, value->name, value->text);
        else if (strcmp(before, value->name) == 0 && !(property->flags & WSMAN_ARRAY))
            fail_msg("%s.%s is no array", class->name, value->name);
        before = value->name;
    }
}

static void values_have_the_catalogues_types(void **state)
{
    (void)state;
    for_each_instance(check_types);
}

static void check_keys(const struct sim_personality_instance *instance,
                       const struct wsman_class *class)
{
    for (const struct wsman_property *property = class->properties; property->name != NULL;
         property++) {
        const struct sim_personality_value *value = instance->values;
        while (value->name != NULL && strcmp(value->name, property->name) != 0)
            value++;
        if ((property->flags & WSMAN_KEY) && value->name == NULL)
            fail_msg("%s lacks its key %s", class->name, property->name);
    }
}

static void every_instance_has_its_keys(void **state)
{
    (void)state;
    for_each_instance(check_keys);
}

static void personalities_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(sim_personality_find(SLICE_LITERAL("12.0.67")), &sim_personality_12);
    assert_ptr_equal(sim_personality_find(SLICE_LITERAL("16.1")), &sim_personality_16);
    assert_null(sim_personality_find(SLICE_LITERAL("16")));
}

static void the_last_port_is_5900(void **state)
{
    (void)state;
    static const uint16_t plain[] = {16993, 16992, 664, 623, 16995, 16994, 5900, 0};
    static const uint16_t encrypted[] = {16993, 664, 16995, 5900, 0};
    for (size_t i = 0; i < sim_personality_count(); i++) {
        const struct sim_personality *personality = sim_personality_at(i);
        if (sim_personality_has_port(personality, 16992))
            assert_memory_equal(personality->ports, plain, sizeof(plain));
        else
            assert_memory_equal(personality->ports, encrypted, sizeof(encrypted));
    }
}

static const struct sim_personality *find(const char *name)
{
    const struct sim_personality *found = sim_personality_find(slice_of_string(name));
    assert_non_null(found);
    return found;
}

static void plain_ports_are_gone_from_raptor_lake_on(void **state)
{
    (void)state;
    static const char *const plain[] = {"11.8", "12.0.67", "14", "15", "16.1"};
    static const char *const encrypted[] = {"16.1-tls", "19"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        assert_true(sim_personality_has_port(find(plain[i]), 16992));
    for (size_t i = 0; i < sizeof(encrypted) / sizeof(encrypted[0]); i++) {
        assert_false(sim_personality_has_port(find(encrypted[i]), 16992));
        assert_false(sim_personality_has_port(find(encrypted[i]), 16994));
        assert_true(sim_personality_has_port(find(encrypted[i]), 16995));
    }
}

static bool has_class(const char *personality, const struct wsman_class *class)
{
    struct sim_device device;
    struct guid guid = {0};
    sim_device_init(&device, find(personality), &guid, 0);
    bool has = sim_object_class_exists(&device, class);
    sim_device_fini(&device);
    return has;
}

static void proxies_came_after_amt_11(void **state)
{
    (void)state;
    assert_false(has_class("11.8", &wsman_IPS_HTTPProxyService));
    assert_true(has_class("12.0.67", &wsman_IPS_HTTPProxyService));
    assert_true(has_class("19", &wsman_IPS_HTTPProxyService));
}

static void one_click_recovery_came_with_amt_15(void **state)
{
    (void)state;
    assert_false(find("14")->ocr);
    assert_true(find("15")->ocr);
}

/* What the firmware says of its version, wherever it says it. */
static void versions_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sim_personality_count(); i++) {
        const struct sim_personality *personality = sim_personality_at(i);
        struct sim_device device;
        struct guid guid = {0};
        struct arena arena;
        arena_init(&arena);
        sim_device_init(&device, personality, &guid, 0);
        assert_non_null(strstr(personality->server, personality->version));
        assert_int_equal(strtoul(personality->version, NULL, 10), personality->major);
        for (size_t k = 0;; k++) {
            struct sim_instance software;
            if (!sim_instance_read(&device, &wsman_CIM_SoftwareIdentity, k, &arena, &software))
                break;
            struct slice name = sim_instance_get(&software, "InstanceID");
            struct slice version = sim_instance_get(&software, "VersionString");
            if (slice_equal_string(name, "AMT"))
                assert_true(slice_equal_string(version, personality->version));
            if (slice_equal_string(name, "Build Number"))
                assert_true(slice_equal_string(version, personality->build));
        }
        sim_device_fini(&device);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_are_in_ascii_order),
        cmocka_unit_test(values_have_the_catalogues_types),
        cmocka_unit_test(every_instance_has_its_keys),
        cmocka_unit_test(personalities_are_found_by_name),
        cmocka_unit_test(the_last_port_is_5900),
        cmocka_unit_test(plain_ports_are_gone_from_raptor_lake_on),
        cmocka_unit_test(proxies_came_after_amt_11),
        cmocka_unit_test(one_click_recovery_came_with_amt_15),
        cmocka_unit_test(versions_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
