#include "access/access.h"

#include "access/checked.h"
#include "access/password.h"
#include "access/revoked.h"
#include "access/throttle.h"
#include "access/token.h"
#include "core/clock.h"
#include "core/encoding.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metrics.h"
#include "core/random.h"
#include "io/work.h"
#include "store/store.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

METRIC_DEFINE(logins_good, METRIC_COUNTER, "outband_access_logins_total", "result=\"success\"",
              "Logins of users, by how they ended.")
METRIC_DEFINE(logins_bad, METRIC_COUNTER, "outband_access_logins_total", "result=\"failure\"",
              "Logins of users, by how they ended.")
METRIC_DEFINE(tokens_cached, METRIC_COUNTER, "outband_access_tokens_total", "result=\"cached\"",
              "Tokens checked, by how that ended.")
METRIC_DEFINE(tokens_good, METRIC_COUNTER, "outband_access_tokens_total", "result=\"valid\"",
              "Tokens checked, by how that ended.")
METRIC_DEFINE(tokens_bad, METRIC_COUNTER, "outband_access_tokens_total", "result=\"refused\"",
              "Tokens checked, by how that ended.")

#define DEFAULT_ISSUER "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc" /* the toolkit's, spec mps 7.2 */
#define KEY_PATH       "outband/jwt"
#define KEY_SIZE       32
#define HASHES_AT_ONCE 2
#define HASHES_QUEUED  64
#define USER_LIMIT     TOKEN_USER
#define ID_SIZE        16 /* bytes of a token's jti */
#define ORIGIN_SIZE    16 /* bytes of the hash that names a token in those made with it */
#define ANY_DEVICE     "*"
#define DEFAULT_USER   "admin" /* as the setting's default */
#define SECRET_LEAST   32      /* RFC 7518 section 3.2 */

struct access {
    struct store *store;
    char *issuer;
    uint32_t expiration_min;
    uint32_t redirection_min;
    bool login_enabled;
    struct token_key *key;
    struct io_pool *pool; /* hashing */
    struct throttle *throttle;
    struct checked *checked;
    struct revoked *revoked;
    char nobody[PASSWORD_HASH_SIZE]; /* hash of a password that nobody knows */
};

/* ---- start ---- */

/* Start-up code that waits, with its outcome. */
struct start {
    struct access *access;
    const char *secret;
    const char *user;
    const char *password;
    char *generated;
    bool ok;
    struct error err;
};

static struct start start_of(struct access *access)
{
    struct start start = {.access = access};
    (void)error_set(&start.err, ERROR_INTERNAL, "the store cannot be used");
    return start;
}

/* The signing key as hexadecimal text in the store: made when it was never there, and only then. */
static bool sealed_key(struct store *store, struct arena *arena, uint8_t key[KEY_SIZE],
                       struct error *err)
{
    struct slice text;
    struct error cause;
    if (store_secret_get(store, arena, KEY_PATH, &text, &cause)) {
        bool ok = encoding_hex_decode(text, key, KEY_SIZE);
        memory_wipe((uint8_t *)(uintptr_t)text.data, text.size);
        return ok || error_set(err, ERROR_STORE, "the key for tokens at %s is damaged", KEY_PATH);
    }
    if (cause.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = cause;
        return false;
    }
    if (store_is_beside_server(store))
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no key for tokens in the store: start the server once without a "
                         "secret of its own, or give the secret that it was started with "
                         "(OUTBAND_JWT_SECRET)");
    random_bytes(key, KEY_SIZE);
    char made[2 * KEY_SIZE + 1];
    encoding_hex(slice_of(key, KEY_SIZE), made);
    bool ok = store_secret_put(store, KEY_PATH, slice_of(made, sizeof made - 1), err);
    memory_wipe(made, sizeof made);
    return ok;
}

static void load_key(struct store *store, void *arg)
{
    struct start *start = arg;
    struct arena arena;
    arena_init(&arena);
    uint8_t key[KEY_SIZE];
    start->ok = sealed_key(store, &arena, key, &start->err);
    if (start->ok) {
        start->access->key = token_key_new(slice_of(key, sizeof key), &start->err);
        start->ok = start->access->key != NULL;
    }
    memory_wipe(key, sizeof key);
    arena_fini(&arena);
}

