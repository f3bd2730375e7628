#include "amt/tls_setup.h"

#include "amt/certificate.h"
#include "amt/clock.h"
#include "amt/credential.h"
#include "amt/device_key.h"
#include "amt/host_setup.h"
#include "amt/reading.h"
#include "amt/status.h"
#include "amt/tls.h"
#include "core/encoding.h"
#include "io/fiber.h"
#include "wsman/reference.h"

#define PUT_MS       15000 /* one attempt at the settings, as the toolkit has it */
#define PUT_ATTEMPTS 3
#define RESTART_MS   20000 /* until the doors answer again after a commit */
#define POLL_MS      1000
#define NAMES_LIMIT  4 /* TrustedCN, as firmware keeps them */
#define DUPLICATE    2058

/* What the toolkit calls the one collection of TLS endpoints; firmware of which recordings exist
 * has a blank more. The device's own word counts where it has one. */
#define COLLECTION "TLSProtocolEndpointInstances Collection"

/* One that is under way. */
struct work {
    struct amt *amt;
    struct arena *arena;
    const struct amt_tls_plan *plan;
    struct amt_certificates there;
    struct amt_credential_place root;   /* the trusted root, as far as it was added */
    struct amt_device_certificate made; /* the new leaf and its key */
    bool chosen;                        /* the credential context names it */
    const struct wsman_xml *context;    /* as it was; NULL: there was none */
};

static void at(const struct work *work, enum amt_tls_step step)
{
    if (work->plan->step != NULL)
        *work->plan->step = step;
}

/* ---- root and leaf ---- */

static bool add_root(struct work *work, struct error *err)
{
    struct slice root = work->plan->root_der;
    struct slice id;
    struct error why;
    int64_t value;
    at(work, AMT_TLS_STEP_ROOT);
    if (root.size == 0 || amt_certificate_same(&work->there, root, true) != NULL)
        return true;
    if (!amt_certificate_add(work->amt, work->arena, root, true, &id, &value, &why)) {
        if (why.code != ERROR_DEVICE) /* it may have arrived */
            work->root.lost_ca = root;
        if (err != NULL)
            *err = why;
        return false;
    }
    if (value == 0)
        work->root.added_ca = id;
    return value == 0 || value == DUPLICATE ||
           amt_status_refuse(err, "AddTrustedRootCertificate", value);
}

static bool draft(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice *request, struct error *err)
{
    const struct work *work = context;
    at(work, AMT_TLS_STEP_REQUEST);
    if (!work->plan->request(work->plan->context, arena, key->id, key->public_der, request, err))
        return false;
    at(work, AMT_TLS_STEP_REQUEST_SIGNED);
    return true;
}

static bool issue(void *context, struct arena *arena, const struct amt_device_key *key,
                  struct slice request, struct slice *certificate, struct error *err)
{
    const struct work *work = context;
    at(work, AMT_TLS_STEP_ISSUE);
    if (!work->plan->issue(work->plan->context, arena,
                           work->plan->request == NULL ? key->public_der : request, certificate,
                           err))
        return false;
    at(work, AMT_TLS_STEP_CERTIFICATE);
    return true;
}

static bool add_leaf(struct work *work, struct error *err)
{
    const struct amt_device_key_issuer issuer = {
        .draft = work->plan->request == NULL ? NULL : draft, .issue = issue, .context = work};
    at(work, AMT_TLS_STEP_KEY_PAIR);
    if (amt_device_key_enrol(work->amt, work->arena, &issuer, &work->made, err))
        return true;
    work->made =
        (struct amt_device_certificate){.id = {NULL, 0}}; /* gone; handles are given again */
    return false;
}

/* ---- which certificate the server shows ---- */

