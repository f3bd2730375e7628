/* The static agent's getaddrinfo, in libc's place (names.h). */
#include "core/arena.h"
#include "core/file.h"
#include "core/memory.h"
#include "rpc/static/names.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HOSTS_LIMIT ((size_t)1 << 20)
#define ANSWER_MOST 65536 /* of TCP, which the resolver goes over to */

/* ---- where they come from ---- */

static void read_hosts(const char *host, int family, struct names *names)
{
    struct arena arena;
    struct slice text;
    int file = open("/etc/hosts", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    arena_init(&arena);
    if (file >= 0 && file_read(&arena, file, HOSTS_LIMIT, &text))
        names_in_hosts(text, host, family, names);
    if (file >= 0)
        (void)close(file);
    arena_fini(&arena);
    if (names->count == 0 && strcasecmp(host, "localhost") == 0) {
        names_add_of(names, SLICE_LITERAL("127.0.0.1"), family);
        names_add_of(names, SLICE_LITERAL("::1"), family);
    }
}

/* EAI_AGAIN when nobody answered, so that a name that doesn't exist is something else. */
static int ask_servers(const char *host, int family, struct names *names)
{
    static const struct {
        int kind, family;
    } questions[] = {{ns_t_a, AF_INET}, {ns_t_aaaa, AF_INET6}};
    unsigned char *answer = memory_new(ANSWER_MOST);
    int code = EAI_NONAME;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (family != AF_UNSPEC && family != questions[i].family)
            continue;
        int size = res_search(host, ns_c_in, questions[i].kind, answer, ANSWER_MOST);
        if (size >= 0)
            names_in_answer(slice_of(answer, (size_t)size), names);
        else if (h_errno == TRY_AGAIN || h_errno == NO_RECOVERY)
            code = EAI_AGAIN;
    }
    free(answer);
    return names->count > 0 ? 0 : code;
}

/* ---- in libc's place ---- */

static struct addrinfo *make(const char *text, const struct addrinfo *hints)
{
    /* Freed as one piece. */
    struct entry {
        struct addrinfo info;
        struct sockaddr_in6 address;
    } *entry = memory_new(sizeof *entry);
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    bool is_four = inet_pton(AF_INET, text, &four.sin_addr) == 1;
    bool is_six = !is_four && inet_pton(AF_INET6, text, &six.sin6_addr) == 1;
    int family = is_four ? AF_INET : AF_INET6;
    if ((!is_four && !is_six) || (hints->ai_family != AF_UNSPEC && hints->ai_family != family)) {
        free(entry);
        return NULL;
    }
    entry->info = (struct addrinfo){
        .ai_family = family,
        .ai_socktype = hints->ai_socktype,
        .ai_addrlen = is_four ? sizeof four : sizeof six,
        .ai_addr = (struct sockaddr *)&entry->address,
    };
    memcpy(&entry->address, is_four ? (void *)&four : (void *)&six, entry->info.ai_addrlen);
    return &entry->info;
}

/* What io/resolve.c asks for: addresses of a name, no service. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *wanted,
                struct addrinfo **found)
{
    static const struct addrinfo any = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const struct addrinfo *hints = wanted != NULL ? wanted : &any;
    struct names names = {0};
    struct addrinfo **end = found;
    *found = NULL;
    if (host == NULL || service != NULL)
        return EAI_SERVICE;
    struct addrinfo *numeric = make(host, hints);
    if (numeric != NULL) {
        *found = numeric;
        return 0;
    }
    read_hosts(host, hints->ai_family, &names);
    int code = names.count > 0 ? 0 : ask_servers(host, hints->ai_family, &names);
    for (size_t i = 0; i < names.count; i++) {
        *end = make(names.text[i], hints);
        end = *end != NULL ? &(*end)->ai_next : end;
    }
    return code == 0 && *found == NULL ? EAI_NONAME : code;
}

void freeaddrinfo(struct addrinfo *found)
{
    while (found != NULL) {
        struct addrinfo *next = found->ai_next;
        free(found);
        found = next;
    }
}
