#include "core/memory.h"
#include "io/simulated/world.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A caller that has not been accepted yet. */
struct call {
    struct list link;
    struct wire *wire;
    unsigned end; /* the listener's */
    struct io_address from;
};

struct io_listener {
    struct list link; /* in the world */
    struct io_loop *loop;
    struct io_address address;
    uint32_t connections_limit;
    uint32_t connections;
    io_accepted *accepted;
    void *owner;
    struct list calls;
    bool closed;
};

static struct io_address with_port(const struct io_address *address, uint16_t port)
{
    struct io_address changed = *address;
    struct sockaddr_in in; /* both kinds have the port in the same place */
    memcpy(&in, changed.bytes, sizeof in);
    in.sin_port = htons(port);
    memcpy(changed.bytes, &in, sizeof in);
    return changed;
}

bool sim_address_equal(const struct io_address *a, const struct io_address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct io_address sim_next_caller(struct world *world)
{
    struct io_address from;
    (void)io_address_parse(SLICE_LITERAL("192.0.2.1:0"), &from, NULL);
    return with_port(&from, (uint16_t)(10000 + world->next_port++));
}

/* A listener on all interfaces hears calls to any address of its port. */
static bool hears(const struct io_listener *listener, const struct io_address *address)
{
    struct sockaddr_in6 six;
    memcpy(&six, listener->address.bytes, sizeof six);
    bool any = six.sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&six.sin6_addr);
    return !listener->closed &&
           (any ? io_address_port(&listener->address) == io_address_port(address)
                : sim_address_equal(&listener->address, address));
}

/* The one that hears a call: the first of those that share an address. */
static struct io_listener *find(struct world *world, const struct io_address *address)
{
    for (struct list *at = world->listeners.next; at != &world->listeners; at = at->next) {
        struct io_listener *listener = LIST_ENTRY(at, struct io_listener, link);
        if (hears(listener, address))
            return listener;
    }
    return NULL;
}

struct io_listener *io_listen(struct io_loop *loop, const struct io_address *address,
                              const struct io_listen_options *options, io_accepted *accepted,
                              void *owner, struct error *err)
{
    char text[IO_ADDRESS_TEXT_SIZE];
    struct io_address at = *address;
    if (io_address_port(address) == 0)
        at = with_port(address, (uint16_t)(20000 + loop->world->next_port++));
    if (!options->shared && find(loop->world, &at) != NULL) {
        (void)error_set(err, ERROR_CONFLICT, "%s is in use by another program",
                        io_address_format(&at, text));
        return NULL;
    }
    struct io_listener *listener = memory_new(sizeof *listener);
    listener->loop = loop;
    listener->address = at;
    listener->connections_limit = options->connections_limit;
    listener->accepted = accepted;
    listener->owner = owner;
    list_init(&listener->calls);
    list_append(&loop->world->listeners, &listener->link);
    return listener;
}

struct io_address io_listener_address(const struct io_listener *listener)
{
    return listener->address;
}

static void free_when_unused(struct io_listener *listener)
{
    if (!listener->closed || listener->connections > 0)
        return;
    list_remove(&listener->link);
    free(listener);
}

void sim_listener_forget(struct io_listener *listener)
{
    listener->connections--;
    free_when_unused(listener);
}

static void refuse(struct call *call)
{
    call->wire->ways[1 - call->end].reset = true;
    wire_release(call->wire);
    list_remove(&call->link);
    free(call);
}

void io_listener_close(struct io_listener *listener)
{
    if (listener == NULL || listener->closed)
        return;
    listener->closed = true;
    while (!list_is_empty(&listener->calls))
        refuse(LIST_ENTRY(listener->calls.next, struct call, link));
    free_when_unused(listener);
}

bool sim_listener_call(struct world *world, const struct io_address *address, struct wire *wire,
                       unsigned end, const struct io_address *from)
{
    struct io_listener *listener = find(world, address);
    if (listener == NULL)
        return false;
    struct call *call = memory_new(sizeof *call);
    call->wire = wire;
    call->end = end;
    call->from = *from;
    list_append(&listener->calls, &call->link);
    return true;
}

/* Takes the first call. The owner may close the listener meanwhile; `connections` keeps it. */
static void accept_one(struct io_listener *listener)
{
    struct call *call = LIST_ENTRY(listener->calls.next, struct call, link);
    if (listener->connections_limit > 0 && listener->connections >= listener->connections_limit) {
        refuse(call);
        return;
    }
    struct io_conn *conn =
        sim_conn_new(listener->loop, call->wire, call->end, &call->from, listener);
    list_remove(&call->link);
    free(call);
    listener->connections++;
    listener->accepted(listener->owner, conn);
}

bool sim_listeners_turn(struct io_loop *loop)
{
    for (struct list *at = loop->world->listeners.next; at != &loop->world->listeners;
         at = at->next) {
        struct io_listener *listener = LIST_ENTRY(at, struct io_listener, link);
        if (listener->loop == loop && !list_is_empty(&listener->calls)) {
            accept_one(listener);
            return true; /* one each turn: the owner may have closed listeners meanwhile */
        }
    }
    return false;
}
