#include "class_steps.h"

#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_LIMIT (256u * 1024u)

/* Reachable until the end, so that no leak is reported. */
static char *recordings[32];
static size_t recording_count;

const char *steps_recording(const char *file)
{
    const char *folder = getenv("OUTBAND_GOLDEN");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/wsman/%s", folder == NULL ? GOLDEN_FOLDER : folder, file);
    FILE *from = fopen(path, "re");
    if (from == NULL)
        skip();
    char *text = memory_new(FILE_LIMIT);
    size_t size = fread(text, 1, FILE_LIMIT - 1, from);
    (void)fclose(from);
    assert_true(size > 0 && recording_count < sizeof recordings / sizeof recordings[0]);
    recordings[recording_count++] = text;
    return text;
}

struct slice steps_request_body(const struct device *device, size_t request)
{
    assert_true(request < device->taken);
    const char *begin = strstr(device->requests[request], "<Body>");
    const char *end = strstr(device->requests[request], "</Body>");
    assert_true(begin != NULL && end != NULL);
    return slice_of(begin + 6, (size_t)(end - begin) - 6);
}

void steps_assert_body(const struct device *device, size_t request, const char *body)
{
    char *text = memory_string(steps_request_body(device, request));
    assert_string_equal(text, body);
    free(text);
}
