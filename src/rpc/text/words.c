#include "rpc/text/words.h"

#include "core/buffer.h"
#include "mei/pthi_network.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const char *word(const char *const *words, size_t count, uint64_t number,
                        const char *otherwise)
{
    return number < count ? words[number] : otherwise;
}

const char *rpc_words_control_mode(unsigned mode, bool v2)
{
    static const char *const old[] = {"pre-provisioning state", "activated in client control mode",
                                      "activated in admin control mode"};
    static const char *const modes[] = {"not activated", "client control mode",
                                        "admin control mode"};
    return v2 ? word(old, COUNT(old), mode, "unknown state")
              : word(modes, COUNT(modes), mode, "unknown control mode");
}

const char *rpc_words_provisioning_state(unsigned state)
{
    static const char *const states[] = {"pre-provisioning", "in provisioning",
                                         "post-provisioning"};
    return word(states, COUNT(states), state, "unknown provisioning state");
}

const char *rpc_words_network(uint32_t status, bool v2)
{
    static const char *const old[] = {[MEI_NETWORK_DIRECT] = "direct",
                                      [MEI_NETWORK_VPN] = "vpn",
                                      [MEI_NETWORK_OUTSIDE] = "outside enterprise"};
    static const char *const networks[] = {[MEI_NETWORK_DIRECT] = "direct (LAN)",
                                           [MEI_NETWORK_VPN] = "vpn",
                                           [MEI_NETWORK_OUTSIDE] = "outside enterprise (CIRA)"};
    return word(v2 ? old : networks, COUNT(networks), status, "unknown");
}

const char *rpc_words_remote(uint32_t status)
{
    static const char *const states[] = {[MEI_REMOTE_NOT_CONNECTED] = "not connected",
                                         [MEI_REMOTE_CONNECTING] = "connecting",
                                         [MEI_REMOTE_CONNECTED] = "connected"};
    return word(states, COUNT(states), status, "unknown");
}

/* As rpc-go has them; LMS has 2 and 3 the other way round. */
const char *rpc_words_trigger(uint32_t trigger)
{
    static const char *const triggers[] = {"user initiated", "alert", "periodic", "provisioning"};
    return word(triggers, COUNT(triggers), trigger, "unknown");
}

const char *rpc_words_oem_type(uint32_t type)
{
    static const char *const types[] = {"Not Set (0)", "Binary (1)", "Printable String (2)"};
    return word(types, COUNT(types), type, "Unknown");
}

const char *rpc_words_address_format(unsigned format)
{
    return format == 3 ? "IPv4" : format == 4 ? "IPv6" : format == 201 ? "FQDN" : "Unknown";
}

unsigned rpc_words_major(struct slice version)
{
    uint64_t major;
    return slice_to_u64(slice_split(&version, '.'), 999, &major) ? (unsigned)major : 0;
}

const char *rpc_words_features(struct arena *arena, struct slice version, struct slice sku)
{
    static const struct {
        uint32_t bit;
        unsigned before; /* this major number; 0: in all */
        const char *name;
    } features[] = {
        {0x0002, 7, "iQST"},      {0x0004, 6, "ASF"},
        {0x0008, 0, "AMT Pro"},   {0x0010, 0, "Intel Standard Manageability"},
        {0x0020, 6, "TPM"},       {0x0100, 6, "Home IT"},
        {0x0400, 6, "WOX"},       {0x2000, 0, "AT-p"},
        {0x4000, 0, "Corporate"}, {0x8000, 8, "L3 Mgt Upgrade"},
    };
    uint64_t bits;
    unsigned major = rpc_words_major(version);
    if (major < 5 || !slice_to_u64(sku, UINT32_MAX, &bits))
        return "";
    struct buffer text;
    buffer_init(&text, 256);
    for (size_t i = 0; i < COUNT(features); i++)
        if ((bits & features[i].bit) != 0 &&
            (features[i].before == 0 || major < features[i].before))
            buffer_printf(&text, "%s%s", buffer_size(&text) > 0 ? " " : "", features[i].name);
    const char *copy = arena_string(arena, buffer_slice(&text));
    buffer_fini(&text);
    return copy;
}
