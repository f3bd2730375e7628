/* Which request when, and which statuses count (spec rps 5.3), on a simulated loop: the test is the
 * presence server. */
#include "io/fiber.h"
#include "io/simulated.h"
#include "rps/handover_mps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GUID    "4c4c4544-0053-3510-8051-b8c04f4d4e31"
#define WITH    "GET /mps/api/v1/devices/" GUID "?tenantId=a%26b HTTP/1.1\r\n"
#define NOTHING "404 Not Found\r\nContent-Length: 0\r\n\r\n"
#define CREATED "201 Created\r\nContent-Length: 0\r\n\r\n"
#define TAKEN   "200 OK\r\nContent-Length: 0\r\n\r\n"
#define GONE    "204 No Content\r\n\r\n"
#define EXISTS  "409 Conflict\r\nContent-Length: 0\r\n\r\n"
#define FAILED  "500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
#define REFUSED "401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

static struct io_address address;
static struct rps_handover *handover;
static struct arena arena;

static struct {
    bool over, ok;
    struct rps_known known;
    struct rps_proof_there there;
    struct rps_device device;
    bool must_exist;
    struct error err;
} work;

static int begin(void **state)
{
    (void)state;
    struct error err;
    const struct rps_handover_mps_options options = {.url = "http://192.0.2.7:3000/mps/"};
    assert_true(io_address_parse(SLICE_LITERAL("192.0.2.7:3000"), &address, NULL));
    struct io_loop *loop = io_simulated_start();
    arena_init(&arena);
    handover = rps_handover_to_mps(&options, 1, &err);
    assert_non_null(handover);
    assert_true(rps_handover_mps_attach(handover, 0, loop, &err));
    memset(&work, 0, sizeof work);
    assert_true(guid_parse(SLICE_LITERAL(GUID), &work.device.guid));
    work.device.tenant = "a&b";
    return 0;
}

static int end(void **state)
{
    (void)state;
    io_simulated_stop();
    handover->methods->close(handover);
    arena_fini(&arena);
    return 0;
}

static void find(void *arg)
{
    (void)arg;
    work.ok = handover->methods->find(handover, &arena, &work.device.guid, work.device.tenant,
                                      &work.known, &work.err);
    work.over = true;
}

static void put(void *arg)
{
    (void)arg;
    work.ok = handover->methods->put(handover, &arena, &work.device, work.must_exist, &work.err);
    work.over = true;
}

static void refresh(void *arg)
{
    (void)arg;
    work.ok = handover->methods->refresh(handover, &work.device.guid, work.device.tenant,
                                         SLICE_LITERAL("s3cret"), &work.err);
    work.over = true;
}

static void prove(void *arg)
{
    (void)arg;
    work.ok = handover->methods->prove(handover, &work.device.guid, work.device.tenant,
                                       SLICE_LITERAL("s3cret"), &work.there, &work.err);
    work.over = true;
}

static void take_away(void *arg)
{
    (void)arg;
    work.ok = handover->methods->remove(handover, &work.device.guid, work.device.tenant, &work.err);
    work.over = true;
}

static void start(void (*what)(void *arg))
{
    work.over = work.ok = false;
    error_clear(&work.err);
    assert_true(io_fiber_start(what, NULL, NULL));
}

/* Hears a request that begins like that on a connection of its own, and answers it. */
static void answer(const char *request, const char *with)
{
    struct io_simulated_peer *peer = io_simulated_answer(&address);
    io_simulated_run();
    struct slice heard = io_simulated_received(peer);
    assert_true(slice_starts_with(heard, slice_of_string(request)));
    io_simulated_send(peer, SLICE_LITERAL("HTTP/1.1 "));
    io_simulated_send(peer, slice_of_string(with));
}

static void done(bool ok, enum error_code code)
{
    io_simulated_run();
    assert_true(work.over);
    assert_int_equal(work.ok, ok);
    if (!ok)
        assert_int_equal(work.err.code, code);
}

/* As `answer`, for the first request: the peer must be there before it is called. */
static void one(void (*what)(void *arg), const char *request, const char *with)
{
    start(what);
    answer(request, with);
}

static void a_look_counts_200_204_and_404(void **state)
{
    (void)state;
    one(find, WITH, NOTHING);
    done(true, ERROR_NONE);
    assert_false(work.known.found || work.known.other_tenant);
    one(find, WITH, GONE);
    done(true, ERROR_NONE);
    assert_true(!work.known.found && work.known.other_tenant);
    one(find, WITH, "200 OK\r\nContent-Length: 47\r\n\r\n{\"guid\":\"" GUID "\"}");
    done(true, ERROR_NONE);
    assert_true(work.known.found);
    one(find, WITH, FAILED);
    done(false, ERROR_INTERNAL);
    one(find, WITH, REFUSED);
    done(false, ERROR_UNAUTHORIZED);
    one(find, WITH, "200 OK\r\nContent-Length: 2\r\n\r\n{}");
    done(false, ERROR_PROTOCOL);
}

static void a_device_is_posted_and_where_it_is_there_patched(void **state)
{
    (void)state;
    static const char post[] = "POST /mps/api/v1/devices HTTP/1.1\r\n";
    static const char patch[] = "PATCH /mps/api/v1/devices HTTP/1.1\r\n";
    one(put, post, CREATED);
    done(true, ERROR_NONE);
    one(put, post, TAKEN);
    done(true, ERROR_NONE);
    one(put, post, FAILED);
    done(false, ERROR_INTERNAL);
    one(put, post, EXISTS);
    answer(patch, TAKEN);
    done(true, ERROR_NONE);
    work.must_exist = true;
    one(put, patch, TAKEN);
    done(true, ERROR_NONE);
    one(put, patch, NOTHING);
    done(false, ERROR_NOT_FOUND);
}

