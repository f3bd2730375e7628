/* Drives that the server redirects, and its images: commands that are one request each. ider and
 * images add are in files of their own. */
#include "obctl/request.h"

const struct obctl_command obctl_requests_drives[] = {
    OBCTL_REQUEST("ider status", "Show how far a device is with an image of the server",
                  .method = "GET", .path = "/api/v1/amt/ider/{guid}"),
    OBCTL_REQUEST("ider stop", "Take the images of the server away from a device",
                  .method = "DELETE", .path = "/api/v1/amt/ider/{guid}",
                  .done = "{}: drives are no longer redirected"),
    OBCTL_REQUEST("images", "List the images of the server", .method = "GET",
                  .path = "/api/v1/images", .rows = "",
                  .columns = "name,kind,size,bootable,inUse,modified"),
    OBCTL_REQUEST(
        "images remove", "Remove an image of the server", .method = "DELETE",
        .path = "/api/v1/images/{name}", .done = "removed",
        .fields = OBCTL_FIELDS(
            {.value = "NAME", .member = "{name}", .required = true, .help = "as images shows it"})),
    {.words = NULL},
};
