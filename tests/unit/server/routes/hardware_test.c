/* hardwareInfo and diskInfo: the shapes that clients of both generations index (spec mps 1.9,
 * webui 1.9). */
#include "rig.h"

#include "amt/hardware.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

#define HARDWARE "/api/v1/amt/hardwareInfo/" RIG_GUID
#define DISKS    "/api/v1/amt/diskInfo/" RIG_GUID
#define CIM      "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"

/* What the device has: an element per instance, up to NULL. */
static const char *parts[AMT_HARDWARE_PARTS][4];

static void fill_single(struct arena *arena, struct amt_reading *reading, const char *text)
{
    reading->ok = text != NULL;
    if (text == NULL)
        return;
    struct error err;
    const char *envelope = arena_printf(
        arena,
        "<a:Envelope xmlns:a='http://www.w3.org/2003/05/soap-envelope'><a:Header><To>t</To>"
        "</a:Header><a:Body>%s</a:Body></a:Envelope>",
        text);
    assert_true(wsman_reply_parse(arena, slice_of_string(envelope), &reading->reply, &err));
}

static void fill_list(struct arena *arena, struct amt_reading *reading, const char *const *texts)
{
    struct error err;
    reading->ok = texts[0] != NULL;
    reading->items.items = arena_array(arena, 4, sizeof *reading->items.items);
    for (size_t i = 0; texts[i] != NULL; i++)
        reading->items.items[reading->items.count++] =
            wsman_xml_parse(arena, slice_of_string(texts[i]), &err);
}

static struct amt_hardware *have(struct arena *arena)
{
    static const struct wsman_class *const singles[AMT_HARDWARE_PARTS] = {
        [AMT_HARDWARE_SYSTEM_PACKAGE] = &wsman_CIM_ComputerSystemPackage,
        [AMT_HARDWARE_CHASSIS] = &wsman_CIM_Chassis,
        [AMT_HARDWARE_CARD] = &wsman_CIM_Card,
        [AMT_HARDWARE_BIOS] = &wsman_CIM_BIOSElement,
    };
    static const struct wsman_class *const lists[AMT_HARDWARE_PARTS] = {
        [AMT_HARDWARE_SYSTEM_PACKAGING] = &wsman_CIM_SystemPackaging,
        [AMT_HARDWARE_CHIP] = &wsman_CIM_Chip,
        [AMT_HARDWARE_PROCESSOR] = &wsman_CIM_Processor,
        [AMT_HARDWARE_MEMORY] = &wsman_CIM_PhysicalMemory,
        [AMT_HARDWARE_MEDIA] = &wsman_CIM_MediaAccessDevice,
        [AMT_HARDWARE_PACKAGE] = &wsman_CIM_PhysicalPackage,
    };
    struct amt_hardware *hardware = arena_alloc(arena, sizeof *hardware);
    for (size_t i = 0; i < AMT_HARDWARE_PARTS; i++) {
        struct amt_reading *reading = &hardware->parts[i];
        reading->target.class = singles[i] != NULL ? singles[i] : lists[i];
        if (singles[i] != NULL)
            fill_single(arena, reading, parts[i][0]);
        else
            fill_list(arena, reading, parts[i]);
    }
    return hardware;
}

struct amt_hardware *amt_hardware_read(struct amt *amt, struct arena *arena, struct error *err)
{
    (void)amt;
    if (fake.inside != ERROR_NONE)
        (void)error_set(err, fake.inside, "the cause");
    return fake.inside == ERROR_NONE ? have(arena) : NULL;
}

struct amt_hardware *amt_hardware_read_disks(struct amt *amt, struct arena *arena,
                                             struct error *err)
{
    return amt_hardware_read(amt, arena, err);
}

static int begin(void **state)
{
    memset(parts, 0, sizeof parts);
    return rig_begin(state);
}

