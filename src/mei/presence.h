/*
 * What the operating system says of the management engine, without asking the engine and without
 * any right: whether the PCI bus has its host interface, whether the driver is there and what it
 * says of the engine, and who may open the device node. With what mei_open says after that, "no
 * engine", "no driver", "no node", "no right", "an engine that does not run" and "an engine without
 * AMT" can be told apart.
 *
 * From sysfs (Documentation/ABI/testing/sysfs-class-mei and sysfs-bus-mei) and /dev. Blocking;
 * small files of the kernel's. No state.
 */
#ifndef MEI_PRESENCE_H
#define MEI_PRESENCE_H

#include "core/error.h"

#include <stdbool.h>

/*  X(verdict, sentence: what is the case and what can be done about it) */
#define MEI_PRESENCES(X)                                                                           \
    X(MEI_PRESENCE_READY, "the driver is loaded and the management engine has AMT's interface")    \
    X(MEI_PRESENCE_NO_ENGINE, "this machine shows no Intel management engine: it has none, or it " \
                              "is a virtual machine, or "                                          \
                              "the interface (HECI) is hidden by the BIOS")                        \
    X(MEI_PRESENCE_NO_DRIVER,                                                                      \
      "the management engine is there, but its driver is not loaded: modprobe mei_me")             \
    X(MEI_PRESENCE_NO_NODE,                                                                        \
      "the driver is loaded, but there is no /dev/mei0: in a container the device has to be "      \
      "passed in (--device /dev/mei0)")                                                            \
    X(MEI_PRESENCE_FORBIDDEN, "/dev/mei0 may not be opened by this user: run this as root, or "    \
                              "allow your user to read and "                                       \
                              "write it")                                                          \
    X(MEI_PRESENCE_NOT_RUNNING,                                                                    \
      "the driver is loaded, but the management engine does not run: it is being reset, or is in " \
      "recovery, or is disabled; restart the machine, and look for a newer BIOS")                  \
    X(MEI_PRESENCE_NO_AMT, "the management engine runs, but has no AMT: this is no vPro machine, " \
                           "or AMT is disabled in "                                                \
                           "the BIOS")

enum mei_presence_verdict {
#define MEI_PRESENCE(verdict, sentence) verdict,
    MEI_PRESENCES(MEI_PRESENCE)
#undef MEI_PRESENCE
};

#define MEI_PRESENCE_TEXT 64

/* Texts are empty where the system does not say. */
struct mei_presence {
    enum mei_presence_verdict verdict;
    char pci_address[MEI_PRESENCE_TEXT]; /* "0000:00:16.0": Intel, class 0x0780 */
    char pci_device[MEI_PRESENCE_TEXT];  /* "0x7a68" */
    bool driver_bound;                   /* mei_me has taken that device */
    bool driver_loaded;                  /* mei_me is loaded or built in */
    char node[MEI_PRESENCE_TEXT];        /* "/dev/mei0", which is no graphics card's */
    bool node_allowed;                   /* this process may read and write it */
    char state[MEI_PRESENCE_TEXT];    /* "ENABLED", "INITIALIZING", "RESETTING", "DISABLED" … */
    char firmware[MEI_PRESENCE_TEXT]; /* "0:16.1.25.2124" */
    bool has_lme; /* LME is among the clients that the kernel lists. Some kernels list only those
                     that one program at a time may use, and PTHI is none; false says nothing */
};

/* Looks below `root`: "" for the machine itself, a folder for tests. */
void mei_presence_find(const char *root, struct mei_presence *presence);

/* What mei_open(MEI_PTHI) came to afterwards corrects the verdict: only the engine itself knows
 * whether it has AMT, and a node may work that sysfs has nothing about. `why` is its error, NULL
 * when it succeeded. */
void mei_presence_opened(struct mei_presence *presence, const struct error *why);

/* The sentence of the table above. */
const char *mei_presence_sentence(enum mei_presence_verdict verdict);

#endif
