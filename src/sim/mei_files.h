/*
 * What is connected to the machine's ME by its device files: which client a descriptor is, the
 * answers, and what the rules of --mei-fault make of them. On the thread of its loop, but for what
 * mei_trap.h calls on its own.
 */
#ifndef SIM_MEI_FILES_H
#define SIM_MEI_FILES_H

#include "core/list.h"
#include "sim/alerts.h"
#include "sim/mei_fault.h"
#include "sim/mei_pthi.h"
#include "sim/mei_trap.h"

struct sim_mei_files {
    struct sim_machine *machine;
    struct sim_mei_faults faults; /* with what was counted of them */
    struct sim_pthi pthi;
    struct list clients;
    struct sim_alerts alerts;
    bool trace;
    uint32_t delay_ms; /* that messages of the ME take */
    void (*settled)(void *owner);
    void *owner;
};

/* All pointers are borrowed. `settled` is called when a message may have changed the model, before
 * the answer leaves. */
void sim_mei_files_init(struct sim_mei_files *files, struct sim_machine *machine,
                        const struct sim_options *options, void (*settled)(void *owner),
                        void *owner);
void sim_mei_files_fini(struct sim_mei_files *files);

/* For sim_mei_trap_start, with the files as their owner. */
const struct sim_mei_trap_events *sim_mei_files_events(const struct sim_mei_files *files);

/* The model may have changed: LME follows its doors, and tells of it. */
void sim_mei_files_settle(struct sim_mei_files *files);

#endif
