/* Whether a directory can be trusted with snapshots. No malloc. */
#pragma once

#include <stddef.h>

enum { REFUSAL_MOST = 4096 + 256 }; /* a path and what is wrong with it */

/* Opens a directory that belongs to this user alone, and that nobody else can write to or replace; -1 and a sentence when it is
   not. Made with mode 0700 when only its last part is missing. */
int open_private_directory(const char *path, char *reason, size_t room);
