# An upgrade under load, for scripts/test-upgrade and scripts/test-installed.

# Writes a line for each machine, every 0.3 s until its standard input ends: the round, the version,
# the machine ID and how many IDs it has made. Within a container, because a host does not reach
# Swarm's networks.
sample() { # CONTAINER NAME PORT…: of all machines with this name, their ports for operators
  docker exec -i "$1" bash -c 'round=0
    while read -rt 0.3; (($? > 128)); do
      round=$((round + 1))
      for address in $(getent ahostsv4 "$1" | cut -d " " -f 1 | sort -u); do
        for port in "${@:2}"; do
          exec 3<>"/dev/tcp/$address/$port" || continue
          printf "GET /metrics HTTP/1.0\r\n\r\n" >&3
          sed -nE "s/^idgen_info\{version=\"([^\"]+)\".*machine_id=\"([0-9]+)\".*/$round \1 \2/p
            s/^idgen_ids_total ([0-9]+).*/\1/p" <&3 | xargs
          exec 3>&-
        done
      done
    done' bash "${@:2}" 2>/dev/null
}
have_made_ids() { # COUNT VERSION: so many of its machines, while `upgrade` runs
  (($(awk '$2 == "'"$2"'" && $4 > 0 { print $3 }' "$work/samples" | sort -u | wc -l) >= $1))
}
# For how long both versions made IDs: the rounds of 0.3 s in which each made some.
seconds_of_both() {
  awk 'NF == 4 {
      key = $2 " " $3
      if (key in made && $4 > made[key]) grew[$1, $2] = 1
      made[key] = $4
      rounds = $1
    }
    END {
      for (round = 1; round <= rounds; round++)
        both += ((round, "'"$version"'") in grew) && ((round, "'"$next"'") in grew)
      printf "%.1f s\n", both * 0.3
    }' "$work/samples"
}

more_load_options=()
# Changes the version under load: a row of the table. `machines_seen_by` is a container, the name and
# the ports by which it reaches all machines.
upgrade() { # DEPLOYMENT STORE FROM TO URL MACHINES COMMAND…
  local both samples
  : >"$work/samples"
  exec {samples}> >(sample "${machines_seen_by[@]}" >"$work/samples")
  under_load "$1" "$2" "$3" "$4" "$5" "$6" '' "${@:7}"
  exec {samples}>&-
  both=$(seconds_of_both)
  [[ $both != '0.0 s' ]] || fail "$1, $2: the two versions did not make IDs at the same time"
  sed -i "\$s/\$/$tab$both/" "$work/load"
}
under_load() { # DEPLOYMENT STORE FROM TO URL MACHINES ALLOWED COMMAND…
  load_options=(--ids "$work/ids" "${more_load_options[@]}")
  disturb "$1$tab$2$tab$3 to $4" "$5" "$6" "$7" "${@:8}"
}
check_ids() { # WHAT: of all upgrades since the last check
  equal "different IDs of $1" "$(sort -u "$work/ids" | wc -l)" "$(wc -l <"$work/ids")"
  rm "$work/ids"
}
# Whether both versions list the same records, of which so many are held. The limits of these rise
# between the two lists.
both_read() { # COUNT OPTION…: of `docker run`
  local number records=()
  for number in "$version" "$next"; do
    records+=("$(docker run --rm "${@:2}" "$project:$number" machines --json |
      sed -E 's/"remaining_ms": -?[0-9]+, //
        /"state": "held"/s/"limit(_ms)?": [^,]+, //g')")
  done
  [[ ${records[0]} == "${records[1]}" && $(grep -c '"state": "held"' <<<"${records[0]}") == "$1" ]]
}
