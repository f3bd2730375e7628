/* The device files' thread hears all that is said, and neither it nor the loop waits for a command.
 * The command is this program once more, in one of the roles below. */
#include "io/loop.h"
#include "sim/mei_child.h"
#include "sim/mei_trap_parts.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_S 60
#define WRITTEN    300
#define MANY       5000 /* more than a socket holds */

/* ---- what the command does ---- */

static int open_device(void)
{
    return open("/dev/mei0", O_RDWR | O_CLOEXEC);
}

static int tell(void)
{
    return kill(getppid(), SIGUSR1);
}

static int write_some(int device)
{
    for (int i = 0; i < WRITTEN; i++)
        if (write(device, "x", 1) != 1)
            return 1;
    return 0;
}

static int flood(void)
{
    int device = open_device();
    if (write_some(device) != 0 || tell() != 0)
        return 1;
    while (write(device, "x", 1) == 1)
        ;
    return 0;
}

static int write_and_wait(void)
{
    return write_some(open_device()) != 0 || tell() != 0 || pause();
}

static int write_nothing(void)
{
    int device = open_device();
    return write(device, "", 0) != 0 || write(device, "x", 1) != 1 || tell() != 0 || pause();
}

static void *read_device(void *arg)
{
    char text[8];
    (void)!read(*(int *)arg, text, sizeof(text));
    return NULL;
}

static int stop_while_reading(void)
{
    int device = open_device();
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, read_device, &device) != 0)
            return 1;
    (void)usleep(100000); /* by now they read */
    return write(device, "x", 1) != 1 || tell() != 0 || raise(SIGSTOP);
}

/* Names a file by memory that never comes. */
static int keep_memory(void)
{
    struct uffdio_api api = {.api = UFFD_API};
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    int keeper = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_register kept = {.range = {(uintptr_t)page, size},
                                   .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (keeper < 0 || ioctl(keeper, UFFDIO_API, &api) != 0 ||
        ioctl(keeper, UFFDIO_REGISTER, &kept) != 0) {
        (void)kill(getppid(), SIGUSR2); /* nobody may have that here */
        return 1;
    }
    (void)tell();
    return (int)syscall(SYS_openat, AT_FDCWD, page, O_RDONLY);
}

/* Has one after the other reset under it; the first it goes on to hold, under another number. */
static int be_reset(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    for (int round = 0;; round++) {
        int device = open_device();
        if (device < 0 || write(device, "x", 1) != 1 || tell() != 0)
            return 1;
        while (write(device, "", 0) == 0)
            (void)usleep(1000);
        if (round == 0 && fcntl(device, F_DUPFD_CLOEXEC, device + 1) < 0)
            return 1;
        (void)close(device);
    }
}

static const struct role {
    const char *name;
    int (*play)(void);
} roles[] = {
    {"flood", flood},           {"write", write_and_wait},
    {"nothing", write_nothing}, {"stop", stop_while_reading},
    {"keep", keep_memory},      {"reset", be_reset},
};

static int play(const char *name)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].play();
    return 1;
}

/* ---- the machine ---- */

struct machine {
    struct sim_mei_child child;
    struct io_loop *loop;
    struct sim_mei_trap *trap;
    struct sim_mei_pipe *pipe;
    size_t heard, closed;
};

static int on_open(void *owner, unsigned device)
{
    (void)owner;
    (void)device;
    return 0;
}

static void on_message(void *owner, struct sim_mei_pipe *pipe, struct slice message)
{
    struct machine *machine = owner;
    (void)message;
    machine->pipe = pipe;
    machine->heard++;
}

static void on_closed(void *owner, struct sim_mei_pipe *pipe)
{
    struct machine *machine = owner;
    (void)pipe;
    machine->closed++;
}

static const struct sim_mei_trap_events events = {
    .open = on_open, .message = on_message, .closed = on_closed};

static sigset_t signals;

/* Starts a command and waits until it tells. The signal that it told. */
static int begin(struct machine *machine, const char *role)
{
    char self[] = "/proc/self/exe", name[16] = {0};
    char *command[] = {self, name, NULL};
    struct error err;
    sigset_t before;
    int number;
    *machine = (struct machine){0};
    (void)snprintf(name, sizeof(name), "%s", role);
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    assert_int_equal(sigprocmask(SIG_BLOCK, &signals, &before), 0);
    (void)alarm(PATIENCE_S);
    assert_true(sim_mei_child_fork(&machine->child, command, &before, &err));
    machine->loop = io_loop_new(&err);
    assert_non_null(machine->loop);
    int listener = sim_mei_child_release(&machine->child, &err);
    assert_true(listener >= 0);
    machine->trap = sim_mei_trap_start(listener, machine->loop, &events, machine, &err);
    assert_non_null(machine->trap);
    assert_int_equal(sigwait(&signals, &number), 0);
    (void)usleep(100000); /* by now the thread waits for the loop, which does not run */
    return number;
}

