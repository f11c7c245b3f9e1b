"""A row's tensors, its right answer in float64, and the check that every arm's outputs have to pass. Needs PyTorch."""
import torch

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "u8": torch.uint8, "i32": torch.int32,
          "i64": torch.int64, "u32": torch.int32, "u64": torch.int64}
# |y - reference| <= relative |reference| + absolute: two roundings to the output type (PyTorch's eager code rounds between
# its kernels), and what float32 loses where terms cancel.
RELATIVE = {"f32": 1e-5, "f16": 2e-3, "bf16": 1.6e-2}
CHUNK = 1 << 24


def make(row, seed):
    """{buffer name: tensor}: fresh random inputs, outputs not yet written."""
    generator = torch.Generator(device="cuda")
    generator.manual_seed(seed)
    tensors = {}
    for name, one in row.buffers.items():
        dtype = DTYPES[one.dtype]
        if one.fill == "normal":
            tensors[name] = torch.randn(one.shape, generator=generator, device="cuda").to(dtype)
        elif one.fill == "weights":
            tensors[name] = (torch.randn(one.shape, generator=generator, device="cuda") * 0.02**0.5).to(dtype)
        elif one.fill == "ids":
            tensors[name] = torch.randint(0, one.below, one.shape, generator=generator, device="cuda").to(dtype)
        elif one.fill == "value":
            tensors[name] = torch.full(one.shape, one.value, dtype=dtype, device="cuda")
        else:
            tensors[name] = torch.empty(one.shape, dtype=dtype, device="cuda")
    return tensors


def poison(row, tensors):
    """Fills the outputs with what no right answer holds."""
    for name, one in row.buffers.items():
        if one.fill == "out":
            tensor = tensors[name]
            tensor.fill_(float("nan") if tensor.is_floating_point() else 0xAA if one.dtype == "u8" else -0x55555556)


