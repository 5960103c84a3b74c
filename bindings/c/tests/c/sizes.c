/* Sizes by macro are sizes by function. */
#include "check.h"
#include "dynamical_similarity.h"

/* They are constants: */
static float fit[DS_FIT_MEMORY_LEN(2, 5, 4)];
static float distance[DS_DISTANCE_MEMORY_LEN(4, DS_EFFORT_FAST)];
static float wasserstein[DS_WASSERSTEIN_MEMORY_LEN(4, 3, DS_UNEQUAL_RANKS_PAD)];
static float stream[DS_STREAM_MEMORY_LEN(2, 5, 1)];
static float monitor[DS_MONITOR_MEMORY_LEN(8, 5, 8, DS_SCORES_SPECTRA, 6)];
static uint32_t words[DS_CALIBRATION_WORDS(float, 8, 5, 8, DS_SCORES_SPECTRA)];
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void monitors(size_t channels, size_t delays, size_t rank, ds_scores_t scores) {
    const ds_shape_t shape = {.channels = channels, .delays = delays, .rank = rank};
    ds_calibrator_settings_t settings = ds_calibrator_default(shape, 50.0f);
    settings.scores = scores;
    CHECK(DS_CALIBRATION_MEMORY_LEN(channels, delays, rank, scores) == ds_calibration_memory_len(shape, scores));
    CHECK(DS_CALIBRATION_WORDS(float, channels, delays, rank, scores) == ds_calibration_words_len_f32(shape, scores));
    CHECK(DS_CALIBRATION_WORDS(double, channels, delays, rank, scores) == ds_calibration_words_len_f64(shape, scores));
    for (size_t blocks = 1; blocks < 8; ++blocks) {
        const ds_window_t window = {.kind = DS_WINDOW_BLOCKS, .blocks = blocks};
        settings.blocks = blocks;
        CHECK(DS_CALIBRATOR_MEMORY_LEN(channels, delays, rank, scores, blocks) == ds_calibrator_memory_len(settings));
        CHECK(DS_MONITOR_MEMORY_LEN(channels, delays, rank, scores, blocks)
              == ds_monitor_memory_len(shape, scores, window));
        CHECK(DS_MONITOR_STATE_WORDS(float, channels, delays, blocks) == ds_monitor_state_len_f32(shape, scores, window));
        CHECK(DS_MONITOR_STATE_WORDS(double, channels, delays, blocks)
              == ds_monitor_state_len_f64(shape, scores, window));
    }
    const ds_window_t forgetting = {.kind = DS_WINDOW_FORGETTING, .factor = 0.5f};
    CHECK(DS_MONITOR_MEMORY_LEN(channels, delays, rank, scores, 1) == ds_monitor_memory_len(shape, scores, forgetting));
    CHECK(DS_MONITOR_STATE_WORDS(float, channels, delays, 1) == ds_monitor_state_len_f32(shape, scores, forgetting));
}

int main(void) {
    CHECK(LENGTH(fit) == ds_fit_memory_len((ds_shape_t){.channels = 2, .delays = 5, .rank = 4}));
    CHECK(LENGTH(distance) == ds_distance_memory_len(4, DS_EFFORT_FAST));
    CHECK(LENGTH(wasserstein) == ds_wasserstein_memory_len(4, 3, DS_UNEQUAL_RANKS_PAD));
    CHECK(LENGTH(stream) == ds_stream_memory_len(2, 5, 1));

    for (size_t channels = 1; channels <= 20; ++channels) {
        for (size_t delays = 1; delays <= 70; delays += delays < 12 ? 1 : 7) {
            for (size_t rank = 0; rank <= 40; ++rank) {
                ds_shape_t shape = {.channels = channels, .delays = delays, .rank = rank};
                CHECK(DS_FIT_MEMORY_LEN(channels, delays, rank) == ds_fit_memory_len(shape));
            }
            for (size_t interval = 1; interval < 5; ++interval) {
                CHECK(DS_STREAM_MEMORY_LEN(channels, delays, interval)
                      == ds_stream_memory_len(channels, delays, interval));
            }
            CHECK(DS_LAGS_MEMORY_LEN(channels, delays) == ds_lags_memory_len(channels, delays));
        }
    }
    const ds_window_t six = {.kind = DS_WINDOW_BLOCKS, .blocks = 6}, strange = {.kind = 2, .blocks = 6};
    const ds_shape_t eight = {.channels = 8, .delays = 5, .rank = 8};
    CHECK(LENGTH(monitor) == ds_monitor_memory_len(eight, DS_SCORES_SPECTRA, six));
    CHECK(LENGTH(words) == ds_calibration_words_len_f32(eight, DS_SCORES_SPECTRA));
    for (size_t channels = 1; channels <= 20; channels += channels < 5 ? 1 : 5) {
        for (size_t delays = 1; delays <= 24; delays += delays < 6 ? 1 : 6) {
            for (size_t rank = 1; rank <= channels * delays; rank += 1 + rank / 4) {
                monitors(channels, delays, rank, DS_SCORES_SPECTRA);
                monitors(channels, delays, rank, DS_SCORES_SPECTRA_AND_OPERATOR);
            }
        }
    }
    CHECK(ds_monitor_memory_len(eight, 2, six) == SIZE_MAX);
    CHECK(ds_monitor_memory_len(eight, DS_SCORES_SPECTRA, strange) == SIZE_MAX);
    CHECK(ds_monitor_state_len_f32(eight, DS_SCORES_SPECTRA, strange) == SIZE_MAX);
    CHECK(ds_calibration_memory_len(eight, 2) == SIZE_MAX && ds_calibration_words_len_f64(eight, 2) == SIZE_MAX);

    for (size_t left = 1; left <= 64; ++left) {
        for (ds_effort_t effort = DS_EFFORT_FAST; effort <= DS_EFFORT_THOROUGH; ++effort) {
            CHECK(DS_DISTANCE_MEMORY_LEN(left, effort) == ds_distance_memory_len(left, effort));
        }
        for (size_t right = 1; right <= 64; ++right) {
            for (ds_unequal_ranks_t unequal = 0; unequal <= DS_UNEQUAL_RANKS_TRANSPORT; ++unequal) {
                CHECK(DS_WASSERSTEIN_MEMORY_LEN(left, right, unequal)
                      == ds_wasserstein_memory_len(left, right, unequal));
            }
        }
    }

    /* What cannot be counted is never small. */
    ds_shape_t vast = {.channels = SIZE_MAX, .delays = 2, .rank = 3};
    CHECK(ds_fit_memory_len(vast) == SIZE_MAX);
    CHECK(ds_distance_memory_len(SIZE_MAX, DS_EFFORT_DEFAULT) == SIZE_MAX);
    CHECK(ds_distance_memory_len(3, 99) == SIZE_MAX);
    CHECK(ds_wasserstein_memory_len(3, 3, 99) == SIZE_MAX);
    CHECK(ds_stream_memory_len(SIZE_MAX, 3, 3) == SIZE_MAX);
    CHECK(ds_lags_memory_len(SIZE_MAX, 3) == SIZE_MAX);
    return summary("sizes");
}