static void end_loop(struct io_message *message)
{
    (void)message;
    io_loop_stop(io_loop_current());
}

/* Everything that was posted happens. */
static void run_loop(struct machine *machine)
{
    struct io_message end = {.run = end_loop};
    io_post(machine->loop, &end);
    io_loop_run(machine->loop);
}

static void kill_child(const struct machine *machine)
{
    assert_int_equal(kill(machine->child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(machine->child.pid, NULL, 0), machine->child.pid);
}

static void finish(struct machine *machine)
{
    kill_child(machine);
    assert_true(sim_mei_trap_stop(machine->trap));
    run_loop(machine);
    sim_mei_trap_free(machine->trap);
    io_loop_free(machine->loop);
    (void)alarm(0);
}

/* ---- tests ---- */

static void a_flood_that_nobody_hears_does_not_hold_its_end_up(void **state)
{
    struct machine machine;
    (void)state;
    (void)begin(&machine, "flood");
    assert_true(sim_mei_trap_stop(machine.trap));
    run_loop(&machine);
    assert_in_range(machine.heard, WRITTEN, MANY);
    finish(&machine);
}

static void all_that_was_written_is_heard_at_the_end(void **state)
{
    struct machine machine;
    (void)state;
    (void)begin(&machine, "write");
    assert_true(sim_mei_trap_stop(machine.trap));
    run_loop(&machine);
    assert_int_equal(machine.heard, WRITTEN);
    finish(&machine);
}

static void a_write_of_nothing_does_not_close(void **state)
{
    struct machine machine;
    (void)state;
    (void)begin(&machine, "nothing");
    assert_true(sim_mei_trap_stop(machine.trap));
    run_loop(&machine);
    assert_int_equal(machine.closed, 0);
    assert_int_equal(machine.heard, 1);
    finish(&machine);
}

static void readers_that_are_stopped_are_not_waited_for(void **state)
{
    struct machine machine;
    const struct slice message = slice_of_string("y");
    int how;
    (void)state;
    (void)begin(&machine, "stop");
    assert_int_equal(waitpid(machine.child.pid, &how, WUNTRACED), machine.child.pid);
    assert_true(WIFSTOPPED(how));
    run_loop(&machine);
    assert_int_equal(machine.heard, 1);
    assert_false(sim_mei_trap_send(machine.pipe, message)); /* now; and not for good: */
    while (!sim_mei_trap_send(machine.pipe, message))
        (void)usleep(1000);
    finish(&machine);
}

static void memory_that_cannot_be_had_does_not_hold_the_end_up(void **state)
{
    struct machine machine;
    (void)state;
    int told = begin(&machine, "keep");
    if (told == SIGUSR1)
        assert_false(sim_mei_trap_stop(machine.trap));
    finish(&machine); /* the command's end gives it free */
    if (told != SIGUSR1)
        skip();
}

#define RESETS 20

static void what_was_reset_and_closed_is_forgotten(void **state)
{
    struct machine machine;
    int number;
    size_t left = 0;
    (void)state;
    (void)begin(&machine, "reset");
    for (size_t round = 1; round <= RESETS; round++) {
        while (machine.heard < round) {
            run_loop(&machine);
            (void)usleep(1000);
        }
        sim_mei_trap_reset(machine.pipe);
        assert_int_equal(sigwait(&signals, &number), 0);
    }
    assert_true(sim_mei_trap_stop(machine.trap));
    for (struct list *at = machine.trap->pipes.next; at != &machine.trap->pipes; at = at->next)
        left++;
    assert_int_equal(left, 2); /* the first, which it holds, and the last */
    finish(&machine);
    assert_int_equal(machine.closed, 0);
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return play(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_that_nobody_hears_does_not_hold_its_end_up),
        cmocka_unit_test(all_that_was_written_is_heard_at_the_end),
        cmocka_unit_test(a_write_of_nothing_does_not_close),
        cmocka_unit_test(readers_that_are_stopped_are_not_waited_for),
        cmocka_unit_test(memory_that_cannot_be_had_does_not_hold_the_end_up),
        cmocka_unit_test(what_was_reset_and_closed_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
