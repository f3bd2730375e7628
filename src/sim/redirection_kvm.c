/* KVM: what comes before RFB (spec device-protocols 2.5). */
#include "sim/redirection_kind.h"

#include "sim/capability/capability.h"

static size_t take(struct sim_redirection *session, struct slice bytes, uint64_t now_ms)
{
    (void)now_ms;
    static const char banner[] = "RFB 004.000\n";
    if (session->state == SIM_REDIRECTION_RUNNING)
        return bytes.size; /* nothing is drawn yet */
    if (bytes.size < 8)
        return 0;
    if (bytes.data[0] != 0x40) {
        session->finished = true;
        return bytes.size;
    }
    struct buffer reply = sim_redirection_message(0x41, 0);
    sim_redirection_put_zeros(&reply, 4);
    sim_redirection_send(session, &reply);
    session->finished = sim_session_lacks_consent(session->host->device, session->kind);
    session->state = SIM_REDIRECTION_RUNNING;
    if (!session->finished)
        session->host->send(session->owner, slice_of_string(banner));
    return 8;
}

const struct sim_redirection_kind sim_redirection_kvm = {.take = take};
