"""New IDs, one per line: python3 examples/id.py [URL [COUNT]]"""
import json
import sys
import time
from urllib.error import HTTPError
from urllib.request import urlopen

url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"
count = sys.argv[2] if len(sys.argv) > 2 else "1"

for attempt in range(1, 6):
    wait, retries = 1, True
    try:
        with urlopen(f"{url}/ids?count={count}", timeout=5) as response:
            print(*json.load(response)["ids"], sep="\n")  # Python's integers are exact.
            break
    except HTTPError as error:
        wait, retries = int(error.headers.get("Retry-After", 1)), error.code == 503
        problem = error.read().decode()
    except OSError as error:  # It refuses the connection, or does not respond in time.
        problem = f"{url}: {error}"
    if not retries or attempt == 5 or wait > 10:
        sys.exit(problem)
    time.sleep(wait)
