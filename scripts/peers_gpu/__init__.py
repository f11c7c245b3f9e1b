"""assay's CUDA kernels beside PyTorch, Triton and cuBLAS in one process: see scripts/peers_gpu.py.

operations.py  which rows there are, and how a row reads in assay's terms (entry, axes, buffers)
inputs.py      a row's tensors, its right answer and how close to it an arm has to come
arms.py        the peers: PyTorch eager, torch.compile, cuBLAS, SDPA, Triton with its candidates
triton_kernels.py  the Triton kernels, written from the operations' definitions
library.py     libassay_kernels.so by ctypes
gpu.py         events, graphs, L2 flush, clocks: everything that needs a device
measure.py     one row: check outputs, choose candidates, alternate, sample
interleave.py  the order of the alternation
statistics.py  paired log-ratios, intervals, Holm
report.py      the record (JSON Lines) and the table

operations, library, interleave, statistics, report and the options need nothing but Python itself.
"""
