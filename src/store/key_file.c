#include "store/key_file.h"

#include "core/arena.h"
#include "core/encoding.h"
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

static bool system_error(struct error *err, const char *path)
{
    char reason[128];
    return error_set(err, ERROR_STORE, "%s: %s", path, strerror_r(errno, reason, sizeof reason));
}

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
        return system_error(err, path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_STORE, "%s is no regular file", path);
    if ((info.st_mode & 077) != 0)
        return error_set(err, ERROR_STORE,
                         "%s is open to other users (mode %04o): run chmod 600 %s", path,
                         (unsigned)(info.st_mode & 07777), path);
    return true;
}

/* Reads up to `size` bytes; returns how many, or -1. */
static ssize_t read_all(int fd, char *to, size_t size)
{
    size_t at = 0;
    while (at < size) {
        ssize_t got = read(fd, to + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        at += (size_t)got;
    }
    return (ssize_t)at;
}

uint8_t *key_file_read(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        (void)system_error(err, path);
        return NULL;
    }
    char text[TEXT_SIZE + 2]; /* the digits, a line feed, and one byte more to see that it ends */
    uint8_t *key = NULL;
    if (!check_file(fd, path, err))
        goto out;
    ssize_t got = read_all(fd, text, sizeof text);
    if (got < 0) {
        (void)system_error(err, path);
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

static bool write_all(int fd, const char *from, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, from, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        from += put;
        size -= (size_t)put;
    }
    return true;
}

/* Makes the new name last through a power failure. */
static bool sync_folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL
            ? "."
            : arena_string(arena, slice_of(path, slash == path ? 1 : (size_t)(slash - path)));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

/* Writes the text under another name first: a process killed on the way leaves no half key. */
static bool write_file(struct arena *arena, const char *path, const char *text, size_t size)
{
    const char *draft = arena_printf(arena, "%s.new", path);
    if (unlink(draft) != 0 && errno != ENOENT)
        return false;
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool ok = fchmod(fd, 0600) == 0 && write_all(fd, text, size) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok && renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0 &&
           sync_folder_of(arena, path);
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
    struct arena arena;
    arena_init(&arena);
    bool ok = write_file(&arena, path, text, sizeof text) || system_error(err, path);
    arena_fini(&arena);
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
