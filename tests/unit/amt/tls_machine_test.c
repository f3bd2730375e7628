/* Setting up TLS on a whole simulated machine, with every exchange made to fail in turn. */
#include "amt/tls_setup.h"

#include "amt/tls.h"
#include "core/encoding.h"
#include "io/certificate.h"
#include "machine.h"
#include "sim/key_pool.h"
#include "sim/provisioning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KEY         "AMT_PublicPrivateKeyPair"
#define CERTIFICATE "AMT_PublicKeyCertificate"
#define CONTEXT     "AMT_TLSCredentialContext"
#define SETTINGS    "AMT_TLSSettingData"

static const char *const classes[] = {KEY, CERTIFICATE, CONTEXT, SETTINGS, NULL};

static struct arena arena;
static struct io_certificate ca;
static struct slice root; /* DER */
static struct sim_key_pool *made_keys;

struct tls_call {
    struct amt_tls_plan plan;
    enum amt_tls_step step;
    struct slice leaf; /* that was issued last */
    bool enabled;
    struct slice shown;
};

static void start(struct machine *machine)
{
    machine_start(machine, "16.1");
    machine->device.provisioning->keys = made_keys;
}

static bool issue(void *context, struct arena *to, struct slice public_key_der,
                  struct slice *leaf_der, struct error *err)
{
    struct tls_call *call = context;
    if (!io_certificate_issue(to, &ca, public_key_der, "AMT-desk", "desk", leaf_der, err))
        return false;
    call->leaf = *leaf_der;
    return true;
}

static bool set_up(struct amt *amt, struct arena *to, void *arg, struct error *err)
{
    struct tls_call *call = arg;
    call->plan.issue = issue;
    call->plan.context = call;
    call->plan.step = &call->step;
    return amt_tls_set_up(amt, to, &call->plan, err);
}

static bool look(struct amt *amt, struct arena *to, void *arg, struct error *err)
{
    struct tls_call *call = arg;
    return amt_tls_current(amt, to, &call->enabled, &call->shown, err);
}

static size_t place_of(const struct machine *machine, const char *name)
{
    size_t place = 0;
    while (place < 2 &&
           !slice_equal_string(machine_value(machine, SETTINGS, place, "InstanceID"), name))
        place++;
    return place;
}

static void assert_door(const struct machine *machine, const char *name, const char *property,
                        const char *value)
{
    if (!slice_equal_string(machine_value(machine, SETTINGS, place_of(machine, name), property),
                            value))
        fail_msg("%s of %s", property, name);
}

static void each_mode_has_its_settings(void **state)
{
    static const struct {
        unsigned mode;
        const char *plain, *mutual;
    } modes[] = {{0, "true", "false"},
                 {AMT_TLS_SERVER, "false", "false"},
                 {AMT_TLS_SERVER_OR_PLAIN, "true", "false"},
                 {AMT_TLS_MUTUAL, "false", "true"},
                 {AMT_TLS_MUTUAL_OR_PLAIN, "true", "true"}};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        const struct slice name = SLICE_LITERAL("console");
        struct machine machine;
        struct tls_call call = {.plan = {.mode = modes[i].mode,
                                         .root_der = root,
                                         .trusted_names = &name,
                                         .trusted_name_count = 1}};
        bool mutual = strcmp(modes[i].mutual, "true") == 0;
        start(&machine);
        machine_must(&machine, set_up, &call);
        assert_int_equal(call.step, AMT_TLS_STEP_DONE);
        assert_door(&machine, AMT_TLS_NETWORK, "Enabled", "true");
        assert_door(&machine, AMT_TLS_NETWORK, "AcceptNonSecureConnections", modes[i].plain);
        assert_door(&machine, AMT_TLS_NETWORK, "MutualAuthentication", modes[i].mutual);
        assert_door(&machine, AMT_TLS_NETWORK, "TrustedCN", mutual ? "console" : "");
        assert_door(&machine, AMT_TLS_LOCAL, "Enabled", "true");
        assert_door(&machine, AMT_TLS_LOCAL, "MutualAuthentication", "false");
        machine_stop(&machine);
    }
}

