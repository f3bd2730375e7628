/* By what devices are selected, the same for the list and for jobs: options and what they are
 * called in the REST interface. Constant data. */
#ifndef OBCTL_FILTER_H
#define OBCTL_FILTER_H

#include <stdbool.h>

struct obctl_filter {
    const char *option;
    const char *member;
    bool is_number;
};

#define OBCTL_FILTER_COUNT 7

extern const struct obctl_filter obctl_filters[OBCTL_FILTER_COUNT];

/* The help of all of them, one per line. */
#define OBCTL_FILTER_HELP                                                     \
    "  --hostname NAME        devices of exactly that name\n"                 \
    "  --friendly-name NAME   devices of exactly that friendly name\n"        \
    "  --fw-version TEXT      AMT's version begins with this: 16., 16.1.25\n" \
    "  --control-mode MODE    acm, ccm or none\n"                             \
    "  --power-state CODE     as it was last read: 2 on, 8 off\n"             \
    "  --manufacturer NAME    of the machine\n"                               \
    "  --model NAME           of the machine\n"

#endif
