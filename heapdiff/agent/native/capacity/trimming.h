/* What glibc's malloc gives back when it's asked to, measured. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool free_known;
    uint64_t rss_before, rss_after, free_before, free_after, took_ns;
} Trimming;

/* Takes malloc's lock of one arena at a time. Where the process's malloc isn't glibc's nothing is done. For the thread that
   forks for captures: a child must not find these locks taken. */
void trim(Trimming *result);