static bool read_context(struct amt *amt, struct arena *arena, const struct wsman_xml **context,
                         struct slice *collection, struct error *err)
{
    struct amt_reading readings[] = {AMT_READ_ENUMERATE(AMT_TLSCredentialContext),
                                     AMT_READ_ENUMERATE(AMT_TLSProtocolEndpointCollection)};
    readings[0].optional = true;
    readings[1].optional = readings[1].tolerant = true;
    if (!amt_read(amt, arena, readings, 2, err))
        return false;
    const struct amt_items *items = &readings[0].items;
    *context = items->count > 0 ? items->items[0] : NULL;
    items = &readings[1].items;
    *collection = items->count > 0 ? wsman_xml_child_text(items->items[0], "ElementName")
                                   : (struct slice){NULL, 0};
    if (collection->size == 0)
        *collection = SLICE_LITERAL(COLLECTION);
    return true;
}

/* The chosen certificate's InstanceID; empty: none. */
static struct slice chosen_id(const struct wsman_xml *context)
{
    return wsman_reference_selector(wsman_xml_child(context, "ElementInContext"), "InstanceID");
}

/* Puts our certificate into the context that is there. */
static bool change_context(const struct work *work, const struct wsman_xml *context,
                           const struct wsman_value *leaf, struct error *err)
{
    const struct wsman_target target = {.class = &wsman_AMT_TLSCredentialContext,
                                        .instance = context};
    struct wsman_reply reply;
    return amt_put(work->amt, work->arena, &target, context, leaf, 1, &reply, err);
}

/* Another may have made one between our look and our Create. */
static bool make_context(const struct work *work, struct slice collection,
                         const struct wsman_value *leaf, struct error *err)
{
    const struct wsman_selector name = {"ElementName", collection};
    const struct wsman_target endpoints = {
        .class = &wsman_AMT_TLSProtocolEndpointCollection, .selectors = &name, .selector_count = 1};
    const struct wsman_target target = {.class = &wsman_AMT_TLSCredentialContext};
    const struct wsman_value values[] = {
        *leaf, {.name = "ElementProvidingContext", .reference = &endpoints, .address = "/wsman"}};
    struct wsman_reply reply;
    const struct wsman_xml *context = NULL;
    struct error why;
    if (amt_create(work->amt, work->arena, &target, values, 2, &reply, &why))
        return true;
    if (!reply.is_fault || !slice_equal_string(reply.fault_code, "AlreadyExists")) {
        if (err != NULL)
            *err = why;
        return false;
    }
    if (!read_context(work->amt, work->arena, &context, &collection, err))
        return false;
    if (context == NULL)
        return error_set(err, ERROR_PROTOCOL,
                         "the device says that it has a TLS credential context and shows none");
    return change_context(work, context, leaf, err);
}

static bool choose(struct work *work, struct error *err)
{
    struct slice collection;
    const struct wsman_selector id = {"InstanceID", work->made.id};
    const struct wsman_target certificate = {
        .class = &wsman_AMT_PublicKeyCertificate, .selectors = &id, .selector_count = 1};
    const struct wsman_value leaf = {
        .name = "ElementInContext", .reference = &certificate, .address = "/wsman"};
    at(work, AMT_TLS_STEP_CONTEXT_READ);
    if (!read_context(work->amt, work->arena, &work->context, &collection, err))
        return false;
    at(work, AMT_TLS_STEP_CONTEXT);
    work->chosen = work->context != NULL ? change_context(work, work->context, &leaf, err)
                                         : make_context(work, collection, &leaf, err);
    return work->chosen;
}

/* Refused by the device when the certificate is in use after all. */
static void take_back(struct work *work)
{
    amt_device_key_take_back(work->amt, work->arena, &work->made);
    amt_credential_take_back(work->amt, work->arena, &work->root);
}

/* ---- what former set-ups have left ---- */

/* The certificate that the TLS server showed before; NULL: none. */
static const struct amt_certificate *former_leaf(const struct work *work)
{
    for (size_t i = 0; i < work->there.use_count; i++)
        if (work->there.uses[i].user == AMT_CERTIFICATE_TLS)
            return work->there.uses[i].client;
    return NULL;
}

