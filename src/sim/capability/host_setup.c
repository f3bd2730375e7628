/* Set-up by the host: client control mode, admin control mode with a certificate, the way from one
 * to the other (spec device-protocols 7.2 to 7.4). */
#include "core/encoding.h"
#include "core/memory.h"
#include "sim/capability/capability.h"
#include "sim/object.h"
#include "sim/provisioning.h"

#include <stdio.h>
#include <string.h>

/* Return values of IPS_HostBasedSetupService (spec device-protocols 5.4). */
enum {
    INVALID_STATE = 2,
    INVALID_PARAMETER = 3,
    METHOD_DISABLED = 4,
    NOT_AUTHENTIC = 5,
};

#define HASHED         2 /* NetAdminPassEncryptionType: the hash of HTTP's digest */
#define RSA_SHA256     2 /* SigningAlgorithm */
#define WRONG_MOST     3 /* signatures before a pause */
#define PASSWORD_LEAST 8
#define PASSWORD_MOST  32

static const char service[] = "IPS_HostBasedSetupService";
static const char setup_service[] = "AMT_SetupAndConfigurationService";

static enum sim_fault answer(struct sim_call *call, uint32_t value)
{
    call->return_value = value;
    return SIM_FAULT_NONE;
}

static bool read_flag(struct sim_call *call, const char *name, bool *flag)
{
    struct slice text = wsman_xml_child_text(call->input, name);
    *flag = slice_equal_string(text, "true") || slice_equal_string(text, "1");
    return *flag || text.size == 0 || slice_equal_string(text, "false") ||
           slice_equal_string(text, "0");
}

static bool may_begin(const struct sim_device *device)
{
    return device->setup != SIM_SETUP_POST;
}

static bool may_upgrade(const struct sim_device *device)
{
    return device->setup == SIM_SETUP_POST && device->client_mode;
}

/* ---- the certificate ---- */

static enum sim_fault add_certificate(struct sim_call *call)
{
    struct sim_device *device = call->device;
    struct slice der;
    bool leaf, root;
    if (!may_begin(device) && !may_upgrade(device))
        return answer(call, SIM_CHAIN_INVALID_STATE);
    if (!read_flag(call, "IsLeafCertificate", &leaf) ||
        !read_flag(call, "IsRootCertificate", &root))
        return SIM_FAULT_SCHEMA_VALIDATION;
    if (!encoding_base64_decode(call->arena, wsman_xml_child_text(call->input, "NextCertificate"),
                                &der))
        return answer(call, SIM_CHAIN_INVALID_PARAMETER);
    return answer(call,
                  sim_chain_add(&device->provisioning->chain, der, leaf, root,
                                sim_clock(device, call->now_ms), device->provisioning->curves));
}

/* What firmware says of all of a chain together, of its key, and of the machine's domain. */
static bool is_authentic(const struct sim_call *call, struct slice nonce, struct slice signature)
{
    const struct sim_provisioning *p = call->device->provisioning;
    uint8_t both[2 * SIM_SETUP_NONCE];
    bool trusted = p->trusted_suffix[0] != '\0';
    memcpy(both, p->nonce, SIM_SETUP_NONCE);
    memcpy(both + SIM_SETUP_NONCE, nonce.data, SIM_SETUP_NONCE);
    return p->zero_touch && sim_chain_is_trusted(&p->chain, p->roots, p->root_count) &&
           sim_chain_is_for_setup(&p->chain) &&
           sim_chain_fits(&p->chain, slice_of_string(trusted ? p->trusted_suffix : p->dhcp_suffix),
                          trusted) &&
           sim_chain_signed(&p->chain, slice_of(both, sizeof(both)), signature);
}

/* Judges nonce and signature of the call; 0 when the caller holds the certificate's key. A
 * signature serves once, wrong or right, as does the nonce that it signs. */
