#include "rpc/machine/host.h"

#include "core/file.h"
#include "core/guid.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FILE_MOST       ((size_t)256 * 1024)
#define INTERFACES_MOST 256
#define ETHERNET        1 /* ARPHRD_ETHER */

/* ---- files ---- */

/* As much as there is of a small file; empty: none. */
static struct slice read_file(struct arena *arena, const char *path)
{
    struct slice text = {NULL, 0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return text;
    char *bytes = arena_alloc(arena, FILE_MOST);
    ssize_t size = file_read_all(file, bytes, FILE_MOST);
    (void)close(file);
    return size > 0 ? slice_of(bytes, (size_t)size) : text;
}

static const char *text_or_null(struct arena *arena, struct slice text)
{
    text = slice_trim(text);
    return text.size > 0 ? arena_string(arena, text) : NULL;
}

const char *rpc_host_search_domain(struct arena *arena, struct slice resolv_conf)
{
    const char *found = NULL;
    while (resolv_conf.size > 0 && found == NULL) {
        struct slice line = slice_trim(slice_split(&resolv_conf, '\n'));
        size_t blank = 0;
        while (blank < line.size && line.data[blank] != ' ' && line.data[blank] != '\t')
            blank++;
        struct slice key = slice_first(line, blank);
        struct slice value = slice_trim(slice_from(line, blank));
        if (!slice_equal_string(key, "search") && !slice_equal_string(key, "domain"))
            continue;
        size_t end = 0;
        while (end < value.size && value.data[end] != ' ' && value.data[end] != '\t')
            end++;
        value = slice_first(value, end);
        if (value.size > 0 && value.data[value.size - 1] == '.')
            value.size--;
        found = text_or_null(arena, value);
    }
    return found;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; empty at its end. */
static struct slice take_word(struct slice *line)
{
    size_t size = 0;
    while (line->size > 0 && is_blank(line->data[0]))
        *line = slice_from(*line, 1);
    while (size < line->size && !is_blank(line->data[size]))
        size++;
    struct slice word = slice_first(*line, size);
    *line = slice_from(*line, size);
    return word;
}

static const char *domain_of(struct arena *arena, struct slice name)
{
    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    size_t dot = slice_index_of(name, '.');
    return dot == 0 || dot + 1 >= name.size ? NULL : arena_string(arena, slice_from(name, dot + 1));
}

const char *rpc_host_hosts_domain(struct arena *arena, struct slice hosts, const char *hostname)
{
    while (hosts.size > 0) {
        struct slice line = slice_split(&hosts, '\n');
        line = slice_trim(slice_split(&line, '#'));
        const char *found = NULL;
        bool here = false;
        (void)take_word(&line); /* the address */
        for (struct slice name = take_word(&line); name.size > 0; name = take_word(&line)) {
            here = here || slice_equal_ignore_case(name, slice_of_string(hostname));
            if (found == NULL)
                found = domain_of(arena, name);
        }
        if (here && found != NULL)
            return found;
    }
    return NULL;
}

const char *rpc_host_release_value(struct arena *arena, struct slice os_release, const char *key)
{
    while (os_release.size > 0) {
        struct slice line = slice_trim(slice_split(&os_release, '\n'));
        struct slice name = slice_split(&line, '=');
        if (!slice_equal_string(name, key))
            continue;
        bool quoted = line.size >= 2 && (line.data[0] == '"' || line.data[0] == '\'') &&
                      line.data[line.size - 1] == line.data[0];
        return text_or_null(arena, quoted ? slice_of(line.data + 1, line.size - 2) : line);
    }
    return NULL;
}

const char *rpc_host_cpu_model(struct arena *arena, struct slice cpuinfo)
{
    while (cpuinfo.size > 0) {
        struct slice line = slice_split(&cpuinfo, '\n');
        struct slice name = slice_split(&line, ':');
        if (slice_equal_string(slice_trim(name), "model name"))
            return text_or_null(arena, line);
    }
    return NULL;
}

/* ---- names ---- */

static void read_names(struct arena *arena, struct rpc_host *host)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) == 0)
        host->hostname = text_or_null(arena, slice_of_string(name));
    host->dns_suffix = domain_of(arena, slice_of_string(name));
    if (host->dns_suffix == NULL && host->hostname != NULL)
        host->dns_suffix =
            rpc_host_hosts_domain(arena, read_file(arena, "/etc/hosts"), host->hostname);
    if (host->dns_suffix == NULL)
        host->dns_suffix = rpc_host_search_domain(arena, read_file(arena, "/etc/resolv.conf"));
}

