"""C code for a target process, compiled when a test needs it: what an application's own extensions may do."""

from __future__ import annotations

import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

COMPILER = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]


def compile_library(folder: Path, name: str, source: str) -> Path:
    """A shared library; skips the test where there is no compiler."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.so"
    include = sysconfig.get_path("include")
    command = [COMPILER, "-shared", "-fPIC", "-O1", f"-I{include}", "-x", "c", "-", "-o", str(path)]
    try:
        subprocess.run(command, input=source, text=True, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip(f"no C compiler {COMPILER} here")
    return path


SIZED = """
#include <Python.h>
%(code)s
static PyMethodDef methods[] = {{"__sizeof__", sized, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyTypeObject type = {PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "%(name)s.Sized", .tp_methods = methods,
    .tp_basicsize = sizeof(PyObject), .tp_flags = Py_TPFLAGS_DEFAULT, .tp_new = PyType_GenericNew};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "%(name)s", .m_size = -1};
PyMODINIT_FUNC PyInit_%(name)s(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (PyType_Ready(&type) < 0 || PyModule_AddObjectRef(module, "Sized", (PyObject *)&type) < 0) {
        return NULL;
    }
    return module;
}
"""


def sized_type(folder: Path, name: str, code: str) -> str:
    """A target's setup after which `Sized` is a type whose `__sizeof__` is the C function `sized` in `code`."""
    compile_library(folder, name, SIZED % {"name": name, "code": code})
    return f"import sys\nsys.path.insert(0, {str(folder)!r})\nfrom {name} import Sized\n"
