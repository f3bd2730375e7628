#include "mps/image_folder.h"

#include "core/cursor.h"
#include "core/file.h"
#include "core/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PART      ".upload-" /* what no image's name begins with */
#define TENANT    "tenant-"  /* what the name of a tenant's folder begins with; it has no dot */
#define SECTOR    2048
#define BOOT_AT   17 /* El Torito 2.0: the sector of the boot record */
#define BOOT_ID   "\0CD001\1EL TORITO SPECIFICATION"
#define CATALOG   0x47 /* where it says the sector of the catalogue */
#define SIGNATURE 510
#define SPARE     ((uint64_t)64 << 20) /* bytes of the disk that no image takes */

static DIR *read_folder(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* Whether the character stands for itself in the name of a tenant's folder. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool image_folder_name(const char *tenant, char name[IMAGE_FOLDER_NAME_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = (size_t)snprintf(name, IMAGE_FOLDER_NAME_SIZE, "%s", *tenant == 0 ? "." : TENANT);
    for (; *tenant != 0; tenant++) {
        uint8_t byte = (uint8_t)*tenant;
        if (at + 4 > IMAGE_FOLDER_NAME_SIZE)
            return false;
        if (!is_plain(*tenant)) {
            name[at++] = '%';
            name[at++] = digits[byte >> 4];
            name[at++] = digits[byte & 15];
        } else {
            name[at++] = *tenant;
        }
    }
    name[at] = 0;
    return true;
}

int image_folder_enter(int folder, const char *name, bool make)
{
    if (make && strcmp(name, ".") != 0) {
        if (mkdirat(folder, name, 0700) == 0)
            (void)fsync(folder);
        else if (errno != EEXIST)
            return -1;
    }
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Calls `visit` with each entry of the folder, and of the tenants' folders in it. Stops with false
 * when that does, or with errno. */
static bool visit_all(int folder, bool (*visit)(int folder, const char *name, void *arg), void *arg)
{
    DIR *dir = read_folder(folder);
    bool ok = dir != NULL;
    for (const struct dirent *entry; ok && (entry = readdir(dir)) != NULL;)
        ok = visit(folder, entry->d_name, arg);
    if (dir != NULL)
        closedir(dir);
    return ok;
}

struct walk {
    bool (*visit)(int folder, const char *name, void *arg);
    void *arg;
};

static bool visit_tenant(int folder, const char *name, void *arg)
{
    const struct walk *walk = arg;
    if (!begins(name, TENANT))
        return true;
    int inner = image_folder_enter(folder, name, false);
    if (inner < 0)
        return errno == ENOTDIR || errno == ELOOP || errno == ENOENT;
    bool ok = visit_all(inner, walk->visit, walk->arg);
    int why = errno;
    close(inner);
    errno = why;
    return ok;
}

static bool visit_tree(int folder, bool (*visit)(int folder, const char *name, void *arg),
                       void *arg)
{
    struct walk walk = {visit, arg};
    return visit_all(folder, visit, arg) && visit_all(folder, visit_tenant, &walk);
}

/* One server has the data folder, so nobody is writing it. */
static bool remove_part(int folder, const char *name, void *arg)
{
    (void)arg;
    if (begins(name, PART))
        unlinkat(folder, name, 0);
    return true;
}

static bool add_size(int folder, const char *name, void *arg)
{
    uint64_t *sum = arg;
    struct stat status;
    if (!begins(name, PART) && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode))
        *sum += (uint64_t)status.st_size;
    return true; /* removed meanwhile is no error */
}

bool image_folder_size(int folder, uint64_t *bytes)
{
    *bytes = 0;
    return visit_all(folder, add_size, bytes);
}

bool image_folder_has_room(int folder, size_t size)
{
    struct statvfs disk;
    if (fstatvfs(folder, &disk) != 0)
        return true; /* then writing says what is wrong */
    return (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)size + SPARE;
}

int image_folder_open(const char *path, struct error *err)
{
    int fd = mkdir(path, 0700) == 0 || errno == EEXIST
                 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                 : -1;
    if (fd < 0) {
        (void)file_error(err, ERROR_STORE, path);
        return -1;
    }
    (void)visit_tree(fd, remove_part, NULL);
    return fd;
}

/* El Torito: the boot record, the catalogue's validation entry, and the initial entry, which must
 * be a bootable one. */
static bool cd_boots(int fd)
{
    uint8_t record[CATALOG + 4];
    uint8_t catalog[64];
    if (!file_read_at(fd, BOOT_AT * SECTOR, record, sizeof record) ||
        memcmp(record, BOOT_ID, sizeof BOOT_ID - 1) != 0)
        return false;
    struct cursor c = cursor_of(slice_of(record + CATALOG, 4));
    uint64_t sector = cursor_u32_le(&c);
    return file_read_at(fd, sector * SECTOR, catalog, sizeof catalog) && catalog[0] == 1 &&
           catalog[30] == 0x55 && catalog[31] == 0xAA && catalog[32] == 0x88;
}

static bool disk_boots(int fd)
{
    uint8_t signature[2];
    return file_read_at(fd, SIGNATURE, signature, sizeof signature) && signature[0] == 0x55 &&
           signature[1] == 0xAA;
}

bool image_folder_look(int folder, const char *name, struct mps_image *image)
{
    struct stat status;
    enum redir_drive_kind kind;
    if (!mps_image_name(slice_of_string(name), &kind))
        return false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (ok)
        *image = (struct mps_image){
            .name = name,
            .size = (uint64_t)status.st_size,
            .kind = kind,
            .bootable = kind == REDIR_DRIVE_CD ? cd_boots(fd) : disk_boots(fd),
            .modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000,
        };
    close(fd);
    return ok;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mps_image *)a)->name, ((const struct mps_image *)b)->name);
}

bool image_folder_list(int folder, struct arena *arena, struct mps_image **list, size_t *count,
                       struct error *err)
{
    DIR *dir = read_folder(folder);
    size_t room = 0;
    *list = NULL;
    *count = 0;
    if (dir == NULL)
        return file_error(err, ERROR_STORE, "images");
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL && *count < MPS_IMAGES_MOST;) {
        struct mps_image image;
        if (!image_folder_look(folder, entry->d_name, &image))
            continue;
        if (*count == room) {
            room = room == 0 ? 64 : 2 * room;
            struct mps_image *larger = arena_array(arena, room, sizeof *larger);
            if (*count > 0)
                memcpy(larger, *list, *count * sizeof *larger);
            *list = larger;
        }
        image.name = arena_string(arena, slice_of_string(entry->d_name));
        (*list)[(*count)++] = image;
    }
    closedir(dir);
    if (*count > 0)
        qsort(*list, *count, sizeof **list, by_name);
    return true;
}

int image_folder_create(int folder, char part[IMAGE_FOLDER_PART_SIZE])
{
    uint32_t number;
    random_bytes(&number, sizeof number);
    snprintf(part, IMAGE_FOLDER_PART_SIZE, PART "%08x", number);
    return openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool image_folder_take(int folder, int fd, const char *part, const char *name, bool *replaced)
{
    *replaced = faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (fsync(fd) != 0 || renameat(folder, part, folder, name) != 0)
        return false;
    /* The image is there: one that might be gone after a power failure is no upload that failed. */
    (void)fsync(folder);
    return true;
}
