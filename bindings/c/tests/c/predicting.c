/* Predictions and lag covariances: what they give, and what is refused, with which status and details. */
#include "check.h"
#include "dynamical_similarity.h"
#include <math.h>
#include <string.h>

enum { CHANNELS = 2, DELAYS = 3, RANK = 4, SAMPLES = 200, LAGS = 2 };
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static double samples[SAMPLES * CHANNELS];
static double memory[DS_FIT_MEMORY_LEN(CHANNELS, DELAYS, RANK)];
static double scratch[DS_PREDICTION_MEMORY_LEN(CHANNELS, DELAYS, RANK)];
static double predicted[SAMPLES * CHANNELS];
static ds_error_t error;

static int about(const char *subject) {
    return error.subject_len == strlen(subject) && memcmp(error.subject, subject, error.subject_len) == 0;
}

static void *shifted(void *address) {
    return (char *)address + 1;
}

static void predictions(void) {
    /* Two rotations: what comes next is certain. */
    for (int t = 0; t < SAMPLES; ++t) {
        samples[t * CHANNELS] = cos(0.3 * t);
        samples[t * CHANNELS + 1] = sin(0.3 * t) + cos(0.8 * t);
    }
    const ds_recording_f64_t trial = {samples, SAMPLES, CHANNELS};
    ds_dmd_t settings = ds_dmd_default();
    settings.delays = DELAYS;
    settings.rank = RANK;
    ds_model_f64_t model;
    CHECK(ds_fit_f64(&settings, &trial, 1, memory, LENGTH(memory), &model, &error) == DS_OK);
    size_t needed = 0, first = 0;
    CHECK(ds_prediction_memory_len_f64(&model, &needed, &error) == DS_OK);
    CHECK(needed == DS_PREDICTION_MEMORY_LEN(CHANNELS, DELAYS, RANK));
    for (size_t steps = DS_HORIZON_FREE; steps < 20; ++steps) {
        CHECK(ds_first_predicted_f64(&model, steps, &first, &error) == DS_OK);
        CHECK(first == DELAYS - 1 + (steps == DS_HORIZON_FREE ? 1 : steps));
        const size_t values = (SAMPLES - first) * CHANNELS;
        CHECK(ds_predict_f64(&model, steps, &trial, predicted, values, scratch, needed, &error) == DS_OK);
        for (size_t i = 0; i < values; ++i) {
            CHECK(fabs(predicted[i] - samples[first * CHANNELS + i]) < 1e-4);
        }
        ds_prediction_quality_f64_t errors;
        CHECK(ds_prediction_errors_f64(&model, steps, &trial, 1, scratch, LENGTH(scratch), &errors, &error) == DS_OK);
        CHECK(errors.values == values && errors.r_squared > 0.999999 && errors.mean_squared_error < 1e-8);
    }

    const size_t values = (SAMPLES - DELAYS) * CHANNELS;
#define PREDICT(model, trial, out, out_len, memory, length) \
    ds_predict_f64(model, 1, trial, out, out_len, memory, length, &error)
    CHECK(PREDICT(NULL, &trial, predicted, values, scratch, needed) == DS_NULL_POINTER && about("model"));
    CHECK(PREDICT(shifted(&model), &trial, predicted, values, scratch, needed) == DS_MISALIGNED_POINTER);
    CHECK(PREDICT(&model, NULL, predicted, values, scratch, needed) == DS_NULL_POINTER && about("trial"));
    CHECK(PREDICT(&model, &trial, NULL, values, scratch, needed) == DS_NULL_POINTER && about("predicted"));
    CHECK(PREDICT(&model, &trial, predicted, values, NULL, needed) == DS_NULL_POINTER && about("memory"));
    CHECK(PREDICT(&model, &trial, predicted, values, scratch, SIZE_MAX) == DS_LENGTH_OVERFLOW && about("memory"));
    CHECK(PREDICT(&model, &trial, predicted, values, predicted, needed) == DS_OVERLAP && about("predicted"));
    CHECK(PREDICT(&model, &trial, samples, values, scratch, needed) == DS_OVERLAP && about("predicted"));
    CHECK(PREDICT(&model, &trial, memory, values, scratch, needed) == DS_OVERLAP && about("predicted"));
    CHECK(PREDICT(&model, &trial, predicted, values, memory, needed) == DS_OVERLAP && about("memory"));
    CHECK(PREDICT(&model, &trial, predicted, values - 1, scratch, needed) == DS_SHAPE_MISMATCH
          && error.needed == values && error.got == values - 1);
    /* Three sums for each channel belong to the errors alone. */
    const size_t least = needed - 3 * CHANNELS;
    CHECK(PREDICT(&model, &trial, predicted, values, scratch, least) == DS_OK);
    CHECK(PREDICT(&model, &trial, predicted, values, scratch, least - 1) == DS_MEMORY_TOO_SMALL
          && error.needed == least && error.got == least - 1);
    const ds_recording_f64_t brief = {samples, DELAYS, CHANNELS}, wide = {samples, SAMPLES / 2, 2 * CHANNELS};
    CHECK(PREDICT(&model, &brief, predicted, 0, scratch, needed) == DS_TOO_SHORT && error.needed == DELAYS + 1);
    CHECK(PREDICT(&model, &wide, predicted, (SAMPLES / 2 - DELAYS) * 2 * CHANNELS, scratch, needed)
          == DS_SHAPE_MISMATCH);
#undef PREDICT
    ds_prediction_quality_f64_t errors;
    CHECK(ds_prediction_errors_f64(&model, 1, &trial, 1, scratch, LENGTH(scratch) - 1, &errors, &error)
              == DS_MEMORY_TOO_SMALL
          && error.needed == LENGTH(scratch));
    CHECK(ds_prediction_errors_f64(&model, 1, NULL, 0, scratch, LENGTH(scratch), &errors, &error) == DS_EMPTY);
    CHECK(ds_prediction_errors_f64(&model, 1, &trial, 1, scratch, LENGTH(scratch), NULL, &error) == DS_NULL_POINTER);
    CHECK(ds_prediction_errors_f64(&model, 1, &trial, 1, scratch, LENGTH(scratch), (void *)memory, &error) == DS_OVERLAP
          && about("errors"));
    CHECK(ds_prediction_memory_len_f64(&model, NULL, &error) == DS_NULL_POINTER && about("memory_len"));
    CHECK(ds_first_predicted_f64(&model, 1, (void *)&model, &error) == DS_OVERLAP && about("first"));

    /* Not a model: zeros, and one of the other scalar. */
    ds_model_f64_t none;
    memset(&none, 0, sizeof none);
    CHECK(ds_prediction_memory_len_f64(&none, &needed, &error) == DS_NOT_BEGUN && about("model"));
    ds_model_f32_t other;
    memset(&other, 0, sizeof other);
    memcpy(other.opaque, model.opaque, sizeof other.opaque);
    CHECK(ds_prediction_memory_len_f32(&other, &needed, &error) == DS_NOT_BEGUN && about("model"));
}

