# The archive, the image and the SBOM that scripts/package made. scripts/test-package sources it.

name=idgen-$version-linux-$(dpkg --print-architecture)
(cd "$folder" && sha256sum --check --strict --quiet SHA256SUMS)
ls "$folder" | grep -vx SHA256SUMS >"$work/actual"
awk '{ print $2 }' "$folder/SHA256SUMS" >"$work/expected"
same 'the files with checksums' "$work/actual" "$work/expected"

# The archive has what the Debian package has, by the folders of a prefix.
mkdir "$work/archive"
tar -xzf "$folder/$name.tar.gz" -C "$work/archive"
cmp "$work/archive/$name/bin/idgen" "$program"
{
  (cd "$root" && find . -type f) | grep -vE '/share/lintian/|/idgen/changelog\.gz$' |
    sed -E 's,^\./usr/,,; s,vendor-completions,site-functions,
      s,^\./etc/default/idgen$,share/doc/idgen/idgen.default,'
  echo share/doc/idgen/LICENSE
} | sort >"$work/expected"
(cd "$work/archive/$name" && find . -type f | sed 's,^\./,,') | sort >"$work/actual"
same 'the contents of the archive' "$work/actual" "$work/expected"
[[ $(tar -tvzf "$folder/$name.tar.gz" | awk '{ print $2 }' | sort -u) == 0/0 ]] ||
  fail 'root does not own all in the archive'

# The image has the settings of Dockerfile, and the program.
image=oci-archive:$folder/$name.oci.tar
commit=$(<"$source/Sources/BuildInfo/commit.txt")
skopeo inspect --config "$image" | python3 -c 'import json, sys
image = json.load(sys.stdin)
config = image["config"]
print(*config["Entrypoint"], config["User"], *config["ExposedPorts"])
for key, value in sorted(config["Labels"].items()):
    print(key.removeprefix("org.opencontainers.image."), value)' >"$work/actual"
date=$(date -u -d "@$(git log -1 --format=%ct "$commit")" +%FT%TZ)
cat >"$work/expected" <<TEXT
$(sed -nE 's/^ENTRYPOINT \["(.*)"\]$/\1/p' "$source/Dockerfile") $(
  sed -n 's/^USER //p' "$source/Dockerfile") $(sed -n 's/^EXPOSE //p' "$source/Dockerfile")/tcp
created $date
description Unique, time-ordered 64-bit IDs over HTTP
licenses $(sed -nE 's/^LABEL .*licenses="(.*)"$/\1/p' "$source/Dockerfile")
revision $commit
title idgen
version $version
TEXT
same 'the image' "$work/actual" "$work/expected"
skopeo copy -q "$image" "dir:$work/image"
layer=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["layers"][0]["digest"].removeprefix("sha256:"))' \
  "$work/image/manifest.json")
tar -xzOf "$work/image/$layer" idgen | cmp - "$program"
tar -tvzf "$work/image/$layer" | awk '{ print $1, $2, $6 }' | grep -v ' usr/' >"$work/actual"
printf '%s\n' '-rwxr-xr-x 0/0 idgen' 'drwxr-xr-x 65532/65532 state/' >"$work/expected"
same 'the files of the image' "$work/actual" "$work/expected"

# The SBOM is valid, and names each library that a static program of Swift cannot be without.
tools=.build-package-venv
scripts/venv "$tools" spdx-tools==0.8.5
"$tools/bin/pyspdxtools" --infile "$folder/$name.spdx.json"
python3 - "$folder/$name.spdx.json" "$(sha256sum <"$program")" <<'PYTHON' >"$work/actual"
import json, sys
document = json.load(open(sys.argv[1]))
program, *parts = document["packages"]
assert program["checksums"][0]["checksumValue"] == sys.argv[2].split()[0], "another program"
linked = [relation["relatedSpdxElement"] for relation in document["relationships"]
          if relation["relationshipType"] == "STATIC_LINK"]
assert linked == [part["SPDXID"] for part in parts], "a part is not linked"
for part in sorted(document["packages"], key=lambda part: part["name"]):
    print(part["name"], part["versionInfo"], part["licenseDeclared"], sep=" | ")
PYTHON
cat "$work/actual"
for part in gcc glibc libuv1 openssl swift swift-log; do
  grep -q "^$part[ -]" "$work/actual" || fail "the SBOM has no $part"
done
