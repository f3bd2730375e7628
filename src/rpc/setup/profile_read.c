/* From the bytes of a file or an answer to a profile. */
#include "core/encoding.h"
#include "core/file.h"
#include "core/json_reader.h"
#include "core/yaml_text.h"
#include "http/json.h"
#include "io/sealed_text.h"
#include "rpc/setup/blob.h"
#include "rpc/setup/profile.h"
#include "rpc/setup/profile_text.h"
#include "rpc/web/smb.h"

#include <string.h>

void rpc_profile_free(json_t *profile)
{
    http_json_wipe(profile);
    json_decref(profile);
}

bool rpc_profile_names_share(const json_t *profile)
{
    const char *key;
    json_t *member;
    if (json_is_string(profile))
        return rpc_smb_is_address(
            slice_trim(slice_of(json_string_value(profile), json_string_length(profile))));
    for (size_t i = 0; i < json_array_size(profile); i++)
        if (rpc_profile_names_share(json_array_get(profile, i)))
            return true;
    json_object_foreach((json_t *)(uintptr_t)profile, key,
                        member) if (rpc_profile_names_share(member)) return true;
    return false;
}

bool rpc_profile_is_file(const char *name)
{
    static const char *const ends[] = {".yaml", ".yml", ".json", ".enc", ".bin"};
    struct slice text = slice_of_string(name);
    if (strpbrk(name, "/\\") != NULL)
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t size = strlen(ends[i]);
        if (text.size > size &&
            slice_equal_ignore_case(slice_from(text, text.size - size), slice_of_string(ends[i])))
            return true;
    }
    return false;
}

json_t *rpc_profile_parse(struct slice text, struct error *err)
{
    struct slice trimmed = slice_trim(text);
    if (trimmed.size > 0 && trimmed.data[0] == '{')
        return json_reader_parse(trimmed, JSON_READER_DEPTH, err);
    return yaml_text_read(text, err);
}

static json_t *refuse(struct rpc_fault *fault, const char *text)
{
    (void)rpc_fault_set(fault, RPC_WRONG_CONFIGURATION, "the profile: %s", text);
    return NULL;
}

static bool is_profile(const json_t *profile)
{
    return json_is_object(rpc_member(profile, "configuration"));
}

static json_t *unseal(struct rpc *rpc, struct slice sealed, struct slice key,
                      struct rpc_fault *fault)
{
    struct slice text;
    struct error err;
    if (key.size == 0)
        return refuse(fault, "it is encrypted (or is no profile): --key has its key");
    if (!io_sealed_text_open(rpc_arena(rpc), slice_trim(sealed), key, &text, &err) &&
        !io_sealed_text_open(rpc_arena(rpc), encoding_base64(rpc_arena(rpc), sealed), key, &text,
                             &err))
        return refuse(fault, "it cannot be decrypted: it is none, or the key is another");
    json_t *profile = rpc_profile_parse(text, &err);
    if (profile == NULL || !is_profile(profile)) {
        rpc_profile_free(profile);
        return refuse(fault, profile == NULL ? err.text : "it has no configuration");
    }
    return profile;
}

static json_t *read_any(struct rpc *rpc, struct slice bytes, struct slice key,
                        struct rpc_fault *fault)
{
    struct error err;
    if (slice_trim(bytes).size == 0)
        return refuse(fault, "it is empty");
    json_t *profile = rpc_profile_parse(bytes, &err);
    if (json_is_null(profile) || json_is_array(profile)) { /* no encrypted one reads as such */
        bool empty = json_is_null(profile) || json_array_size(profile) == 0;
        rpc_profile_free(profile);
        return refuse(fault, empty ? "it is empty" : "it is a list, and no profile");
    }
    if (profile == NULL || !json_is_object(profile)) {
        bool plain = slice_trim(bytes).size > 0 && slice_trim(bytes).data[0] == '{';
        rpc_profile_free(profile);
        return plain ? refuse(fault, err.text) : unseal(rpc, bytes, key, fault);
    }
    if (is_profile(profile))
        return profile;
    struct slice content = rpc_member_slice(profile, "content");
    struct slice own = rpc_member_slice(profile, "key");
    if (content.size == 0) {
        rpc_profile_free(profile);
        return refuse(fault, "it has no configuration");
    }
    json_t *inner = unseal(rpc, content, own.size > 0 ? own : key, fault);
    rpc_profile_free(profile);
    return inner;
}

json_t *rpc_profile_read(struct rpc *rpc, struct slice bytes, struct slice key,
                         struct rpc_fault *fault)
{
    json_t *profile = read_any(rpc, bytes, key, fault);
    if (profile == NULL || rpc_profile_check(rpc, profile, fault))
        return profile;
    rpc_profile_free(profile);
    return NULL;
}

json_t *rpc_profile_read_file(struct rpc *rpc, const char *path)
{
    struct rpc_fault fault;
    struct slice bytes, key = {NULL, 0};
    if (!rpc_file_read(rpc, path, RPC_PROFILE_MOST, &bytes, &fault.err)) {
        (void)rpc_fail(rpc, RPC_FAILED_READING_CONFIGURATION, "%s", fault.err.text);
        return NULL;
    }
    if (rpc_given(rpc, "key") && !rpc_secret(rpc, "key", "Key", false, &key))
        return NULL;
    json_t *profile = rpc_profile_read(rpc, bytes, key, &fault);
    if (profile == NULL)
        (void)rpc_fail_fault(rpc, &fault);
    return profile;
}
