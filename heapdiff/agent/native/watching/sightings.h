/* What a watch saw, as JSON: who inserted how much, by frames that are told as places in code. With the main interpreter's GIL. */
#pragma once

#include "types/places.h"
#include "write/json.h"

enum { SIGHTINGS_BYTES_MOST = 40000 };

/* Members of an object: the dict's type and length, counts, `frames`, each once, and `stacks`, with the numbers of their
   frames, innermost first, and `wraps`: the place of a frame there, and the number of one that it stands for: those with the most insertions, as many as fit; `left_out` has the insertions of the others. */
void tell_sightings(Text *text, const ImportRoots *roots);
