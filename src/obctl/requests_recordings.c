/* Recordings of screens and serial consoles. */
#include "obctl/request.h"

#define RECORDING_FIELD                                           \
    {                                                             \
        .value = "RECORDING", .member = "{id}", .required = true, \
        .help = "its id, as recordings shows it"                  \
    }

const struct obctl_command obctl_requests_recordings[] = {
    OBCTL_REQUEST("recordings", "List the recordings", .method = "GET",
                  .path = "/api/v1/recordings", .rows = "",
                  .columns = "id,guid,kind,user,start,durationMs,size,complete,reason"),
    OBCTL_REQUEST(
        "recordings frame",
        "Write the screen at some time of a recording to standard output, as PNG", .method = "GET",
        .path = "/api/v1/recordings/{id}/frame", .raw = "",
        .fields = OBCTL_FIELDS(
            RECORDING_FIELD,
            {.option = "at", .value = "SECONDS", .member = "?at", .help = "since its start"})),
    OBCTL_REQUEST("recordings delete", "Remove a recording", .method = "DELETE",
                  .path = "/api/v1/recordings/{id}", .done = "removed",
                  .fields = OBCTL_FIELDS(RECORDING_FIELD)),
    {.words = NULL},
};