static uint32_t check_signature(struct sim_call *call)
{
    struct sim_provisioning *p = call->device->provisioning;
    struct slice nonce, signature;
    uint64_t algorithm;
    if (!sim_input_number(call->input, "SigningAlgorithm", UINT16_MAX, &algorithm) ||
        algorithm != RSA_SHA256 ||
        !encoding_base64_decode(call->arena, wsman_xml_child_text(call->input, "McNonce"),
                                &nonce) ||
        nonce.size != SIM_SETUP_NONCE ||
        !encoding_base64_decode(call->arena, wsman_xml_child_text(call->input, "DigitalSignature"),
                                &signature) ||
        signature.size == 0)
        return INVALID_PARAMETER;
    if (p->chain.status != SIM_CHAIN_COMPLETE || !p->nonce_was_read)
        return INVALID_STATE;
    if (p->locked_ms > call->now_ms)
        return METHOD_DISABLED;
    bool good = is_authentic(call, nonce, signature);
    sim_chain_clear(&p->chain);
    p->nonce_was_read = false;
    p->wrong_signatures = good ? 0 : p->wrong_signatures + 1;
    if (p->wrong_signatures >= WRONG_MOST) {
        p->wrong_signatures = 0;
        p->locked_ms = call->now_ms + p->lock_ms;
    }
    return good ? SIM_OK : NOT_AUTHENTIC;
}

/* ---- the administrator ---- */

static uint32_t read_password(struct sim_call *call, uint8_t hash[16])
{
    uint64_t type;
    if (!sim_input_number(call->input, "NetAdminPassEncryptionType", UINT8_MAX, &type) ||
        type != HASHED ||
        !encoding_hex_decode(wsman_xml_child_text(call->input, "NetworkAdminPassword"), hash, 16))
        return INVALID_PARAMETER;
    return SIM_OK;
}

/* The machine is set up, or, where nothing answers without TLS, will be with CommitChanges. */
static void set_up(struct sim_call *call, bool client, uint8_t hash[16])
{
    static const uint8_t modes[] = {1, 2}; /* ACM, CCM: what an audit log says, an assumption */
    struct sim_device *device = call->device;
    snprintf(device->admin_name, sizeof(device->admin_name), "admin");
    memcpy(device->admin_hash, hash, sizeof(device->admin_hash));
    memory_wipe(hash, sizeof(device->admin_hash));
    device->admin_changed = true;
    device->client_mode = client;
    device->setup = sim_provisioning_is_tls_only(device) ? SIM_SETUP_IN : SIM_SETUP_POST;
    device->leave_ms = UINT64_MAX;
    device->answer_delay_ms = device->provisioning->delay_ms;
    sim_audit(device, 16, 0, slice_of(&modes[client], 1), call->now_ms);
}

