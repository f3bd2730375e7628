/* An IDE redirection session against a scripted device, on the simulated clock. */
#include "redir/ider.h"

#include "core/buffer.h"
#include "core/memory.h"
#include "io/conn.h"
#include "io/fiber.h"
#include "io/simulated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IMAGE_SIZE ((size_t)1024 * 1024)

/* An image in memory. */
struct image {
    struct redir_drive drive;
    uint8_t *bytes;
    unsigned reads;
    bool broken;
};

static struct image cd, floppy;
static struct redir_ider_counts counts;
static struct redir_ider_options options;
static struct io_simulated_peer *device;
static struct io_task task;
static struct error why;
static bool well;
static uint32_t sequence; /* the device's next */

static bool image_read(void *owner, uint64_t offset, void *to, size_t size, struct error *err)
{
    struct image *image = owner;
    image->reads++;
    if (image->broken)
        return error_set(err, ERROR_STORE, "the disk is broken");
    assert_true(offset + size <= IMAGE_SIZE);
    memcpy(to, image->bytes + offset, size);
    return io_sleep(1, err) || true; /* as a file does: others run meanwhile */
}

static bool image_write(void *owner, uint64_t offset, struct slice bytes, struct error *err)
{
    struct image *image = owner;
    if (image->broken)
        return error_set(err, ERROR_STORE, "the disk is broken");
    assert_true(offset + bytes.size <= IMAGE_SIZE);
    memcpy(image->bytes + offset, bytes.data, bytes.size);
    return true;
}

static void image_init(struct image *image, uint32_t block, bool writable)
{
    *image = (struct image){.drive = {IMAGE_SIZE, block, writable, image_read, image_write, image},
                            .bytes = memory_new(IMAGE_SIZE)};
    for (size_t i = 0; i < IMAGE_SIZE; i++)
        image->bytes[i] = (uint8_t)(i * 2654435761u >> 13);
}

static void run(void *arg)
{
    struct io_address address;
    struct error err = {0};
    (void)arg;
    (void)io_address_parse(SLICE_LITERAL("192.0.2.7:16994"), &address, NULL);
    struct io_conn *conn = io_connect(&address, NULL, NULL, &err);
    assert_non_null(conn);
    struct io_stream *stream = io_conn_stream(conn);
    well = redir_ider_run(stream, &options, &why);
    io_stream_close(stream);
}

static void settle(void)
{
    io_simulated_run();
    io_simulated_advance(50);
}

static int begin(void **state)
{
    struct io_address address;
    (void)state;
    io_simulated_start();
    (void)io_address_parse(SLICE_LITERAL("192.0.2.7:16994"), &address, NULL);
    device = io_simulated_answer(&address);
    memset(&counts, 0, sizeof counts);
    memset(&task, 0, sizeof task);
    error_clear(&why);
    sequence = 0;
    image_init(&cd, REDIR_CD_BLOCK, false);
    image_init(&floppy, REDIR_FLOPPY_BLOCK, true);
    options = (struct redir_ider_options){
        .drives = {&cd.drive, &floppy.drive}, .start = REDIR_IDER_NOW, .counts = &counts};
    assert_true(io_task_start(&task, run, NULL, NULL));
    settle();
    return 0;
}

static int end(void **state)
{
    (void)state;
    io_task_cancel(&task);
    io_simulated_reset(device);
    io_simulated_advance(5000);
    assert_false(io_task_running(&task));
    io_simulated_stop();
    free(cd.bytes);
    free(floppy.bytes);
    return 0;
}

/* The device sends a message: type, and what follows the sequence number. */
static void say_bytes(uint8_t type, const void *bytes, size_t size)
{
    uint8_t message[16384] = {type};
    for (unsigned i = 0; i < 4; i++)
        message[4 + i] = (uint8_t)(sequence >> (8 * i));
    sequence++;
    memcpy(message + 8, bytes, size);
    io_simulated_send(device, slice_of(message, 8 + size));
}

#define SAY(type, literal) say_bytes(type, literal, sizeof(literal) - 1)

