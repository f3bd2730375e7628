/* Handing over to the store of this process. */
#include "rps/handover.h"
#include "core/clock.h"
#include "core/json_reader.h"
#include "core/memory.h"
#include "mps/mps.h"
#include "rps/handover_body.h"
#include "store/inventory.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define FACT_LIMIT 128 /* bytes of one fact, as mps keeps them */

struct handover {
    struct rps_handover base;
    struct store *store;
    struct mps *mps; /* NULL */
};

static struct handover *of(struct rps_handover *base)
{
    return (struct handover *)base;
}

/* A text of a JSON object; NULL when there is none. */
static const char *member_text(struct arena *arena, const char *object, const char *name)
{
    struct error err;
    const char *text = NULL;
    json_t *root =
        object != NULL ? json_reader_parse(slice_of_string(object), JSON_READER_DEPTH, &err) : NULL;
    const char *found = json_string_value(json_object_get(root, name));
    if (found != NULL)
        text = arena_string(arena, slice_of_string(found));
    json_decref(root);
    return text;
}

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

static bool find(struct rps_handover *base, struct arena *arena, const struct guid *guid,
                 const char *tenant, struct rps_known *known, struct error *err)
{
    const struct handover *h = of(base);
    struct store_device device;
    *known = (struct rps_known){0};
    if (!store_device_get(h->store, arena, guid, NULL, &device, err))
        return err->code == ERROR_NOT_FOUND;
    known->found = strcmp(device.tenant_id, tenant) == 0;
    known->other_tenant = !known->found;
    known->on_lan = known->found && device.hostname != NULL && device.hostname[0] != '\0' &&
                    (device.mps_username == NULL || device.mps_username[0] == '\0');
    known->connected = h->mps != NULL ? mps_device_is_connected(h->mps, guid) : device.connected;
    if (known->found && device.mps_username != NULL && device.mps_username[0] != '\0')
        known->mps_username = device.mps_username;
    if (known->found)
        known->activated_at = member_text(arena, device.device_info, "activatedAt");
    known->is_bare = known->found && known->mps_username == NULL && known->activated_at == NULL &&
                     is_empty(device.friendly_name) && is_empty(device.dns_suffix) &&
                     is_empty(device.username) && is_empty(device.cert_hash) && !device.use_tls &&
                     device.tag_count == 0;
    return true;
}

static void note_text(json_t *section, const char *name, struct slice text)
{
    if (text.size > 0)
        json_object_set_new(
            section, name,
            json_stringn((const char *)text.data, slice_first_text(text, FACT_LIMIT).size));
}

/* The inventory has from the start what lists are filtered by; the rest comes when somebody asks
 * the device for it (mps/inventory.h has the sections). */
static void note(const struct handover *h, const struct rps_device *device)
{
    json_t *firmware = json_object();
    json_t *sections = json_object();
    note_text(firmware, "version", device->fw_version);
    note_text(firmware, "build", device->fw_build);
    note_text(firmware, "sku", device->fw_sku);
    if (json_object_size(firmware) > 0)
        json_object_set(sections, "firmware", firmware);
    json_decref(firmware);
    if (device->control_mode != NULL)
        json_object_set_new(sections, "setup",
                            json_pack("{s:s}", "controlMode", device->control_mode));
    if (json_object_size(sections) > 0)
        store_inventory_note(h->store, &device->guid, device->tenant, sections, clock_wall_ms());
    else
        json_decref(sections);
}

static bool put(struct rps_handover *base, struct arena *arena, const struct rps_device *device,
                bool must_exist, struct error *err)
{
    const struct handover *h = of(base);
    struct store_device row, stored;
    unsigned fields = 0;
    bool created;
    row = (struct store_device){.guid = device->guid,
                                .tenant_id = device->tenant,
                                .hostname = device->host_name,
                                .dns_suffix = device->dns_suffix,
                                .friendly_name = device->friendly_name,
                                .mps_username = device->mps_username,
                                .tags = device->tags,
                                .tag_count = device->tag_count};
    fields |= device->host_name != NULL ? STORE_HOSTNAME : 0;
    fields |= device->dns_suffix != NULL ? STORE_DNS_SUFFIX : 0;
    fields |= device->friendly_name != NULL ? STORE_FRIENDLY_NAME : 0;
    fields |= device->mps_username != NULL ? STORE_MPS_USERNAME : 0;
    fields |= device->tags != NULL ? STORE_TAGS : 0;
    if (device->device_info != NULL) {
        bool known = store_device_get(h->store, arena, &device->guid, device->tenant, &stored, err);
        if (!known && err->code != ERROR_NOT_FOUND)
            return false;
        row.device_info = rps_device_info_merge(arena, known ? stored.device_info : NULL,
                                                device->device_info, err);
        if (row.device_info == NULL)
            return false;
        fields |= STORE_DEVICE_INFO;
    }
    if (!store_device_put(h->store, arena, &row, fields, NULL, must_exist, &created, err))
        return false;
    note(h, device);
    return true;
}

static bool refresh(struct rps_handover *base, const struct guid *guid, const char *tenant,
                    struct slice password, struct error *err)
{
    (void)password; /* it is in the store already */
    const struct handover *h = of(base);
    return h->mps == NULL || mps_device_refresh(h->mps, guid, tenant, err) ||
           err->code == ERROR_NOT_FOUND;
}

static bool remove_device(struct rps_handover *base, const struct guid *guid, const char *tenant,
                          struct error *err)
{
    const struct handover *h = of(base);
    if (h->mps != NULL && !mps_device_disconnect(h->mps, guid, tenant, err) &&
        err->code != ERROR_NOT_FOUND)
        return false;
    return store_device_delete(h->store, guid, tenant, false, err) || err->code == ERROR_NOT_FOUND;
}

static void close_handover(struct rps_handover *base)
{
    free(of(base));
}

struct rps_handover *rps_handover_to_store(struct store *store, struct mps *mps)
{
    static const struct rps_handover_methods methods = {
        .find = find,
        .put = put,
        .refresh = refresh,
        .remove = remove_device,
        .close = close_handover,
    };
    struct handover *h = memory_new(sizeof(*h));
    *h = (struct handover){.base = {.methods = &methods}, .store = store, .mps = mps};
    return &h->base;
}
