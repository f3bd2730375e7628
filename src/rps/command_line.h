/*
 * The command line in the `method` of an agent's first message (spec rps 2.4). Pure; any thread.
 * What it means to clients of the toolkit it means here; where the toolkit's parser loses or alters
 * what they meant, it does not (docs/compatibility.md): names that look like numbers stay as they
 * are, and passwords may have blanks in them.
 */
#ifndef RPS_COMMAND_LINE_H
#define RPS_COMMAND_LINE_H

#include "core/slice.h"
#include "rps/session.h"

struct rps_command_line { /* borrowed from the text */
    struct slice command; /* empty: none */
    struct slice profile;
    struct slice password; /* of --password or -p; .data NULL: none */
    struct slice argument; /* what follows --changepassword; .data NULL: nothing */
    enum rps_task task;
    bool has_task;
    bool force;
};

/* `known` is the password in the payload: where an option's value begins with it, it is that as a
 * whole, blanks and all. */
void rps_command_line_read(struct slice text, struct slice known, struct rps_command_line *line);

#endif
