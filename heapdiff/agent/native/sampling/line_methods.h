/* The functions of `profile_lines` for Python, with the GIL; `_native.pyi` documents them. */
#pragma once

#include <Python.h>

extern PyMethodDef line_methods[];
