/*
 * Having AMT call a presence server (spec rpc 5.9), and whether AMT has its password then
 * (enum rpc_has):
 *
 *   AddMpServer, or     | AMT has                          | has then
 *   Put of the login    |                                  |
 *   --------------------+----------------------------------+---------------------------
 *   not sent, refused   | what it had                      | as before (HAS_NOT, MAY)
 *   done, like the rest | the password                     | HAS
 *   done, but another   | what it had, or the password if  | MAY
 *   call fails          | it outlives the server that is   |
 *                       | taken back                       |
 *   not answered        | what it had, or the password     | MAY
 */
#include "amt/password.h"
#include "amt/remote_access.h"
#include "http/body_value.h"
#include "io/credential.h"
#include "rpc/machine/machine.h"
#include "rpc/made/made.h"
#include "rpc/setup/blob.h"
#include "rpc/setup/steps.h"
#include "rpc/web/address.h"

#define CIRA_PORT     4433
#define PASSWORD_MADE 12 /* characters of one that is made */

bool rpc_cira_check(const struct rpc_cira *wanted, struct rpc_fault *fault)
{
    if (wanted->address == NULL || *wanted->address == '\0')
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "the server's address is missing");
    if (!rpc_address_is_host(wanted->address))
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS,
                             "the server's address is the name or the address of a host, as AMT "
                             "dials it (its port is given for itself)");
    if (wanted->port > 65535)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "the server's port is from 1 to 65535");
    if (wanted->detection_count > AMT_REMOTE_ACCESS_DETECTIONS)
        return rpc_fault_set(fault, RPC_WRONG_PARAMETERS, "AMT keeps %d home domains at most",
                             AMT_REMOTE_ACCESS_DETECTIONS);
    for (size_t i = 0; i < wanted->detection_count; i++)
        if (!rpc_address_is_host(wanted->detection[i]))
            return rpc_fault_set(fault, RPC_WRONG_PARAMETERS,
                                 "a home domain (environment detection) is a DNS suffix");
    return true;
}

static bool fill_in(struct rpc *rpc, const struct rpc_cira *wanted,
                    struct amt_presence_server *server, struct rpc_fault *fault)
{
    struct slice *detection =
        arena_array(rpc_arena(rpc), wanted->detection_count + 1, sizeof *detection);
    if (!rpc_cira_check(wanted, fault))
        return false;
    for (size_t i = 0; i < wanted->detection_count; i++)
        detection[i] = slice_of_string(wanted->detection[i]);
    *server = (struct amt_presence_server){
        .address = slice_of_string(wanted->address),
        .format = rpc_address_format(wanted->address),
        .port = wanted->port != 0 ? wanted->port : CIRA_PORT,
        .user = slice_of_string(wanted->user != NULL ? wanted->user : "admin"),
        .password = wanted->password,
        .detection = detection,
        .detection_count = wanted->detection_count,
    };
    if (server->format != 201)
        server->common_name = server->address;
    return rpc_blob_certificate(rpc, wanted->certificate, "the server's certificate",
                                &server->root_der, fault);
}

/* What firmware and the toolkit's server agree on: 8 to 16 characters of four kinds. */
static struct slice make_password(struct rpc *rpc)
{
    struct slice password;
    do
        password = slice_first(amt_password_generate(rpc_arena(rpc)), PASSWORD_MADE);
    while (amt_password_fault(password) != NULL);
    return password;
}

/* A server that is taken back may leave its login behind. */
static enum rpc_amt_says said(const struct amt_remote_access_changes *changes, bool done)
{
    if (done)
        return RPC_AMT_SAYS_YES;
    return changes->password ? RPC_AMT_SAYS_NOTHING : RPC_AMT_SAYS_NO;
}

bool rpc_step_cira(struct rpc *rpc, struct rpc_cira *wanted, struct rpc_fault *fault)
{
    struct amt_presence_server server;
    struct amt_remote_access_changes changes;
    struct amt *amt;
    bool makes = wanted->password.size == 0;
    if (makes) /* an earlier try, which was not answered, may have come through */
        wanted->password = rpc_made_password(rpc, RPC_MADE_MPS) != NULL
                               ? slice_of_string(rpc_made_password(rpc, RPC_MADE_MPS))
                               : make_password(rpc);
    if (!fill_in(rpc, wanted, &server, fault) || !rpc_step_amt(rpc, &amt, fault) ||
        (makes && !rpc_made_hold(rpc, RPC_MADE_MPS, wanted->password, fault)))
        return false;
    bool done = amt_remote_access_set(amt, rpc_arena(rpc), &server, &changes, &fault->err);
    wanted->has = rpc_has_after(wanted->has, said(&changes, done));
    if (makes && wanted->has == RPC_HAS_NOT)
        rpc_made_drop(rpc, RPC_MADE_MPS);
    if (!done)
        return rpc_fault_take(fault, RPC_CIRA_FAILED, &fault->err);
    if (changes.left > 0)
        rpc_log(rpc, LOG_WARN, "AMT keeps %zu other servers, which it calls no more", changes.left);
    return true;
}
