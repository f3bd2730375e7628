/*
 * Text under a key that is told with it once: exported profiles (spec rps 1.5, console 5.2).
 * AES-256-GCM; the key is 32 characters, used as they are; base64 of nonce, ciphertext and tag. No
 * state; any thread.
 */
#ifndef IO_SEALED_TEXT_H
#define IO_SEALED_TEXT_H

#include "core/arena.h"
#include "core/error.h"

#define IO_SEALED_KEY_SIZE 33 /* 32 characters and a NUL */

/* Makes a key and seals under it. In the arena. ERROR_INTERNAL. */
bool io_sealed_text_make(struct arena *arena, struct slice text, char key[IO_SEALED_KEY_SIZE],
                         struct slice *sealed, struct error *err);

/* ERROR_INVALID: not such a text, not such a key, or another one. */
bool io_sealed_text_open(struct arena *arena, struct slice sealed, struct slice key,
                         struct slice *text, struct error *err);

#endif
