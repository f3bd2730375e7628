/*
 * A drive session with a device that does anything. The input is a program: one byte of habits,
 * then operations, each a byte and its arguments. Every program is run on the simulated clock until
 * the session is over. What goes out must be messages in order; drives are read and written within
 * their bounds only. Make seeds with make_drive_seeds.py beside this file.
 */
#include "redir/ider.h"

#include "core/cursor.h"
#include "io/fiber.h"
#include "io/simulated.h"
#include "redir/ider_message.h"

#include <stdlib.h>
#include <string.h>

#define IMAGE   ((uint64_t)3 << 20)
#define IN_SIZE ((size_t)1 << 20)

enum habit { PIECES = 1, WRITABLE = 2, NO_CD = 4, BROKEN = 8, SLOW_DISK = 16, STALLS = 32 };

/* RAW bytes as they are; MESSAGE of any type with the right number; COMMAND for a drive; DATA of
 * the host's; OPEN and on; PAUSE and LONG_PAUSE; STOP from our side. */
enum operation { RAW, MESSAGE, COMMAND, DATA, OPEN, PAUSE, LONG_PAUSE, STOP, COUNT };

static struct world {
    struct io_stream stream; /* first */
    unsigned habits;
    struct buffer in;
    bool closed;
    struct io_wait readable;
    struct io_wait never;
    uint32_t device_sequence;
    uint32_t our_sequence;
    struct io_task task;
    struct redir_ider_options options;
    struct redir_ider_counts counts;
    struct redir_drive cd, floppy;
} world;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool read_image(void *owner, uint64_t offset, void *to, size_t size, struct error *err)
{
    (void)owner;
    must(offset < IMAGE && size <= IMAGE - offset && size > 0);
    memset(to, (int)(offset >> 12), size);
    if ((world.habits & SLOW_DISK) != 0)
        (void)io_sleep(3, NULL);
    return (world.habits & BROKEN) == 0 || error_set(err, ERROR_STORE, "broken");
}

static bool write_image(void *owner, uint64_t offset, struct slice bytes, struct error *err)
{
    (void)owner;
    must((world.habits & WRITABLE) != 0);
    must(offset < IMAGE && bytes.size <= IMAGE - offset && bytes.size > 0);
    return (world.habits & BROKEN) == 0 || error_set(err, ERROR_STORE, "broken");
}

static bool device_read(struct io_stream *stream, void *to, size_t size, size_t *got,
                        struct error *err)
{
    (void)stream;
    while (buffer_size(&world.in) == 0 && !world.closed)
        if (!io_wait_for(&world.readable, IO_FOREVER, err))
            return false;
    struct slice bytes = slice_first(buffer_slice(&world.in), size);
    if ((world.habits & PIECES) != 0)
        bytes = slice_first(bytes, 1);
    if (bytes.size > 0)
        memcpy(to, bytes.data, bytes.size);
    buffer_consume(&world.in, bytes.size);
    *got = bytes.size;
    return true;
}

static size_t size_of(struct slice message)
{
    switch (message.data[0]) {
    case REDIR_IDER_OPEN:
        return 18;
    case REDIR_IDER_CLOSE:
    case REDIR_IDER_PING:
    case REDIR_IDER_PONG:
    case REDIR_IDER_RESET_REPLY:
        return 8;
    case REDIR_IDER_FEATURES:
        return 13;
    case REDIR_IDER_COMMAND_END:
    case REDIR_IDER_GET_DATA:
        return 31;
    case REDIR_IDER_DATA_TO_HOST:
        return 34 + (message.data[9] | (size_t)message.data[10] << 8);
    default:
        return 0;
    }
}

static bool device_write(struct io_stream *stream, struct slice bytes, struct error *err)
{
    (void)stream;
    while (bytes.size > 0) {
        must(bytes.size >= 8);
        size_t size = size_of(bytes);
        must(size != 0 && size <= bytes.size && size <= 34 + REDIR_IDER_BUFFER_MOST);
        struct cursor c = cursor_of(slice_from(bytes, 4));
        must(cursor_u32_le(&c) == world.our_sequence++);
        bytes = slice_from(bytes, size);
    }
    if ((world.habits & STALLS) != 0 && world.our_sequence > 40)
        return io_wait_for(&world.never, IO_FOREVER, err);
    return io_sleep(0, err);
}

