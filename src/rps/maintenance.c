/* Maintenance of a device that is set up (spec rps 3.11), one task per run. */
#include "amt/account.h"
#include "amt/clock.h"
#include "amt/ethernet.h"
#include "amt/general.h"
#include "amt/password.h"
#include "core/clock.h"
#include "core/json_writer.h"
#include "rps/passwords.h"
#include "rps/tls.h"

#define DEVICE_INFO_LIMIT ((size_t)8 * 1024)

/* As the toolkit names them in its answers. */
static const char *const names[] = {
    [RPS_SYNC_CLOCK] = "synctime",
    [RPS_SYNC_ADDRESS] = "syncip",
    [RPS_CHANGE_PASSWORD] = "changepassword",
    [RPS_SYNC_HOST_NAME] = "synchostname",
    [RPS_SYNC_DEVICE_INFO] = "syncdeviceinfo",
};

static bool sync_clock(struct rps_provisioning *p, struct error *err)
{
    struct amt_clock_reading before;
    rps_session_step(p->session, "Setting the clock");
    return amt_clock_set(p->amt, p->arena, &before, err) ||
           error_wrap(err, "at SET_HIGH_ACCURACY_TIME_SYNCH");
}

static bool sync_address(struct rps_provisioning *p, struct error *err)
{
    const struct rps_addresses *given = &p->given->request->addresses;
    struct amt_ethernet wired;
    bool found;
    if (given->address.size == 0)
        return error_set(err, ERROR_INVALID,
                         "at PUT_ETHERNET_PORT_SETTINGS the agent knows no "
                         "address of the host");
    rps_session_step(p->session, "Setting the wired address");
    if (!amt_ethernet_get_wired(p->amt, p->arena, &wired, err))
        return error_wrap(err, "at GET_ETHERNET_PORT_SETTINGS");
    if (wired.port == NULL)
        return error_set(
            err, ERROR_NOT_FOUND,
            "at PUT_ETHERNET_PORT_SETTINGS Device has no wired configuration settings");
    struct slice has = wsman_xml_child_text(wired.port, "IPAddress");
    bool dhcp = slice_equal_ignore_case(wsman_xml_child_text(wired.port, "DHCPEnabled"),
                                        SLICE_LITERAL("true"));
    if (slice_equal(has, given->address))
        return error_set(err, ERROR_CONFLICT,
                         "at PUT_ETHERNET_PORT_SETTINGS IPAddress already synchronized");
    const struct amt_ethernet_address address = {
        .dhcp = dhcp,
        .ip_sync = dhcp,
        .address = given->address,
        .subnet_mask = given->netmask,
        .gateway = given->gateway,
        .primary_dns = given->primary_dns,
        .secondary_dns = given->secondary_dns,
    };
    return amt_ethernet_set_address(p->amt, p->arena, &address, &found, err) ||
           error_wrap(err, "at PUT_ETHERNET_PORT_SETTINGS");
}

static bool sync_host_name(struct rps_provisioning *p, struct error *err)
{
    struct rps_handover *handover = p->given->options->handover;
    struct rps_device device = {
        .guid = p->given->request->guid,
        .tenant = p->given->tenant,
        .host_name = arena_string(p->arena, p->given->request->host_name_os),
        .dns_suffix = arena_string(p->arena, p->given->request->dns_suffix_os),
    };
    bool changed;
    rps_session_step(p->session, "Setting the host name");
    if (p->given->request->host_name_os.size == 0)
        return error_set(err, ERROR_INVALID,
                         "at PUT_GENERAL_SETTINGS at put AMT_GeneralSettings host name was not "
                         "provided");
    if (!amt_general_set_host_name(p->amt, p->arena, p->given->request->host_name_os, &changed,
                                   err))
        return error_wrap(err, "at PUT_GENERAL_SETTINGS");
    if (!changed)
        return error_set(err, ERROR_CONFLICT,
                         "at PUT_GENERAL_SETTINGS at put AMT_GeneralSettings host name already "
                         "synchronized");
    if (!rps_may_rename(p, p->given->request->host_name_os))
        return error_set(err, ERROR_FORBIDDEN,
                         "at SAVE_TO_MPS the server calls this device by its address, and this is "
                         "none");
    return handover->methods->put(handover, p->arena, &device, true, err) ||
           error_wrap(err, "at SAVE_TO_MPS %d", error_http_status(err->code));
}

/* Stored before it is sent, confirmed when the device answers under it. */
static bool change_password(struct rps_provisioning *p, struct error *err)
{
    struct slice password = p->given->request->new_password;
    enum store_password_origin origin = password.size > 0 ? STORE_ORIGIN_AGENT : STORE_ORIGIN_MADE;
    rps_session_step(p->session, "Changing the AMT password");
    if (password.size == 0)
        password = amt_password_generate(p->arena);
    const char *fault = amt_password_fault(password);
    if (fault != NULL)
        return error_set(err, ERROR_INVALID, "at SET_ADMIN_ACL_ENTRY %s", fault);
    if (!rps_settle_password(p, err))
        return error_wrap(err, "at SAVE_TO_SECRET_PROVIDER");
    if (!rps_change_password(p, password, origin, err))
        return error_wrap(err, "at SET_ADMIN_ACL_ENTRY");
    struct error ignored;
    if (rps_note_told(p, password, true, err) &&
        p->given->options->handover->methods->refresh(
            p->given->options->handover, &p->given->request->guid, p->given->tenant, password, err))
        return true;
    if (!rps_was_told(p, password))
        (void)rps_note_told(p, password, false, &ignored);
    return error_wrap(err, "at REFRESH_MPS the password has changed, but");
}

/* What the agent says of the device; what the run of a profile has left there stays. */
static bool sync_device_info(struct rps_provisioning *p, struct error *err)
{
    rps_session_step(p->session, "Recording what the agent says of the device");
    return rps_hand_over_info(p, err) ||
           error_wrap(err, "at SAVE_TO_MPS %d", error_http_status(err->code));
}

/* With the password that opens it; and it is the one that the agent says it is. */
static bool open_device(struct rps_provisioning *p, enum rps_task task, struct error *err)
{
    return (task == RPS_SYNC_DEVICE_INFO && rps_is_proven(p)) || rps_find_login(p, err) ||
           error_wrap(err, "at GET_GENERAL_SETTINGS");
}

void rps_maintain(struct rps_provisioning *p)
{
    static bool (*const tasks[])(struct rps_provisioning *, struct error *) = {
        [RPS_SYNC_CLOCK] = sync_clock,
        [RPS_SYNC_ADDRESS] = sync_address,
        [RPS_CHANGE_PASSWORD] = change_password,
        [RPS_SYNC_HOST_NAME] = sync_host_name,
        [RPS_SYNC_DEVICE_INFO] = sync_device_info,
    };
    enum rps_task task = p->given->request->task;
    struct error err;
    if (p->given->request->tls_enforced)
        (void)rps_tls_trust_stored(p);
    p->outcome->success = open_device(p, task, &err) && tasks[task](p, &err);
    if (p->outcome->success)
        p->outcome->status = arena_printf(p->arena, "%s completed succesfully", names[task]);
    else
        p->outcome->status = arena_printf(p->arena, "%s failed %s", names[task], err.text);
}
