"""One row: outputs are checked, each arm's best candidate is chosen, then the arms take turns in two modes.

  kernel  replays of a CUDA graph of N calls, N such that a replay takes 300 us at least; the time of a call is the replay's
          over N. Warm L2 where the working set fits. Allocations, Python and the launches of the host are outside.
  call    one call from Python at a time: L2 flushed, device idle, events around the call, wait. What a user's script feels.

Nothing here needs PyTorch: `gpu` is peers_gpu.gpu.Gpu or a scripted one.
"""
import gc
import math
import time

from . import interleave, statistics

OURS = "assay"
SELF = "assay again"  # the same kernel once more: the noise floor


class Candidate:
    """One way in which an arm can do the row's work.

    call()      enqueues it and returns the outputs by name
    poison()    fills the outputs that it will write (where they are its own) with what no right answer holds
    activate()  selects it where that is a global setting; finish() gives a reason to void it after the timing, or None
    """

    def __init__(self, label, call, poison=None, activate=None, finish=None, free=None):
        def nothing():
            return None
        self.label, self.call = label, call
        self.poison, self.activate = poison or nothing, activate or nothing
        self.finish, self.free = finish or nothing, free or nothing


class Arm:
    """`make()` gives candidates, (label, reason) pairs for those that cannot be, or both; it may raise."""

    def __init__(self, name, make, note=""):
        self.name, self.make, self.note = name, make, note


def one_line(error):
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."


def usable(gpu, arm, check):
    """Candidates whose outputs are right, and why the others are not used."""
    good, refused = [], []
    try:
        made = arm.make()
    except Exception as error:
        return [], [("", f"{type(error).__name__}: {one_line(error)}")]
    for one in made:
        if isinstance(one, tuple):
            refused.append(one)
            continue
        try:
            one.activate()
            one.poison()
            reason = check(one.call())
            if not reason:  # again: compiled code may differ from its first call, and poison must be overwritten each time
                one.poison()
                reason = check(one.call())
            gpu.wait()
        except Exception as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
        if reason:
            refused.append((one.label, reason))
            one.free()
        else:
            good.append(one)
    return good, refused


def calls_for(seconds, target, most):
    return max(1, min(most, math.ceil(target / max(seconds, 1e-7))))


def graph_of(gpu, candidate, target, most):
    """(graph, calls in it, seconds of a call, outputs): the calls are chosen so that a replay takes `target` seconds."""
    candidate.activate()
    candidate.call()
    gpu.wait()
    seconds = gpu.time_calls(candidate.call, 2)
    count = 1 if seconds > target else 8
    graph, outputs = gpu.capture(candidate.call, count)
    seconds = statistics.median(gpu.time_block([graph.replay] * 3)) / count
    wanted = calls_for(seconds, target, most)
    if wanted > count:
        (graph, outputs), count = gpu.capture(candidate.call, wanted), wanted
    return graph, count, seconds, outputs


def checked_graph(gpu, candidate, plan, check):
    """The graph that is timed, after a replay of it gave the right outputs."""
    graph, count, seconds, outputs = graph_of(gpu, candidate, plan.target, plan.most_calls)
    candidate.poison()
    graph.replay()
    gpu.wait()
    reason = check(outputs)
    if reason:
        raise ValueError(f"a replay gives wrong outputs: {reason}")
    return graph, count, seconds


def choose(gpu, candidates, target, most):
    """The candidate with the fastest graph, and every candidate's quick time by label (or why it has none)."""
    if len(candidates) == 1:
        return candidates[0], {}
    quick, best = {}, None
    for one in candidates:
        try:
            seconds = graph_of(gpu, one, target / 2, most)[2]
        except Exception as error:
            quick[one.label] = one_line(error)
            gpu.wait()
            continue
        quick[one.label] = seconds * 1e6
        if best is None or seconds < quick[best.label] * 1e-6:
            best = one
    return best or candidates[0], quick


def alternate(arms, pairs, seed, time_order, deadline, least):
    """Mean times of every arm over each mirrored pair: a list for each arm. Ends early, but not under `least` pairs."""
    times = [[] for _ in range(arms)]
    for order, back in interleave.mirrored_blocks(arms, pairs, seed):
        means = interleave.pair_means(arms, order, time_order(order), time_order(back))
        for arm, seconds in enumerate(means):
            times[arm].append(seconds)
        if time.monotonic() > deadline and len(times[0]) >= least:
            break
    return times


def compare_all(names, times):
    """{peer: comparison} and the A/A of our own arm; `names` holds OURS first, SELF second."""
    found = {name: statistics.compare(times[i], times[0]) for i, name in enumerate(names)}
    found.pop(OURS)
    return {name: one for name, one in found.items() if name != SELF}, found[SELF]