def close(name, got, expected, relative, absolute):
    """None, or how far the outputs are off. `absolute`: a number, or one for each output.

    Chunks: a float64 copy of the largest outputs takes 2 GB."""
    if got.numel() != expected.numel():
        return f"{name}: {got.numel()} outputs, expected {expected.numel()}"
    wrong, worst = 0, 0.0
    is_number = not isinstance(absolute, torch.Tensor)
    offs = [absolute] * (-(-got.numel() // CHUNK)) if is_number else absolute.reshape(-1).split(CHUNK)
    for have, want, allowed in zip(got.reshape(-1).split(CHUNK), expected.reshape(-1).split(CHUNK), offs, strict=True):
        want = want.double()
        off = (have.double() - want).abs()
        bad = ~(off <= relative * want.abs() + allowed)
        count = int(bad.sum())
        if count:
            wrong += count
            worst = max(worst, float(torch.nan_to_num(off[bad], nan=float("inf")).max()))
    if wrong:
        return f"{name}: {wrong} of {got.numel()} outputs miss the reference by more than {relative:g} |y| + " \
               f"{absolute if is_number else float(absolute.mean()):g}{'' if is_number else ' (mean)'}, " \
               f"the worst by {worst:g}"
    return None


def fp8_codes(value, e4m3, saturate):
    """The codes of float32 values by the definition of OFP8, in float64: to nearest, ties to even, subnormals included."""
    mantissa, lowest, largest = (3, -6, 448.0) if e4m3 else (2, -14, 57344.0)
    exact = value.double()
    exponent = (torch.frexp(exact).exponent.long() - 1).clamp(min=lowest) - mantissa
    step = ((exponent + 1023) << 52).view(torch.float64)  # 2^exponent, by its bits
    rounded = torch.round(exact / step) * step
    beyond = rounded.abs() > largest
    kept = rounded.clamp(-largest, largest)
    code = kept.float().to(torch.float8_e4m3fn if e4m3 else torch.float8_e5m2).view(torch.uint8)
    if not saturate:
        after = 0x7F if e4m3 else 0x7C
        code = torch.where(beyond, torch.where(exact < 0, after | 0x80, after).to(torch.uint8), code)
    return code


def check_fp8(row, tensors):
    v = row.values
    e4m3, saturate = v["format"] == "e4m3", v["saturate"] == "yes"
    amax = tensors["x"].abs().max().float()
    if v["scale"] == "dynamic":
        scale = ((448.0 if e4m3 else 57344.0) / amax.double()).float()
    else:
        scale = tensors["scale"][0]
    expected = torch.cat([fp8_codes(part.float() * scale, e4m3, saturate) for part in tensors["x"].split(CHUNK)])

    def check(outputs):
        got = outputs["amax"].reshape(1)
        got = got.view(torch.float32) if not got.is_floating_point() else got.float()
        if not bool(got[0] == amax):
            return f"amax is {float(got[0])}, expected {float(amax)}"
        codes = outputs["y"].view(torch.uint8)
        differ = codes != expected
        if e4m3:  # the sign of a NaN is no value
            differ &= ~(((codes & 0x7F) == 0x7F) & ((expected & 0x7F) == 0x7F))
        count = int(differ.sum())
        if not count:
            return None
        at = int(differ.nonzero()[0])
        return f"{count} of {codes.numel()} codes differ; the first at {at}: 0x{int(codes[at]):02X}, " \
               f"expected 0x{int(expected[at]):02X}"
    return check


TOP_K, TEMPERATURE = 50, 0.8


def check_sampling(tensors):
    """Draws differ between generators: a token has to be one of the greatest TOP_K. (assay's own tests hold the distribution.)"""
    least = torch.topk(tensors["logits"].float(), TOP_K).values[:, -1]

    def check(outputs):
        tokens = outputs["tokens"].reshape(-1).long()
        if tokens.numel() != least.numel() or bool(((tokens < 0) | (tokens >= tensors["logits"].shape[1])).any()):
            return f"tokens are {tokens.tolist()[:4]}, expected indices of logits"
        chosen = tensors["logits"].float().gather(1, tokens[:, None])[:, 0]
        return None if bool((chosen >= least).all()) else f"token {tokens.tolist()[:4]} is not among the greatest {TOP_K}"
    return check


def attention_reference(tensors, v):
    """The outputs, and the root of the sum of squares of the terms (probability times value) that each is the sum of."""
    group = v["heads"] // v["kv_heads"]
    out = torch.empty(tensors["q"].shape, dtype=torch.float32, device="cuda")
    terms = torch.empty_like(out)
    later = torch.ones(v["rows"], v["keys"], dtype=torch.bool, device="cuda").triu(v["keys"] - v["rows"] + 1)
    for head in range(v["heads"]):
        scores = tensors["q"][head].double() @ tensors["k"][head // group].double().T / v["head_dim"]**0.5
        scores.masked_fill_(later, float("-inf"))
        probabilities, values = torch.softmax(scores, -1), tensors["v"][head // group].double()
        out[head] = (probabilities @ values).float()
        terms[head] = (probabilities.square() @ values.square()).sqrt().float()
    return out, terms


def rotated(x, cosines, sines, pairs):
    """Pairs (i, i + dim / 2) of a head for half-split, (2 i, 2 i + 1) for interleaved, turned by the token's angles."""
    cosines, sines = cosines[:, None, :], sines[:, None, :]
    if pairs == "interleaved":
        first, second = x[..., 0::2], x[..., 1::2]
        return torch.stack([first * cosines - second * sines, second * cosines + first * sines], -1).flatten(-2)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosines - second * sines, second * cosines + first * sines], -1)


def operand(tensor, letter):
    return tensor.t() if letter == "t" else tensor


def references(row, t):
    """(expected, relative, absolute) of each output, by name."""
    v = row.values
    relative = RELATIVE[v.get("type", "f32")]
    if row.op == "rmsnorm":
        x = t["x"].double()
        return {"y": (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * t["weight"].double(), relative, 1e-6)}
    if row.op == "layernorm":
        return {"y": (torch.nn.functional.layer_norm(t["x"].double(), (v["width"],), t["weight"].double(),
                                                     t["bias"].double(), 1e-5), relative, 1e-4)}
    if row.op == "softmax":
        return {"y": (torch.softmax(t["x"].double(), -1), relative, 1e-7)}
    if row.op == "swiglu":
        return {"y": (torch.nn.functional.silu(t["gate"].double()) * t["up"].double(), relative, 1e-6)}
    if row.op == "gelu":
        form = "tanh" if v["form"] == "tanh" else "none"
        return {"y": (torch.nn.functional.gelu(t["x"].double(), approximate=form), relative, 1e-5)}
    if row.op == "rope":
        return {"y": (rotated(t["x"].double(), t["cosines"].double(), t["sines"].double(), v["pairs"]), relative, 2e-2)}
    if row.op == "embedding":
        return {"y": (t["table"][t["ids"].long()], 0.0, 0.0)}
    if row.op == "attention":
        # Fast kernels round each probability to the type of the values, off by at most `unit` of it: independent errors,
        # 0.4 unit in root mean square, six standard deviations; then the output is rounded, by some kernels twice.
        unit = 2.0**-8 if v["type"] == "bf16" else 2.0**-11
        out, terms = attention_reference(t, v)
        return {"out": (out, 2.02 * unit, 2.5 * unit * terms)}
    if row.op == "gemv":
        return {"y": (t["weights"].double() @ t["x"].double(), 1.6e-2, 4e-3)}
    if row.op == "hgemm":
        exact = operand(t["a"], v["layout"][0]).double() @ operand(t["b"], v["layout"][1]).double()
        return {"d": (exact, relative, 1e-3 * v["k"]**0.5)}
    raise ValueError(f"no reference for {row.op}")


def checker(row, tensors):
    """check(outputs by name) -> None, or why they are wrong. Computes the reference once."""
    if row.op.startswith("fp8_cast"):
        return check_fp8(row, tensors)
    if row.op == "sampling":
        return check_sampling(tensors)
    expected = references(row, tensors)

    def check(outputs):
        for name, (want, relative, absolute) in expected.items():
            reason = close(name, outputs[name], want, relative, absolute)
            if reason:
                return reason
        return None
    return check
