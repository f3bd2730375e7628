/* The process as Prometheus knows it: CPU time, memory, descriptors, start. Any thread. */
#ifndef SERVER_ROUTES_PROCESS_METRICS_H
#define SERVER_ROUTES_PROCESS_METRICS_H

#include "core/buffer.h"

/* Appends process_* in Prometheus text form; what the kernel does not tell is left out. */
void process_metrics_print(struct buffer *out);

#endif
