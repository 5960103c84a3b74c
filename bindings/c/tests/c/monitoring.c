/* A monitor from its calibration to its reports: what is refused, with which status and details, that nothing changes
 * then, and that a change of the stream is found. */
#include "check.h"
#include "dynamical_similarity.h"
#include <math.h>
#include <string.h>

enum { CHANNELS = 2, DELAYS = 4, RANK = 2, BLOCKS = 5, BLOCK = 300 };
#define SHAPE ((ds_shape_t){.channels = CHANNELS, .delays = DELAYS, .rank = RANK})
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define OPERATOR DS_SCORES_SPECTRA_AND_OPERATOR

static float calibrator_memory[DS_CALIBRATOR_MEMORY_LEN(CHANNELS, DELAYS, RANK, OPERATOR, BLOCKS)];
static float calibration_memory[DS_CALIBRATION_MEMORY_LEN(CHANNELS, DELAYS, RANK, OPERATOR)];
static float monitor_memory[DS_MONITOR_MEMORY_LEN(CHANNELS, DELAYS, RANK, OPERATOR, 3)];
static float other_memory[LENGTH(calibrator_memory) + LENGTH(monitor_memory)];
static uint32_t calibration_words[DS_CALIBRATION_WORDS(float, CHANNELS, DELAYS, RANK, OPERATOR)];
static uint32_t state_words[DS_MONITOR_STATE_WORDS(float, CHANNELS, DELAYS, 3)];
static ds_calibrator_f32_t calibrator, other_calibrator;
static ds_calibration_f32_t calibration, other_calibration;
static ds_monitor_f32_t monitor, other_monitor;
static ds_calibrator_settings_t calibrator_settings;
static ds_monitor_settings_t settings;
static ds_report_f32_t report;
static ds_error_t error;

/* Everything that a refusal must leave as it is. Of a state, what can be seen of it: whether and where it is, and what
 * it says; the rest of the struct is the library's. */
typedef struct {
    float calibrator_memory[LENGTH(calibrator_memory)], calibration_memory[LENGTH(calibration_memory)],
        monitor_memory[LENGTH(monitor_memory)];
    uint32_t calibration_words[LENGTH(calibration_words)], state_words[LENGTH(state_words)], state[LENGTH(state_words)];
    uint64_t places[6][3];
    size_t progress[2];
    ds_report_f32_t report;
} seen_t;
static seen_t before, after;

static void look(seen_t *seen) {
    size_t written = 0;
    memset(seen, 0, sizeof *seen);
    memcpy(seen->calibrator_memory, calibrator_memory, sizeof calibrator_memory);
    memcpy(seen->calibration_memory, calibration_memory, sizeof calibration_memory);
    memcpy(seen->monitor_memory, monitor_memory, sizeof monitor_memory);
    memcpy(seen->calibration_words, calibration_words, sizeof calibration_words);
    memcpy(seen->state_words, state_words, sizeof state_words);
    const uint64_t *const states[] = {calibrator.opaque,        other_calibrator.opaque, calibration.opaque,
                                      other_calibration.opaque, monitor.opaque,          other_monitor.opaque};
    for (size_t i = 0; i < LENGTH(states); ++i) {
        memcpy(seen->places[i], states[i], sizeof seen->places[i]);
    }
    (void)ds_calibrator_progress_f32(&calibrator, &seen->progress[0], &seen->progress[1], NULL);
    (void)ds_monitor_save_f32(&monitor, seen->state, LENGTH(seen->state), &written, NULL);
    seen->report = report;
}

static int unchanged(void) {
    look(&after);
    return memcmp(&before, &after, sizeof before) == 0;
}

static int about(const char *subject) {
    return error.subject_len == strlen(subject) && memcmp(error.subject, subject, error.subject_len) == 0;
}

#define REFUSED(call, expected, details) \
    do { \
        look(&before); \
        memset(&error, 0, sizeof error); \
        CHECK((call) == (expected)); \
        CHECK(unchanged()); \
        CHECK(details); \
    } while (0)

static void *shifted(void *address) {
    return (char *)address + 1;
}

