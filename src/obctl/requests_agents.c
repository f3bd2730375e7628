/* Provisioning sessions of agents, running and past, and tokens for who calls in. */
#include "obctl/request.h"

const struct obctl_command obctl_requests_agents[] = {
    OBCTL_REQUEST("provisioning list", "List the provisioning sessions that run", .method = "GET",
                  .path = "/api/v1/admin/provisioning", .rows = "",
                  .columns = "guid,command,profile,step,started,since,waitedMs"),
    OBCTL_REQUEST("provisioning show", "Show the last provisioning sessions of a device",
                  .method = "GET", .path = "/api/v1/admin/provisioning/{guid}", .rows = "history",
                  .columns = "command,profile,outcome,started,finished,step,message"),
    OBCTL_REQUEST("provisioning token", "Make a token for agents", .method = "POST",
                  .path = "/api/v1/admin/agenttokens", .raw = "token",
                  .fields = OBCTL_FIELDS({.option = "minutes",
                                          .value = "NUMBER",
                                          .member = "expiresInMinutes",
                                          .kind = OBCTL_NUMBER,
                                          .help = "how long it is good; otherwise a day"},
                                         {.option = "device",
                                          .value = "GUID",
                                          .member = "device",
                                          .help = "the device that its agent speaks for, or all; "
                                                  "otherwise such that nobody knows"},
                                         {.option = "purpose",
                                          .value = "PURPOSE",
                                          .member = "purpose",
                                          .help = "agent (otherwise) or enterprise-assistant"})),
    {.words = NULL},
};