static void heard_bytes(const void *bytes, size_t size)
{
    settle();
    struct slice got = io_simulated_received(device);
    assert_true(got.size >= size);
    assert_memory_equal(got.data, bytes, size);
    io_simulated_take(device, size);
}

#define HEARD(literal) heard_bytes(literal, sizeof(literal) - 1)

static void heard_nothing_more(void)
{
    settle();
    assert_int_equal(io_simulated_received(device).size, 0);
}

/* 41 with buffers of 4,096 bytes. */
#define OPEN_REPLY "\x01\0\x10\x01\0\0\0\0\x00\x10\x00\x10\0\0\0\0\0\x57\x01\0\0\0"

static void open_session(void)
{
    HEARD("\x40\0\0\0\0\0\0\0\x30\x75\0\0\x20\x4E\x01\0\0\0");
    SAY(0x41, OPEN_REPLY);
    HEARD("\x48\0\0\0\x01\0\0\0\x03\x19\0\0\0");
    SAY(0x49, "\x03\x01\0\0\0");
    settle();
    assert_true(atomic_load(&counts.open));
    assert_true(io_task_running(&task));
}

#define CD     "\x10\xA0"
#define FLOPPY "\x00\xA0"
/* A command, DMA, for a drive. */
#define COMMAND(drive, cdb) "\0\x01\0\0\0\0" drive cdb

/* The next message is one of 54, whose data is the image's from `offset` on. */
static void heard_data(const struct image *image, size_t offset, size_t size, bool last)
{
    struct slice got = io_simulated_received(device);
    assert_true(got.size >= 34 + size);
    assert_int_equal(got.data[0], 0x54);
    assert_int_equal(got.data[3], last ? 3 : 1);
    assert_int_equal(got.data[9] | got.data[10] << 8, size);
    assert_memory_equal(got.data + 34, image->bytes + offset, size);
    io_simulated_take(device, 34 + size);
}

/* Both drives' hosts have heard that the media are new. */
static void take_attention(void)
{
    SAY(0x50, COMMAND(CD, "\0\0\0\0\0\0\0\0\0\0\0\0"));
    settle();
    SAY(0x50, COMMAND(FLOPPY, "\0\0\0\0\0\0\0\0\0\0\0\0"));
    settle();
    io_simulated_take(device, 62);
    heard_nothing_more();
}

static void assert_ended(enum error_code code, const char *words)
{
    settle();
    assert_false(io_task_running(&task));
    assert_false(well);
    assert_int_equal(why.code, code);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" has no \"%s\"", why.text, words);
}

static void a_session_opens_and_the_first_command_hears_of_the_medium(void **state)
{
    (void)state;
    open_session();
    SAY(0x50, COMMAND(CD, "\0\0\0\0\0\0\0\0\0\0\0\0"));
    HEARD("\x51\0\0\x03\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x87\x60\x03\0\0\0\xB0\x51\x06\x28\0");
    SAY(0x50, COMMAND(CD, "\0\0\0\0\0\0\0\0\0\0\0\0"));
    HEARD("\x51\0\0\x03\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xC5\0\x03\0\0\0\xB0\x50\0\0\0");
    heard_nothing_more();
    assert_int_equal(atomic_load(&counts.commands), 2);
    assert_int_equal(atomic_load(&counts.checks), 1);
}

static void reads_come_in_pieces_of_the_device_s_buffer(void **state)
{
    (void)state;
    open_session();
    take_attention();
    SAY(0x50, COMMAND(CD, "\x28\0\0\0\0\x03\0\0\x05\0\0\0"));
    settle();
    heard_data(&cd, 3 * 2048, 4096, false);
    heard_data(&cd, 5 * 2048, 4096, false);
    heard_data(&cd, 7 * 2048, 2048, true);
    heard_nothing_more();
    assert_int_equal(atomic_load(&counts.read[REDIR_DRIVE_CD]), 5 * 2048);
    assert_int_equal(atomic_load(&counts.last_block[REDIR_DRIVE_CD]), 7);
}

