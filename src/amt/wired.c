#include "amt/wired.h"

#include "amt/status.h"
#include "io/fiber.h"

#define RESTORE_MS 15000 /* for putting back settings after a failure */

/* IPS_IEEE8021xSettings.Enabled (spec device-classes 3). */
enum { WITH_CERTIFICATES = 2, DISABLED = 3, WITHOUT_CERTIFICATES = 6 };

enum { EAP_TLS = 0, EAP_FAST_TLS = 10, OLD_EAP_FAST_TLS = 6 };

/* One conversation. */
struct wired_work {
    struct amt *amt;
    struct arena *arena;
    const struct amt_ethernet_address *address; /* NULL: isn't touched */
    const struct amt_wired_8021x *wanted;       /* 802.1X; likewise */
    struct amt_wired_result *result;
    struct amt_ethernet wired; /* as it was found */
    struct amt_credential_place place;
    bool written; /* the 802.1X settings were, or may have been */
};

bool amt_wired_is_old_8021x(const struct wsman_xml *settings)
{
    return settings != NULL && slice_equal_string(settings->name, "AMT_8021XProfile");
}

unsigned amt_wired_protocol(const struct wsman_xml *settings, uint64_t number)
{
    return amt_wired_is_old_8021x(settings) && number == OLD_EAP_FAST_TLS ? EAP_FAST_TLS
                                                                          : (unsigned)number;
}

/* ---- what the device has ---- */

bool amt_wired_8021x_is_on(const struct wsman_xml *settings)
{
    struct slice enabled = wsman_xml_child_text(settings, "Enabled");
    if (amt_wired_is_old_8021x(settings))
        return slice_equal_ignore_case(enabled, SLICE_LITERAL("true"));
    return slice_equal_string(enabled, "2") || slice_equal_string(enabled, "6");
}

static bool has_certificates(const struct wsman_xml *settings)
{
    if (amt_wired_is_old_8021x(settings))
        return wsman_xml_child(settings, "ClientCertificate") != NULL;
    return slice_equal_string(wsman_xml_child_text(settings, "Enabled"), "2");
}

static bool is_by_certificate(unsigned protocol)
{
    return protocol == EAP_TLS || protocol == EAP_FAST_TLS;
}

/* True when the device uses this very login, so that it has the secrets already. */
static bool is_in_use(const struct wired_work *work)
{
    const struct wsman_xml *settings = work->wired.ieee8021x;
    uint64_t protocol;
    return amt_wired_8021x_is_on(settings) &&
           slice_equal(wsman_xml_child_text(settings, "Username"), work->wanted->username) &&
           slice_to_u64(wsman_xml_child_text(settings, "AuthenticationProtocol"), UINT8_MAX,
                        &protocol) &&
           amt_wired_protocol(settings, protocol) == work->wanted->protocol;
}

/* Whether it will be on. */
static bool will_be_on(const struct wired_work *work)
{
    if (work->wanted->state == AMT_WIRED_8021X_STAYS)
        return amt_wired_8021x_is_on(work->wired.ieee8021x);
    return work->wanted->state != AMT_WIRED_8021X_OFF;
}

/* What stands against the change before anything is sent. */
static enum amt_wired_outcome check(const struct wired_work *work)
{
    const struct amt_wired_8021x *wanted = work->wanted;
    if (work->wired.port == NULL)
        return AMT_WIRED_NO_PORT;
    if (work->wired.ieee8021x == NULL)
        return AMT_WIRED_NO_8021X;
    if (!will_be_on(work))
        return AMT_WIRED_DONE;
    if (wanted->username.data == NULL)
        return amt_wired_8021x_is_on(work->wired.ieee8021x) ? AMT_WIRED_DONE : AMT_WIRED_NO_LOGIN;
    if (is_in_use(work))
        return AMT_WIRED_DONE;
    if (is_by_certificate(wanted->protocol))
        return wanted->credential.certificate.data == NULL ? AMT_WIRED_NO_CERTIFICATE
                                                           : AMT_WIRED_DONE;
    return wanted->password.data == NULL ? AMT_WIRED_NO_PASSWORD : AMT_WIRED_DONE;
}

/* ---- what is sent ---- */

static struct slice number(struct arena *arena, unsigned value)
{
    return slice_of_string(arena_printf(arena, "%u", value));
}

static struct slice truth(bool value)
{
    return value ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
}

static bool uses_certificates(const struct wired_work *work)
{
    switch (work->wanted->state) {
    case AMT_WIRED_8021X_WITH_CERTIFICATES:
        return true;
    case AMT_WIRED_8021X_WITHOUT_CERTIFICATES:
    case AMT_WIRED_8021X_OFF:
        return false;
    case AMT_WIRED_8021X_STAYS:
    case AMT_WIRED_8021X_ON:
        break;
    }
    if (work->place.client_id.size + work->place.ca_id.size > 0)
        return true;
    bool keeps = work->wanted->username.data == NULL || is_in_use(work);
    return keeps && has_certificates(work->wired.ieee8021x);
}

