/* Sizes by macro are sizes by function. */
#include "check.h"
#include "dynamical_similarity.h"

/* They are constants: */
static float fit[DS_FIT_MEMORY_LEN(2, 5, 4)];
static float distance[DS_DISTANCE_MEMORY_LEN(4, DS_EFFORT_FAST)];
static float wasserstein[DS_WASSERSTEIN_MEMORY_LEN(4, 3, DS_UNEQUAL_RANKS_PAD)];
static float stream[DS_STREAM_MEMORY_LEN(2, 5, 1)];
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

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
        }
    }
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
    return summary("sizes");
}
