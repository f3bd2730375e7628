/* Which sessions with drives of the server there are, and which of those that are over are
 * remembered. */
#include "core/memory.h"
#include "mps/drives_parts.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TENANT "red"

static struct mps_drives *drives;

static int begin(void **state)
{
    (void)state;
    drives = mps_drives_new(NULL, NULL, NULL, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mps_drives_free(drives); /* what it remembers, too */
    return 0;
}

static struct guid guid_of(unsigned number)
{
    struct guid guid = {{0}};
    memcpy(&guid, &number, sizeof number);
    return guid;
}

/* Held by the caller, beside the table. */
static struct mps_drives_session *entered(unsigned number)
{
    struct error err;
    struct mps_drives_session *session = memory_new(sizeof *session);
    session->drives = drives;
    session->guid = guid_of(number);
    (void)snprintf(session->tenant, sizeof session->tenant, "%s", TENANT);
    session->names[REDIR_DRIVE_CD] = memory_string(SLICE_LITERAL("a.iso"));
    session->holders = 1;
    list_init(&session->link);
    assert_true(mps_drives_enter(session, &err));
    return session;
}

/* A session from its start to its end at that time. */
static void ran(unsigned number, uint64_t now_ms, bool opened, const char *reason)
{
    struct mps_drives_session *session = entered(number);
    atomic_store(&session->counts.open, opened);
    (void)snprintf(session->reason, sizeof session->reason, "%s", reason);
    mps_drives_leave(session, now_ms);
    mps_drives_release(session);
}

/* What is said of the device's last session; NULL when nothing is known. */
static const char *told(unsigned number, uint64_t now_ms)
{
    static char reason[REASON_SIZE];
    struct guid guid = guid_of(number);
    struct mps_drives_session *session = mps_drives_find(drives, &guid, TENANT, true, now_ms);
    if (session == NULL)
        return NULL;
    assert_true(mps_drives_is_over(session));
    (void)snprintf(reason, sizeof reason, "%s", session->reason);
    mps_drives_release(session);
    return reason;
}

static void a_session_that_ran_is_remembered_for_ten_minutes(void **state)
{
    (void)state;
    struct guid guid = guid_of(1);
    ran(1, 1000, true, "first");
    assert_string_equal(told(1, 1000), "first");
    assert_null(mps_drives_find(drives, &guid, TENANT, false, 1000)); /* there is none to end */
    assert_null(mps_drives_find(drives, &guid, "blue", true, 1000));
    assert_string_equal(told(1, 1000 + MPS_DRIVES_KEPT_MS - 1), "first");
    assert_null(told(1, 1000 + MPS_DRIVES_KEPT_MS));
}

static void the_last_one_of_a_device_counts_if_it_ran(void **state)
{
    (void)state;
    struct guid guid = guid_of(1);
    ran(1, 1000, true, "first");
    ran(1, 2000, false, "could not be opened");
    assert_string_equal(told(1, 2000), "first");
    struct mps_drives_session *now = entered(1);
    struct mps_drives_session *found = mps_drives_find(drives, &guid, TENANT, true, 2000);
    assert_ptr_equal(found, now);
    mps_drives_release(found);
    atomic_store(&now->counts.open, true);
    (void)snprintf(now->reason, sizeof now->reason, "%s", "third");
    mps_drives_leave(now, 3000);
    mps_drives_release(now);
    assert_string_equal(told(1, 3000), "third");
    assert_int_equal(drives->kept_count, 1);
}

static void so_many_are_remembered_and_no_more(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MPS_DRIVES_KEPT + 2; i++)
        ran(i, 1000 + i, true, "over");
    assert_int_equal(drives->kept_count, MPS_DRIVES_KEPT);
    assert_null(told(0, 2000));
    assert_null(told(1, 2000));
    assert_string_equal(told(2, 2000), "over");
    assert_string_equal(told(MPS_DRIVES_KEPT + 1, 2000), "over");
}

static void one_that_is_looked_at_stays_whole_when_it_is_dropped(void **state)
{
    (void)state;
    struct guid guid = guid_of(1);
    ran(1, 1000, true, "first");
    struct mps_drives_session *held = mps_drives_find(drives, &guid, TENANT, true, 1000);
    ran(1, 2000, true, "second");
    assert_string_equal(held->reason, "first");
    assert_string_equal(held->names[REDIR_DRIVE_CD], "a.iso");
    mps_drives_release(held);
}

static void a_device_has_one_session(void **state)
{
    (void)state;
    struct error err;
    struct mps_drives_session *first = entered(1);
    struct mps_drives_session second = {.drives = drives, .guid = first->guid};
    assert_false(mps_drives_could_enter(&second, &err));
    assert_int_equal(err.code, ERROR_CONFLICT);
    assert_false(mps_drives_enter(&second, &err));
    mps_drives_leave(first, 1000);
    mps_drives_release(first);
    assert_true(mps_drives_could_enter(&second, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_that_ran_is_remembered_for_ten_minutes),
        TEST(the_last_one_of_a_device_counts_if_it_ran),
        TEST(so_many_are_remembered_and_no_more),
        TEST(one_that_is_looked_at_stays_whole_when_it_is_dropped),
        TEST(a_device_has_one_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