/* What both classes have, under their names for it; a value without text removes what the device
 * has shown. Returns how many. */
static size_t put_login(const struct wired_work *work, struct wsman_value values[5],
                        const char *available)
{
    const struct amt_wired_8021x *wanted = work->wanted;
    const struct wsman_xml *settings = work->wired.ieee8021x;
    bool on = will_be_on(work);
    size_t count = 0;
    if (wanted->available_in_s0 != NULL || (on && !amt_wired_8021x_is_on(settings)))
        values[count++] = (struct wsman_value){
            .name = available,
            .text = truth(wanted->available_in_s0 == NULL || *wanted->available_in_s0)};
    if (wanted->pxe_timeout_s >= 0)
        values[count++] = (struct wsman_value){
            .name = "PxeTimeout", .text = number(work->arena, (unsigned)wanted->pxe_timeout_s)};
    if (!on) { /* as rps 3.6 disables it */
        values[count++] = (struct wsman_value){.name = "AuthenticationProtocol"};
        values[count++] = (struct wsman_value){.name = "Username"};
    } else if (wanted->username.data != NULL) {
        bool renumbered = amt_wired_is_old_8021x(settings) && wanted->protocol == EAP_FAST_TLS;
        values[count++] = (struct wsman_value){
            .name = "AuthenticationProtocol",
            .text = number(work->arena, renumbered ? OLD_EAP_FAST_TLS : wanted->protocol)};
        values[count++] = (struct wsman_value){.name = "Username", .text = wanted->username};
        values[count++] = (struct wsman_value){.name = "Password", .text = wanted->password};
    }
    return count;
}

/* False when the device has not taken the Put. */
static bool put(struct wired_work *work, const struct wsman_class *class,
                const struct wsman_value *values, size_t count, struct error *err)
{
    const struct wsman_target target = {.class = class};
    struct wsman_reply reply;
    bool ok =
        amt_put(work->amt, work->arena, &target, work->wired.ieee8021x, values, count, &reply, err);
    work->written = ok || err->code != ERROR_DEVICE;
    return ok;
}

/* AMT_8021XProfile, which has everything in one Put. */
static bool put_old(struct wired_work *work, struct error *err)
{
    const struct wsman_selector selectors[] = {{"InstanceID", work->place.client_id},
                                               {"InstanceID", work->place.ca_id}};
    const struct wsman_target targets[] = {
        {&wsman_AMT_PublicKeyCertificate, &selectors[0], 1, 0, 0, NULL},
        {&wsman_AMT_PublicKeyCertificate, &selectors[1], 1, 0, 0, NULL}};
    struct wsman_value values[8] = {{.name = "Enabled", .text = truth(will_be_on(work))},
                                    {.name = "ClientCertificate", .address = "default"},
                                    {.name = "ServerCertificateIssuer", .address = "default"}};
    bool replaces = work->place.client_id.size + work->place.ca_id.size > 0;
    size_t count = replaces || !uses_certificates(work) ? 3 : 1; /* 1: those that are there stay */
    if (work->place.client_id.size > 0)
        values[1].reference = &targets[0];
    if (work->place.ca_id.size > 0)
        values[2].reference = &targets[1];
    count += put_login(work, values + count, "ActiveInS0");
    return put(work, &wsman_AMT_8021XProfile, values, count, err);
}

static bool set_certificates(struct wired_work *work, struct error *err)
{
    const struct wsman_target service = {.class = &wsman_IPS_IEEE8021xSettings};
    const struct wsman_selector selectors[] = {{"InstanceID", work->place.ca_id},
                                               {"InstanceID", work->place.client_id}};
    const struct wsman_target targets[] = {
        {&wsman_AMT_PublicKeyCertificate, &selectors[0], 1, 0, 0, NULL},
        {&wsman_AMT_PublicKeyCertificate, &selectors[1], 1, 0, 0, NULL}};
    struct wsman_value values[2];
    size_t count = 0;
    if (work->place.ca_id.size > 0)
        values[count++] = (struct wsman_value){
            .name = "ServerCertificateIssuer", .reference = &targets[0], .address = "default"};
    if (work->place.client_id.size > 0)
        values[count++] = (struct wsman_value){
            .name = "ClientCertificate", .reference = &targets[1], .address = "default"};
    if (count == 0)
        return true;
    struct wsman_reply reply;
    int64_t value;
    if (!amt_invoke(work->amt, work->arena, &service, "SetCertificates", values, count, &reply,
                    &value, err))
        return false;
    if (value != 0)
        *work->result = (struct amt_wired_result){
            AMT_WIRED_REFUSED, {"SetCertificates", amt_status_name(value), value}};
    return true;
}

