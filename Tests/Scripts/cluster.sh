# scripts/crash-test: its check finds an ID that came twice, and its plans have all faults in them.

PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --quiet Tests/Cluster ||
  fail 'the tests of Tests/Cluster'
