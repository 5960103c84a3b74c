/* A stream gives the windows of the recording, refuses what it must, and stays as it was then. */
#include "check.h"
#include "dynamical_similarity.h"
#include <math.h>
#include <string.h>

enum { CHANNELS = 3, DELAYS = 4, INTERVAL = 2, SAMPLES = 50, SPAN = (DELAYS - 1) * INTERVAL + 1 };

int main(void) {
    double memory[DS_STREAM_MEMORY_LEN(CHANNELS, DELAYS, INTERVAL) + 5], window[CHANNELS * DELAYS];
    const size_t length = sizeof memory / sizeof memory[0], width = CHANNELS * DELAYS;
    ds_stream_f64_t stream, before;
    ds_error_t error;
    bool ready = true;

    CHECK(ds_stream_begin_f64(&stream, CHANNELS, DELAYS, INTERVAL, memory, length, NULL) == DS_OK);
    CHECK(ds_stream_window_f64(&stream, window, width, &ready, &error) == DS_OK && !ready);
    for (int t = 0; t < SAMPLES; ++t) {
        double sample[CHANNELS];
        for (int c = 0; c < CHANNELS; ++c) {
            sample[c] = 10.0 * t + c;
        }
        CHECK(ds_stream_push_f64(&stream, sample, CHANNELS, &error) == DS_OK);
        CHECK(ds_stream_window_f64(&stream, window, width, &ready, &error) == DS_OK);
        CHECK(ready == (t >= SPAN - 1));
        for (int k = 0; ready && k < DELAYS; ++k) {
            for (int c = 0; c < CHANNELS; ++c) {
                CHECK(window[k * CHANNELS + c] == 10.0 * (t - k * INTERVAL) + c);
            }
        }
    }

    double bad[CHANNELS] = {1.0, 2.0, NAN};
    before = stream;
    CHECK(ds_stream_push_f64(&stream, bad, CHANNELS, &error) == DS_NON_FINITE);
    CHECK(error.sample == SAMPLES && error.channel == 2);
    CHECK(ds_stream_push_f64(&stream, bad, 2, &error) == DS_SHAPE_MISMATCH && error.needed == CHANNELS);
    CHECK(ds_stream_push_f64(&stream, NULL, CHANNELS, &error) == DS_NULL_POINTER);
    CHECK(ds_stream_push_f64(NULL, bad, CHANNELS, &error) == DS_NULL_POINTER);
    CHECK(ds_stream_push_f64(&stream, memory, CHANNELS, &error) == DS_OVERLAP);
    CHECK(memcmp(&stream, &before, sizeof stream) == 0);

    double kept[CHANNELS * DELAYS];
    memcpy(kept, window, sizeof kept);
    CHECK(ds_stream_window_f64(&stream, window, width - 1, &ready, &error) == DS_SHAPE_MISMATCH);
    CHECK(error.needed == width && error.got == width - 1);
    CHECK(ds_stream_window_f64(&stream, window, width, NULL, &error) == DS_NULL_POINTER);
    CHECK(ds_stream_window_f64(&stream, memory, width, &ready, &error) == DS_OVERLAP);
    CHECK(memcmp(kept, window, sizeof kept) == 0 && ready);

    /* A ring that was tampered with is refused, not followed. */
    stream.next = length;
    CHECK(ds_stream_push_f64(&stream, memory, CHANNELS, &error) == DS_OVERLAP);
    bad[2] = 3.0;
    CHECK(ds_stream_push_f64(&stream, bad, CHANNELS, &error) == DS_INVALID_SETTING);
    CHECK(ds_stream_window_f64(&stream, window, width, &ready, &error) == DS_INVALID_SETTING);
    stream = before;
    stream.memory = NULL;
    CHECK(ds_stream_push_f64(&stream, bad, CHANNELS, &error) == DS_NULL_POINTER);

    stream = before;
    CHECK(ds_stream_begin_f64(&stream, CHANNELS, DELAYS, INTERVAL, memory, length - 6, &error) == DS_MEMORY_TOO_SMALL);
    CHECK(error.needed == CHANNELS * SPAN && error.got == length - 6);
    CHECK(ds_stream_begin_f64(&stream, 0, DELAYS, INTERVAL, memory, length, &error) == DS_EMPTY);
    CHECK(ds_stream_begin_f64(&stream, CHANNELS, 0, INTERVAL, memory, length, &error) == DS_INVALID_SETTING);
    CHECK(ds_stream_begin_f64(&stream, CHANNELS, DELAYS, INTERVAL, NULL, length, &error) == DS_NULL_POINTER);
    CHECK(memcmp(&stream, &before, sizeof stream) == 0);
    return summary("streaming");
}
