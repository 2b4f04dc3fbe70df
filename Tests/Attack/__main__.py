"""Measures for how long one client can delay the others, with idgen and with nginx.

Started by scripts/attack. While an attack runs, a probe asks for /health every 2 ms, on a
connection that stays open and on a new one each time. Exits with 1 if a server dies or refuses the
probe, or if an attack did not happen as described. It does not judge the figures.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Benchmarks/bench"))

import drain
import report
import servers
from attacks import ATTACKS, DRAIN, NOTHING, Attack
from measure import Failure, measure, prepare


def main() -> int:
    options = parse()
    # SIGTERM, too, ends what is running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    # The loop is measured, not a store.
    os.environ.pop("STATE_DIR", None)
    os.environ.pop("ETCD_ENDPOINTS", None)
    program = str(Path(options.program).resolve())
    chosen = select(options.attacks)
    prepare([NOTHING, *chosen])
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="idgen-attack-") as name:
        folder = Path(name)
        servers.write_files(program, folder)
        loads = [attack for attack in chosen if attack is not DRAIN]
        results = attack_all([NOTHING, *loads] if loads else [], program,
                             None if options.no_nginx else folder, failures)
    if results:
        print(report.render(report.HEADER, report.rows(results)))
    drained = measure_drain(program, failures) if DRAIN in chosen else None
    if drained:
        body = report.drain_rows(drained, not options.no_nginx)
        print("", report.render(report.DRAIN_HEADER, body), sep="\n")
    for failure in failures:
        print(failure, file=sys.stderr)
    if options.write and not failures:
        report.write(results, drained)
    return 1 if failures else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/attack", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/idgen", metavar="PATH",
                        help="another build of idgen, to compare with")
    parser.add_argument("--no-nginx", action="store_true", help="attack idgen alone")
    parser.add_argument("--write", action="store_true", help="write docs/attacks.md")
    parser.add_argument("attacks", nargs="*", metavar="NAME",
                        help="only these: " + ", ".join(one.name for one in [*ATTACKS, DRAIN]))
    options = parser.parse_args()
    if options.write and (options.attacks or options.no_nginx):
        parser.error("--write is for all attacks, on both servers")
    if not os.access(options.program, os.X_OK):
        parser.error(f"there is no program {options.program}")
    return options


def select(names: list[str]) -> list[Attack]:
    by_name = {attack.name: attack for attack in [*ATTACKS, DRAIN]}
    for name in names:
        if name not in by_name:
            raise SystemExit(f"no attack {name}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names] or list(by_name.values())


def attack_all(attacks: list[Attack], program: str, files: Path | None,
               failures: list[str]) -> report.Results:
    """Adds what went wrong to `failures`. Without a folder of files, nginx is left out.

    If there are attacks, the first is NOTHING: it shows what the probe costs.
    """
    results: report.Results = {}
    idle_shares: dict[str, float] = {}
    for attack in attacks:
        peers = [servers.idgen(program, attack.variables)]
        if files:
            peers.append(servers.nginx(files, attack.nginx))
        for peer in peers:
            print(f"{attack.name}, {peer.name}", file=sys.stderr)
            try:
                outcome = measure(attack, peer, idle_shares.get(peer.name, 0))
            except Failure as failure:
                failures.append(f"{attack.name}, {peer.name}: {failure}")
                continue
            if attack is NOTHING:
                idle_shares[peer.name] = outcome.cpu_milliseconds / 1000 / outcome.seconds
            results.setdefault(attack.name, {})[peer.name] = outcome
    return results


def measure_drain(program: str, failures: list[str]) -> drain.Drain | None:
    print(f"{DRAIN.name}, idgen", file=sys.stderr)
    try:
        return drain.measure(program)
    except Failure as failure:
        failures.append(f"{DRAIN.name}: {failure}")
        return None


sys.exit(main())
