/* Any bytes as a message of a provisioning server, as its last word, and as what AMT says in TLS.
 */
#include "core/encoding.h"
#include "rpc/server/message.h"
#include "rpc/server/outcome.h"
#include "rpc/server/relay.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is shown to people is one line. */
static void check(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            abort();
}

static void read_final(struct arena *arena, struct slice text)
{
    struct rpc_final final;
    rpc_final_read(arena, text, &final);
    check(final.status);
    check(final.network);
    check(final.cira);
    check(final.tls);
    for (size_t i = 0; i < RPC_PARTS; i++) {
        check(final.parts[i].mode);
        check(final.parts[i].details);
        if (final.parts[i].failed && !final.parts[i].ran)
            abort();
    }
    if (rpc_outcome_code(&final, false, RPC_ACTIVATION_FAILED) == RPC_SUCCESS)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct rpc_server_message message;
    struct arena arena;
    struct error err = {.code = ERROR_NONE};
    arena_init(&arena);
    if (!rpc_server_message_read(&arena, text, &message, &err)) {
        if (err.code != ERROR_PROTOCOL || err.text[0] == '\0')
            abort();
    } else if (message.kind == RPC_SERVER_PORT_SWITCH ? message.port == 0
                                                      : message.method.size == 0) {
        abort();
    } else {
        read_final(&arena, message.text);
    }
    read_final(&arena, text);
    if (rpc_relay_ends_flight(text) && !rpc_relay_ends_record(text))
        abort();
    (void)rpc_relay_is_client_hello(text);
    arena_fini(&arena);
    return 0;
}
