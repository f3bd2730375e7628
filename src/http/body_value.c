#include "http/body_value.h"

#include "core/encoding.h"

#include <string.h>

struct slice http_body_value_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return (struct slice){0};
    return slice_of(json_string_value(value), json_string_length(value));
}

bool http_body_value_is_given(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value != NULL && !json_is_null(value);
}

bool http_body_value_is_true(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value)) {
        struct slice text = http_body_value_text(object, name);
        return text.size > 0 && !slice_equal_string(text, "0") &&
               !slice_equal_string(text, "false");
    }
    return json_is_true(value) || http_body_value_number(object, name, 0) != 0;
}

int64_t http_body_value_number(const json_t *object, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(object, name);
    uint64_t number;
    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_real(value)) { /* 10.0 */
        double real = json_real_value(value);
        return real >= -1e15 && real <= 1e15 && !((double)(int64_t)real < real) &&
                       !((double)(int64_t)real > real)
                   ? (int64_t)real
                   : otherwise;
    }
    if (json_is_string(value) &&
        slice_to_u64(http_body_value_text(object, name), INT64_MAX, &number))
        return (int64_t)number;
    return otherwise;
}

bool http_body_value_blob(struct arena *arena, struct slice text, struct slice *bytes)
{
    static const char armour[] = "-----BEGIN ";
    if (text.size > 0 && memmem(text.data, text.size, armour, sizeof armour - 1) != NULL) {
        *bytes = text;
        return true;
    }
    uint8_t *plain = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r'))
            plain[size++] = text.data[i];
    return encoding_base64_decode(arena, slice_of(plain, size), bytes) && bytes->size > 0;
}
