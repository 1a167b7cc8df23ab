#include "platform/files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool read_file(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = 0;
    if (fd < 0) {
        return false;
    }
    while (used < room - 1 && (got = read(fd, text + used, room - 1 - used)) > 0) {
        used += (size_t)got;
    }
    close(fd);
    text[used] = '\0';
    return used > 0;
}

uint64_t parse_number(const char *text)
{
    uint64_t number = 0;
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (uint64_t)(*text - '0');
    }
    return number;
}

const char *find_line(const char *text, const char *name)
{
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, strlen(name)) == 0) {
            return line + strlen(name);
        }
    }
    return NULL;
}

uint64_t line_bytes(const char *text, const char *name)
{
    const char *found = find_line(text, name);
    return found == NULL ? 0 : parse_number(found) * 1024;
}
