/* Finding, paging and counting devices. */
#include "scratch.h"

#include <stdio.h>

/* Five devices of tenant "" and one of "other", added in an order that is not that of GUIDs. */
static void add_some(struct store *store)
{
    const char *xy[] = {"x", "y"};
    const char *yz[] = {"y", "z"};
    const char *comma[] = {"x,y"};
    add_device(store, "40000000-0000-0000-0000-000000000000", "", "four", yz, 2);
    add_device(store, "10000000-0000-0000-0000-000000000000", "", "one", xy, 2);
    add_device(store, "f0000000-0000-0000-0000-000000000000", "", "same", NULL, 0);
    add_device(store, "20000000-0000-0000-0000-000000000000", "", "same", xy, 1);
    add_device(store, "30000000-0000-0000-0000-000000000000", "", "three", comma, 1);
    add_device(store, "50000000-0000-0000-0000-000000000000", "other", "same", xy, 2);
}

/* A filter in which zero means what most tests want. */
struct query {
    const char *tenant; /* NULL: "" */
    bool any_tenant;
    const char *hostname;
    const char *friendly_name;
    const char *const *tags;
    size_t tag_count;
    bool match_no_tag;
    bool all_tags;
    enum { ANY_STATUS, CONNECTED, NOT_CONNECTED } status;
    uint32_t top; /* 0: 25 */
    bool top_is_zero;
    uint32_t skip;
};

/* The first digits of the GUIDs that the filter gives, then "/" and the total. */
static const char *found(struct store *store, struct query query)
{
    static char text[64];
    struct store_filter filter = {.tenant = query.tenant == NULL ? "" : query.tenant,
                                  .hostname = query.hostname,
                                  .friendly_name = query.friendly_name,
                                  .tags = query.tags,
                                  .tag_count = query.tag_count,
                                  .match_no_tag = query.match_no_tag,
                                  .all_tags = query.all_tags,
                                  .connected =
                                      query.status == ANY_STATUS ? -1 : query.status == CONNECTED,
                                  .top = query.top == 0 ? 25 : query.top,
                                  .skip = query.skip};
    if (query.any_tenant)
        filter.tenant = NULL;
    if (query.top_is_zero)
        filter.top = 0;
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

#define LIST(...) found(store, (struct query){__VA_ARGS__})
#define TAGS(...)                          \
    .tags = (const char *[]){__VA_ARGS__}, \
    .tag_count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)

STORE_TEST(devices_come_in_the_order_of_their_guids)
{
    (void)arena;
    assert_string_equal(LIST(.skip = 0), "/0");
    add_some(store);
    assert_string_equal(LIST(.skip = 0), "1234f/5");
    assert_string_equal(LIST(.tenant = "other"), "5/1");
    assert_string_equal(LIST(.tenant = "none"), "/0");
    assert_string_equal(LIST(.any_tenant = true), "12345f/6");
}

STORE_TEST(a_page_is_a_part_and_the_total_is_not)
{
    (void)arena;
    add_some(store);
    assert_string_equal(LIST(.top = 2), "12/5");
    assert_string_equal(LIST(.top = 2, .skip = 2), "34/5");
    assert_string_equal(LIST(.top = 2, .skip = 4), "f/5");
    assert_string_equal(LIST(.top = 2, .skip = 5), "/5");
    assert_string_equal(LIST(.top = 2, .skip = UINT32_MAX), "/5");
    assert_string_equal(LIST(.top = UINT32_MAX, .skip = 1), "234f/5");
    assert_string_equal(LIST(.top_is_zero = true), "/5");
}

STORE_TEST(names_match_exactly)
{
    (void)arena;
    add_some(store);
    assert_string_equal(LIST(.hostname = "same"), "2f/2");
    assert_string_equal(LIST(.hostname = "same", .top = 1), "2/2");
    assert_string_equal(LIST(.hostname = "Same"), "/0");
    assert_string_equal(LIST(.hostname = "sam"), "/0");
    assert_string_equal(LIST(.hostname = ""), "/0");
    assert_string_equal(LIST(.hostname = "%"), "/0");
    struct store_device device = {.guid = guid_of("30000000-0000-0000-0000-000000000000"),
                                  .tenant_id = "",
                                  .friendly_name = "Reception"};
    struct error err;
    struct arena own;
    arena_init(&own);
    assert_true(
        store_device_put(store, &own, &device, STORE_FRIENDLY_NAME, NULL, true, NULL, &err));
    arena_fini(&own);
    assert_string_equal(LIST(.friendly_name = "Reception"), "3/1");
    assert_string_equal(LIST(.friendly_name = "Reception", .hostname = "three"), "3/1");
    assert_string_equal(LIST(.friendly_name = "Reception", .hostname = "one"), "/0");
}

