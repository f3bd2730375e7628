/* Any bytes as what a host says to the simulated ME: the first byte chooses the client, then come
 * messages, each after its length in two bytes. The reply to PTHI must be one, with its own length
 * in the header. */
#include "sim/mei_clients.h"
#include "sim/mei_lme.h"
#include "sim/mei_pthi.h"
#include "sim/provisioning.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_send(void *owner, struct slice message)
{
    (void)owner;
    if (message.size == 0 || message.size > 8192)
        abort();
}

static void check_pthi(struct slice request, struct slice reply)
{
    if (request.size < SIM_PTHI_HEADER) {
        if (reply.size != 0)
            abort();
        return;
    }
    size_t told = reply.size < 16 ? 0
                                  : reply.data[8] | (size_t)reply.data[9] << 8 |
                                        (size_t)reply.data[10] << 16 | (size_t)reply.data[11] << 24;
    if (told != reply.size - 12 || reply.data[6] != (request.data[6] | 0x80))
        abort();
}

static void say(struct sim_machine *machine, unsigned client, struct slice message,
                struct sim_mei_lme *lme, uint64_t now_ms)
{
    struct sim_pthi pthi = {.machine = machine};
    struct buffer reply;
    buffer_init(&reply, 8192);
    switch (client) {
    case 0:
        sim_pthi_answer(&pthi, message, now_ms, &reply);
        check_pthi(message, buffer_slice(&reply));
        break;
    case 1:
        sim_watchdog_answer(&machine->device, message, &reply);
        break;
    case 2:
        sim_upid_answer(&machine->device, NULL, message, &reply);
        break;
    case 3:
        sim_flash_log_answer(&machine->device, message, &reply);
        break;
    default:
        sim_mei_lme_feed(lme, message, now_ms);
        sim_mei_lme_tick(lme, now_ms);
        break;
    }
    if (!buffer_ok(&reply))
        abort();
    buffer_fini(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim_machine machine;
    struct sim_apf_options options = {.guid = {{1}}, .host_name = "pc.example.test"};
    struct sim_mei_faults faults = {0};
    struct sim_mei_lme lme;
    struct sim_alerts alerts;
    struct slice rest = slice_of(data, size);
    if (size < 1)
        return 0;
    sim_machine_init(&machine, &sim_personality_16, &options, 1, SLICE_LITERAL("Pass-1"), NULL,
                     NULL);
    sim_provisioning_begin(&machine.device);
    machine.device.client_mode = (data[0] & 0x80) != 0;
    if (machine.device.client_mode)
        machine.device.setup = SIM_SETUP_POST;
    sim_alerts_init(&alerts, &machine.device);
    sim_mei_lme_init(&lme, &machine.host, &faults, &alerts, on_send, NULL, 1000);
    rest = slice_from(rest, 1);
    for (uint64_t now_ms = 1000; rest.size >= 2; now_ms += 10) {
        size_t length = rest.data[0] | (size_t)rest.data[1] << 8;
        struct slice message = slice_first(slice_from(rest, 2), length);
        say(&machine, data[0] & 7, message, &lme, now_ms);
        rest = slice_from(rest, 2 + message.size);
    }
    sim_mei_lme_fini(&lme);
    sim_machine_fini(&machine);
    return 0;
}
