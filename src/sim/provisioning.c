#include "sim/provisioning.h"

#include "core/memory.h"
#include "core/random.h"
#include "http/digest.h"
#include "sim/capability/capability.h"
#include "sim/door.h"
#include "sim/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_provisioning *sim_provisioning_new(void)
{
    struct sim_provisioning *made = memory_new(sizeof(*made));
    made->zero_touch = true;
    made->lock_ms = 60000;
    made->root_count = sim_root_hash_defaults(made->roots, SIM_ROOTS_MOST);
    return made;
}

void sim_provisioning_free(struct sim_provisioning *provisioning)
{
    if (provisioning == NULL)
        return;
    sim_chain_clear(&provisioning->chain);
    memory_wipe(provisioning, sizeof(*provisioning));
    free(provisioning);
}

void sim_provisioning_configure(struct sim_device *device, const struct sim_options *options)
{
    struct sim_provisioning *p = device->provisioning;
    p->delay_ms = options->setup_delay_ms;
    p->lock_ms = options->signature_lock_s * 1000;
    p->zero_touch = !options->no_zero_touch;
    p->mebx_stays = options->mebx_stays;
    p->curves = options->curves;
    p->keys = options->key_pool;
    if (options->dns_suffix != NULL)
        snprintf(p->dhcp_suffix, sizeof(p->dhcp_suffix), "%s", options->dns_suffix);
    if (options->trusted_dns_suffix != NULL)
        snprintf(p->trusted_suffix, sizeof(p->trusted_suffix), "%s", options->trusted_dns_suffix);
    if (options->only_trusted_roots)
        p->root_count = 0;
    for (size_t i = 0; i < options->trusted_root_count && p->root_count < SIM_ROOTS_MOST; i++)
        p->roots[p->root_count++] = options->trusted_roots[i];
}

void sim_provisioning_reset(struct sim_device *device)
{
    struct sim_provisioning *p = device->provisioning;
    sim_chain_clear(&p->chain);
    p->nonce_was_read = false;
    p->wrong_signatures = 0;
    p->locked_ms = 0;
    p->client_is_disabled = false;
    p->mebx_was_set = p->mebx_was_set && p->mebx_stays;
    p->admin_was_set = false;
    p->client = (struct sim_root_hash){0};
    sim_door_reset(device);
}

void sim_provisioning_begin(struct sim_device *device)
{
    sim_unprovision_wipe(device);
    sim_provisioning_reset(device);
    device->setup = SIM_SETUP_PRE;
    device->provisioning->doors_follow = true;
}

void sim_provisioning_show_nonce(struct sim_device *device)
{
    struct sim_provisioning *p = device->provisioning;
    if (device->setup == SIM_SETUP_POST && !device->client_mode)
        return;
    random_bytes(p->nonce, sizeof(p->nonce));
    p->nonce_was_read = true;
}

uint32_t sim_provisioning_start(struct sim_device *device, const struct sim_root_hash *client)
{
    struct sim_provisioning *p = device->provisioning;
    if (device->setup == SIM_SETUP_POST || !p->zero_touch)
        return SIM_STATUS_NOT_PERMITTED;
    p->client = *client;
    p->admin_was_set = false;
    p->mebx_was_set = p->mebx_was_set && p->mebx_stays;
    device->client_mode = false;
    device->setup = SIM_SETUP_IN;
    return 0;
}

bool sim_provisioning_has_started(const struct sim_device *device)
{
    return device->setup == SIM_SETUP_IN && device->provisioning->client.algorithm != 0;
}

void sim_provisioning_stop(struct sim_device *device)
{
    if (device->setup != SIM_SETUP_IN)
        return;
    device->setup = SIM_SETUP_PRE;
    device->client_mode = false;
    sim_provisioning_reset(device);
}

bool sim_provisioning_is_tls_only(const struct sim_device *device)
{
    return !sim_personality_has_port(device->personality, 16992);
}

void sim_provisioning_local_hash(const struct sim_device *device, char ha1[33])
{
    http_digest_ha1(SLICE_LITERAL(SIM_LOCAL_USER), slice_of_string(device->realm),
                    slice_of_string(device->provisioning->local_password), ha1);
}

unsigned sim_provisioning_mode(const struct sim_device *device)
{
    if (device->setup != SIM_SETUP_POST)
        return 0;
    return device->client_mode ? 1 : 2;
}
