/*
 * Any request to any route, and any answer of the device behind it. The first line of the input is
 * method and target, the second the JSON body, the rest what the device says. Whatever comes, there
 * is one answer, and JSON is well-formed.
 */
#include "../../unit/server/routes/rig.h"

#include "core/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void check_answer(int status)
{
    const char *body = rig_body();
    if (status < 200 || status > 599)
        abort();
    if (body[0] != '{' && body[0] != '[')
        return;
    if (strlen(body) + 1 >= RIG_BODY_SIZE)
        return; /* cut by the rig */
    /* JavaScript prints 1e19 with all its digits, more than an integer of jansson holds. */
    json_t *value = json_loads(body, JSON_DECODE_INT_AS_REAL, NULL);
    if (value == NULL)
        abort();
    json_decref(value);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_setup(LOG_ERROR, LOG_TEXT);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data, size);
    struct arena arena;
    if (memchr(data, 0, size) != NULL)
        return 0; /* the rig passes strings; NUL is the business of other targets */
    arena_init(&arena);
    (void)rig_begin(NULL);
    struct slice target = slice_split(&rest, '\n');
    const char *method = arena_string(&arena, slice_split(&target, ' '));
    const char *body = arena_string(&arena, slice_split(&rest, '\n'));
    fake.reply = rest.size == 0 ? NULL : arena_string(&arena, rest);
    fake.return_text = "SUCCESS";
    check_answer(rig_send(method, arena_string(&arena, target), body));
    (void)rig_end(NULL);
    arena_fini(&arena);
    return 0;
}
