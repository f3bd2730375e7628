#include "mps/images.h"

#include "core/encoding.h"
#include "core/file.h"
#include "core/list.h"
#include "core/memory.h"
#include "core/random.h"
#include "io/work.h"
#include "mps/image_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKERS     4
#define QUEUE_LIMIT 4096

/* Why an image is not to be touched. */
enum hold { HOLD_READ, HOLD_WRITE, HOLD_UPLOAD, HOLD_REMOVE };

struct held {
    struct list link;
    enum hold hold;
    char folder[IMAGE_FOLDER_NAME_SIZE]; /* the tenant's */
    char name[MPS_IMAGE_NAME_MOST + 1];
};

struct mps_images {
    int folder;
    uint64_t size_limit, total_limit;
    struct io_pool *pool;
    pthread_mutex_t lock;
    struct list held;    /* under the lock, as is the next */
    struct list tallies; /* of the tenants that are uploading */
};

/* What a tenant has. There while it uploads something; under the lock. */
struct tally {
    struct list link;
    char folder[IMAGE_FOLDER_NAME_SIZE];
    unsigned uploads;
    uint64_t stored;    /* bytes of its files when an upload last began, and of uploads since */
    uint64_t finished;  /* bytes of uploads that were finished */
    uint64_t uploading; /* bytes of those that are not */
};

struct mps_image_use {
    struct mps_images *images;
    struct held *held;
    struct redir_drive_file *file;
};

struct mps_image_upload {
    struct mps_images *images;
    struct held *held;
    struct tally *tally;
    int folder, fd;
    uint64_t size;
    uint64_t counted; /* bytes of them in the tally's `uploading` */
    char part[IMAGE_FOLDER_PART_SIZE];
};

bool mps_image_name(struct slice name, enum redir_drive_kind *kind)
{
    if (name.size < 5 || name.size > MPS_IMAGE_NAME_MOST || name.data[0] == '.' ||
        !encoding_is_utf8(name))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7F || name.data[i] == '/')
            return false;
    struct slice ending = slice_from(name, name.size - 4);
    bool cd = slice_equal_ignore_case(ending, SLICE_LITERAL(".iso"));
    if (kind != NULL)
        *kind = cd ? REDIR_DRIVE_CD : REDIR_DRIVE_FLOPPY;
    return cd || slice_equal_ignore_case(ending, SLICE_LITERAL(".img"));
}

static bool check_name(struct slice name, struct error *err)
{
    return mps_image_name(name, NULL) ||
           error_set(err, ERROR_INVALID,
                     "an image's name has up to %d bytes, no \"/\", and ends in .iso or .img",
                     MPS_IMAGE_NAME_MOST);
}

static bool absent(struct slice name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "there is no image %.*s", SLICE_ARG(name));
}

struct mps_images *mps_images_new(const char *folder, uint64_t size_limit, uint64_t total_limit,
                                  struct error *err)
{
    int fd = image_folder_open(folder, err);
    if (fd < 0)
        return NULL;
    struct io_pool *pool = io_pool_new("images", WORKERS, QUEUE_LIMIT, err);
    if (pool == NULL) {
        close(fd);
        return NULL;
    }
    struct mps_images *images = memory_new(sizeof *images);
    images->folder = fd;
    images->size_limit = size_limit;
    images->total_limit = total_limit;
    images->pool = pool;
    list_init(&images->held);
    list_init(&images->tallies);
    pthread_mutex_init(&images->lock, NULL);
    return images;
}

void mps_images_free(struct mps_images *images)
{
    if (images == NULL)
        return;
    io_pool_free(images->pool);
    close(images->folder);
    pthread_mutex_destroy(&images->lock);
    free(images);
}

/* ---- who has what ---- */

/* Whether somebody holds the image in a way that excludes `hold`. Under the lock. */
static bool excluded(struct mps_images *images, const char *folder, const char *name,
                     enum hold hold)
{
    for (struct list *at = images->held.next; at != &images->held; at = at->next) {
        const struct held *other = LIST_ENTRY(at, struct held, link);
        if (strcmp(other->name, name) == 0 && strcmp(other->folder, folder) == 0 &&
            (hold != HOLD_READ || other->hold != HOLD_READ))
            return true;
    }
    return false;
}

static bool name_folder(const char *tenant, char folder[IMAGE_FOLDER_NAME_SIZE], struct error *err)
{
    return image_folder_name(tenant, folder) ||
           error_set(err, ERROR_INVALID, "the tenant's name is too long");
}

