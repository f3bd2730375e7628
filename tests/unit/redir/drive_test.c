/* Files as drives, on a loop with worker threads. */
#include "redir/drive.h"

#include "core/file.h"
#include "io/loop.h"
#include "io/work.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    char folder[32];
    int fd;
    struct io_pool *pool;
    struct io_loop *loop;
} world;

static int begin(void **state)
{
    (void)state;
    (void)snprintf(world.folder, sizeof world.folder, "/tmp/outband-drive-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    world.fd = open(world.folder, O_RDONLY | O_DIRECTORY);
    world.pool = io_pool_new("test", 1, 4, NULL);
    world.loop = io_loop_new(NULL);
    return world.fd < 0 || world.pool == NULL || world.loop == NULL;
}

static int end(void **state)
{
    static const char *const names[] = {"a.iso", "a.img", "link.iso", "pipe.iso", "empty.iso"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlinkat(world.fd, names[i], 0);
    close(world.fd);
    rmdir(world.folder);
    io_loop_free(world.loop);
    io_pool_free(world.pool);
    return 0;
}

static void make(const char *name, size_t size)
{
    int fd = openat(world.fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    uint8_t bytes[4096];
    memset(bytes, 'i', sizeof bytes);
    assert_true(size <= sizeof bytes && file_write_all(fd, slice_of(bytes, size)));
    close(fd);
}

static void run(void (*test)(void *arg))
{
    assert_true(io_loop_main(world.loop, test, NULL, NULL));
}

static void check_end(void *arg)
{
    uint8_t bytes[2048];
    (void)arg;
    struct redir_drive_file *file =
        redir_drive_file_open(world.fd, "a.iso", REDIR_DRIVE_CD, true, world.pool, NULL);
    const struct redir_drive *drive = redir_drive_file_drive(file);
    assert_int_equal(drive->size, 2560);
    assert_int_equal(drive->block_size, 2048);
    assert_false(drive->writable);
    assert_true(drive->read(drive->owner, 2048, bytes, sizeof bytes, NULL));
    assert_int_equal(bytes[511], 'i');
    assert_int_equal(bytes[512], 0);
    assert_int_equal(bytes[2047], 0);
    redir_drive_file_close(file);
}

static void what_is_past_the_end_is_zeros(void **state)
{
    (void)state;
    make("a.iso", 2560);
    run(check_end);
}

static void check_cut(void *arg)
{
    uint8_t bytes[2048];
    struct error err = {0};
    (void)arg;
    struct redir_drive_file *file =
        redir_drive_file_open(world.fd, "a.iso", REDIR_DRIVE_CD, false, world.pool, NULL);
    const struct redir_drive *drive = redir_drive_file_drive(file);
    make("a.iso", 1024);
    assert_false(drive->read(drive->owner, 0, bytes, sizeof bytes, &err));
    assert_int_equal(err.code, ERROR_STORE);
    unlinkat(world.fd, "a.iso", 0);
    assert_true(drive->read(drive->owner, 0, bytes, 1024, &err));
    redir_drive_file_close(file);
}

static void an_image_that_was_cut_fails_and_one_that_was_removed_does_not(void **state)
{
    (void)state;
    make("a.iso", 4096);
    run(check_cut);
}

static void check_write(void *arg)
{
    uint8_t bytes[1024] = {0};
    (void)arg;
    struct redir_drive_file *file =
        redir_drive_file_open(world.fd, "a.img", REDIR_DRIVE_FLOPPY, true, world.pool, NULL);
    const struct redir_drive *drive = redir_drive_file_drive(file);
    assert_true(drive->writable);
    assert_true(drive->write(drive->owner, 512, SLICE_LITERAL("written"), NULL));
    assert_true(drive->read(drive->owner, 0, bytes, sizeof bytes, NULL));
    assert_memory_equal(bytes + 511, "iwritteni", 9);
    assert_false(drive->write(drive->owner, 1020, SLICE_LITERAL("written"), NULL));
    assert_false(drive->write(drive->owner, UINT64_MAX, SLICE_LITERAL("written"), NULL));
    redir_drive_file_close(file);
}

static void a_floppy_is_written_within_its_bounds(void **state)
{
    (void)state;
    make("a.img", 1024);
    run(check_write);
}

static void refuse(const char *name, enum redir_drive_kind kind, bool writable,
                   enum error_code code)
{
    struct error err = {0};
    assert_null(redir_drive_file_open(world.fd, name, kind, writable, world.pool, &err));
    assert_int_equal(err.code, code);
}

static void check_unfit(void *arg)
{
    (void)arg;
    refuse("none.iso", REDIR_DRIVE_CD, false, ERROR_NOT_FOUND);
    refuse("link.iso", REDIR_DRIVE_CD, false, ERROR_INVALID);
    refuse("pipe.iso", REDIR_DRIVE_CD, false, ERROR_INVALID);
    refuse(".", REDIR_DRIVE_CD, false, ERROR_INVALID);
    refuse("empty.iso", REDIR_DRIVE_CD, false, ERROR_INVALID);
    refuse("a.img", REDIR_DRIVE_FLOPPY, true, ERROR_INVALID); /* 700 bytes */
}

static void what_is_no_image_is_refused(void **state)
{
    (void)state;
    make("empty.iso", 0);
    make("a.img", 700);
    assert_int_equal(symlinkat("a.img", world.fd, "link.iso"), 0);
    assert_int_equal(mkfifoat(world.fd, "pipe.iso", 0600), 0);
    run(check_unfit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_past_the_end_is_zeros, begin, end),
        cmocka_unit_test_setup_teardown(
            an_image_that_was_cut_fails_and_one_that_was_removed_does_not, begin, end),
        cmocka_unit_test_setup_teardown(a_floppy_is_written_within_its_bounds, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_image_is_refused, begin, end),
    };
    return cmocka_run_group_tests_name("redir/drive", tests, NULL, NULL);
}
