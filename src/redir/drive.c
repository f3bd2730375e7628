#include "redir/drive.h"

#include "core/file.h"
#include "core/memory.h"
#include "io/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct redir_drive_file {
    struct redir_drive drive;
    struct io_pool *pool;
    int fd;
};

const char *redir_drive_name(enum redir_drive_kind kind)
{
    return kind == REDIR_DRIVE_CD ? "cd" : "floppy";
}

struct extent {
    int fd;
    uint64_t offset;
    uint8_t *to;
    const uint8_t *from;
    size_t size;
    int error; /* errno; 0: done */
};

/* An image that has become shorter than it was is no image any more. */
static void read_work(void *arg)
{
    struct extent *x = arg;
    x->error = file_read_at(x->fd, x->offset, x->to, x->size) ? 0 : errno;
}

static void write_work(void *arg)
{
    struct extent *x = arg;
    while (x->size > 0) {
        ssize_t put = pwrite(x->fd, x->from, x->size, (off_t)x->offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            x->error = put < 0 ? errno : EIO;
            return;
        }
        x->from += put;
        x->offset += (uint64_t)put;
        x->size -= (size_t)put;
    }
}

static bool file_read_extent(void *owner, uint64_t offset, void *to, size_t size, struct error *err)
{
    struct redir_drive_file *file = owner;
    uint64_t left = offset < file->drive.size ? file->drive.size - offset : 0;
    size_t there = left < size ? (size_t)left : size;
    struct extent x = {.fd = file->fd, .offset = offset, .to = to, .size = there};
    memset((uint8_t *)to + there, 0, size - there);
    if (there > 0 && !io_work(file->pool, read_work, &x, err))
        return false;
    if (x.error != 0)
        return error_set(err, ERROR_STORE, "the image cannot be read: %s", strerror(x.error));
    return true;
}

static bool file_write_extent(void *owner, uint64_t offset, struct slice bytes, struct error *err)
{
    struct redir_drive_file *file = owner;
    struct extent x = {.fd = file->fd, .offset = offset, .from = bytes.data, .size = bytes.size};
    if (!file->drive.writable || offset > file->drive.size ||
        bytes.size > file->drive.size - offset)
        return error_set(err, ERROR_INTERNAL, "that is not within the image");
    if (!io_work(file->pool, write_work, &x, err))
        return false;
    if (x.error != 0)
        return error_set(err, ERROR_STORE, "the image cannot be written: %s", strerror(x.error));
    return true;
}

struct opening {
    int directory;
    const char *name;
    bool writable;
    int fd;
    struct stat status;
    int error;
};

/* Not waiting for the other end of a pipe that has the name of an image. */
static void open_work(void *arg)
{
    struct opening *o = arg;
    int flags = (o->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    o->fd = openat(o->directory, o->name, flags);
    if (o->fd < 0) {
        o->error = errno;
        return;
    }
    if (fstat(o->fd, &o->status) == 0)
        return;
    o->error = errno;
    close(o->fd);
}

static void close_work(void *arg)
{
    struct redir_drive_file *file = arg;
    if (file->drive.writable)
        fdatasync(file->fd);
    close(file->fd);
}

/* Why a file is no image; NULL when it is one. */
static const char *unfit(const struct stat *status, bool writable)
{
    if (!S_ISREG(status->st_mode))
        return "is not a regular file";
    if (status->st_size == 0)
        return "is empty";
    if (writable && status->st_size % REDIR_FLOPPY_BLOCK != 0)
        return "is no whole number of 512-byte blocks, and so cannot be written";
    return NULL;
}

struct redir_drive_file *redir_drive_file_open(int directory, const char *name,
                                               enum redir_drive_kind kind, bool writable,
                                               struct io_pool *pool, struct error *err)
{
    writable = writable && kind == REDIR_DRIVE_FLOPPY;
    struct opening o = {.directory = directory, .name = name, .writable = writable};
    if (!io_work(pool, open_work, &o, err))
        return NULL;
    if (o.error != 0) {
        enum error_code code = o.error == ENOENT                       ? ERROR_NOT_FOUND
                               : o.error == ELOOP || o.error == EISDIR ? ERROR_INVALID
                                                                       : ERROR_STORE;
        error_set(err, code, "%s: %s", name, strerror(o.error));
        return NULL;
    }
    struct redir_drive_file *file = memory_new(sizeof *file);
    file->fd = o.fd;
    file->pool = pool;
    file->drive = (struct redir_drive){
        .size = (uint64_t)o.status.st_size,
        .block_size = kind == REDIR_DRIVE_CD ? REDIR_CD_BLOCK : REDIR_FLOPPY_BLOCK,
        .writable = writable,
        .read = file_read_extent,
        .write = writable ? file_write_extent : NULL,
        .owner = file,
    };
    const char *why = unfit(&o.status, writable);
    if (why == NULL)
        return file;
    error_set(err, ERROR_INVALID, "%s %s", name, why);
    file->drive.writable = false;
    redir_drive_file_close(file);
    return NULL;
}

void redir_drive_file_close(struct redir_drive_file *file)
{
    if (file == NULL)
        return;
    if (!io_work(file->pool, close_work, file, NULL))
        close_work(file); /* the queue is full: rather wait here than leave it open */
    free(file);
}

const struct redir_drive *redir_drive_file_drive(const struct redir_drive_file *file)
{
    return &file->drive;
}
