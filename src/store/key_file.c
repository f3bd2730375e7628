#include "store/key_file.h"

#include "core/arena.h"
#include "core/encoding.h"
#include "core/file.h"
#include "core/file_draft.h"
#include "core/memory.h"
#include "core/random.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_SIZE ((size_t)2 * KEY_FILE_SIZE)

bool key_file_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 || errno != ENOENT;
}

static uint8_t *new_key(struct error *err)
{
    uint8_t *key = sodium_malloc(KEY_FILE_SIZE);
    if (key == NULL)
        (void)error_set(err, ERROR_STORE,
                        "there is no locked memory for the key: raise the limit (ulimit -l)");
    return key;
}

static bool check_file(int fd, const char *path, struct error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return file_error(err, ERROR_STORE, path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_STORE, "%s is no regular file", path);
    if ((info.st_mode & 077) != 0)
        return error_set(err, ERROR_STORE,
                         "%s is open to other users (mode %04o): run chmod 600 %s", path,
                         (unsigned)(info.st_mode & 07777), path);
    return true;
}

uint8_t *key_file_read(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        (void)file_error(err, ERROR_STORE, path);
        return NULL;
    }
    char text[TEXT_SIZE + 2]; /* the digits, a line feed, and one byte more to see that it ends */
    uint8_t *key = NULL;
    if (!check_file(fd, path, err))
        goto out;
    ssize_t got = file_read_all(fd, text, sizeof text);
    if (got < 0) {
        (void)file_error(err, ERROR_STORE, path);
        goto out;
    }
    key = new_key(err);
    if (key == NULL)
        goto out;
    bool whole =
        (size_t)got == TEXT_SIZE || ((size_t)got == TEXT_SIZE + 1 && text[got - 1] == '\n');
    if (!whole || !encoding_hex_decode(slice_of(text, TEXT_SIZE), key, KEY_FILE_SIZE)) {
        (void)error_set(err, ERROR_STORE,
                        "%s is damaged: it does not hold %zu hexadecimal digits; restore it from a "
                        "backup",
                        path, TEXT_SIZE);
        key_file_free(key);
        key = NULL;
    } else {
        sodium_mprotect_readonly(key);
    }
out:
    memory_wipe(text, sizeof text);
    close(fd);
    return key;
}

uint8_t *key_file_create(const char *path, struct error *err)
{
    uint8_t *key = new_key(err);
    if (key == NULL)
        return NULL;
    random_bytes(key, KEY_FILE_SIZE);
    char text[TEXT_SIZE + 1];
    encoding_hex(slice_of(key, KEY_FILE_SIZE), text);
    text[TEXT_SIZE] = '\n';
    file_drafts_sweep(path);
    bool ok = file_write(path, slice_of(text, sizeof text), 0600, FILE_KEEP) ||
              file_error(err, ERROR_STORE, path);
    memory_wipe(text, sizeof text);
    if (ok) {
        sodium_mprotect_readonly(key);
        return key;
    }
    key_file_free(key);
    return NULL;
}

void key_file_free(uint8_t *key)
{
    sodium_free(key);
}
