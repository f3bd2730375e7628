/*
 * What the sessions of a loop that have proved nothing may hold in memory together. Anyone may
 * begin many of them, and each may be filled with answers up to its own bound; so beside that bound
 * there is one for all (--agent-memory). Past it who holds most has to go, which is not a machine
 * that is set up: that holds half a megabyte at most. Some cannot go at once, since they wait for
 * what a device has done; with those, at twice the bound, no agent without a token is let in. On
 * the shard's loop.
 */
#ifndef RPS_BUDGET_H
#define RPS_BUDGET_H

#include "core/error.h"

struct rps_session;
struct rps_shard;

/* Whether there is room for another one. ERROR_BUSY. */
bool rps_budget_admits(const struct rps_shard *shard, struct error *err);

/* The session may hold more than before, or has proved itself. False with the error when it must go
 * itself; another one that must is told. */
bool rps_budget_note(struct rps_session *session, struct error *err);

/* The session is freed. */
void rps_budget_leave(struct rps_session *session);

#endif
