/*
 * A screen as a picture file. Pure; any thread, and best a worker: it takes tens of milliseconds.
 */
#ifndef REDIR_IMAGE_H
#define REDIR_IMAGE_H

#include "redir/screen.h"

/* Appends the screen as PNG: 8-bit grey for grey formats, else 8-bit RGB. `screen` has memory.
 * False with ERROR_TOO_LARGE when the buffer's limit is passed, ERROR_INTERNAL else. Not on a
 * fiber: libpng takes more stack than one has. */
bool redir_image_png(const struct redir_screen *screen, struct buffer *png, struct error *err);

#endif
