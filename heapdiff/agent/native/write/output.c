#define _GNU_SOURCE
#define _GNU_SOURCE
#include "write/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "platform/cgroup.h"
#include "platform/memory.h"
#include "write/crc32.h"
#include "format.h"

enum { HEAD = 8, FOOT = 4, STRETCH = 1 << 20 };

bool write_all(int fd, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        ssize_t done = write(fd, at, count);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            if (done == 0) {
                errno = EIO;
            }
            return false;
        }
        at += done;
        count -= (size_t)done;
    }
    return true;
}

void put_little(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

/* What waits to be written to the disk is memory of the process's group that the kernel cannot take back, and what was written
   would push out pages that the process needs. So a stretch is on its way while the next one comes, and then goes. */
static void let_go(HeapFile *file)
{
    while (file->scarce && file->written - file->gone >= 2 * (uint64_t)STRETCH) {
        off_t old = (off_t)file->gone;
        sync_file_range(file->fd, old + STRETCH, STRETCH, SYNC_FILE_RANGE_WRITE);
        sync_file_range(file->fd, old, STRETCH,
                        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
        posix_fadvise(file->fd, old, STRETCH, POSIX_FADV_DONTNEED);
        file->gone += STRETCH;
    }
}

static bool emit(HeapFile *file, const void *bytes, size_t count)
{
    if (file->error != 0) {
        return false;
    }
    if (file->fd >= 0 && !write_all(file->fd, bytes, count)) {
        file->error = errno;
        return false;
    }
    file->written += count;
    let_go(file);
    return true;
}

bool heap_file_begin(HeapFile *file, int fd, uint8_t flags)
{
    uint8_t header[16] = {0};
    memset(file, 0, sizeof *file);
    file->fd = fd;
    file->scarce = fd >= 0 && !memory_is_plenty();
    memcpy(header, HEAP_MAGIC, 8);
    header[8] = HEAP_VERSION;
    header[10] = flags;
    file->crc = file->whole_crc = crc32_update(0, header, sizeof header);
    return emit(file, header, sizeof header);
}

bool section_init(Section *section, HeapFile *file, const char tag[4], size_t capacity)
{
    memset(section, 0, sizeof *section);
    section->file = file;
    memcpy(section->tag, tag, 4);
    section->capacity = capacity;
    uint8_t *block = memory_map(HEAD + capacity + FOOT);
    section->base = block == NULL ? NULL : block + HEAD;
    return block != NULL;
}

bool section_flush(Section *section)
{
    HeapFile *file = section->file;
    if (section->used == 0) {
        return file->error == 0;
    }
    uint8_t *head = section->base - HEAD;
    memcpy(head, section->tag, 4);
    put_little(head + 4, section->used, 4);
    uint32_t crc = crc32_update(file->crc, head, HEAD + section->used);
    put_little(section->base + section->used, crc, 4);
    file->whole_crc = crc32_shift(file->whole_crc ^ file->crc, HEAD + section->used) ^ crc;
    file->whole_crc = crc32_update(file->whole_crc, section->base + section->used, FOOT);
    file->crc = crc;
    bool done = emit(file, head, HEAD + section->used + FOOT);
    section->used = 0;
    if (section->on_flush != NULL) {
        section->on_flush(section->context);
    }
    return done;
}

void put_bytes(Section *section, const void *bytes, size_t count)
{
    memcpy(section->base + section->used, bytes, count);
    section->used += count;
}