static void device_info_is_read_before_it_is_written(void **state)
{
    (void)state;
    work.device.device_info = "{\"a\":1}";
    start(put);
    answer(WITH,
           "200 OK\r\nContent-Length: 68\r\n\r\n{\"guid\":\"" GUID "\",\"deviceInfo\":{\"b\":2}}");
    struct io_simulated_peer *peer = io_simulated_answer(&address);
    io_simulated_run();
    struct slice heard = io_simulated_received(peer);
    const char *body = strstr(arena_string(&arena, heard), "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body + 4, "{\"guid\":\"" GUID "\",\"tenantId\":\"a&b\","
                                  "\"deviceInfo\":{\"b\":2,\"a\":1}}");
    io_simulated_send(peer, SLICE_LITERAL("HTTP/1.1 " TAKEN));
    done(true, ERROR_NONE);
    one(put, WITH, GONE);
    done(false, ERROR_CONFLICT);
    one(put, WITH, FAILED);
    done(false, ERROR_INTERNAL);
}

static void a_record_of_another_tenant_is_no_success(void **state)
{
    (void)state;
    one(put, "POST ",
        "201 Created\r\nContent-Length: 62\r\n\r\n{\"guid\":\"" GUID "\",\"tenantId\":\"t\"}");
    done(false, ERROR_FORBIDDEN);
}

static void who_is_not_there_needs_no_news(void **state)
{
    (void)state;
    static const char read_again[] = "DELETE /mps/api/v1/devices/refresh/" GUID " HTTP/1.1\r\n";
    static const char away[] = "DELETE /mps/api/v1/devices/" GUID "?tenantId=a%26b HTTP/1.1\r\n";
    const char *const good[] = {TAKEN, NOTHING, GONE};
    for (size_t i = 0; i < 3; i++) {
        one(refresh, read_again, good[i]); /* plain http: without the password */
        done(true, ERROR_NONE);
        one(take_away, away, good[i]);
        done(true, ERROR_NONE);
    }
    one(refresh, read_again, FAILED);
    done(false, ERROR_INTERNAL);
    one(take_away, away, FAILED);
    done(false, ERROR_INTERNAL);
}

/* Console serves its page for what it doesn't know. Over http no password is told, and so none was
 * compared. */
static void a_peer_without_a_word_on_passwords_proves_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {
        NOTHING, "405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n",
        "200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
        "200 OK\r\nContent-Length: 13\r\n\r\n{\"known\":\"x\"}"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        one(prove, "POST /mps/api/v1/devices/proof/", answers[i]);
        done(true, ERROR_NONE);
        assert_false(work.there.known || work.there.proven);
    }
    one(prove, "POST /mps/api/v1/devices/proof/",
        "200 OK\r\nContent-Length: 28\r\n\r\n{\"known\":true,\"proven\":true}");
    done(true, ERROR_NONE);
    assert_true(work.there.known);
    assert_false(work.there.compared);
    one(prove, "POST /mps/api/v1/devices/proof/",
        "500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    done(false, ERROR_INTERNAL);
}

static void silence_ends(void **state)
{
    (void)state;
    start(find);
    (void)io_simulated_answer(&address);
    io_simulated_advance(9000);
    assert_false(work.over);
    io_simulated_advance(1000);
    done(false, ERROR_TIMEOUT);
    io_simulated_swallow(&address);
    start(find);
    io_simulated_advance(5000);
    done(false, ERROR_TIMEOUT);
}

static void nobody_there_is_told_by_address(void **state)
{
    (void)state;
    start(find);
    done(false, ERROR_CONNECTION);
    assert_non_null(strstr(work.err.text, "http://192.0.2.7:3000/mps: "));
}

static void urls_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good;
    } urls[] = {
        {"https://mps.example.com", true}, {"https://[::1]:8443", true},
        {"http://mps:3000/", true},        {"https://console:8181/a/b", true},
        {"mps.example.com", false},        {"https://", false},
        {"https://a:70000", false},        {"https://a:", false},
        {"https://u:p@a", false},          {"https://[::1", false},
        {"https://a/?q", false},           {"https://a/x y", false},
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        struct error err;
        const struct rps_handover_mps_options options = {.url = urls[i].url};
        struct rps_handover *made = rps_handover_to_mps(&options, 1, &err);
        assert_int_equal(made != NULL, urls[i].good);
        if (made != NULL)
            made->methods->close(made);
        else
            assert_int_equal(err.code, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_look_counts_200_204_and_404, begin, end),
        cmocka_unit_test_setup_teardown(a_device_is_posted_and_where_it_is_there_patched, begin,
                                        end),
        cmocka_unit_test_setup_teardown(device_info_is_read_before_it_is_written, begin, end),
        cmocka_unit_test_setup_teardown(a_record_of_another_tenant_is_no_success, begin, end),
        cmocka_unit_test_setup_teardown(who_is_not_there_needs_no_news, begin, end),
        cmocka_unit_test_setup_teardown(a_peer_without_a_word_on_passwords_proves_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(silence_ends, begin, end),
        cmocka_unit_test_setup_teardown(nobody_there_is_told_by_address, begin, end),
        cmocka_unit_test_setup_teardown(urls_are_checked, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
