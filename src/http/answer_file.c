#include "http/exchange.h"

/* Which bytes of a file an answer is made of. */
struct part {
    uint64_t from;
    uint64_t size;
};

enum range { RANGE_NONE, RANGE_PART, RANGE_IMPOSSIBLE };

/* "bytes=1-2", "bytes=1-", "bytes=-2" (RFC 9110 14.1.2). Several parts, other units and what is
 * malformed are ignored, as a server may. */
static enum range range_of(struct slice value, uint64_t size, struct part *part)
{
    struct slice unit = slice_split(&value, '=');
    struct slice last = slice_trim(value);
    struct slice first = slice_trim(slice_split(&last, '-'));
    uint64_t from = 0;
    uint64_t to = 0;
    if (!slice_equal_ignore_case(slice_trim(unit), SLICE_LITERAL("bytes")) ||
        slice_index_of(value, '-') == value.size || slice_index_of(value, ',') != value.size)
        return RANGE_NONE;
    if ((first.size > 0 && !slice_to_u64(first, INT64_MAX, &from)) ||
        (last.size > 0 && !slice_to_u64(last, INT64_MAX, &to)) ||
        (first.size == 0 && last.size == 0) || (first.size > 0 && last.size > 0 && to < from))
        return RANGE_NONE;
    if (first.size == 0) { /* the last `to` bytes */
        if (to == 0 || size == 0)
            return RANGE_IMPOSSIBLE;
        part->from = to < size ? size - to : 0;
        part->size = size - part->from;
        return RANGE_PART;
    }
    if (from >= size)
        return RANGE_IMPOSSIBLE;
    part->from = from;
    part->size = (last.size == 0 || to >= size ? size - 1 : to) - from + 1;
    return RANGE_PART;
}

void http_answer_file(struct http_exchange *x, const char *content_type, int fd, uint64_t size)
{
    struct part part = {0, size};
    enum range range = RANGE_NONE;
    /* If-Range names a version of the file that we have no name for, so it never matches. */
    if (http_header_get(x, "If-Range").size == 0)
        range = range_of(http_header_get(x, "Range"), size, &part);
    if (range == RANGE_IMPOSSIBLE)
        http_answer_empty(x, 416);
    else
        http_answer_bytes(x, range == RANGE_PART ? 206 : 200, content_type, slice_of(NULL, 0));
    x->from_file = true;
    x->file = fd;
    x->file_from = part.from;
    x->file_size = range == RANGE_IMPOSSIBLE ? 0 : part.size;
    http_answer_header(x, "Accept-Ranges", "bytes");
    if (range == RANGE_PART)
        http_answer_header(x, "Content-Range",
                           arena_printf(x->arena, "bytes %llu-%llu/%llu",
                                        (unsigned long long)part.from,
                                        (unsigned long long)(part.from + part.size - 1),
                                        (unsigned long long)size));
    else if (range == RANGE_IMPOSSIBLE)
        http_answer_header(x, "Content-Range",
                           arena_printf(x->arena, "bytes */%llu", (unsigned long long)size));
}
