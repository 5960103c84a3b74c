/* A Cortex-M4F after reset: vector table, floating point, memory; output and exit by semihosting; and how deep
 * the stack went. */
#include "board.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_bottom[], stack_top[];
extern int main(void);

void reset(void);
void stopped(void);
int _write(int file, const char *text, int length);
void _exit(int status) __attribute__((noreturn));

#define PAINT 0x5A5A5A5Au
/* Coprocessor Access Control Register; 10 and 11 are the floating-point unit. */
#define CPACR (*(volatile uint32_t *)0xE000ED88u)

enum { SYS_WRITEC = 0x03, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void semihost(int operation, const void *argument) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

/* What newlib writes by. */
int _write(int file, const char *text, int length) {
    (void)file;
    for (int i = 0; i < length; ++i) {
        semihost(SYS_WRITEC, &text[i]);
    }
    return length;
}

void _exit(int status) {
    const int reason[2] = {APPLICATION_EXIT, status};
    for (;;) {
        semihost(SYS_EXIT_EXTENDED, reason);
    }
}

static __attribute__((noinline, noreturn)) void run(void) {
    exit(main());
}

/* No float may be touched before the unit is on. */
__attribute__((noreturn, target("general-regs-only"))) void reset(void) {
    CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    for (uint32_t *to = data_start, *from = data_load; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    volatile uint32_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    /* One word at a time: a call of memset would have its return address painted over. */
    for (volatile uint32_t *to = stack_bottom; to < here;) {
        *to++ = PAINT;
    }
    run();
}

/* A fault, or an interrupt that nobody asked for. */
void stopped(void) {
    _exit(1);
}

void report_stack(void) {
    const uint32_t *deepest = stack_bottom;
    while (deepest < stack_top && *deepest == PAINT) {
        ++deepest;
    }
    printf("# stack, bytes: %lu\n", (unsigned long)((uintptr_t)stack_top - (uintptr_t)deepest));
}

/* The initial stack pointer, reset, and the system exceptions. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {
    stack_top,
    {reset, stopped, stopped, stopped, stopped, stopped, 0, 0, 0, 0, stopped, stopped, 0, stopped, stopped},
};
