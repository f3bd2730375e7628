/*
 * The system calls that name a file, as the simulator looks at them: which argument is what. The
 * filter asks about every one of them (mei_child.c), and the answers go by the same table
 * (mei_trap_named.c).
 */
#ifndef SIM_MEI_CALLS_H
#define SIM_MEI_CALLS_H

#include <sys/syscall.h>

#define SIM_MEI_NO_ARGUMENT (-1) /* of the folder: the process's own */

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

/* X(number, what it does, argument of the folder, of the path, of the flags, of the record that is
 * to be filled). Flags of openat2 are in the record that its argument points to. */
#ifdef SYS_open /* the calls of old, which newer architectures lack */
#define SIM_MEI_OLD_CALLS(X)                            \
    X(SYS_open, OPEN, SIM_MEI_NO_ARGUMENT, 0, 1, 0)     \
    X(SYS_creat, CREATE, SIM_MEI_NO_ARGUMENT, 0, 0, 0)  \
    X(SYS_stat, STAT, SIM_MEI_NO_ARGUMENT, 0, 0, 1)     \
    X(SYS_lstat, LSTAT, SIM_MEI_NO_ARGUMENT, 0, 0, 1)   \
    X(SYS_access, ACCESS, SIM_MEI_NO_ARGUMENT, 0, 0, 0) \
    X(SYS_readlink, READLINK, SIM_MEI_NO_ARGUMENT, 0, 0, 0)
#else
#define SIM_MEI_OLD_CALLS(X)
#endif

#define SIM_MEI_CALLS(X)                     \
    SIM_MEI_OLD_CALLS(X)                     \
    X(SYS_openat, OPEN, 0, 1, 2, 0)          \
    X(SYS_openat2, OPEN2, 0, 1, 2, 0)        \
    X(SYS_newfstatat, STAT_AT, 0, 1, 3, 2)   \
    X(SYS_statx, STATX, 0, 1, 2, 4)          \
    X(SYS_faccessat, ACCESS, 0, 1, 0, 0)     \
    X(SYS_faccessat2, ACCESS_AT, 0, 1, 3, 0) \
    X(SYS_readlinkat, READLINK, 0, 1, 0, 0)

#endif
