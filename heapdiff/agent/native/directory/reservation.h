/* A name that no other engine, process or container that shares the directory has or gets. */
#pragma once

#include <stdbool.h>

#include "directory/stem.h"

/* Who makes the partial file owns the name, until both files stand under it. False with errno. */
bool reserve(int directory, const char *stem);
/* The same for the first free name from a sequence number on; `time` as in names. */
bool reserve_free(int directory, char stem[STEM_MOST], const char *host, unsigned sequence, const char *time);
/* A graph that was not finished; the name stays ours. */
void remove_graph(int directory, const char *stem);
/* Nothing half-written stays, and no graph of ours without its summary. The name is given up last. */
void remove_remains(int directory, const char *stem, bool graph_stands);
