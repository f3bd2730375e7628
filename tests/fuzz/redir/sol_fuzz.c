/*
 * A device's side of a serial session, and what its text shows, on anything. The first byte chooses
 * the split and the encoding. What must hold besides memory safety: the split changes neither the
 * messages nor the text, and but for the encoding that takes bytes as they are the text is UTF-8.
 */
#include "core/encoding.h"
#include "redir/sol_message.h"
#include "redir/sol_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT ((size_t)1 << 24)

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Notes each message but data, which comes in pieces, and shows the data. */
static bool run(struct slice bytes, size_t piece, enum redir_sol_encoding encoding,
                struct buffer *notes, struct buffer *shown)
{
    struct redir_sol_reader reader = {0};
    struct redir_sol_text text = {.encoding = encoding};
    enum redir_parsed parsed = REDIR_PART;
    for (; bytes.size > 0 && parsed != REDIR_MALFORMED; bytes = slice_from(bytes, piece)) {
        struct slice rest = slice_first(bytes, piece);
        struct redir_sol_message message;
        while ((parsed = redir_sol_read(&reader, &rest, &message, NULL)) == REDIR_WHOLE) {
            if (message.type == REDIR_SOL_SAID)
                redir_sol_text_put(&text, message.data, shown);
            else
                buffer_printf(notes, "%02X %u %u %u %u %u\n", (unsigned)message.type,
                              message.sequence, message.status, message.most, message.controls,
                              message.line);
        }
        must(parsed == REDIR_MALFORMED || rest.size == 0);
    }
    redir_sol_text_flush(&text, shown);
    return parsed != REDIR_MALFORMED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer notes[2], shown[2];
    if (size < 1 || size > 65536)
        return 0;
    enum redir_sol_encoding encoding = (enum redir_sol_encoding)(data[0] & 3);
    const size_t pieces[2] = {size, (size_t)(data[0] >> 2) + 1};
    bool fine[2];
    for (int i = 0; i < 2; i++) {
        buffer_init(&notes[i], LIMIT);
        buffer_init(&shown[i], LIMIT);
        fine[i] = run(slice_of(data + 1, size - 1), pieces[i], encoding, &notes[i], &shown[i]);
    }
    must(fine[0] == fine[1]);
    must(slice_equal(buffer_slice(&notes[0]), buffer_slice(&notes[1])));
    must(slice_equal(buffer_slice(&shown[0]), buffer_slice(&shown[1])));
    must(encoding == REDIR_SOL_UTF8 || encoding_is_utf8(buffer_slice(&shown[0])));
    for (int i = 0; i < 2; i++) {
        buffer_fini(&notes[i]);
        buffer_fini(&shown[i]);
    }
    return 0;
}
