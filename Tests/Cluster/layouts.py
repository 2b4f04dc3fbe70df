"""The layouts whose IDs are checked, by the names that ID_LAYOUT has for them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Layout:
    name: str
    timestamp_shift: int
    machine_id_shift: int
    machine_id_bits: int
    unit_milliseconds: int
    epoch_milliseconds: int

    def machine_id(self, id):
        return id >> self.machine_id_shift & (1 << self.machine_id_bits) - 1

    def milliseconds(self, id):
        """The beginning of its timestamp, in milliseconds since 1970."""
        return (id >> self.timestamp_shift) * self.unit_milliseconds + self.epoch_milliseconds

    def distance(self, milliseconds):
        """How far the IDs of two times are apart."""
        return milliseconds // self.unit_milliseconds << self.timestamp_shift


DEFAULT = Layout("default", 22, 12, 10, 1, 1_704_067_200_000)
LAYOUTS = {layout.name: layout for layout in (
    DEFAULT,
    Layout("javascript", 12, 6, 6, 1, 1_704_067_200_000),
    # Eight bits sequence above the machine ID, in units of 10 ms.
    Layout("sonyflake", 24, 0, 16, 10, 1_409_529_600_000))}


def of_seed(seed):
    return list(LAYOUTS.values())[seed % len(LAYOUTS)]
