/* Jobs on many devices: commands that are one request each. jobs start and jobs watch are in files
 * of their own. */
#include "obctl/request.h"

#define JOB       \
    OBCTL_FIELDS( \
        {.value = "JOB", .member = "{id}", .required = true, .help = "its id, as jobs shows it"})

const struct obctl_command obctl_requests_jobs[] = {
    OBCTL_REQUEST("jobs", "List the jobs", .method = "GET", .path = "/api/v1/jobs", .rows = "",
                  .columns = "id,operation,state,counts.total,counts.succeeded,counts.failed,"
                             "createdBy",
                  .fields = OBCTL_FIELDS({.option = "state",
                                          .value = "STATE",
                                          .member = "?state",
                                          .help = "queued, running, cancelling, cancelled, done"})),
    OBCTL_REQUEST("jobs show", "Show one job", .method = "GET", .path = "/api/v1/jobs/{id}",
                  .fields = JOB),
    OBCTL_REQUEST("jobs results", "Show what became of each device of a job", .method = "GET",
                  .path = "/api/v1/jobs/{id}/results?$top=100000", .rows = "data",
                  .columns = "guid,state,status,returnValue,error,finishedAt",
                  .fields = OBCTL_FIELDS({.value = "JOB",
                                          .member = "{id}",
                                          .required = true,
                                          .help = "its id, as jobs shows it"},
                                         {.option = "state",
                                          .value = "STATE",
                                          .member = "?state",
                                          .help = "succeeded, failed, skipped, running, pending"})),
    OBCTL_REQUEST("jobs cancel", "Cancel a job, or delete one that is over", .method = "DELETE",
                  .path = "/api/v1/jobs/{id}", .done = "cancelled", .fields = JOB),
    {.words = NULL},
};