static bool has_other_use(const struct work *work, const struct amt_certificate *one)
{
    for (size_t i = 0; i < work->there.use_count; i++)
        if (work->there.uses[i].user != AMT_CERTIFICATE_TLS &&
            amt_certificate_is_used_by(one, &work->there.uses[i]))
            return true;
    return false;
}

/* Of a CA like the plan's, in whose stead the plan's is. */
static bool is_left_over(const struct work *work, const struct amt_certificate *one)
{
    struct slice issuer = amt_certificate_issuer(one);
    struct slice name = slice_of_string(work->plan->ca_name != NULL ? work->plan->ca_name : "");
    return name.size > 0 && issuer.size > name.size && slice_starts_with(issuer, name) &&
           issuer.data[name.size] == '-' && one->der.size > 0 &&
           !slice_equal(one->der, work->plan->root_der);
}

/* Firmware gives handles again: what has the new one's is the new one. */
static void delete_one(const struct work *work, const struct amt_certificate *one)
{
    struct error ignored;
    if (one->read_only || has_other_use(work, one) || slice_equal(one->id, work->made.id) ||
        slice_equal(one->id, work->root.added_ca))
        return;
    if (amt_certificate_delete(work->amt, work->arena, one->id, &ignored) && one->key != NULL)
        (void)amt_certificate_delete_key(work->amt, work->arena, one->key->id, &ignored);
}

/* Before anything is added, or there may be no room: but for what is still in use, and its CA. */
static void make_room(const struct work *work)
{
    const struct amt_certificate *leaf = former_leaf(work);
    struct slice issuer = leaf != NULL ? amt_certificate_issuer(leaf) : (struct slice){NULL, 0};
    for (size_t i = 0; i < work->there.count; i++) {
        const struct amt_certificate *one = &work->there.certificates[i];
        if (is_left_over(work, one) && one != leaf &&
            !slice_equal(amt_certificate_issuer(one), issuer))
            delete_one(work, one);
    }
}

/* The certificate that was shown before, and its CA when that was one like ours. */
static void delete_former(const struct work *work)
{
    const struct amt_certificate *former =
        amt_certificate_find(&work->there, chosen_id(work->context));
    if (former == NULL || former->trusted_root)
        return;
    delete_one(work, former);
    for (size_t i = 0; i < work->there.count; i++) {
        const struct amt_certificate *one = &work->there.certificates[i];
        if (one != former && is_left_over(work, one) &&
            slice_equal(amt_certificate_issuer(one), amt_certificate_issuer(former)))
            delete_one(work, one);
    }
}

/* ---- settings ---- */

/* Certificates of today are not valid for a clock that stands at 2018. */
static void set_clock(const struct work *work)
{
    struct amt_clock_reading reading;
    struct error ignored;
    at(work, AMT_TLS_STEP_CLOCK);
    (void)amt_clock_set(work->amt, work->arena, &reading, &ignored);
}

/* By InstanceID, or by ElementName where that is all it has; never by its place in the list. */
static const struct wsman_xml *door(const struct amt_items *settings, const char *name)
{
    const struct wsman_xml *found = amt_tls_door(settings, name);
    for (size_t i = 0; i < settings->count && found == NULL; i++)
        if (slice_equal_string(wsman_xml_child_text(settings->items[i], "ElementName"), name))
            found = settings->items[i];
    return found;
}

static bool takes_plain(const struct wsman_xml *settings)
{
    return wsman_xml_child(settings, "NonSecureConnectionsSupported") == NULL ||
           wsman_xml_child_is_true(settings, "NonSecureConnectionsSupported");
}

/* The same again does no harm, so that a device that does not answer is asked again. */
static bool put_settings(const struct work *work, const struct wsman_xml *settings,
                         const struct wsman_value *changes, size_t count, struct error *err)
{
    const struct wsman_selector id = {"InstanceID", wsman_xml_child_text(settings, "InstanceID")};
    const struct wsman_target target = {
        .class = &wsman_AMT_TLSSettingData, .selectors = &id, .selector_count = 1};
    struct wsman_reply reply;
    struct error why;
    for (unsigned attempt = 1;; attempt++) {
        uint64_t outer = io_deadline_within(PUT_MS);
        bool ok = amt_put(work->amt, work->arena, &target, settings, changes, count, &reply, &why);
        io_deadline_restore(outer);
        if (ok)
            return true;
        bool lost = why.code == ERROR_TIMEOUT || why.code == ERROR_CONNECTION;
        if (!lost || attempt == PUT_ATTEMPTS || io_deadline_left() == 0)
            break;
    }
    if (err != NULL)
        *err = why;
    return false;
}

