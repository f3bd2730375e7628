/*
 * Redirection, the protocol on ports 16994 and 16995 of a device: what its messages are (spec
 * device-protocols 2). Numbers are little-endian. Pure; any thread.
 */
#ifndef REDIR_MESSAGE_H
#define REDIR_MESSAGE_H

/* What is redirected. A device carries one session of each at a time. */
enum redir_kind { REDIR_KVM, REDIR_SOL, REDIR_IDER };

#define REDIR_KINDS 3

/* "kvm", "sol", "ider": as the relay's query and the device's status have it. */
const char *redir_kind_name(enum redir_kind kind);

#endif