/* NULL with ERROR_CONFLICT, or ERROR_INVALID. */
static struct held *hold_image(struct mps_images *images, const char *tenant, struct slice name,
                               enum hold hold, struct error *err)
{
    struct held *held = memory_new(sizeof *held);
    if (!check_name(name, err) || !name_folder(tenant, held->folder, err)) {
        free(held);
        return NULL;
    }
    memcpy(held->name, name.data, name.size);
    held->hold = hold;
    pthread_mutex_lock(&images->lock);
    bool free_to_take = !excluded(images, held->folder, held->name, hold);
    if (free_to_take)
        list_append(&images->held, &held->link);
    pthread_mutex_unlock(&images->lock);
    if (free_to_take)
        return held;
    free(held);
    error_set(err, ERROR_CONFLICT, "the image %.*s is in use", SLICE_ARG(name));
    return NULL;
}

static void release(struct mps_images *images, struct held *held)
{
    pthread_mutex_lock(&images->lock);
    list_remove(&held->link);
    pthread_mutex_unlock(&images->lock);
    free(held);
}

static void mark_used(struct mps_images *images, const char *folder, struct mps_image *image)
{
    pthread_mutex_lock(&images->lock);
    image->in_use = excluded(images, folder, image->name, HOLD_WRITE);
    pthread_mutex_unlock(&images->lock);
}

/* ---- looking ---- */

struct look {
    struct mps_images *images;
    struct arena *arena;
    char folder[IMAGE_FOLDER_NAME_SIZE];
    const char *name; /* NULL: all */
    struct mps_image *list;
    size_t count;
    struct error *err;
    bool ok;
};

static void look_work(void *arg)
{
    struct look *look = arg;
    int folder = image_folder_enter(look->images->folder, look->folder, false);
    if (folder < 0 && look->name == NULL) {
        look->ok = errno == ENOENT || file_error(look->err, ERROR_STORE, "images"); /* none yet */
        return;
    }
    if (look->name == NULL)
        look->ok = image_folder_list(folder, look->arena, &look->list, &look->count, look->err);
    else
        look->ok = folder >= 0 && image_folder_look(folder, look->name, look->list);
    if (folder >= 0)
        close(folder);
}

bool mps_images_list(struct mps_images *images, const char *tenant, struct arena *arena,
                     struct mps_image **list, size_t *count, struct error *err)
{
    struct look look = {.images = images, .arena = arena, .err = err};
    if (!name_folder(tenant, look.folder, err) || !io_work(images->pool, look_work, &look, err) ||
        !look.ok)
        return false;
    for (size_t i = 0; i < look.count; i++)
        mark_used(images, look.folder, &look.list[i]);
    *list = look.list;
    *count = look.count;
    return true;
}

bool mps_images_find(struct mps_images *images, const char *tenant, struct arena *arena,
                     struct slice name, struct mps_image *image, struct error *err)
{
    struct look look = {.images = images, .list = image, .err = err};
    if (!check_name(name, err) || !name_folder(tenant, look.folder, err))
        return false;
    look.name = arena_string(arena, name);
    if (!io_work(images->pool, look_work, &look, err))
        return false;
    if (!look.ok)
        return absent(name, err);
    mark_used(images, look.folder, image);
    return true;
}

/* ---- uploading ---- */

struct step {
    struct mps_image_upload *upload;
    struct slice bytes;
    bool replaced;
    int error; /* errno; 0: done */
};

static struct tally *find_tally(struct mps_images *images, const char *folder)
{
    for (struct list *at = images->tallies.next; at != &images->tallies; at = at->next) {
        struct tally *tally = LIST_ENTRY(at, struct tally, link);
        if (strcmp(tally->folder, folder) == 0)
            return tally;
    }
    struct tally *tally = memory_new(sizeof *tally);
    memcpy(tally->folder, folder, strlen(folder));
    list_append(&images->tallies, &tally->link);
    return tally;
}

static struct mps_image_upload *upload_new(struct mps_images *images, struct held *held)
{
    struct mps_image_upload *upload = memory_new(sizeof *upload);
    upload->images = images;
    upload->held = held;
    pthread_mutex_lock(&images->lock);
    upload->tally = find_tally(images, held->folder);
    upload->tally->uploads++;
    pthread_mutex_unlock(&images->lock);
    return upload;
}

/* Nobody holds the image for it any more, either. */
static void upload_free(struct mps_image_upload *upload)
{
    struct mps_images *images = upload->images;
    pthread_mutex_lock(&images->lock);
    if (--upload->tally->uploads == 0) {
        list_remove(&upload->tally->link);
        free(upload->tally);
    }
    pthread_mutex_unlock(&images->lock);
    release(images, upload->held);
    free(upload);
}

