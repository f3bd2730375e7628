/* Whole files: read up to a bound, written all at once or not at all. */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/outband-file-XXXXXX";
static char path[64];
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/outband-file-XXXXXX", sizeof folder);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/a", folder);
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)rmdir(folder);
    arena_fini(&arena);
    return 0;
}

static struct slice content(size_t limit)
{
    struct slice text = SLICE_LITERAL("(unreadable)");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)file_read(&arena, fd, limit, &text);
    (void)close(fd);
    return text;
}

static mode_t mode_of(const char *name)
{
    struct stat info;
    return stat(name, &info) == 0 ? info.st_mode & 07777 : 0;
}

static void a_file_is_replaced_whole_with_its_mode(void **state)
{
    (void)state;
    mode_t before = umask(0277);
    assert_true(file_write(path, SLICE_LITERAL("one"), 0640, FILE_REPLACE));
    (void)umask(before);
    assert_int_equal(mode_of(path), 0640);
    assert_true(file_write(path, SLICE_LITERAL("two"), 0600, FILE_REPLACE));
    assert_true(slice_equal_string(content(3), "two"));
    assert_int_equal(mode_of(path), 0600);
}

static void what_is_there_can_be_kept(void **state)
{
    (void)state;
    assert_true(file_write(path, SLICE_LITERAL("one"), 0600, FILE_KEEP));
    assert_false(file_write(path, SLICE_LITERAL("two"), 0600, FILE_KEEP));
    assert_int_equal(errno, EEXIST);
    assert_true(slice_equal_string(content(3), "one"));
}

static void a_file_past_the_limit_is_not_read(void **state)
{
    (void)state;
    assert_true(file_write(path, SLICE_LITERAL("four"), 0600, FILE_REPLACE));
    assert_true(slice_equal_string(content(4), "four"));
    assert_true(slice_equal_string(content(3), "(unreadable)"));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct slice text;
    assert_false(file_read(&arena, fd, 3, &text));
    assert_int_equal(errno, EFBIG);
    (void)close(fd);
}

static void a_part_of_a_file_is_read_whole_or_not(void **state)
{
    static const struct {
        uint64_t offset;
        size_t size;
        bool there;
    } parts[] = {{0, 4, true}, {2, 2, true}, {4, 0, true}, {2, 3, false}, {5, 1, false}};
    (void)state;
    char bytes[8];
    assert_true(file_write(path, SLICE_LITERAL("four"), 0600, FILE_REPLACE));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        errno = 0;
        assert_int_equal(file_read_at(fd, parts[i].offset, bytes, parts[i].size), parts[i].there);
        if (parts[i].there)
            assert_memory_equal(bytes, &"four"[parts[i].offset], parts[i].size);
        else
            assert_int_equal(errno, EIO);
    }
    (void)close(fd);
}

static void failures_name_file_and_reason(void **state)
{
    (void)state;
    struct error err;
    assert_false(file_write("/proc/nowhere/a", SLICE_LITERAL("one"), 0600, FILE_REPLACE));
    assert_false(file_error(&err, ERROR_STORE, "/proc/nowhere/a"));
    assert_int_equal(err.code, ERROR_STORE);
    assert_string_equal(err.text, "/proc/nowhere/a: No such file or directory");
}

static void the_folder_of_a_path_is_what_is_before_its_name(void **state)
{
    static const char *const paths[][2] = {
        {"a", "."}, {"/a", "/"}, {"/b/a", "/b"}, {"b/a", "b"}, {"./a", "."}, {"b/", "b"}, {"", "."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_true(slice_equal_string(file_folder(paths[i][0]), paths[i][1]));
}

static void what_cannot_be_synced_is(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(file_sync(ends[1]));
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_false(file_sync(ends[1]));
    assert_int_equal(errno, EBADF);
}

#define FILE_CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_CASE(a_file_is_replaced_whole_with_its_mode),
        FILE_CASE(what_is_there_can_be_kept),
        FILE_CASE(a_file_past_the_limit_is_not_read),
        FILE_CASE(a_part_of_a_file_is_read_whole_or_not),
        FILE_CASE(failures_name_file_and_reason),
        FILE_CASE(the_folder_of_a_path_is_what_is_before_its_name),
        FILE_CASE(what_cannot_be_synced_is),
    };
    return cmocka_run_group_tests_name("core/file", tests, NULL, NULL);
}
