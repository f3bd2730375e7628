/* Any bytes as what an agent reads: a message of the server, a machine's state, or a URL, by the
 * first byte. A state that was taken must read back as it was. */
#include "sim/activation_message.h"
#include "sim/agent_socket.h"
#include "sim/machine_state.h"
#include "sim/provisioning.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_state(struct slice text)
{
    static struct sim_machine machine;
    struct guid guid = {{1}};
    struct sim_apf_options apf = {.guid = guid, .host_name = "h"};
    struct buffer first, second;
    sim_machine_init(&machine, &sim_personality_16, &apf, 1, SLICE_LITERAL("Pass-1"), NULL, NULL);
    buffer_init(&first, 4 * 1024 * 1024);
    buffer_init(&second, 4 * 1024 * 1024);
    if (sim_machine_state_read(&machine, text, NULL)) {
        sim_machine_state_put(&machine, &first);
        if (!buffer_ok(&first) || !sim_machine_state_read(&machine, buffer_slice(&first), NULL))
            abort();
        sim_machine_state_put(&machine, &second);
        if (!slice_equal(buffer_slice(&first), buffer_slice(&second)))
            abort();
    } else if (machine.device.setup == SIM_SETUP_POST && text.size > 0 && text.data[0] == '{' &&
               machine.device.objects != NULL) {
        abort(); /* half of a state */
    }
    buffer_fini(&first);
    buffer_fini(&second);
    sim_machine_fini(&machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_message message;
    struct sim_socket_target target;
    struct arena arena;
    if (size < 1)
        return 0;
    struct slice text = slice_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        arena_init(&arena);
        if (sim_message_read(&arena, text, &message, NULL) && message.delay_s > 60)
            abort();
        arena_fini(&arena);
        break;
    case 1:
        read_state(text);
        break;
    default:
        if (sim_socket_target_read(text, &target, NULL) && target.host[0] == '\0')
            abort();
        break;
    }
    return 0;
}
