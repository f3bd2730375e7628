/* A whole simulated machine (src/sim) behind struct amt, without a network: what amt/ does to a
 * device, done to one that was written apart from it. Any one exchange can be made to fail, so that
 * a test walks all of a conversation's failures and looks at what is left. On a simulated loop. */
#ifndef TESTS_UNIT_AMT_MACHINE_H
#define TESTS_UNIT_AMT_MACHINE_H

#include "amt/amt.h"
#include "io/fiber.h"
#include "sim/service.h"

enum machine_failure {
    MACHINE_FAULTS,       /* the device answers with a fault, and nothing came of it */
    MACHINE_LOSES_ANSWER, /* it has done it, and the connection breaks */
    MACHINE_LOSES_ALL,    /* … and from then on there is no way to it but for clean-up */
};
#define MACHINE_FAILURES 3

struct machine {
    struct sim_device device;
    struct sim_authenticator authenticator;
    struct sim_service_host host;
    struct amt *amt;
    struct arena arena;
    unsigned exchanges; /* requests with a login so far */
    unsigned fail_at;   /* the number of the one that fails; 0: none */
    enum machine_failure failure;
    bool failed;
    char *changing; /* what the last request that changes something was; NULL */
};

/* `personality` as on amtsim's command line. */
void machine_start(struct machine *machine, const char *personality);
void machine_stop(struct machine *machine);

/* Runs it on a fiber until it is over, for a simulated hour at most. */
void machine_run(struct machine *machine, void (*run)(void *arg), void *arg);

/* A conversation with it: `run` on a fiber, with an arena that lasts until machine_stop. */
struct machine_call {
    struct machine *machine;
    bool (*run)(struct amt *amt, struct arena *arena, void *arg, struct error *err);
    void *arg;
    bool ok;
    struct error err;
};
bool machine_converse(struct machine *machine,
                      bool (*run)(struct amt *amt, struct arena *arena, void *arg,
                                  struct error *err),
                      void *arg, struct error *err);

/* The same, and fails the test with the error's sentence when it fails. */
void machine_must(struct machine *machine,
                  bool (*run)(struct amt *amt, struct arena *arena, void *arg, struct error *err),
                  void *arg);

/* Forgets what has changed and how many exchanges there were, and makes one fail from here on. */
void machine_plan(struct machine *machine, unsigned fail_at, enum machine_failure failure);

/* A property of the instance of the class at `index`; empty when there is none. */
struct slice machine_value(const struct machine *machine, const char *class, size_t index,
                           const char *property);
size_t machine_count(const struct machine *machine, const char *class);
void machine_set(struct machine *machine, const char *class, size_t index, const char *property,
                 const char *text);

/* One more instance of the class, with this property. */
void machine_add(struct machine *machine, const char *class, const char *property,
                 const char *text);

/* Deletes all instances of the class, whatever refers to them. */
void machine_remove(struct machine *machine, const char *class);

/* Everything that the instances of these classes say, as sorted lines, to be compared; ended by
 * NULL. In the arena. References count by the names in them. */
const char *machine_snapshot(const struct machine *machine, struct arena *arena,
                             const char *const *classes);

/* A certificate signed by itself, DER. */
struct slice machine_certificate(struct arena *arena, const char *name);

#endif
