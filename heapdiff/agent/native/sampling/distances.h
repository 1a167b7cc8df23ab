/* How far it is from one sample to the next: exponentially distributed, so that each byte has the same chance. Needs the main
   interpreter's GIL. */
#pragma once

#include <stdint.h>

double distance_draw(uint64_t mean);
/* Others from now on than in a process that was the same until now. */
void distances_vary(uint64_t seed);
