#include "io/context.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_THREAD_SANITIZER 1
#endif

#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

size_t context_stack_size(void)
{
#if defined(WITH_ADDRESS_SANITIZER) || defined(WITH_THREAD_SANITIZER)
    return 256 * (size_t)1024;
#else
    return 64 * (size_t)1024;
#endif
}

/* First code of a new context: the switch that led here has just finished. */
static void begin(struct context *self)
{
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(NULL, &self->previous->stack, &self->previous->size);
#endif
    self->entry(self->arg);
    abort();
}

#if !defined(__x86_64__) || defined(IO_CONTEXT_PORTABLE)

/* makecontext passes ints only. */
static void begin_portable(unsigned high, unsigned low)
{
    uintptr_t self = ((uintptr_t)high << 32) | low;
    begin((struct context *)self);
}

static void prepare(struct context *context, void *stack, size_t size)
{
    if (getcontext(&context->machine) != 0)
        abort();
    context->machine.uc_stack.ss_sp = stack;
    context->machine.uc_stack.ss_size = size;
    context->machine.uc_link = NULL;
    uint64_t self = (uintptr_t)context;
    makecontext(&context->machine, (void (*)(void))begin_portable, 2, (unsigned)(self >> 32),
                (unsigned)self);
}

static void swap(struct context *from, struct context *to)
{
    if (swapcontext(&from->machine, &to->machine) != 0)
        abort();
}

#else

/*
 * System V x86-64: a function call may change everything but rbx, rbp, r12–r15, the stack pointer
 * and the control words of SSE and x87, so that is all there is to keep. swapcontext would make
 * a system call for the signal mask each time, which nothing here changes.
 */
void context_swap_stacks(void **from, void *to);
void context_first(void);
void context_start(struct context *self);

__asm__(".text\n"
        ".p2align 4\n"
        ".hidden context_swap_stacks\n"
        ".globl context_swap_stacks\n"
        ".type context_swap_stacks, @function\n"
        "context_swap_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size context_swap_stacks, . - context_swap_stacks\n"
        ".p2align 4\n"
        ".hidden context_first\n"
        ".globl context_first\n"
        ".type context_first, @function\n"
        "context_first:\n"
        "    movq %r12, %rdi\n"
        "    call context_start\n"
        "    ud2\n"
        ".size context_first, . - context_first\n");

void context_start(struct context *self)
{
    begin(self);
}

static void prepare(struct context *context, void *stack, size_t size)
{
    /* What context_swap_stacks pops, from the lowest address: control words, r15, r14, r13, r12,
     * rbx, rbp, return address. Afterwards the stack pointer is aligned to 16. */
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    uint64_t *frame = (uint64_t *)top - 8;
    memset(frame, 0, 8 * sizeof *frame);
    uint32_t sse = 0x1f80; /* the defaults at process start: all exceptions masked, */
    uint16_t x87 = 0x037f; /* round to nearest */
    memcpy(frame, &sse, sizeof sse);
    memcpy((uint8_t *)frame + 4, &x87, sizeof x87);
    frame[4] = (uint64_t)(uintptr_t)context;
    frame[7] = (uint64_t)(uintptr_t)context_first;
    context->stack_pointer = frame;
}

static void swap(struct context *from, struct context *to)
{
    context_swap_stacks(&from->stack_pointer, to->stack_pointer);
}

#endif

void context_make(struct context *context, void *stack, size_t size, void (*entry)(void *arg),
                  void *arg)
{
    *context = (struct context){.entry = entry, .arg = arg, .stack = stack, .size = size};
    prepare(context, stack, size);
#ifdef WITH_THREAD_SANITIZER
    context->shadow = __tsan_create_fiber(0);
#endif
}

void context_fini(struct context *context)
{
#ifdef WITH_ADDRESS_SANITIZER
    __asan_unpoison_memory_region(context->stack, context->size); /* left by its last frames */
#endif
#ifdef WITH_THREAD_SANITIZER
    __tsan_destroy_fiber(context->shadow);
#endif
    context->shadow = NULL;
}

void context_switch(struct context *from, struct context *to, bool last)
{
    to->previous = from;
#ifdef WITH_THREAD_SANITIZER
    if (from->shadow == NULL)
        from->shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->shadow, 0);
#endif
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->stack, to->size);
#else
    (void)last;
#endif
    swap(from, to);
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(from->fake_stack, &from->previous->stack,
                                    &from->previous->size);
#endif
}
