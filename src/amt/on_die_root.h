/* The root of the certificates that CSME makes for itself (On-Die CA), which AMT 19 and later shows
 * before it has another (spec rps 4.6). Constant. */
#ifndef AMT_ON_DIE_ROOT_H
#define AMT_ON_DIE_ROOT_H

#include "core/arena.h"
#include "core/error.h"

/* As published at tsci.intel.com/content/OnDieCA/certs/OnDie_CA_RootCA_Certificate.cer; SHA-256
 * beb40bb7507b33967226aa80e084749fbb6593893c642e818d682e9a8d07fc24. */
extern const char amt_on_die_root_pem[];

struct amt_roots {
    const struct slice *der; /* in the arena */
    size_t count;
};

/* That root, and the certificates of a PEM text (empty: none). ERROR_INVALID when the text has none
 * or one that cannot be read. */
bool amt_on_die_roots(struct arena *arena, struct slice pem, struct amt_roots *roots,
                      struct error *err);

#endif
