"""The orders of a time, found by their IDs: python3 examples/bounds.py DATABASE FROM TO

Prints those that were made from FROM to before TO, and deletes the older ones. The table needs no
column with the time: `idgen bounds` says which IDs a time has. Set ID_LAYOUT and ID_EPOCH as for
the servers. All IDs in the table must be of that layout: if it has older numbers, add
`AND id > LAST_OF_THEM`, or they are deleted, whatever their age.
"""
import json
import sqlite3
import subprocess
import sys

path, start, end = sys.argv[1:]

command = subprocess.run(["idgen", "bounds", "--json", start, end], stdout=subprocess.PIPE)
if command.returncode != 0:
    sys.exit(command.returncode)  # It has said why.
bounds = json.loads(command.stdout)  # {"first": …, "last": …}

with sqlite3.connect(path) as database:
    orders = database.execute("SELECT id FROM orders WHERE id BETWEEN :first AND :last", bounds)
    for (order,) in orders:
        print(order)
    database.execute("DELETE FROM orders WHERE id < :first", {"first": bounds["first"]})
