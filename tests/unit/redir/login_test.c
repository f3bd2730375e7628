#include "redir/login.h"

#include "core/memory.h"
#include "io/fiber.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) SLICE_LITERAL(text)

#define STARTED "\x11\x00\x00\x00\x01\x00\x0C\x00\x57\x01\x00\x00\x00"
#define OFFER   "\x14\x00\x00\x00\x00\x01\x00\x00\x00\x04"
#define CHALLENGE                              \
    "\x14\x01\x00\x00\x04\x12\x00\x00\x00\x09" \
    "Digest:R1\x02NN\x04"                      \
    "auth"
#define SUCCESS "\x14\x00\x00\x00\x04\x00\x00\x00\x00"

/* A device that answers each message with the next of its answers, and closes after the last. */
struct device {
    struct io_stream stream; /* first */
    const struct slice *answers;
    size_t count, at;
    size_t piece;
    bool stalls; /* instead of closing */
    struct io_wait never;
    struct buffer in, heard;
    bool ok;
    struct error err;
    struct slice user, password;
};

static bool device_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    struct device *d = (struct device *)(void *)stream;
    struct slice part = slice_first(slice_first(buffer_slice(&d->in), d->piece), size);
    if (part.size == 0 && d->stalls)
        return io_wait_for(&d->never, IO_FOREVER, err);
    if (part.size > 0)
        memcpy(to, part.data, part.size);
    buffer_consume(&d->in, part.size);
    *got = part.size;
    return true;
}

static bool device_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    struct device *d = (struct device *)(void *)stream;
    (void)err;
    buffer_put(&d->heard, bytes);
    if (d->at < d->count)
        buffer_put(&d->in, d->answers[d->at++]);
    return true;
}

static void device_close(struct io_stream *stream)
{
    (void)stream;
}

static void log_in(void *arg)
{
    struct device *d = arg;
    uint64_t outer = io_deadline_within(15000);
    d->ok = redir_login(&d->stream, REDIR_SOL, d->user, d->password, &d->err);
    io_deadline_restore(outer);
}

static struct device met_by(const struct slice *answers, size_t count, size_t piece, bool stalls)
{
    static const struct io_stream_methods methods = {device_read, device_write, device_close};
    struct device d = {.stream = {&methods},
                       .answers = answers,
                       .count = count,
                       .piece = piece,
                       .stalls = stalls,
                       .user = BYTES("admin"),
                       .password = BYTES("P@ssw0rd")};
    buffer_init(&d.in, 65536);
    buffer_init(&d.heard, 65536);
    assert_non_null(io_simulated_start());
    assert_true(io_fiber_start(log_in, &d, NULL));
    io_simulated_run();
    io_simulated_advance(15000);
    io_simulated_stop();
    return d;
}

static struct device met(const struct slice *answers, size_t count, size_t piece)
{
    return met_by(answers, count, piece, false);
}

static void forget(struct device *d)
{
    buffer_fini(&d->in);
    buffer_fini(&d->heard);
}

static void refused(const struct slice *answers, size_t count, enum error_code code)
{
    struct device d = met(answers, count, 1000);
    if (d.ok || d.err.code != code)
        fail_msg("%s: %s", error_name(d.err.code), d.err.text);
    struct slice heard = buffer_slice(&d.heard);
    assert_null(memmem(heard.data, heard.size, "P@ssw0rd", 8));
    forget(&d);
}
#define REFUSED(code, ...)                                          \
    do {                                                            \
        const struct slice answers[] = {__VA_ARGS__};               \
        refused(answers, sizeof answers / sizeof answers[0], code); \
    } while (0)

static void test_login_succeeds_in_pieces_of_any_size(void **state)
{
    const struct slice answers[] = {BYTES(STARTED), BYTES(OFFER), BYTES(CHALLENGE),
                                    BYTES(SUCCESS "\x21the rest")};
    (void)state;
    for (size_t piece = 1; piece < 40; piece++) {
        struct device d = met(answers, 4, piece);
        assert_true(d.ok);
        /* not a byte of what follows is read */
        assert_true(slice_equal(buffer_slice(&d.in), BYTES("\x21the rest")));
        struct slice heard = buffer_slice(&d.heard);
        assert_memory_equal(heard.data, "\x10\x00\x00\x00SOL \x13\x00\x00\x00\x00\x00\x00\x00\x00",
                            17);
        assert_non_null(memmem(heard.data, heard.size,
                               "\x08"
                               "00000002\x20",
                               10));
        forget(&d);
    }
}