/* ---- network ---- */

static struct rpc_host_interface *find(struct rpc_host *host, const char *name)
{
    for (size_t i = 0; i < host->interface_count; i++)
        if (strcmp(host->interfaces[i].name, name) == 0)
            return &host->interfaces[i];
    return NULL;
}

/* A card has a device behind it, and a wireless one a directory of that name. */
static bool is_card(struct arena *arena, const char *name)
{
    return access(arena_printf(arena, "/sys/class/net/%s/device", name), F_OK) == 0 &&
           access(arena_printf(arena, "/sys/class/net/%s/wireless", name), F_OK) != 0;
}

static void add_link(struct arena *arena, struct rpc_host *host, const struct ifaddrs *at)
{
    const struct sockaddr_ll *link = (const struct sockaddr_ll *)(const void *)at->ifa_addr;
    if (link->sll_hatype != ETHERNET || link->sll_halen != 6 ||
        host->interface_count == INTERFACES_MOST)
        return;
    struct rpc_host_interface *interface = &host->interfaces[host->interface_count++];
    interface->name = arena_string(arena, slice_of_string(at->ifa_name));
    memcpy(interface->mac, link->sll_addr, sizeof interface->mac);
    interface->up = (at->ifa_flags & (unsigned)IFF_RUNNING) != 0;
    interface->ethernet = is_card(arena, at->ifa_name);
}

static void add_address(struct arena *arena, struct rpc_host *host, const struct ifaddrs *at)
{
    struct rpc_host_interface *interface = find(host, at->ifa_name);
    char text[INET_ADDRSTRLEN];
    const struct sockaddr_in *address = (const struct sockaddr_in *)(const void *)at->ifa_addr;
    if (interface != NULL && interface->ipv4 == NULL &&
        inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != NULL)
        interface->ipv4 = arena_string(arena, slice_of_string(text));
}

static void read_network(struct arena *arena, struct rpc_host *host)
{
    struct ifaddrs *all = NULL;
    host->interfaces = arena_array(arena, INTERFACES_MOST, sizeof *host->interfaces);
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next)
        if (at->ifa_addr != NULL && at->ifa_addr->sa_family == AF_PACKET)
            add_link(arena, host, at);
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next)
        if (at->ifa_addr != NULL && at->ifa_addr->sa_family == AF_INET)
            add_address(arena, host, at);
    freeifaddrs(all);
}

const char *rpc_host_address_of(const struct rpc_host *host, const uint8_t mac[6])
{
    for (size_t i = 0; i < host->interface_count; i++)
        if (memcmp(host->interfaces[i].mac, mac, 6) == 0 && host->interfaces[i].ipv4 != NULL)
            return host->interfaces[i].ipv4;
    return NULL;
}

/* ---- the rest ---- */

static void read_uuid(struct arena *arena, struct rpc_host *host)
{
    struct guid guid;
    char text[GUID_TEXT_SIZE];
    struct slice found = slice_trim(read_file(arena, "/sys/class/dmi/id/product_uuid"));
    if (guid_parse(found, &guid))
        host->uuid = arena_string(arena, slice_of_string(guid_format(&guid, text)));
}

static bool has_monitor(struct arena *arena)
{
    bool any = false;
    DIR *cards = opendir("/sys/class/drm");
    const struct dirent *entry;
    while (cards != NULL && !any && (entry = readdir(cards)) != NULL) {
        struct slice status =
            read_file(arena, arena_printf(arena, "/sys/class/drm/%s/status", entry->d_name));
        any = slice_equal_string(slice_trim(status), "connected");
    }
    if (cards != NULL)
        (void)closedir(cards);
    return any;
}

void rpc_host_read(struct arena *arena, struct rpc_host *host)
{
    struct arena files; /* of what is read and not kept */
    struct utsname kernel;
    *host = (struct rpc_host){.os_name = "linux"};
    arena_init(&files);
    read_names(arena, host);
    read_network(arena, host);
    read_uuid(arena, host);
    if (uname(&kernel) == 0)
        host->os_version = arena_string(arena, slice_of_string(kernel.release));
    struct slice release = read_file(&files, "/etc/os-release");
    host->os_distro = rpc_host_release_value(arena, release, "PRETTY_NAME");
    host->cpu_model = rpc_host_cpu_model(arena, read_file(&files, "/proc/cpuinfo"));
    host->monitor_connected = has_monitor(&files);
    host->me_interface = text_or_null(arena, read_file(&files, "/sys/class/mei/mei0/hbm_ver"));
    arena_fini(&files);
}
