"""The order in which arms take turns: random, and counter-balanced."""
import random


def mirrored_blocks(arms, blocks, seed):
    """`blocks` pairs (order, the same order backwards) of a random permutation of range(arms).

    Over a pair every arm has the same mean position, so that a linear drift of the machine (warming up, clocks coming
    down) cancels within the pair; the permutation is drawn anew for each pair, so that no arm always follows the same one.
    """
    draw = random.Random(seed)
    pairs = []
    for _ in range(blocks):
        order = list(range(arms))
        draw.shuffle(order)
        pairs.append((order, order[::-1]))
    return pairs


def pair_means(arms, order, there, back):
    """Mean time of each arm over a mirrored pair: `there` and `back` are times by position in order and its reverse."""
    if len(order) != arms or len(there) != arms or len(back) != arms:
        raise ValueError(f"expected {arms} times for each direction, got {len(there)} and {len(back)}")
    times = [0.0] * arms
    for position, arm in enumerate(order):
        times[arm] = (there[position] + back[arms - 1 - position]) / 2
    return times
