/*
 * The simulator's answers against recordings of real devices, namespace by namespace and property
 * by property. Only recordings that are untouched firmware output are named here, each for the
 * personality whose machine (or kind of machine) it comes from. Skipped where they are absent.
 */
#include "core/memory.h"
#include "sim/wsman_server.h"
#include "wsman/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_LIMIT  (256 * 1024)
#define TRANSFER    "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"

struct recording {
    const char *file;
    const char *class; /* asked for */
    const struct sim_personality *personality;
    size_t instances; /* of a pull: how many of the recording's are ours too; 0: all */
};

static const struct recording recordings[] = {
    {"cim/software/identity/pull.xml", "CIM_SoftwareIdentity", &sim_personality_12, 0},
    {"cim/bios/element/get.xml", "CIM_BIOSElement", &sim_personality_12, 0},
    {"cim/bios/element/pull.xml", "CIM_BIOSElement", &sim_personality_12, 0},
    {"cim/card/get.xml", "CIM_Card", &sim_personality_12, 0},
    {"cim/card/pull.xml", "CIM_Card", &sim_personality_12, 0},
    {"cim/chassis/get.xml", "CIM_Chassis", &sim_personality_12, 0},
    {"cim/chassis/pull.xml", "CIM_Chassis", &sim_personality_12, 0},
    {"cim/chip/get.xml", "CIM_Chip", &sim_personality_12, 0},
    {"cim/chip/pull.xml", "CIM_Chip", &sim_personality_12, 0},
    {"cim/physical/processor/get.xml", "CIM_Processor", &sim_personality_12, 0},
    {"cim/physical/processor/pull.xml", "CIM_Processor", &sim_personality_12, 0},
    {"cim/physical/memory/pull.xml", "CIM_PhysicalMemory", &sim_personality_12, 0},
    {"cim/mediaaccess/pull.xml", "CIM_MediaAccessDevice", &sim_personality_12, 0},
    {"cim/power/managementservice/get.xml", "CIM_PowerManagementService", &sim_personality_12, 0},
    {"cim/power/managementservice/pull.xml", "CIM_PowerManagementService", &sim_personality_12, 0},
    {"cim/service/availabletoelement/pull.xml", "CIM_ServiceAvailableToElement",
     &sim_personality_12, 0},
    {"cim/associatedpower/managementservice/get.xml", "CIM_AssociatedPowerManagementService",
     &sim_personality_16, 0},
    {"cim/associatedpower/managementservice/pull.xml", "CIM_AssociatedPowerManagementService",
     &sim_personality_16, 0},
    {"cim/computer/systempackage/get.xml", "CIM_ComputerSystemPackage", &sim_personality_16, 0},
    {"cim/computer/systempackage/pull.xml", "CIM_ComputerSystemPackage", &sim_personality_16, 0},
    {"cim/system/packaging/pull.xml", "CIM_SystemPackaging", &sim_personality_16, 0},
    {"cim/power/capabilities/get.xml", "CIM_PowerManagementCapabilities", &sim_personality_16, 0},
    {"cim/power/capabilities/pull.xml", "CIM_PowerManagementCapabilities", &sim_personality_16, 0},
    {"amt/boot/capabilities/get.xml", "AMT_BootCapabilities", &sim_personality_12, 0},
    {"amt/boot/capabilities/pull.xml", "AMT_BootCapabilities", &sim_personality_12, 0},
    {"amt/boot/settingdata/get.xml", "AMT_BootSettingData", &sim_personality_16, 0},
    {"amt/boot/settingdata/pull.xml", "AMT_BootSettingData", &sim_personality_16, 0},
    {"amt/general/pull.xml", "AMT_GeneralSettings", &sim_personality_16, 0},
    {"amt/setupandconfiguration/get.xml", "AMT_SetupAndConfigurationService", &sim_personality_16,
     0},
    {"amt/setupandconfiguration/pull.xml", "AMT_SetupAndConfigurationService", &sim_personality_16,
     0},
    {"amt/redirectionservice/get.xml", "AMT_RedirectionService", &sim_personality_16, 0},
    {"amt/redirectionservice/pull.xml", "AMT_RedirectionService", &sim_personality_16, 0},
    {"amt/ethernetport/pull.xml", "AMT_EthernetPortSettings", &sim_personality_16, 1},
    {"cim/kvm/pull.xml", "CIM_KVMRedirectionSAP", &sim_personality_16, 0},
    {"ips/optin/get.xml", "IPS_OptInService", &sim_personality_16, 0},
    {"ips/optin/pull.xml", "IPS_OptInService", &sim_personality_16, 0},
};

