/* Every recorded device answer is read, and what firmware sent agrees with the catalogue. Skipped
 * where the recordings are absent (OUTBAND_GOLDEN names their folder). */
#include "wsman/message.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_LIMIT (256u * 1024u)

/* Written by hand, not by firmware: no envelope of an answer, or properties that do not exist
 * (spec device-classes 1.1). */
static const char *const synthetic[] = {
    "/amt/boot/settingdata/put.xml",
    "/amt/eventlogentry/",
    "/amt/hdr8021filter/",
    "/amt/setupandconfiguration/getuuid-bad.xml",
    "/amt/setupandconfiguration/getuuid.xml",
    "/cim/wifi/endpoint/",
    "/cim/wifi/endpointcapabilities/",
    "/cim/wifi/endpointsettings/delete.xml",
    "/cim/wifi/portcapabilities/",
    "/ips/alarmclock/get.xml",
    "/ips/alarmclock/pull.xml",
    "/ips/hostbootreason/",
    "/ips/power/managementservice/",
};

static unsigned files_read;
static unsigned classes_checked;
static unsigned instances_checked;
static unsigned failures;

static bool is_synthetic(const char *path)
{
    for (size_t i = 0; i < sizeof synthetic / sizeof synthetic[0]; i++) {
        if (strstr(path, synthetic[i]) != NULL)
            return true;
    }
    return false;
}

static void complain(const char *path, const char *what, struct slice name)
{
    print_error("%s: %s %.*s\n", path, what, SLICE_ARG(name));
    failures++;
}

static void check_instance(const char *path, const struct wsman_class *class,
                           const struct wsman_xml *instance)
{
    const struct wsman_property *last = class->properties;
    instances_checked++;
    for (const struct wsman_xml *p = instance->first; p != NULL; p = p->next) {
        const struct wsman_property *property = wsman_property_find(class, p->name);
        if (property == NULL)
            complain(path, "not in the catalogue:", p->name);
        else if (property < last)
            complain(path, "out of order:", p->name);
        else
            last = property;
        if (property != NULL && wsman_xml_again(p) != NULL && (property->flags & WSMAN_ARRAY) == 0)
            complain(path, "repeated, but no array:", p->name);
        if (property != NULL && (property->type == WSMAN_REFERENCE) !=
                                    (wsman_xml_child(p, "ReferenceParameters") != NULL))
            complain(path, "a reference here and a value there:", p->name);
    }
}

static void check_output(const char *path, const struct wsman_class *class,
                         const struct wsman_xml *output)
{
    struct slice name = slice_first(output->name, output->name.size - strlen("_OUTPUT"));
    const struct wsman_method *method = wsman_method_find(class, name);
    if (method == NULL) {
        complain(path, "no such method:", name);
        return;
    }
    instances_checked++;
    const struct wsman_property *next = method->parameters;
    for (const struct wsman_xml *p = output->first; p != NULL; p = p->next) {
        if (slice_equal_string(p->name, "ReturnValue") && p->next == NULL)
            continue;
        while (next->name != NULL &&
               !((next->flags & WSMAN_OUT) != 0 && slice_equal_string(p->name, next->name)))
            next++;
        if (next->name == NULL) {
            complain(path, "not an output in this place:", p->name);
            return;
        }
    }
}

static void check_element(const char *path, const struct wsman_xml *element)
{
    const struct wsman_class *class = wsman_class_of_uri(element->space);
    if (class == NULL)
        return; /* the answer to an Enumerate or a Create: see check_header */
    if (slice_equal_string(element->name, class->name))
        check_instance(path, class, element);
    else if (element->name.size > 7 &&
             slice_equal_string(slice_from(element->name, element->name.size - 7), "_OUTPUT"))
        check_output(path, class, element);
    else
        complain(path, "neither the class nor an output:", element->name);
}

/* Every class that a device answered for is one that we know. */
static void check_header(const char *path, const struct wsman_xml *header)
{
    struct slice uri = wsman_xml_child_text(header, "ResourceURI");
    if (wsman_class_of_uri(uri) == NULL)
        complain(path, "a class that is not in the catalogue:", uri);
    classes_checked++;
}

static void check_file(const char *path, struct arena *arena, struct slice text)
{
    struct wsman_reply reply;
    struct error err;
    if (!wsman_reply_parse(arena, text, &reply, &err)) {
        complain(path, err.text, slice_of_string(""));
        return;
    }
    files_read++;
    if (reply.is_fault || is_synthetic(path))
        return;
    check_header(path, reply.header);
    const struct wsman_xml *items =
        wsman_xml_child(wsman_xml_child(reply.body, "PullResponse"), "Items");
    if (items == NULL && reply.body->first != NULL)
        check_element(path, reply.body->first);
    for (const struct wsman_xml *item = items == NULL ? NULL : items->first; item != NULL;
         item = item->next)
        check_element(path, item);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    size_t length = strlen(path);
    if (type != FTW_F || length < 4 || strcmp(path + length - 4, ".xml") != 0)
        return 0;
    struct arena arena;
    arena_init(&arena);
    char *text = arena_alloc(&arena, FILE_LIMIT);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, FILE_LIMIT, file);
    fclose(file);
    assert_true(size < FILE_LIMIT);
    /* some files gained an empty first line when they were re-indented */
    check_file(path, &arena, slice_trim(slice_of(text, size)));
    arena_fini(&arena);
    return 0;
}

static void recorded_answers_are_read_and_agree_with_the_catalogue(void **state)
{
    (void)state;
    const char *folder = getenv("OUTBAND_GOLDEN");
    if (nftw(folder != NULL ? folder : GOLDEN_FOLDER, visit, 16, FTW_PHYS) != 0 || files_read == 0)
        skip();
    print_message("# %u recorded answers, %u classes, %u instances and results checked\n",
                  files_read, classes_checked, instances_checked);
    assert_int_equal(failures, 0);
    assert_true(classes_checked > 200);
    assert_true(instances_checked > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_answers_are_read_and_agree_with_the_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
