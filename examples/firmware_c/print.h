/* What the examples print. */
#ifndef PRINT_H
#define PRINT_H

#include "dynamical_similarity.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline uint32_t word(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* A number below 4000 in decimal and bit for bit, without the formatting of floats. */
static inline void print_number(const char *name, float x) {
    const unsigned long millionths = (unsigned long)(fabsf(x) * 1e6f + 0.5f);
    printf("%s %s%lu.%06lu (%08" PRIx32 ")", name, x < 0.0f ? "-" : "", millionths / 1000000, millionths % 1000000,
           word(x));
}

/* Whether a call was refused; then why. */
static inline int refused(ds_status_t status, const ds_error_t *error) {
    if (status != DS_OK) {
        printf("%s: %.*s\n", ds_status_message(status), (int)error->subject_len,
               error->subject != NULL ? error->subject : "");
    }
    return status != DS_OK;
}

#endif