static bool make_key(struct access *access, const char *secret, struct error *err)
{
    if (secret != NULL && *secret != '\0') {
        if (strlen(secret) < SECRET_LEAST)
            log_line(LOG_WARN,
                     "MPS_JWT_SECRET is shorter than 32 bytes: whoever sees one token can guess it "
                     "offline and then make tokens; set 32 random bytes or more, or leave it out",
                     NULL);
        access->key = token_key_new(slice_of_string(secret), err);
        return access->key != NULL;
    }
    struct start start = start_of(access);
    store_blocking(access->store, load_key, &start);
    if (!start.ok && err != NULL)
        *err = start.err;
    return start.ok;
}

static bool make_nobody(struct access *access, struct error *err)
{
    char password[33];
    random_text(password, sizeof password - 1);
    bool ok = password_hash(slice_of_string(password), access->nobody, err);
    memory_wipe(password, sizeof password);
    return ok;
}

struct access *access_new(struct store *store, const struct access_options *options,
                          struct error *err)
{
    if (sodium_init() < 0) {
        (void)error_set(err, ERROR_INTERNAL, "libsodium does not start");
        return NULL;
    }
    bool has_issuer = options->issuer != NULL && *options->issuer != '\0';
    struct access *access = memory_new(sizeof *access);
    access->store = store;
    access->issuer = memory_string(slice_of_string(has_issuer ? options->issuer : DEFAULT_ISSUER));
    access->expiration_min = options->expiration_min != 0 ? options->expiration_min : 1440;
    access->redirection_min = options->redirection_min != 0 ? options->redirection_min : 5;
    access->login_enabled = options->login_enabled;
    access->throttle = throttle_new();
    access->checked = checked_new();
    access->revoked = revoked_new();
    access->pool = io_pool_new("password", HASHES_AT_ONCE, HASHES_QUEUED, err);
    if (access->pool != NULL && make_nobody(access, err) &&
        make_key(access, options->jwt_secret, err))
        return access;
    access_free(access);
    return NULL;
}

void access_free(struct access *access)
{
    if (access == NULL)
        return;
    io_pool_free(access->pool);
    token_key_free(access->key);
    throttle_free(access->throttle);
    checked_free(access->checked);
    revoked_free(access->revoked);
    free(access->issuer);
    free(access);
}

/* ---- the administrator ---- */

static bool set_password(struct store *store, const char *user, const char *password,
                         struct error *err)
{
    char hash[PASSWORD_HASH_SIZE];
    return password_hash(slice_of_string(password), hash, err) &&
           store_user_put(store, user, hash, err);
}

/* The administrator is whom the settings name: under an earlier name nobody logs in any more.
 * Hashing takes its time, so a password that is the stored one already is left alone. */
static bool adopt_password(struct store *store, struct arena *arena, const struct start *start,
                           struct error *err)
{
    const char *hash;
    struct error cause;
    if (store_user_get(store, arena, start->user, &hash, &cause)) {
        if (password_verify(slice_of_string(start->password), hash))
            return store_user_keep_only(store, start->user, err);
    } else if (cause.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = cause;
        return false;
    }
    return set_password(store, start->user, start->password, err) &&
           store_user_keep_only(store, start->user, err);
}

/* Whether to make the user without a password in the settings: when there is none, or when the
 * settings name one that is not there. The default name is no such wish: it is what a start without
 * settings comes with. */
static bool must_invent(struct store *store, struct arena *arena, const struct start *start,
                        bool *must, struct error *err)
{
    uint64_t count;
    if (!store_user_count(store, &count, err))
        return false;
    *must = count == 0;
    if (*must || strcasecmp(start->user, DEFAULT_USER) == 0)
        return true;
    const char *hash;
    struct error cause;
    if (store_user_get(store, arena, start->user, &hash, &cause))
        return true;
    *must = cause.code == ERROR_NOT_FOUND;
    if (!*must && err != NULL)
        *err = cause;
    return *must;
}

static bool invent_password(struct store *store, struct arena *arena, const struct start *start,
                            struct error *err)
{
    bool must;
    if (!must_invent(store, arena, start, &must, err))
        return false;
    if (!must)
        return true;
    random_text(start->generated, 24);
    if (set_password(store, start->user, start->generated, err) &&
        store_user_keep_only(store, start->user, err))
        return true;
    memory_wipe(start->generated, 25);
    return false;
}

static void bootstrap(struct store *store, void *arg)
{
    struct start *start = arg;
    struct arena arena;
    arena_init(&arena);
    bool given = start->password != NULL && *start->password != '\0';
    start->ok = given ? adopt_password(store, &arena, start, &start->err)
                      : invent_password(store, &arena, start, &start->err);
    arena_fini(&arena);
}

