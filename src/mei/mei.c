#include "mei/mei.h"

#include "core/guid.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* IOCTL_MEI_CONNECT_CLIENT of linux/mei.h: _IOWR('H', 1, 16 bytes). In: the client's GUID. Out:
 * u32 longest message, u8 version of the protocol, 3 bytes of nothing. */
#define CONNECT_CLIENT 0xC0104801u

/* Older kernels never say that a client may be written to, and a queue that is full empties without
 * a word, so a wait for it is cut into pieces of this many milliseconds. */
#define WRITABLE_MS 100

/* How often a call that a signal interrupts is made again at once. After that time has to pass, so
 * that a deadline can. */
#define INTERRUPTIONS 16

/* … and how often at all: no signal comes that often. */
#define INTERRUPTIONS_MOST (INTERRUPTIONS * 100)

struct mei {
    int fd;
    size_t limit;
    struct io_ready *ready; /* NULL until somebody waited */
    uint8_t *scratch;       /* limit + 1 bytes to read a message into */
};

const char *const mei_nodes[MEI_NODES] = {"/dev/mei0", "/dev/mei1", "/dev/mei2", "/dev/mei3",
                                          "/dev/mei"};

static const char *name_of(enum mei_client client)
{
    static const char *const names[] = {
#define NAME(client, name, guid) name,
        MEI_CLIENTS(NAME)
#undef NAME
    };
    return names[client];
}

void mei_client_guid(enum mei_client client, uint8_t raw[16])
{
    static const char *const texts[] = {
#define TEXT(client, name, guid) guid,
        MEI_CLIENTS(TEXT)
#undef TEXT
    };
    struct guid guid;
    (void)guid_parse(slice_of_string(texts[client]), &guid);
    guid_to_smbios(&guid, raw);
}

static struct mei *take(int fd, size_t limit, struct error *err)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        (void)error_set(err, ERROR_INTERNAL, "descriptor %d cannot be used: %s", fd,
                        strerror(errno));
        (void)close(fd);
        return NULL;
    }
    struct mei *mei = memory_new(sizeof *mei);
    mei->fd = fd;
    mei->limit = limit < MEI_MESSAGE_LIMIT ? limit : MEI_MESSAGE_LIMIT;
    mei->scratch = memory_new(mei->limit + 1);
    return mei;
}

struct mei *mei_of_fd(int fd, size_t message_limit, struct error *err)
{
    return take(fd, message_limit, err);
}

/* --- opening -----------------------------------------------------------------------------------
 */

/* What a look at one node came to; the highest of all nodes says what is wrong. */
enum found {
    FOUND_NOTHING,
    FOUND_NO_CLIENT,
    FOUND_FORBIDDEN,
    FOUND_BROKEN,
    FOUND_RESET,
    FOUND_BUSY
};

struct search {
    enum mei_client client;
    enum found found;
    const char *node; /* where `found` was */
    int code;         /* errno there */
};

static void note(struct search *search, const char *node, enum found found, int code)
{
    if (found <= search->found)
        return;
    search->found = found;
    search->node = node;
    search->code = code;
}

static enum found opening_failed(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO: /* a node that was left behind */
        return FOUND_NOTHING;
    case EACCES:
    case EPERM:
        return FOUND_FORBIDDEN;
    case EBUSY: /* drivers of long ago let one process in */
        return FOUND_BUSY;
    case ENODEV: /* being reset, or a node without a device */
    case EINTR:
        return FOUND_RESET;
    default:
        return FOUND_BROKEN;
    }
}

static enum found connecting_failed(int code)
{
    switch (code) {
    case ENOTTY: /* the ME has no such client; so say other devices to this ioctl */
    case ENOENT:
    case EINVAL:
        return FOUND_NO_CLIENT;
    case EACCES:
    case EPERM:
        return FOUND_FORBIDDEN;
    case EBUSY:
        return FOUND_BUSY;
    case ENODEV:
    case ETIME:
    case EINTR:
        return FOUND_RESET;
    default:
        return FOUND_BROKEN;
    }
}

/* The connect call waits in the kernel until the ME has answered, at most 15 s. A signal that
 * interrupts it may be there to end the run, so that the loop is asked before it is made again. */