/* What differs from machine to machine. */
static const char *const personal[] = {"SerialNumber", "PlatformGUID", "DigestRealm",
                                       "MACAddress",   "HostName",     NULL};

struct bench {
    struct sim_device device;
    struct arena arena;
};

static struct slice read_recording(struct arena *arena, const char *name)
{
    const char *folder = getenv("OUTBAND_GOLDEN");
    char path[1024];
    snprintf(path, sizeof(path), "%s/wsman/%s", folder == NULL ? "../shared/golden" : folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return (struct slice){0};
    uint8_t *bytes = arena_alloc(arena, FILE_LIMIT);
    size_t size = fread(bytes, 1, FILE_LIMIT, file);
    fclose(file);
    return slice_of(bytes, size);
}

static struct slice ask(struct bench *bench, const char *action, const char *class,
                        const char *body)
{
    struct buffer answer;
    const struct wsman_class *found = wsman_class_find(slice_of_string(class));
    assert_non_null(found);
    const char *request =
        arena_printf(&bench->arena,
                     "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" "
                     "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
                     "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><e:Header>"
                     "<a:Action>%s</a:Action><w:ResourceURI>%s%s</w:ResourceURI>"
                     "<a:MessageID>1</a:MessageID></e:Header><e:Body>%s</e:Body></e:Envelope>",
                     action, wsman_class_base(found), class, body);
    buffer_init(&answer, 1024 * 1024);
    assert_int_equal(sim_wsman_answer(&bench->device, slice_of_string(request), 0, &answer), 200);
    struct slice text = arena_copy(&bench->arena, buffer_slice(&answer));
    buffer_fini(&answer);
    return text;
}

static struct slice answer_to(struct bench *bench, const struct recording *recording)
{
    if (strstr(recording->file, "pull") == NULL)
        return ask(bench, TRANSFER "/Get", recording->class, "");
    (void)ask(bench, ENUMERATION "/Enumerate", recording->class,
              "<Enumerate xmlns=\"" ENUMERATION "\"/>");
    return ask(bench, ENUMERATION "/Pull", recording->class,
               "<Pull xmlns=\"" ENUMERATION "\"><EnumerationContext>"
               "01000000-0000-0000-0000-000000000000</EnumerationContext>"
               "<MaxElements>999</MaxElements></Pull>");
}

struct space {
    struct slice prefix;
    struct slice uri;
};

/* The next xmlns:prefix="uri" of the text; empty when there is none. */
static struct space next_space(struct slice *text)
{
    struct space space = {0};
    while (text->size > 6 && memcmp(text->data, "xmlns:", 6) != 0)
        *text = slice_from(*text, 1);
    if (text->size > 6) {
        *text = slice_from(*text, 6);
        space.prefix = slice_trim(slice_split(text, '='));
        (void)slice_split(text, '"');
        space.uri = slice_split(text, '"');
    }
    return space;
}

/* The same prefixes for the same namespaces in the same order. */
static void compare_spaces(const char *file, struct slice ours, struct slice theirs)
{
    for (;;) {
        struct space a = next_space(&ours);
        struct space b = next_space(&theirs);
        if (!slice_equal(a.prefix, b.prefix) || !slice_equal(a.uri, b.uri))
            fail_msg("%s: we declare %.*s as %.*s, the device %.*s as %.*s", file,
                     SLICE_ARG(a.prefix), SLICE_ARG(a.uri), SLICE_ARG(b.prefix), SLICE_ARG(b.uri));
        if (a.prefix.size == 0)
            return;
    }
}

static bool is_personal(struct slice name)
{
    for (size_t i = 0; personal[i] != NULL; i++) {
        if (slice_equal_string(name, personal[i]))
            return true;
    }
    return false;
}

static void compare_nodes(const char *file, const struct wsman_xml *ours,
                          const struct wsman_xml *theirs)
{
    if (!slice_equal(ours->name, theirs->name) || !slice_equal(ours->space, theirs->space))
        fail_msg("%s: we have %.*s where the device has %.*s", file, SLICE_ARG(ours->name),
                 SLICE_ARG(theirs->name));
    if (is_personal(ours->name) || slice_equal_string(ours->name, "EnumerationContext"))
        return;
    if (ours->first == NULL && theirs->first == NULL &&
        !slice_equal(slice_trim(ours->text), slice_trim(theirs->text)))
        fail_msg("%s: our %.*s is \"%.*s\", the device's \"%.*s\"", file, SLICE_ARG(ours->name),
                 SLICE_ARG(slice_trim(ours->text)), SLICE_ARG(slice_trim(theirs->text)));
    const struct wsman_xml *a = ours->first;
    const struct wsman_xml *b = theirs->first;
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        compare_nodes(file, a, b);
    if (a != NULL || b != NULL)
        fail_msg("%s: %s %.*s in %.*s", file, a != NULL ? "the device has no" : "we lack",
                 SLICE_ARG(a != NULL ? a->name : b->name), SLICE_ARG(ours->name));
}

/* Drops the recording's instances past the ones that we have. */
static void keep_instances(struct wsman_xml *body, size_t count)
{
    const struct wsman_xml *items = wsman_xml_child(wsman_xml_child(body, "PullResponse"), "Items");
    struct wsman_xml *at = items == NULL ? NULL : items->first;
    while (at != NULL && --count > 0)
        at = at->next;
    if (at != NULL)
        at->next = NULL;
}

static void compare(struct bench *bench, const struct recording *recording, struct slice theirs)
{
    struct guid guid;
    assert_true(guid_parse(slice_of_string("51a70000-0000-4000-8000-000000000000"), &guid));
    sim_device_init(&bench->device, recording->personality, &guid, 0);
    struct slice ours = answer_to(bench, recording);
    sim_device_fini(&bench->device);
    compare_spaces(recording->file, ours, theirs);
    struct wsman_xml *our_root = wsman_xml_parse(&bench->arena, ours, NULL);
    struct wsman_xml *their_root = wsman_xml_parse(&bench->arena, theirs, NULL);
    assert_non_null(our_root);
    assert_non_null(their_root);
    const struct wsman_xml *our_body = wsman_xml_child(our_root, "Body");
    const struct wsman_xml *their_body = wsman_xml_child(their_root, "Body");
    assert_non_null(our_body);
    assert_non_null(their_body);
    if (recording->instances > 0)
        keep_instances((struct wsman_xml *)their_body, recording->instances);
    compare_nodes(recording->file, our_body, their_body);
    const struct wsman_xml *our_header = wsman_xml_child(our_root, "Header");
    const struct wsman_xml *their_header = wsman_xml_child(their_root, "Header");
    assert_true(slice_equal(wsman_xml_child_text(our_header, "Action"),
                            wsman_xml_child_text(their_header, "Action")));
    assert_true(slice_equal(wsman_xml_child_text(our_header, "ResourceURI"),
                            wsman_xml_child_text(their_header, "ResourceURI")));
}

static void answers_agree_with_the_recordings(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
        struct bench bench;
        arena_init(&bench.arena);
        struct slice theirs = read_recording(&bench.arena, recordings[i].file);
        if (theirs.size > 0) {
            compare(&bench, &recordings[i], theirs);
            compared++;
        }
        arena_fini(&bench.arena);
    }
    if (compared == 0) {
        print_message("skipped: there are no recordings here\n");
        skip();
    }
    assert_int_equal(compared, sizeof(recordings) / sizeof(recordings[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_with_the_recordings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
