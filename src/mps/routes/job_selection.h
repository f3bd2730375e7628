/* The member "selection" of a job's body: which devices. No state. */
#ifndef MPS_ROUTES_JOB_SELECTION_H
#define MPS_ROUTES_JOB_SELECTION_H

#include "http/exchange.h"
#include "store/store.h"

struct job_selection {
    struct guid *guids; /* NULL: by the filter */
    size_t count;
    struct store_filter filter;
};

/* Reads the selection of the body; it lives as long as the exchange. False when it has answered
 * 400: none or more than one kind of selection, or one that is malformed. */
bool job_selection_read(struct http_exchange *exchange, struct job_selection *selection);

#endif
