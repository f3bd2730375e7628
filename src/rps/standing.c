#include "rps/standing.h"

#include "core/clock.h"
#include "rps/proof.h"
#include "rps/provisioning.h"
#include "rps/rps_parts.h"

/* A record that an unfinished run has left, and not too long ago. */
static bool is_resumable(const struct rps_run_given *given, const struct rps_known *known)
{
    int64_t begun;
    return known->activated_at != NULL &&
           clock_parse(slice_of_string(known->activated_at), &begun) &&
           clock_wall_ms() - begun < (int64_t)given->options->resume_ms;
}

static bool is_known(const struct rps_run_given *given, const struct rps_run_device *device)
{
    for (enum store_password_kind kind = 0; kind < STORE_PASSWORD_KINDS; kind++)
        if (store_passwords_have_proven(&device->stored, kind))
            return true;
    return device->known.found && !device->known.is_bare && !is_resumable(given, &device->known);
}

bool rps_says_proven(const struct rps_provisioning *p)
{
    return p->session->says_proven;
}

static bool has_made(const struct store_passwords *stored)
{
    const struct store_password_list *list = &stored->lists[STORE_PASSWORD_AMT];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].origin == STORE_ORIGIN_MADE && !list->items[i].proven)
            return true;
    return false;
}

/* The toolkit's way, where the site wants it (--prevent-orphans false): a machine that says that it
 * was reset is believed, and so is one that was cut off after that. */
static bool begins_anew(const struct rps_run_given *given, const struct rps_run_device *device)
{
    return !given->options->prevent_orphans && given->request->command == RPS_ACTIVATE &&
           (given->request->control_mode == 0 ||
            (given->profile.random_password && has_made(&device->stored)));
}

enum rps_standing rps_standing(const struct rps_provisioning *p)
{
    if (p->done.ended_well || rps_proof_is_given(p->session))
        return RPS_PROVEN;
    bool known = p->session->is_known_there || is_known(p->given, &p->device);
    return known && !begins_anew(p->given, &p->device) ? RPS_STRANGER : RPS_FIRST;
}

bool rps_is_stranger(const struct rps_provisioning *p)
{
    return rps_standing(p) == RPS_STRANGER;
}

bool rps_is_proven(const struct rps_provisioning *p)
{
    return rps_standing(p) == RPS_PROVEN;
}