static bool put_8021x(struct wired_work *work, struct error *err)
{
    if (amt_wired_is_old_8021x(work->wired.ieee8021x))
        return put_old(work, err);
    unsigned enabled = !will_be_on(work)         ? DISABLED
                       : uses_certificates(work) ? WITH_CERTIFICATES
                                                 : WITHOUT_CERTIFICATES;
    struct wsman_value values[6] = {{.name = "Enabled", .text = number(work->arena, enabled)}};
    size_t count = 1 + put_login(work, values + 1, "AvailableInS0");
    return put(work, &wsman_IPS_IEEE8021xSettings, values, count, err) &&
           set_certificates(work, err);
}

/* ---- the conversation ---- */

static bool is_stopped(const struct wired_work *work)
{
    return work->result->outcome != AMT_WIRED_DONE;
}

static bool provide(struct wired_work *work, struct error *err)
{
    struct amt_refusal refusal;
    if (!will_be_on(work))
        return true;
    if (!amt_credential_provide(work->amt, work->arena, &work->wanted->credential, &work->place,
                                &refusal, err))
        return false;
    if (refusal.step != NULL)
        *work->result = (struct amt_wired_result){AMT_WIRED_REFUSED, refusal};
    return true;
}

/* A port that waits for a login with certificates that it never got would be cut off. */
static void take_back(struct wired_work *work)
{
    if (work->written) {
        const struct wsman_target target = {.class = amt_wired_is_old_8021x(work->wired.ieee8021x)
                                                         ? &wsman_AMT_8021XProfile
                                                         : &wsman_IPS_IEEE8021xSettings};
        struct wsman_reply reply;
        struct error ignored;
        struct io_shield shield = io_shield_begin(RESTORE_MS);
        (void)amt_put(work->amt, work->arena, &target, work->wired.ieee8021x, NULL, 0, &reply,
                      &ignored);
        io_shield_end(shield);
    }
    amt_credential_take_back(work->amt, work->arena, &work->place);
}

static bool change_address(struct wired_work *work, struct error *err)
{
    bool found;
    if (work->address == NULL)
        return true;
    if (!amt_ethernet_set_address(work->amt, work->arena, work->address, &found, err))
        return false;
    if (!found)
        work->result->outcome = AMT_WIRED_NO_PORT;
    return true;
}

static bool run(struct wired_work *work, struct error *err)
{
    if (work->wanted == NULL)
        return change_address(work, err);
    if (!amt_ethernet_get_wired(work->amt, work->arena, &work->wired, err))
        return false;
    work->result->outcome = check(work);
    if (is_stopped(work))
        return true;
    bool ok = provide(work, err);
    if (ok && !is_stopped(work))
        ok = change_address(work, err);
    if (ok && !is_stopped(work))
        ok = put_8021x(work, err);
    if (!ok || is_stopped(work))
        take_back(work);
    return ok;
}

bool amt_wired_change(struct amt *amt, struct arena *arena,
                      const struct amt_ethernet_address *address,
                      const struct amt_wired_8021x *ieee8021x, struct amt_wired_result *result,
                      struct error *err)
{
    struct error why;
    struct wired_work work = {
        .amt = amt,
        .arena = arena,
        .address = address,
        .wanted = ieee8021x,
        .result = result,
    };
    *result = (struct amt_wired_result){.outcome = AMT_WIRED_DONE};
    bool ok = amt_sequence_begin(amt, &why);
    if (ok) {
        ok = run(&work, &why);
        amt_sequence_end(amt);
    }
    if (!ok && err != NULL)
        *err = why;
    return ok;
}

bool amt_wired_check(const struct amt_wired_result *result, struct error *err)
{
    switch (result->outcome) {
    case AMT_WIRED_NO_PORT:
        return error_set(err, ERROR_UNSUPPORTED, "the device has no wired port");
    case AMT_WIRED_NO_8021X:
        return error_set(err, ERROR_UNSUPPORTED, "the device's firmware has no wired 802.1X");
    case AMT_WIRED_NO_LOGIN:
        return error_set(err, ERROR_INVALID, "802.1X needs a user name");
    case AMT_WIRED_NO_PASSWORD:
        return error_set(err, ERROR_INVALID, "this 802.1X protocol needs a password");
    case AMT_WIRED_NO_CERTIFICATE:
        return error_set(err, ERROR_INVALID, "this 802.1X protocol needs a client certificate");
    case AMT_WIRED_REFUSED:
        return amt_status_refuse(err, result->refusal.step, result->refusal.return_value);
    case AMT_WIRED_DONE:
        break;
    }
    return true;
}
