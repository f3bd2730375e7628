/* Any bytes as an answer that somebody wants to see: whatever still reads as XML afterwards has no
 * secret in it, and a second pass finds nothing more. */
#include "amt/redact.h"

#include "wsman/xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct wsman_xml *node)
{
    static const char *const secrets[] = {"Password", "PSK", "Secret", "RSEPassword"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (slice_equal_string(node->name, secrets[i]) &&
            (node->text.size > 0 || node->first != NULL))
            abort();
    for (const struct wsman_xml *child = node->first; child != NULL; child = child->next)
        walk(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    struct slice kept = amt_redact(&arena, slice_of(data, size));
    if (!slice_equal(amt_redact(&arena, kept), kept))
        abort();
    struct error err;
    const struct wsman_xml *root = wsman_xml_parse(&arena, kept, &err);
    if (root != NULL)
        walk(root);
    arena_fini(&arena);
    return 0;
}
