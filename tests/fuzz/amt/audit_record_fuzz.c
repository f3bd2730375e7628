/* Any bytes as a record of the audit log: decoded and put into words, which must be UTF-8. */
#include "amt/audit_record.h"
#include "core/encoding.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct buffer *text)
{
    if (!buffer_ok(text) || !encoding_is_utf8(buffer_slice(text)))
        abort();
    buffer_clear(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amt_audit_record record;
    if (!amt_audit_record_decode(slice_of(data, size), &record))
        return 0;
    struct buffer text;
    buffer_init(&text, 4096);
    amt_audit_put_initiator(&text, &record);
    check(&text);
    amt_audit_put_address(&text, &record);
    check(&text);
    if (!amt_audit_put_detail(&text, &record) && buffer_size(&text) > 0)
        abort();
    check(&text);
    (void)amt_audit_app_name(record.app);
    (void)amt_audit_event_name(record.app, record.event);
    buffer_fini(&text);
    return 0;
}
