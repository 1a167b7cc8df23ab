#include "sampling/distances.h"

#include <math.h>

static uint64_t random_state = 88172645463325252u;

static double draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return ((double)(random_state >> 11) + 0.5) * 0x1.0p-53;
}

double distance_draw(uint64_t mean)
{
    return -log(draw()) * (double)mean;
}

void distances_vary(uint64_t seed)
{
    random_state = (random_state ^ (seed * 0x9E3779B97F4A7C15u)) | 1;
}
