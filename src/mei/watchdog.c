#include "mei/watchdog.h"

bool mei_watchdog_flags(struct mei_watchdog_flags *flags, struct error *err)
{
    (void)flags;
    return error_set(err, ERROR_UNSUPPORTED, "mei_watchdog_flags is not there yet");
}

bool mei_watchdog_set_operational(bool on, struct error *err)
{
    (void)on;
    return error_set(err, ERROR_UNSUPPORTED, "mei_watchdog_set_operational is not there yet");
}

bool mei_watchdog_ask_flags(struct mei *mei, struct mei_watchdog_flags *flags, struct error *err)
{
    (void)mei;
    (void)flags;
    return error_set(err, ERROR_UNSUPPORTED, "mei_watchdog_ask_flags is not there yet");
}

bool mei_watchdog_ask_operational(struct mei *mei, bool on, struct error *err)
{
    (void)mei;
    (void)on;
    return error_set(err, ERROR_UNSUPPORTED, "mei_watchdog_ask_operational is not there yet");
}

bool mei_watchdog_decode_flags(struct slice message, struct mei_watchdog_flags *flags)
{
    (void)message;
    (void)flags;
    return false;
}

bool mei_watchdog_decode_operational(struct slice message, uint32_t *status)
{
    (void)message;
    (void)status;
    return false;
}