static struct mei *try_node(struct search *search, const char *node, struct error *err)
{
    int fd;
    int tries = 0;
    do
        fd = open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && ++tries < INTERRUPTIONS);
    if (fd < 0) {
        note(search, node, opening_failed(errno), errno);
        return NULL;
    }
    uint8_t data[16];
    int status, code;
    do {
        mei_client_guid(search->client, data);
        status = ioctl(fd, CONNECT_CLIENT, data);
        code = errno;
    } while (status < 0 && code == EINTR && ++tries < INTERRUPTIONS && io_sleep(1, err));
    if (status < 0) {
        note(search, node, connecting_failed(code), code);
        (void)close(fd);
        return NULL;
    }
    size_t limit =
        (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16 | (size_t)data[3] << 24;
    if (limit == 0) {
        note(search, node, FOUND_BROKEN, EPROTO);
        (void)close(fd);
        return NULL;
    }
    return take(fd, limit, err);
}

static bool explain(const struct search *search, struct error *err)
{
    const char *client = name_of(search->client);
    switch (search->found) {
    case FOUND_NOTHING:
        break;
    case FOUND_NO_CLIENT:
        return error_set(err, ERROR_UNSUPPORTED,
                         "the management engine behind %s has no %s client: this machine has no "
                         "Intel AMT, or it is disabled in the BIOS",
                         search->node, client);
    case FOUND_FORBIDDEN:
        return error_set(err, ERROR_FORBIDDEN,
                         "%s may not be opened (%s): run this as root, or allow your user to read "
                         "and write it",
                         search->node, strerror(search->code));
    case FOUND_BROKEN:
        return error_set(err, ERROR_CONNECTION, "%s gives no %s client: %s", search->node, client,
                         strerror(search->code));
    case FOUND_RESET:
        return error_set(err, ERROR_CONNECTION,
                         "the management engine behind %s does not answer (%s): it is being reset "
                         "or is not working",
                         search->node, strerror(search->code));
    case FOUND_BUSY:
        return error_set(err, ERROR_BUSY,
                         "another program uses the %s client of the management engine (%s), "
                         "probably LMS: stop it, or try again later",
                         client, search->node);
    }
    return error_set(err, ERROR_NOT_FOUND,
                     "there is no /dev/mei0: the driver (mei_me) is not loaded, or this machine "
                     "has no Intel management engine");
}

/* Looks at all nodes once. NULL with search->found, or with `err` when that is FOUND_NOTHING. */
static struct mei *try_nodes(struct search *search, struct error *err)
{
    for (size_t i = 0; i < MEI_NODES; i++) {
        struct mei *mei = try_node(search, mei_nodes[i], err);
        if (mei != NULL)
            return mei;
    }
    return NULL;
}

struct mei *mei_open(enum mei_client client, struct error *err)
{
    return mei_open_within(client, MEI_BUSY_MS, err);
}

struct mei *mei_open_within(enum mei_client client, uint64_t busy_ms, struct error *err)
{
    uint64_t pause = 50;
    uint64_t started = io_now();
    for (;;) {
        struct search search = {.client = client};
        struct mei *mei = try_nodes(&search, err);
        if (mei != NULL)
            return mei;
        struct error waited;
        uint64_t most = search.found == FOUND_BUSY    ? busy_ms
                        : search.found == FOUND_RESET ? MEI_RESET_MS
                                                      : 0;
        if (io_now() - started + pause > most || io_deadline_left() <= pause) {
            (void)explain(&search, err);
            return NULL;
        }
        if (!io_sleep(pause, &waited)) {
            (void)explain(&search, err);
            if (waited.code == ERROR_CANCELLED && err != NULL)
                *err = waited;
            return NULL;
        }
        pause = pause < 1600 ? pause * 2 : 1600;
    }
}

/* --- messages ----------------------------------------------------------------------------------
 */

size_t mei_message_limit(const struct mei *mei)
{
    return mei->limit;
}

static bool wait_for(struct mei *mei, enum io_readiness what, uint64_t ms, struct error *err)
{
    if (mei->ready == NULL)
        mei->ready = io_ready_new(mei->fd, err);
    return mei->ready != NULL && io_ready_wait(mei->ready, what, ms, err);
}

