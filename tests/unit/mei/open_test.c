/* Looking for a client of the management engine (mei_open) on the nodes that a machine may have.
 * The system calls are replaced: a node opens a socket or fails, a socket has the client or not. */
#include "me.h"

#include "io/fiber.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What each node does: 0 works, or the errno of open or of the connect call. */
struct node {
    const char *path;
    int open_fails;
    int connect_fails;
    int times; /* so often; then it works. 0: always */
};

static const struct node *machine;
static int opens;
static int connects;
static char connected[32];
static int last_node = -1;
static uint8_t asked[16];

static const struct node *find(const char *path)
{
    for (const struct node *node = machine; node->path != NULL; node++)
        if (strcmp(node->path, path) == 0)
            return node;
    return NULL;
}

static int with(int code)
{
    errno = code;
    return -1;
}

int __wrap_open64(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_ioctl(int fd, unsigned long request, ...);

int __wrap_open64(const char *path, int flags, ...)
{
    (void)flags;
    const struct node *node = find(path);
    if (node == NULL)
        return with(ENOENT);
    opens++;
    if (node->open_fails != 0 && (node->times == 0 || opens <= node->times))
        return with(node->open_fails);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    (void)close(pair[1]);
    last_node = (int)(node - machine);
    return pair[0];
}

int __wrap_open(const char *path, int flags, ...)
{
    return __wrap_open64(path, flags);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    uint8_t *data = va_arg(list, uint8_t *);
    va_end(list);
    if (request != 0xC0104801u)
        return __real_ioctl(fd, request, data);
    const struct node *node = &machine[last_node];
    connects++;
    if (node->connect_fails != 0 && (node->times == 0 || connects <= node->times))
        return with(node->connect_fails);
    (void)snprintf(connected, sizeof connected, "%s", node->path);
    memcpy(asked, data, sizeof asked);
    memset(data, 0, 16);
    data[1] = 0x14; /* 5120 */
    data[4] = 4;
    return 0;
}

static struct error err;

static void looks_on(const struct node *nodes)
{
    machine = nodes;
    opens = connects = 0;
    connected[0] = '\0';
    err = (struct error){0};
}

static void finds(const struct node *nodes, const char *path)
{
    looks_on(nodes);
    struct mei *mei = mei_open(MEI_WATCHDOG, &err);
    assert_string_equal(err.text, "");
    assert_non_null(mei);
    assert_string_equal(connected, path);
    assert_int_equal(mei_message_limit(mei), 5120);
    mei_close(mei);
}

static void finding(void)
{
    finds((const struct node[]){{"/dev/mei0", 0, 0, 0}, {0}}, "/dev/mei0");
    wire_assert(slice_of(asked, sizeof asked), "6f9ab705 28467f4d 899da915 14cb32ab");
    finds((const struct node[]){{"/dev/mei", 0, 0, 0}, {0}}, "/dev/mei");
    /* a graphics card has the first node */
    finds((const struct node[]){{"/dev/mei0", 0, ENOTTY, 0}, {"/dev/mei1", 0, 0, 0}, {0}},
          "/dev/mei1");
    finds((const struct node[]){{"/dev/mei0", EACCES, 0, 0}, {"/dev/mei2", 0, 0, 0}, {0}},
          "/dev/mei2");
    finds((const struct node[]){{"/dev/mei0", ENODEV, 0, 0}, {"/dev/mei3", 0, 0, 0}, {0}},
          "/dev/mei3");
}

static void the_first_node_with_the_client_is_taken(void **state)
{
    (void)state;
    me_run(finding);
}

static void trying_again(void)
{
    finds((const struct node[]){{"/dev/mei0", 0, EBUSY, 3}, {0}}, "/dev/mei0");
    assert_int_equal(connects, 4);
    finds((const struct node[]){{"/dev/mei0", 0, EINTR, 2}, {0}}, "/dev/mei0");
    assert_int_equal(opens, 1);
    finds((const struct node[]){{"/dev/mei0", EINTR, 0, 2}, {0}}, "/dev/mei0");
    finds((const struct node[]){{"/dev/mei0", 0, ENODEV, 1}, {0}}, "/dev/mei0");
    assert_int_equal(opens, 2);
}

static void what_passes_is_tried_again(void **state)
{
    (void)state;
    me_run(trying_again);
}

static void not_waiting(void)
{
    looks_on((const struct node[]){{"/dev/mei0", 0, EBUSY, 1}, {0}});
    assert_null(mei_open_within(MEI_LME, 0, &err));
    assert_int_equal(err.code, ERROR_BUSY);
    assert_int_equal(connects, 1);
}

static void one_that_is_in_use_is_not_waited_for_by_who_does_not_want_to(void **state)
{
    (void)state;
    me_run(not_waiting);
}

static void fails(const struct node *nodes, enum error_code code, const char *sentence)
{
    looks_on(nodes);
    uint64_t before = io_deadline_within(200);
    assert_null(mei_open(MEI_LME, &err));
    io_deadline_restore(before);
    assert_string_equal(err.text, sentence);
    assert_int_equal(err.code, code);
}

static void failing(void)
{
    fails((const struct node[]){{0}}, ERROR_NOT_FOUND,
          "there is no /dev/mei0: the driver (mei_me) is not loaded, or this machine has no Intel "
          "management engine");
    fails((const struct node[]){{"/dev/mei0", EACCES, 0, 0}, {"/dev/mei1", 0, ENOTTY, 0}, {0}},
          ERROR_FORBIDDEN,
          "/dev/mei0 may not be opened (Permission denied): run this as root, or allow your user "
          "to read and write it");
    fails((const struct node[]){{"/dev/mei0", 0, ENOTTY, 0}, {0}}, ERROR_UNSUPPORTED,
          "the management engine behind /dev/mei0 has no local manageability client: this machine "
          "has no Intel AMT, or it is disabled in the BIOS");
    fails((const struct node[]){{"/dev/mei0", 0, EBUSY, 0}, {"/dev/mei1", 0, ENOTTY, 0}, {0}},
          ERROR_BUSY,
          "another program uses the local manageability client of the management engine "
          "(/dev/mei0), probably LMS: stop it, or try again later");
    fails((const struct node[]){{"/dev/mei0", 0, ENODEV, 0}, {0}}, ERROR_CONNECTION,
          "the management engine behind /dev/mei0 does not answer (No such device): it is being "
          "reset or is not working");
    fails((const struct node[]){{"/dev/mei0", 0, EINTR, 0}, {0}}, ERROR_CONNECTION,
          "the management engine behind /dev/mei0 does not answer (Interrupted system call): it is "
          "being reset or is not working");
    fails((const struct node[]){{"/dev/mei0", EIO, 0, 0}, {0}}, ERROR_CONNECTION,
          "/dev/mei0 gives no local manageability client: Input/output error");
}

static void the_sentence_says_what_can_be_done(void **state)
{
    (void)state;
    me_run(failing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_node_with_the_client_is_taken),
        cmocka_unit_test(what_passes_is_tried_again),
        cmocka_unit_test(one_that_is_in_use_is_not_waited_for_by_who_does_not_want_to),
        cmocka_unit_test(the_sentence_says_what_can_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
