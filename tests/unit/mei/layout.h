/* Bodies of replies as ../apf/wire.h writes them, for tests of decoders: decoded with what is
 * allowed behind them and without what must be there. */
#ifndef UNIT_MEI_LAYOUT_H
#define UNIT_MEI_LAYOUT_H

#include "../apf/wire.h"

#include "core/arena.h"

/* Sets up and takes down what follows; for cmocka. */
int layout_begin(void **state);
int layout_end(void **state);

/* Where texts are. */
struct arena *layout_arena(void);

/* The body is decoded to `to`; with zeros behind it as well; not with anything else behind it, and
 * not when any of its last bytes is missing down to `least` bytes. Fails the test otherwise. */
void layout_decodes(bool (*decode)(struct slice body, void *to), const char *wire, void *to,
                    size_t least);

/* The body is not decoded. */
void layout_refuses(bool (*decode)(struct slice body, void *to), const char *wire, void *to);

/* `text` is that. */
void layout_text(struct slice text, const char *expected);

#endif
