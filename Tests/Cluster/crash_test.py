"""No ID twice: crash_test.py PROGRAM [--seconds N --seed S | --refusals | --starts]

scripts/crash-test builds the program and runs this. Needs etcd, faketime and Python 3 alone.
"""

import argparse
import os
import pathlib
import secrets
import shutil
import signal
import sys
import tempfile

import crash_run
import layouts
import refusals
import starts
from etcd import Cluster


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--layout", choices=layouts.LAYOUTS, help="by default, the seed chooses it")
    parser.add_argument("--state-folder", action="store_true",
                        help="the machines keep their records in a folder, and no etcd runs")
    parser.add_argument("--refusals", action="store_true", help="count what is refused, and when")
    parser.add_argument("--starts", action="store_true", help="measure from start to first ID")
    parser.add_argument("--keep", action="store_true", help="the logs, even if all went well")
    options = parser.parse_args()
    # SIGTERM, too, ends what is running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))

    folder = pathlib.Path(tempfile.mkdtemp(prefix="idgen-crash-test-"))
    failures = ["it did not end"]
    try:
        if options.state_folder:
            (folder / "state").mkdir()
            failures = run(options, {"STATE_DIR": str(folder / "state")}, None, folder)
        else:
            with Cluster(folder) as cluster:
                failures = run(options, {"ETCD_ENDPOINTS": cluster.endpoints}, cluster, folder)
                if failures:
                    (folder / "records.txt").write_text(cluster.records())
    finally:
        if failures:
            print("\n".join(["FAILED", *failures]), file=sys.stderr)
            print(f"Logs, records and IDs are in {folder}", file=sys.stderr)
        elif not options.keep:
            shutil.rmtree(folder)
    sys.exit(1 if failures else 0)


def run(options, store, cluster, folder):
    """What went wrong, in lines."""
    program = options.program.resolve()
    if not os.access(program, os.X_OK):
        return [f"there is no program {program}"]
    if options.refusals:
        return refusals.run(program, store, cluster, folder)
    if options.starts:
        return starts.run(program, store, folder)
    layout = layouts.LAYOUTS.get(options.layout) or layouts.of_seed(options.seed)
    crash = crash_run.CrashRun(program, store, cluster, folder, options.seconds, options.seed,
                               layout)
    print(f"seed {crash.seed}, layout {layout.name}, logs in {folder}", flush=True)
    crash.run()
    crash.report()
    return crash.failures


main()
