/* What code objects say about themselves beside their members. */
#pragma once

#include <opcode.h>

/* Whether code surely hasn't run since it was made: importing a module makes its functions' code and runs none of it,
   unless the module calls it. 3.11 counts calls until it specializes; from 3.13 on, the first call replaces RESUME. 3.12
   leaves no trace. Anything but a plain RESUME, also a debugger's or a tool's for coverage, is taken for having run. */
static inline bool code_never_ran(PyCodeObject *code)
{
#if PY_VERSION_HEX < 0x030C0000
    return code->co_warmup == QUICKENING_INITIAL_WARMUP_VALUE;
#elif PY_VERSION_HEX < 0x030D0000
    (void)code;
    return false;
#else
    Py_ssize_t first = code->_co_firsttraceable;
    return code->_co_instrumentation_version == 0 && first >= 0 && first < Py_SIZE(code)
        && (uint8_t)code->co_code_adaptive[first * 2] == RESUME;
#endif
}
