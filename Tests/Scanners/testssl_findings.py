"""Prints what testssl.sh has found, and fails on a finding of medium or worse:

    testssl_findings.py FINDINGS.json
"""
import json
import sys

with open(sys.argv[1]) as file:
    findings = json.load(file)
counts = {}
failures = 0
for finding in findings:
    severity = finding["severity"]
    counts[severity] = counts.get(severity, 0) + 1
    # WARN is of the scanner itself, such as that its OpenSSL has no GOST.
    if severity not in ("OK", "INFO", "WARN"):
        print(f"  {severity}: {finding['id']}: {finding['finding']}")
    failures += severity in ("MEDIUM", "HIGH", "CRITICAL", "FATAL")
print("  " + ", ".join(f"{count} {severity}" for severity, count in sorted(counts.items())))
if failures or counts.get("OK", 0) < 20:
    sys.exit("testssl.sh has found a weakness, or hardly anything.")