bool access_bootstrap(struct access *access, const char *user, const char *password,
                      char generated[25], struct error *err)
{
    generated[0] = '\0';
    struct start start = start_of(access);
    start.user = user != NULL && *user != '\0' ? user : DEFAULT_USER;
    start.password = password;
    start.generated = generated;
    store_blocking(access->store, bootstrap, &start);
    if (!start.ok && err != NULL)
        *err = start.err;
    return start.ok;
}

/* ---- tokens ---- */

/* What tells a token from others: all but the signature, which can be written in several ways. */
static struct slice signed_part(struct slice token)
{
    size_t size = token.size;
    while (size > 0 && token.data[size - 1] != '.')
        size--;
    return slice_first(token, size);
}

/* Each is another text, so that a logout ends one and no other. */
static bool issue(struct access *access, struct arena *arena, const struct access_identity *whose,
                  const char *origin, uint32_t minutes, struct slice *token, struct error *err)
{
    uint8_t random[ID_SIZE];
    char id[2 * ID_SIZE + 1];
    random_bytes(random, sizeof random);
    encoding_hex(slice_of(random, sizeof random), id);
    int64_t now_s = clock_wall_ms() / 1000;
    const struct token_claims claims = {
        .tenant_id = whose->tenant_id == NULL ? "" : whose->tenant_id,
        .issuer = access->issuer,
        .device_id = whose->device_id,
        .expires_s = now_s + (int64_t)minutes * 60,
        .subject = whose->user,
        .origin = origin,
        .id = id,
        .issued_s = now_s,
    };
    return token_sign(access->key, arena, &claims, token, err);
}

bool access_issue(struct access *access, struct arena *arena, uint32_t minutes, struct slice *token,
                  struct error *err)
{
    return issue(access, arena, &(struct access_identity){.device_id = ANY_DEVICE}, NULL, minutes,
                 token, err);
}

/* In the place of the device in such tokens, with the device behind a blank where it speaks for
 * one: no GUID, and not any device either. */
static const char *const purposes[] = {
    [ACCESS_AGENT] = "agent", [ACCESS_ASSISTANT] = "enterprise-assistant"};

/* Who such a token is for. */
static const char *const bearers[] = {
    [ACCESS_AGENT] = "agents", [ACCESS_ASSISTANT] = "an Enterprise Assistant"};

/* Whether a claimed device says that purpose; *device is what is behind it, NULL for nothing. */
static bool has_purpose(const char *claim, enum access_purpose purpose, const char **device)
{
    size_t size = strlen(purposes[purpose]);
    *device = NULL;
    if (strncmp(claim, purposes[purpose], size) != 0 || (claim[size] != '\0' && claim[size] != ' '))
        return false;
    if (claim[size] == ' ')
        *device = &claim[size + 1];
    return true;
}

bool access_issue_for(struct access *access, struct arena *arena, enum access_purpose purpose,
                      const struct access_bearer *bearer, uint32_t minutes, struct slice *token,
                      struct error *err)
{
    const char *claim = bearer->device == NULL
                            ? purposes[purpose]
                            : arena_printf(arena, "%s %s", purposes[purpose], bearer->device);
    const struct access_identity whose = {.tenant_id = bearer->tenant_id, .device_id = claim};
    return issue(access, arena, &whose, NULL, minutes, token, err);
}

/* The name of a token in those that are made with it: nothing that could be used as a token. */
static const char *origin_of(struct arena *arena, struct slice token)
{
    uint8_t hash[ORIGIN_SIZE];
    char *text = arena_alloc(arena, 2 * sizeof hash + 1);
    struct slice part = signed_part(token);
    (void)crypto_generichash(hash, sizeof hash, part.data, part.size, NULL, 0);
    encoding_hex(slice_of(hash, sizeof hash), text);
    return text;
}

/* Whether the store has the user; *known only counts on success. */
static bool is_known(struct access *access, struct arena *arena, const char *user, bool *known,
                     struct error *err)
{
    const char *hash;
    struct error cause = {ERROR_NONE, ""};
    *known = store_user_get(access->store, arena, user, &hash, &cause);
    if (!*known && cause.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = cause;
        return false;
    }
    return true;
}

bool access_issue_redirection(struct access *access, struct arena *arena,
                              const struct access_identity *identity, struct slice login,
                              const char *device_id, struct slice *token, struct error *err)
{
    struct access_identity whose = {.tenant_id = identity->tenant_id, .device_id = device_id};
    bool known = false;
    if (identity->user != NULL && !is_known(access, arena, identity->user, &known, err))
        return false;
    if (known)
        whose.user = identity->user;
    return issue(access, arena, &whose, origin_of(arena, login), access->redirection_min, token,
                 err);
}

