#include "amt/display.h"

#include "amt/reading.h"

static bool to_number(struct slice text, int64_t *number)
{
    uint64_t value;
    bool negative = text.size > 0 && text.data[0] == '-';
    if (!slice_to_u64(slice_from(text, negative ? 1 : 0), INT32_MAX, &value))
        return false;
    *number = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* Fills one array of the class in and returns how many values it has, AMT_DISPLAYS_MOST at most. */
static size_t read_array(const struct wsman_xml *settings, const char *name,
                         int64_t values[AMT_DISPLAYS_MOST])
{
    size_t count = 0;
    const struct wsman_xml *at = wsman_xml_child(settings, name);
    for (; at != NULL && count < AMT_DISPLAYS_MOST; at = wsman_xml_again(at)) {
        struct slice text = slice_trim(at->text);
        values[count] = slice_equal_ignore_case(text, SLICE_LITERAL("true")) ? 1 : 0;
        (void)to_number(text, &values[count]);
        count++;
    }
    return count;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The named indexes count from 0, but a recorded device counts from 1: then one of them is past the
 * end, and none is 0. */
static void set_roles(const struct wsman_xml *settings, struct amt_display *displays, size_t count)
{
    static const struct {
        const char *property;
        const char *role;
    } rows[] = {
        {"PrimaryIndex", "primary"},
        {"SecondaryIndex", "secondary"},
        {"TertiaryIndex", "tertiary"},
        {"QuadraryIndex", "quaternary"},
    };
    int64_t index[AMT_DISPLAYS_MOST];
    bool zero = false, past = false;
    for (size_t i = 0; i < AMT_DISPLAYS_MOST; i++) {
        index[i] = -1;
        (void)to_number(wsman_xml_child_text(settings, rows[i].property), &index[i]);
        zero = zero || index[i] == 0;
        past = past || index[i] == (int64_t)count;
    }
    int64_t first = past && !zero ? 1 : 0;
    for (size_t i = AMT_DISPLAYS_MOST; i-- > 0;) {
        int64_t at = index[i] - first;
        if (index[i] >= first && at < (int64_t)count)
            displays[at].role = rows[i].role;
    }
}

static size_t read_displays(const struct wsman_xml *settings, struct amt_display *displays)
{
    int64_t active[AMT_DISPLAYS_MOST] = {0}, left[AMT_DISPLAYS_MOST] = {0},
            top[AMT_DISPLAYS_MOST] = {0}, width[AMT_DISPLAYS_MOST] = {0},
            height[AMT_DISPLAYS_MOST] = {0};
    size_t count = read_array(settings, "IsActive", active);
    count = most(count, read_array(settings, "UpperLeftX", left));
    count = most(count, read_array(settings, "UpperLeftY", top));
    count = most(count, read_array(settings, "ResolutionX", width));
    count = most(count, read_array(settings, "ResolutionY", height));
    for (size_t i = 0; i < count; i++)
        displays[i] = (struct amt_display){.is_active = active[i] == 1,
                                           .left = left[i],
                                           .top = top[i],
                                           .width = width[i],
                                           .height = height[i]};
    set_roles(settings, displays, count);
    return count;
}

bool amt_display_list(struct amt *amt, struct arena *arena,
                      struct amt_display displays[AMT_DISPLAYS_MOST], size_t *count,
                      struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_GET(IPS_KVMRedirectionSettingData),
                                     AMT_READ_ENUMERATE(IPS_ScreenSettingData)};
    readings[0].optional = readings[1].optional = true;
    *count = 0;
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    if (readings[1].items.count == 0)
        return true;
    *count = read_displays(readings[1].items.items[0], displays);
    int64_t shown = -1;
    (void)to_number(wsman_xml_child_text(amt_reading_instance(&readings[0]), "DefaultScreen"),
                    &shown);
    if (shown >= 0 && shown < (int64_t)*count)
        displays[shown].is_default = true;
    return true;
}

bool amt_display_choose(struct amt *amt, struct arena *arena, unsigned index,
                        struct wsman_reply *reply, struct error *err)
{
    struct amt_reading settings = AMT_READ_GET(IPS_KVMRedirectionSettingData);
    if (!amt_read(amt, arena, &settings, 1, err))
        return false;
    const struct wsman_value screen = {.name = "DefaultScreen",
                                       .text = slice_of_string(arena_printf(arena, "%u", index))};
    return amt_put(amt, arena, &settings.target, amt_reading_instance(&settings), &screen, 1, reply,
                   err);
}