static void a_sequential_reader_does_not_wait_for_the_file_each_time(void **state)
{
    (void)state;
    open_session();
    take_attention();
    for (uint8_t i = 0; i < 64; i++) { /* 512 KB */
        char command[] = COMMAND(CD, "\x28\0\0\0\0\0\0\0\x04\0\0\0");
        command[8 + 5] = (char)(i * 4);
        say_bytes(0x50, command, sizeof command - 1);
        settle();
        heard_data(&cd, (size_t)i * 8192, 4096, false);
        heard_data(&cd, (size_t)i * 8192 + 4096, 4096, true);
    }
    assert_true(cd.reads <= 7);
}

static void all_of_an_image_arrives(void **state)
{
    (void)state;
    open_session();
    take_attention();
    SAY(0x50, COMMAND(FLOPPY, "\xA8\0\0\0\0\0\0\0\x08\0\0\0"));
    settle();
    for (size_t at = 0; at < IMAGE_SIZE; at += 4096)
        heard_data(&floppy, at, 4096, at + 4096 == IMAGE_SIZE);
    heard_nothing_more();
}

static void writes_are_asked_for_and_then_in_the_image(void **state)
{
    (void)state;
    uint8_t data[3 + 4096] = {0};
    open_session();
    take_attention();
    SAY(0x50, COMMAND(FLOPPY, "\x2A\0\0\0\0\x08\0\0\x0A\0\0\0")); /* 5,120 bytes */
    HEARD("\x52\0\0\0\x04\0\0\0\0\x00\x10\0\xB5\0\0\0\x00\x10\xA0\x58\0\0\0\0\0\0\0\0\0\0\0");
    heard_nothing_more();
    memset(data, 'w', sizeof data);
    uint8_t message[6 + 4096] = {0, 0x00, 0x10};
    memset(message + 6, 'w', 4096);
    say_bytes(0x53, message, sizeof message);
    HEARD("\x52\0\0\0\x05\0\0\0\0\x00\x04\0\xB5\0\0\0\x00\x04\xA0\x58\0\0\0\0\0\0\0\0\0\0\0");
    message[1] = 0;
    message[2] = 4;
    say_bytes(0x53, message, 6 + 1024);
    HEARD("\x51\0\0\x03\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xC5\0\x03\0\0\0\xA0\x50\0\0\0");
    assert_int_equal(floppy.bytes[8 * 512], 'w');
    assert_int_equal(floppy.bytes[18 * 512 - 1], 'w');
    assert_int_not_equal(floppy.bytes[18 * 512], 'w');
    assert_int_equal(atomic_load(&counts.written[REDIR_DRIVE_FLOPPY]), 5120);
    SAY(0x50, COMMAND(FLOPPY, "\x28\0\0\0\0\x08\0\0\x01\0\0\0")); /* what was read is forgotten */
    settle();
    heard_data(&floppy, 8 * 512, 512, true);
}

static void an_image_that_cannot_be_read_is_a_medium_error(void **state)
{
    (void)state;
    open_session();
    take_attention();
    cd.broken = true;
    SAY(0x50, COMMAND(CD, "\x28\0\0\0\0\0\0\0\x01\0\0\0"));
    HEARD("\x51\0\0\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x87\x30\x03\0\0\0\xB0\x51\x03\x11\0");
    cd.broken = false;
    SAY(0x50, COMMAND(CD, "\x28\0\0\0\0\0\0\0\x01\0\0\0"));
    settle();
    heard_data(&cd, 0, 2048, true);
}

static void a_reset_is_answered_when_the_command_has_stopped(void **state)
{
    (void)state;
    open_session();
    take_attention();
    io_simulated_stall(device, true);
    SAY(0x50, COMMAND(FLOPPY, "\xA8\0\0\0\0\0\0\0\x08\0\0\0"));
    settle();
    SAY(0x50, COMMAND(CD, "\0\0\0\0\0\0\0\0\0\0\0\0")); /* waits, and is forgotten */
    settle();
    SAY(0x46, "\0");
    settle();
    io_simulated_stall(device, false);
    settle();
    struct slice got = io_simulated_received(device);
    assert_true(got.size < IMAGE_SIZE);
    size_t messages = got.size / (34 + 4096);
    assert_int_equal(got.size, messages * (34 + 4096) + 8);
    assert_int_equal(got.data[got.size - 8], 0x47);
    assert_int_equal(got.data[got.size - 4], 4 + messages);
    assert_int_equal(atomic_load(&counts.resets), 1);
    io_simulated_take(device, got.size);
    SAY(0x46, "\0");
    settle();
    assert_int_equal(io_simulated_received(device).data[0], 0x47); /* at once */
}

