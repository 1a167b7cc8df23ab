#define _GNU_SOURCE
#include "platform/clock.h"

#include <string.h>

uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t coarse_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct timespec monotonic_in(uint64_t milliseconds)
{
    uint64_t at = monotonic_ns() + milliseconds * 1000000u;
    return (struct timespec){.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)};
}

/* From glibc 2.31 on, and our wheels run from 2.28 on; musl has none. */
extern int pthread_clockjoin_np(pthread_t, void **, clockid_t, const struct timespec *) __attribute__((weak));

bool await_thread(pthread_t thread, const struct timespec *until)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    if (pthread_clockjoin_np != NULL) {
        return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, until) == 0;
    }
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        if (monotonic_ns() >= (uint64_t)until->tv_sec * 1000000000u + (uint64_t)until->tv_nsec) {
            return false;
        }
        nanosleep(&moment, NULL);
    }
    return true;
}

static void digits(char *out, unsigned value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Civil date from days since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static void civil(int64_t seconds, unsigned *year, unsigned *month, unsigned *day)
{
    int64_t shifted = seconds / 86400 + 719468;
    int64_t era = shifted / 146097, of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t part = (5 * of_year + 2) / 153;
    *day = (unsigned)(of_year - (153 * part + 2) / 5 + 1);
    *month = (unsigned)(part < 10 ? part + 3 : part - 9);
    *year = (unsigned)(year_of_era + era * 400 + (*month <= 2));
}

void format_time(const struct timespec *at, char out[28])
{
    unsigned year, month, day, second = (unsigned)(at->tv_sec % 86400);
    civil(at->tv_sec, &year, &month, &day);
    memcpy(out, "0000-00-00T00:00:00.000000Z", 28);
    digits(out, year, 4);
    digits(out + 5, month, 2);
    digits(out + 8, day, 2);
    digits(out + 11, second / 3600, 2);
    digits(out + 14, second / 60 % 60, 2);
    digits(out + 17, second % 60, 2);
    digits(out + 20, (unsigned)(at->tv_nsec / 1000), 6);
}

void format_compact_time(const struct timespec *at, char out[17])
{
    char full[28];
    format_time(at, full);
    const int kept[] = {0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18, 26};
    for (int i = 0; i < 16; i++) {
        out[i] = full[kept[i]];
    }
    out[16] = '\0';
}
