/* The personalities' tables: every value is one that the catalogue knows. */
#include "sim/instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
        for_each_of(personality->instances, check_one);
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
    static const uint16_t wanted[] = {16993, 16992, 664, 623, 16995, 16994, 5900, 0};
    for (size_t i = 0; i < sim_personality_count(); i++)
        assert_memory_equal(sim_personality_at(i)->ports, wanted, sizeof(wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_are_in_ascii_order),
        cmocka_unit_test(values_have_the_catalogues_types),
        cmocka_unit_test(every_instance_has_its_keys),
        cmocka_unit_test(personalities_are_found_by_name),
        cmocka_unit_test(the_last_port_is_5900),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
