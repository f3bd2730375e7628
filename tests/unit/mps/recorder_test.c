#include "../apf/wire.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "mps/recorder.h"
#include "mps/recordings.h"
#include "mps/shard.h"
#include "store/store.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* Sessions as the relay shows them to the recorder, on a server of one simulated loop with a store
 * of two devices: one has the tag "lab". A third one's row cannot be read. */
static const struct guid tagged = {{1}}, untagged = {{2}}, unread = {{3}};
static const char *const tags[] = {"lab"};

static char data[64], folder[80];
static struct mps *mps;
static struct store *store;
static struct mps_recordings *library;
static struct mps_recorder *recorder;
static struct arena arena;

static void (*test_body)(void);

static void run_body(void *arg)
{
    test_body();
    *(bool *)arg = true;
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

static void put_devices(void)
{
    struct error err;
    const struct store_device_secrets none = {0};
    struct store_device one = {.guid = tagged, .tenant_id = "", .tags = tags, .tag_count = 1};
    struct store_device other = {.guid = untagged, .tenant_id = ""};
    if (!store_device_put(store, &arena, &one, STORE_TAGS, &none, false, NULL, &err) ||
        !store_device_put(store, &arena, &other, 0, &none, false, NULL, &err))
        fail_msg("%s", err.text);
}

static int begin(void **state)
{
    struct error err;
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    snprintf(data, sizeof data, "/tmp/recorder_test.XXXXXX");
    assert_non_null(mkdtemp(data));
    snprintf(folder, sizeof folder, "%s/recordings", data);
    assert_non_null(io_simulated_start());
    arena_init(&arena);
    const struct store_options options = {.directory = data, .instance = "here", .batch_ms = 5};
    store = store_open(&options, &err);
    assert_non_null(store);
    on_fiber(put_devices);
    const struct mps_recordings_options about = {folder, 1 << 20, 0};
    library = mps_recordings_new(&about, &err);
    assert_non_null(library);
    mps = memory_new(sizeof *mps + sizeof mps->shards[0]);
    mps->shard_count = 1;
    mps->shards[0].loop = io_loop_current();
    return 0;
}

static void remove_all(const char *path)
{
    char name[512];
    DIR *entries = opendir(path);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            (void)unlink(name);
        }
    if (entries != NULL)
        closedir(entries);
    (void)rmdir(path);
}

static int end(void **state)
{
    (void)state;
    mps_recordings_free(library);
    store_close(store);
    io_simulated_stop();
    free(mps);
    arena_fini(&arena);
    remove_all(folder);
    remove_all(data);
    return 0;
}

/* --- a session -------------------------------------------------------------------------------- */

static struct {
    struct mps_tap_session session;
    void *owner;
    unsigned stops;
    struct error why;
} relay;

static void stop(void *at, const struct error *why)
{
    assert_ptr_equal(at, &relay);
    relay.stops++;
    relay.why = *why;
}

static void nudge(void *at)
{
    assert_ptr_equal(at, &relay);
}

static void begin_session(const struct guid *guid, enum redir_kind kind, bool record)
{
    memset(&relay, 0, sizeof relay);
    relay.session = (struct mps_tap_session){.guid = guid,
                                             .tenant = "",
                                             .user = "anna",
                                             .kind = kind,
                                             .record = record,
                                             .nudge = nudge,
                                             .stop = stop,
                                             .relay = &relay};
}

static void make_recorder(bool sol, bool kvm, bool required)
{
    const struct mps_recorder_options options = {
        .mps = mps,
        .store = store,
        .recordings = library,
        .kinds = {[REDIR_SOL] = sol, [REDIR_KVM] = kvm},
        .tags = tags,
        .tag_count = 1,
        .required = required,
    };
    mps->tap_count = 0;
    recorder = mps_recorder_new(&options);
}

static void console_says(const char *wire)
{
    struct buffer b;
    buffer_init(&b, WIRE_LIMIT);
    wire_put(&b, wire);
    if (relay.owner != NULL)
        mps->taps[0].device(relay.owner, buffer_slice(&b));
    buffer_fini(&b);
    io_simulated_run();
}

/* What there is, as the list has it. */
static struct mps_recording_facts listed;
static size_t listed_count;

static void list_all(void)
{
    struct mps_recording_facts *list;
    assert_true(mps_recordings_list(library, &arena, "", &list, &listed_count, NULL));
    if (listed_count > 0)
        listed = list[0];
}