/* A damped rotation, driven by noise. */
static void next_sample(float angle, float *sample) {
    static float x, y;
    static uint32_t seed = 1;
    float noise[2];
    for (int i = 0; i < 2; ++i) {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    const float a = 0.9f * (cosf(angle) * x - sinf(angle) * y), b = 0.9f * (sinf(angle) * x + cosf(angle) * y);
    sample[0] = x = a + noise[0];
    sample[1] = y = b + noise[1];
}

static ds_status_t begin_calibrator(float *memory, size_t length) {
    static const float shift[CHANNELS] = {0.0f, 0.0f};
    return ds_calibrator_begin_f32(&other_calibrator, &calibrator_settings, shift, CHANNELS, memory, length, &error);
}

static void calibrator_settings_are_checked(void) {
    float *const memory = other_memory;
    const size_t length = LENGTH(other_memory);
    const ds_calibrator_settings_t good = calibrator_settings;
#define WRONG(field, value, subject) \
    do { \
        calibrator_settings.field = value; \
        REFUSED(begin_calibrator(memory, length), DS_INVALID_SETTING, about(subject) && error.expected_len > 0); \
        calibrator_settings = good; \
    } while (0)
    WRONG(scores, 2, "scores");
    WRONG(blocks, 4, "blocks");
    WRONG(block, 8, "block");
    WRONG(cut, 1.0f, "cut");
    WRONG(cut, NAN, "cut");
    WRONG(shape.delays, 0, "delays");
    WRONG(shape.delays, 1, "delays");
    WRONG(shape.rank, DS_RANK_FULL, "rank");
    WRONG(shape.rank, 9, "rank");
    WRONG(sampling_rate, 0.0f, "sampling_rate");
    WRONG(sampling_rate, NAN, "sampling_rate");
    WRONG(decimation, 0, "decimation");
#undef WRONG
    calibrator_settings.shape.channels = 0;
    REFUSED(begin_calibrator(memory, length), DS_EMPTY, 1);
    calibrator_settings.shape.channels = 3;
    REFUSED(begin_calibrator(memory, length), DS_SHAPE_MISMATCH, error.needed == 3 && error.got == 2);
    calibrator_settings = good;
    REFUSED(begin_calibrator(memory, LENGTH(calibrator_memory) - 1), DS_MEMORY_TOO_SMALL,
            error.needed == LENGTH(calibrator_memory) && error.got == LENGTH(calibrator_memory) - 1);
    REFUSED(begin_calibrator(NULL, length), DS_NULL_POINTER, about("memory"));
    REFUSED(begin_calibrator(shifted(memory), length - 1), DS_MISALIGNED_POINTER, about("memory"));
    REFUSED(begin_calibrator(memory, SIZE_MAX), DS_LENGTH_OVERFLOW, about("memory"));
    REFUSED(begin_calibrator((void *)&calibrator_settings, 2), DS_OVERLAP, about("memory"));
    REFUSED(begin_calibrator((void *)&other_calibrator, 2), DS_OVERLAP, about("memory"));
    const float bad[CHANNELS] = {1.0f, INFINITY};
    REFUSED(ds_calibrator_begin_f32(&other_calibrator, &good, bad, CHANNELS, memory, length, &error), DS_NON_FINITE,
            error.channel == 1);
    REFUSED(ds_calibrator_begin_f32(NULL, &good, bad, CHANNELS, memory, length, &error), DS_NULL_POINTER,
            about("calibrator"));
    REFUSED(ds_calibrator_begin_f32(&other_calibrator, NULL, bad, CHANNELS, memory, length, &error), DS_NULL_POINTER,
            about("settings"));
    REFUSED(ds_calibrator_begin_f32(&other_calibrator, &good, NULL, CHANNELS, memory, length, &error), DS_NULL_POINTER,
            about("shift"));
}

static ds_status_t finish(ds_calibrator_f32_t *of, float *memory, size_t length) {
    return ds_calibrator_finish_f32(of, &other_calibration, memory, length, &error);
}

/* A calibrator of its own that takes what it gets, and is over with a refusal. */
static void failed(const float *constant, int missing, ds_status_t expected) {
    CHECK(begin_calibrator(other_memory, LENGTH(calibrator_memory)) == DS_OK);
    for (int t = 0; t < BLOCKS * BLOCK; ++t) {
        float sample[CHANNELS];
        next_sample(0.3f, sample);
        if (constant != NULL) {
            sample[1] = *constant;
        }
        if (missing && t >= 2 * BLOCK && t < 3 * BLOCK) {
            CHECK(ds_calibrator_push_missing_f32(&other_calibrator, &error) == DS_OK);
        } else {
            CHECK(ds_calibrator_push_f32(&other_calibrator, sample, CHANNELS, &error) == DS_OK);
        }
    }
    static float room[LENGTH(calibration_memory)];
    CHECK(finish(&other_calibrator, room, LENGTH(room) - 1) == DS_MEMORY_TOO_SMALL && error.needed == LENGTH(room));
    CHECK(finish(&other_calibrator, room, LENGTH(room)) == expected);
    CHECK(expected != DS_TOO_FEW_PAIRS || (error.block == 2 && error.needed == BLOCK / 2 && error.got < error.needed));
    CHECK(expected != DS_DEGENERATE_SIGNAL || error.channel == 1);
    CHECK(finish(&other_calibrator, room, LENGTH(room)) == DS_NOT_BEGUN && about("calibrator"));
}

static void calibrators(void) {
    static const float shift[CHANNELS] = {0.0f, 0.0f};
    float sample[CHANNELS] = {0.0f, 0.0f};
    size_t complete = 77, blocks = 77;
    calibrator_settings = ds_calibrator_default(SHAPE, 50.0f);
    calibrator_settings.blocks = BLOCKS;
    calibrator_settings.block = BLOCK;
    calibrator_settings.scores = OPERATOR;
    calibrator_settings_are_checked();
    REFUSED(ds_calibrator_push_f32(&calibrator, sample, CHANNELS, &error), DS_NOT_BEGUN, about("calibrator"));
    REFUSED(ds_calibrator_push_missing_f32(&calibrator, &error), DS_NOT_BEGUN, about("calibrator"));
    REFUSED(ds_calibrator_progress_f32(&calibrator, &complete, &blocks, &error), DS_NOT_BEGUN, complete == 77);
    CHECK(ds_calibrator_begin_f32(&calibrator, &calibrator_settings, shift, CHANNELS, calibrator_memory,
                                  LENGTH(calibrator_memory), NULL)
          == DS_OK);
    REFUSED(ds_calibrator_push_f32(&calibrator, sample, 1, &error), DS_SHAPE_MISMATCH, error.needed == CHANNELS);
    REFUSED(ds_calibrator_push_f32(&calibrator, NULL, CHANNELS, &error), DS_NULL_POINTER, about("sample"));
    REFUSED(ds_calibrator_push_f32(NULL, sample, CHANNELS, &error), DS_NULL_POINTER, about("calibrator"));
    REFUSED(ds_calibrator_push_f32(shifted(&calibrator), sample, CHANNELS, &error), DS_MISALIGNED_POINTER,
            about("calibrator"));
    REFUSED(ds_calibrator_push_f32(&calibrator, calibrator_memory, CHANNELS, &error), DS_OVERLAP,
            about("the memory of the calibrator"));
    REFUSED(ds_calibrator_push_f32(&calibrator, (void *)&calibrator, CHANNELS, &error), DS_OVERLAP, about("calibrator"));
    /* A calibrator in double precision is another thing. */
    REFUSED(ds_calibrator_push_missing_f64((void *)&calibrator, &error), DS_NOT_BEGUN, about("calibrator"));
    for (int t = 0; t < BLOCKS * BLOCK; ++t) {
        if (t == BLOCKS * BLOCK - 1) {
            REFUSED(finish(&calibrator, other_memory, LENGTH(other_memory)), DS_TOO_SHORT,
                    error.needed == BLOCKS * BLOCK && error.got == BLOCKS * BLOCK - 1);
        }
        next_sample(0.3f, sample);
        CHECK(ds_calibrator_push_f32(&calibrator, sample, CHANNELS, &error) == DS_OK);
    }
    CHECK(ds_calibrator_progress_f32(&calibrator, &complete, &blocks, &error) == DS_OK);
    CHECK(complete == BLOCKS && blocks == BLOCKS);
    REFUSED(ds_calibrator_progress_f32(&calibrator, NULL, &blocks, &error), DS_NULL_POINTER, about("complete"));
    REFUSED(ds_calibrator_progress_f32(&calibrator, &blocks, &blocks, &error), DS_OVERLAP, about("complete"));
    REFUSED(finish(&calibrator, calibrator_memory, LENGTH(calibration_memory)), DS_OVERLAP, 1);
    REFUSED(finish(&calibrator, NULL, 10), DS_NULL_POINTER, about("memory"));
    REFUSED(finish(NULL, other_memory, 10), DS_NULL_POINTER, about("calibrator"));
    CHECK(ds_calibrator_finish_f32(&calibrator, &calibration, calibration_memory, LENGTH(calibration_memory), &error)
          == DS_OK);
    const float constant = 2.5f;
    failed(NULL, 1, DS_TOO_FEW_PAIRS);
    failed(&constant, 0, DS_DEGENERATE_SIGNAL);
}

static void calibrations(void) {
    float *const memory = other_memory;
    const size_t length = LENGTH(calibration_memory), count = LENGTH(calibration_words);
    size_t written = 0;
    ds_reference_f32_t reference;
    CHECK(ds_calibration_save_f32(&calibration, calibration_words, count, &written, NULL) == DS_OK && written == count);
    CHECK(ds_calibration_about_f32(&calibration, &reference, NULL) == DS_OK && reference.samples == BLOCKS * BLOCK);
    CHECK(reference.mean == calibration_memory && reference.shape.rank == RANK && reference.directions == 2 && reference.null_median > 0.0f);
    REFUSED(ds_calibration_about_f32(&other_calibration, &reference, &error), DS_NOT_BEGUN, about("calibration"));
    REFUSED(ds_calibration_about_f32(&calibration, NULL, &error), DS_NULL_POINTER, about("about"));
    REFUSED(ds_calibration_save_f32(&calibration, calibration_words, count - 1, &written, &error), DS_MEMORY_TOO_SMALL,
            error.needed == count);
    CHECK(ds_calibration_save_f32(&calibration, calibration_words, count, &written, NULL) == DS_OK);
    REFUSED(ds_calibration_save_f32(&calibration, NULL, count, &written, &error), DS_NULL_POINTER, about("words"));
    REFUSED(ds_calibration_save_f32(&calibration, (void *)calibration_memory, 9, &written, &error), DS_OVERLAP,
            about("words"));
    REFUSED(ds_calibration_save_f32(&calibration, calibration_words, count, (void *)calibration_words, &error),
            DS_OVERLAP, about("words"));
#define LOAD(words, count, memory, length) \
    ds_calibration_load_f32(&other_calibration, words, count, memory, length, &error)
    REFUSED(LOAD(NULL, count, memory, length), DS_NULL_POINTER, about("words"));
    REFUSED(LOAD(shifted(calibration_words), count - 1, memory, length), DS_MISALIGNED_POINTER, about("words"));
    REFUSED(LOAD(calibration_words, SIZE_MAX / 2, memory, length), DS_LENGTH_OVERFLOW, about("words"));
    REFUSED(LOAD((void *)memory, 9, memory, length), DS_OVERLAP, about("memory"));
    REFUSED(LOAD(calibration_words, count, memory, length - 1), DS_MEMORY_TOO_SMALL, error.needed == length);
    for (size_t at = 0; at < count; ++at) {
        calibration_words[at] ^= 1u << at % 32;
        /* The second word is the version. */
        REFUSED(LOAD(calibration_words, count, memory, length), at == 1 ? DS_OTHER_VERSION : DS_CORRUPTED,
                error.subject_len > 0 && (at != 1 || error.needed == 2));
        calibration_words[at] ^= 1u << at % 32;
        REFUSED(LOAD(calibration_words, at, memory, length), DS_CORRUPTED, about("the length"));
    }
    REFUSED(LOAD(state_words, LENGTH(state_words), memory, length), DS_CORRUPTED, about("the kind of data"));
#undef LOAD
}

static ds_status_t begin_monitor(float *memory, size_t length) {
    return ds_monitor_begin_f32(&other_monitor, &calibration, &settings, memory, length, &error);
}

static void monitor_settings_are_checked(void) {
    float *const memory = other_memory;
    const size_t length = LENGTH(other_memory);
    const ds_monitor_settings_t good = settings;
#define WRONG(field, value, subject) \
    do { \
        settings.field = value; \
        REFUSED(begin_monitor(memory, length), DS_INVALID_SETTING, about(subject) && error.expected_len > 0); \
        settings = good; \
    } while (0)
    WRONG(window.kind, 2, "window");
    WRONG(window.blocks, 0, "window");
    settings.window.kind = DS_WINDOW_FORGETTING;
    REFUSED(begin_monitor(memory, length), DS_INVALID_SETTING, about("window"));
    settings = good;
    WRONG(block, 4, "block");
    WRONG(report_every, 0, "report_every");
    WRONG(least_pairs, 0, "least_pairs");
    WRONG(artefact, 0.0f, "artefact");
    WRONG(most_rejected, 1.5f, "most_rejected");
    WRONG(lowest, INFINITY, "limits");
    WRONG(highest, NAN, "limits");
    WRONG(margin, -1.0f, "margin");
    WRONG(margin, NAN, "margin");
#undef WRONG
    REFUSED(begin_monitor(memory, LENGTH(monitor_memory) - 1), DS_MEMORY_TOO_SMALL,
            error.needed == LENGTH(monitor_memory));
    REFUSED(begin_monitor(NULL, length), DS_NULL_POINTER, about("memory"));
    REFUSED(begin_monitor((void *)&settings, 2), DS_OVERLAP, about("memory"));
    REFUSED(begin_monitor(calibration_memory, 9), DS_OVERLAP, about("memory"));
    REFUSED(ds_monitor_begin_f32(NULL, &calibration, &settings, memory, length, &error), DS_NULL_POINTER,
            about("monitor"));
    REFUSED(ds_monitor_begin_f32(&other_monitor, NULL, &settings, memory, length, &error), DS_NULL_POINTER,
            about("calibration"));
    REFUSED(ds_monitor_begin_f32(&other_monitor, &calibration, NULL, memory, length, &error), DS_NULL_POINTER,
            about("settings"));
    REFUSED(ds_monitor_begin_f32(&other_monitor, &other_calibration, &settings, memory, length, &error), DS_NOT_BEGUN,
            about("calibration"));
}

static void state(void) {
    size_t written = 0;
    const size_t count = LENGTH(state_words), length = LENGTH(monitor_memory);
#define RESTORE(words, count, memory, length) \
    ds_monitor_restore_f32(&other_monitor, &calibration, &settings, words, count, memory, length, &error)
    CHECK(ds_monitor_save_f32(&monitor, state_words, count, &written, &error) == DS_OK && written == count);
    REFUSED(ds_monitor_save_f32(&monitor, (void *)monitor_memory, 9, &written, &error), DS_OVERLAP, about("words"));
    REFUSED(ds_monitor_save_f32(&monitor, state_words, count - 1, &written, &error), DS_MEMORY_TOO_SMALL,
            error.needed == count && error.got == count - 1);
    REFUSED(ds_monitor_save_f32(&monitor, NULL, count, &written, &error), DS_NULL_POINTER, about("words"));
    REFUSED(ds_monitor_save_f32(&monitor, state_words, count, NULL, &error), DS_NULL_POINTER, about("written"));
    REFUSED(ds_monitor_save_f32(&other_monitor, state_words, count, &written, &error), DS_NOT_BEGUN, about("monitor"));
    for (size_t at = 0; at < count; at += 7) {
        state_words[at] ^= 1u << at % 32;
        REFUSED(RESTORE(state_words, count, other_memory, length), DS_CORRUPTED, error.subject_len > 0);
        state_words[at] ^= 1u << at % 32;
    }
    REFUSED(RESTORE(state_words, count - 1, other_memory, length), DS_CORRUPTED, about("the length"));
    REFUSED(RESTORE(calibration_words, LENGTH(calibration_words), other_memory, length), DS_CORRUPTED,
            about("the kind of data"));
    REFUSED(RESTORE(state_words, count, other_memory, length - 1), DS_MEMORY_TOO_SMALL, error.needed == length);
    REFUSED(RESTORE((void *)other_memory, 9, other_memory, length), DS_OVERLAP, about("memory"));
    settings.report_every = 2;
    REFUSED(RESTORE(state_words, count, other_memory, length), DS_CORRUPTED, error.subject_len > 0);
    settings.report_every = 1;
#undef RESTORE
    /* It goes on in other memory. */
    memset(monitor_memory, 0x5A, sizeof monitor_memory);
    memset(&monitor, 0x5A, sizeof monitor);
    CHECK(ds_monitor_restore_f32(&monitor, &calibration, &settings, state_words, count, monitor_memory, length, &error)
          == DS_OK);
}

static void asked(void) {
    float sample[CHANNELS] = {0.0f, 0.0f};
    bool flag = false;
    ds_monitor_status_t standing = DS_MONITOR_OTHER;
    REFUSED(ds_monitor_push_f32(&monitor, sample, 1, &error), DS_SHAPE_MISMATCH, error.needed == CHANNELS);
    REFUSED(ds_monitor_push_numbered_f32(&monitor, 5, sample, 1, &error), DS_SHAPE_MISMATCH, error.got == 1);
    REFUSED(ds_monitor_push_f32(&monitor, NULL, CHANNELS, &error), DS_NULL_POINTER, about("sample"));
    REFUSED(ds_monitor_push_f32(NULL, sample, CHANNELS, &error), DS_NULL_POINTER, about("monitor"));
    REFUSED(ds_monitor_push_f32(&monitor, monitor_memory, CHANNELS, &error), DS_OVERLAP,
            about("the memory of the monitor"));
    REFUSED(ds_monitor_push_f32(&monitor, (void *)&monitor, CHANNELS, &error), DS_OVERLAP, about("monitor"));
    REFUSED(ds_monitor_push_f32(&other_monitor, sample, CHANNELS, &error), DS_NOT_BEGUN, about("monitor"));
    REFUSED(ds_monitor_push_missing_f32(&other_monitor, &error), DS_NOT_BEGUN, about("monitor"));
    REFUSED(ds_monitor_push_missing_f32((void *)&calibration, &error), DS_NOT_BEGUN, about("monitor"));
    REFUSED(ds_monitor_push_numbered_f32(&other_monitor, 1, sample, CHANNELS, &error), DS_NOT_BEGUN, 1);
    REFUSED(ds_monitor_poll_f32(&other_monitor, 1, &report, &flag, &error), DS_NOT_BEGUN, about("monitor"));
    REFUSED(ds_monitor_poll_f32(&monitor, 1, NULL, &flag, &error), DS_NULL_POINTER, about("report"));
    REFUSED(ds_monitor_poll_f32(&monitor, 1, &report, NULL, &error), DS_NULL_POINTER, about("ready"));
    REFUSED(ds_monitor_poll_f32(&monitor, 1, (void *)&monitor, &flag, &error), DS_OVERLAP, about("monitor"));
    REFUSED(ds_monitor_is_due_f32(&other_monitor, &flag, &error), DS_NOT_BEGUN, !flag);
    REFUSED(ds_monitor_is_due_f32(&monitor, NULL, &error), DS_NULL_POINTER, about("due"));
    REFUSED(ds_monitor_standing_f32(&monitor, NULL, &error), DS_NULL_POINTER, about("standing"));
    REFUSED(ds_monitor_standing_f32(&other_monitor, &standing, &error), DS_NOT_BEGUN, standing == DS_MONITOR_OTHER);
    REFUSED(ds_monitor_standing_f32(&monitor, (void *)monitor_memory, &error), DS_OVERLAP, about("standing"));
}

/* The operators of the last report, and their angle. */
static float procrustes(void) {
    static float memory[DS_DISTANCE_MEMORY_LEN(RANK, DS_EFFORT_DEFAULT)];
    float entries[2 * RANK * RANK];
    ds_matrix_f32_t reference = {0}, window = {0};
    ds_comparison_f32_t found;
    bool known = false;
    const ds_procrustes_t how = ds_procrustes_default();
    const size_t length = LENGTH(entries);
#define OPERATORS(from, entries, length, first, second, known) \
    ds_monitor_operators_f32(from, entries, length, first, second, known, &error)
    REFUSED(OPERATORS(&monitor, entries, length - 1, &reference, &window, &known), DS_MEMORY_TOO_SMALL,
            error.needed == length && error.got == length - 1 && !known && reference.rows == 0);
    REFUSED(OPERATORS(&monitor, NULL, length, &reference, &window, &known), DS_NULL_POINTER, about("entries"));
    REFUSED(OPERATORS(&monitor, entries, length, NULL, &window, &known), DS_NULL_POINTER, about("reference"));
    REFUSED(OPERATORS(&monitor, entries, length, &reference, NULL, &known), DS_NULL_POINTER, about("window"));
    REFUSED(OPERATORS(&monitor, entries, length, &reference, &window, NULL), DS_NULL_POINTER, about("known"));
    REFUSED(OPERATORS(NULL, entries, length, &reference, &window, &known), DS_NULL_POINTER, about("monitor"));
    REFUSED(OPERATORS(&other_monitor, entries, length, &reference, &window, &known), DS_NOT_BEGUN, about("monitor"));
    REFUSED(OPERATORS(&monitor, monitor_memory, length, &reference, &window, &known), DS_OVERLAP,
            about("the memory of the monitor"));
    REFUSED(OPERATORS(&monitor, entries, length, &window, &window, &known), DS_OVERLAP, about("reference"));
    REFUSED(OPERATORS(&monitor, entries, length, (void *)entries, &window, &known), DS_OVERLAP, about("entries"));
    CHECK(OPERATORS(&monitor, entries, length, &reference, &window, &known) == DS_OK && known);
#undef OPERATORS
    CHECK(reference.rows == RANK && window.columns == RANK);
    CHECK(ds_distance_f32(&how, &reference, &window, memory, LENGTH(memory), &found, &error) == DS_OK);
    return found.distance;
}

int main(void) {
    calibrators();
    calibrations();
    settings = ds_monitor_default();
    settings.window.blocks = 3;
    settings.report_every = 1;
    settings.least_pairs = 900;
    monitor_settings_are_checked();
    CHECK(ds_monitor_begin_f32(&monitor, &calibration, &settings, monitor_memory, LENGTH(monitor_memory), &error)
          == DS_OK);
    asked();

    int reports = 0, fine = 0, alarms = 0;
    float before_change = 0.0f, after_change = 0.0f;
    for (int t = 0; t < 12000; ++t) {
        float sample[CHANNELS];
        next_sample(t < 6000 ? 0.3f : 0.5f, sample);
        sample[1] = t % 1000 == 3 ? NAN : sample[1];
        CHECK(ds_monitor_push_f32(&monitor, sample, CHANNELS, &error) == DS_OK);
        if (t == 4700) {
            state();
        }
        bool ready = true;
        CHECK(ds_monitor_poll_f32(&monitor, 20, &report, &ready, &error) == DS_OK);
        if (ready) {
            ++reports;
            fine += t < 6000 && report.status == DS_MONITOR_OK;
            alarms += t >= 8000 && report.status == DS_MONITOR_ALARM_DYNAMICS;
            if (report.flags & DS_REPORT_DYNAMICS) {
                *(t < 6000 ? &before_change : &after_change) = procrustes();
            }
            CHECK(report.channels == 0 && (report.standing == report.status || t < 1000));
            CHECK(((report.flags & DS_REPORT_NOISE) != 0) == ((report.flags & DS_REPORT_DYNAMICS) != 0));
            CHECK(isnan(report.noise.score) == ((report.flags & DS_REPORT_NOISE) == 0));
        }
    }
    /* The first window of 500 samples is too short, and the last report is still being worked on. */
    CHECK(reports == 23 && fine >= 9 && alarms == 8);
    CHECK(before_change < 0.1f && after_change > 3.0f * before_change);
    return summary("monitoring");
}
