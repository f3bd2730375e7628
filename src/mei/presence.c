#include "mei/presence.h"

#include "core/file.h"
#include "mei/mei.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 512

static const char pci_devices[] = "/sys/bus/pci/devices";
static const char pci_driver[] = "/sys/bus/pci/drivers/mei_me";
static const char classes[] = "/sys/class/mei";
static const char clients[] = "/sys/bus/mei/devices";

/* A path below the root; empty when it is too long. */
static void path_of(char path[PATH_SIZE], const char *root, const char *folder, const char *name,
                    const char *rest)
{
    int size = snprintf(path, PATH_SIZE, "%s%s%s%s%s", root, folder, name == NULL ? "" : "/",
                        name == NULL ? "" : name, rest);
    if (size < 0 || size >= PATH_SIZE)
        path[0] = '\0';
}

static bool exists(const char *root, const char *folder, const char *name, const char *rest)
{
    char path[PATH_SIZE];
    path_of(path, root, folder, name, rest);
    return access(path, F_OK) == 0;
}

/* The first line of an attribute; empty when there is none. */
static void attribute(const char *root, const char *folder, const char *name, const char *rest,
                      char text[MEI_PRESENCE_TEXT])
{
    char path[PATH_SIZE];
    path_of(path, root, folder, name, rest);
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t size = file_read_all(fd, text, MEI_PRESENCE_TEXT - 1);
    (void)close(fd);
    text[size < 0 ? 0 : size] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

/* Calls `visit` for each entry of a folder until it returns true. */
static void each(const char *root, const char *folder,
                 bool (*visit)(const char *root, const char *name, struct mei_presence *presence),
                 struct mei_presence *presence)
{
    char path[PATH_SIZE];
    path_of(path, root, folder, NULL, "");
    DIR *entries = opendir(path);
    if (entries == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (entry->d_name[0] != '.' && visit(root, entry->d_name, presence))
            break;
    (void)closedir(entries);
}

/* Intel's communication controllers are the ME's interfaces; the first one, function 0, is what
 * AMT is behind. Serial over LAN is of another class. */
static bool visit_pci(const char *root, const char *name, struct mei_presence *presence)
{
    char text[MEI_PRESENCE_TEXT];
    attribute(root, pci_devices, name, "/vendor", text);
    if (strcmp(text, "0x8086") != 0)
        return false;
    attribute(root, pci_devices, name, "/class", text);
    if (strncmp(text, "0x0780", 6) != 0 || strlen(name) >= MEI_PRESENCE_TEXT)
        return false;
    if (presence->pci_address[0] != '\0' && strcmp(presence->pci_address, name) < 0)
        return false;
    (void)snprintf(presence->pci_address, sizeof presence->pci_address, "%.63s", name);
    attribute(root, pci_devices, name, "/device", presence->pci_device);
    presence->driver_bound = exists(root, pci_driver, name, "");
    return false;
}

/* Client devices are named BUS-GUID ("0000:00:16.0-6733a4db-…"), with the client's name between
 * them on old kernels. */
static bool visit_client(const char *root, const char *name, struct mei_presence *presence)
{
    (void)root;
    presence->has_lme = strcasestr(name, MEI_LME_GUID) != NULL;
    return presence->has_lme;
}

/* Looks at one node: what the driver says of it, and whether it can be opened. Graphics cards have
 * nodes of another kind. */
static bool take_node(const char *root, const char *name, struct mei_presence *presence)
{
    char text[MEI_PRESENCE_TEXT];
    char path[PATH_SIZE];
    attribute(root, classes, name, "/kind", text);
    if (text[0] != '\0' && strcmp(text, "mei") != 0)
        return false;
    if (presence->state[0] == '\0')
        attribute(root, classes, name, "/dev_state", presence->state);
    if (presence->firmware[0] == '\0')
        attribute(root, classes, name, "/fw_ver", presence->firmware);
    if (!exists(root, "/dev", name, ""))
        return false;
    (void)snprintf(presence->node, sizeof presence->node, "/dev/%.32s", name);
    path_of(path, root, "/dev", name, "");
    presence->node_allowed = access(path, R_OK | W_OK) == 0;
    return true;
}

static enum mei_presence_verdict judge(const struct mei_presence *presence)
{
    bool runs = presence->state[0] == '\0' || strcmp(presence->state, "ENABLED") == 0;
    if (presence->node[0] == '\0') {
        if (presence->driver_bound || presence->state[0] != '\0')
            return runs ? MEI_PRESENCE_NO_NODE : MEI_PRESENCE_NOT_RUNNING;
        if (presence->pci_address[0] != '\0')
            return presence->driver_loaded ? MEI_PRESENCE_NOT_RUNNING : MEI_PRESENCE_NO_DRIVER;
        return MEI_PRESENCE_NO_ENGINE;
    }
    if (!runs)
        return MEI_PRESENCE_NOT_RUNNING;
    return presence->node_allowed ? MEI_PRESENCE_READY : MEI_PRESENCE_FORBIDDEN;
}

void mei_presence_find(const char *root, struct mei_presence *presence)
{
    *presence = (struct mei_presence){0};
    each(root, pci_devices, visit_pci, presence);
    presence->driver_loaded =
        exists(root, pci_driver, NULL, "") || exists(root, "/sys/module/mei_me", NULL, "");
    for (size_t i = 0; i < MEI_NODES; i++)
        if (take_node(root, mei_nodes[i] + strlen("/dev/"), presence))
            break;
    each(root, clients, visit_client, presence);
    presence->verdict = judge(presence);
}

void mei_presence_opened(struct mei_presence *presence, const struct error *why)
{
    switch (why == NULL ? ERROR_NONE : why->code) {
    case ERROR_NONE:
    case ERROR_BUSY: /* it works for somebody else */
        presence->verdict = MEI_PRESENCE_READY;
        break;
    case ERROR_UNSUPPORTED:
        presence->verdict = MEI_PRESENCE_NO_AMT;
        break;
    case ERROR_FORBIDDEN:
        presence->verdict = MEI_PRESENCE_FORBIDDEN;
        break;
    case ERROR_CONNECTION:
        presence->verdict = MEI_PRESENCE_NOT_RUNNING;
        break;
    default:
        if (presence->verdict == MEI_PRESENCE_READY)
            presence->verdict = MEI_PRESENCE_NOT_RUNNING;
        break;
    }
}

const char *mei_presence_sentence(enum mei_presence_verdict verdict)
{
    static const char *const sentences[] = {
#define SENTENCE(verdict, sentence) sentence,
        MEI_PRESENCES(SENTENCE)
#undef SENTENCE
    };
    return sentences[verdict];
}