static bool is_for(const struct token_claims *claims, const struct guid *device)
{
    struct guid guid;
    return guid_parse(slice_of_string(claims->device_id), &guid) && guid_equal(&guid, device);
}

static bool unauthorized(struct error *err, const char *text)
{
    metric_add(&tokens_bad, 1);
    return error_set(err, ERROR_UNAUTHORIZED, "%s", text);
}

bool access_check_redirection(struct access *access, struct arena *arena, struct slice token,
                              const struct guid *device, struct access_identity *identity,
                              struct error *err)
{
    struct token_claims claims;
    int64_t now_s = clock_wall_ms() / 1000;
    bool known = true;
    if (token.size == 0 || token.size > TOKEN_LIMIT ||
        !token_verify(access->key, arena, token, &claims, NULL))
        return unauthorized(err, "the token is not valid");
    if (strcmp(claims.issuer, access->issuer) != 0)
        return unauthorized(err, "the token is from another issuer");
    if (claims.expires_s <= now_s)
        return unauthorized(err, "the token has expired");
    if (!is_for(&claims, device))
        return unauthorized(err, "the token is for another purpose or device");
    if (revoked_has(access->revoked, signed_part(token), now_s) ||
        (claims.origin != NULL &&
         revoked_has(access->revoked, slice_of_string(claims.origin), now_s)))
        return unauthorized(err, "the token was given back by a logout");
    if (claims.subject != NULL && !is_known(access, arena, claims.subject, &known, err))
        return false;
    if (!known)
        return unauthorized(err, "the token's user is no longer there");
    *identity = (struct access_identity){
        .tenant_id = claims.tenant_id, .device_id = claims.device_id, .user = claims.subject};
    metric_add(&tokens_good, 1);
    return true;
}

bool access_check_for(struct access *access, struct arena *arena, struct slice token,
                      enum access_purpose purpose, struct access_bearer *bearer, struct error *err)
{
    struct token_claims claims;
    int64_t now_s = clock_wall_ms() / 1000;
    if (token.size == 0 || token.size > TOKEN_LIMIT ||
        !token_verify(access->key, arena, token, &claims, NULL))
        return unauthorized(err, "the token is not valid");
    if (strcmp(claims.issuer, access->issuer) != 0)
        return unauthorized(err, "the token is from another issuer");
    if (claims.expires_s <= now_s)
        return unauthorized(err, "the token has expired");
    if (!has_purpose(claims.device_id, purpose, &bearer->device))
        return unauthorized(err, "the token is for another purpose");
    if (revoked_has(access->revoked, signed_part(token), now_s))
        return unauthorized(err, "the token was given back by a logout");
    bearer->tenant_id = claims.tenant_id;
    metric_add(&tokens_good, 1);
    return true;
}

static bool verify(struct access *access, struct arena *arena, struct slice token, int64_t now_s,
                   struct access_identity *identity, struct error *err)
{
    struct token_claims claims;
    if (!token_verify(access->key, arena, token, &claims, err))
        return false;
    if (strcmp(claims.issuer, access->issuer) != 0)
        return error_set(err, ERROR_UNAUTHORIZED, "the token is from another issuer");
    if (claims.expires_s <= now_s)
        return error_set(err, ERROR_UNAUTHORIZED, "the token has expired");
    const char *device;
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        if (has_purpose(claims.device_id, (enum access_purpose)i, &device))
            return error_set(err, ERROR_UNAUTHORIZED, "the token is good for %s only", bearers[i]);
    if (strcmp(claims.device_id, ANY_DEVICE) != 0)
        return error_set(err, ERROR_UNAUTHORIZED, "the token is good for redirection only");
    checked_keep(access->checked, token, &claims);
    identity->tenant_id = claims.tenant_id;
    identity->user = claims.subject;
    return true;
}

bool access_check(struct access *access, struct arena *arena, struct slice token,
                  struct access_identity *identity, struct error *err)
{
    *identity = (struct access_identity){.tenant_id = "", .device_id = ANY_DEVICE};
    if (token.size == 0 || token.size > TOKEN_LIMIT) {
        metric_add(&tokens_bad, 1);
        return error_set(err, ERROR_UNAUTHORIZED, "the token is not valid");
    }
    int64_t now_s = clock_wall_ms() / 1000;
    struct checked_owner owner;
    if (revoked_has(access->revoked, signed_part(token), now_s)) {
        metric_add(&tokens_bad, 1);
        return error_set(err, ERROR_UNAUTHORIZED, "the token was given back by a logout");
    }
    if (checked_find(access->checked, token, now_s, &owner)) {
        identity->tenant_id = arena_string(arena, slice_of_string(owner.tenant));
        if (owner.user[0] != '\0')
            identity->user = arena_string(arena, slice_of_string(owner.user));
        metric_add(&tokens_cached, 1);
        return true;
    }
    bool ok = verify(access, arena, token, now_s, identity, err);
    metric_add(ok ? &tokens_good : &tokens_bad, 1);
    return ok;
}

