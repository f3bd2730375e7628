/*
 * What the files of the doctor's judgement share (doctor.h): each looks at one area and adds what
 * it finds, in this order. Pure.
 */
#ifndef RPC_DOCTOR_PARTS_H
#define RPC_DOCTOR_PARTS_H

#include "rpc/doctor/doctor.h"

/* Copies the finding. */
void rpc_doctor_add(struct rpc_report *report, const struct rpc_finding *finding);

/* The ways to AMT's own ports, and the login there. */
void rpc_doctor_judge_ways(const struct rpc_health *health, struct rpc_report *report);

/* AMT's adapters and its clock. */
void rpc_doctor_judge_network(const struct rpc_health *health, struct rpc_report *report);

/* What admin control mode wants. */
void rpc_doctor_judge_admin(const struct rpc_health *health, struct rpc_report *report);

/* The calls to a server. */
void rpc_doctor_judge_cira(const struct rpc_health *health, struct rpc_report *report);

/* Whether AMT has this adapter, of which it has told. */
bool rpc_doctor_has_adapter(bool known, const struct mei_lan *lan);

#endif