static void the_certificate_that_is_shown_is_the_one_that_was_issued(void **state)
{
    (void)state;
    struct machine machine;
    struct tls_call call = {.plan = {.mode = AMT_TLS_SERVER_OR_PLAIN, .root_der = root}};
    start(&machine);
    machine_must(&machine, look, &call);
    assert_false(call.enabled);
    machine_must(&machine, set_up, &call);
    machine_must(&machine, look, &call);
    assert_true(call.enabled);
    assert_true(slice_equal(call.shown, call.leaf));
    machine_stop(&machine);
}

static void a_second_run_replaces_the_certificate_of_the_first(void **state)
{
    (void)state;
    struct machine machine;
    struct tls_call call = {.plan = {.mode = AMT_TLS_SERVER_OR_PLAIN, .root_der = root}};
    start(&machine);
    machine_must(&machine, set_up, &call);
    size_t keys = machine_count(&machine, KEY);
    size_t certificates = machine_count(&machine, CERTIFICATE);
    machine_must(&machine, set_up, &call);
    machine_must(&machine, look, &call);
    assert_true(slice_equal(call.shown, call.leaf));
    assert_int_equal(machine_count(&machine, KEY), keys);
    assert_int_equal(machine_count(&machine, CERTIFICATE), certificates);
    machine_stop(&machine);
}

static void a_machine_without_context_gets_one(void **state)
{
    (void)state;
    struct machine machine;
    struct tls_call call = {.plan = {.mode = AMT_TLS_SERVER_OR_PLAIN, .root_der = root}};
    start(&machine);
    machine_remove(&machine, CONTEXT);
    machine_must(&machine, set_up, &call);
    machine_must(&machine, look, &call);
    assert_true(slice_equal(call.shown, call.leaf));
    machine_stop(&machine);
}

/* Whatever fails: until the certificate is chosen nothing is left of it, and whenever it failed a
 * second run succeeds. */
static void every_exchange_may_fail(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < MACHINE_FAILURES; kind++) {
        bool failed = true;
        for (unsigned at = 1; failed; at++) {
            struct machine machine;
            struct error err;
            struct tls_call call = {.plan = {.mode = AMT_TLS_SERVER_OR_PLAIN, .root_der = root}};
            start(&machine);
            const char *before = machine_snapshot(&machine, &machine.arena, classes);
            machine_plan(&machine, at, (enum machine_failure)kind);
            bool ok = machine_converse(&machine, set_up, &call, &err);
            failed = machine.failed;
            if (ok && call.step != AMT_TLS_STEP_DONE)
                fail_msg("kind %u, exchange %u: done at step %d", kind, at, (int)call.step);
            if (!ok && call.step < AMT_TLS_STEP_CONTEXT &&
                strcmp(machine_snapshot(&machine, &machine.arena, classes), before) != 0)
                fail_msg("kind %u, exchange %u: step %d leaves something (%s)", kind, at,
                         (int)call.step, err.text);
            if (kind == MACHINE_LOSES_ANSWER) { /* of the others it would be the same */
                machine_plan(&machine, 0, MACHINE_FAULTS);
                machine_must(&machine, set_up, &call);
                assert_door(&machine, AMT_TLS_NETWORK, "Enabled", "true");
            }
            machine_stop(&machine);
        }
    }
}

static int make_ca(void **state)
{
    struct error err;
    (void)state;
    arena_init(&arena);
    made_keys = sim_key_pool_new();
    if (!io_certificate_new_ca(&arena, "MPSRoot", 2048, &ca, &err))
        return -1;
    const char *begin = strchr(arena_string(&arena, ca.certificate_pem), '\n') + 1;
    char *text = arena_string(&arena, slice_of(begin, (size_t)(strstr(begin, "-----") - begin)));
    size_t size = 0;
    for (const char *c = text; *c != '\0'; c++)
        if (*c != '\n')
            text[size++] = *c;
    return encoding_base64_decode(&arena, slice_of(text, size), &root) ? 0 : -1;
}

static int free_ca(void **state)
{
    (void)state;
    arena_fini_wiped(&arena);
    sim_key_pool_free(made_keys);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode_has_its_settings),
        cmocka_unit_test(the_certificate_that_is_shown_is_the_one_that_was_issued),
        cmocka_unit_test(a_second_run_replaces_the_certificate_of_the_first),
        cmocka_unit_test(a_machine_without_context_gets_one),
        cmocka_unit_test(every_exchange_may_fail),
    };
    return cmocka_run_group_tests(tests, make_ca, free_ca);
}