static enum sim_fault setup(struct sim_call *call)
{
    uint8_t hash[16];
    if (!may_begin(call->device))
        return answer(call, INVALID_STATE);
    if (call->device->provisioning->client_is_disabled)
        return answer(call, METHOD_DISABLED);
    call->return_value = read_password(call, hash);
    if (call->return_value == SIM_OK) {
        sim_chain_clear(&call->device->provisioning->chain);
        set_up(call, true, hash);
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault admin_setup(struct sim_call *call)
{
    uint8_t hash[16];
    if (!may_begin(call->device))
        return answer(call, INVALID_STATE);
    call->return_value = read_password(call, hash);
    if (call->return_value == SIM_OK)
        call->return_value = check_signature(call);
    if (call->return_value == SIM_OK)
        set_up(call, false, hash);
    return SIM_FAULT_NONE;
}

static enum sim_fault upgrade(struct sim_call *call)
{
    if (!may_upgrade(call->device))
        return answer(call, INVALID_STATE);
    call->return_value = check_signature(call);
    if (call->return_value == SIM_OK) {
        call->device->client_mode = false;
        call->device->answer_delay_ms = call->device->provisioning->delay_ms;
    }
    return SIM_FAULT_NONE;
}

static enum sim_fault disable_client(struct sim_call *call)
{
    if (may_upgrade(call->device))
        return answer(call, INVALID_STATE);
    call->device->provisioning->client_is_disabled = true;
    return answer(call, SIM_OK);
}

/* ---- the other service ---- */

/* Eight to 32 characters of four kinds; an underscore is no symbol, and some are forbidden (spec
 * device-protocols 4.4). */
static bool is_strong(struct slice password)
{
    bool upper = false, lower = false, digit = false, symbol = false;
    if (password.size < PASSWORD_LEAST || password.size > PASSWORD_MOST)
        return false;
    for (size_t i = 0; i < password.size; i++) {
        uint8_t c = password.data[i];
        if (c < ' ' || c > '~' || c == ':' || c == ',' || c == '"')
            return false;
        upper |= c >= 'A' && c <= 'Z';
        lower |= c >= 'a' && c <= 'z';
        digit |= c >= '0' && c <= '9';
        symbol |= strchr("!#$%&'()*+-./;<=>?@[\\]^`{|}~", c) != NULL;
    }
    return upper && lower && digit && symbol;
}

/* Who set a machine up in client control mode may not change what somebody types at it. */
static enum sim_fault set_mebx_password(struct sim_call *call)
{
    struct sim_device *device = call->device;
    if (device->setup == SIM_SETUP_PRE || device->client_mode)
        return answer(call, SIM_STATUS_NOT_PERMITTED);
    if (!is_strong(wsman_xml_child_text(call->input, "Password")))
        return answer(call, SIM_STATUS_INVALID_PASSWORD);
    device->provisioning->mebx_was_set = true;
    return answer(call, SIM_OK);
}

/* ---- what is shown ---- */

static void show(struct sim_instance *instance, const char *name, const char *text)
{
    const struct wsman_property *property =
        wsman_property_find(instance->class, slice_of_string(name));
    struct sim_instance_value *values =
        arena_array(instance->arena, instance->count + 1, sizeof(*values));
    size_t at = 0;
    while (at < instance->count && strcmp(instance->values[at].property->name, name) < 0)
        at++;
    memcpy(values, instance->values, at * sizeof(*values));
    memcpy(values + at + 1, instance->values + at, (instance->count - at) * sizeof(*values));
    values[at] = (struct sim_instance_value){property, slice_of_string(text)};
    instance->values = values;
    instance->count++;
    instance->capacity = instance->count;
}

static void read_host_based(const struct sim_device *device, struct sim_instance *instance)
{
    const struct sim_provisioning *p = device->provisioning;
    size_t kept = 0;
    for (size_t i = 0; i < instance->count; i++) {
        bool client = strcmp(instance->values[i].property->name, "AllowedControlModes") == 0 &&
                      slice_equal_string(instance->values[i].text, "1");
        if (!client || !p->client_is_disabled)
            instance->values[kept++] = instance->values[i];
    }
    instance->count = kept;
    sim_instance_set(instance, "CertChainStatus",
                     arena_printf(instance->arena, "%u", p->chain.status));
    if (!p->nonce_was_read)
        return;
    struct slice text = encoding_base64(instance->arena, slice_of(p->nonce, sizeof(p->nonce)));
    sim_instance_set(instance, "ConfigurationNonce", arena_string(instance->arena, text));
}

static void read_service(const struct sim_device *device, struct sim_instance *instance)
{
    const struct sim_provisioning *p = device->provisioning;
    if (!p->zero_touch)
        sim_instance_set(instance, "ZeroTouchConfigurationEnabled", "false");
    if (p->dhcp_suffix[0] != '\0')
        show(instance, "DhcpDNSSuffix", p->dhcp_suffix);
    if (p->trusted_suffix[0] != '\0')
        show(instance, "TrustedDNSSuffix", p->trusted_suffix);
}

const struct sim_capability sim_host_setups = {
    .methods =
        (const struct sim_method[]){
            {service, "AddNextCertInChain", add_certificate},
            {service, "AdminSetup", admin_setup},
            {service, "DisableClientControlMode", disable_client},
            {service, "Setup", setup},
            {service, "UpgradeClientToAdmin", upgrade},
            {setup_service, "SetMEBxPassword", set_mebx_password},
            {NULL, NULL, NULL},
        },
    .readers =
        (const struct sim_reader[]){
            {service, read_host_based},
            {setup_service, read_service},
            {NULL, NULL},
        },
};
