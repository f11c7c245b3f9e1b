"""Every row of the table: the sizes of the design, and how the row reads in assay's terms.

The only place that knows assay's entries, axes and buffers. `scripts/peers_gpu.py --check` compares it with the library, which
needs no device.
"""
import dataclasses
import fnmatch
import math

SIZE = {"f32": 4, "f16": 2, "bf16": 2, "u8": 1, "i32": 4, "i64": 8, "u32": 4, "u64": 8}


@dataclasses.dataclass(frozen=True)
class Buffer:
    """`fill`: normal, weights (normal, 0.02 of variance), ids (whole numbers under `below`), value (a constant), out."""
    dtype: str
    shape: tuple
    fill: str = "normal"
    below: int = 0
    value: float = 0.0

    @property
    def bytes(self):
        return SIZE[self.dtype] * math.prod(self.shape)


def out(dtype, *shape):
    return Buffer(dtype, shape, "out")


@dataclasses.dataclass(frozen=True)
class Row:
    op: str
    params: tuple  # of (axis, value): the names are assay's axes

    @property
    def values(self):
        return dict(self.params)

    @property
    def axes(self):
        return " ".join(f"{name}={value}" for name, value in self.params)

    @property
    def name(self):
        return f"{self.op} {self.axes}"

    @property
    def entry(self):
        return OPERATIONS[self.op].entry

    @property
    def buffers(self):
        return OPERATIONS[self.op].buffers(self.values)

    @property
    def bytes(self):
        return OPERATIONS[self.op].bytes(self.values)

    @property
    def flops(self):
        return OPERATIONS[self.op].flops(self.values)


@dataclasses.dataclass(frozen=True)
class Operation:
    entry: str
    points: list  # of dicts, axis -> value
    buffers: object  # values -> {assay's buffer name: Buffer}
    bytes: object = None  # values -> bytes that a call has to move
    flops: object = None
    lower_rungs: tuple = ()  # techniques that are lessons, not contenders: they would take the time of the row

    def __post_init__(self):
        if self.bytes is None:
            object.__setattr__(self, "bytes", lambda v: sum(one.bytes for one in self.buffers(v).values()))
        if self.flops is None:
            object.__setattr__(self, "flops", lambda v: 0)


def points(**axes):
    """Every combination, the first axis slowest."""
    found = [{}]
    for name, values in axes.items():
        found = [{**one, name: value} for one in found for value in values]
    return found


def shapes(names, tuples, **first):
    return [{**head, **dict(zip(names, sizes, strict=True))} for head in points(**first) for sizes in tuples]


ROW_SHAPES = [(4096, 1024), (16384, 4096), (32768, 8192)]


def rows_in_and_out(*vectors):
    def buffers(v):
        shape = (v["rows"], v["width"])
        found = {"x": Buffer(v["type"], shape)}
        found.update({name: Buffer(v["type"], (v["width"],)) for name in vectors})
        found["y"] = out(v["type"], *shape)
        return found
    return buffers


def elements(*names):
    def buffers(v):
        return {**{name: Buffer(v["type"], (v["count"],)) for name in names}, "y": out(v["type"], v["count"])}
    return buffers


def fp8_buffers(v):
    return {"x": Buffer(v["type"], (v["n"],)), "scale": Buffer("f32", (1,), "value", value=fp8_scale(v["format"])),
            "y": out("u8", v["n"]), "amax": out("u32", 1)}


def fp8_scale(form):
    """Values beyond four standard deviations leave the range: one in 16,000, so that saturating or not shows."""
    return 112.0 if form == "e4m3" else 14336.0


def fp8_bytes(v):
    """Dynamic scale: the tensor is read twice."""
    read = SIZE[v["type"]] * (2 if v["scale"] == "dynamic" else 1)
    return v["n"] * (read + 1)


def fp8_points(kind):
    return points(n=[1 << 21, 1 << 24, 1 << 27], type=["bf16", "f32"], format=["e4m3", "e5m2"], saturate=["yes", "no"],
                  scale=[kind], values=["normal"])


def hgemm_buffers(v):
    m, n, k = v["m"], v["n"], v["k"]
    return {"a": Buffer(v["type"], (k, m) if v["layout"][0] == "t" else (m, k)),
            "b": Buffer(v["type"], (n, k) if v["layout"][1] == "t" else (k, n)),
            "c": Buffer(v["type"], (0, n)), "d": out(v["type"], m, n)}


def hgemm_points():
    square = [(size, size, size) for size in (512, 1024, 2048, 4096, 8192, 16384)]
    plain = {"accumulate": ["f32"], "epilogue": ["plain"]}
    return (shapes(("m", "n", "k"), square, type=["f16", "bf16"], layout=["nn"], **plain)
            + shapes(("m", "n", "k"), [(4096, 4096, 4096)], type=["f16", "bf16"], layout=["nt", "tn"], **plain))


def gemv_buffers(v):
    return {"weights": Buffer(v["type"], (v["rows"], v["cols"]), "weights"), "x": Buffer(v["x"], (v["cols"],)),
            "y": out("f32", v["rows"])}


