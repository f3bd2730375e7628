/*
 * A client that looks on, on anything that it may say, while the screen changes its size: what it
 * is told never passes the bound of a piece, and comes to an end.
 */
#include "redir/rfb_viewer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redir_rfb_viewer *viewer = redir_rfb_viewer_new();
    struct redir_screen screen = {0};
    struct buffer out;
    size_t piece = size > 0 ? 1 + data[0] : 1;
    bool ok = redir_screen_make(&screen, 130, 70, REDIR_RFB_RGB565, NULL);
    buffer_init(&out, REDIR_RFB_VIEWER_PIECE);
    redir_rfb_viewer_sized(viewer, 130, 70);
    for (struct slice rest = slice_of(data, size); ok && rest.size > 0;
         rest = slice_from(rest, piece)) {
        ok = redir_rfb_viewer_feed(viewer, slice_first(rest, piece), NULL);
        do {
            buffer_clear(&out);
            redir_rfb_viewer_take(viewer, &screen, &out);
            if (!buffer_ok(&out))
                abort();
        } while (buffer_size(&out) > 0);
        redir_rfb_viewer_drawn(viewer, &(struct redir_rect){60, 10, 64, 60});
        redir_rfb_viewer_sized(viewer, rest.size % 3 == 0 ? 100 : 130, 70);
    }
    buffer_fini(&out);
    redir_screen_fini(&screen);
    redir_rfb_viewer_free(viewer);
    return 0;
}