/* The answer to HARDWARE from the key `block` on starts with `text`. */
static void assert_block(const char *block, const char *text)
{
    assert_int_equal(rig_send("GET", HARDWARE, NULL), 200);
    char key[64];
    (void)snprintf(key, sizeof key, "\"%s\":", block);
    const char *found = strstr(rig_body(), key);
    assert_non_null(found);
    assert_memory_equal(found + strlen(key), text, strlen(text));
}

static void what_is_missing_is_null_with_400(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", HARDWARE, NULL), 200);
    assert_string_equal(
        rig_body(),
        "{\"CIM_ComputerSystemPackage\":{\"response\":null,\"responses\":[null],\"status\":400},"
        "\"CIM_SystemPackaging\":{\"responses\":[null],\"status\":400},"
        "\"CIM_Chassis\":{\"response\":null,\"responses\":[null],\"status\":400},"
        "\"CIM_Chip\":{\"responses\":[null],\"status\":400},"
        "\"CIM_Card\":{\"response\":null,\"responses\":[null],\"status\":400},"
        "\"CIM_BIOSElement\":{\"response\":null,\"responses\":[null],\"status\":400},"
        "\"CIM_Processor\":{\"responses\":[null],\"status\":400},"
        "\"CIM_PhysicalMemory\":{\"responses\":[null],\"status\":400},"
        "\"CIM_MediaAccessDevice\":{\"responses\":[null],\"status\":400},"
        "\"CIM_PhysicalPackage\":{\"responses\":[null],\"status\":400}}");
    assert_string_equal(rig_events(), "request AMT_HardwareInfo: Hardware Information requested g; "
                                      "success AMT_HardwareInfo: Hardware Information received g");
}

static void a_single_instance_has_its_envelope_beside_it(void **state)
{
    (void)state;
    parts[AMT_HARDWARE_CHASSIS][0] =
        "<CIM_Chassis xmlns='" CIM "CIM_Chassis'><Model>m</Model></CIM_Chassis>";
    assert_block("CIM_Chassis", "{\"response\":{\"Model\":\"m\"},\"responses\":[{\"Header\":{"
                                "\"To\":\"t\"},\"Body\":{\"CIM_Chassis\":{\"Model\":\"m\"}}}],"
                                "\"status\":200}");
}

static void the_date_of_the_bios_is_spelt_both_ways(void **state)
{
    (void)state;
    parts[AMT_HARDWARE_BIOS][0] =
        "<CIM_BIOSElement xmlns='" CIM "CIM_BIOSElement'><Name>n</Name><ReleaseDate><Datetime>"
        "2020-08-10T00:00:00Z</Datetime></ReleaseDate><Version>v</Version></CIM_BIOSElement>";
    assert_block("CIM_BIOSElement",
                 "{\"response\":{\"Name\":\"n\",\"ReleaseDate\":{\"Datetime\":"
                 "\"2020-08-10T00:00:00Z\",\"DateTime\":\"2020-08-10T00:00:00Z\"},"
                 "\"Version\":\"v\"},\"responses\":[{\"Header\":{\"To\":\"t\"},\"Body\":{"
                 "\"CIM_BIOSElement\":{\"Name\":\"n\",\"ReleaseDate\":{\"Datetime\":"
                 "\"2020-08-10T00:00:00Z\"},\"Version\":\"v\"}}}],\"status\":200}");
}

static void lists_are_flat_where_clients_read_them_so(void **state)
{
    (void)state;
    static const enum amt_hardware_part flat[] = {AMT_HARDWARE_CHIP, AMT_HARDWARE_PROCESSOR,
                                                  AMT_HARDWARE_MEMORY, AMT_HARDWARE_MEDIA};
    static const char *const names[] = {"CIM_Chip", "CIM_Processor", "CIM_PhysicalMemory",
                                        "CIM_MediaAccessDevice"};
    for (size_t i = 0; i < sizeof flat / sizeof flat[0]; i++) {
        parts[flat[i]][0] = "<X><Tag>a</Tag></X>";
        assert_block(names[i], "{\"responses\":[{\"Tag\":\"a\"}],\"status\":200}");
        parts[flat[i]][1] = "<X><Tag>b</Tag></X>";
        assert_block(names[i], "{\"responses\":[{\"Tag\":\"a\"},{\"Tag\":\"b\"}],\"status\":200}");
    }
}