static double lags_memory[2][DS_LAGS_MEMORY_LEN(CHANNELS, LAGS)];

static void covariances(void) {
    static const double shift[CHANNELS] = {10.0, 0.0}, bad[CHANNELS] = {NAN, 0.0};
    double sample[CHANNELS], found[CHANNELS * CHANNELS] = {7.0, 7.0, 7.0, 7.0}, mean[CHANNELS], pairs = -1.0;
    ds_lags_f64_t lags, other;
    const size_t length = LENGTH(lags_memory[0]);
    memset(&lags, 0, sizeof lags);
    memset(&other, 0, sizeof other);
#define BEGIN(lags, most, shift, memory, length) ds_lags_begin_f64(lags, most, shift, CHANNELS, memory, length, &error)
    CHECK(ds_lags_push_f64(&lags, shift, CHANNELS, &error) == DS_NOT_BEGUN && about("lags"));
    CHECK(BEGIN(NULL, LAGS, shift, lags_memory[0], length) == DS_NULL_POINTER && about("lags"));
    CHECK(BEGIN(&lags, LAGS, NULL, lags_memory[0], length) == DS_NULL_POINTER && about("shift"));
    CHECK(BEGIN(&lags, LAGS, shift, shifted(lags_memory[0]), length - 1) == DS_MISALIGNED_POINTER && about("memory"));
    CHECK(BEGIN(&lags, LAGS, lags_memory[0], lags_memory[0], length) == DS_OVERLAP && about("memory"));
    CHECK(BEGIN(&lags, LAGS, shift, lags_memory[0], length - 1) == DS_MEMORY_TOO_SMALL && error.needed == length);
    CHECK(BEGIN(&lags, LAGS, bad, lags_memory[0], length) == DS_NON_FINITE && error.channel == 0);
    CHECK(ds_lags_begin_f64(&lags, LAGS, shift, 0, lags_memory[0], length, &error) == DS_EMPTY);
    CHECK(ds_lags_push_missing_f64(&lags, &error) == DS_NOT_BEGUN);
    CHECK(BEGIN(&lags, LAGS, shift, lags_memory[0], length) == DS_OK);
    CHECK(BEGIN(&other, LAGS, shift, lags_memory[1], length) == DS_OK);
    CHECK(ds_lags_covariance_f64(&lags, 0, found, LENGTH(found), &error) == DS_EMPTY && found[0] == 7.0);
    CHECK(ds_lags_mean_f64(&lags, found, CHANNELS, &error) == DS_EMPTY && found[0] == 7.0);

    /* x = 11, 9, 11, 9, (gap), 9: the example of the library in two channels. */
    for (int t = 0; t < 6; ++t) {
        sample[0] = t == 0 || t == 2 ? 11.0 : 9.0;
        sample[1] = 2.0 * (sample[0] - 10.0);
        CHECK((t == 4 ? ds_lags_push_missing_f64(&lags, &error) : ds_lags_push_f64(&lags, sample, CHANNELS, &error)) == DS_OK);
    }
    CHECK(ds_lags_covariance_f64(&lags, 1, found, LENGTH(found), &error) == DS_OK);
    CHECK(fabs(found[0] + 1.04) < 1e-12 && fabs(found[1] + 2.08) < 1e-12 && fabs(found[3] + 4.16) < 1e-12);
    CHECK(ds_lags_pairs_f64(&lags, 1, &pairs, &error) == DS_OK && pairs == 3.0);
    CHECK(ds_lags_pairs_f64(&lags, 9, &pairs, &error) == DS_OK && pairs == 0.0);
    CHECK(ds_lags_mean_f64(&lags, mean, CHANNELS, &error) == DS_OK && fabs(mean[0] - 9.8) < 1e-12);
    CHECK(ds_lags_merge_f64(&other, &lags, &error) == DS_OK && ds_lags_merge_f64(&other, &lags, &error) == DS_OK);
    CHECK(ds_lags_pairs_f64(&other, 1, &pairs, &error) == DS_OK && pairs == 6.0);
    CHECK(ds_lags_forget_f64(&other, 0.5, &error) == DS_OK);
    CHECK(ds_lags_pairs_f64(&other, 1, &pairs, &error) == DS_OK && pairs == 3.0);
    CHECK(ds_lags_clear_f64(&other, &error) == DS_OK);
    CHECK(ds_lags_pairs_f64(&other, 1, &pairs, &error) == DS_OK && pairs == 0.0);

    double before[LENGTH(lags_memory[0])];
    memcpy(before, lags_memory[0], sizeof before);
    memset(found, 0x5A, sizeof found);
    const double untouched = found[0];
    CHECK(ds_lags_push_f64(&lags, bad, CHANNELS, &error) == DS_NON_FINITE && error.channel == 0);
    CHECK(ds_lags_push_f64(&lags, sample, 1, &error) == DS_SHAPE_MISMATCH && error.needed == CHANNELS);
    CHECK(ds_lags_push_f64(&lags, lags_memory[0], CHANNELS, &error) == DS_OVERLAP && about("the memory of the lags"));
    CHECK(ds_lags_push_f64(NULL, sample, CHANNELS, &error) == DS_NULL_POINTER && about("lags"));
    CHECK(ds_lags_covariance_f64(&lags, 3, found, LENGTH(found), &error) == DS_INVALID_SETTING && about("lag"));
    CHECK(ds_lags_covariance_f64(&lags, 1, found, 3, &error) == DS_SHAPE_MISMATCH && error.needed == 4 && error.got == 3);
    CHECK(ds_lags_covariance_f64(&lags, 1, NULL, 4, &error) == DS_NULL_POINTER && about("covariance"));
    CHECK(ds_lags_covariance_f64(&lags, 1, lags_memory[0], 4, &error) == DS_OVERLAP && about("covariance"));
    CHECK(ds_lags_mean_f64(&lags, found, 3, &error) == DS_SHAPE_MISMATCH && error.needed == CHANNELS);
    CHECK(ds_lags_pairs_f64(&lags, 1, NULL, &error) == DS_NULL_POINTER && about("pairs"));
    CHECK(ds_lags_forget_f64(&lags, 1.0, &error) == DS_INVALID_SETTING && about("factor"));
    CHECK(ds_lags_merge_f64(&lags, &lags, &error) == DS_OVERLAP && about("lags"));
    CHECK(ds_lags_merge_f64(&lags, NULL, &error) == DS_NULL_POINTER && about("other"));
    CHECK(memcmp(&found[0], &untouched, sizeof untouched) == 0);
    const double elsewhere[CHANNELS] = {10.0, 1.0};
    CHECK(BEGIN(&other, LAGS, elsewhere, lags_memory[1], length) == DS_OK);
    CHECK(ds_lags_merge_f64(&lags, &other, &error) == DS_INVALID_SETTING && about("shift"));
    CHECK(BEGIN(&other, LAGS - 1, shift, lags_memory[1], length) == DS_OK);
    CHECK(ds_lags_merge_f64(&lags, &other, &error) == DS_SHAPE_MISMATCH && error.needed == LAGS);
    memset(&other, 0, sizeof other);
    CHECK(ds_lags_merge_f64(&lags, &other, &error) == DS_NOT_BEGUN && about("other"));
    CHECK(memcmp(before, lags_memory[0], sizeof before) == 0);
#undef BEGIN
}

int main(void) {
    predictions();
    covariances();
    return summary("predicting");
}
