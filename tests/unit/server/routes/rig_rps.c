/* What the handlers of provisioning lead to, which no test of routes needs. */
#include "access/access.h"
#include "rps/assistants.h"
#include "rps/rps_parts.h"

static bool refuse(struct error *err)
{
    return error_set(err, ERROR_BUSY, "not in this test");
}

bool access_issue_for(struct access *access, struct arena *in, enum access_purpose purpose,
                      const struct access_bearer *bearer, uint32_t minutes, struct slice *token,
                      struct error *err)
{
    (void)access;
    (void)in;
    (void)purpose;
    (void)bearer;
    (void)minutes;
    (void)token;
    return refuse(err);
}

bool access_check_for(struct access *access, struct arena *in, struct slice token,
                      enum access_purpose purpose, struct access_bearer *bearer, struct error *err)
{
    (void)access;
    (void)in;
    (void)token;
    (void)purpose;
    (void)bearer;
    return refuse(err);
}

struct rps_session *rps_session_new(struct rps *rps, const struct io_address *peer,
                                    const struct access_bearer *bearer, struct error *err)
{
    (void)rps;
    (void)peer;
    (void)bearer;
    (void)refuse(err);
    return NULL;
}

void rps_session_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    (void)arg;
    (void)conn;
    (void)ahead;
}

struct rps_assistant *rps_assistant_new(struct rps *rps, const char *tenant, struct error *err)
{
    (void)rps;
    (void)tenant;
    (void)refuse(err);
    return NULL;
}

void rps_assistant_taken(void *arg, struct io_conn *conn, struct slice ahead)
{
    (void)arg;
    (void)conn;
    (void)ahead;
}

const char *store_outcome_name(enum store_outcome outcome)
{
    (void)outcome;
    return "";
}

bool store_provisioning_list(struct store *store, struct arena *in, const struct guid *guid,
                             const char *tenant, int outcome, uint32_t top, uint32_t skip,
                             struct store_provisioning **list, size_t *count, uint64_t *total,
                             struct error *err)
{
    (void)store;
    (void)in;
    (void)guid;
    (void)tenant;
    (void)outcome;
    (void)top;
    (void)skip;
    (void)list;
    (void)count;
    (void)total;
    return refuse(err);
}
