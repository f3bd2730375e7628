#include "rpc/line/config_file.h"

#include "core/file.h"
#include "rpc/line/config.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef CONFIGFS_MAGIC /* older headers have neither of them */
#define CONFIGFS_MAGIC 0x62656570UL
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546UL
#endif

static bool refuse_errno(const char *path, struct error *err)
{
    return file_error(err, ERROR_INVALID, path);
}

bool rpc_config_file_is_made_up(unsigned long type)
{
    static const unsigned long types[] = {
        PROC_SUPER_MAGIC,    SYSFS_MAGIC,    DEBUGFS_MAGIC,  TRACEFS_MAGIC,
        SECURITYFS_MAGIC,    SELINUX_MAGIC,  SMACK_MAGIC,    CGROUP_SUPER_MAGIC,
        CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,   NSFS_MAGIC,     DEVPTS_SUPER_MAGIC,
        PSTOREFS_MAGIC,      BINFMTFS_MAGIC, CONFIGFS_MAGIC, FUSE_SUPER_MAGIC,
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* ---- what a privileged run takes ---- */

static bool is_roots(const struct stat *status, const char *what, struct error *err)
{
    if (status->st_uid != 0)
        return error_set(err, ERROR_INVALID,
                         "%s belongs to the user %u, and root takes values from its own only "
                         "(\"chown root\" makes it one)",
                         what, (unsigned)status->st_uid);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(err, ERROR_INVALID,
                         "others than root can write %s (\"chmod go-w\" ends that)", what);
    return true;
}

/* The folder is held open, so that what was looked at is what the file is taken from. */
static bool is_folder_roots(int folder, const char *path, struct error *err)
{
    struct stat status;
    struct statfs system;
    char what[160];
    (void)snprintf(what, sizeof what, "the folder of %.100s", path);
    if (fstat(folder, &status) != 0 || fstatfs(folder, &system) != 0)
        return refuse_errno(path, err);
    if (rpc_config_file_is_made_up((unsigned long)system.f_type))
        return error_set(err, ERROR_INVALID,
                         "%s is on a file system whose contents are not root's alone", what);
    return is_roots(&status, what, err);
}

static bool is_file_roots(int file, const char *path, struct error *err)
{
    struct stat status;
    struct statfs system;
    if (fstat(file, &status) != 0 || fstatfs(file, &system) != 0)
        return refuse_errno(path, err);
    if (rpc_config_file_is_made_up((unsigned long)system.f_type))
        return error_set(err, ERROR_INVALID,
                         "%s is on a file system whose contents are not root's alone", path);
    return is_roots(&status, path, err);
}

/* ---- reading ---- */

static bool check_kind(mode_t mode, const char *path, struct error *err)
{
    if (S_ISLNK(mode))
        return error_set(err, ERROR_INVALID,
                         "%s is a symbolic link, which root doesn't follow to its values (put the "
                         "file itself there)",
                         path);
    return S_ISREG(mode) || error_set(err, ERROR_INVALID, "%s is no regular file", path);
}

static bool read_file(struct arena *arena, int file, const char *path, bool privileged,
                      struct slice *text, struct error *err)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return refuse_errno(path, err);
    if (!check_kind(status.st_mode, path, err) || (privileged && !is_file_roots(file, path, err)))
        return false;
    return file_read(arena, file, RPC_CONFIG_LIMIT, text) || refuse_errno(path, err);
}

static bool read_in(struct arena *arena, int folder, const char *name, const char *path,
                    bool privileged, struct slice *text, bool *there, struct error *err)
{
    struct stat status;
    if (fstatat(folder, name, &status, privileged ? AT_SYMLINK_NOFOLLOW : 0) != 0)
        return true;
    *there = true;
    if (!check_kind(status.st_mode, path, err) ||
        (privileged && !is_folder_roots(folder, path, err)))
        return false;
    int stays = privileged ? O_NOFOLLOW : 0;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | stays);
    if (file < 0)
        return refuse_errno(path, err);
    bool ok = read_file(arena, file, path, privileged, text, err);
    (void)close(file);
    return ok;
}

bool rpc_config_file_read(struct arena *arena, const char *path, bool privileged,
                          struct slice *text, bool *there, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    *there = false;
    int folder = open(arena_string(arena, file_folder(path)), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return true;
    bool ok = read_in(arena, folder, name, path, privileged, text, there, err);
    (void)close(folder);
    return ok;
}
