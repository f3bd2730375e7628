#include "obctl/cast.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OLD "the old one\n"

static const struct redir_asciicast_head head = {.width = 80, .height = 25, .title = "x"};

static char folder[32];
static char path[64];

/* A folder with nothing in it but, when `old`, a file that everybody may read. */
static void begin(bool old)
{
    (void)snprintf(folder, sizeof folder, "/tmp/cast-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.cast", folder);
    if (!old)
        return;
    int file = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(file, OLD, strlen(OLD)), strlen(OLD));
    assert_int_equal(fchmod(file, 0644), 0);
    assert_int_equal(close(file), 0);
}

static unsigned files(void)
{
    unsigned count = 0;
    DIR *all = opendir(folder);
    for (const struct dirent *one; (one = readdir(all)) != NULL;)
        count += one->d_name[0] != '.';
    (void)closedir(all);
    return count;
}

static void assert_file(mode_t mode, const char *beginning)
{
    struct stat status;
    char text[64] = "";
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, mode);
    assert_true(read(file, text, sizeof text - 1) > 0);
    assert_memory_equal(text, beginning, strlen(beginning));
    assert_int_equal(close(file), 0);
}

static void end(void)
{
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else is there */
}

static void the_old_file_stays_until_there_is_a_session(void **state)
{
    struct error err;
    (void)state;
    begin(true);
    struct obctl_cast *cast = obctl_cast_create(path, true, &head, &err);
    assert_non_null(cast);
    assert_file(0644, OLD);
    assert_true(obctl_cast_close(cast, &err));
    assert_file(0644, OLD);
    assert_int_equal(files(), 1);
    end();
}

static void the_new_file_is_its_owner_s(void **state)
{
    struct error err;
    (void)state;
    for (int old = 0; old < 2; old++) {
        begin(old != 0);
        struct obctl_cast *cast = obctl_cast_create(path, old != 0, &head, &err);
        assert_non_null(cast);
        obctl_cast_keep(cast);
        obctl_cast_put(cast, REDIR_ASCIICAST_OUTPUT, SLICE_LITERAL("hello"));
        assert_file(0600, "{\"version\":"); /* also if we were killed now */
        assert_true(obctl_cast_close(cast, &err));
        assert_file(0600, "{\"version\":");
        end();
    }
}

static void what_is_there_is_not_replaced_unasked(void **state)
{
    struct error err;
    (void)state;
    begin(true);
    assert_null(obctl_cast_create(path, false, &head, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_file(0644, OLD);
    end();
}

static void what_came_meanwhile_is_not_replaced_either(void **state)
{
    struct error err;
    (void)state;
    begin(false);
    struct obctl_cast *cast = obctl_cast_create(path, false, &head, &err);
    assert_non_null(cast);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, OLD, strlen(OLD)), strlen(OLD));
    assert_int_equal(close(file), 0);
    obctl_cast_keep(cast);
    assert_false(obctl_cast_close(cast, &err));
    assert_file(0600, OLD);
    const char *other = strstr(err.text, folder); /* the recording, which is not lost */
    assert_non_null(other);
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(other, ":"), other);
    assert_string_not_equal(name, path);
    assert_int_equal(unlink(name), 0);
    end();
}

static void only_files_are_replaced(void **state)
{
    struct error err;
    (void)state;
    assert_null(obctl_cast_create("/dev/null", true, &head, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_null(obctl_cast_create("/tmp", true, &head, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_file_stays_until_there_is_a_session),
        cmocka_unit_test(the_new_file_is_its_owner_s),
        cmocka_unit_test(what_is_there_is_not_replaced_unasked),
        cmocka_unit_test(what_came_meanwhile_is_not_replaced_either),
        cmocka_unit_test(only_files_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