STORE_TEST(tags_match_any_or_all_of_those_given)
{
    (void)arena;
    add_some(store);
    assert_string_equal(LIST(TAGS("x")), "12/2");
    assert_string_equal(LIST(TAGS("y")), "14/2");
    assert_string_equal(LIST(TAGS("x", "z")), "124/3");
    assert_string_equal(LIST(TAGS("x", "y")), "124/3");
    assert_string_equal(LIST(TAGS("x", "y"), .all_tags = true), "1/1");
    assert_string_equal(LIST(TAGS("x", "x"), .all_tags = true), "12/2");
    assert_string_equal(LIST(TAGS("x", "z"), .all_tags = true), "/0");
    assert_string_equal(LIST(TAGS("y", "z"), .all_tags = true, .top = 1), "4/1");
    assert_string_equal(LIST(TAGS("x,y")), "3/1");
    assert_string_equal(LIST(TAGS("X")), "/0");
    assert_string_equal(LIST(TAGS("none")), "/0");
    assert_string_equal(LIST(TAGS("x"), .hostname = "same"), "2/1");
}

STORE_TEST(an_empty_list_of_tags_matches_nothing)
{
    (void)arena;
    add_some(store);
    assert_string_equal(LIST(.match_no_tag = true), "/0");
}

STORE_TEST(the_status_is_part_of_the_filter_and_of_the_total)
{
    (void)arena;
    add_some(store);
    struct guid two = guid_of("20000000-0000-0000-0000-000000000000");
    struct guid four = guid_of("40000000-0000-0000-0000-000000000000");
    store_presence(store, &two, STORE_CONNECTED, 1, 1000);
    store_presence(store, &four, STORE_CONNECTED, 2, 1000);
    store_presence_flush(store);
    assert_string_equal(LIST(.status = CONNECTED), "24/2");
    assert_string_equal(LIST(.status = CONNECTED, .top = 1, .skip = 1), "4/2");
    assert_string_equal(LIST(.status = NOT_CONNECTED), "13f/3");
    assert_string_equal(LIST(.status = CONNECTED, .hostname = "same"), "2/1");
    assert_string_equal(LIST(.status = NOT_CONNECTED, .hostname = "same"), "f/1");
    assert_string_equal(LIST(.status = CONNECTED, TAGS("x", "y")), "24/2");
    assert_string_equal(LIST(.status = CONNECTED, TAGS("x", "y"), .all_tags = true), "/0");
}

/* Every combination of the filters has a statement of its own; each must agree with counting by
 * hand. */
STORE_TEST(every_combination_of_filters_agrees_with_looking_at_each_device)
{
    struct error err;
    for (unsigned i = 0; i < 64; i++) {
        char guid[GUID_TEXT_SIZE];
        (void)snprintf(guid, sizeof guid, "%02x000000-0000-0000-0000-000000000000", i);
        const char *tags[] = {"p", "q"};
        struct store_device device = {.guid = guid_of(guid),
                                      .tenant_id = i & 1 ? "t" : "",
                                      .hostname = i & 2 ? "h" : "g",
                                      .friendly_name = i & 4 ? "f" : NULL,
                                      .tags = i & 16 ? tags : tags + 1,
                                      .tag_count = (i & 8 ? 1 : 0) + (i & 16 ? 1 : 0)};
        struct guid key = device.guid;
        assert_true(store_device_put(store, arena, &device,
                                     STORE_HOSTNAME | STORE_FRIENDLY_NAME | STORE_TAGS, NULL, false,
                                     NULL, &err));
        if (i & 32)
            store_presence(store, &key, STORE_CONNECTED, 1, 1);
    }
    store_presence_flush(store);
    const char *both[] = {"p", "q"};
    for (unsigned set = 0; set < 96; set++) {
        unsigned tags = set / 32; /* none, any, all */
        struct store_filter filter = {.tenant = set & 1 ? "t" : NULL,
                                      .hostname = set & 2 ? "h" : NULL,
                                      .friendly_name = set & 4 ? "f" : NULL,
                                      .connected = set & 8 ? (set & 16 ? 1 : 0) : -1,
                                      .tags = both,
                                      .tag_count = tags == 0 ? 0 : 2,
                                      .all_tags = tags == 2,
                                      .top = 100};
        unsigned expected = 0;
        for (unsigned i = 0; i < 64; i++) {
            bool p = (i & 16) != 0;
            bool q = (i & 8) != 0;
            expected += (!(set & 1) || i & 1) && (!(set & 2) || i & 2) && (!(set & 4) || i & 4) &&
                        (!(set & 8) || !(i & 32) == !(set & 16)) &&
                        (tags == 0 || (tags == 1 ? p || q : p && q));
        }
        struct store_device *devices;
        size_t count;
        uint64_t total;
        assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
        assert_int_equal(total, expected);
        assert_int_equal(count, expected);
    }
}

