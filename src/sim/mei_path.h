/*
 * Which device file of the ME a path means, as the process that names it sees it: from its root,
 * its working folder or one that it has open, and through links. Nothing is opened but to look at
 * what it is called (O_PATH), and nothing that the kernel does not have at hand (RESOLVE_CACHED):
 * no file system is asked, since it may be slow, or served by a process that waits for us. Links
 * that the kernel has not at hand, and those in /proc/self, are not followed. Linux; any thread.
 */
#ifndef SIM_MEI_PATH_H
#define SIM_MEI_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#define SIM_MEI_DEVICE    4    /* number of /dev/mei, which has none */
#define SIM_MEI_PATH_MOST 4096 /* bytes of a path with its NUL, as the kernel has it */

/* The number of the device file, SIM_MEI_DEVICE for /dev/mei; -1 for any other path. `folder` is a
 * descriptor of the process, or AT_FDCWD; `follows` whether a link at the path's end is followed.
 */
int sim_mei_path_device(pid_t pid, int folder, const char *path, bool follows);

#endif
