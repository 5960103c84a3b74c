/* What differs between the board and the host. */
#ifndef BOARD_H
#define BOARD_H

/* Prints the depth that the stack has reached, where that can be seen; the line begins with "#". */
#ifdef __arm__
void report_stack(void);
#else
static inline void report_stack(void) {
}
#endif

#endif
