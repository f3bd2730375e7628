/* Random bytes from the kernel, fit for keys and nonces. Any thread. */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills `size` bytes. Ends the process when the kernel has no randomness to give. */
void random_bytes(void *to, size_t size);

/* A number in 0 … bound-1, bound > 0. For jitter and spreading, each value about equally likely. */
uint32_t random_below(uint32_t bound);

/* `length` characters of letters and digits that are not easily confused, and a NUL:
 * `text` has room for length + 1. For generated passwords. */
void random_text(char *text, size_t length);

#endif
