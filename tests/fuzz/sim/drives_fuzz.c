/* Any bytes as what an IDER host sends while the machine boots from its drive: pairs of a message
 * type and a size, completed to a message with the right number, and its body. */
#include "sim/capability/capability.h"
#include "sim/loader.h"
#include "sim/redirection_server.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct machine {
    struct sim_device device;
    struct sim_redirection session;
    uint32_t sequence, expected;
    uint64_t now_ms;
    int over;
};

static void check(void *owner, struct slice message)
{
    struct machine *machine = owner;
    uint32_t sequence;
    if (message.size < 8 || machine->session.finished)
        abort();
    memcpy(&sequence, message.data + 4, sizeof(sequence));
    if (sequence != machine->expected++)
        abort();
}

static void on_print(void *owner, struct slice text)
{
    (void)owner;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == 0x1B || text.data[i] == 0)
            abort(); /* would move the cursor */
    }
}

static void on_over(void *owner, bool booted)
{
    struct machine *machine = owner;
    (void)booted;
    if (machine->over++ != 0 || machine->device.loader != NULL)
        abort();
}

static void send(struct machine *machine, const uint8_t *bytes, size_t size)
{
    uint8_t header[8] = {bytes[0], 0, 0, bytes[1]};
    memcpy(header + 4, &machine->sequence, 4);
    machine->sequence++;
    sim_redirection_feed(&machine->session, slice_of(header, 8), machine->now_ms);
    sim_redirection_feed(&machine->session, slice_of(bytes + 2, size - 2), machine->now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct guid guid = {{1, 2, 3}};
    static const struct sim_loader_events events = {.print = on_print, .over = on_over};
    static const uint8_t open[] = {0x40, 0, 0x30, 0x75, 0, 0, 0x20, 0x4E, 1, 0, 0, 0};
    static const uint8_t on[] = {0x48, 0, 3, 9, 0, 0, 0};
    static const uint8_t rest[] = {0x47, 0};
    static struct machine machine;
    struct sim_authenticator authenticator = {0};
    struct sim_redirection_host host = {
        .device = &machine.device, .authenticator = &authenticator, .send = check};
    if (size < 1)
        return 0;
    memset(&machine, 0, sizeof(machine));
    sim_device_init(&machine.device, &sim_personality_16, &guid, 1);
    machine.device.drives.lenient = (data[0] & 1) != 0;
    machine.device.drives.verify = true;
    machine.device.drives.write_log = true;
    sim_redirection_init(&machine.session, &host, &machine, 0);
    machine.session.kind = SIM_SESSION_IDER;
    machine.session.state = SIM_REDIRECTION_OPEN;
    machine.session.silence = 0;
    (void)sim_session_reserve(&machine.device, SIM_SESSION_IDER);
    sim_session_begin(&machine.device, SIM_SESSION_IDER, 0);
    send(&machine, open, sizeof(open));
    send(&machine, on, sizeof(on));
    sim_loader_start(&machine.device, (data[0] & 2) != 0, &events, &machine, 0);
    sim_device_tick(&machine.device, 0);
    send(&machine, rest, sizeof(rest));
    for (size_t at = 1; at + 2 < size && !machine.session.finished;) {
        size_t length = 2 + (size_t)data[at] + (data[at] == 255 ? 2048u : 0);
        length = length < size - at - 1 ? length : size - at - 1;
        if (length < 2)
            break;
        send(&machine, data + at + 1, length);
        at += 1 + length;
        machine.now_ms += 100;
        sim_device_tick(&machine.device, machine.now_ms);
        if (!machine.session.finished)
            sim_redirection_tick(&machine.session, machine.now_ms);
    }
    sim_redirection_fini(&machine.session, machine.now_ms);
    if (machine.device.ider != NULL || machine.device.loader != NULL)
        abort();
    sim_device_fini(&machine.device);
    return 0;
}
