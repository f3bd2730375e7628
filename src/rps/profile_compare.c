#include "rps/profile_compare.h"

#include "http/json.h"

#include <string.h>

static bool is_compared(const char *member)
{
    return strcmp(member, "profileName") != 0 && strcmp(member, "tenantId") != 0 &&
           strcmp(member, "version") != 0;
}

static bool are_same(const json_t *a, const json_t *b)
{
    /* jansson's comparison wants mutable pointers but changes nothing. */
    return b != NULL && json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b) == 1;
}

static void put_field(struct json_writer *json, const char *member, const json_t *a,
                      const json_t *b)
{
    json_open_object(json);
    json_put_member_string(json, "field", member);
    json_put_member_bool(json, "same", are_same(a, b));
    json_put_key(json, "a");
    http_json_write(json, a);
    json_put_key(json, "b");
    http_json_write(json, b);
    json_close_object(json);
}

void rps_profile_compare(struct json_writer *json, const json_t *a, const json_t *b)
{
    json_t *members = (json_t *)(uintptr_t)a; /* the iterator, too */
    bool same = true;
    for (void *at = json_object_iter(members); at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *member = json_object_iter_key(at);
        same = same && (!is_compared(member) ||
                        are_same(json_object_iter_value(at), json_object_get(b, member)));
    }
    json_open_object(json);
    json_put_member_string(json, "a", json_string_value(json_object_get(a, "profileName")));
    json_put_member_string(json, "b", json_string_value(json_object_get(b, "profileName")));
    json_put_member_bool(json, "same", same);
    json_put_key(json, "fields");
    json_open_array(json);
    for (void *at = json_object_iter(members); at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *member = json_object_iter_key(at);
        if (is_compared(member))
            put_field(json, member, json_object_iter_value(at), json_object_get(b, member));
    }
    json_close_array(json);
    json_close_object(json);
}
