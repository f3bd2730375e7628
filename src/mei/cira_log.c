#include "mei/cira_log.h"

bool mei_cira_log_decode(struct slice block, struct arena *arena, struct mei_cira_log *log)
{
    (void)block;
    (void)arena;
    (void)log;
    return false;
}

const char *mei_cira_closure_name(uint8_t reason)
{
    (void)reason;
    return "unknown";
}

const char *mei_cira_trigger_name(uint8_t trigger)
{
    (void)trigger;
    return "unknown";
}

const char *mei_cira_auth_name(uint8_t method)
{
    (void)method;
    return "unknown";
}
