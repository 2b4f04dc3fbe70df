"""The plan of faults: scripts/test-scripts runs this."""

import unittest

import faults


class PlanTest(unittest.TestCase):
    def test_a_minute_has_every_kind(self):
        for seed in range(20):
            plan = faults.plan(seed, 50, 3, 5, faults.KINDS)
            self.assertEqual({fault.kind for fault in plan}, set(faults.KINDS), seed)
            self.assertEqual(plan, faults.plan(seed, 50, 3, 5, faults.KINDS))
            self.assertLess(max(fault.at + fault.seconds for fault in plan), 50)

    def test_a_target_suffers_one_fault_at_a_time(self):
        for seed in range(20):
            plan = faults.plan(seed, 300, 15, 5, faults.KINDS)
            ends = {}
            for fault in plan:
                for target in fault.targets:
                    self.assertLess(ends.get(target, 0), fault.at, fault)
                    ends[target] = fault.at + fault.seconds


if __name__ == "__main__":
    unittest.main()