static bool lost(int code, struct error *err)
{
    if (code == ENODEV)
        return error_set(err, ERROR_CONNECTION,
                         "the management engine was reset in the middle of a conversation");
    if (code == EINTR)
        return error_set(err, ERROR_CONNECTION,
                         "every call of the management engine is interrupted");
    return error_set(err, ERROR_CONNECTION, "the management engine hung up: %s", strerror(code));
}

/* Waits a little for the driver to have room again. A driver that says EBUSY calls itself writable
 * all the same, so that is slept over, and so is what signals interrupt without end. */
static bool wait_for_room(struct mei *mei, int code, struct error *err)
{
    if (code != EAGAIN)
        return io_sleep(code == EINTR ? 1 : WRITABLE_MS, err);
    struct error waited;
    if (wait_for(mei, IO_WRITABLE, WRITABLE_MS, &waited) ||
        (waited.code == ERROR_TIMEOUT && io_deadline_left() > 0))
        return true;
    if (err != NULL)
        *err = waited;
    return false;
}

bool mei_send(struct mei *mei, struct slice message, struct error *err)
{
    if (message.size > mei->limit)
        return error_set(err, ERROR_TOO_LARGE,
                         "a message of %zu bytes is too long for the management engine, which "
                         "takes %zu",
                         message.size, mei->limit);
    uint64_t previous = io_deadline_within(MEI_SEND_MS);
    unsigned interruptions = 0;
    bool sent = false;
    for (;;) {
        ssize_t size = write(mei->fd, message.data, message.size);
        int code = errno;
        if (size >= 0) {
            sent = (size_t)size == message.size ||
                   error_set(err, ERROR_CONNECTION, "the management engine took part of a message");
            break;
        }
        if (code == EINTR && ++interruptions % INTERRUPTIONS != 0)
            continue;
        if ((code != EAGAIN && code != EBUSY && code != EINTR) ||
            interruptions == INTERRUPTIONS_MOST) {
            (void)lost(code, err);
            break;
        }
        struct error waited;
        if (!wait_for_room(mei, code, &waited)) {
            if (waited.code == ERROR_TIMEOUT)
                (void)error_set(err, code == EBUSY ? ERROR_BUSY : ERROR_TIMEOUT,
                                "the management engine takes no message");
            else if (err != NULL)
                *err = waited;
            break;
        }
    }
    io_deadline_restore(previous);
    return sent;
}

static bool too_long(const struct mei *mei, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, "the management engine sent more than %zu bytes at once",
                     mei->limit);
}

/* Reads one message, if there is one. A byte more than there can be shows one that is too long,
 * which the kernel would cut without a word. */
static bool read_message(struct mei *mei, struct buffer *message, bool *again, struct error *err)
{
    ssize_t size = read(mei->fd, mei->scratch, mei->limit + 1);
    int code = errno;
    *again = size < 0 && (code == EINTR || code == EAGAIN);
    if (*again)
        return false;
    if (size < 0)
        return code == EMSGSIZE || code == EOVERFLOW ? too_long(mei, err) : lost(code, err);
    if (size == 0)
        return error_set(err, ERROR_CONNECTION, "the management engine hung up");
    if ((size_t)size > mei->limit)
        return too_long(mei, err);
    buffer_clear(message);
    buffer_put(message, slice_of(mei->scratch, (size_t)size));
    memory_wipe(mei->scratch, (size_t)size); /* passwords come this way */
    return buffer_ok(message) ||
           error_set(err, ERROR_PROTOCOL, "the management engine sent %zu bytes, too many",
                     (size_t)size);
}

bool mei_receive(struct mei *mei, struct buffer *message, struct error *err)
{
    struct error waited = {0};
    uint64_t previous = io_deadline_within(MEI_RECEIVE_MS);
    bool again;
    bool received;
    do
        received = read_message(mei, message, &again, err);
    while (again && wait_for(mei, IO_READABLE, IO_FOREVER, &waited));
    io_deadline_restore(previous);
    if (again && waited.code == ERROR_TIMEOUT)
        return error_set(err, ERROR_TIMEOUT, "the management engine does not answer");
    if (again && err != NULL)
        *err = waited;
    return received;
}

void mei_close(struct mei *mei)
{
    if (mei == NULL)
        return;
    io_ready_free(mei->ready);
    (void)close(mei->fd);
    free(mei->scratch);
    free(mei);
}
