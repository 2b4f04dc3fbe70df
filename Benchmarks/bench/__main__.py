"""Measures idgen beside its peers, in interleaved rounds. Started by scripts/bench."""

import argparse
import json
import os
import sys
import time

import page
import table
from clients import NotThere, WrongAnswer, run
from peers import BUILD, PEERS, ROOT, SERVER_CORE, compile_all
from scenarios import SCENARIOS


def main() -> int:
    options = parse_options()
    if options.page:
        results = json.loads(open(options.page).read())
        page.write(results, ROOT / "docs")
        return 0
    compile_all()
    peers = select(PEERS, options.peers, "peer")
    scenarios = select(SCENARIOS, options.scenario, "scenario")
    warn_if_busy()
    peers = [peer for peer in peers if peer.is_built() or print(f"{peer.name}: not built")]
    if options.add:
        results = json.loads(open(options.add).read())
    else:
        results = {"machine": page.machine(), "rounds": options.rounds,
                   "seconds": options.seconds, "runs": {},
                   "micro": "" if options.scenario else micro()}
    failures = measure_all(scenarios, peers, options.rounds, options.seconds, results["runs"])
    (BUILD / "results.json").write_text(json.dumps(results, indent=1))
    print(table.render(results), results["micro"], sep="\n\n" if results["micro"] else "")
    if options.add or not (options.peers or options.scenario):
        page.write(results, ROOT / "docs")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; 5 or more")
    parser.add_argument("--seconds", type=float, default=5, help="of each run")
    parser.add_argument("--scenario", help="only these, by name or by its first word: "
                        + names(SCENARIOS))
    parser.add_argument("--peers", help="only these: " + names(PEERS))
    parser.add_argument("--add", metavar="RESULTS",
                        help="add the rounds to those of .build/bench/results.json")
    parser.add_argument("--page", metavar="RESULTS",
                        help="write docs/benchmarks.md anew from .build/bench/results.json")
    return parser.parse_args()


def names(items: list) -> str:
    return ",".join(item.name for item in items)


def select(items: list, wanted: str | None, kind: str) -> list:
    if not wanted:
        return items
    found = []
    for name in wanted.split(","):
        matches = ([item for item in items if item.name == name]
                   or [item for item in items if item.name.startswith(name + "-")])
        if not matches:
            raise SystemExit(f"no {kind} {name}; there are {names(items)}")
        found += matches
    return found


def micro() -> str:
    """The table of scripts/bench-micro, if it has been built."""
    program = ROOT / ".build" / "micro" / "micro"
    return run([program], SERVER_CORE) if program.exists() else ""


def warn_if_busy() -> None:
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"The load average is {load:.1f}: other programs are running, and the figures will"
              " show it.", file=sys.stderr)


def measure_all(scenarios: list, peers: list, rounds: int, seconds: float,
                results: dict) -> list[str]:
    """Rounds, each of all peers, each time begun by another: what drifts hits all alike.

    Adds what it finds to `results`. Returns the failures.
    """
    failures: list[str] = []
    for scenario in scenarios:
        found: dict = results.setdefault(scenario.name, {})
        absent: set[str] = set()
        turns = getattr(scenario, "turns", 1)
        for round_ in range(rounds * turns):
            turn = round_ % len(peers)
            for peer in peers[turn:] + peers[:turn]:
                if peer.name in absent or not concerns(scenario, peer):
                    continue
                try:
                    measured = scenario.measure(peer, seconds / turns, results)
                    found.setdefault(peer.name, []).append(measured)
                except NotThere:
                    absent.add(peer.name)
                except WrongAnswer as error:
                    failures.append(f"{scenario.name}, {peer.name}: {error}")
                time.sleep(0.1)
            progress(scenario, round_ + 1, rounds * turns)
    return failures


def concerns(scenario, peer) -> bool:
    return (scenario.name in (peer.scenarios or [scenario.name])
            and peer.name in (getattr(scenario, "peers", ()) or [peer.name]))


def progress(scenario, round_: int, rounds: int) -> None:
    end = "\n" if round_ == rounds else "\r"
    print(f"{scenario.name}: round {round_} of {rounds}", end=end, file=sys.stderr, flush=True)


sys.exit(main())
