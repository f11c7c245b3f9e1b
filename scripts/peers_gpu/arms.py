"""The arms of a row: assay's variants, and what a user of PyTorch would pick instead. Needs PyTorch and Triton."""
import torch
import torch.nn.functional as F

from . import inputs, library as kernels, operations
from .measure import OURS, Arm, Candidate

E4M3, E5M2 = torch.float8_e4m3fn, torch.float8_e5m2


class Tensor:
    """A tensor as the library sees it."""

    def __init__(self, tensor):
        self.pointer, self.nbytes = tensor.data_ptr(), tensor.numel() * tensor.element_size()


def library_candidates(gpu, library, row, tensors, names):
    """One for each variant; the outputs are the row's own tensors."""
    outputs = {name: tensors[name] for name, one in row.buffers.items() if one.fill == "out"}
    sized = {name: Tensor(tensor) for name, tensor in tensors.items()}
    made = []
    for name in names:
        try:
            ordered = kernels.order_buffers(library.buffers(name, row.axes), sized)
            kernel = library.bind(name, row.axes, [one.pointer for one in ordered], gpu.stream.cuda_stream)
        except kernels.KernelError as error:
            made.append((name, str(error)))
            continue
        made.append(library_candidate(row, tensors, outputs, name, kernel))
    if not made:
        made.append(("", f"missing: the library has no variant of {row.entry}"))
    return made


def library_candidate(row, tensors, outputs, name, kernel):
    def call(run=kernel.call):
        run()
        return outputs

    def finish():
        return None if kernel.ran() == name else f"asked for {name}, {kernel.ran()} ran"

    return Candidate(name, call, poison=lambda: inputs.poison(row, tensors), finish=finish, free=kernel.free)


def eager(functions):
    """`functions`: (label, function without arguments that gives the outputs by name)."""
    return lambda: [Candidate(label, function) for label, function in functions]


