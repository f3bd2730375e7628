/* Any bytes as a record of the event log: decoded and put into words, which must be UTF-8. */
#include "amt/event_record.h"
#include "core/encoding.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amt_event_record record;
    if (amt_event_record_decode(slice_of(data, size), &record) != (size >= 21))
        abort();
    if (size < 21)
        return 0;
    struct buffer text;
    buffer_init(&text, 512);
    if (!amt_event_put_description(&text, &record) && buffer_size(&text) > 0)
        abort();
    if (!buffer_ok(&text) || !encoding_is_utf8(buffer_slice(&text)) ||
        amt_event_entity_name(record.entity) == NULL ||
        amt_event_severity_name(record.severity) == NULL ||
        amt_event_type_name(record.event_type) == NULL)
        abort();
    buffer_fini(&text);
    return 0;
}
