#include "http/wipe.h"

#include "core/memory.h"

/* Moves the content to a larger block by hand, since realloc would leave the old one as it is. */
static void grow(struct buffer *b, size_t more)
{
    struct buffer larger;
    size_t content = buffer_size(b);
    size_t wanted = content > SIZE_MAX / 2 - more ? SIZE_MAX : content * 2 + more;
    buffer_init(&larger, b->limit);
    if (buffer_reserve(&larger, wanted < b->limit ? wanted : b->limit) == NULL)
        return;
    buffer_put(&larger, buffer_slice(b));
    http_wipe_fini(b);
    *b = larger;
}

void http_wipe_put(struct buffer *b, struct slice s)
{
    size_t content = buffer_size(b);
    bool fits = b->capacity - b->end >= s.size || (b->start > 0 && b->capacity >= content + s.size);
    bool allowed = s.size <= b->limit && content <= b->limit - s.size;
    if (!fits && allowed && buffer_ok(b))
        grow(b, s.size);
    buffer_put(b, s);
}

void http_wipe_fini(struct buffer *b)
{
    if (b->bytes != NULL)
        memory_wipe(b->bytes, b->capacity);
    buffer_fini(b);
}

void http_wipe_release(struct buffer *b)
{
    if (buffer_size(b) == 0 && b->bytes != NULL) {
        memory_wipe(b->bytes, b->capacity);
        buffer_release(b);
    }
}

void http_wipe_json(json_t *value)
{
    if (value == NULL || value->refcount > 1)
        return;
    switch (json_typeof(value)) {
    case JSON_STRING: /* the text is the value's own */
        memory_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
        break;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            http_wipe_json(json_array_get(value, i));
        break;
    case JSON_OBJECT:
        for (void *at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at))
            http_wipe_json(json_object_iter_value(at));
        break;
    default:
        break;
    }
}
