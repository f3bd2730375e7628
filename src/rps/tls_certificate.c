#include "rps/tls_certificate.h"

#include "core/encoding.h"
#include "io/certificate.h"

#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END   "-----END CERTIFICATE-----"
#define LINE  ((size_t)64)

bool rps_tls_issue(struct slice ca_pem, struct slice ca_key_pem, struct arena *arena,
                   struct slice public_key_der, const struct guid *guid, struct slice *leaf_der,
                   struct error *err)
{
    const struct io_certificate ca = {.certificate_pem = ca_pem, .key_pem = ca_key_pem};
    char name[GUID_TEXT_SIZE];
    (void)guid_format(guid, name);
    return io_certificate_issue(arena, &ca, public_key_der, arena_printf(arena, "AMT-%s", name),
                                name, leaf_der, err);
}

struct slice rps_tls_certificate_pem(struct arena *arena, struct slice der)
{
    struct slice text = encoding_base64(arena, der);
    char *lines = arena_alloc(arena, text.size + text.size / LINE + 2);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        lines[size++] = (char)text.data[i];
        if ((i + 1) % LINE == 0 || i + 1 == text.size)
            lines[size++] = '\n';
    }
    return slice_of_string(arena_printf(arena, BEGIN "\n%s" END "\n", lines));
}

bool rps_tls_certificate_next(struct arena *arena, struct slice *pem, struct slice *der)
{
    const uint8_t *begin =
        pem->size == 0 ? NULL : memmem(pem->data, pem->size, BEGIN, sizeof BEGIN - 1);
    if (begin == NULL)
        return false;
    struct slice rest = slice_from(*pem, (size_t)(begin - pem->data) + sizeof BEGIN - 1);
    const uint8_t *end = memmem(rest.data, rest.size, END, sizeof END - 1);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - rest.data);
    size_t size = 0;
    uint8_t *text = arena_alloc(arena, length + 1);
    for (const uint8_t *c = rest.data; c < end; c++)
        if (*c != '\n' && *c != '\r' && *c != ' ')
            text[size++] = *c;
    *pem = slice_from(rest, length + sizeof END - 1);
    return encoding_base64_decode(arena, slice_of(text, size), der) && der->size > 0;
}

bool rps_tls_certificate_der(struct arena *arena, struct slice pem, struct slice *der)
{
    return rps_tls_certificate_next(arena, &pem, der);
}
