#include "io/tls.h"

bool io_tls_version_of(struct slice name, enum io_tls_version *version)
{
    static const struct {
        const char *name;
        enum io_tls_version version;
    } names[] = {
        {"1.0", IO_TLS_1_0},     {"1.1", IO_TLS_1_1},     {"1.2", IO_TLS_1_2},
        {"1.3", IO_TLS_1_3},     {"TLSv1", IO_TLS_1_0},   {"TLSv1.1", IO_TLS_1_1},
        {"TLSv1.2", IO_TLS_1_2}, {"TLSv1.3", IO_TLS_1_3},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_equal_string(name, names[i].name)) {
            *version = names[i].version;
            return true;
        }
    }
    return false;
}
