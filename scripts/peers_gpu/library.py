"""libassay_kernels.so by ctypes (src/programs/assay_kernels.h)."""
import ctypes
import json
import pathlib

DEFAULT = pathlib.Path(__file__).resolve().parents[2] / "build" / "cuda" / "bin" / "libassay_kernels.so"
ERROR_BYTES = 1024


class KernelError(Exception):
    """One line from the library."""


class Kernel:
    """A variant bound to device pointers and a stream; call() enqueues it. Free it before its tensors go."""

    def __init__(self, library, handle):
        self._library, self._handle = library, handle
        self._call = library.assay_kernel_call

    def call(self):
        if self._call(self._handle):
            raise KernelError(self._library.assay_kernel_error(self._handle).decode())

    def ran(self):
        return self._library.assay_kernel_ran(self._handle).decode()

    def free(self):
        if self._handle:
            self._library.assay_kernel_free(self._handle)
            self._handle = None


class Library:
    def __init__(self, path=DEFAULT):
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            raise KernelError(f"{error}; build the target assay_kernels_c (preset cuda) or name it with --library") from None
        text, size = ctypes.c_char_p, ctypes.c_size_t
        library.assay_kernels_version.restype = text
        library.assay_kernels_list.restype = ctypes.c_int64
        library.assay_kernels_list.argtypes = [text, size]
        library.assay_kernel_buffers.restype = ctypes.c_int64
        library.assay_kernel_buffers.argtypes = [text, text, text, size, text, size]
        library.assay_kernel_bind.restype = ctypes.c_void_p
        library.assay_kernel_bind.argtypes = [text, text, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_void_p,
                                              text, size]
        library.assay_kernel_call.restype = ctypes.c_int
        library.assay_kernel_call.argtypes = [ctypes.c_void_p]
        library.assay_kernel_error.restype = text
        library.assay_kernel_error.argtypes = [ctypes.c_void_p]
        library.assay_kernel_ran.restype = text
        library.assay_kernel_ran.argtypes = [ctypes.c_void_p]
        library.assay_kernel_free.restype = None
        library.assay_kernel_free.argtypes = [ctypes.c_void_p]
        self._library = library
        self.version = library.assay_kernels_version().decode()
        self.revision = self.version.split(", ")[2] or None  # what is measured, and not where this script lies
        self.entries = {one["entry"]: one for one in json.loads(self._text(library.assay_kernels_list))}

    def _text(self, function, *before, after=()):
        length = function(*before, None, 0, *after)
        if length < 0:
            return None
        out = ctypes.create_string_buffer(length + 1)
        function(*before, out, length + 1, *after)
        return out.value.decode()

    def variants(self, entry):
        """Names, in the order of the entry; [] if there is no such entry."""
        return [one["name"] for one in self.entries.get(entry, {"variants": []})["variants"]]

    def buffers(self, variant, axes):
        """[{name, role, dtype, rows, cols, bytes}] in the order of bind."""
        error = ctypes.create_string_buffer(ERROR_BYTES)
        found = self._text(self._library.assay_kernel_buffers, variant.encode(), axes.encode(), after=(error, ERROR_BYTES))
        if found is None:
            raise KernelError(error.value.decode(errors="replace"))
        return json.loads(found)

    def bind(self, variant, axes, pointers, stream):
        error = ctypes.create_string_buffer(ERROR_BYTES)
        array = (ctypes.c_void_p * max(len(pointers), 1))(*pointers)
        handle = self._library.assay_kernel_bind(variant.encode(), axes.encode(), array, len(pointers), stream, error,
                                                 ERROR_BYTES)
        if not handle:
            raise KernelError(error.value.decode(errors="replace"))
        return Kernel(self._library, handle)


def order_buffers(specs, tensors):
    """The tensors in the library's order. `tensors` maps a buffer's name to (anything with .nbytes(), is_output).

    Raises KernelError where a name, a direction or a size is not what the entry declares: then this script's table is out of
    date, and calling the kernel would read or write elsewhere.
    """
    ordered = []
    for spec in specs:
        if spec["name"] not in tensors:
            raise KernelError(f"the entry wants a buffer '{spec['name']}', operations.py has {', '.join(tensors)}")
        tensor = tensors[spec["name"]]
        if tensor.nbytes != spec["bytes"]:
            raise KernelError(f"buffer '{spec['name']}': the entry wants {spec['bytes']} bytes of {spec['dtype']}, "
                              f"operations.py gives {tensor.nbytes}")
        ordered.append(tensor)
    unused = set(tensors) - {spec["name"] for spec in specs}
    if unused:
        raise KernelError(f"the entry has no buffer {', '.join(sorted(unused))}")
    return ordered
