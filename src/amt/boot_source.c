#include "amt/boot_source.h"

#define OPTION_PREFIX "Intel(r) AMT: Force OCR UEFI Boot Option"

bool amt_boot_source_list(struct amt *amt, struct arena *arena, struct amt_items *sources,
                          struct error *err)
{
    const struct wsman_target target = {.class = &wsman_CIM_BootSourceSetting};
    return amt_enumerate(amt, arena, &target, sources, err);
}

static bool has_id(const struct wsman_xml *source, const char *prefix)
{
    return slice_starts_with(wsman_xml_child_text(source, "InstanceID"), slice_of_string(prefix));
}

const struct wsman_xml *amt_boot_source_find(const struct amt_items *sources, const char *id)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (has_id(sources->items[i], id))
            return sources->items[i];
    }
    return NULL;
}

static bool contains(struct slice text, struct slice part)
{
    for (; text.size >= part.size; text = slice_from(text, 1)) {
        if (slice_starts_with(text, part))
            return true;
    }
    return false;
}

const struct wsman_xml *amt_boot_source_find_option(const struct amt_items *sources,
                                                    enum amt_boot_option option)
{
    struct slice mark =
        option == AMT_BOOT_OPTION_WINRE ? SLICE_LITERAL("WinRe") : SLICE_LITERAL("PBA");
    for (size_t i = 0; i < sources->count; i++) {
        if (has_id(sources->items[i], OPTION_PREFIX) &&
            contains(wsman_xml_child_text(sources->items[i], "BIOSBootString"), mark))
            return sources->items[i];
    }
    return NULL;
}

const struct wsman_xml *amt_boot_source_find_path(const struct amt_items *sources,
                                                  struct slice path)
{
    for (size_t i = 0; path.size > 0 && i < sources->count; i++) {
        if (slice_equal(wsman_xml_child_text(sources->items[i], "BootString"), path))
            return sources->items[i];
    }
    return NULL;
}