static void pings_are_answered_and_silence_is_broken(void **state)
{
    (void)state;
    open_session();
    SAY(0x44, "");
    HEARD("\x45\0\0\0\x02\0\0\0");
    io_simulated_advance(10000);
    HEARD("\x44\0\0\0\x03\0\0\0");
    SAY(0x45, "");
    heard_nothing_more();
}

static void a_device_that_falls_silent_is_gone(void **state)
{
    (void)state;
    open_session();
    for (unsigned i = 0; i < 3; i++) {
        io_simulated_advance(60000);
        SAY(0x4B, "");
        settle();
    }
    assert_true(io_task_running(&task));
    io_simulated_advance(71000);
    assert_ended(ERROR_TIMEOUT, "nothing for 70 s");
}

static void a_gap_in_the_numbers_ends_the_session(void **state)
{
    (void)state;
    open_session();
    sequence++;
    SAY(0x4B, "");
    assert_ended(ERROR_PROTOCOL, "number 3 came instead of 2");
}

static void buffers_out_of_range_are_refused(void **state)
{
    (void)state;
    HEARD("\x40");
    SAY(0x41, "\x01\0\x10\x01\0\0\0\0\x01\x20\x00\x10\0\0\0\0\0\x57\x01\0\0\0");
    assert_ended(ERROR_PROTOCOL, "8193");
}

static void buffers_too_small_are_refused(void **state)
{
    (void)state;
    SAY(0x41, "\x01\0\x10\x01\0\0\0\0\x00\x10\xFF\x01\0\0\0\0\0\x57\x01\0\0\0");
    assert_ended(ERROR_PROTOCOL, "511");
}

static void another_protocol_is_refused(void **state)
{
    (void)state;
    SAY(0x41, "\x01\0\x10\x01\0\0\0\0\x00\x10\x00\x10\0\x01\0\0\0\x57\x01\0\0\0");
    assert_ended(ERROR_UNSUPPORTED, "protocol 1");
}

static void drives_that_stay_off_are_said_to(void **state)
{
    (void)state;
    SAY(0x41, OPEN_REPLY);
    settle();
    SAY(0x49, "\x03\0\0\0\0");
    assert_ended(ERROR_UNSUPPORTED, "does not switch");
}

static void a_device_that_does_not_answer_is_given_up(void **state)
{
    (void)state;
    io_simulated_advance(21000);
    assert_ended(ERROR_TIMEOUT, "opening");
}

static void commands_before_the_opening_end_the_session(void **state)
{
    (void)state;
    SAY(0x50, COMMAND(CD, "\0\0\0\0\0\0\0\0\0\0\0\0"));
    assert_ended(ERROR_PROTOCOL, "before its drives were open");
}

static void a_third_command_at_once_ends_the_session(void **state)
{
    (void)state;
    open_session();
    take_attention();
    io_simulated_stall(device, true);
    for (unsigned i = 0; i < 3; i++) {
        SAY(0x50, COMMAND(FLOPPY, "\xA8\0\0\0\0\0\0\0\x08\0\0\0"));
        settle();
    }
    io_simulated_stall(device, false);
    assert_ended(ERROR_PROTOCOL, "more drive commands");
}

static void data_that_nobody_asked_for_ends_the_session(void **state)
{
    (void)state;
    open_session();
    SAY(0x53, "\0\x01\0\0\0\0z");
    assert_ended(ERROR_PROTOCOL, "nobody asked for");
}

static void more_data_than_asked_for_ends_the_session(void **state)
{
    (void)state;
    uint8_t message[6 + 1024] = {0, 0, 4};
    open_session();
    take_attention();
    SAY(0x50, COMMAND(FLOPPY, "\x2A\0\0\0\0\x08\0\0\x01\0\0\0"));
    settle();
    say_bytes(0x53, message, sizeof message);
    assert_ended(ERROR_PROTOCOL, "1024 bytes of its host where 512");
}

