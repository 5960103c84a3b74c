/* What MISRA C:2012 says of a file that uses the header: every macro that gives a length, and a call. */
#include "dynamical_similarity.h"

extern ds_status_t misra(const ds_recording_f32_t *trial, ds_model_f32_t *model, size_t *bytes);

ds_status_t misra(const ds_recording_f32_t *trial, ds_model_f32_t *model, size_t *bytes) {
    static float fit_memory[DS_FIT_MEMORY_LEN(2, 5, 4)];
    static float distance_memory[DS_DISTANCE_MEMORY_LEN(4, DS_EFFORT_FAST)];
    static float wasserstein_memory[DS_WASSERSTEIN_MEMORY_LEN(4, 3, DS_UNEQUAL_RANKS_PAD)];
    static float stream_memory[DS_STREAM_MEMORY_LEN(2, 5, 1)];
    static float lags_memory[DS_LAGS_MEMORY_LEN(2, 5)];
    static float prediction_memory[DS_PREDICTION_MEMORY_LEN(2, 5, 4)];
    ds_dmd_t settings = ds_dmd_default();
    settings.delays = 5u;
    settings.rank = 4u;
    *bytes = sizeof(fit_memory) + sizeof(distance_memory) + sizeof(wasserstein_memory) + sizeof(stream_memory)
             + sizeof(lags_memory) + sizeof(prediction_memory);
    return ds_fit_f32(&settings, trial, 1u, fit_memory, sizeof(fit_memory) / sizeof(fit_memory[0]), model, NULL);
}
