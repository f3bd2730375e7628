/* Any bytes as a device's answer: parsed, walked, looked up in the catalogue, and echoed as a Put,
 * which must be XML again. */
#include "wsman/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(const struct wsman_xml *node)
{
    size_t bytes = node->name.size + node->space.size + node->text.size;
    for (const struct wsman_xml_attribute *a = node->attributes; a != NULL; a = a->next)
        bytes += a->value.size;
    for (const struct wsman_xml *child = node->first; child != NULL; child = child->next) {
        if (child->parent != node)
            abort();
        bytes += walk(child);
        wsman_xml_again(child);
    }
    return bytes;
}

static void echo(struct arena *arena, const struct wsman_xml *element)
{
    const struct wsman_class *class = wsman_class_of_uri(element->space);
    if (class == NULL)
        class = &wsman_AMT_BootSettingData;
    struct buffer out;
    buffer_init(&out, 16u << 20);
    struct wsman_selector selector = {"InstanceID", element->text};
    struct wsman_target target = {class, &selector, 1, 1, 0, element};
    struct wsman_value changes[] = {{.name = "BIOSSetup", .text = SLICE_LITERAL("true")},
                                    {.name = "ElementName", .text = element->text}};
    wsman_put_put(&out, &target, element, changes, 2);
    struct error err;
    struct slice text = buffer_slice(&out);
    if (!buffer_ok(&out) || (text.size < (1u << 20) && wsman_xml_parse(arena, text, &err) == NULL &&
                             err.code != ERROR_TOO_LARGE))
        abort();
    buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct wsman_reply reply;
    struct error err;
    if (wsman_reply_parse(&arena, slice_of(data, size), &reply, &err)) {
        walk(reply.header);
        walk(reply.body);
        if (reply.body->first != NULL)
            echo(&arena, reply.body->first);
        wsman_xml_child_text(wsman_xml_child(reply.body, "PullResponse"), "EnumerationContext");
    } else if (err.code != ERROR_PROTOCOL && err.code != ERROR_TOO_LARGE) {
        abort();
    }
    arena_fini(&arena);
    return 0;
}
