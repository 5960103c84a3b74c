/* What is refused, with which status and details, and that no result is written then. */
#include "check.h"
#include "dynamical_similarity.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { CHANNELS = 2, DELAYS = 3, RANK = 4, SAMPLES = 60 };

static float samples[SAMPLES * CHANNELS];
static float memory[DS_FIT_MEMORY_LEN(CHANNELS, DELAYS, RANK)];
static float scratch[DS_DISTANCE_MEMORY_LEN(6, DS_EFFORT_DEFAULT)];
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static ds_dmd_t settings;
static ds_recording_f32_t recording;
static ds_error_t error;

/* Unlike every result. */
static ds_model_f32_t model, pattern;
static ds_comparison_f32_t comparison, comparison_pattern;

static void reset(void) {
    for (size_t i = 0; i < LENGTH(samples); ++i) {
        samples[i] = (float)((i * i + i / 3) % 11);
    }
    settings = ds_dmd_default();
    settings.delays = DELAYS;
    settings.rank = RANK;
    recording = (ds_recording_f32_t){samples, SAMPLES, CHANNELS};
    memset(&pattern, 0x5A, sizeof pattern);
    memcpy(&model, &pattern, sizeof model);
    memset(&comparison_pattern, 0x5A, sizeof comparison_pattern);
    memcpy(&comparison, &comparison_pattern, sizeof comparison);
    memset(&error, 0, sizeof error);
}

static int untouched(void) {
    return memcmp(&model, &pattern, sizeof model) == 0
           && memcmp(&comparison, &comparison_pattern, sizeof comparison) == 0;
}

static ds_status_t fit(void) {
    return ds_fit_f32(&settings, &recording, 1, memory, LENGTH(memory), &model, &error);
}

static int about(const char *subject) {
    return error.subject_len == strlen(subject) && memcmp(error.subject, subject, error.subject_len) == 0;
}

/* Status, details, and no result; then a fresh start. */
#define REFUSED(call, expected, details) \
    do { \
        CHECK((call) == (expected)); \
        CHECK(untouched()); \
        CHECK(details); \
        reset(); \
    } while (0)

static void *shifted(void *address) {
    return (char *)address + 1;
}

static void pointers(void) {
    const size_t length = LENGTH(memory);
    REFUSED(ds_fit_f32(NULL, &recording, 1, memory, length, &model, &error), DS_NULL_POINTER, about("settings"));
    REFUSED(ds_fit_f32(&settings, NULL, 1, memory, length, &model, &error), DS_NULL_POINTER, about("trials"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, NULL, length, &model, &error), DS_NULL_POINTER, about("memory"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, length, NULL, &error), DS_NULL_POINTER, about("model"));
    REFUSED(ds_fit_f32(NULL, &recording, 1, memory, length, &model, NULL), DS_NULL_POINTER, error.status == DS_OK);
    recording.samples = NULL;
    REFUSED(fit(), DS_NULL_POINTER, about("samples") && error.trial == 0);

    REFUSED(ds_fit_f32(shifted(&settings), &recording, 1, memory, length, &model, &error),
            DS_MISALIGNED_POINTER, about("settings"));
    REFUSED(ds_fit_f32(&settings, shifted(&recording), 1, memory, length, &model, &error),
            DS_MISALIGNED_POINTER, about("trials"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, shifted(memory), length - 1, &model, &error),
            DS_MISALIGNED_POINTER, about("memory"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, length, shifted(&model), &error),
            DS_MISALIGNED_POINTER, about("model"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, length, &model, shifted(&error)),
            DS_MISALIGNED_POINTER, error.status == DS_OK);
    recording.samples = shifted(samples);
    REFUSED(fit(), DS_MISALIGNED_POINTER, about("samples"));

    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, SIZE_MAX, &model, &error),
            DS_LENGTH_OVERFLOW, about("memory"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, PTRDIFF_MAX / sizeof(float) + 1, &model, &error),
            DS_LENGTH_OVERFLOW, about("memory"));
    recording.count = SIZE_MAX / 2;
    REFUSED(fit(), DS_LENGTH_OVERFLOW, about("samples"));
    REFUSED(ds_fit_f32(&settings, &recording, SIZE_MAX, memory, length, &model, &error),
            DS_LENGTH_OVERFLOW, about("trials"));

    recording.samples = memory;
    REFUSED(fit(), DS_OVERLAP, about("memory") && error.trial == 0);
    recording.samples = memory + length - CHANNELS;
    recording.count = 1;
    REFUSED(fit(), DS_OVERLAP, about("memory") && error.trial == 0);
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, length, (void *)memory, &error),
            DS_OVERLAP, about("memory"));
    REFUSED(ds_fit_f32(&settings, (const void *)memory, 1, memory, length, &model, &error),
            DS_OVERLAP, about("memory"));
    REFUSED(ds_fit_f32(&settings, &recording, 1, (void *)&settings, sizeof settings / sizeof(float), &model, &error),
            DS_OVERLAP, about("memory"));
}