/* Sees what administrators have copied there or removed. An upload that is finished meanwhile may
 * count twice, until the next time, but is not missed. */
static bool measure(struct mps_image_upload *upload)
{
    struct mps_images *images = upload->images;
    uint64_t bytes;
    pthread_mutex_lock(&images->lock);
    uint64_t before = upload->tally->finished;
    pthread_mutex_unlock(&images->lock);
    bool ok = image_folder_size(upload->folder, &bytes);
    pthread_mutex_lock(&images->lock);
    if (ok)
        upload->tally->stored = bytes + (upload->tally->finished - before);
    pthread_mutex_unlock(&images->lock);
    return ok;
}

/* Whether there is room for `size` bytes more; then they are counted. */
static bool count_in(struct mps_image_upload *upload, size_t size)
{
    struct mps_images *images = upload->images;
    pthread_mutex_lock(&images->lock);
    uint64_t there = upload->tally->stored + upload->tally->uploading;
    bool room = there <= images->total_limit && size <= images->total_limit - there;
    if (room) {
        upload->tally->uploading += size;
        upload->counted += size;
    }
    pthread_mutex_unlock(&images->lock);
    return room;
}

/* The bytes of an upload are those of a file from now on, or of nothing. */
static void count_out(struct mps_image_upload *upload, bool stored)
{
    struct mps_images *images = upload->images;
    pthread_mutex_lock(&images->lock);
    upload->tally->uploading -= upload->counted;
    if (stored) {
        upload->tally->stored += upload->counted;
        upload->tally->finished += upload->counted;
    }
    upload->counted = 0;
    pthread_mutex_unlock(&images->lock);
}

static void create_work(void *arg)
{
    struct step *step = arg;
    struct mps_image_upload *upload = step->upload;
    upload->folder = image_folder_enter(upload->images->folder, upload->held->folder, true);
    if (upload->folder < 0) {
        step->error = errno;
        return;
    }
    upload->fd = measure(upload) ? image_folder_create(upload->folder, upload->part) : -1;
    if (upload->fd >= 0)
        return;
    step->error = errno;
    close(upload->folder);
}

static void append_work(void *arg)
{
    struct step *step = arg;
    int fd = step->upload->fd;
    if (!image_folder_has_room(fd, step->bytes.size))
        step->error = ENOSPC;
    else
        step->error = file_write_all(fd, step->bytes) ? 0 : errno;
}

static void finish_work(void *arg)
{
    struct step *step = arg;
    struct mps_image_upload *upload = step->upload;
    count_out(upload, true); /* before the file is there: see measure() */
    bool ok = image_folder_take(upload->folder, upload->fd, upload->part, upload->held->name,
                                &step->replaced);
    step->error = ok ? 0 : errno;
}

static void abandon_work(void *arg)
{
    struct step *step = arg;
    struct mps_image_upload *upload = step->upload;
    unlinkat(upload->folder, upload->part, 0);
    close(upload->folder);
    close(upload->fd);
    count_out(upload, false);
}

static bool do_step(struct step *step, void (*work)(void *arg), struct error *err)
{
    if (!io_work(step->upload->images->pool, work, step, err))
        return false;
    if (file_is_full(step->error))
        return error_set(err, ERROR_FULL,
                         "the image is not stored: there is no room for it on the server's disk");
    if (step->error != 0)
        return error_set(err, ERROR_STORE, "the image cannot be stored: %s", strerror(step->error));
    return true;
}

static bool too_large(const struct mps_images *images, struct error *err)
{
    return error_set(err, ERROR_TOO_LARGE, "an image may have up to %llu MB",
                     (unsigned long long)(images->size_limit >> 20));
}

struct mps_image_upload *mps_images_upload(struct mps_images *images, const char *tenant,
                                           struct slice name, uint64_t size, struct error *err)
{
    if (size > images->size_limit) {
        (void)too_large(images, err);
        return NULL;
    }
    struct held *held = hold_image(images, tenant, name, HOLD_UPLOAD, err);
    if (held == NULL)
        return NULL;
    struct mps_image_upload *upload = upload_new(images, held);
    struct step step = {.upload = upload};
    if (do_step(&step, create_work, err))
        return upload;
    upload_free(upload);
    return NULL;
}

