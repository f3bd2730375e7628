#include "rps/standing.h"

#include "rps/provisioning.h"

/* The rows are docs/provisioning.md's. */
static const bool allowed[RPS_DEEDS][RPS_STANDINGS] = {
    /*                      stranger resuming trusted speaker proven first */
    [RPS_ACTIVATE_AGAIN] = {false, true, true, true, true, true},
    [RPS_USE] = {false, false, true, true, true, true},
    [RPS_TRY_SAID] = {false, false, true, true, true, true},
    [RPS_TRY_MADE] = {false, true, true, true, true, true},
    [RPS_TRY_STORED] = {false, false, true, true, true, false},
    [RPS_STORE_PROVEN] = {false, false, false, false, true, false},
    [RPS_NOTE_UNASKED] = {false, false, false, true, true, false},
    [RPS_CHANGE_RECORD] = {false, false, true, false, true, true},
    [RPS_MOVE_RECORD] = {false, false, false, false, true, true},
    [RPS_MAKE_CALL_IN] = {false, false, true, false, true, true},
    [RPS_GIVE_STORED] = {false, false, false, false, true, false},
    [RPS_FORGET] = {false, false, false, false, true, false},
};

bool rps_standing_allows(enum rps_standing standing, enum rps_deed deed)
{
    return allowed[deed][standing];
}

bool rps_is_known_device(const struct rps_provisioning *p)
{
    return (p->known.found && !p->known.is_bare) || store_passwords_have_proven(&p->stored);
}

bool rps_says_proven(const struct rps_provisioning *p)
{
    return p->request->control_mode != 0 && store_passwords_prove(&p->stored, p->request->password);
}

static bool has_made(const struct rps_provisioning *p)
{
    const struct store_password_list *list = &p->stored.lists[STORE_PASSWORD_AMT];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].origin == STORE_ORIGIN_MADE)
            return true;
    return false;
}

enum rps_standing rps_standing(const struct rps_provisioning *p)
{
    if (p->came_first || (p->opened && rps_says_proven(p)))
        return RPS_PROVEN;
    if (!rps_is_known_device(p))
        return RPS_FIRST;
    if (rps_session_is_authenticated(p->session))
        return RPS_TRUSTED;
    if (rps_says_proven(p))
        return RPS_SPEAKER;
    return p->profile.random_password && has_made(p) ? RPS_RESUMING : RPS_STRANGER;
}

bool rps_may(const struct rps_provisioning *p, enum rps_deed deed)
{
    return rps_standing_allows(rps_standing(p), deed);
}
