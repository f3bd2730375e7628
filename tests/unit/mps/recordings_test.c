#include "core/clock.h"
#include "core/file.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/recording_folder.h"
#include "mps/recordings.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A library in a folder of its own; calls run on a fiber of a simulated loop. */
static char folder[64];
static struct mps_recordings *library;
static struct arena arena;
static const struct guid guid = {{1, 2, 3}};

static void open_library(uint64_t size_limit, uint32_t days)
{
    const struct mps_recordings_options options = {folder, size_limit, days};
    library = mps_recordings_new(&options, NULL);
    assert_non_null(library);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/recordings_test.XXXXXX");
    arena_init(&arena);
    return mkdtemp(folder) == NULL || io_simulated_start() == NULL;
}

static int end(void **state)
{
    (void)state;
    struct mps_recording_facts *list;
    size_t count;
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    io_simulated_stop();
    mps_recordings_free(library);
    assert_true(recording_folder_list(fd, &arena, NULL, &list, &count, NULL));
    for (size_t i = 0; i < count; i++)
        (void)unlinkat(fd, list[i].id, 0);
    (void)unlinkat(fd, "20200101-000000-00000000.kvm", 0);
    close(fd);
    arena_fini(&arena);
    return rmdir(folder);
}

static void (*test_body)(void);

static void run_body(void *arg)
{
    bool *done = arg;
    test_body();
    *done = true;
}

/* Runs it as a fiber to its end. */
static void on_fiber(void (*body)(void))
{
    bool done = false;
    test_body = body;
    assert_true(io_fiber_start(run_body, &done, NULL));
    for (unsigned i = 0; i < 1000 && !done; i++)
        io_simulated_run();
    assert_true(done);
}

static struct mps_recording *begun(const char *tenant)
{
    const struct mps_recording_about about = {&guid, tenant, "anna", REDIR_KVM};
    struct error err = {0};
    struct mps_recording *recording = mps_recording_begin(library, &about, &err);
    if (recording == NULL)
        fail_msg("%s", err.text);
    return recording;
}

static bool put_picture(struct mps_recording *recording, uint64_t time, uint16_t edge,
                        struct error *err)
{
    struct redir_screen screen = {0};
    struct buffer tiles;
    uint32_t noise = 1;
    buffer_init(&tiles, 1 << 20);
    assert_true(redir_screen_make(&screen, edge, edge, REDIR_RFB_GREY8, NULL));
    for (unsigned i = 0; i < edge * (unsigned)edge; i++) {
        noise = noise * 1664525 + 1013904223;
        screen.pixels[i] = (uint8_t)(noise >> 24);
    }
    struct redir_rect all = {0, 0, edge, edge};
    redir_recording_put_tile(&tiles, &screen, &all);
    struct redir_recording_frame frame = {REDIR_RECORDING_KEY, time, edge, edge, REDIR_RFB_GREY8, 1,
                                          buffer_slice(&tiles)};
    bool ok = mps_recording_put_frame(recording, &frame, err);
    buffer_fini(&tiles);
    redir_screen_fini(&screen);
    return ok;
}

static struct mps_recording_facts *listed(const char *tenant, size_t expected)
{
    struct mps_recording_facts *list;
    size_t count;
    assert_true(mps_recordings_list(library, &arena, tenant, &list, &count, NULL));
    assert_int_equal(count, expected);
    return list;
}

