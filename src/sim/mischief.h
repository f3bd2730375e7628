/*
 * Wrong answers on demand: what a test tells a device to do to some of its WSMAN requests. A rule
 * is written TARGET=KIND[:VALUE]. TARGET is CLASS, CLASS.OPERATION (Get, Put, Enumerate, Pull,
 * Create, Delete or a method) or "*"; the first rule that fits a request counts. KIND is
 *
 *   absent          the class is unknown: DestinationUnreachable
 *   fault:NAME      that SOAP fault, as in spec device-protocols 5.4
 *   return:N        the request is served, and the method's ReturnValue is N
 *   status:N        that HTTP status with an empty body; the request is not served
 *   garbage         200 and a body that is no XML
 *   truncate        half of the answer, then the connection ends
 *   wrong-id        the answer relates to another request
 *   single          a Pull is answered with its first item, and that was all
 *   slow:MS         the answer comes so much later
 *   silent          no answer, ever
 *   refuse:N        a method does nothing, and its ReturnValue is N
 *   lose            the request is served, and the connection ends without an answer
 *   mute            the request is served, and the answer never comes
 *   other           the request is not served, and the answer is one to another question
 *   leave           the agent that carries the request hangs up instead
 *   leave-after     … hangs up instead of carrying the answer
 *
 * With "@N" behind it a rule counts for the first N requests of each device that it fits. With "#N"
 * behind its target it counts for the N-th of them and for its repetitions, which follow at once.
 *
 * Pure. Rules are made before the devices run and read by all of them.
 */
#ifndef SIM_MISCHIEF_H
#define SIM_MISCHIEF_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/error.h"
#include "sim/device.h"

enum sim_mischief_kind {
    SIM_MISCHIEF_FAULT,
    SIM_MISCHIEF_RETURN,
    SIM_MISCHIEF_STATUS,
    SIM_MISCHIEF_GARBAGE,
    SIM_MISCHIEF_TRUNCATE,
    SIM_MISCHIEF_WRONG_ID,
    SIM_MISCHIEF_SINGLE,
    SIM_MISCHIEF_SLOW,
    SIM_MISCHIEF_SILENT,
    SIM_MISCHIEF_REFUSE,
    SIM_MISCHIEF_LOSE,
    SIM_MISCHIEF_MUTE,
    SIM_MISCHIEF_OTHER,
    SIM_MISCHIEF_LEAVE,
    SIM_MISCHIEF_LEAVE_AFTER
};

#define SIM_MISCHIEF_MOST 32 /* rules that count */

struct sim_mischief {
    struct sim_mischief *next;
    uint8_t number; /* of the rule */
    uint16_t times; /* 0: always */
    uint16_t place; /* of the first request that it counts for, among those that it fits; 0: any */
    enum sim_mischief_kind kind;
    uint32_t value;  /* enum sim_fault, ReturnValue, status, ms */
    char *class;     /* "*": all */
    char *operation; /* NULL: all */
};

/* Adds a rule at the end. False with ERROR_INVALID. */
bool sim_mischief_add(struct sim_mischief **rules, struct slice text, struct error *err);
void sim_mischief_free(struct sim_mischief *rules);

/* What has become of each rule that counts on one device. */
struct sim_mischief_count {
    uint16_t used[SIM_MISCHIEF_MOST];
    uint16_t seen[SIM_MISCHIEF_MOST]; /* requests that a rule with a place fits */
    bool over[SIM_MISCHIEF_MOST];     /* … after whose place another request has come */
};

/* What a request is, as targets name it; false when it is not understood. In the arena. */
bool sim_mischief_name(struct arena *arena, struct slice request, struct slice *class,
                       struct slice *operation);

/* The rule for this request; NULL for none, also when the request is not understood. */
const struct sim_mischief *sim_mischief_find(const struct sim_mischief *rules,
                                             struct sim_mischief_count *count,
                                             struct slice request);

/* Answers the request in the device's place, for the kinds that do not serve it and have a body:
 * appends the body and returns the HTTP status. 0: serve it. */
int sim_mischief_answer(const struct sim_mischief *rule, struct sim_device *device,
                        struct slice request, struct buffer *body);

/* Spoils the answer to a request that was served. */
void sim_mischief_spoil(const struct sim_mischief *rule, struct buffer *body);

#endif
