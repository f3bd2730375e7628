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
#include <unistd.h>

#define PART      ".upload-" /* what no image's name begins with */
#define SECTOR    2048
#define BOOT_AT   17 /* El Torito 2.0: the sector of the boot record */
#define BOOT_ID   "\0CD001\1EL TORITO SPECIFICATION"
#define CATALOG   0x47 /* where it says the sector of the catalogue */
#define SIGNATURE 510

static DIR *read_folder(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

/* One server has the data folder, so nobody is writing them. */
static void remove_parts(int folder)
{
    DIR *dir = read_folder(folder);
    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strncmp(entry->d_name, PART, strlen(PART)) == 0)
            unlinkat(folder, entry->d_name, 0);
    closedir(dir);
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
    remove_parts(fd);
    return fd;
}

static bool read_at(int fd, uint64_t offset, uint8_t *to, size_t size)
{
    return pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

/* El Torito: the boot record, the catalogue's validation entry, and the initial entry, which must
 * be a bootable one. */
static bool cd_boots(int fd)
{
    uint8_t record[CATALOG + 4];
    uint8_t catalog[64];
    if (!read_at(fd, BOOT_AT * SECTOR, record, sizeof record) ||
        memcmp(record, BOOT_ID, sizeof BOOT_ID - 1) != 0)
        return false;
    struct cursor c = cursor_of(slice_of(record + CATALOG, 4));
    uint64_t sector = cursor_u32_le(&c);
    return read_at(fd, sector * SECTOR, catalog, sizeof catalog) && catalog[0] == 1 &&
           catalog[30] == 0x55 && catalog[31] == 0xAA && catalog[32] == 0x88;
}

static bool disk_boots(int fd)
{
    uint8_t signature[2];
    return read_at(fd, SIGNATURE, signature, sizeof signature) && signature[0] == 0x55 &&
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
    return fsync(fd) == 0 && renameat(folder, part, folder, name) == 0 && fsync(folder) == 0;
}
