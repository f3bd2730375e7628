/* Files that are being written: what stands in their way, and what is left of them. */
#include "core/file_draft.h"
#include "core/file_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/outband-draft-XXXXXX";

static const char *at(const char *name)
{
    static char paths[4][96];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int begin(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/outband-draft-XXXXXX", sizeof folder);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

/* How many names there are in the folder; they are removed if `clean`. */
static unsigned names(bool clean)
{
    unsigned count = 0;
    DIR *all = opendir(folder);
    const struct dirent *entry;
    while ((entry = readdir(all)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (clean)
            (void)unlinkat(dirfd(all), entry->d_name, 0);
    }
    (void)closedir(all);
    return count;
}

static int end(void **state)
{
    (void)state;
    (void)names(true);
    return rmdir(folder);
}

static bool put(const char *name, const char *text, enum file_existing existing)
{
    return file_write(at(name), slice_of_string(text), 0600, existing);
}

static void assert_content(const char *name, const char *text)
{
    char bytes[32];
    int fd = open(at(name), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd < 0 ? -1 : file_read_all(fd, bytes, sizeof bytes);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
    (void)close(fd);
}

static mode_t kind_of(const char *name)
{
    struct stat status;
    return lstat(at(name), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

static void a_file_of_somebody_beside_it_stays(void **state)
{
    (void)state;
    assert_true(put("a.new", "mine", FILE_KEEP));
    assert_true(put("a", "one", FILE_REPLACE));
    assert_content("a.new", "mine");
    assert_content("a", "one");
    assert_int_equal(names(false), 2);
}

static void two_are_written_side_by_side(void **state)
{
    (void)state;
    struct file_draft one;
    struct file_draft other;
    assert_true(file_draft_begin(&one, at("a"), 0600, FILE_REPLACE));
    assert_true(file_draft_begin(&other, at("a"), 0600, FILE_REPLACE));
    assert_true(file_write_all(one.fd, SLICE_LITERAL("one")));
    assert_true(file_write_all(other.fd, SLICE_LITERAL("other")));
    assert_true(file_draft_keep(&other));
    assert_content("a", "other");
    assert_true(file_draft_keep(&one));
    assert_content("a", "one");
    assert_int_equal(names(false), 1);
}

static void nothing_is_left_of_a_dropped_one(void **state)
{
    (void)state;
    struct file_draft draft;
    assert_true(file_draft_begin(&draft, at("a"), 0600, FILE_REPLACE));
    file_draft_drop(&draft);
    assert_int_equal(names(false), 0);
    assert_true(put("a", "one", FILE_KEEP));
    assert_false(put("a", "two", FILE_KEEP));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(names(false), 1);
}

static void a_folder_is_no_place(void **state)
{
    (void)state;
    assert_false(file_write(folder, SLICE_LITERAL("one"), 0600, FILE_REPLACE));
    assert_int_equal(errno, EISDIR);
    assert_false(put("no/a", "one", FILE_REPLACE));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(names(false), 0);
}

static void a_pipe_is_written_to(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("a"), 0600), 0);
    assert_false(put("a", "one", FILE_REPLACE));
    assert_int_equal(errno, ENXIO);
    int fd = open(at("a"), O_RDWR | O_CLOEXEC);
    assert_true(put("a", "one", FILE_REPLACE));
    char bytes[8];
    assert_int_equal(read(fd, bytes, sizeof bytes), 3);
    assert_int_equal(kind_of("a"), S_IFIFO);
    assert_int_equal(names(false), 1);
    (void)close(fd);
}

/* Not for every user: mknod is root's. */
static void a_device_is_written_to(void **state)
{
    (void)state;
    static const dev_t null_device = (1U << 8) | 3U;
    if (mknod(at("a"), S_IFCHR | 0600, null_device) != 0)
        skip();
    assert_true(put("a", "one", FILE_REPLACE) || errno == EACCES); /* mounted with nodev */
    assert_int_equal(kind_of("a"), S_IFCHR);
}

static void what_stands_there_is_kept_whatever_it_is(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("a"), 0600), 0);
    assert_int_equal(symlink("nowhere", at("b")), 0);
    assert_false(put("a", "one", FILE_KEEP));
    assert_int_equal(errno, EEXIST);
    assert_false(put("b", "one", FILE_KEEP));
    assert_int_equal(errno, EEXIST);
    assert_int_equal(names(false), 2);
}

static void a_link_is_followed_to_its_targets_place(void **state)
{
    (void)state;
    assert_true(put("a", "one", FILE_KEEP));
    assert_int_equal(symlink("a", at("b")), 0);
    assert_int_equal(symlink(at("b"), at("c")), 0);
    assert_int_equal(symlink("d", at("e")), 0);
    assert_int_equal(symlink("f", at("f")), 0);
    assert_true(put("c", "two", FILE_REPLACE));
    assert_content("a", "two");
    assert_int_equal(kind_of("b"), S_IFLNK);
    assert_int_equal(kind_of("c"), S_IFLNK);
    assert_true(put("e", "new", FILE_REPLACE));
    assert_content("d", "new");
    assert_false(put("f", "one", FILE_REPLACE));
    assert_int_equal(errno, ELOOP);
}

static void what_proc_leads_to_is_written_to(void **state)
{
    (void)state;
    char self[40];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(self, sizeof self, "/dev/fd/%d", ends[1]);
    assert_true(file_write(self, SLICE_LITERAL("one"), 0600, FILE_REPLACE));
    char bytes[8];
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 3);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_true(put("a", "one", FILE_KEEP));
    int fd = open(at("a"), O_WRONLY | O_CLOEXEC);
    (void)snprintf(self, sizeof self, "/dev/fd/%d", fd);
    assert_true(file_write(self, SLICE_LITERAL("two"), 0600, FILE_REPLACE));
    (void)close(fd);
    assert_content("a", "onetwo");
}

static void assert_reason(const char *name, const char *end)
{
    struct error err;
    assert_false(file_target_error(&err, ERROR_INVALID, at(name)));
    size_t size = strlen(err.text);
    assert_true(size > strlen(end));
    assert_string_equal(err.text + size - strlen(end), end);
}

/* In /tmp nobody else's link, pipe or device leads us anywhere, and nobody else's file is written
 * to. Only root can put there what is another's. */
static void others_lead_nowhere_where_everybody_may_write(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_true(put("a", "one", FILE_KEEP));
    assert_int_equal(symlink("a", at("b")), 0);
    assert_int_equal(mkfifo(at("c"), 0666), 0);
    int fd = open(at("c"), O_RDWR | O_CLOEXEC);
    assert_int_equal(lchown(at("b"), 4242, 4242), 0);
    assert_int_equal(lchown(at("c"), 4242, 4242), 0);
    assert_true(put("b", "two", FILE_REPLACE)); /* a folder of ours */
    assert_int_equal(chmod(folder, 01777), 0);
    assert_false(put("b", "three", FILE_REPLACE));
    assert_int_equal(errno, EACCES);
    assert_reason("b", ": it belongs to another user in a folder that all may write to");
    assert_false(put("c", "three", FILE_REPLACE));
    assert_int_equal(errno, EACCES);
    assert_int_equal(symlink("b", at("d")), 0);
    assert_false(put("d", "three", FILE_REPLACE));
    assert_reason("d", "/b belongs to another user in a folder that all may write to");
    errno = EACCES;
    assert_reason("a", ": Permission denied");
    errno = ENOSPC;
    assert_reason("b", ": No space left on device");
    assert_content("a", "two");
    assert_int_equal(lchown(at("b"), 0, 0), 0);
    assert_true(put("b", "three", FILE_REPLACE));
    assert_content("a", "three");
    assert_int_equal(chown(at("a"), 4242, 4242), 0);
    int theirs = open(at("a"), O_RDONLY | O_CLOEXEC);
    assert_true(put("a", "four", FILE_REPLACE));
    char bytes[8];
    assert_int_equal(read(theirs, bytes, sizeof bytes), 5); /* "three", as it was */
    (void)close(theirs);
    (void)close(fd);
}

/* In a folder that may be written to and not be read, by somebody who is not root. What went wrong,
 * as a number; 0: nothing. */
static int write_unreadable(void)
{
    if (geteuid() == 0 &&
        (chown(folder, 4242, 4242) != 0 || setgid(4242) != 0 || setuid(4242) != 0))
        return 1;
    if (!put("a", "one", FILE_KEEP) || chmod(folder, 0300) != 0)
        return 2;
    if (put("b", "one", FILE_KEEP) || errno != EACCES || put("a", "two", FILE_REPLACE) ||
        errno != EACCES)
        return 3;
    return chmod(folder, 0700);
}

static void what_is_told_to_have_failed_is_not_there(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(write_unreadable());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(names(false), 1);
    assert_content("a", "one");
}

/* Of one that is being written nobody finds the name before it is locked. */
static bool lock_holds(void)
{
    struct file_draft draft, late;
    int in = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = file_draft_begin_in(&draft, in, "a", 0600);
    ok = ok && file_draft_begin_in(&late, in, "a", 0600);
    int ours = fcntl(draft.fd, F_DUPFD_CLOEXEC, 0);
    ok = ok && flock(ours, LOCK_EX | LOCK_NB) == 0 && file_write_all(ours, SLICE_LITERAL("one")) &&
         access(at("a"), F_OK) != 0 && file_draft_keep(&draft);
    file_draft_drop(&draft); /* nothing */
    int theirs = openat(in, "a", O_RDONLY | O_CLOEXEC);
    ok = ok && flock(theirs, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(ours);
    ok = ok && flock(theirs, LOCK_SH | LOCK_NB) == 0;
    ok = ok && !file_draft_keep(&late) && errno == EEXIST;
    ok = ok && !file_draft_begin_in(&late, in, "a", 0600) && errno == EEXIST && names(false) == 1;
    (void)close(theirs);
    (void)close(in);
    return ok;
}

static void a_lock_is_there_before_the_name(void **state)
{
    (void)state;
    assert_true(lock_holds());
    assert_content("a", "one");
}

/* A name alone is one in the working directory. */
static void a_name_alone_is_enough(void **state)
{
    (void)state;
    int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(folder), 0);
    assert_true(file_write("a", SLICE_LITERAL("one"), 0600, FILE_KEEP));
    assert_true(file_write("a", SLICE_LITERAL("two"), 0600, FILE_REPLACE));
    assert_int_equal(fchdir(before), 0);
    (void)close(before);
    assert_content("a", "two");
    assert_int_equal(names(false), 1);
}

/* As on NFS, which knows of no files without a name, and of no flags of rename. */
static bool be_nfs(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 5),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What went wrong, as a number; 0: nothing. */
static int write_named(void)
{
    struct file_draft draft;
    if (!be_nfs() || open(folder, O_WRONLY | O_TMPFILE, 0600) >= 0)
        return 1;
    if (!put("a", "one", FILE_KEEP) || put("a", "two", FILE_KEEP) || errno != EEXIST ||
        names(false) != 1)
        return 2;
    if (!put("a", "two", FILE_REPLACE) || names(false) != 1)
        return 3;
    if (!file_draft_begin(&draft, at("a"), 0600, FILE_REPLACE) || names(false) != 2)
        return 4;
    file_draft_drop(&draft);
    if (unlink(at("a")) != 0 || !lock_holds() || !put("a", "two", FILE_REPLACE))
        return 6;
    if (names(false) != 1 || !file_draft_begin(&draft, at("a"), 0600, FILE_REPLACE))
        return 5;
    return 0; /* as a crash would */
}

static void without_nameless_files_a_crash_leaves_one_that_is_swept(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(write_named());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(put(".outband-notes.new", "mine", FILE_KEEP));
    assert_int_equal(names(false), 3);
    file_drafts_sweep(at("a"));
    assert_int_equal(names(false), 2);
    assert_content("a", "two");
    assert_content(".outband-notes.new", "mine");
}

#define DRAFT_CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DRAFT_CASE(a_file_of_somebody_beside_it_stays),
        DRAFT_CASE(two_are_written_side_by_side),
        DRAFT_CASE(nothing_is_left_of_a_dropped_one),
        DRAFT_CASE(a_folder_is_no_place),
        DRAFT_CASE(a_pipe_is_written_to),
        DRAFT_CASE(a_device_is_written_to),
        DRAFT_CASE(what_stands_there_is_kept_whatever_it_is),
        DRAFT_CASE(a_link_is_followed_to_its_targets_place),
        DRAFT_CASE(what_proc_leads_to_is_written_to),
        DRAFT_CASE(others_lead_nowhere_where_everybody_may_write),
        DRAFT_CASE(what_is_told_to_have_failed_is_not_there),
        DRAFT_CASE(a_lock_is_there_before_the_name),
        DRAFT_CASE(a_name_alone_is_enough),
        DRAFT_CASE(without_nameless_files_a_crash_leaves_one_that_is_swept),
    };
    return cmocka_run_group_tests_name("core/file_draft", tests, NULL, NULL);
}
