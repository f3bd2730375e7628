/* The questions to the small clients, each on a connection of its own: platform id (spec rpc 2.8),
 * watchdog (2.7), flash log (2.9). mei_open is replaced. */
#include "me.h"

#include "mei/flash_log.h"
#include "mei/upid.h"
#include "mei/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *answer; /* NULL: there is no such client */
static enum mei_client opened;
static struct error err;
static char told[64];

struct mei *__wrap_mei_open(enum mei_client client, struct error *why);
struct mei *__wrap_mei_open(enum mei_client client, struct error *why)
{
    opened = client;
    if (answer == NULL) {
        (void)error_set(why, ERROR_UNSUPPORTED, "no such client");
        return NULL;
    }
    struct mei *mei = me_open();
    me_says(answer);
    return mei;
}

static bool support(void)
{
    uint8_t bits = 0;
    bool ok = mei_upid_support(&bits, &err);
    (void)snprintf(told, sizeof told, "%u", bits);
    return ok;
}

static bool state_of(void)
{
    bool on = false;
    bool ok = mei_upid_state(&on, &err);
    (void)snprintf(told, sizeof told, "%d", on);
    return ok;
}

static bool os_control(void)
{
    bool on = false;
    bool ok = mei_upid_os_control(&on, &err);
    (void)snprintf(told, sizeof told, "%d", on);
    return ok;
}

static bool platform_id(void)
{
    struct mei_upid id = {0};
    bool ok = mei_upid_get(&id, &err);
    (void)snprintf(told, sizeof told, "%u %c %02x", id.oem_type, id.oem_id[0], id.csme_id[31]);
    return ok;
}

static bool amt_off(void)
{
    return mei_watchdog_set_operational(false, &err);
}

static bool flash_log(void)
{
    struct buffer log;
    buffer_init(&log, MEI_FLASH_LOG_LIMIT);
    bool ok = mei_flash_log_read(&log, &err);
    (void)snprintf(told, sizeof told, "%.*s", SLICE_ARG(buffer_slice(&log)));
    buffer_fini(&log);
    return ok;
}

static const struct row {
    enum mei_client client;
    bool (*ask)(void);
    const char *request, *reply, *told;
    const char *other; /* a reply of another form */
} rows[] = {
    {MEI_UPID, support, "00 00 0000", "00 00 0500 00000000 03", "3", "00 00 0600 00000000 0300"},
    {MEI_UPID, state_of, "00 01 0000", "00 01 0500 00000000 01", "1", "00 01 0400 00000000"},
    {MEI_UPID, state_of, "00 01 0000", "00 01 0500 00000000 00", "0", "00 05 0500 00000000 00"},
    {MEI_UPID, os_control, "00 03 0000", "00 03 0500 00000000 01", "1", "00 03 0400 00000000"},
    {MEI_UPID, platform_id, "00 05 0000", "00 05 4800 00000000 02000000 'OEM-7' 00*27 a7*32",
     "2 O a7", "00 05 4700 00000000 02000000 'OEM-7' 00*27 a7*31"},
    {MEI_WATCHDOG, amt_off, "05 03 53 10 00", "05 83 53 10 00000000", "", "05 83 53 10 000000"},
    {MEI_HOTHAM, flash_log, "06 81 00 00", "00 10 0000 'flash log'", "flash log", "00 10 00"},
};

static void every_row(void)
{
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof rows[0]; row++) {
        told[0] = '\0';
        answer = row->reply;
        if (!row->ask())
            fail_msg("%s: %s", row->request, err.text);
        assert_int_equal(opened, row->client);
        me_hears(row->request);
        assert_string_equal(told, row->told);
        answer = row->other;
        if (row->ask())
            fail_msg("%s takes %s", row->request, row->other);
        assert_int_equal(err.code, ERROR_PROTOCOL);
        answer = NULL;
        assert_false(row->ask());
        assert_int_equal(err.code, ERROR_UNSUPPORTED);
    }
}

static void each_question_is_asked_and_understood(void **state)
{
    (void)state;
    me_run(every_row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_question_is_asked_and_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
