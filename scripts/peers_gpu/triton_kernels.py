"""Triton kernels written from the operations' definitions, as somebody who knows Triton would write them.

Each factory gives (label, launch) pairs, at most six: the tuner of measure.choose picks one by its time in a graph. A launch
takes no argument and writes its output tensors. Arithmetic is in float32; rounding to the output type is to nearest even.
Sums and maxima over a row stay in registers: one program holds whole rows.
"""
import triton
import triton.language as tl

ELEMENTWISE = [(1024, 4), (2048, 4), (2048, 8), (4096, 8), (8192, 8)]  # (elements of a program, warps)


def _row_shapes(rows, width):
    """(rows of a program, columns of the tile, warps): enough warps that a thread holds 8 to 64 elements."""
    columns = triton.next_power_of_2(max(width, 2))
    shapes = []
    for count, warps in [(1, 4), (1, 8), (1, 16), (2, 4), (4, 4), (4, 8)]:
        if count <= max(rows, 1) and 4 <= count * columns / (32 * warps) <= 128:
            shapes.append((count, columns, warps))
    return shapes or [(1, columns, 4)]


@triton.jit
def _rmsnorm(x, weight, y, rows, width, epsilon, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column = tl.arange(0, COLUMNS)
    inside = (row[:, None] < rows) & (column[None, :] < width)
    at = row[:, None] * width + column[None, :]
    value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    gain = tl.load(weight + column, mask=column < width, other=0.0).to(tl.float32)
    square = tl.sum(value * value, axis=1) / width
    out = value * tl.rsqrt(square + epsilon)[:, None] * gain[None, :]
    tl.store(y + at, out.to(y.dtype.element_ty), mask=inside)


def rmsnorm(x, weight, y, epsilon):
    rows, width = x.shape

    def make(count, columns, warps):
        grid = (triton.cdiv(rows, count),)
        return lambda: _rmsnorm[grid](x, weight, y, rows, width, epsilon, ROWS=count, COLUMNS=columns, num_warps=warps)

    return [(f"{count} rows, {warps} warps", make(count, columns, warps)) for count, columns, warps in _row_shapes(rows, width)]


@triton.jit
def _layernorm(x, weight, bias, y, rows, width, epsilon, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column = tl.arange(0, COLUMNS)
    inside = (row[:, None] < rows) & (column[None, :] < width)
    at = row[:, None] * width + column[None, :]
    value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    gain = tl.load(weight + column, mask=column < width, other=0.0).to(tl.float32)
    shift = tl.load(bias + column, mask=column < width, other=0.0).to(tl.float32)
    mean = tl.sum(value, axis=1) / width
    centred = tl.where(inside, value - mean[:, None], 0.0)
    variance = tl.sum(centred * centred, axis=1) / width
    out = centred * tl.rsqrt(variance + epsilon)[:, None] * gain[None, :] + shift[None, :]
    tl.store(y + at, out.to(y.dtype.element_ty), mask=inside)


def layernorm(x, weight, bias, y, epsilon):
    rows, width = x.shape

    def make(count, columns, warps):
        grid = (triton.cdiv(rows, count),)
        return lambda: _layernorm[grid](x, weight, bias, y, rows, width, epsilon, ROWS=count, COLUMNS=columns,
                                        num_warps=warps)

    return [(f"{count} rows, {warps} warps", make(count, columns, warps)) for count, columns, warps in _row_shapes(rows, width)]


@triton.jit
def _softmax(x, y, rows, width, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    column = tl.arange(0, COLUMNS)
    inside = (row[:, None] < rows) & (column[None, :] < width)
    at = row[:, None] * width + column[None, :]
    value = tl.load(x + at, mask=inside, other=float("-inf")).to(tl.float32)
    top = tl.max(value, axis=1)
    power = tl.exp(value - top[:, None])
    out = power / tl.sum(power, axis=1)[:, None]
    tl.store(y + at, out.to(y.dtype.element_ty), mask=inside)


def softmax(x, y):
    rows, width = x.shape

    def make(count, columns, warps):
        grid = (triton.cdiv(rows, count),)
        return lambda: _softmax[grid](x, y, rows, width, ROWS=count, COLUMNS=columns, num_warps=warps)

    return [(f"{count} rows, {warps} warps", make(count, columns, warps)) for count, columns, warps in _row_shapes(rows, width)]


@triton.jit
def _sigmoid(value):
    return 1.0 / (1.0 + tl.exp(-value))


@triton.jit
def _swiglu(gate, up, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(gate + at, mask=inside, other=0.0).to(tl.float32)
    factor = tl.load(up + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(y + at, (value * _sigmoid(value) * factor).to(y.dtype.element_ty), mask=inside)


def swiglu(gate, up, y):
    n = y.numel()

    def make(block, warps):
        grid = (triton.cdiv(n, block),)
        return lambda: _swiglu[grid](gate, up, y, n, BLOCK=block, num_warps=warps)

    return [(f"{block} elements, {warps} warps", make(block, warps)) for block, warps in ELEMENTWISE]


@triton.jit
def _gelu(x, y, n, BLOCK: tl.constexpr, TANH: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < n
    value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    if TANH:
        # (1 + tanh u) / 2 = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
        out = value * _sigmoid(1.5957691216057308 * (value + 0.044715 * value * value * value))
    else:
        out = 0.5 * value * (1.0 + tl.erf(value * 0.7071067811865476))
    tl.store(y + at, out.to(y.dtype.element_ty), mask=inside)


def gelu(x, y, tanh):
    n = y.numel()

    def make(block, warps):
        grid = (triton.cdiv(n, block),)
        return lambda: _gelu[grid](x, y, n, BLOCK=block, TANH=tanh, num_warps=warps)

    return [(f"{block} elements, {warps} warps", make(block, warps)) for block, warps in ELEMENTWISE]


@triton.jit
def _fp8_code(value, E4M3: tl.constexpr, SATURATE: tl.constexpr):
    """The 8 bits of a float32, to nearest even. The conversion itself saturates on this hardware, so that what lies beyond
    the range is put in by hand where it must not: the code after the largest finite one, with the sign."""
    largest = 448.0 if E4M3 else 57344.0
    kept = tl.where(value == value, tl.minimum(tl.maximum(value, -largest), largest), value)
    if E4M3:
        code = kept.to(tl.float8e4nv).to(tl.uint8, bitcast=True)
    else:
        code = kept.to(tl.float8e5).to(tl.uint8, bitcast=True)
    if not SATURATE:
        # Half a step beyond the largest: the tie goes to 448 in e4m3 and away from 57344 in e5m2, whose codes are even and odd.
        if E4M3:
            code = tl.where(tl.abs(value) > 464.0, tl.where(value < 0, 0xFF, 0x7F).to(tl.uint8), code)
        else:
            code = tl.where(tl.abs(value) >= 61440.0, tl.where(value < 0, 0xFC, 0x7C).to(tl.uint8), code)
    return tl.where(value == value, code, tl.full(code.shape, 0x7F, tl.uint8))


@triton.jit
def _finish_amax(top, work, amax, programs):
    """The greatest of all programs: `work` is (greatest so far, programs that are done) and is zeros again afterwards."""
    tl.atomic_max(work, top)
    done = tl.atomic_add(work + 1, 1.0)
    if done == programs - 1:
        tl.store(amax, tl.atomic_xchg(work, 0.0))
        tl.atomic_xchg(work + 1, 0.0)


@triton.jit
def _fp8_cast(x, scale, y, amax, work, n, programs, BLOCK: tl.constexpr, TRIPS: tl.constexpr, E4M3: tl.constexpr,
              SATURATE: tl.constexpr, WITH_AMAX: tl.constexpr):
    factor = tl.load(scale)
    top = tl.zeros((BLOCK,), tl.float32)
    for trip in range(TRIPS):
        at = (tl.program_id(0).to(tl.int64) * TRIPS + trip) * BLOCK + tl.arange(0, BLOCK)
        inside = at < n
        value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
        tl.store(y + at, _fp8_code(value * factor, E4M3, SATURATE), mask=inside)
        if WITH_AMAX:
            top = tl.maximum(top, tl.abs(value))
    if WITH_AMAX:
        _finish_amax(tl.max(top, axis=0), work, amax, programs)


@triton.jit
def _amax(x, amax, scale, work, n, programs, BLOCK: tl.constexpr, TRIPS: tl.constexpr, LARGEST: tl.constexpr):
    """amax, and the scale that follows from it, by the program that is done last."""
    top = tl.zeros((BLOCK,), tl.float32)
    for trip in range(TRIPS):
        at = (tl.program_id(0).to(tl.int64) * TRIPS + trip) * BLOCK + tl.arange(0, BLOCK)
        top = tl.maximum(top, tl.abs(tl.load(x + at, mask=at < n, other=0.0).to(tl.float32)))
    tl.atomic_max(work, tl.max(top, axis=0))
    done = tl.atomic_add(work + 1, 1.0)
    if done == programs - 1:
        greatest = tl.atomic_xchg(work, 0.0)
        tl.atomic_xchg(work + 1, 0.0)
        tl.store(amax, greatest)
        usable = (greatest > 0.0) & (greatest < float("inf"))
        quotient = tl.div_rn(LARGEST + tl.zeros((1,), tl.float32), tl.where(usable, greatest, 1.0) + tl.zeros((1,), tl.float32))
        bounded = tl.where(usable, tl.minimum(quotient, 3.4028234663852886e38), 1.0)
        tl.store(scale + tl.arange(0, 1), bounded)


FP8_SHAPES = [(1024, 1, 4), (4096, 1, 8), (8192, 1, 8), (4096, 4, 8)]  # elements at a time, how often, warps


def fp8_cast(x, scale, y, amax, work, e4m3, saturate):
    """Delayed scale: `scale` is given. y are bytes, amax one float32, work two float32 zeros."""
    n = x.numel()

    def make(block, trips, warps):
        programs = triton.cdiv(n, block * trips)
        return lambda: _fp8_cast[(programs,)](x, scale, y, amax, work, n, float(programs), BLOCK=block, TRIPS=trips,
                                              E4M3=e4m3, SATURATE=saturate, WITH_AMAX=True, num_warps=warps)

    return [(f"{block} x {trips} elements, {warps} warps", make(block, trips, warps)) for block, trips, warps in FP8_SHAPES
            if triton.cdiv(n, block * trips) < 1 << 24]


def fp8_cast_dynamic(x, scale, y, amax, work, e4m3, saturate):
    """Two kernels: amax and scale, then the cast."""
    n = x.numel()
    largest = 448.0 if e4m3 else 57344.0

    def make(block, trips, warps):
        programs = triton.cdiv(n, block * trips)

        def launch():
            _amax[(programs,)](x, amax, scale, work, n, float(programs), BLOCK=block, TRIPS=trips, LARGEST=largest,
                               num_warps=warps)
            _fp8_cast[(programs,)](x, scale, y, amax, work, n, float(programs), BLOCK=block, TRIPS=trips, E4M3=e4m3,
                                   SATURATE=saturate, WITH_AMAX=False, num_warps=warps)
        return launch

    return [(f"{block} x {trips} elements, {warps} warps", make(block, trips, warps)) for block, trips, warps in FP8_SHAPES
            if triton.cdiv(n, block * trips) < 1 << 24]