static void data(void) {
    samples[7] = NAN;
    REFUSED(fit(), DS_NON_FINITE, error.trial == 0 && error.sample == 3 && error.channel == 1);
    samples[4] = -INFINITY;
    REFUSED(fit(), DS_NON_FINITE, error.sample == 2 && error.channel == 0 && error.needed == DS_NONE);
    ds_recording_f32_t two[2] = {recording, {samples, 3, CHANNELS}};
    REFUSED(ds_fit_f32(&settings, two, 2, memory, LENGTH(memory), &model, &error), DS_TOO_SHORT,
            error.trial == 1 && error.needed == 4 && error.got == 3);
    two[1] = (ds_recording_f32_t){samples, 20, 3};
    REFUSED(ds_fit_f32(&settings, two, 2, memory, LENGTH(memory), &model, &error), DS_SHAPE_MISMATCH,
            error.needed == 2 && error.got == 3);
    ds_recording_f32_t many[DS_TRIALS_MAX + 1];
    for (size_t i = 0; i < LENGTH(many); ++i) {
        many[i] = recording;
    }
    REFUSED(ds_fit_f32(&settings, many, LENGTH(many), memory, LENGTH(memory), &model, &error), DS_SHAPE_MISMATCH,
            about("the number of trials") && error.needed == DS_TRIALS_MAX && error.got == DS_TRIALS_MAX + 1);
    for (size_t i = 0; i < LENGTH(samples); ++i) {
        samples[i] = 2.5f;
    }
    REFUSED(fit(), DS_DEGENERATE_SIGNAL, error.channel == DS_NONE);
    recording.count = 0;
    REFUSED(fit(), DS_EMPTY, error.status == DS_EMPTY);
    recording.channels = 0;
    REFUSED(fit(), DS_EMPTY, error.status == DS_EMPTY);
    REFUSED(ds_fit_f32(&settings, NULL, 0, memory, LENGTH(memory), &model, &error), DS_EMPTY, 1);
}

static void settings_and_memory(void) {
    static float large[DS_FIT_MEMORY_LEN(CHANNELS, DELAYS, DS_RANK_FULL)];
    settings.rank = 7;
    REFUSED(ds_fit_f32(&settings, &recording, 1, large, LENGTH(large), &model, &error), DS_RANK_TOO_LARGE,
            error.needed == 6 && error.got == 7);
    REFUSED(ds_fit_f32(&settings, &recording, 1, memory, LENGTH(memory) - 1, &model, &error), DS_MEMORY_TOO_SMALL,
            error.needed == LENGTH(memory) && error.got == LENGTH(memory) - 1);
    REFUSED(ds_fit_f32(&settings, &recording, 1, NULL, 0, &model, &error), DS_MEMORY_TOO_SMALL, error.got == 0);
    settings = ds_dmd_default();
    REFUSED(fit(), DS_INVALID_SETTING, about("delays") && error.expected_len > 0);
    settings.interval = 0;
    REFUSED(fit(), DS_INVALID_SETTING, error.subject_len > 0);
    settings.steps_ahead = 0;
    REFUSED(fit(), DS_INVALID_SETTING, about("steps_ahead"));
    settings.ridge = -1.0;
    REFUSED(fit(), DS_INVALID_SETTING, about("ridge"));
    settings.centre = 2;
    REFUSED(fit(), DS_INVALID_SETTING, about("centre"));
    settings.scale = 99;
    REFUSED(fit(), DS_INVALID_SETTING, about("scale"));
}

static ds_status_t compare(const ds_matrix_f32_t *a, const ds_matrix_f32_t *b) {
    const ds_procrustes_t angle = ds_procrustes_default();
    return ds_distance_f32(&angle, a, b, scratch, LENGTH(scratch), &comparison, &error);
}

