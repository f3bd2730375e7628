/*
 * The key that seals secrets: 32 random bytes as 64 hexadecimal digits in a file that only its
 * owner can read. It is made once, and never again: a key file that is missing, damaged or readable
 * by others is an error that says what to do. In memory the key is locked and guarded. Blocking;
 * start-up only.
 */
#ifndef STORE_KEY_FILE_H
#define STORE_KEY_FILE_H

#include "core/error.h"

#include <stdint.h>

#define KEY_FILE_SIZE 32

/* True when there is a file of that name, of whatever kind. */
bool key_file_exists(const char *path);

/* Reads the key. Owned by the caller (key_file_free); NULL with `err` on failure. */
uint8_t *key_file_read(const char *path, struct error *err);

/* Makes a new key and puts it on the disk, whole or not at all; fails when the file is there. */
uint8_t *key_file_create(const char *path, struct error *err);

/* Wipes and frees; NULL is allowed. */
void key_file_free(uint8_t *key);

#endif