static void written_data_that_does_not_come_ends_the_session(void **state)
{
    (void)state;
    open_session();
    take_attention();
    SAY(0x50, COMMAND(FLOPPY, "\x2A\0\0\0\0\x08\0\0\x01\0\0\0"));
    settle();
    io_simulated_advance(26000);
    io_simulated_advance(2100); /* it is told of the end, and does not answer */
    assert_ended(ERROR_TIMEOUT, "what its host writes");
}

static void a_device_that_reads_nothing_is_given_up(void **state)
{
    (void)state;
    open_session();
    take_attention();
    io_simulated_stall(device, true);
    SAY(0x50, COMMAND(FLOPPY, "\xA8\0\0\0\0\0\0\0\x08\0\0\0"));
    settle();
    io_simulated_advance(30000);
    SAY(0x4B, "");
    io_simulated_advance(31000);
    assert_ended(ERROR_TIMEOUT, "taken nothing");
}

static void the_device_may_close(void **state)
{
    (void)state;
    open_session();
    SAY(0x43, "");
    settle();
    assert_false(io_task_running(&task));
    assert_true(well);
}

static void the_device_may_vanish(void **state)
{
    (void)state;
    open_session();
    SAY(0x4A, "\x07\0\0");
    settle();
    assert_true(io_task_running(&task));
    io_simulated_close(device);
    assert_ended(ERROR_DEVICE, "error 7");
}

static void a_cancelled_session_is_closed_with_the_device(void **state)
{
    (void)state;
    open_session();
    io_task_cancel(&task);
    HEARD("\x42\0\0\0\x02\0\0\0");
    assert_true(io_task_running(&task));
    SAY(0x43, "");
    assert_ended(ERROR_CANCELLED, "");
}

static void a_device_that_does_not_answer_the_close_is_not_waited_for(void **state)
{
    (void)state;
    open_session();
    io_task_cancel(&task);
    io_simulated_advance(2100);
    assert_ended(ERROR_CANCELLED, "");
}

static void messages_may_arrive_in_pieces(void **state)
{
    (void)state;
    io_simulated_split(device, 1);
    open_session();
    take_attention();
    SAY(0x50, COMMAND(CD, "\x28\0\0\0\0\0\0\0\x01\0\0\0"));
    settle();
    heard_data(&cd, 0, 2048, true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_opens_and_the_first_command_hears_of_the_medium),
        TEST(reads_come_in_pieces_of_the_device_s_buffer),
        TEST(a_sequential_reader_does_not_wait_for_the_file_each_time),
        TEST(all_of_an_image_arrives),
        TEST(writes_are_asked_for_and_then_in_the_image),
        TEST(an_image_that_cannot_be_read_is_a_medium_error),
        TEST(a_reset_is_answered_when_the_command_has_stopped),
        TEST(pings_are_answered_and_silence_is_broken),
        TEST(a_device_that_falls_silent_is_gone),
        TEST(a_gap_in_the_numbers_ends_the_session),
        TEST(buffers_out_of_range_are_refused),
        TEST(buffers_too_small_are_refused),
        TEST(another_protocol_is_refused),
        TEST(drives_that_stay_off_are_said_to),
        TEST(a_device_that_does_not_answer_is_given_up),
        TEST(commands_before_the_opening_end_the_session),
        TEST(a_third_command_at_once_ends_the_session),
        TEST(data_that_nobody_asked_for_ends_the_session),
        TEST(more_data_than_asked_for_ends_the_session),
        TEST(written_data_that_does_not_come_ends_the_session),
        TEST(a_device_that_reads_nothing_is_given_up),
        TEST(the_device_may_close),
        TEST(the_device_may_vanish),
        TEST(a_cancelled_session_is_closed_with_the_device),
        TEST(a_device_that_does_not_answer_the_close_is_not_waited_for),
        TEST(messages_may_arrive_in_pieces),
    };
    return cmocka_run_group_tests_name("redir/ider_session", tests, NULL, NULL);
}
