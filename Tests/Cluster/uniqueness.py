"""Finds IDs that came twice, and processes whose ranges of IDs overlap."""

import array
import collections
import itertools

import layouts

# The IDs of so many milliseconds are compared at a time.
SLICE_MILLISECONDS = 10_000
SLICE = layouts.DEFAULT.distance(SLICE_MILLISECONDS)


def repeated_ids(runs, slice=SLICE):
    """The IDs that are in the runs more than once. Each run is an array of IDs, in any order.

    Sorts each run, then takes one slice of time of all after the other: eight bytes an ID, and only
    a run, and then a slice, as Python's integers.
    """
    runs = [array.array("Q", sorted(run)) for run in runs if run]
    positions = [0] * len(runs)
    while True:
        rest = [run[at] for run, at in zip(runs, positions) if at < len(run)]
        if not rest:
            return
        end = min(rest) + slice
        ids = []
        for index, run in enumerate(runs):
            at = positions[index]
            positions[index] = first_at_least(run, end, at)
            ids.extend(run[at:positions[index]])
        if len(set(ids)) != len(ids):
            yield from sorted(id for id, count in collections.Counter(ids).items() if count > 1)


def first_at_least(run, bound, low):
    """The position of the first element from `low` on that is `bound` or more."""
    high = len(run)
    while low < high:
        middle = (low + high) // 2
        if run[middle] < bound:
            low = middle + 1
        else:
            high = middle
    return low


def overlapping(ranges):
    """Pairs of owners whose ranges of IDs overlap. Each range is (machine ID, first, last, owner).

    A machine ID goes from one owner to the next at a limit, so all IDs of one come before all IDs
    of the other: this sees much more than the IDs that happen to be equal.
    """
    pairs = []
    for _, group in itertools.groupby(sorted(ranges), key=lambda entry: entry[0]):
        before = None
        for entry in group:
            if before and entry[1] <= before[2]:
                pairs.append((before, entry))
            if not before or entry[2] > before[2]:
                before = entry
    return pairs


def read_ids(path):
    ids = array.array("Q")
    with path.open("rb") as file:
        ids.frombytes(file.read())
    return ids


def places(id, paths):
    """Where an ID was received: for each time the file, the position and the connection's line."""
    found = []
    for path in paths:
        ids, start = read_ids(path), 0
        connections = [line.split(" ", 1)
                       for line in path.with_suffix(".connections").read_text().splitlines()]
        while True:
            try:
                start = ids.index(id, start)
            except ValueError:
                break
            before = [text for first, text in connections if int(first) <= start]
            found.append(f"{path.stem}, number {start}, on the connection of {before[-1]}")
            start += 1
    return found