/* How large a file may become: stands for a disk that is full. */
static void limit_files(rlim_t most)
{
    const struct rlimit limit = {most, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static struct mps_recording *crowd[MPS_RECORDINGS_AT_ONCE];

static void make_a_crowd(void)
{
    const struct mps_recording_about about = {&tagged, "", NULL, REDIR_SOL};
    for (size_t i = 0; i < MPS_RECORDINGS_AT_ONCE; i++)
        assert_non_null(crowd[i] = mps_recording_begin(library, &about, NULL));
}

static void disperse(void)
{
    for (size_t i = 0; i < MPS_RECORDINGS_AT_ONCE; i++)
        assert_true(mps_recording_end(crowd[i], 1, NULL, NULL));
    remove_all(folder);
}

#define SAID "2a 00 00 00 00000000 0200 'ok'"

/* --- the table -------------------------------------------------------------------------------- */

enum fault { NO_FAULT, FOLDER_GONE, CROWDED, DISK_FULL, NONSENSE };

struct expected {
    const char *what;
    const struct guid *guid;
    bool demanded; /* by the settings, for devices with the tag */
    bool asked;    /* record=1 */
    bool required;
    enum fault fault;
    const char *ends;   /* NULL: the session goes on */
    const char *reason; /* of a file that is not whole; "": it is; NULL: there is none */
};

static const struct expected table[] = {
    {"nobody wants it", &tagged, false, false, true, NO_FAULT, NULL, NULL},
    {"demanded", &tagged, true, false, true, NO_FAULT, NULL, ""},
    {"demanded of others", &untagged, true, false, true, NO_FAULT, NULL, NULL},
    {"demanded of others, and asked for", &untagged, true, true, true, NO_FAULT, NULL, ""},
    {"tags unknown", &unread, true, false, true, NO_FAULT, NULL, ""},
    {"tags unknown, no file", &unread, true, false, true, FOLDER_GONE, "must be recorded", NULL},
    {"no file", &tagged, true, false, true, FOLDER_GONE, "must be recorded", NULL},
    {"no file, not required", &tagged, true, false, false, FOLDER_GONE, NULL, NULL},
    {"no file, asked for", &tagged, false, true, true, FOLDER_GONE, NULL, NULL},
    {"no file, asked for, others'", &untagged, true, true, true, FOLDER_GONE, NULL, NULL},
    {"no file, both", &tagged, true, true, true, FOLDER_GONE, "must be recorded", NULL},
    {"crowded", &tagged, true, false, true, CROWDED, "64 recordings are being made", NULL},
    {"crowded, asked for", &tagged, false, true, true, CROWDED, NULL, NULL},
    {"full", &tagged, true, false, true, DISK_FULL, "File too large", "or the disk was full"},
    {"full, not required", &tagged, true, false, false, DISK_FULL, NULL, "or the disk was full"},
    {"full, asked for", &tagged, false, true, true, DISK_FULL, NULL, "or the disk was full"},
    {"nonsense", &tagged, true, false, true, NONSENSE, "what is none", "what is none"},
    {"nonsense, asked for", &tagged, false, true, true, NONSENSE, NULL, "what is none"},
};

static void bring_about(enum fault fault)
{
    if (fault == FOLDER_GONE)
        assert_int_equal(rmdir(folder), 0);
    if (fault == CROWDED)
        on_fiber(make_a_crowd);
}

static void check_session(const struct expected *x)
{
    if (relay.stops != (x->ends != NULL))
        fail_msg("%s: ended %u times", x->what, relay.stops);
    if (x->ends != NULL && strstr(relay.why.text, x->ends) == NULL)
        fail_msg("%s: '%s' does not say '%s'", x->what, relay.why.text, x->ends);
    if (x->ends != NULL)
        assert_int_equal(relay.why.code, ERROR_STORE);
}

static void check_file(const struct expected *x)
{
    if (listed_count != (x->reason != NULL))
        fail_msg("%s: there are %zu files", x->what, listed_count);
    if (x->reason == NULL)
        return;
    if (listed.whole != (x->reason[0] == 0))
        fail_msg("%s: %s", x->what, listed.whole ? "it is whole" : listed.reason);
    if (!listed.whole && strstr(listed.reason, x->reason) == NULL)
        fail_msg("%s: '%s' does not say '%s'", x->what, listed.reason, x->reason);
    assert_string_equal(listed.user, "anna");
}

static void run_case(const struct expected *x)
{
    make_recorder(x->demanded, false, x->required);
    begin_session(x->guid, REDIR_SOL, x->asked);
    bring_about(x->fault);
    relay.owner = mps->taps[0].start(mps->taps[0].context, &relay.session);
    io_simulated_run();
    console_says(SAID);
    if (x->fault == DISK_FULL)
        limit_files(64);
    console_says(x->fault == NONSENSE ? "ff*16" : SAID);
    limit_files(RLIM_INFINITY);
    check_session(x);
    if (relay.owner != NULL)
        mps->taps[0].over(relay.owner);
    io_simulated_run();
    assert_int_equal(atomic_load(&mps->shards[0].relays), 0);
    if (x->fault == CROWDED)
        on_fiber(disperse);
    if (x->fault != FOLDER_GONE && x->fault != CROWDED) {
        on_fiber(list_all);
        check_file(x);
    }
    mps_recorder_free(recorder);
}

static void one_that_is_demanded_is_made_or_the_session_ends(void **state)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(begin(state), 0);
        run_case(&table[i]);
        assert_int_equal(end(state), 0);
    }
}

/* --- screens ---------------------------------------------------------------------------------- */

static void film(bool required, bool ends)
{
    struct error err;
    uint8_t nonsense[64];
    memset(nonsense, 0xff, sizeof nonsense);
    make_recorder(false, true, required);
    begin_session(&tagged, REDIR_KVM, false);
    struct mps_follow *follow = mps_follow_new(nudge, &relay);
    mps_recorder_screen(recorder, &relay.session, follow);
    io_simulated_run();
    assert_int_equal(relay.stops, 0);
    assert_false(mps_follow_browser(follow, nonsense, sizeof nonsense, &err));
    assert_int_equal(relay.stops, ends); /* at once */
    io_simulated_advance(200);
    assert_int_equal(relay.stops, ends);
    if (ends)
        assert_non_null(strstr(relay.why.text, err.text));
    mps_follow_over(follow);
    io_simulated_run();
    on_fiber(list_all);
    assert_false(listed.whole);
    assert_string_equal(listed.reason, err.text);
    mps_recorder_free(recorder);
}

static void a_screen_that_is_not_understood_is_not_recorded_further(void **state)
{
    for (unsigned required = 0; required < 2; required++) {
        assert_int_equal(begin(state), 0);
        film(required == 1, required == 1);
        assert_int_equal(end(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_demanded_is_made_or_the_session_ends),
        cmocka_unit_test(a_screen_that_is_not_understood_is_not_recorded_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