def kernel_mode(gpu, chosen, check, plan, seed):
    names = [OURS, SELF] + [name for name in chosen if name != OURS]
    graphs, failed = {}, {}
    for name in names:
        candidate = chosen[OURS if name == SELF else name]
        try:
            graphs[name] = checked_graph(gpu, candidate, plan, check)
        except Exception as error:
            failed[name] = f"no graph: {one_line(error)}"
            gpu.wait()
    if OURS not in graphs or SELF not in graphs:
        return {"unavailable": failed.get(OURS) or failed.get(SELF), "failed": failed}
    names = [name for name in names if name in graphs]
    block = sum(graphs[name][1] * graphs[name][2] for name in names)
    pairs = plan.pairs_for(2 * block + 4e-3)

    def time_order(order):
        seconds = gpu.time_block([graphs[names[i]][0].replay for i in order])
        return [one / graphs[names[i]][1] for i, one in zip(order, seconds, strict=True)]

    times = alternate(len(names), pairs, seed, time_order, plan.deadline, plan.least_pairs)
    return mode_record(names, times, failed, calls={name: graphs[name][1] for name in names})


def call_mode(gpu, chosen, _, plan, seed):
    names = [OURS, SELF] + [name for name in chosen if name != OURS]
    calls = [chosen[OURS if name == SELF else name] for name in names]
    host = [[] for _ in names]
    for _ in range(3):
        for one in calls:
            gpu.time_one_call(one.call)
    seconds = sum(gpu.time_one_call(one.call)[1] for one in calls)

    def time_order(order):
        found = []
        for i in order:
            by_events, by_host = gpu.time_one_call(calls[i].call)
            host[i].append(by_host)
            found.append(by_events)
        return found

    pairs = plan.pairs_for(2 * (seconds + 1.5e-4 * len(names)))
    times = alternate(len(names), pairs, seed, time_order, plan.deadline, plan.least_pairs)
    record = mode_record(names, times, {}, calls={name: 1 for name in names})
    record["host_us"] = {name: statistics.median(host[i]) * 1e6 for i, name in enumerate(names)}
    return record


def mode_record(names, times, failed, calls):
    peers, floor = compare_all(names, times)
    return {
        "us": {name: statistics.median(times[i]) * 1e6 for i, name in enumerate(names)},
        "pair_us": {name: [round(one * 1e6, 4) for one in times[i]] for i, name in enumerate(names)},
        "calls": calls,
        "peers": peers,
        "noise": floor,
        "failed": failed,
    }


class Plan:
    """How long a row may take: `seconds` for each mode, until `deadline` of the whole run."""

    def __init__(self, seconds, deadline, pairs=40, least_pairs=16, target=300e-6, most_calls=400):
        self.seconds, self.deadline, self.pairs, self.least_pairs = seconds, deadline, pairs, least_pairs
        self.target, self.most_calls = target, most_calls

    def pairs_for(self, seconds_of_a_pair):
        return max(self.least_pairs, min(self.pairs, int(self.seconds / max(seconds_of_a_pair, 1e-6))))


def measure_row(gpu, arms, check, plan, seed, modes=("kernel", "call"), void_if=None):
    """The record of a row. `arms[0]` is ours; `void_if(arm name, kernel seconds)` may give a reason to void a peer."""
    record = {"arms": {}, "void": None}
    chosen, ready = {}, []
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        for arm in arms:
            good, refused = usable(gpu, arm, check)
            ready += good
            entry = record["arms"][arm.name] = {"note": arm.note, "refused": dict(refused), "void": None}
            if not good:
                entry["void"] = "; ".join(f"{label}: {why}" if label else why for label, why in refused) or "no candidate"
                if arm.name == OURS:
                    record["void"] = f"{OURS}: {entry['void']}"
                    return record
                continue
            best, quick = choose(gpu, good, plan.target, plan.most_calls)
            chosen[arm.name] = best
            entry["candidate"], entry["quick_us"] = best.label, quick
        if len(chosen) == 1:
            record["void"] = "no peer is left"
            return record
        for one in chosen.values():
            one.activate()
        gc.collect()
        for mode in modes:
            run = kernel_mode if mode == "kernel" else call_mode
            record[mode] = run(gpu, chosen, check, plan, seed)
        void_after(record, chosen, void_if)
    finally:
        for one in ready:
            one.free()
        if was_collecting:
            gc.enable()
    return record


def void_after(record, chosen, void_if):
    """Drops the comparisons of peers that turned out not to be what they should have been."""
    for name, candidate in chosen.items():
        reason = candidate.finish()
        kernel = record.get("kernel", {}).get("us", {}).get(name)
        if not reason and void_if and kernel:
            reason = void_if(name, kernel * 1e-6)
        if not reason:
            continue
        record["arms"][name]["void"] = reason
        if name == OURS:
            record["void"] = f"{OURS}: {reason}"
        for mode in ("kernel", "call"):
            peers = record.get(mode, {}).get("peers", {})
            for gone in list(peers) if name == OURS else [name]:
                peers.pop(gone, None)
