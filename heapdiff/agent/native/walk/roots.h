/* Where the graph begins: modules, the interpreter's own tables, the frames and states of threads. */
#pragma once

#include "walk/record.h"

/* Only gathers: what the roots refer to is read later, each on its own. A crash costs the one name or stack. */
void walk_roots(Walk *walk);
/* Types that nothing refers to but their instances; each may bring a metatype of its own. */
void walk_static_types(Walk *walk);
/* Code that only the sampler's stacks still hold, such as that of modules after their import. */
void walk_sampled_code(Walk *walk);
