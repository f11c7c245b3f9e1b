"""Paired log-ratios: median, interval, significance over a whole report.

The interval of a median is the exact one from order statistics (no assumption about the distribution); the sign test is its
twin. Samples that follow each other on one machine are not independent: the number that both reckon with is the effective
size, from the autocorrelation of the indicators x <= median. Not covered: the variation between processes; repeat the run
for that.
"""
import math


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        raise ValueError("no values")
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _lower_tail(n, k):
    """P(X <= k) for X from Binomial(n, 1/2)."""
    if k < 0:
        return 0.0
    return sum(math.comb(n, i) for i in range(min(k, n) + 1)) / 2**n


def effective_size(values):
    """How many independent values the median of these is worth: at most as many as there are, at least 1.

    Sums the autocorrelations of the indicators x <= median up to the first that is not above its noise 2/sqrt(n).
    """
    n = len(values)
    if n < 4:
        return max(n, 1)
    middle = median(values)
    marks = [1.0 if value <= middle else 0.0 for value in values]
    mean = sum(marks) / n
    variance = sum((mark - mean) ** 2 for mark in marks) / n
    if variance == 0:
        return n
    total = 0.0
    for lag in range(1, n // 2):
        rho = sum((marks[i] - mean) * (marks[i + lag] - mean) for i in range(n - lag)) / n / variance
        if rho <= 2 / math.sqrt(n):
            break
        total += rho
    return max(1, min(n, int(n / (1 + 2 * total))))


def median_interval(values, level):
    """(low, high) that holds the median with at least the probability `level`, or None if the values are too few."""
    ordered = sorted(values)
    n = len(ordered)
    if n == 0:
        return None
    size = effective_size(values)
    k = -1  # the largest k with P(X <= k) <= (1 - level) / 2
    while _lower_tail(size, k + 1) <= (1 - level) / 2:
        k += 1
    if k < 0:
        return None
    rank = k if size == n else max(0, min(n - 1, math.floor(k * n / size)))
    return ordered[rank], ordered[n - 1 - rank]


def sign_test(values):
    """Two-sided p of the hypothesis that the median is 0; zeros count half to each side."""
    n = len(values)
    if n == 0:
        return 1.0
    size = effective_size(values)
    above = sum(1 for value in values if value > 0)
    below = sum(1 for value in values if value < 0)
    fewer = min(above, below) + (n - above - below) / 2
    return min(1.0, 2 * _lower_tail(size, math.ceil(fewer * size / n)))


def holm(p_values):
    """Adjusted p-values and, for each, the level 1 - alpha of its interval within a report of 95 % (Holm 1979)."""
    count = len(p_values)
    order = sorted(range(count), key=lambda i: p_values[i])
    adjusted, levels, running = [1.0] * count, [0.95] * count, 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (count - rank) * p_values[i]))
        adjusted[i] = running
        levels[i] = 1 - 0.05 / (count - rank)
    return adjusted, levels


def log_ratios(peer_times, our_times):
    """log(peer / ours) of each pair: above 0 where ours is faster."""
    return [math.log(peer / ours) for peer, ours in zip(peer_times, our_times, strict=True)]


def compare(peer_times, our_times):
    """The paired comparison of one row and one peer; ratios are peer / ours, so that 1.1 means ours is 10 % faster."""
    logs = log_ratios(peer_times, our_times)
    interval = median_interval(logs, 0.95)
    return {
        "pairs": len(logs),
        "effective_pairs": effective_size(logs),
        "ratio": math.exp(median(logs)),
        "interval95": [math.exp(end) for end in interval] if interval else None,
        "p": sign_test(logs),
        "log_ratios": logs,
    }


def adjust(comparisons, floors):
    """Adds to each comparison, over all of a report: `p_holm`, `interval_holm` and `verdict`.

    `floors` are the A/A comparisons of the same rows: a claim smaller than what the same arm shows against itself is none.
    """
    adjusted, levels = holm([one["p"] for one in comparisons])
    for one, floor, p, level in zip(comparisons, floors, adjusted, levels, strict=True):
        interval = median_interval(one["log_ratios"], level)
        one["p_holm"] = p
        one["interval_holm"] = [math.exp(end) for end in interval] if interval else None
        one["verdict"] = verdict(one, floor)


def noise_floor(floor):
    """The largest |log ratio| that the A/A interval holds; infinite without an interval."""
    if not floor or not floor["interval95"]:
        return math.inf
    return max(abs(math.log(end)) for end in floor["interval95"])


def verdict(one, floor):
    """faster, slower (of ours), or how small a difference would have been seen."""
    interval = one["interval_holm"]
    if not interval:
        return "too few pairs"
    noise = noise_floor(floor)
    if one["p_holm"] < 0.05 and abs(math.log(one["ratio"])) > noise:
        if interval[0] > 1:
            return "faster"
        if interval[1] < 1:
            return "slower"
    width = max(abs(math.log(end)) for end in interval)
    return f"no difference resolved at ±{100 * max(width, 0 if math.isinf(noise) else noise):.1f} %"
