/*
 * Shows AMT 19 a provisioning certificate inside TLS, as its set-up into admin control mode begins
 * (spec rpc 5.3). For identity_test.py.
 *
 *     identity make FILE     writes a sample and prints the SHA-256 of its root
 *     identity show FILE     announces its leaf over PTHI, and reads over TLS as the local account
 *     identity hide FILE     announces it and shows none
 */
#include "amt/host_setup.h"
#include "core/encoding.h"
#include "core/file.h"
#include "core/memory.h"
#include "io/fiber.h"
#include "io/loop.h"
#include "io/pfx.h"
#include "mei/pthi.h"
#include "rpc/machine/access.h"
#include "rpc/machine/trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_PASSWORD "pfx"

struct run {
    const char *doing;
    const char *path;
    struct arena arena;
    struct error err;
    bool ok;
};

static bool make(struct run *run)
{
    struct slice file;
    char root[65];
    FILE *out = fopen(run->path, "wb");
    bool ok = out != NULL && io_pfx_make_sample(&run->arena, "amt.example.org", FILE_PASSWORD,
                                                &file, root, &run->err);
    ok = ok && fwrite(file.data, 1, file.size, out) == file.size;
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    if (ok)
        printf("%s\n", root);
    return ok;
}

static bool announce(struct mei_pthi *pthi, const struct io_pfx *pfx, struct error *err)
{
    static const struct slice none;
    struct mei_host_based reply;
    uint8_t hash[32];
    const char *text = io_pfx_certificate(pfx, 0)->sha256;
    return encoding_hex_decode(slice_of_string(text), hash, sizeof hash) &&
           mei_pthi_start_host_based(pthi, 2, slice_of(hash, sizeof hash), &none, 0, &reply, err);
}

static bool read_over_tls(struct run *run, struct mei_pthi *pthi, struct rpc_trust *trust)
{
    static const struct rpc_access_options options = {.no_lms = true, .tls_only = true};
    struct rpc_access *access;
    struct mei_account account;
    struct amt_setup_state state;
    struct amt *amt;
    if (!mei_pthi_local_account(pthi, &account, &run->err) ||
        !rpc_access_open(&options, &access, &run->err))
        return false;
    struct rpc_amt_options login = {.user = slice_of_string(account.user),
                                    .password = slice_of_string(account.password),
                                    .tls = true,
                                    .trust = trust};
    bool ok = rpc_access_amt(access, &login, &amt, &run->err) &&
              amt_setup_read(amt, &run->arena, &state, &run->err);
    memory_wipe(&account, sizeof account);
    if (ok)
        printf("%s with TLS: %.*s\n", rpc_way_name(rpc_access_way(access)), SLICE_ARG(state.realm));
    rpc_access_close(access);
    return ok;
}

static bool show(struct run *run)
{
    struct slice file;
    enum io_pfx_problem problem;
    struct rpc_trust *trust = NULL;
    int fd = open(run->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !file_read(&run->arena, fd, IO_PFX_BYTES, &file))
        return error_set(&run->err, ERROR_NOT_FOUND, "%s cannot be read", run->path);
    (void)close(fd);
    struct io_pfx *pfx = io_pfx_open(file, SLICE_LITERAL(FILE_PASSWORD), &problem, &run->err);
    struct mei_pthi *pthi = pfx == NULL ? NULL : mei_pthi_open(&run->err);
    const struct rpc_trust_options options = {
        .kind = RPC_TRUST_ANY, .identity = strcmp(run->doing, "show") == 0 ? pfx : NULL};
    bool ok = pthi != NULL && announce(pthi, pfx, &run->err) &&
              rpc_trust_new(&options, &trust, &run->err) && read_over_tls(run, pthi, trust);
    rpc_trust_free(trust);
    mei_pthi_close(pthi);
    io_pfx_free(pfx);
    return ok;
}

static void do_it(void *arg)
{
    struct run *run = arg;
    (void)io_deadline_within(60000);
    run->ok = strcmp(run->doing, "make") == 0 ? make(run) : show(run);
}

int main(int argc, char **argv)
{
    struct run run = {.doing = argc == 3 ? argv[1] : "", .path = argc == 3 ? argv[2] : ""};
    arena_init(&run.arena);
    struct io_loop *loop = io_loop_new(&run.err);
    if (loop != NULL)
        (void)io_loop_main(loop, do_it, &run, &run.err);
    io_loop_free(loop);
    arena_fini(&run.arena);
    if (!run.ok)
        fprintf(stderr, "identity: %s\n", run.err.text);
    return run.ok ? 0 : 1;
}
