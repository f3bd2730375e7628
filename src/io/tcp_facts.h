/* What the kernel knows of a TCP connection. In a file of its own, because the kernel's header for
 * it and the C library's exclude each other. Any thread. Private to src/io. */
#ifndef IO_TCP_FACTS_H
#define IO_TCP_FACTS_H

#include <stdint.h>

/* Bytes that the peer has acknowledged; 0 when that is not known. */
uint64_t tcp_acknowledged(int fd);

#endif
