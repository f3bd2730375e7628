#include "rpc/facts/wsman_dump.h"

#include "amt/explorer.h"

#include <string.h>

const char *const rpc_wsman_names[] = {"AMT_8021XProfile",
                                       "AMT_AssetTable",
                                       "AMT_AssetTableService",
                                       "AMT_AuditLog",
                                       "AMT_BootCapabilities",
                                       "AMT_BootSettingData",
                                       "AMT_CryptographicCapabilities",
                                       "AMT_EnvironmentDetectionSettingData",
                                       "AMT_EthernetPortSettings",
                                       "AMT_EventLogEntry",
                                       "AMT_GeneralSettings",
                                       "AMT_Hdr8021Filter",
                                       "AMT_ManagementPresenceRemoteSAP",
                                       "AMT_MessageLog",
                                       "AMT_RedirectionService",
                                       "AMT_RemoteAccessCapabilities",
                                       "AMT_RemoteAccessPolicyAppliesToMPS",
                                       "AMT_RemoteAccessPolicyRule",
                                       "AMT_SetupAndConfigurationService",
                                       "AMT_SystemPowerScheme",
                                       "AMT_TimeSynchronizationService",
                                       "AMT_UserInitiatedConnectionService",
                                       "AMT_WiFiPortConfigurationService",
                                       "CIM_BIOSElement",
                                       "CIM_BIOSFeature",
                                       "CIM_Card",
                                       "CIM_Chassis",
                                       "CIM_ComputerSystemPackage",
                                       "CIM_EthernetPort",
                                       "CIM_KVMRedirectionSAP",
                                       "CIM_PowerManagementCapabilities",
                                       "CIM_PowerManagementService",
                                       "CIM_Processor",
                                       "CIM_RedirectionService",
                                       "CIM_SoftwareIdentity",
                                       "CIM_WiFiEndpoint",
                                       "CIM_WiFiEndpointCapabilities",
                                       "CIM_WiFiEndpointSettings",
                                       "CIM_WiFiPort",
                                       "CIM_WiFiPortCapabilities",
                                       "IPS_HTTPProxyAccessPoint",
                                       "IPS_HostBasedSetupService",
                                       "IPS_HostBootReason",
                                       "IPS_HostIPSettings",
                                       "IPS_IEEE8021xSettings",
                                       "IPS_IPv6PortSettings",
                                       "IPS_KVMRedirectionSettingData",
                                       "IPS_LANEndpoint",
                                       "IPS_OptInService",
                                       "IPS_ProvisioningRecordLog",
                                       "IPS_ScreenSettingData",
                                       "IPS_SecIOService",
                                       NULL};

/* ---- reading ---- */

static size_t count_children(const struct wsman_xml *parent)
{
    size_t count = 0;
    for (const struct wsman_xml *at = parent != NULL ? parent->first : NULL; at != NULL;
         at = at->next)
        count++;
    return count;
}

static void take(struct arena *arena, struct rpc_wsman_dump *dump, const struct wsman_xml *parent)
{
    size_t more = count_children(parent);
    if (more == 0)
        return;
    const struct wsman_xml **all = arena_array(arena, dump->count + more, sizeof *all);
    for (size_t i = 0; i < dump->count; i++)
        all[i] = dump->instances[i];
    for (const struct wsman_xml *at = parent->first; at != NULL; at = at->next)
        all[dump->count++] = at;
    dump->instances = all;
}

/* One answer, passwords cut out. A fault is the reason that there is nothing. */
static bool take_answer(struct arena *arena, struct rpc_wsman_dump *dump, struct slice answer)
{
    const struct wsman_xml *root = wsman_xml_parse(arena, answer, &dump->err);
    const struct wsman_xml *body = wsman_xml_child(root, "Body");
    const struct wsman_xml *fault = wsman_xml_child(body, "Fault");
    if (root == NULL)
        return false;
    if (fault != NULL) {
        struct slice reason = wsman_xml_child_text(wsman_xml_child(fault, "Reason"), "Text");
        return error_set(&dump->err, ERROR_DEVICE, "%.*s", SLICE_ARG(reason));
    }
    if (!dump->listed) {
        take(arena, dump, body);
        return true;
    }
    const struct wsman_xml *pull = wsman_xml_child(body, "PullResponse");
    take(arena, dump, wsman_xml_child(pull, "Items"));
    return true;
}

