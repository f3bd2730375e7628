/*
 * What a simulated ME does wrong on demand: the rules of `amtsim mei --mei-fault`. Each kind is
 * counted on one thread only, the trap's or the loop's, so nothing is locked.
 */
#ifndef SIM_MEI_FAULT_H
#define SIM_MEI_FAULT_H

#include "core/error.h"
#include "core/slice.h"

#include <stdio.h>

/*  X(name, text, help): the trap's kinds come first */
#define SIM_MEI_FAULTS(X)                                                                \
    X(NO_DRIVER, "no-driver", "there is no device file")                                 \
    X(NO_PERMISSION, "no-permission", "it may not be opened")                            \
    X(EINTR, "eintr", "a read or write is interrupted (EINTR)")                          \
    X(WRITE_BUSY, "write-busy", "a write fails with EBUSY")                              \
    X(LOCKED, "locked", "another program has the lock on the device file (flock)")       \
    X(NO_CLIENT, "no-client", "the ME has no such client (ENOTTY)")                      \
    X(BUSY, "busy", "a connect fails with EBUSY")                                        \
    X(RESET, "reset", "the ME resets on message N instead of answering it (1), once")    \
    X(SILENT, "silent", "no answer")                                                     \
    X(SHORT, "short", "half of the answer")                                              \
    X(EMPTY, "cut-header", "the first eight bytes of the answer")                        \
    X(LONG, "long", "the answer, and 64 bytes more")                                     \
    X(WRONG_COMMAND, "wrong-command", "the answer to another command")                   \
    X(WRONG_LENGTH, "wrong-length", "the answer's header tells another length")          \
    X(STATUS, "status", "PTHI answers with status N")                                    \
    X(LME_STALE_CLOSE, "lme-stale-close",                                                \
      "a close of channel 0 after the forwards and before each "                         \
      "confirmation")                                                                    \
    X(LME_REFUSE, "lme-refuse",                                                          \
      "channels are refused with reason 1, after the forwards were "                     \
      "withdrawn and made again")                                                        \
    X(LME_DROP, "lme-drop", "the session ends and begins again when a channel closes")   \
    X(LME_SPLIT, "lme-split", "APF messages are cut in the middle")                      \
    X(LME_COALESCE, "lme-coalesce", "two APF messages at a time in a message of the ME") \
    X(LME_SLOW, "lme-slow", "the forwards come after 1 s")                               \
    X(LMS_HALF_DEAD, "lms-half-dead", "LMS takes connections and says nothing")          \
    X(LMS_RESET, "lms-reset", "LMS hangs up at once")                                    \
    X(LMS_TLS_GARBAGE, "lms-tls-garbage", "LMS answers TLS with something else")

enum sim_mei_fault_kind {
#define SIM_MEI_FAULT(name, text, help) SIM_MEI_FAULT_##name,
    SIM_MEI_FAULTS(SIM_MEI_FAULT)
#undef SIM_MEI_FAULT
};

#define SIM_MEI_RULES_MOST 16

struct sim_mei_rule {
    enum sim_mei_fault_kind kind;
    uint32_t number;  /* the first so many times; of STATUS and RESET as the help says; 0: always */
    uint32_t command; /* operation of PTHI; 0: any */
    char client[8];   /* "pthi", "lme", "wd", "upid", "hotham"; empty: any */
    uint32_t seen;
};

struct sim_mei_faults {
    struct sim_mei_rule rules[SIM_MEI_RULES_MOST];
    size_t count;
};

/* KIND[:N][@COMMAND or @CLIENT]. False with ERROR_INVALID. */
bool sim_mei_faults_add(struct sim_mei_faults *faults, struct slice text, struct error *err);

/* The rule of that kind which counts now; counts it. `client` may be NULL, `command` 0. */
const struct sim_mei_rule *sim_mei_fault_hit(struct sim_mei_faults *faults,
                                             enum sim_mei_fault_kind kind, const char *client,
                                             uint32_t command);

/* True when there is a rule whose answers come on reads and writes. */
bool sim_mei_faults_need_descriptors(const struct sim_mei_faults *faults);

void sim_mei_faults_help(FILE *to);

#endif
