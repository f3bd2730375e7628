#include "rpc/machine/listener.h"

#include "core/arena.h"
#include "rpc/machine/holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define ROW 512 /* characters of a table's row, with room */

/* States of rows. Listeners come first; kernels before 4.4 have half-open connections among them.
 */
enum { SYN_RECEIVED = 0x03, LISTENS = 0x0A };

/* IPv4 as IPv6 has it, ::ffff:127.0.0.1, so that both tables are compared alike. */
struct place {
    struct in6_addr address;
    uint16_t port;
};

struct row {
    struct place at;
    unsigned state;
    uint32_t uid;
    uint64_t inode;
};

static void map(struct in6_addr *address, const void *four)
{
    *address = (struct in6_addr){0};
    memset(address->s6_addr + 10, 0xff, 2);
    memcpy(address->s6_addr + 12, four, 4);
}

static struct place place_of(const struct io_address *address)
{
    struct place place;
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    memcpy(&six, address->bytes, sizeof six);
    memcpy(&four, address->bytes, sizeof four);
    if (six.sin6_family == AF_INET6)
        place.address = six.sin6_addr;
    else
        map(&place.address, &four.sin_addr);
    place.port = io_address_port(address);
    return place;
}

static bool is_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

/* 0.0.0.0 and ::, which take IPv4 also where they say that they don't: better one too many. */
static bool is_any(const struct in6_addr *address)
{
    static const uint8_t zero[4];
    return IN6_IS_ADDR_UNSPECIFIED(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && memcmp(address->s6_addr + 12, zero, 4) == 0);
}

/* "0100007F:4260": words of the address as this machine has them in memory. */
static bool read_place(const char *text, bool six, struct place *place)
{
    uint32_t words[4] = {0};
    size_t count = six ? 4 : 1;
    char *end;
    for (size_t i = 0; i < count; i++) {
        char digits[9] = "";
        if (strnlen(text, 8) < 8)
            return false;
        memcpy(digits, text, 8);
        words[i] = (uint32_t)strtoul(digits, &end, 16);
        if (*end != '\0')
            return false;
        text += 8;
    }
    if (six)
        memcpy(&place->address, words, sizeof words);
    else
        map(&place->address, words);
    if (*text != ':')
        return false;
    unsigned long port = strtoul(text + 1, &end, 16);
    place->port = (uint16_t)port;
    return *end == '\0' && port <= UINT16_MAX;
}

/* "sl local remote state queues timer retransmits uid timeout inode …" */
static bool read_row(char *line, bool six, struct row *row)
{
    enum { LOCAL = 1, STATE = 3, UID = 7, INODE = 9, FIELDS = 10 };
    char *fields[FIELDS];
    char *rest = NULL;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = strtok_r(i == 0 ? line : NULL, " \t\n", &rest);
        if (fields[i] == NULL)
            return false;
    }
    row->state = (unsigned)strtoul(fields[STATE], NULL, 16);
    row->uid = (uint32_t)strtoul(fields[UID], NULL, 10);
    row->inode = strtoull(fields[INODE], NULL, 10);
    return read_place(fields[LOCAL], six, &row->at);
}

static bool takes(const struct row *row, const struct place *place)
{
    return row->state == LISTENS && row->at.port == place->port &&
           (is_any(&row->at.address) || IN6_ARE_ADDR_EQUAL(&row->at.address, &place->address));
}

/* Where several fit, one that is not root's: who of them gets a connection is not asked. */
static void look_through(FILE *table, bool six, const struct place *place,
                         struct rpc_listener *listener)
{
    char line[ROW];
    struct row row;
    bool first = true;
    while (fgets(line, sizeof line, table) != NULL) {
        bool head = first;
        first = false;
        if (head || !read_row(line, six, &row))
            continue;
        if (row.state != LISTENS && row.state != SYN_RECEIVED)
            return;
        if (takes(&row, place) && (listener->what != RPC_LISTENING_SOMEBODY || listener->uid == 0))
            *listener = (struct rpc_listener){RPC_LISTENING_SOMEBODY, row.uid, row.inode};
    }
}

void rpc_listener_read(FILE *tcp, FILE *tcp6, const struct io_address *address,
                       struct rpc_listener *listener)
{
    struct place place = place_of(address);
    *listener = (struct rpc_listener){.what = RPC_LISTENING_NOBODY};
    if (!is_loopback(&place.address)) {
        listener->what = RPC_LISTENING_ELSEWHERE;
        return;
    }
    if (tcp == NULL && tcp6 == NULL) {
        listener->what = RPC_LISTENING_UNKNOWN;
        return;
    }
    if (tcp != NULL && IN6_IS_ADDR_V4MAPPED(&place.address))
        look_through(tcp, false, &place, listener);
    if (tcp6 != NULL)
        look_through(tcp6, true, &place, listener);
}

void rpc_listener_find(const struct io_address *address, struct rpc_listener *listener)
{
    FILE *tcp = fopen("/proc/net/tcp", "re");
    FILE *tcp6 = fopen("/proc/net/tcp6", "re"); /* none where the kernel has no IPv6 */
    rpc_listener_read(tcp, tcp6, address, listener);
    if (tcp != NULL)
        (void)fclose(tcp);
    if (tcp6 != NULL)
        (void)fclose(tcp6);
}

/* This process's user by what the kernel told at the start: the simulator lets everybody pass for
 * root. */
bool rpc_listener_is_trusted(const struct rpc_listener *listener)
{
    return listener->what == RPC_LISTENING_SOMEBODY &&
           (listener->uid == 0 || listener->uid == getauxval(AT_EUID) ||
            rpc_holder_is(listener->uid));
}

const char *rpc_listener_name(struct arena *arena, const struct rpc_listener *listener)
{
    const char *program = rpc_holder_of_socket(arena, listener->inode);
    return arena_printf(arena, "%s of %s", program != NULL ? program : "a program",
                        rpc_holder_user(arena, listener->uid));
}