static struct slice truth(bool value)
{
    return value ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
}

static bool is_mutual(const struct amt_tls_plan *plan)
{
    return plan->mode == AMT_TLS_MUTUAL || plan->mode == AMT_TLS_MUTUAL_OR_PLAIN;
}

static bool open_network_door(const struct work *work, const struct wsman_xml *settings,
                              struct error *err)
{
    const struct amt_tls_plan *plan = work->plan;
    bool plain = plan->mode == 0 || plan->mode == AMT_TLS_SERVER_OR_PLAIN ||
                 plan->mode == AMT_TLS_MUTUAL_OR_PLAIN;
    struct wsman_value changes[3 + NAMES_LIMIT];
    size_t count = 0;
    at(work, AMT_TLS_STEP_REMOTE);
    if (settings == NULL)
        return true;
    changes[count++] = (struct wsman_value){.name = "Enabled", .text = SLICE_LITERAL("true")};
    changes[count++] =
        (struct wsman_value){.name = "MutualAuthentication", .text = truth(is_mutual(plan))};
    if (takes_plain(settings))
        changes[count++] =
            (struct wsman_value){.name = "AcceptNonSecureConnections", .text = truth(plain)};
    if (is_mutual(plan) && plan->trusted_name_count > 0)
        for (size_t i = 0; i < plan->trusted_name_count; i++)
            changes[count++] =
                (struct wsman_value){.name = "TrustedCN", .text = plan->trusted_names[i]};
    else
        changes[count++] = (struct wsman_value){.name = "TrustedCN"}; /* those of others go */
    return put_settings(work, settings, changes, count, err);
}

/* The host's own programs are not asked for certificates: whoever sets the device up is one. */
static bool open_local_door(const struct work *work, const struct wsman_xml *settings,
                            struct error *err)
{
    const struct wsman_value change = {.name = "Enabled", .text = SLICE_LITERAL("true")};
    at(work, AMT_TLS_STEP_LOCAL);
    if (settings == NULL || wsman_xml_child_is_true(settings, "Enabled"))
        return true;
    return put_settings(work, settings, &change, 1, err);
}

/* ---- in force ---- */

static bool shows(const struct work *work)
{
    struct amt_items settings;
    struct error why;
    bool again = true;
    bool shown = false;
    uint64_t outer = io_deadline_within(RESTART_MS);
    while (again && !shown) {
        struct arena scratch; /* of each try: nothing of its answer stays */
        arena_init(&scratch);
        error_clear(&why);
        shown =
            amt_tls_get_settings(work->amt, &scratch, &settings, &why) && amt_tls_is_on(&settings);
        arena_fini(&scratch);
        again = !shown && why.code != ERROR_LOGIN && why.code != ERROR_DEVICE &&
                io_sleep(POLL_MS, NULL);
    }
    io_deadline_restore(outer);
    return shown;
}

/* The device restarts its doors, perhaps before it has answered. */
static bool commit(const struct work *work, struct error *err)
{
    struct error why;
    at(work, AMT_TLS_STEP_COMMIT);
    if (amt_setup_commit(work->amt, work->arena, NULL, &why))
        return true;
    bool lost = why.code == ERROR_TIMEOUT || why.code == ERROR_CONNECTION;
    if (lost && shows(work))
        return true;
    return error_set(err, why.code, "%s%s", why.text,
                     lost ? "; whether TLS is on is not known" : "");
}

