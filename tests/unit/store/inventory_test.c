/* What was learned about devices: merged, kept with the device, shown in lists and filtered by. */
#include "scratch.h"

#include "core/json_reader.h"
#include "store/inventory.h"

#include <stdio.h>

#define ONE   "10000000-0000-0000-0000-000000000000"
#define TWO   "20000000-0000-0000-0000-000000000000"
#define THREE "30000000-0000-0000-0000-000000000000"
#define OTHER "50000000-0000-0000-0000-000000000000"

#define MINUTE 60000

static json_t *parse(const char *text)
{
    struct error err;
    json_t *value = json_reader_parse(slice_of_string(text), JSON_READER_DEPTH, &err);
    if (value == NULL)
        fail_msg("%s: %s", text, err.text);
    return value;
}

static void note(struct store *store, const char *guid, const char *tenant, const char *sections,
                 int64_t when_ms)
{
    struct guid key = guid_of(guid);
    store_inventory_note(store, &key, tenant, parse(sections), when_ms);
}

/* The document of a device of tenant ""; NULL when nothing is known. */
static const char *known(struct store *store, struct arena *arena, const char *guid)
{
    struct guid key = guid_of(guid);
    const char *document;
    struct error err;
    store_inventory_flush(store);
    if (store_inventory_get(store, arena, &key, "", &document, &err))
        return document;
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    return NULL;
}

STORE_TEST(facts_are_kept_with_the_time_of_each_kind)
{
    add_device(store, ONE, "", "one", NULL, 0);
    assert_null(known(store, arena, ONE));
    note(store, ONE, "", "{\"power\":{\"state\":2}}", 0);
    assert_string_equal(known(store, arena, ONE),
                        "{\"power\":{\"state\":2,\"learnedAt\":\"1970-01-01T00:00:00.000Z\"}}");
    note(store, ONE, "", "{\"setup\":{\"controlMode\":\"acm\"}}", MINUTE);
    assert_string_equal(known(store, arena, ONE),
                        "{\"power\":{\"state\":2,\"learnedAt\":\"1970-01-01T00:00:00.000Z\"},"
                        "\"setup\":{\"controlMode\":\"acm\","
                        "\"learnedAt\":\"1970-01-01T00:01:00.000Z\"}}");
}

STORE_TEST(a_fact_that_is_not_given_stays)
{
    add_device(store, ONE, "", "one", NULL, 0);
    note(store, ONE, "", "{\"features\":{\"kvm\":true,\"sol\":true}}", 0);
    (void)known(store, arena, ONE);
    note(store, ONE, "", "{\"features\":{\"sol\":false}}", 1);
    assert_string_equal(known(store, arena, ONE), "{\"features\":{\"kvm\":true,\"sol\":false,"
                                                  "\"learnedAt\":\"1970-01-01T00:00:00.001Z\"}}");
}

STORE_TEST(facts_learned_together_are_one_write)
{
    add_device(store, ONE, "", "one", NULL, 0);
    note(store, ONE, "", "{\"features\":{\"kvm\":true}}", 0);
    note(store, ONE, "", "{\"features\":{\"kvm\":false},\"power\":{\"state\":8}}", 1);
    assert_string_equal(known(store, arena, ONE),
                        "{\"features\":{\"kvm\":false,\"learnedAt\":\"1970-01-01T00:00:00.001Z\"},"
                        "\"power\":{\"state\":8,\"learnedAt\":\"1970-01-01T00:00:00.001Z\"}}");
}