def compiled(functions):
    """The same functions through torch.compile, one shape for each instance. A graph break, a second graph or a recompilation
    voids the candidate: then something else than the compiled code ran. `functions`: (label, function, arguments, names)."""
    def make():
        from torch._dynamo.utils import counters
        from torch._inductor import metrics
        torch._dynamo.reset()
        torch._dynamo.config.suppress_errors = False
        for limit in ("recompile_limit", "cache_size_limit"):
            if hasattr(torch._dynamo.config, limit):
                setattr(torch._dynamo.config, limit, 64)
                break
        if hasattr(torch._dynamo.config, "fail_on_recompile_limit_hit"):
            torch._dynamo.config.fail_on_recompile_limit_hit = True
        counters.clear()
        made = []
        for label, function, arguments, names in functions:
            graphs, generated = counters["stats"]["unique_graphs"], metrics.generated_kernel_count
            run = torch.compile(function, dynamic=False, fullgraph=True)
            try:
                for _ in range(3):
                    run(*arguments)
            except Exception as error:
                made.append((label, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"))
                continue
            if counters["stats"]["unique_graphs"] - graphs != 1 or counters["graph_break"]:
                made.append((label, f"{counters['stats']['unique_graphs'] - graphs} graphs and the breaks "
                                    f"{dict(counters['graph_break'])}, expected one graph"))
                continue
            label = f"{label}, {metrics.generated_kernel_count - generated} generated kernels"
            made.append(compiled_candidate(label, run, arguments, names, counters))
        return made
    return make


def compiled_candidate(label, run, arguments, names, counters):
    graphs = []  # how many there are once all candidates of the row are compiled

    def call():
        found = run(*arguments)
        return dict(zip(names, found if isinstance(found, tuple) else (found,)))

    def activate():
        graphs[:] = graphs or [counters["stats"]["unique_graphs"]]

    def finish():
        if graphs and counters["stats"]["unique_graphs"] != graphs[0]:
            return f"compiled again while it was measured: {counters['stats']['unique_graphs']} graphs, before {graphs[0]}"
        if counters["graph_break"]:
            return f"graph breaks: {dict(counters['graph_break'])}"
        return None

    return Candidate(label, call, activate=activate, finish=finish)


def triton_arm(row, tensors, factory):
    """`factory(triton_kernels)` gives (label, launch) pairs that write the row's own output tensors."""
    outputs = {name: tensors[name] for name, one in row.buffers.items() if one.fill == "out"}

    def make():
        from . import triton_kernels

        def candidate(label, launch):
            def call():
                launch()
                return outputs
            return Candidate(label, call, poison=lambda: inputs.poison(row, tensors))

        return [candidate(label, launch) for label, launch in factory(triton_kernels)]
    return Arm("triton", make, "written for this comparison from the definition; fastest of its configurations")


def one_function(function, arguments, name="y"):
    """The eager and the compiled arm of a function with one output."""
    return [Arm("eager", eager([("eager", lambda: {name: function(*arguments)})])),
            Arm("compile", compiled([("compiled", function, arguments, (name,))]), "torch.compile, default mode")]


def peers_rmsnorm(gpu, library, row, t):
    width = row.values["width"]
    return one_function(lambda x, w: F.rms_norm(x, (width,), w, 1e-5), (t["x"], t["weight"])) + [
        triton_arm(row, t, lambda k: k.rmsnorm(t["x"], t["weight"], t["y"], 1e-5))]


def peers_layernorm(gpu, library, row, t):
    width = row.values["width"]
    return one_function(lambda x, w, b: F.layer_norm(x, (width,), w, b, 1e-5), (t["x"], t["weight"], t["bias"])) + [
        triton_arm(row, t, lambda k: k.layernorm(t["x"], t["weight"], t["bias"], t["y"], 1e-5))]


def peers_softmax(gpu, library, row, t):
    return one_function(lambda x: torch.softmax(x, -1), (t["x"],)) + [
        triton_arm(row, t, lambda k: k.softmax(t["x"], t["y"]))]


def peers_swiglu(gpu, library, row, t):
    return one_function(lambda gate, up: F.silu(gate) * up, (t["gate"], t["up"])) + [
        triton_arm(row, t, lambda k: k.swiglu(t["gate"], t["up"], t["y"]))]


def peers_gelu(gpu, library, row, t):
    form = "tanh" if row.values["form"] == "tanh" else "none"
    return one_function(lambda x: F.gelu(x, approximate=form), (t["x"],)) + [
        triton_arm(row, t, lambda k: k.gelu(t["x"], t["y"], form == "tanh"))]


def peers_rope(gpu, library, row, t):
    pairs = row.values["pairs"]
    return one_function(lambda x, cosines, sines: inputs.rotated(x.float(), cosines, sines, pairs).to(x.dtype),
                        (t["x"], t["cosines"], t["sines"]))


def peers_embedding(gpu, library, row, t):
    return one_function(lambda ids, table: F.embedding(ids, table), (t["ids"], t["table"]))


def fp8_function(e4m3, saturate, dynamic, for_compiler):
    """The cast as a user writes it. What the compiled code would compute otherwise is spelled out for it: its conversion
    saturates, whatever the eager one does, and its quotient of floats is approximate; in float64 it is not."""
    dtype, largest, limit, after = (E4M3, 448.0, 464.0, 0x7F) if e4m3 else (E5M2, 57344.0, 61440.0 - 2.0**-8, 0x7C)

    # A Python number over a tensor is a product with the reciprocal: rounded twice. Tensor over tensor is the quotient.
    numerator = torch.full((), largest, device="cuda")

    def scale_of(amax):
        return (largest / amax.double()).float() if for_compiler else numerator / amax

    def codes(value):
        if saturate:
            return value.clamp(-largest, largest).to(dtype)
        if not for_compiler:
            return value.to(dtype)
        code = value.clamp(-largest, largest).to(dtype).view(torch.uint8)
        beyond = torch.where(value < 0, after | 0x80, after).to(torch.uint8)
        return torch.where(value.abs() > limit, beyond, code)

    def delayed_cast(x, scale):
        return codes(x.float() * scale), x.abs().amax().float()

    def dynamic_cast(x, _):
        amax = x.abs().amax().float()
        return codes(x.float() * scale_of(amax)), amax
    return dynamic_cast if dynamic else delayed_cast


def peers_fp8_cast(gpu, library, row, t):
    v = row.values
    e4m3, saturate, dynamic = v["format"] == "e4m3", v["saturate"] == "yes", v["scale"] == "dynamic"
    names, arguments = ("y", "amax"), (t["x"], t["scale"])
    plain, spelled_out = (fp8_function(e4m3, saturate, dynamic, for_compiler) for for_compiler in (False, True))
    work = torch.zeros(2, dtype=torch.float32, device="cuda")
    own_scale = torch.empty(1, dtype=torch.float32, device="cuda")
    amax = t["amax"].view(torch.float32)

    def factory(k):
        if dynamic:
            return k.fp8_cast_dynamic(t["x"], own_scale, t["y"], amax, work, e4m3, saturate)
        return k.fp8_cast(t["x"], t["scale"], t["y"], amax, work, e4m3, saturate)

    return [Arm("eager", eager([("eager", lambda: dict(zip(names, plain(*arguments))))])),
            Arm("compile", compiled([("compiled", spelled_out, arguments, names)]), "torch.compile, default mode"),
            triton_arm(row, t, factory)]


def peers_hgemm(gpu, library, row, t):
    a, b = (inputs.operand(t[name], letter) for name, letter in zip("ab", row.values["layout"]))
    outputs = {"d": t["d"]}

    def make():
        def candidate(name):
            def call():
                torch.matmul(a, b, out=t["d"])
                return outputs
            return Candidate(f"torch.matmul, {name}", call, poison=lambda: inputs.poison(row, t),
                             activate=lambda: torch.backends.cuda.preferred_blas_library(name))

        own = [name for name in library.variants(row.entry) if operations.is_cublas(name) and "f16_accumulate" not in name]
        bound = library_candidates(gpu, library, row, t, own) if own else []
        return [candidate("cublas"), candidate("cublaslt")] + bound
    return [Arm("cublas", make, "fastest of PyTorch's cuBLAS and cuBLASLt and assay's cuBLASLt variant, if it has one")]


def sample(logits):
    """Temperature, top-k, a draw by exponential noise: no round trip to the host."""
    values, index = torch.topk(logits / inputs.TEMPERATURE, inputs.TOP_K)
    share = torch.softmax(values.float(), -1)
    chosen = (share / torch.empty_like(share).exponential_(1)).argmax(-1, keepdim=True)
    return index.gather(-1, chosen)


def peers_sampling(gpu, library, row, t):
    return one_function(sample, (t["logits"],), "tokens")


def peers_gemv(gpu, library, row, t):
    row_of_one = t["x"].reshape(1, -1)
    return [Arm("torch", eager([("mv", lambda: {"y": torch.mv(t["weights"], t["x"])}),
                                ("linear", lambda: {"y": F.linear(row_of_one, t["weights"])})]),
                "output in the weights' type, assay's in float32")]


def peers_attention(gpu, library, row, t):
    v = row.values
    q, k, value = (t[name].unsqueeze(0) for name in ("q", "k", "v"))
    shared = v["heads"] != v["kv_heads"]
    switches = {"flash": torch.backends.cuda.enable_flash_sdp, "cudnn": torch.backends.cuda.enable_cudnn_sdp,
                "efficient": torch.backends.cuda.enable_mem_efficient_sdp, "math": torch.backends.cuda.enable_math_sdp}

    def call():
        return {"out": F.scaled_dot_product_attention(q, k, value, is_causal=True, enable_gqa=shared)}

    def only(name):
        def activate():
            for other, switch in switches.items():
                switch(other == name)
        return activate

    backends = ["flash", "cudnn"] + ([] if shared else ["efficient"])
    return [Arm("sdpa", lambda: [Candidate(name, call, activate=only(name)) for name in backends],
                "fastest of PyTorch's backends")]


PEERS = {"rmsnorm": peers_rmsnorm, "layernorm": peers_layernorm, "softmax": peers_softmax, "swiglu": peers_swiglu,
         "gelu": peers_gelu, "rope": peers_rope, "embedding": peers_embedding, "fp8_cast_delayed": peers_fp8_cast,
         "fp8_cast_dynamic": peers_fp8_cast, "hgemm": peers_hgemm, "gemv": peers_gemv, "sampling": peers_sampling,
         "attention": peers_attention}


def arms_of(gpu, library, row, tensors, variants):
    """Ours first, then the row's peers."""
    ours = Arm(OURS, lambda: library_candidates(gpu, library, row, tensors, variants))
    return [ours] + PEERS[row.op](gpu, library, row, tensors)
