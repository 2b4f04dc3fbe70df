"""The check itself: scripts/test-scripts runs this."""

import array
import random
import tempfile
import unittest
from pathlib import Path

import layouts
import uniqueness

SECOND = 1000 << 22


class UniquenessTest(unittest.TestCase):
    def test_repeated_ids(self):
        far = 100 * uniqueness.SLICE
        for runs, repeated in [
            ([], []),
            ([[]], []),
            ([[1, 2, 3]], []),
            ([[1, 2, 2]], [2]),
            ([[3, 1, 2], [4, 3]], [3]),
            ([[1, far], [far], [2, far]], [far]),
            ([[1, far], [far + 1], [1]], [1]),
            ([[0, uniqueness.SLICE], [uniqueness.SLICE]], [uniqueness.SLICE]),
            ([[5, 5, 5], [7, 7]], [5, 7]),
        ]:
            arrays = [array.array("Q", run) for run in runs]
            self.assertEqual(list(uniqueness.repeated_ids(arrays)), repeated, runs)

    def test_one_among_many(self):
        ids = [number * 997 << 12 for number in range(200_000)]
        random.Random(1).shuffle(ids)
        runs = [array.array("Q", ids[start::7]) for start in range(7)]
        self.assertEqual(list(uniqueness.repeated_ids(runs)), [])
        runs[3].append(ids[123_456])
        self.assertEqual(list(uniqueness.repeated_ids(runs)), [ids[123_456]])

    def test_layouts(self):
        for name, id, machine_id, milliseconds in [
            ("default", 275238510129057792, 1, 1769689174499),
            ("javascript", 65621974499 << 12 | 63 << 6 | 5, 63, 1769689174499),
            ("sonyflake", 36015957449 << 24 | 255 << 16 | 65535, 65535, 1769689174490),
        ]:
            layout = layouts.LAYOUTS[name]
            self.assertEqual(layout.machine_id(id), machine_id)
            self.assertEqual(layout.milliseconds(id), milliseconds)
            self.assertEqual(layout.milliseconds(id + layout.distance(20)), milliseconds + 20)
            self.assertEqual(layout, layouts.of_seed(list(layouts.LAYOUTS).index(name) + 3))

    def test_slices(self):
        for layout in layouts.LAYOUTS.values():
            ids = [number * layout.distance(700) for number in range(100)]
            runs = [array.array("Q", ids), array.array("Q", ids[99:])]
            self.assertEqual(list(uniqueness.repeated_ids(runs, layout.distance(10_000))), ids[99:])

    def test_overlapping(self):
        for ranges, pairs in [
            ([], []),
            ([(1, 0, 9, "a"), (1, 10, 19, "b"), (2, 5, 15, "c")], []),
            ([(1, 0, 9, "a"), (1, 9, 19, "b")], ["ab"]),
            ([(1, 5, 6, "b"), (1, 0, 9, "a"), (1, 8, 8, "c")], ["ab", "ac"]),
        ]:
            found = [first[3] + second[3] for first, second in uniqueness.overlapping(ranges)]
            self.assertEqual(found, pairs, ranges)

    def test_places(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "machine-1.ids")
            path.write_bytes(array.array("Q", [7, 8, 9, 7]).tobytes())
            path.with_suffix(".connections").write_text("0 10.0 process 1\n2 11.0 process 2\n")
            self.assertEqual(uniqueness.places(7, [path]), [
                "machine-1, number 0, on the connection of 10.0 process 1",
                "machine-1, number 3, on the connection of 11.0 process 2"])


if __name__ == "__main__":
    unittest.main()
