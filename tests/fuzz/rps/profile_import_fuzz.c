/* Exported profiles from anywhere: the YAML, and what is made of it. */
#include "core/yaml_text.h"
#include "rps/profile_import.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct rps_import import;
    struct error err;
    arena_init(&arena);
    error_clear(&err);
    json_t *document = yaml_text_read(slice_of(data, size), &err);
    if (document != NULL) {
        if (rps_import_read(&arena, document, NULL, &import, &err) &&
            (import.count == 0 || import.parts[import.count - 1].kind != STORE_PROFILE))
            abort();
        rps_import_fini(&import);
        struct slice text = yaml_text_write(&arena, document);
        json_t *again = yaml_text_read(text, &err);
        if (text.size <= YAML_TEXT_LIMIT && (again == NULL || json_equal(document, again) != 1))
            abort();
        json_decref(again);
    }
    json_decref(document);
    arena_fini(&arena);
    return 0;
}
