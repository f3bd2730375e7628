/*
 * Switching between stacks, the bottom layer of fibers. A context is either the stack that the
 * thread was born with (zero-initialised) or one made by context_make. Address and thread
 * sanitizers are told of every switch. Contexts do not move between threads.
 */
#ifndef IO_CONTEXT_H
#define IO_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#if !defined(__x86_64__) || defined(IO_CONTEXT_PORTABLE)
#include <ucontext.h>
#endif

struct context {
#if !defined(__x86_64__) || defined(IO_CONTEXT_PORTABLE)
    ucontext_t machine;
#else
    void *stack_pointer; /* the other registers are saved on the stack */
#endif
    void (*entry)(void *arg);
    void *arg;
    struct context *previous; /* who switched to this one last */
    const void *stack;        /* lowest address and size, for the sanitizers */
    size_t size;
    void *fake_stack; /* of the address sanitizer, while switched away */
    void *shadow;     /* of the thread sanitizer */
};

/* Prepares `context` to run entry(arg) on the stack of `size` bytes at `stack` when it is first
 * switched to. `entry` must not return: it switches away for the last time. */
void context_make(struct context *context, void *stack, size_t size, void (*entry)(void *arg),
                  void *arg);

/* Frees what the sanitizers keep. The context is not running and never runs again. */
void context_fini(struct context *context);

/* Leaves `from`, which is running, and continues `to`. Returns when something switches back to
 * `from`; with `last` it never does. */
void context_switch(struct context *from, struct context *to, bool last);

/* Bytes that the stack of a fiber has. Sanitizers need more. */
size_t context_stack_size(void);

#endif
