/*
 * The password that a job brings along (jobs_operation.secret): it is sealed in the secret store
 * for as long as the job is not over, and the job itself only says that there is one. Private to
 * src/mps; on fibers.
 */
#ifndef MPS_JOBS_SECRET_H
#define MPS_JOBS_SECRET_H

#include "mps/jobs_operation.h"
#include "store/jobs.h"

/* Takes the secret out of the job's parameters, if there is one, and stores it under its id. */
bool jobs_secret_seal(struct store *store, struct store_job *job,
                      const struct jobs_operation *operation, struct error *err);

/* The secret of a job, in the arena; empty when it has none. The caller wipes it. */
bool jobs_secret_read(struct store *store, struct arena *arena, const struct guid *job,
                      const json_t *parameters, struct slice *secret, struct error *err);

/* After the end of a job; logs what cannot be removed. */
void jobs_secret_remove(struct store *store, const struct guid *job,
                        const struct jobs_operation *operation);

#endif
