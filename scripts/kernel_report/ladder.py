"""The HGEMM ladder: one rung for each technique, f16, row-major by row-major, sums in f32."""
import dataclasses

from .text import NONE, percent, table, three_digits

SIZES = (512, 1024, 2048, 4096, 8192, 16384)
PEER = "cublaslt"


@dataclasses.dataclass(frozen=True)
class Rung:
    technique: str
    family: str  # lines of one family share a colour in the plot
    adds: str


# What src/kernels/hgemm/NOTES.md tells at length.
RUNGS = (
    Rung("naive", "plain", "One thread an output, everything from the caches: the loop of the definition."),
    Rung("shared_tile", "plain", "A 32 × 32 tile goes through shared memory, so that each element is fetched once a tile."),
    Rung("register_tile", "plain", "8 × 8 outputs a thread stay in registers: many f32 multiplications for each load."),
    Rung("wmma", "tensor", "Tensor cores through CUDA's portable interface; padded tiles, loads and arithmetic in turn."),
    Rung("mma_sync", "tensor", "A `cp.async` ring, swizzled shared memory and `ldmatrix`: loads run under arithmetic. The rung for "
                               "sm_80 and sm_89."),
    Rung("wgmma_tma", "wgmma", "Hopper's `wgmma` reads tiles that TMA brought; one buffer yet, so each waits for the other."),
    Rung("wgmma_producer", "wgmma", "A warp of its own keeps a ring of tiles filled, behind barriers in shared memory."),
    Rung("wgmma_128x256", "wgmma", "Two consumer groups share a tile of 128 × 256; registers move from producer to consumers."),
    Rung("wgmma_persistent", "wgmma", "Blocks stay for several tiles and load the next one under the epilogue."),
    Rung("wgmma_cluster", "wgmma", "Two blocks share B through multicast, and outputs leave through `stmatrix` and TMA."),
    Rung("wgmma_split_k", "choice", "For few outputs: small tiles, with k split among the blocks of a cluster."),
    Rung("wgmma_one_wave", "choice", "For about one wave of blocks: 64 × 128 tiles, all of k in one block, B shared by blocks above "
                                     "each other."),
    Rung("auto", "choice", "Chooses one of the rungs by shape."),
    Rung(PEER, "peer", "The peer: the fastest of cuBLASLt's default and its first eight proposals, in the same run."),
)


def is_ladder(row):
    a = row.axes
    return (row.operation == "hgemm" and a.get("type") == "f16" and a.get("layout") == "nn" and a.get("accumulate") == "f32"
            and a.get("epilogue") == "plain" and a.get("m") == a.get("n") == a.get("k") and int(a["m"]) in SIZES)


def rungs_of(rows):
    """{technique: {size: row}} for the rungs that the record has, in the order of the ladder."""
    found = {}
    for row in filter(is_ladder, rows):
        found.setdefault(row.technique, {})[int(row.axes["m"])] = row
    return {rung.technique: found[rung.technique] for rung in rungs_in(found)}


def rungs_in(found):
    """The rungs that were measured; one that this file does not know yet comes before the peer."""
    known = {rung.technique for rung in RUNGS}
    new = tuple(Rung(name, "choice", "See the notes.") for name in found if name not in known)
    return [rung for rung in RUNGS[:-1] + new + RUNGS[-1:] if rung.technique in found]


def tflops(row):
    return row.flops / row.median_ns / 1e3


def cell(row, peer):
    if row is None:
        return NONE
    if row.is_rejected:
        return "rejected: " + ", ".join(dict.fromkeys(reason.split(":")[0] for reason in row.reasons))
    words = three_digits(tflops(row))
    if peer is not None and not peer.is_rejected and row.technique != PEER:
        words += f" ({percent(peer.median_ns / row.median_ns)})"
    return words + {"trusted": "", "qualified": " q"}[row.verdict]


def section(rows, picture):
    found = rungs_of(rows)
    lines = ["## The HGEMM ladder", ""]
    if not found:
        return lines + ["Not measured in this record.", ""]
    lines += ["Product of two square matrices of f16, both row-major, sums in f32, on random normal values. TFLOP/s, in brackets % of "
              "cuBLASLt in the same run; *q*: qualified (the reasons are in the record); a rejected row has its reasons in the place of "
              "numbers.", "", f"![TFLOP/s of each rung over the size]({picture})", ""]
    peers = found.get(PEER, {})
    lines += table(["rung", *map(str, SIZES)],
                   [[f"`{name}`", *(cell(of.get(size), peers.get(size)) for size in SIZES)] for name, of in found.items()])
    lines += ["What each rung adds ([notes](../src/kernels/hgemm/NOTES.md)):", ""]
    lines += [f"- `{rung.technique}`: {rung.adds}" for rung in rungs_in(found)]
    qualified = sorted({code for of in found.values() for row in of.values() if row.verdict == "qualified" for code in row.codes})
    if qualified:
        lines += ["", "Findings on qualified rows of this table: " + ", ".join(f"`{code}`" for code in qualified) + "."]
    return lines + [""]


