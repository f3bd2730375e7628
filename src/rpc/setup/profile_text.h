/* Members of a profile or of v2's configuration: names in whatever case, values as YAML's and
 * JSON's writers have them. Pure; any thread. */
#ifndef RPC_SETUP_PROFILE_TEXT_H
#define RPC_SETUP_PROFILE_TEXT_H

#include "core/arena.h"

#include <jansson.h>

/* NULL when there is none; `object` may be NULL or no object. */
const json_t *rpc_member(const json_t *object, const char *name);

/* Puts `value`, which is taken over, in the place of the member of that name, which is wiped; none
 * of that name: adds one. False: `object` is no object, or there is no value (NULL). */
bool rpc_member_put(json_t *object, const char *name, json_t *value);

/* NULL when it is absent or empty. Borrowed from the object. */
const char *rpc_member_text(const json_t *object, const char *name);
struct slice rpc_member_slice(const json_t *object, const char *name); /* empty then */

bool rpc_member_flag(const json_t *object, const char *name);
int64_t rpc_member_number(const json_t *object, const char *name, int64_t otherwise);

/* 4 to 7 for "WPAPSK" …, "WPA2IEEE8021x" and for the numbers; 3 and 4 for "TKIP" and "CCMP"; 0 for
 * anything else, `otherwise` when there is none. */
unsigned rpc_member_authentication(const json_t *object, const char *name, unsigned otherwise);
unsigned rpc_member_encryption(const json_t *object, const char *name, unsigned otherwise);

/* AMT_CONSENT_… for "none" and "kvm"; all for anything else, also NULL. */
uint32_t rpc_word_consent(const char *word);

#endif
