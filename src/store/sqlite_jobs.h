/* Jobs in the SQLite database. Meanings as in store/jobs.h; any worker thread. */
#ifndef STORE_SQLITE_JOBS_H
#define STORE_SQLITE_JOBS_H

#include "store/sqlite.h"

bool sqlite_job_add(struct store_database *base, struct store_job *job, const struct guid *guids,
                    size_t count, const struct store_filter *filter, struct error *err);
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
