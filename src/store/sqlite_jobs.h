/* Jobs in the SQLite database: adding them (sqlite_jobs.c), reading (sqlite_jobs_read.c) and what
 * becomes of them (sqlite_jobs_write.c). Meanings as in store/database.h and store/jobs.h; any
 * worker thread. */
#ifndef STORE_SQLITE_JOBS_H
#define STORE_SQLITE_JOBS_H

#include "store/jobs.h"
#include "store/sqlite.h"

/* ERROR_NOT_FOUND; returns false. */
bool sqlite_job_absent(const struct guid *id, struct error *err);

bool sqlite_job_select(struct store_database *base, struct arena *arena, const char *tenant,
                       const struct guid *guids, size_t given, const struct store_filter *filter,
                       struct store_job_place **places, size_t *count, struct error *err);
bool sqlite_job_begin(struct store_database *base, const struct store_job *job, struct error *err);
bool sqlite_job_fill(struct store_database *base, const struct store_job *job, size_t first,
                     const struct store_job_place *places, size_t count, struct error *err);
bool sqlite_job_publish(struct store_database *base, const struct store_job *job,
                        struct error *err);
bool sqlite_job_abandon(struct store_database *base, const struct guid *id, struct error *err);
bool sqlite_job_get(struct store_database *base, struct arena *arena, const struct guid *id,
                    const char *tenant, struct store_job *job, struct error *err);
bool sqlite_job_list(struct store_database *base, struct arena *arena, const char *tenant,
                     int state, uint32_t top, uint32_t skip, struct store_job **jobs, size_t *count,
                     uint64_t *total, struct error *err);
bool sqlite_job_devices(struct store_database *base, struct arena *arena, const struct guid *id,
                        int state, uint32_t top, uint32_t skip, struct store_job_device **devices,
                        size_t *count, uint64_t *total, struct error *err);
bool sqlite_job_delete(struct store_database *base, const struct guid *id, const char *tenant,
                       struct error *err);
bool sqlite_job_unfinished(struct store_database *base, struct arena *arena,
                           struct store_job **jobs, size_t *count, struct error *err);
bool sqlite_job_set_state(struct store_database *base, const struct guid *id,
                          enum store_job_state state, int64_t when_ms, struct error *err);
bool sqlite_job_write(struct store_database *base, const struct guid *id,
                      const struct store_job_device *devices, size_t count, bool durable,
                      struct error *err);
bool sqlite_job_recover(struct store_database *base, const struct guid *id, bool repeatable,
                        int64_t when_ms, struct error *err);

#endif