static void distances(void) {
    static float entries[9] = {0.5f, 0.1f, 0.0f, -0.2f, 0.4f, 0.3f, 0.0f, 0.0f, 0.7f};
    static const float zeros[9];
    const ds_matrix_f32_t a = {entries, 3, 3}, two = {entries, 2, 2}, wide = {entries, 2, 3}, zero = {zeros, 3, 3};
    const ds_procrustes_t angle = ds_procrustes_default();
    const ds_wasserstein_t w2 = ds_wasserstein_default();
    const size_t length = LENGTH(scratch);
    CHECK(compare(&a, &a) == DS_OK && comparison.distance == 0.0f && comparison.transform.rows == 3);
    reset();
    REFUSED(compare(&a, NULL), DS_NULL_POINTER, about("b"));
    REFUSED(compare(&a, &two), DS_RANK_MISMATCH, error.needed == 3 && error.got == 2);
    REFUSED(compare(&wide, &wide), DS_SHAPE_MISMATCH, error.needed == 2 && error.got == 3);
    REFUSED(compare(&a, &zero), DS_ZERO_OPERATOR, error.status == DS_ZERO_OPERATOR);
    ds_matrix_f32_t wrong = {NULL, 3, 3};
    REFUSED(compare(&a, &wrong), DS_NULL_POINTER, about("b"));
    wrong.entries = shifted(entries);
    REFUSED(compare(&wrong, &a), DS_MISALIGNED_POINTER, about("a"));
    wrong = (ds_matrix_f32_t){entries, SIZE_MAX, 2};
    REFUSED(compare(&wrong, &a), DS_LENGTH_OVERFLOW, about("a"));
    wrong = (ds_matrix_f32_t){entries, 0, 0};
    REFUSED(compare(&wrong, &a), DS_EMPTY, 1);
    wrong = (ds_matrix_f32_t){scratch + 10, 3, 3};
    REFUSED(compare(&a, &wrong), DS_OVERLAP, 1);
    entries[5] = NAN;
    REFUSED(compare(&a, &a), DS_NON_FINITE_ENTRY, error.row == 2 && error.column == 1);
    entries[5] = 0.3f;
    REFUSED(ds_distance_f32(&angle, &a, &a, scratch, 10, &comparison, &error), DS_MEMORY_TOO_SMALL,
            error.needed == DS_DISTANCE_MEMORY_LEN(3, DS_EFFORT_DEFAULT) && error.got == 10);
    REFUSED(ds_distance_f32(&angle, &a, &a, scratch, length, (void *)scratch, &error), DS_OVERLAP, about("memory"));
    REFUSED(ds_distance_f32(NULL, &a, &a, scratch, length, &comparison, &error), DS_NULL_POINTER, about("settings"));
    ds_procrustes_t strange = angle;
    strange.metric = 3;
    REFUSED(ds_distance_f32(&strange, &a, &a, scratch, length, &comparison, &error), DS_INVALID_SETTING, about("metric"));
    strange = angle;
    strange.effort = 3;
    REFUSED(ds_distance_f32(&strange, &a, &a, scratch, length, &comparison, &error), DS_INVALID_SETTING, about("effort"));
    strange = angle;
    strange.unequal_ranks = DS_UNEQUAL_RANKS_TRANSPORT;
    REFUSED(ds_distance_f32(&strange, &a, &a, scratch, length, &comparison, &error), DS_INVALID_SETTING,
            about("unequal_ranks"));

    float distance = FLT_MAX;
    CHECK(ds_wasserstein_f32(&w2, &a, &two, scratch, length, &distance, &error) == DS_RANK_MISMATCH);
    CHECK(ds_wasserstein_f32(&w2, &a, &a, scratch, 3, &distance, &error) == DS_MEMORY_TOO_SMALL);
    CHECK(ds_wasserstein_f32(&w2, &a, &a, scratch, length, scratch, &error) == DS_OVERLAP);
    CHECK(ds_wasserstein_f32(&w2, &a, &a, scratch, length, entries, &error) == DS_OVERLAP && about("distance"));
    CHECK(ds_wasserstein_f32(&w2, &a, &a, scratch, length, NULL, &error) == DS_NULL_POINTER && about("distance"));
    ds_wasserstein_t third = {3, 0};
    CHECK(ds_wasserstein_f32(&third, &a, &a, scratch, length, &distance, &error) == DS_INVALID_SETTING);
    CHECK(distance == FLT_MAX);
    CHECK(ds_wasserstein_f32(&w2, &a, &a, scratch, length, &distance, NULL) == DS_OK && distance == 0.0f);
}

static void messages(void) {
    const char *unknown = ds_status_message(INT32_MIN);
    for (int32_t status = DS_OK; status <= DS_OTHER_VERSION; ++status) {
        const char *message = ds_status_message(status);
        CHECK(message != NULL && strlen(message) > 3 && strcmp(message, unknown) != 0);
    }
    CHECK(strcmp(ds_status_message(-1), unknown) == 0);
    CHECK(strcmp(ds_status_message(DS_OK), "done") == 0);
    CHECK(strstr(ds_status_message(DS_MEMORY_TOO_SMALL), "too small") != NULL);
    CHECK(strcmp(ds_status_message(DS_OTHER), "another refusal") == 0);
    CHECK(strcmp(ds_status_message(DS_OTHER_VERSION + 1), unknown) == 0);
}

int main(void) {
    reset();
    CHECK(fit() == DS_OK && model.rank == RANK && error.status == DS_OK);
    reset();
    pointers();
    data();
    settings_and_memory();
    distances();
    messages();
    return summary("refusals");
}