static void make_and_look(void)
{
    open_library(1 << 20, 0);
    struct mps_recording *recording = begun("t");
    assert_true(put_picture(recording, 10, 8, NULL));
    struct mps_recording_facts *facts = listed("t", 1);
    assert_false(facts->whole);
    struct error err = {0};
    struct slice id = slice_of_string(facts->id);
    assert_false(mps_recordings_remove(library, "t", id, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_false(mps_recordings_remove(library, "", id, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND); /* not even that it is being made */
    mps_recording_end(recording, 500, NULL, NULL);
    facts = listed("t", 1);
    assert_true(facts->whole);
    assert_int_equal(facts->duration_ms, 500);
    assert_string_equal(facts->user, "anna");
    assert_int_equal(facts->kind, REDIR_KVM);
    assert_string_equal(facts->guid, "01020300-0000-0000-0000-000000000000");
    /* Another tenant neither sees nor touches it. */
    listed("", 0);
    struct buffer png;
    int fd;
    uint64_t size;
    enum redir_kind kind;
    buffer_init(&png, 1 << 20);
    assert_false(mps_recordings_remove(library, "", id, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(mps_recordings_open(library, "", id, &fd, &size, &kind, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(mps_recordings_picture(library, "", id, 10, &png, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(mps_recordings_picture(library, "t", id, 10, &png, &err));
    assert_true(slice_starts_with(buffer_slice(&png), SLICE_LITERAL("\x89PNG")));
    buffer_fini(&png);
    assert_true(mps_recordings_remove(library, "t", id, &err));
    listed("t", 0);
}

static void a_recording_is_its_tenants(void **state)
{
    (void)state;
    on_fiber(make_and_look);
}

static void fill(void)
{
    struct error err = {0};
    open_library(12000, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct mps_recording *recording = begun("");
        assert_true(put_picture(recording, 1, 64, &err)); /* about 4 KB */
        mps_recording_end(recording, 2, NULL, NULL);
    }
    struct mps_recording_facts *list = listed("", 2);
    assert_true(list[0].size + list[1].size <= 12000);
    /* One that is larger than all may be is ended. */
    struct mps_recording *recording = begun("");
    bool ok = true;
    for (unsigned i = 0; i < 4 && ok; i++)
        ok = put_picture(recording, i, 64, &err);
    assert_false(ok);
    assert_int_equal(err.code, ERROR_STORE);
    mps_recording_end(recording, 9, NULL, NULL);
}

static void there_is_no_more_of_them_than_may_be(void **state)
{
    (void)state;
    on_fiber(fill);
}

static void grow_old(void)
{
    char path[128];
    struct buffer file;
    open_library(1 << 20, 30);
    buffer_init(&file, 4096);
    redir_recording_put_header(
        &file, SLICE_LITERAL("{\"guid\":\"g\",\"tenant\":\"\",\"user\":\"\",\"kind\":\"kvm\","
                             "\"start\":\"2020-01-01T00:00:00.000Z\"}"));
    snprintf(path, sizeof path, "%s/20200101-000000-00000000.kvm", folder);
    assert_true(file_write(path, buffer_slice(&file), 0600, FILE_KEEP));
    buffer_fini(&file);
    listed("", 1);
    mps_recording_end(begun(""), 1, NULL, NULL);
    assert_int_not_equal(access(path, F_OK), 0);
    listed("", 1);
}

static void old_ones_go(void **state)
{
    (void)state;
    on_fiber(grow_old);
}

static void crowd(void)
{
    static struct mps_recording *all[MPS_RECORDINGS_AT_ONCE];
    const struct mps_recording_about about = {&guid, "", NULL, REDIR_SOL};
    struct error err = {0};
    open_library(1 << 20, 0);
    for (size_t i = 0; i < MPS_RECORDINGS_AT_ONCE; i++)
        all[i] = begun("");
    assert_null(mps_recording_begin(library, &about, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    for (size_t i = 0; i < MPS_RECORDINGS_AT_ONCE; i++)
        mps_recording_end(all[i], 1, NULL, NULL);
    struct mps_recording *one = mps_recording_begin(library, &about, &err);
    assert_non_null(one);
    assert_true(mps_recording_put_text(one, SLICE_LITERAL("[12.345,\"o\",\"x\"]\n"), &err));
    mps_recording_end(one, 12999, NULL, NULL);
    struct mps_recording_facts *list = listed("", MPS_RECORDINGS_AT_ONCE + 1);
    for (size_t i = 0; i <= MPS_RECORDINGS_AT_ONCE; i++)
        if (list[i].kind == REDIR_SOL)
            assert_int_equal(list[i].duration_ms, 12999);
}

static void so_many_are_made_at_once_and_no_more(void **state)
{
    (void)state;
    on_fiber(crowd);
}

static void share(void)
{
    struct error err = {0};
    open_library(20000, 0);
    struct mps_recording *one = begun("");
    struct mps_recording *other = begun("");
    assert_true(put_picture(one, 1, 64, &err)); /* about 4 KB */
    assert_true(put_picture(other, 1, 64, &err));
    assert_true(put_picture(one, 2, 64, &err));
    assert_true(put_picture(other, 2, 64, &err));
    assert_false(put_picture(one, 3, 64, &err));
    assert_int_equal(err.code, ERROR_STORE);
    mps_recording_end(one, 3, "no room", NULL);
    assert_true(put_picture(other, 3, 64, &err)); /* the one that has ended makes room */
    mps_recording_end(other, 4, NULL, NULL);
    listed("", 1);
}

static void those_being_made_count_together(void **state)
{
    (void)state;
    on_fiber(share);
}

static void put_file(const char *name, struct slice content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(file_write(path, content, 0600, FILE_KEEP));
}

static bool is_there(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void litter(void)
{
    static uint8_t nothing[9000];
    char path[128];
    open_library(12000, 0);
    put_file("20200101-000000-00000000.kvm", slice_of(nothing, sizeof nothing));
    snprintf(path, sizeof path, "%s/20200101-000000-00000001.kvm", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    listed("", 0); /* and does not wait for somebody who writes to the second */
    struct mps_recording *recording = begun("");
    assert_true(put_picture(recording, 1, 64, NULL));
    mps_recording_end(recording, 2, NULL, NULL);
    assert_false(is_there("20200101-000000-00000000.kvm"));
    assert_int_equal(unlink(path), 0);
    listed("", 1);
}

static void files_that_are_no_recordings_count_and_go(void **state)
{
    (void)state;
    on_fiber(litter);
}

/* How large a file may become: stands for a disk that is full. */
static void limit_files(rlim_t most)
{
    const struct rlimit limit = {most, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void run_full(void)
{
    const struct mps_recording_about about = {&guid, "", NULL, REDIR_KVM};
    struct error err = {0};
    struct recording_name *names;
    size_t count;
    (void)signal(SIGXFSZ, SIG_IGN);
    open_library(1 << 20, 0);
    limit_files(1);
    struct mps_recording *recording = mps_recording_begin(library, &about, &err);
    limit_files(RLIM_INFINITY);
    assert_null(recording);
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(recording_folder_names(fd, &names, &count, NULL));
    assert_int_equal(count, 0);
    free(names);
    close(fd);
    /* A picture that is not written whole leaves no trace in file and index. */
    recording = begun("");
    assert_true(put_picture(recording, 10, 8, &err));
    limit_files(2000);
    assert_false(put_picture(recording, 20, 64, &err));
    limit_files(RLIM_INFINITY);
    mps_recording_end(recording, 25, "the disk is full", NULL);
    struct mps_recording_facts *facts = listed("", 1);
    assert_false(facts->whole);
    assert_int_equal(facts->duration_ms, 25);
    struct buffer png;
    buffer_init(&png, 1 << 20);
    assert_true(mps_recordings_picture(library, "", slice_of_string(facts->id), 25, &png, &err));
    buffer_fini(&png);
}

static void a_full_disk_leaves_what_can_be_read(void **state)
{
    (void)state;
    on_fiber(run_full);
}

static struct mps_recording *begun_console(void)
{
    const struct mps_recording_about about = {&guid, "", NULL, REDIR_SOL};
    return mps_recording_begin(library, &about, NULL);
}

static void put_line(struct mps_recording *recording, size_t size)
{
    struct buffer line;
    buffer_init(&line, size + 64);
    buffer_put_text(&line, "[7.250000,\"o\",\"");
    memset(buffer_reserve(&line, size), 'x', size);
    buffer_added(&line, size);
    buffer_put_text(&line, "\"]\n");
    assert_true(mps_recording_put_text(recording, buffer_slice(&line), NULL));
    buffer_fini(&line);
}

static void talk(void)
{
    static const size_t sizes[] = {10, 4076, 4096, 70000};
    open_library(1 << 20, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct mps_recording *recording = begun_console();
        put_line(recording, 10);
        put_line(recording, sizes[i]);
        struct mps_recording_facts *facts = listed("", 1);
        assert_int_equal(facts->duration_ms, 7250);
        assert_false(facts->whole);
        mps_recording_end(recording, 9001, i == 0 ? "the disk is full" : NULL, NULL);
        facts = listed("", 1);
        assert_int_equal(facts->duration_ms, 9001);
        assert_int_equal(facts->whole, i != 0);
        assert_true(mps_recordings_remove(library, "", slice_of_string(facts->id), NULL));
    }
}

static void a_console_tells_its_length_and_whether_it_is_whole(void **state)
{
    (void)state;
    on_fiber(talk);
}

static char played_id[MPS_RECORDING_ID_SIZE];
static unsigned played, refused;

static void play(void *arg)
{
    struct buffer png;
    struct error err;
    (void)arg;
    buffer_init(&png, 1 << 20);
    if (mps_recordings_picture(library, "", slice_of_string(played_id), 5, &png, &err))
        played++;
    else if (err.code == ERROR_BUSY)
        refused++;
    buffer_fini(&png);
}

static void play_together(void)
{
    struct io_task tasks[MPS_RECORDING_PICTURES + 3] = {0};
    size_t count = sizeof tasks / sizeof *tasks;
    open_library(1 << 20, 0);
    struct mps_recording *recording = begun("");
    assert_true(put_picture(recording, 1, 64, NULL));
    mps_recording_end(recording, 2, NULL, NULL);
    memcpy(played_id, listed("", 1)->id, sizeof played_id);
    for (size_t i = 0; i < count; i++)
        assert_true(io_task_start(&tasks[i], play, NULL, NULL));
    for (size_t i = 0; i < count; i++)
        io_task_join(&tasks[i]);
    assert_int_equal(played, MPS_RECORDING_PICTURES);
    assert_int_equal(refused, 3);
}

static void so_many_are_played_at_once_and_no_more(void **state)
{
    (void)state;
    on_fiber(play_together);
}

static void names_that_are_none_are_not_looked_for(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        ".kvm",
                                        "../a.kvm",
                                        "a/b.kvm",
                                        "A.kvm",
                                        "a.kvm.new",
                                        "a.txt",
                                        "..kvm",
                                        "a.kvm ",
                                        "a\n.kvm",
                                        "0123456789012345678901234567890123456789.kvm"};
    enum redir_kind kind;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(recording_folder_name(slice_of_string(names[i]), &kind));
    assert_true(recording_folder_name(SLICE_LITERAL("20261122-214300-1a2b3c4d.cast"), &kind));
    assert_int_equal(kind, REDIR_SOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recording_is_its_tenants, begin, end),
        cmocka_unit_test_setup_teardown(there_is_no_more_of_them_than_may_be, begin, end),
        cmocka_unit_test_setup_teardown(old_ones_go, begin, end),
        cmocka_unit_test_setup_teardown(so_many_are_made_at_once_and_no_more, begin, end),
        cmocka_unit_test_setup_teardown(those_being_made_count_together, begin, end),
        cmocka_unit_test_setup_teardown(files_that_are_no_recordings_count_and_go, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_what_can_be_read, begin, end),
        cmocka_unit_test_setup_teardown(a_console_tells_its_length_and_whether_it_is_whole, begin,
                                        end),
        cmocka_unit_test_setup_teardown(so_many_are_played_at_once_and_no_more, begin, end),
        cmocka_unit_test(names_that_are_none_are_not_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