static void test_refused_start_says_why(void **state)
{
    (void)state;
    REFUSED(ERROR_CONFLICT, BYTES("\x11\x02\x00\x00"));
    REFUSED(ERROR_CONFLICT, BYTES("\x11\x02\x00\x00\x01\x00\x0C\x00\x57\x01\x00\x00\x00"));
    REFUSED(ERROR_UNSUPPORTED, BYTES("\x11\x01\x00\x00"));
    REFUSED(ERROR_UNSUPPORTED, BYTES("\x11\x03\x00\x00"));
    REFUSED(ERROR_DEVICE, BYTES("\x11\xFF\x00\x00"));
}

static void test_wrong_password_is_tried_once(void **state)
{
    const struct slice answers[] = {BYTES(STARTED), BYTES(OFFER), BYTES(CHALLENGE),
                                    BYTES(CHALLENGE), BYTES(SUCCESS)};
    (void)state;
    struct device d = met(answers, 5, 1000);
    assert_false(d.ok);
    assert_int_equal(d.err.code, ERROR_LOGIN);
    assert_int_equal(d.at, 4);
    forget(&d);
}

static void test_password_is_not_sent_in_clear(void **state)
{
    (void)state;
    REFUSED(ERROR_UNSUPPORTED, BYTES(STARTED), BYTES("\x14\x00\x00\x00\x00\x01\x00\x00\x00\x01"));
    REFUSED(ERROR_UNSUPPORTED, BYTES(STARTED), BYTES("\x14\x00\x00\x00\x00\x00\x00\x00\x00"));
    REFUSED(ERROR_UNSUPPORTED, BYTES(STARTED), BYTES(OFFER),
            BYTES("\x14\x02\x00\x00\x04\x00\x00\x00\x00"));
}

static void test_older_digest_is_enough(void **state)
{
    const struct slice answers[] = {BYTES(STARTED),
                                    BYTES("\x14\x00\x00\x00\x00\x02\x00\x00\x00\x01\x03"),
                                    BYTES("\x14\x01\x00\x00\x03\x0D\x00\x00\x00\x09"
                                          "Digest:R1\x02NN"),
                                    BYTES("\x14\x00\x00\x00\x03\x00\x00\x00\x00")};
    (void)state;
    struct device d = met(answers, 4, 1000);
    assert_true(d.ok);
    forget(&d);
}

static void test_nonsense_is_refused(void **state)
{
    (void)state;
    REFUSED(ERROR_CONNECTION, BYTES(""));
    REFUSED(ERROR_CONNECTION, BYTES("\x11\x00\x00"));
    REFUSED(ERROR_PROTOCOL, BYTES("HTTP"));
    REFUSED(ERROR_PROTOCOL, BYTES(OFFER));
    REFUSED(ERROR_PROTOCOL, BYTES(STARTED), BYTES(STARTED));
    REFUSED(ERROR_PROTOCOL, BYTES(STARTED), BYTES("\x14\x00\x00\x00\x00\xFF\xFF\xFF\xFF"));
    REFUSED(ERROR_PROTOCOL, BYTES(STARTED), BYTES(OFFER), BYTES(SUCCESS));
    REFUSED(ERROR_PROTOCOL, BYTES(STARTED), BYTES(OFFER),
            BYTES("\x14\x01\x00\x00\x04\x02\x00\x00\x00\x09x"));
    REFUSED(ERROR_PROTOCOL, BYTES(STARTED), BYTES(OFFER),
            BYTES("\x14\x01\x00\x00\x04\x0D\x00\x00\x00\x01R\x01N\x08"
                  "auth-int"));
}

static void test_silence_says_at_which_step(void **state)
{
    static const char *const steps[] = {"StartRedirectionSession", "the query", "the user's name",
                                        "the digest"};
    const struct slice answers[] = {BYTES(STARTED), BYTES(OFFER), BYTES(CHALLENGE)};
    (void)state;
    for (size_t count = 0; count < 4; count++) {
        for (int stalls = 0; stalls < 2; stalls++) {
            struct device d = met_by(answers, count, 1000, stalls != 0);
            assert_false(d.ok);
            assert_int_equal(d.err.code, stalls ? ERROR_TIMEOUT : ERROR_CONNECTION);
            assert_non_null(strstr(d.err.text, steps[count]));
            forget(&d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login_succeeds_in_pieces_of_any_size),
        cmocka_unit_test(test_refused_start_says_why),
        cmocka_unit_test(test_wrong_password_is_tried_once),
        cmocka_unit_test(test_password_is_not_sent_in_clear),
        cmocka_unit_test(test_older_digest_is_enough),
        cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_silence_says_at_which_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