void access_revoke(struct access *access, struct arena *arena, struct slice token)
{
    struct token_claims claims;
    if (token.size > 0 && token.size <= TOKEN_LIMIT &&
        token_verify(access->key, arena, token, &claims, NULL) &&
        strcmp(claims.issuer, access->issuer) == 0) {
        int64_t now_s = clock_wall_ms() / 1000;
        const char *origin = origin_of(arena, token);
        int64_t redirection_s = now_s + (int64_t)access->redirection_min * 60;
        revoked_add(access->revoked, signed_part(token), claims.expires_s, now_s);
        /* what was made with it may outlive it, for a while */
        revoked_add(access->revoked, slice_of_string(origin), redirection_s + 1, now_s);
    }
}

/* ---- logging in ---- */

struct verification {
    struct slice password;
    const char *hash;
    bool ok;
};

static void run_verification(void *arg)
{
    struct verification *verification = arg;
    verification->ok = password_verify(verification->password, verification->hash);
}

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}

static struct slice lower(struct arena *arena, struct slice user)
{
    uint8_t *text = (uint8_t *)arena_string(arena, user);
    for (size_t i = 0; i < user.size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (uint8_t)(text[i] + ('a' - 'A'));
    return slice_of(text, user.size);
}

/* What a name is counted under. Nobody has a name that long, nor an empty one. */
static struct slice account_of(struct arena *arena, struct slice user)
{
    return user.size > USER_LIMIT ? slice_of(NULL, 0) : lower(arena, user);
}

/* The user's hash, or nobody's, so that both take the same time. False when it cannot be told. */
static bool find_hash(struct access *access, struct arena *arena, struct slice user,
                      const char **hash, bool *known, struct error *err)
{
    *hash = access->nobody;
    *known = false;
    if (user.size == 0 || slice_index_of(user, '\0') < user.size)
        return true;
    struct error cause;
    if (store_user_get(access->store, arena, (const char *)user.data, hash, &cause)) {
        *known = true;
        return true;
    }
    *hash = access->nobody;
    if (cause.code == ERROR_NOT_FOUND)
        return true;
    if (err != NULL)
        *err = cause;
    return false;
}

static enum throttle_outcome check_password(struct access *access, struct arena *arena,
                                            struct slice user, struct slice password,
                                            struct error *err)
{
    struct verification verification = {.password = slice_first(password, PASSWORD_LIMIT)};
    bool known;
    if (!find_hash(access, arena, user, &verification.hash, &known, err) ||
        !io_work(access->pool, run_verification, &verification, err))
        return THROTTLE_NEITHER;
    if (verification.ok && known && password.size <= PASSWORD_LIMIT)
        return THROTTLE_SUCCESS;
    (void)error_set(err, ERROR_UNAUTHORIZED, "Incorrect Username and/or Password!");
    return THROTTLE_FAILURE;
}

bool access_login(struct access *access, struct arena *arena, struct slice user,
                  struct slice password, const char *source, struct slice *token, struct error *err)
{
    if (!access->login_enabled)
        return error_set(err, ERROR_UNSUPPORTED, "Authentication disabled on MPS");
    user = account_of(arena, user);
    if (!throttle_begin(access->throttle, user, source, now_ms(), err))
        return false;
    enum throttle_outcome outcome = check_password(access, arena, user, password, err);
    throttle_end(access->throttle, user, source, outcome, now_ms());
    if (outcome != THROTTLE_NEITHER)
        metric_add(outcome == THROTTLE_SUCCESS ? &logins_good : &logins_bad, 1);
    const struct access_identity whose = {.device_id = ANY_DEVICE,
                                          .user = arena_string(arena, user)};
    return outcome == THROTTLE_SUCCESS &&
           issue(access, arena, &whose, NULL, access->expiration_min, token, err);
}

uint32_t access_login_wait_s(struct access *access, struct arena *arena, struct slice user,
                             const char *source)
{
    uint64_t wait = throttle_wait_ms(access->throttle, account_of(arena, user), source, now_ms());
    return wait <= 1000 ? 1 : (uint32_t)((wait + 999) / 1000);
}
