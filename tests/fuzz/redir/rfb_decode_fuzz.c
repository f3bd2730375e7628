/*
 * A device's side of a screen session, on anything. The first byte chooses how it is split and when
 * drawing begins and ends. What it must hold besides memory safety: the split changes neither the
 * events nor the picture, what is drawn lies on the screen, and a decoder that follows accepts all
 * that one that draws accepts.
 */
#include "redir/rfb_decoder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

struct witness {
    struct redir_rfb_decoder *decoder;
    unsigned sizes;
    unsigned updates;
    unsigned rects;
};

static void sized(void *owner, uint16_t width, uint16_t height)
{
    struct witness *w = owner;
    w->sizes++;
    must(width == redir_rfb_decoder_width(w->decoder));
    must(height == redir_rfb_decoder_height(w->decoder));
}

static void drawn(void *owner, const struct redir_rect *r)
{
    struct witness *w = owner;
    const struct redir_screen *screen = redir_rfb_decoder_screen(w->decoder);
    w->rects++;
    must(screen != NULL && screen->pixels != NULL);
    must(r->x + r->width <= screen->width && r->y + r->height <= screen->height);
    must(screen->width == redir_rfb_decoder_width(w->decoder));
}

static void updated(void *owner)
{
    ((struct witness *)owner)->updates++;
}

static const struct redir_rfb_events events = {.sized = sized, .drawn = drawn, .updated = updated};

static bool run(struct witness *w, struct slice bytes, size_t piece, bool draw,
                enum redir_rfb_format format)
{
    bool fine = true;
    *w = (struct witness){.decoder = redir_rfb_decoder_new(&events, w)};
    redir_rfb_decoder_draw(w->decoder, draw);
    for (struct slice rest = bytes; rest.size > 0 && fine; rest = slice_from(rest, piece)) {
        fine = redir_rfb_decoder_feed(w->decoder, slice_first(rest, piece), NULL);
        if (redir_rfb_decoder_phase(w->decoder) == REDIR_RFB_RUNNING && piece == 1)
            redir_rfb_decoder_set_format(w->decoder, format);
    }
    must(fine == (redir_rfb_decoder_phase(w->decoder) != REDIR_RFB_FAILED));
    return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum redir_rfb_format format = (enum redir_rfb_format)(data[0] & 3);
    struct slice bytes = slice_of(data + 1, size - 1);
    struct witness one;
    struct witness all;
    struct witness follower;
    bool split = run(&one, bytes, 1 + (data[0] >> 2), true, format);
    bool whole = run(&all, bytes, bytes.size + 1, true, format);
    bool followed = run(&follower, bytes, bytes.size + 1, false, format);
    must(!whole || followed);
    if (data[0] >> 2 != 0) {
        const struct redir_screen *a = redir_rfb_decoder_screen(one.decoder);
        const struct redir_screen *b = redir_rfb_decoder_screen(all.decoder);
        must(split == whole && one.sizes == all.sizes && one.updates == all.updates &&
             one.rects == all.rects);
        must((a->pixels == NULL) == (b->pixels == NULL));
        must(a->pixels == NULL || (a->stride == b->stride && a->height == b->height &&
                                   memcmp(a->pixels, b->pixels, a->stride * a->height) == 0));
    }
    redir_rfb_decoder_free(one.decoder);
    redir_rfb_decoder_free(all.decoder);
    redir_rfb_decoder_free(follower.decoder);
    return 0;
}
