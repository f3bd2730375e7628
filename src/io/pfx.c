#include "io/pfx.h"

#include <stddef.h>

static const struct io_pfx_state nothing;

struct io_pfx *io_pfx_open(struct slice file, struct slice password, enum io_pfx_problem *problem,
                           struct error *err)
{
    (void)file;
    (void)password;
    *problem = IO_PFX_UNREADABLE;
    error_set(err, ERROR_UNSUPPORTED, "PKCS#12 files cannot be read yet");
    return NULL;
}

void io_pfx_free(struct io_pfx *pfx)
{
    (void)pfx;
}

size_t io_pfx_count(const struct io_pfx *pfx)
{
    (void)pfx;
    return 0;
}

const struct io_pfx_certificate *io_pfx_certificate(const struct io_pfx *pfx, size_t place)
{
    (void)pfx;
    (void)place;
    return NULL;
}

const struct io_pfx_state *io_pfx_state(const struct io_pfx *pfx)
{
    (void)pfx;
    return &nothing;
}

bool io_pfx_has_amt_oid(const struct io_pfx *pfx)
{
    (void)pfx;
    return false;
}

bool io_pfx_has_amt_ou(const struct io_pfx *pfx)
{
    (void)pfx;
    return false;
}

bool io_pfx_may_sign(const struct io_pfx *pfx)
{
    (void)pfx;
    return false;
}

bool io_pfx_sign(const struct io_pfx *pfx, struct arena *arena, enum io_pfx_hash hash,
                 struct slice data, struct slice *signature, struct error *err)
{
    (void)pfx;
    (void)arena;
    (void)hash;
    (void)data;
    (void)signature;
    return error_set(err, ERROR_UNSUPPORTED, "PKCS#12 files cannot be read yet");
}

bool io_pfx_make_sample(struct arena *arena, const char *common_name, const char *password,
                        struct slice *file, char root_sha256[65], struct error *err)
{
    (void)arena;
    (void)common_name;
    (void)password;
    (void)file;
    (void)root_sha256;
    return error_set(err, ERROR_UNSUPPORTED, "PKCS#12 files cannot be made yet");
}