static void several_packages_are_an_array_in_the_array(void **state)
{
    (void)state;
    parts[AMT_HARDWARE_PACKAGE][0] = "<CIM_Card><Tag>a</Tag></CIM_Card>";
    assert_block("CIM_PhysicalPackage", "{\"responses\":[{\"Tag\":\"a\"}],\"status\":200}");
    parts[AMT_HARDWARE_PACKAGE][1] = "<CIM_Chassis><Tag>c</Tag></CIM_Chassis>";
    assert_block("CIM_PhysicalPackage", "{\"responses\":[{\"Tag\":\"a\"}],\"status\":200}");
    parts[AMT_HARDWARE_PACKAGE][2] = "<CIM_Card><Tag>b</Tag></CIM_Card>";
    assert_block("CIM_PhysicalPackage",
                 "{\"responses\":[[{\"Tag\":\"a\"},{\"Tag\":\"b\"}]],\"status\":200}");
}

static void disks_are_always_two_levels_deep(void **state)
{
    (void)state;
    assert_int_equal(rig_send("GET", DISKS, NULL), 200);
    assert_string_equal(rig_body(),
                        "{\"CIM_MediaAccessDevice\":{\"responses\":[[]],\"status\":400},"
                        "\"CIM_PhysicalPackage\":{\"responses\":[[]],\"status\":400}}");
    parts[AMT_HARDWARE_MEDIA][0] = "<X><MaxMediaSize>500107862</MaxMediaSize></X>";
    parts[AMT_HARDWARE_PACKAGE][0] = "<CIM_Card><Tag>a</Tag></CIM_Card>";
    parts[AMT_HARDWARE_PACKAGE][1] = "<CIM_PhysicalPackage><Tag>b</Tag></CIM_PhysicalPackage>";
    assert_int_equal(rig_send("GET", DISKS, NULL), 200);
    assert_string_equal(
        rig_body(), "{\"CIM_MediaAccessDevice\":{\"responses\":[[{\"MaxMediaSize\":500107862}]],"
                    "\"status\":200},\"CIM_PhysicalPackage\":{\"responses\":[[{\"Tag\":\"a\"},"
                    "{\"Tag\":\"b\"}]],\"status\":200}}");
}

static void a_device_that_refuses_everything_is_400(void **state)
{
    (void)state;
    fake.inside = ERROR_DEVICE;
    assert_int_equal(rig_send("GET", HARDWARE, NULL), 400);
    assert_string_equal(rig_body(),
                        "{\"error\":\"Incorrect URI or Bad Request\","
                        "\"errorDescription\":\"AMT Hardware Information request failed "
                        "for guid : " RIG_GUID ".: the cause\"}");
    fake.inside = ERROR_TIMEOUT;
    assert_int_equal(rig_send("GET", DISKS, NULL), 504);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_missing_is_null_with_400, begin, rig_end),
        cmocka_unit_test_setup_teardown(a_single_instance_has_its_envelope_beside_it, begin,
                                        rig_end),
        cmocka_unit_test_setup_teardown(the_date_of_the_bios_is_spelt_both_ways, begin, rig_end),
        cmocka_unit_test_setup_teardown(lists_are_flat_where_clients_read_them_so, begin, rig_end),
        cmocka_unit_test_setup_teardown(several_packages_are_an_array_in_the_array, begin, rig_end),
        cmocka_unit_test_setup_teardown(disks_are_always_two_levels_deep, begin, rig_end),
        cmocka_unit_test_setup_teardown(a_device_that_refuses_everything_is_400, begin, rig_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