static void what_is_known_already_is_written_once_a_minute(void **state)
{
    (void)state;
    json_t *document =
        parse("{\"power\":{\"state\":2,\"learnedAt\":\"2024-01-03T00:44:35.000Z\"}}");
    json_t *same = parse("{\"power\":{\"state\":2,\"learnedAt\":\"2024-01-03T00:44:59.000Z\"}}");
    json_t *later = parse("{\"power\":{\"state\":2,\"learnedAt\":\"2024-01-03T00:45:00.000Z\"}}");
    json_t *new = parse("{\"power\":{\"state\":8,\"learnedAt\":\"2024-01-03T00:45:01.000Z\"}}");
    assert_false(inventory_merge(document, same));
    assert_true(inventory_merge(document, later));
    assert_false(inventory_merge(document, later));
    assert_true(inventory_merge(document, new));
    assert_true(json_equal(document, new));
    json_decref(document);
    json_decref(same);
    json_decref(later);
    json_decref(new);
}

STORE_TEST(another_tenant_sees_and_writes_nothing)
{
    struct guid one = guid_of(ONE);
    const char *document;
    struct error err;
    add_device(store, ONE, "", "one", NULL, 0);
    note(store, ONE, "other", "{\"power\":{\"state\":2}}", 0);
    assert_null(known(store, arena, ONE));
    note(store, ONE, "", "{\"power\":{\"state\":2}}", 0);
    assert_non_null(known(store, arena, ONE));
    assert_false(store_inventory_get(store, arena, &one, "other", &document, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

STORE_TEST(it_goes_with_its_device)
{
    struct guid one = guid_of(ONE);
    struct error err;
    add_device(store, ONE, "", "one", NULL, 0);
    note(store, ONE, "", "{\"power\":{\"state\":2}}", 0);
    assert_non_null(known(store, arena, ONE));
    assert_true(store_device_delete(store, &one, "", true, &err));
    assert_null(known(store, arena, ONE));
    note(store, ONE, "", "{\"power\":{\"state\":2}}", 0);
    assert_null(known(store, arena, ONE));
    add_device(store, ONE, "", "one", NULL, 0);
    assert_null(known(store, arena, ONE));
}

static void it_outlives_a_restart(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch, "outband.db",
                "INSERT INTO devices (guid, tenantid) VALUES ('" ONE "', '')");
    note(scratch->store, ONE, "", "{\"power\":{\"state\":2}}", 0);
    scratch_close(scratch);
    scratch_open(scratch);
    assert_int_equal(scratch_sql(scratch, "outband.db", "SELECT powerstate FROM inventory"), 2);
}

/* The first digits of the GUIDs found, then "/" and the total. */
static const char *found(struct store *store, const struct store_filter *what)
{
    static char text[32];
    struct store_filter filter = *what;
    filter.tenant = "";
    filter.connected = -1;
    filter.top = 2;
    struct arena arena;
    arena_init(&arena);
    struct store_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    if (!store_device_list(store, &arena, &filter, &devices, &count, &total, &err))
        fail_msg("%s", err.text);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        char guid[GUID_TEXT_SIZE];
        text[at++] = guid_format(&devices[i].guid, guid)[0];
    }
    (void)snprintf(text + at, sizeof text - at, "/%llu", (unsigned long long)total);
    arena_fini(&arena);
    return text;
}

#define FOUND(...) found(store, &(struct store_filter){__VA_ARGS__})

static void add_some(struct store *store)
{
    static const char *const guids[] = {ONE, TWO, THREE};
    static const char *const facts[] = {
        "{\"firmware\":{\"version\":\"16.1.25\"},\"setup\":{\"controlMode\":\"acm\"},"
        "\"power\":{\"state\":2},\"system\":{\"manufacturer\":\"Acme\",\"model\":\"A\"}}",
        "{\"firmware\":{\"version\":\"16.0.15\"},\"setup\":{\"controlMode\":\"ccm\"},"
        "\"power\":{\"state\":8},\"system\":{\"manufacturer\":\"Acme\",\"model\":\"B\"}}",
        "{\"firmware\":{\"version\":\"12.0.67\"},\"setup\":{\"controlMode\":\"none\"},"
        "\"power\":{\"state\":2},\"system\":{\"manufacturer\":\"Other\",\"model\":\"A\"}}",
    };
    for (unsigned i = 0; i < 3; i++) {
        add_device(store, guids[i], "", "h", NULL, 0);
        note(store, guids[i], "", facts[i], 0);
    }
    add_device(store, "40000000-0000-0000-0000-000000000000", "", "h", NULL, 0);
    add_device(store, OTHER, "other", "h", NULL, 0);
    note(store, OTHER, "other", facts[0], 0);
    store_inventory_flush(store);
}

STORE_TEST(lists_are_filtered_by_what_is_known)
{
    (void)arena;
    add_some(store);
    assert_string_equal(FOUND(.hostname = "h"), "12/4");
    assert_string_equal(FOUND(.fw_version = "16."), "12/2");
    assert_string_equal(FOUND(.fw_version = "16.1"), "1/1");
    assert_string_equal(FOUND(.fw_version = "16"), "12/2");
    assert_string_equal(FOUND(.fw_version = "16.1.25"), "1/1");
    assert_string_equal(FOUND(.fw_version = "16.1.2"), "/0");
    assert_string_equal(FOUND(.fw_version = "1"), "/0");
    assert_string_equal(FOUND(.fw_version = "."), "/0");
    assert_string_equal(FOUND(.fw_version = "16.1.25.1"), "/0");
    assert_string_equal(FOUND(.fw_version = "%"), "/0");
    assert_string_equal(FOUND(.control_mode = "acm"), "1/1");
    assert_string_equal(FOUND(.control_mode = "none"), "3/1");
    assert_string_equal(FOUND(.power_state = 2), "13/2");
    assert_string_equal(FOUND(.power_state = 2, .skip = 1), "3/2");
    assert_string_equal(FOUND(.power_state = 4), "/0");
    assert_string_equal(FOUND(.manufacturer = "Acme"), "12/2");
    assert_string_equal(FOUND(.manufacturer = "acme"), "/0");
    assert_string_equal(FOUND(.model = "A", .manufacturer = "Acme"), "1/1");
    assert_string_equal(FOUND(.model = "A", .power_state = 2, .fw_version = "12",
                              .control_mode = "none", .manufacturer = "Other", .hostname = "h"),
                        "3/1");
    assert_string_equal(FOUND(.model = "A", .hostname = "g"), "/0");
}

STORE_TEST(a_row_shows_what_is_known_when_it_is_asked_for)
{
    struct store_filter filter = {.tenant = "", .connected = -1, .top = 5};
    struct store_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    add_device(store, ONE, "", "one", NULL, 0);
    add_device(store, TWO, "", "two", NULL, 0);
    note(store, ONE, "", "{\"deviceInfo\":{\"fwVersion\":\"16.1.25\"}}", 0);
    store_inventory_flush(store);
    assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
    assert_string_equal(devices[0].learned_info,
                        "{\"fwVersion\":\"16.1.25\",\"lastUpdated\":\"1970-01-01T00:00:00.000Z\"}");
    assert_null(devices[0].inventory);
    assert_null(devices[1].learned_info);
    filter.with_inventory = true;
    assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
    assert_non_null(strstr(devices[0].inventory, "{\"deviceInfo\":{\"fwVersion\""));
    assert_null(devices[1].inventory);
    struct store_device device;
    struct guid one = guid_of(ONE);
    assert_true(store_device_get(store, arena, &one, "", &device, &err));
    assert_non_null(device.learned_info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(facts_are_kept_with_the_time_of_each_kind),
        STORE_TEST_CASE(a_fact_that_is_not_given_stays),
        STORE_TEST_CASE(facts_learned_together_are_one_write),
        cmocka_unit_test(what_is_known_already_is_written_once_a_minute),
        STORE_TEST_CASE(another_tenant_sees_and_writes_nothing),
        STORE_TEST_CASE(it_goes_with_its_device),
        STORE_TEST_CASE(it_outlives_a_restart),
        STORE_TEST_CASE(lists_are_filtered_by_what_is_known),
        STORE_TEST_CASE(a_row_shows_what_is_known_when_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
