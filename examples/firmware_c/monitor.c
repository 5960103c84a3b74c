/* A monitor: are the dynamics still those of the calibration? Its words lie in flash, as `dsa calibrate` wrote them; a
 * stream of 8-bit counts is replayed whose dynamics slow down by half in the middle; every sample is followed by a slice
 * of the work on the report that is due. Before the change the power fails once, and the monitor goes on from what it
 * saved. The first time that the dynamics are an alarm their Procrustes angle is asked for. Runs on a Cortex-M4F and on the host; examples/firmware/src/bin/monitor.rs prints the same reports. */
#include "board.h"
#include "print.h"

enum { CHANNELS = 8, DELAYS = 5, RANK = 8, BLOCKS = 6 };
/* Units of work after each sample: a report of some 270 units takes some 1.4 s. Sample before which the power fails. */
enum { UNITS = 4, FAILURE = 4000 };
#define SCORES DS_SCORES_SPECTRA_AND_OPERATOR

extern const uint32_t calibration_words[DS_CALIBRATION_WORDS(float, CHANNELS, DELAYS, RANK, SCORES)];
extern const int8_t stream[], stream_end[];

/* All the memory that there is; the last is in the place of a page of flash. */
static float monitor_memory[DS_MONITOR_MEMORY_LEN(CHANNELS, DELAYS, RANK, SCORES, BLOCKS)];
static float second_memory[COUNT(monitor_memory)];
static float calibration_memory[DS_CALIBRATION_MEMORY_LEN(CHANNELS, DELAYS, RANK, SCORES)];
static uint32_t saved[DS_MONITOR_STATE_WORDS(float, CHANNELS, DELAYS, BLOCKS)];
static ds_monitor_f32_t monitor, second;
_Static_assert(sizeof monitor + sizeof monitor_memory <= 26 * 1024, "the RAM of a monitor");

static const char *name(ds_monitor_status_t status) {
    switch (status) {
    case DS_MONITOR_OK:
        return "ok";
    case DS_MONITOR_WARNING:
        return "warning";
    case DS_MONITOR_ALARM_DYNAMICS:
        return "alarm: dynamics";
    case DS_MONITOR_ALARM_GEOMETRY:
        return "alarm: geometry";
    case DS_MONITOR_ALARM_NOISE:
        return "alarm: noise";
    case DS_MONITOR_ALARM_OPEN:
        return "alarm: cause not known yet";
    case DS_MONITOR_TOO_FEW_PAIRS:
        return "too few pairs";
    case DS_MONITOR_NO_EXCITATION:
        return "no excitation";
    case DS_MONITOR_LOW_RANK:
        return "low rank";
    case DS_MONITOR_DEAD:
        return "dead channels";
    case DS_MONITOR_CLOCK:
        return "clock";
    default:
        return "invalid samples";
    }
}

static void print_report(const ds_report_f32_t *report) {
    printf("%lu: %s", (unsigned long)report->samples, name(report->status));
    if (report->flags & DS_REPORT_DYNAMICS) {
        print_number(", score", report->dynamics.score);
        print_number(", z", report->dynamics.z);
    }
    if (report->flags & DS_REPORT_GATE) {
        print_number(", gate", report->gate.score);
        print_number(", z", report->gate.z);
    }
    if (report->flags & DS_REPORT_NOISE) {
        print_number(", noise", report->noise.score);
        print_number(", z", report->noise.z);
    }
    print_number(", cusum", report->cusum);
    if (report->flags & DS_REPORT_EXCITATION) {
        print_number(", excitation", report->excitation);
    }
    printf(", pairs %lu\n", (unsigned long)report->pairs);
}

/* The Procrustes angle between the operators of the calibration and of a report. It takes some 15 million instructions: a
 * device that gets samples meanwhile keeps them in a queue. */
static int compare(ds_monitor_f32_t *at, const ds_report_f32_t *report) {
    static float entries[2 * RANK * RANK], memory[DS_DISTANCE_MEMORY_LEN(RANK, DS_EFFORT_DEFAULT)];
    const ds_procrustes_t procrustes = ds_procrustes_default();
    ds_matrix_f32_t reference, window;
    ds_comparison_f32_t found;
    ds_error_t error;
    bool known = false;
    if (refused(ds_monitor_operators_f32(at, entries, COUNT(entries), &reference, &window, &known, &error), &error)) {
        return 1;
    }
    if (!known) {
        return 0;
    }
    if (refused(ds_distance_f32(&procrustes, &reference, &window, memory, COUNT(memory), &found, &error), &error)) {
        return 1;
    }
    printf("%lu", (unsigned long)report->samples);
    print_number(": procrustes", found.distance);
    printf(", evaluations %lu\n", (unsigned long)found.evaluations);
    return 0;
}

static int poll(ds_monitor_f32_t *at) {
    static bool compared = false;
    ds_report_f32_t report;
    ds_error_t error;
    bool ready = false;
    if (refused(ds_monitor_poll_f32(at, UNITS, &report, &ready, &error), &error)) {
        return 1;
    }
    if (ready) {
        print_report(&report);
        if (!compared && report.status == DS_MONITOR_ALARM_DYNAMICS) {
            compared = true;
            return compare(at, &report);
        }
    }
    return 0;
}

static int replay(const ds_calibration_f32_t *calibration, const ds_monitor_settings_t *settings) {
    ds_monitor_f32_t *at = &monitor;
    ds_error_t error;
    const size_t samples = (size_t)(stream_end - stream) / CHANNELS;
    for (size_t t = 0; t < samples; ++t) {
        if (t == FAILURE) {
            size_t words = 0;
            if (refused(ds_monitor_save_f32(at, saved, COUNT(saved), &words, &error), &error)
                || refused(ds_monitor_restore_f32(&second, calibration, settings, saved, COUNT(saved), second_memory,
                                                  COUNT(second_memory), &error),
                           &error)) {
                return 1;
            }
            printf("%lu: power lost, %lu words saved\n", (unsigned long)t, (unsigned long)words);
            at = &second;
        }
        float sample[CHANNELS];
        for (size_t channel = 0; channel < CHANNELS; ++channel) {
            sample[channel] = (float)stream[t * CHANNELS + channel];
        }
        if (refused(ds_monitor_push_f32(at, sample, CHANNELS, &error), &error) || poll(at)) {
            return 1;
        }
    }
    for (bool due = true; due;) {
        if (poll(at) || refused(ds_monitor_is_due_f32(at, &due, &error), &error)) {
            return 1;
        }
    }
    return 0;
}

int main(void) {
    ds_calibration_f32_t calibration;
    ds_error_t error;
    ds_monitor_settings_t settings = ds_monitor_default();
    settings.window.blocks = BLOCKS;
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("# RAM, bytes: %lu a monitor (%lu of them itself), %lu a saved state, %lu a calibration while it is read\n",
           (unsigned long)(sizeof monitor + sizeof monitor_memory), (unsigned long)sizeof monitor,
           (unsigned long)sizeof saved, (unsigned long)(sizeof calibration + sizeof calibration_memory));
    if (refused(ds_calibration_load_f32(&calibration, calibration_words, COUNT(calibration_words), calibration_memory,
                                        COUNT(calibration_memory), &error),
                &error)
        || refused(ds_monitor_begin_f32(&monitor, &calibration, &settings, monitor_memory, COUNT(monitor_memory), &error),
                   &error)
        || replay(&calibration, &settings)) {
        return 1;
    }
    report_stack();
    return 0;
}
