"""One new ID: python3 examples/id.py [URL]"""
import json
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"
try:
    with urlopen(url + "/id", timeout=5) as response:
        print(json.load(response)["id"])  # Python's integers are exact, however large.
except HTTPError as error:
    sys.exit(json.load(error)["detail"])