bool mps_image_upload_write(struct mps_image_upload *upload, struct slice bytes, struct error *err)
{
    struct step step = {.upload = upload, .bytes = bytes};
    if (bytes.size > upload->images->size_limit - upload->size)
        return too_large(upload->images, err);
    if (!count_in(upload, bytes.size))
        return error_set(err, ERROR_TOO_LARGE,
                         "all images of a tenant may have up to %llu MB together",
                         (unsigned long long)(upload->images->total_limit >> 20));
    upload->size += bytes.size;
    return do_step(&step, append_work, err);
}

void mps_image_upload_abandon(struct mps_image_upload *upload)
{
    struct step step = {.upload = upload};
    if (!io_work(upload->images->pool, abandon_work, &step, NULL))
        abandon_work(&step); /* the queue is full: rather wait here than leave it behind */
    upload_free(upload);
}

bool mps_image_upload_finish(struct mps_image_upload *upload, bool *replaced, struct error *err)
{
    struct step step = {.upload = upload};
    bool ok = upload->size > 0 ? do_step(&step, finish_work, err)
                               : error_set(err, ERROR_INVALID, "an image cannot be empty");
    if (!ok) {
        mps_image_upload_abandon(upload);
        return false;
    }
    *replaced = step.replaced;
    close(upload->folder);
    close(upload->fd); /* on the disk already */
    upload_free(upload);
    return true;
}

/* ---- removing ---- */

struct removal {
    int folder; /* of all */
    const struct held *held;
    int error;
};

static void remove_work(void *arg)
{
    struct removal *removal = arg;
    int folder = image_folder_enter(removal->folder, removal->held->folder, false);
    removal->error = folder >= 0 && unlinkat(folder, removal->held->name, 0) == 0 ? 0 : errno;
    if (folder >= 0)
        close(folder);
}

bool mps_images_remove(struct mps_images *images, const char *tenant, struct slice name,
                       struct error *err)
{
    struct held *held = hold_image(images, tenant, name, HOLD_REMOVE, err);
    if (held == NULL)
        return false;
    struct removal removal = {.folder = images->folder, .held = held};
    bool ok = io_work(images->pool, remove_work, &removal, err);
    if (ok && removal.error == ENOENT)
        ok = absent(name, err);
    else if (ok && removal.error != 0)
        ok =
            error_set(err, ERROR_STORE, "the image cannot be removed: %s", strerror(removal.error));
    release(images, held);
    return ok;
}

/* ---- using ---- */

struct entering {
    int folder;
    const char *name;
    int entered;
    int error;
};

static void enter_work(void *arg)
{
    struct entering *entering = arg;
    entering->entered = image_folder_enter(entering->folder, entering->name, false);
    entering->error = errno;
}

/* Of a tenant without a folder there is no image. */
static struct redir_drive_file *open_file(struct mps_images *images, const struct held *held,
                                          enum redir_drive_kind kind, bool writable,
                                          struct error *err)
{
    struct entering entering = {.folder = images->folder, .name = held->folder};
    if (!io_work(images->pool, enter_work, &entering, err))
        return NULL;
    if (entering.entered < 0) {
        error_set(err, entering.error == ENOENT ? ERROR_NOT_FOUND : ERROR_STORE,
                  "the folder of images: %s", strerror(entering.error));
        return NULL;
    }
    struct redir_drive_file *file =
        redir_drive_file_open(entering.entered, held->name, kind, writable, images->pool, err);
    close(entering.entered);
    return file;
}

struct mps_image_use *mps_images_open(struct mps_images *images, const char *tenant,
                                      struct slice name, enum redir_drive_kind kind, bool writable,
                                      struct error *err)
{
    enum redir_drive_kind real;
    if (!check_name(name, err))
        return NULL;
    if (mps_image_name(name, &real) && real != kind) {
        error_set(err, ERROR_INVALID, "%.*s is no image for a %s drive", SLICE_ARG(name),
                  redir_drive_name(kind));
        return NULL;
    }
    struct held *held = hold_image(images, tenant, name, writable ? HOLD_WRITE : HOLD_READ, err);
    if (held == NULL)
        return NULL;
    struct redir_drive_file *file = open_file(images, held, kind, writable, err);
    if (file == NULL) {
        if (err->code == ERROR_NOT_FOUND)
            absent(name, err);
        release(images, held);
        return NULL;
    }
    struct mps_image_use *use = memory_new(sizeof *use);
    *use = (struct mps_image_use){images, held, file};
    return use;
}

const struct redir_drive *mps_image_use_drive(const struct mps_image_use *use)
{
    return redir_drive_file_drive(use->file);
}

void mps_image_use_end(struct mps_image_use *use)
{
    if (use == NULL)
        return;
    redir_drive_file_close(use->file);
    release(use->images, use->held);
    free(use);
}
