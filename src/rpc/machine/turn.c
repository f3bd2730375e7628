#include "rpc/machine/turn.h"

#include "io/fiber.h"
#include "io/loop.h"
#include "rpc/machine/machine.h"
#include "rpc/machine/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WAIT_MS  60000
#define AGAIN_MS 200

static bool wait_for(int file, uint64_t wait_ms, void (*waits)(void *context), void *context,
                     struct error *err)
{
    uint64_t until = io_now() + wait_ms;
    for (bool first = true; flock(file, LOCK_EX | LOCK_NB) != 0; first = false) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(err, ERROR_CONNECTION, "it cannot be locked: %s", strerror(errno));
        if (io_now() >= until)
            return error_set(err, ERROR_BUSY, "another program has it locked");
        if (first)
            waits(context);
        if (!io_sleep(AGAIN_MS, err))
            return false;
    }
    return true;
}

/* As mei_open does, so that what it can use is locked: /dev is root's, and may have links. */
int rpc_turn_lock(const char *path, uint64_t wait_ms, void (*waits)(void *context), void *context,
                  struct error *err)
{
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        (void)error_set(err, ERROR_NOT_FOUND, "%s cannot be opened", path);
        return -1;
    }
    if (wait_for(file, wait_ms, waits, context, err))
        return file;
    (void)close(file);
    return -1;
}

static void tell(void *context)
{
    rpc_log(context, LOG_INFO, "another rpc is at work on this machine's AMT; waiting for its end");
}

void rpc_turn_unlock(int file)
{
    (void)flock(file, LOCK_UN);
    (void)close(file);
}

bool rpc_turn_take(struct rpc *rpc)
{
    struct rpc_machine *machine = rpc_machine_of(rpc);
    struct error err;
    for (size_t i = 0; i < MEI_NODES && !machine->has_turn; i++) {
        machine->turn = rpc_turn_lock(mei_nodes[i], WAIT_MS, tell, rpc, &err);
        machine->has_turn = machine->turn >= 0;
        if (machine->has_turn || err.code == ERROR_NOT_FOUND)
            continue;
        if (err.code == ERROR_BUSY)
            return rpc_fail(rpc, RPC_AMT_NOT_READY,
                            "another rpc is at work on this machine's AMT, and has not come to an "
                            "end in %d s; AMT was left as it was found",
                            WAIT_MS / 1000);
        if (err.code == ERROR_CONNECTION)
            (void)error_wrap(&err, "no turn at this machine's AMT, which was left as it was found");
        return rpc_fail_error(rpc, RPC_GENERIC_FAILURE, &err);
    }
    return true;
}
