/*
 * What LME costs beside LMS: the WSMAN sequence of an activation into client control mode, and then
 * readings, over the one or the other, on a machine whose ME is simulated.
 *
 *     amtsim mei [--lms-port PORT] -- way_bench [PORT]
 *
 * With a PORT through LMS there, else through LME; over TLS, with any certificate, where AMT has no
 * other port. Prints milliseconds: until the way is open, for
 * the activation (PTHI for the local account; reading, Setup, reading again as admin), and for one
 * of 50 readings. The machine is left as it was found.
 */
#include "amt/general.h"
#include "amt/host_setup.h"
#include "core/clock.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "mei/pthi.h"
#include "rpc/machine/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READINGS 50
#define PASSWORD "P@ssw0rd1"

static unsigned short port; /* of LMS; 0: LME */
static bool done;

static double milliseconds_since(uint64_t begun)
{
    return (double)(clock_monotonic_ns() - begun) / 1e6;
}

static bool log_in(struct rpc_access *access, struct amt **amt, struct error *err)
{
    const struct rpc_amt_options admin = {.user = SLICE_LITERAL("admin"),
                                          .password = SLICE_LITERAL(PASSWORD)};
    return rpc_access_amt(access, &admin, amt, err);
}

static bool activate(struct rpc_access *access, struct mei_pthi *pthi, struct arena *arena,
                     struct error *err)
{
    struct mei_account account;
    struct amt *amt;
    struct amt_setup_state state;
    unsigned mode = 0;
    if (!mei_pthi_local_account(pthi, &account, err))
        return false;
    struct rpc_amt_options local = {.user = slice_of_string(account.user),
                                    .password = slice_of_string(account.password)};
    bool ok = rpc_access_amt(access, &local, &amt, err) &&
              amt_setup_read(amt, arena, &state, err) &&
              amt_setup_client(amt, arena, state.realm, SLICE_LITERAL(PASSWORD), err);
    memory_wipe(&account, sizeof account);
    ok = ok && log_in(access, &amt, err);
    if (ok && rpc_access_needs_tls(access)) /* AMT 19 wants that */
        ok = amt_setup_commit(amt, arena, NULL, err);
    return ok && amt_setup_read_mode(amt, arena, &mode, err) &&
           (mode == AMT_SETUP_CLIENT ||
            error_set(err, ERROR_DEVICE, "the control mode is %u", mode));
}

static bool read_often(struct rpc_access *access, struct arena *arena, struct error *err)
{
    struct amt *amt;
    struct amt_general general;
    bool ok = log_in(access, &amt, err);
    for (int i = 0; ok && i < READINGS; i++)
        ok = amt_general_get(amt, arena, &general, err);
    return ok;
}

static bool measure(struct arena *arena, struct error *err)
{
    const struct rpc_access_options options = {.lms_port = port, .no_lms = port == 0};
    struct rpc_access *access;
    struct mei_pthi *pthi = mei_pthi_open(err);
    if (pthi == NULL)
        return false;
    uint64_t begun = clock_monotonic_ns();
    bool ok = rpc_access_open(&options, &access, err);
    double opened = milliseconds_since(begun);
    if (ok) {
        begun = clock_monotonic_ns();
        ok = activate(access, pthi, arena, err);
        double activated = milliseconds_since(begun);
        begun = clock_monotonic_ns();
        ok = ok && read_often(access, arena, err);
        if (ok)
            printf("%s%s: open %.2f ms, activate %.2f ms, a reading %.3f ms\n",
                   rpc_way_name(rpc_access_way(access)),
                   rpc_access_needs_tls(access) ? " with TLS" : "", opened, activated,
                   milliseconds_since(begun) / READINGS);
        rpc_access_close(access);
        ok = ok && mei_pthi_unprovision(pthi, err);
    }
    mei_pthi_close(pthi);
    return ok;
}

static void run(void *arg)
{
    struct arena arena;
    struct error err = {0};
    (void)arg;
    arena_init(&arena);
    (void)io_deadline_within(120000);
    done = measure(&arena, &err);
    if (!done)
        fprintf(stderr, "way_bench: %s\n", err.text);
    arena_fini(&arena);
}

int main(int argc, char **argv)
{
    struct error err;
    port = argc > 1 ? (unsigned short)strtoul(argv[1], NULL, 10) : 0;
    struct io_loop *loop = io_loop_new(&err);
    if (loop == NULL || !io_loop_main(loop, run, NULL, &err)) {
        fprintf(stderr, "way_bench: %s\n", err.text);
        return 1;
    }
    io_loop_free(loop);
    return done ? 0 : 1;
}