static void device_close(struct io_stream *stream)
{
    (void)stream;
}

static void session_main(void *arg)
{
    struct error err = {0};
    (void)arg;
    (void)redir_ider_run(&world.stream, &world.options, &err);
}

static void say(uint8_t type, struct slice body)
{
    const uint8_t head[4] = {type, 0, 0, 0};
    if (buffer_size(&world.in) > IN_SIZE / 2)
        return;
    buffer_put(&world.in, slice_of(head, sizeof head));
    buffer_put_u32_le(&world.in, world.device_sequence++);
    buffer_put(&world.in, body);
    io_signal(&world.readable);
}

static void open_session(struct cursor *c)
{
    uint8_t reply[22] = {1, 0, 16, 1, 0, 0, 0, 0, 0, 0x20, 0, 0x20, 0, 0, 0, 0, 0, 0x57, 1};
    uint8_t size = cursor_u8(c);
    reply[9] = reply[11] = (uint8_t)(2 + size % 31);
    say(REDIR_IDER_OPEN_REPLY, slice_of(reply, sizeof reply));
    io_simulated_run();
    say(REDIR_IDER_FEATURES_REPLY, SLICE_LITERAL("\x03\x01\0\0\0"));
    io_simulated_run();
}

static void say_command(struct cursor *c)
{
    uint8_t body[20] = {0, 1, 0, 0, 0, 0, 0, 0xA0};
    uint8_t habits = cursor_u8(c);
    struct slice command = cursor_bytes(c, 12);
    body[1] = habits & 1;
    body[6] = (habits & 2) != 0 ? 0x10 : 0;
    if (command.size == 12)
        memcpy(body + 8, command.data, 12);
    say(REDIR_IDER_COMMAND, slice_of(body, sizeof body));
}

static void say_data(struct cursor *c)
{
    static uint8_t body[6 + 65535];
    uint16_t size = cursor_u16_le(c);
    body[1] = (uint8_t)size;
    body[2] = (uint8_t)(size >> 8);
    say(REDIR_IDER_DATA_FROM_HOST, slice_of(body, 6u + size));
}

static void operate(struct cursor *c)
{
    uint8_t type;
    switch ((enum operation)(cursor_u8(c) % COUNT)) {
    case RAW:
        buffer_put(&world.in, cursor_bytes(c, cursor_u8(c)));
        io_signal(&world.readable);
        break;
    case MESSAGE:
        type = cursor_u8(c);
        say(type, cursor_bytes(c, cursor_u8(c)));
        break;
    case COMMAND:
        say_command(c);
        break;
    case DATA:
        say_data(c);
        break;
    case OPEN:
        open_session(c);
        break;
    case PAUSE:
        io_simulated_advance(20);
        break;
    case LONG_PAUSE:
        io_simulated_advance(11000);
        break;
    case STOP:
    case COUNT:
        io_task_cancel(&world.task);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct io_stream_methods methods = {device_read, device_write, device_close};
    struct cursor c = cursor_of(slice_of(data, size));
    io_simulated_start();
    memset(&world, 0, sizeof world);
    world.stream.methods = &methods;
    world.habits = cursor_u8(&c);
    buffer_init(&world.in, IN_SIZE);
    world.cd = (struct redir_drive){IMAGE, REDIR_CD_BLOCK, false, read_image, NULL, NULL};
    world.floppy = (struct redir_drive){
        IMAGE, REDIR_FLOPPY_BLOCK, (world.habits & WRITABLE) != 0, read_image, write_image, NULL};
    world.options = (struct redir_ider_options){
        .drives = {(world.habits & NO_CD) != 0 ? NULL : &world.cd, &world.floppy},
        .start = REDIR_IDER_NOW,
        .counts = &world.counts};
    must(io_task_start(&world.task, session_main, NULL, NULL));
    io_simulated_run();
    while (c.left > 0 && cursor_ok(&c) && io_task_running(&world.task)) {
        operate(&c);
        io_simulated_run();
    }
    world.closed = true;
    io_signal(&world.readable);
    io_simulated_advance(200000); /* every wait has an end */
    must(!io_task_running(&world.task));
    buffer_fini(&world.in);
    io_simulated_stop();
    return 0;
}
