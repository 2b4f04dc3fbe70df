"""The servers: idgen, and nginx with files of the same content."""

import os
import re
import subprocess
import urllib.request
from pathlib import Path

from peers import Peer, Server

# nginx has a file with what idgen responds to each.
PATHS = ["/", "/metrics", "/openapi.yaml", "/decode/1", "/ids?count=4096"]

HIGHEST_PRIORITY = -20


def idgen(program: str, variables: dict[str, str]) -> Peer:
    return Peer("idgen", "idgen", [program, "serve"], variables)


def nginx(folder: Path, configuration: str) -> Peer:
    """nginx as scripts/bench starts it, with those files."""
    # Otherwise its worker would run as a user that may not read the folder.
    user = ["-g", "user root root;"] if os.geteuid() == 0 else []
    return Peer("nginx", "nginx", ["nginx", "-e", "stderr", *user, "-c"],
                configuration=f"sendfile on; location / {{ root {folder}; }} {configuration}")


def go_first(server: Server) -> None:
    """Gives a server priority over other programs on its core, where that is allowed.

    A system that groups processes by session (sched(7), autogroup) looks at the group's priority.
    """
    leader = server.process.pid
    try:
        os.setpriority(os.PRIO_PGRP, leader, HIGHEST_PRIORITY)
        Path(f"/proc/{leader}/autogroup").write_text(str(HIGHEST_PRIORITY))
    except OSError:
        pass


def write_files(program: str, folder: Path) -> None:
    with Server(idgen(program, {})) as server:
        for path in PATHS:
            name = path.partition("?")[0]
            file = folder / ("index.html" if name == "/" else name[1:])
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(get(server, path))


def evicted_connections(server: Server) -> int:
    """How many connections idgen has evicted."""
    found = re.search(rb"^idgen_connections_evicted_total (\d+)$", get(server, "/metrics"), re.M)
    return int(found[1])


def get(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(server.url(path), timeout=10) as answer:
        return answer.read()


def seconds_without_core(server: Server) -> float:
    """For how long it could have run but others used its core."""
    return sum(int((task / "schedstat").read_text().split()[1])
               for process_id in server.process_ids()
               for task in Path(f"/proc/{process_id}/task").iterdir()) / 1e9


def status(server: Server) -> int | None:
    """The exit status of the server, if it has ended."""
    try:
        return server.process.wait(0)
    except subprocess.TimeoutExpired:
        return None
