#include "rpc/setup/profile_text.h"

#include "amt/feature.h"
#include "http/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The member's name as the object spells it; NULL: it has none. */
static const char *spelling(const json_t *object, const char *name)
{
    if (!json_is_object(object) || json_object_get(object, name) != NULL)
        return json_is_object(object) ? name : NULL;
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at))
        if (strcasecmp(json_object_iter_key(at), name) == 0)
            return json_object_iter_key(at);
    return NULL;
}

const json_t *rpc_member(const json_t *object, const char *name)
{
    const char *key = spelling(object, name);
    return key != NULL ? json_object_get(object, key) : NULL;
}

bool rpc_member_put(json_t *object, const char *name, json_t *value)
{
    const char *key = spelling(object, name);
    if (json_is_object(object) && value != NULL && key != NULL)
        http_json_wipe(json_object_get(object, key));
    return json_object_set_new(object, key != NULL ? key : name, value) == 0;
}

const char *rpc_member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(rpc_member(object, name));
    return text != NULL && *text != '\0' ? text : NULL;
}

struct slice rpc_member_slice(const json_t *object, const char *name)
{
    const char *text = rpc_member_text(object, name);
    return text != NULL ? slice_of_string(text) : (struct slice){NULL, 0};
}

static bool is_yes(const char *text)
{
    static const char *const words[] = {"true", "y", "yes", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

bool rpc_member_flag(const json_t *object, const char *name)
{
    const json_t *value = rpc_member(object, name);
    if (json_is_string(value))
        return is_yes(json_string_value(value));
    return json_is_true(value) || (json_is_integer(value) && json_integer_value(value) != 0);
}

int64_t rpc_member_number(const json_t *object, const char *name, int64_t otherwise)
{
    const json_t *value = rpc_member(object, name);
    uint64_t number;
    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_string(value) &&
        slice_to_u64(slice_of_string(json_string_value(value)), INT64_MAX, &number))
        return (int64_t)number;
    return otherwise;
}

/* The number of the word, the first of which is `first`. */
static unsigned word_or_number(const json_t *object, const char *name, unsigned otherwise,
                               const char *const *words, size_t count, unsigned first)
{
    const json_t *value = rpc_member(object, name);
    if (value == NULL || json_is_null(value))
        return otherwise;
    for (size_t i = 0; json_is_string(value) && i < count; i++)
        if (strcasecmp(words[i], json_string_value(value)) == 0)
            return first + (unsigned)i;
    int64_t number = rpc_member_number(object, name, 0);
    return number > 0 && number < 256 ? (unsigned)number : 0;
}

unsigned rpc_member_authentication(const json_t *object, const char *name, unsigned otherwise)
{
    static const char *const words[] = {"WPAPSK", "WPAIEEE8021x", "WPA2PSK", "WPA2IEEE8021x"};
    return word_or_number(object, name, otherwise, words, 4, 4);
}

unsigned rpc_member_encryption(const json_t *object, const char *name, unsigned otherwise)
{
    static const char *const words[] = {"TKIP", "CCMP"};
    return word_or_number(object, name, otherwise, words, 2, 3);
}

uint32_t rpc_word_consent(const char *word)
{
    if (word != NULL && strcasecmp(word, "none") == 0)
        return AMT_CONSENT_NONE;
    return word != NULL && strcasecmp(word, "kvm") == 0 ? AMT_CONSENT_KVM : AMT_CONSENT_ALL;
}