bool rpc_wsman_dump_read(struct amt *amt, struct arena *arena, const char *name,
                         struct rpc_wsman_dump *dump)
{
    struct amt_explorer_call call;
    struct amt_trace *exchanges = NULL;
    *dump = (struct rpc_wsman_dump){.name = name};
    if (!amt_explorer_find(slice_of_string(name), &call))
        return error_set(&dump->err, ERROR_NOT_FOUND, "rpc knows no such class");
    dump->listed = !call.get;
    if (!amt_explorer_run(amt, arena, &call, &exchanges, &dump->err))
        return false;
    dump->exchanges = exchanges;
    for (const struct amt_trace *at = exchanges; at != NULL; at = at->next)
        if (!take_answer(arena, dump, at->answer))
            return false;
    dump->ok = true;
    return true;
}

/* ---- JSON ---- */

static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 16 && text[digits] == '\0' && (text[0] != '0' || digits == 1);
}

static void put_leaf(const char *key, const char *text, struct rpc_json *json)
{
    uint64_t number = 0;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        rpc_json_bool(json, key, text[0] == 't');
    else if (is_number(text) && slice_to_u64(slice_of_string(text), INT64_MAX, &number))
        rpc_json_number(json, key, (int64_t)number);
    else
        rpc_json_text(json, key, text);
}

static void put_object(const char *key, const struct wsman_xml *element, struct arena *arena,
                       struct rpc_json *json);

static void put_value(const char *key, const struct wsman_xml *element, struct arena *arena,
                      struct rpc_json *json)
{
    if (element->first != NULL)
        put_object(key, element, arena, json);
    else
        put_leaf(key, arena_string(arena, slice_trim(element->text)), json);
}

static bool came_before(const struct wsman_xml *parent, const struct wsman_xml *element)
{
    const struct wsman_xml *at = parent->first;
    while (at != element && !slice_equal(at->name, element->name))
        at = at->next;
    return at != element;
}

/* As deep as the parser lets documents be. */
static void put_object(const char *key, const struct wsman_xml *element, struct arena *arena,
                       struct rpc_json *json)
{
    rpc_json_open(json, key, '{');
    for (const struct wsman_xml *at = element->first; at != NULL; at = at->next) {
        const char *name = arena_string(arena, at->name);
        if (came_before(element, at))
            continue;
        if (wsman_xml_again(at) == NULL) {
            put_value(name, at, arena, json);
            continue;
        }
        rpc_json_open(json, name, '[');
        for (const struct wsman_xml *one = at; one != NULL; one = wsman_xml_again(one))
            put_value(NULL, one, arena, json);
        rpc_json_close(json, ']');
    }
    rpc_json_close(json, '}');
}

void rpc_wsman_dump_put_json(const struct rpc_wsman_dump *dump, struct arena *arena,
                             struct rpc_json *json)
{
    rpc_json_open(json, NULL, '{');
    rpc_json_text(json, "class", dump->name);
    if (!dump->ok) {
        rpc_json_text(json, "status", "fetch_failed");
        rpc_json_text(json, "message", dump->err.text);
    } else if (dump->listed || dump->count != 1) {
        rpc_json_open(json, "data", '[');
        for (size_t i = 0; i < dump->count; i++)
            put_object(NULL, dump->instances[i], arena, json);
        rpc_json_close(json, ']');
    } else {
        put_object("data", dump->instances[0], arena, json);
    }
    rpc_json_close(json, '}');
}

/* ---- XML, table ---- */

void rpc_wsman_dump_put_xml(const struct rpc_wsman_dump *dump, struct buffer *out)
{
    buffer_printf(out, "<!-- %s -->\n", dump->name);
    for (const struct amt_trace *at = dump->exchanges; at != NULL; at = at->next) {
        buffer_put(out, slice_trim(at->answer));
        buffer_put_u8(out, '\n');
    }
    if (dump->exchanges == NULL)
        buffer_put_text(out, "<!-- could not be read -->\n");
}

static void put_rows(const struct wsman_xml *element, const char *prefix, struct rpc_page *page)
{
    for (const struct wsman_xml *at = element->first; at != NULL; at = at->next) {
        const char *label = arena_printf(page->arena, "%s%.*s", prefix, SLICE_ARG(at->name));
        if (at->first != NULL)
            put_rows(at, arena_printf(page->arena, "%s.", label), page);
        else
            rpc_page_row(page, label, arena_string(page->arena, slice_trim(at->text)), RPC_PLAIN);
    }
}

void rpc_wsman_dump_put_page(const struct rpc_wsman_dump *dump, struct rpc_page *page)
{
    rpc_page_section(page, dump->name);
    if (!dump->ok)
        rpc_page_remark(page, arena_printf(page->arena, "fetch failed: %s", dump->err.text),
                        RPC_BAD);
    else if (dump->count == 0)
        rpc_page_remark(page, "no instances", RPC_DIM);
    for (size_t i = 0; i < dump->count; i++)
        put_rows(dump->instances[i],
                 dump->count > 1 ? arena_printf(page->arena, "%zu.", i + 1) : "", page);
}