def rope_buffers(v):
    shape, angles = (v["tokens"], v["heads"], v["head_dim"]), (v["tokens"], v["dims"] // 2)
    return {"x": Buffer(v["type"], shape), "cosines": Buffer("f32", angles), "sines": Buffer("f32", angles),
            "y": out(v["type"], *shape)}


def embedding_buffers(v):
    return {"table": Buffer(v["type"], (v["vocab"], v["width"])),
            "ids": Buffer("i32", (v["tokens"],), "ids", below=v["vocab"]), "y": out(v["type"], v["tokens"], v["width"])}


def embedding_bytes(v):
    """Rows that are looked up are read, not the table."""
    return v["tokens"] * (4 + 2 * v["width"] * SIZE[v["type"]])


def sampling_buffers(v):
    return {"logits": Buffer(v["type"], (v["rows"], v["vocab"])), "seeds": Buffer("u64", (v["rows"],), "ids", below=1 << 62),
            "tokens": out("i32", v["rows"])}


def attention_buffers(v):
    q = (v["heads"], v["rows"], v["head_dim"])
    kv = (v["kv_heads"], v["keys"], v["head_dim"])
    return {"q": Buffer(v["type"], q), "k": Buffer(v["type"], kv), "v": Buffer(v["type"], kv), "out": out(v["type"], *q)}


def attention_flops(v):
    """Two products over the half of the scores that causality leaves."""
    return 2 * v["heads"] * v["head_dim"] * v["rows"] * (v["rows"] + 1)


OPERATIONS = {
    "hgemm": Operation("hgemm.cuda", hgemm_points(), hgemm_buffers, flops=lambda v: 2 * v["m"] * v["n"] * v["k"],
                       lower_rungs=("naive", "shared_tile", "register_tile", "wmma")),
    "gemv": Operation("gemv.cuda", shapes(("rows", "cols"), [(2304, 768), (768, 3072), (50257, 768), (151936, 1024)],
                                          type=["bf16"], x=["bf16"]), gemv_buffers,
                      flops=lambda v: 2 * v["rows"] * v["cols"]),
    "rmsnorm": Operation("rmsnorm.cuda", shapes(("rows", "width"), ROW_SHAPES, type=["bf16"]), rows_in_and_out("weight")),
    "layernorm": Operation("layernorm.cuda", shapes(("rows", "width"), ROW_SHAPES, type=["bf16"]),
                           rows_in_and_out("weight", "bias")),
    "softmax": Operation("softmax.cuda", shapes(("rows", "width"), ROW_SHAPES, type=["bf16"]), rows_in_and_out()),
    "swiglu": Operation("swiglu.cuda", points(type=["bf16"], count=[1 << 22, 1 << 26, 1 << 28]), elements("gate", "up")),
    "gelu": Operation("gelu.cuda", points(type=["bf16"], form=["tanh"], count=[1 << 22, 1 << 26, 1 << 28]), elements("x")),
    "rope": Operation("rope.cuda", shapes(("tokens", "heads", "head_dim", "dims"),
                                          [(2048, 32, 128, 128), (8192, 32, 128, 128), (32768, 32, 128, 128)],
                                          type=["bf16"], pairs=["half-split", "interleaved"]), rope_buffers),
    "embedding": Operation("embedding.cuda", shapes(("vocab", "tokens", "width"),
                                                    [(50257, 8192, 768), (151936, 32768, 1024), (151936, 131072, 1024)],
                                                    type=["bf16"]), embedding_buffers, bytes=embedding_bytes),
    "fp8_cast_delayed": Operation("fp8_cast.cuda", fp8_points("delayed"), fp8_buffers, bytes=fp8_bytes),
    "fp8_cast_dynamic": Operation("fp8_cast.cuda", fp8_points("dynamic"), fp8_buffers, bytes=fp8_bytes),
    "sampling": Operation("sampling.cuda", points(type=["f32", "bf16"], filter=["k50"], values=["normal"], rows=[1],
                                                  vocab=[50257, 151936]), sampling_buffers),
    "attention": Operation("attention_prefill.cuda", shapes(("heads", "kv_heads", "head_dim", "rows", "keys"),
                                                            [(12, 12, 64, 960, 960), (9, 3, 64, 2048, 2048),
                                                             (16, 8, 128, 4096, 4096), (32, 8, 128, 8192, 8192)],
                                                            type=["bf16"]),
                           attention_buffers, flops=attention_flops, lower_rungs=("rows",)),
}


def rows_of(ops, quick=False):
    """The rows of these operations, in the table's order; `quick` keeps the smallest and the largest size of each."""
    found = []
    for op, operation in OPERATIONS.items():
        if op not in ops:
            continue
        rows = [Row(op, tuple(point.items())) for point in operation.points]
        if quick:
            by_size = sorted(rows, key=lambda row: (row.flops, row.bytes))
            rows = [row for row in rows if row in (by_size[0], by_size[-1])]
        found += rows
    return found


def is_cublas(variant):
    """A variant of assay that calls NVIDIA's library: a peer, not our work."""
    return "cublas" in variant


def our_variants(library, row):
    """assay's contenders for the row, by name."""
    lower = OPERATIONS[row.op].lower_rungs
    return [name for name in library.variants(row.entry)
            if not is_cublas(name) and not any(fnmatch.fnmatch(name, f"*/cuda.{rung}") for rung in lower)]


def faults(library, rows):
    """What in this file does not fit the library: one line for each row that cannot be bound, and why."""
    found = []
    for row in rows:
        names = our_variants(library, row)
        if not names:
            found.append(f"{row.name}: missing: the library has no entry {row.entry}")
            continue
        reason = None
        for name in names:
            reason = fault_of(library, row, name)
            if reason is None:
                break
        if reason:
            found.append(f"{row.name}: {reason}")
    return found


def fault_of(library, row, variant):
    from . import library as kernels
    sizes = {name: Sized(one.bytes) for name, one in row.buffers.items()}
    try:
        kernels.order_buffers(library.buffers(variant, row.axes), sizes)
    except kernels.KernelError as error:
        return str(error)
    return None


@dataclasses.dataclass(frozen=True)
class Sized:
    nbytes: int