static bool switch_on(const struct work *work, struct error *err)
{
    struct amt_items settings;
    at(work, AMT_TLS_STEP_SETTINGS_READ);
    if (!amt_tls_get_settings(work->amt, work->arena, &settings, err))
        return false;
    const struct wsman_xml *network = door(&settings, AMT_TLS_NETWORK);
    const struct wsman_xml *local = door(&settings, AMT_TLS_LOCAL);
    if (network == NULL && local == NULL)
        return error_set(err, ERROR_PROTOCOL, "the device shows TLS settings of no door");
    return open_network_door(work, network, err) && open_local_door(work, local, err) &&
           commit(work, err);
}

/* ---- all of it ---- */

static bool prepare(struct work *work, struct error *err)
{
    at(work, AMT_TLS_STEP_CERTIFICATES);
    if (!amt_certificate_list(work->amt, work->arena, &work->there, err))
        return false;
    make_room(work);
    if (add_root(work, err) && add_leaf(work, err) && choose(work, err))
        return true;
    take_back(work);
    return false;
}

static bool finish(struct work *work, struct error *err)
{
    if (!switch_on(work, err))
        return false;
    at(work, AMT_TLS_STEP_DONE);
    delete_former(work);
    return true;
}

static bool in_sequence(struct work *work, bool (*part)(struct work *, struct error *),
                        struct error *err)
{
    if (!amt_sequence_begin(work->amt, err))
        return false;
    bool ok = part(work, err);
    amt_sequence_end(work->amt);
    return ok;
}

bool amt_tls_set_up(struct amt *amt, struct arena *arena, const struct amt_tls_plan *plan,
                    struct error *err)
{
    struct work work = {.amt = amt, .arena = arena, .plan = plan};
    struct error why;
    at(&work, AMT_TLS_STEP_CERTIFICATES);
    if (plan->mode > AMT_TLS_MUTUAL_OR_PLAIN || plan->trusted_name_count > NAMES_LIMIT)
        return error_set(err, ERROR_INVALID,
                         plan->mode > AMT_TLS_MUTUAL_OR_PLAIN
                             ? "there is no such TLS mode"
                             : "a device takes four names of TLS clients at most");
    bool ok = in_sequence(&work, prepare, &why);
    if (ok) {
        set_clock(&work); /* a sequence of its own */
        ok = in_sequence(&work, finish, &why);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool amt_tls_current(struct amt *amt, struct arena *arena, bool *enabled, struct slice *leaf_der,
                     struct error *err)
{
    enum { SETTINGS, CONTEXTS, CERTIFICATES, COUNT };
    struct amt_reading readings[COUNT] = {
        [SETTINGS] = AMT_READ_ENUMERATE(AMT_TLSSettingData),
        [CONTEXTS] = AMT_READ_ENUMERATE(AMT_TLSCredentialContext),
        [CERTIFICATES] = AMT_READ_ENUMERATE(AMT_PublicKeyCertificate),
    };
    *enabled = false;
    *leaf_der = (struct slice){NULL, 0};
    for (size_t i = 0; i < COUNT; i++)
        readings[i].optional = true;
    if (!amt_read(amt, arena, readings, COUNT, err))
        return false;
    if (!readings[SETTINGS].ok)
        return error_set(err, ERROR_UNSUPPORTED, "%s", readings[SETTINGS].err.text);
    *enabled = amt_tls_is_on(&readings[SETTINGS].items);
    const struct amt_items *contexts = &readings[CONTEXTS].items;
    if (contexts->count == 0)
        return true;
    struct slice id = chosen_id(contexts->items[0]);
    const struct amt_items *certificates = &readings[CERTIFICATES].items;
    for (size_t i = 0; i < certificates->count; i++) {
        const struct wsman_xml *one = certificates->items[i];
        struct slice text = wsman_xml_child_text(one, "X509Certificate");
        if (slice_equal(wsman_xml_child_text(one, "InstanceID"), id) &&
            text.size <= 2 * AMT_CERTIFICATE_BYTES &&
            !encoding_base64_decode(arena, text, leaf_der))
            *leaf_der = (struct slice){NULL, 0};
    }
    return true;
}
