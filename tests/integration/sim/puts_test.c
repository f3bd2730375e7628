/*
 * What a real device answered to a Put is put to the simulator, which must answer the same: it
 * accepts, keeps and shows every value of it. Only recordings that are untouched firmware output
 * are named. Skipped where they are absent.
 */
#include "../../unit/sim/device_bench.h"
#include "golden.h"
#include "sim/object.h"
#include "wsman/xml.h"

struct recording {
    const char *file;
    const struct sim_personality *personality;
    const char *lacks; /* a property that this older machine does not have; NULL: none */
};

static const struct recording recordings[] = {
    {"amt/environmentdetection/put.xml", &sim_personality_16, NULL},
    {"amt/ieee8021x/profile/put.xml", &sim_personality_12, NULL},
    {"amt/publickey/certificate/put.xml", &sim_personality_16, NULL},
    {"amt/redirectionservice/put.xml", &sim_personality_16, NULL},
    {"amt/tls/settingdata/put.xml", &sim_personality_16, NULL},
    {"amt/wifiportconfiguration/put.xml", &sim_personality_16, "UEFIWiFiProfileShareEnabled"},
    {"ips/kvmredirection/settings/put.xml", &sim_personality_16, NULL},
};

/* The values of an instance as elements with the prefix h. */
static const char *values_of(struct arena *arena, const struct wsman_xml *instance)
{
    struct buffer out;
    buffer_init(&out, GOLDEN_LIMIT);
    for (const struct wsman_xml *at = instance->first; at != NULL; at = at->next) {
        buffer_printf(&out, "<h:%.*s>", SLICE_ARG(at->name));
        wsman_xml_escape(&out, slice_trim(at->text));
        buffer_printf(&out, "</h:%.*s>", SLICE_ARG(at->name));
    }
    const char *text = arena_printf(arena, "%.*s", SLICE_ARG(buffer_slice(&out)));
    buffer_fini(&out);
    return text;
}

/* A selector with the one key that tells the instances of these classes apart. */
static const char *selector_of(struct arena *arena, const struct wsman_xml *instance)
{
    struct slice id = wsman_xml_child_text(instance, "InstanceID");
    return id.size == 0 ? "" : arena_printf(arena, SELECTOR("InstanceID", "%.*s"), SLICE_ARG(id));
}

static void compare_recording(const struct recording *recording, struct arena *arena,
                              struct slice text)
{
    void *state = NULL;
    const struct wsman_xml *root = wsman_xml_parse(arena, text, NULL);
    const struct wsman_xml *body = wsman_xml_child(root, "Body");
    assert_non_null(body);
    const struct wsman_xml *theirs = body->first;
    assert_non_null(theirs);
    bench_set_up(&state);
    struct bench *bench = state;
    bench->device.personality = recording->personality;
    if (recording->lacks != NULL) {
        const struct wsman_class *class = wsman_class_find(theirs->name);
        struct sim_walk walk = {.device = &bench->device};
        sim_device_hide(&bench->device, sim_walk_next_of(&walk, class->name),
                        wsman_property_find(class, slice_of_string(recording->lacks)));
    }
    const char *request = arena_printf(
        arena, REQUEST(TRANSFER "Put", "%.*s", "6", "%s", "<h:%.*s xmlns:h=\"%.*s\">%s</h:%.*s>"),
        SLICE_ARG(theirs->space), selector_of(arena, theirs), SLICE_ARG(theirs->name),
        SLICE_ARG(theirs->space), values_of(arena, theirs), SLICE_ARG(theirs->name));
    const char *answer = bench_ask(bench, request, 200);
    const struct wsman_xml *ours =
        wsman_xml_child(wsman_xml_parse(arena, slice_of_string(answer), NULL), "Body");
    assert_non_null(ours);
    const struct wsman_xml *a = ours->first->first;
    const struct wsman_xml *b = theirs->first;
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (!slice_equal(a->name, b->name) ||
            !slice_equal(slice_trim(a->text), slice_trim(b->text)))
            fail_msg("%s: our %.*s is %.*s, the device's %.*s %.*s", recording->file,
                     SLICE_ARG(a->name), SLICE_ARG(a->text), SLICE_ARG(b->name),
                     SLICE_ARG(b->text));
    }
    if (a != NULL || b != NULL)
        fail_msg("%s: %.*s has no counterpart", recording->file,
                 SLICE_ARG(a != NULL ? a->name : b->name));
    bench_tear_down(&state);
}

static void puts_are_answered_as_recorded(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
        struct arena arena;
        arena_init(&arena);
        struct slice text = golden_read(&arena, recordings[i].file);
        if (text.size > 0) {
            compare_recording(&recordings[i], &arena, text);
            compared++;
        }
        arena_fini(&arena);
    }
    GOLDEN_COMPARED(compared, recordings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_are_answered_as_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
