/* What the processes take that stem from the same parent and run the same program, and the parent if it does: as far as the
   system lets this one read it. */
#pragma once

#include "write/json.h"

/* In the child: reading takes the kernel milliseconds for each, and stops the worker in nothing. Bounded in number and time. */
void siblings_read(int self, int parent);
/* The value of "siblings": a list; null where nobody looked. */
void siblings_json(Text *text);