STORE_TEST(a_row_of_a_list_is_whole)
{
    add_some(store);
    struct store_filter filter = {.tenant = "", .hostname = "four", .connected = -1, .top = 1};
    struct store_device *devices;
    size_t count;
    uint64_t total;
    struct error err;
    assert_true(store_device_list(store, arena, &filter, &devices, &count, &total, &err));
    assert_int_equal(count, 1);
    assert_string_equal(devices[0].hostname, "four");
    assert_string_equal(devices[0].mps_username, "admin");
    assert_string_equal(devices[0].tenant_id, "");
    assert_int_equal(devices[0].tag_count, 2);
    assert_string_equal(devices[0].tags[0], "y");
    assert_string_equal(devices[0].tags[1], "z");
    assert_null(devices[0].device_info);
}

STORE_TEST(stats_count_the_tenants_devices)
{
    (void)arena;
    add_some(store);
    struct guid two = guid_of("20000000-0000-0000-0000-000000000000");
    struct guid five = guid_of("50000000-0000-0000-0000-000000000000");
    store_presence(store, &two, STORE_CONNECTED, 1, 1000);
    store_presence(store, &five, STORE_CONNECTED, 2, 1000);
    store_presence_flush(store);
    uint64_t total;
    uint64_t connected;
    struct error err;
    assert_true(store_device_stats(store, "", &total, &connected, &err));
    assert_int_equal(total, 5);
    assert_int_equal(connected, 1);
    assert_true(store_device_stats(store, NULL, &total, &connected, &err));
    assert_int_equal(total, 6);
    assert_int_equal(connected, 2);
    assert_true(store_device_stats(store, "none", &total, &connected, &err));
    assert_int_equal(total, 0);
    assert_int_equal(connected, 0);
}

STORE_TEST(tags_of_the_tenant_are_distinct_and_sorted)
{
    add_some(store);
    const char **tags;
    size_t count;
    struct error err;
    assert_true(store_device_tags(store, arena, "", &tags, &count, &err));
    assert_int_equal(count, 4);
    assert_string_equal(tags[0], "x");
    assert_string_equal(tags[1], "x,y");
    assert_string_equal(tags[2], "y");
    assert_string_equal(tags[3], "z");
    assert_true(store_device_tags(store, arena, "other", &tags, &count, &err));
    assert_int_equal(count, 2);
    assert_true(store_device_tags(store, arena, "none", &tags, &count, &err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST_CASE(devices_come_in_the_order_of_their_guids),
        STORE_TEST_CASE(a_page_is_a_part_and_the_total_is_not),
        STORE_TEST_CASE(names_match_exactly),
        STORE_TEST_CASE(tags_match_any_or_all_of_those_given),
        STORE_TEST_CASE(an_empty_list_of_tags_matches_nothing),
        STORE_TEST_CASE(the_status_is_part_of_the_filter_and_of_the_total),
        STORE_TEST_CASE(every_combination_of_filters_agrees_with_looking_at_each_device),
        STORE_TEST_CASE(a_row_of_a_list_is_whole),
        STORE_TEST_CASE(stats_count_the_tenants_devices),
        STORE_TEST_CASE(tags_of_the_tenant_are_distinct_and_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
