// SPDX-License-Identifier: Apache-2.0
#pragma once
// assay's CUDA kernels for other programs, as C functions of libassay_kernels.so: load it with ctypes or
// dlopen and run a kernel on your own device memory and stream. The library uses the primary context of
// device 0, which is PyTorch's too. It is built without CUDA as well, and then says so. Nothing throws,
// prints or exits; each failure is one line. Not supported: several devices, calls from two threads at once
// on one kernel, kernels on the CPU.
//
// Texts: `out` gets at most `size` bytes with a closing NUL (null and 0 are allowed); the result is the
// length of the whole text without it, so that a first call can ask for the size.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_KERNELS_API __attribute__((visibility("default")))

// "assay kernels 1, CUDA, 1b2c3d..." or "assay kernels 1, built without CUDA, 1b2c3d..."; the number counts
// changes of this interface, the revision of the sources stands behind.
ASSAY_KERNELS_API const char* assay_kernels_version(void);

// The entries with their axes, points and variants, as JSON (programs/kernel_library.h). Needs no device.
ASSAY_KERNELS_API int64_t assay_kernels_list(char* out, size_t size);

// The buffers of a variant ("rmsnorm/cuda.block_row") at a point ("type=bf16 rows=4096 width=1024"), as JSON,
// in the order of assay_kernel_bind. -1 with one line in `error` for a wrong variant or point. Needs no
// device.
ASSAY_KERNELS_API int64_t assay_kernel_buffers(const char* variant, const char* axes, char* out, size_t size,
                                               char* error, size_t error_size);

typedef struct assay_kernel assay_kernel;

// Binds a variant to `count` device pointers and a cudaStream_t. Allocates scratch, and may set kernels up:
// not while a stream is being captured. Null with one line in `error` if anything does not fit. The pointers'
// memory is the caller's and must hold the bytes that assay_kernel_buffers states.
ASSAY_KERNELS_API assay_kernel* assay_kernel_bind(const char* variant, const char* axes,
                                                  void* const* device_pointers, int count, void* stream,
                                                  char* error, size_t error_size);

// Enqueues one call, also into a capture. 0, or 1: then assay_kernel_error says why.
ASSAY_KERNELS_API int assay_kernel_call(assay_kernel* kernel);

// The line of the last call that failed; "" if none did. Valid until the next call.
ASSAY_KERNELS_API const char* assay_kernel_error(const assay_kernel* kernel);

// What the last call ran: the variant's name unless it chose something else. Valid until the next call.
ASSAY_KERNELS_API const char* assay_kernel_ran(const assay_kernel* kernel);

// Frees its scratch, which waits for the device. Null is allowed.
ASSAY_KERNELS_API void assay_kernel_free(assay_kernel* kernel);

#ifdef __cplusplus
}
#endif
