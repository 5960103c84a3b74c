/* Has the system changed? A calibration in flash, two recordings replayed sample by sample, and the distance of
 * each from the calibration. Runs on a Cortex-M4F and on the host, with the same bits. */
#include "board.h"
#include "print.h"
#include "recordings.h"

enum { DELAYS = 10, INTERVAL = 1, RANK = 6 };

/* All the memory that there is: of a fit, of a comparison, of a ring of samples; the block that is compared; the
 * operator of the calibration. */
static float model_memory[DS_FIT_MEMORY_LEN(CHANNELS, DELAYS, RANK)];
static float comparison_memory[DS_DISTANCE_MEMORY_LEN(RANK, DS_EFFORT_DEFAULT)];
static float ring_memory[DS_STREAM_MEMORY_LEN(CHANNELS, DELAYS, INTERVAL)];
static float block[SAMPLES * CHANNELS];
static float calibrated[RANK * RANK];

static void print_line(const char *name, float x) {
    print_number(name, x);
    printf("\n");
}

static int fit(const float *samples, ds_model_f32_t *model) {
    const ds_recording_f32_t recording = {.samples = samples, .count = SAMPLES, .channels = CHANNELS};
    ds_dmd_t settings = ds_dmd_default();
    settings.delays = DELAYS;
    settings.interval = INTERVAL;
    settings.rank = RANK;
    ds_error_t error;
    return refused(ds_fit_f32(&settings, &recording, 1, model_memory, COUNT(model_memory), model, &error), &error);
}

/* Samples arrive one by one, as from a converter; returns how many gave a window of delays, or -1. */
static long replay(const float *recorded, float *window, size_t window_len) {
    ds_stream_f32_t stream;
    ds_error_t error;
    long windows = 0;
    if (refused(ds_stream_begin_f32(&stream, CHANNELS, DELAYS, INTERVAL, ring_memory, COUNT(ring_memory), &error),
                &error)) {
        return -1;
    }
    for (size_t t = 0; t < SAMPLES; ++t) {
        bool ready = false;
        memcpy(&block[t * CHANNELS], &recorded[t * CHANNELS], CHANNELS * sizeof(float));
        if (refused(ds_stream_push_f32(&stream, &block[t * CHANNELS], CHANNELS, &error), &error)
            || refused(ds_stream_window_f32(&stream, window, window_len, &ready, &error), &error)) {
            return -1;
        }
        windows += ready;
    }
    return windows;
}

static int compare(const char *name, const float *recorded) {
    const ds_matrix_f32_t reference = {.entries = calibrated, .rows = RANK, .columns = RANK};
    const ds_procrustes_t angle = ds_procrustes_default();
    float window[CHANNELS * DELAYS];
    ds_model_f32_t model;
    ds_comparison_f32_t found;
    ds_error_t error;
    long windows = replay(recorded, window, COUNT(window));
    if (windows < 0 || fit(block, &model)
        || refused(ds_distance_f32(&angle, &reference, &model.operator_matrix, comparison_memory,
                                   COUNT(comparison_memory), &found, &error),
                   &error)) {
        return 1;
    }
    printf("%s: %ld windows, the oldest sample of the newest begins with %08" PRIx32 "\n", name, windows,
           word(window[CHANNELS * (DELAYS - 1)]));
    print_line("  angle from the calibration, rad", found.distance);
    print_line("  at least", found.lower_bound);
    print_line("  relative error of a step", model.residual);
    return 0;
}

int main(void) {
    ds_model_f32_t model;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (fit(calibration, &model)) {
        return 1;
    }
    memcpy(calibrated, model.operator_matrix.entries, sizeof calibrated);
    print_line("calibration: condition", model.condition);
    if (compare("the same system, later", same_later) || compare("another system", another)) {
        return 1;
    }
    printf("RAM, bytes: %lu a fit, %lu a comparison, %lu a stream, %lu a block\n", (unsigned long)sizeof model_memory,
           (unsigned long)sizeof comparison_memory, (unsigned long)sizeof ring_memory, (unsigned long)sizeof block);
    report_stack();
    return 0;
}
