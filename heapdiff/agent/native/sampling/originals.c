#include "sampling/originals.h"

#include <string.h>

enum { MET_MOST = 16 };

static const PyMemAllocatorDomain domains[ALLOCATORS] = {PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_RAW};
static struct {
    _Alignas(64) PyMemAllocatorEx allocator;
} met[ALLOCATORS][MET_MOST]; /* each written once */
static unsigned met_count[ALLOCATORS];

PyMemAllocatorEx allocator_now(unsigned allocator)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(domains[allocator], &now);
    return now;
}

void allocator_set(unsigned allocator, PyMemAllocatorEx functions)
{
    PyMem_SetAllocator(domains[allocator], &functions);
}

const PyMemAllocatorEx *original_keep(unsigned allocator, const PyMemAllocatorEx *original)
{
    for (unsigned at = 0; at < met_count[allocator]; at++) {
        if (memcmp(&met[allocator][at].allocator, original, sizeof *original) == 0) {
            return &met[allocator][at].allocator;
        }
    }
    if (met_count[allocator] == MET_MOST) {
        return NULL;
    }
    met[allocator][met_count[allocator]].allocator = *original;
    return &met[allocator][met_count[allocator]++].allocator;
}
