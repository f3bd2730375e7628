/* Any bytes as the payload of a first message, under each command. A refusal has a sentence and
 * never the password. */
#include "core/encoding.h"
#include "rps/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lines[] = {"activate --profile p", "deactivate --password x -f",
                                        "maintenance -password x --changepassword New1 -f"};
    struct rps_request request;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct rps_message message = {.method = slice_of_string(lines[i]),
                                            .has_payload = true,
                                            .payload =
                                                encoding_base64(&arena, slice_of(data, size))};
        error_clear(&err);
        if (!rps_request_read(&arena, &message, "C", &request, &err) && err.text[0] == '\0')
            abort();
        if (strstr(err.text, "lsaRandom") != NULL)
            abort();
    }
    arena_fini(&arena);
    return 0;
}
