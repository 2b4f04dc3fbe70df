# scripts/release-notes, prepare-release and release: what they refuse, and what they pass on.

folder=$work/release
mkdir -p "$folder"/{scripts,bin,Sources/BuildInfo,Tests,deploy,docs}
cp scripts/{release,release-notes,prepare-release,version} "$folder/scripts"
cp docs/RELEASING.md "$folder/docs"
cd "$folder"
git init -q
git config user.name test
git config user.email test@localhost
write() { # HEADING VERSION: the files that state the version
  printf '# Changelog\n\n%s\n\n### Added\n\n- A thing.\n\n## [0.0.9] - 2025-12-31\n\n- Older.\n' \
    "$1" >CHANGELOG.md
  echo "  public static let version = \"$2\"" >Sources/BuildInfo/BuildInfo.swift
  echo "image: idgen:$2 on 10.0.0.1" >deploy/swarm.yml
  echo "export IDGEN_IMAGE=idgen:$2" >Tests/Commands
  git add -A
  git commit -q --allow-empty -m "$2"
}
fails_with() { # PATTERN COMMAND…
  local pattern=$1 status=0
  shift
  "$@" >"$work/log" 2>&1 || status=$?
  ((status)) && [[ $(cat "$work/log") =~ $pattern ]] || fail "$*: $status, $(cat "$work/log")"
}

step 'scripts/release-notes prints the section of the version, and no other'
write '## [0.1.0] - 2026-01-31' 0.1.0
equal 'notes' "$(scripts/release-notes 0.1.0)" $'### Added\n\n- A thing.'

step 'scripts/release-notes refuses another version, an unreleased one and one without notes'
while IFS='|' read -r heading asked pattern; do
  write "$heading" 0.1.0
  fails_with "$pattern" scripts/release-notes "$asked"
done <<'CASES'
## [0.1.0] - 2026-01-31|0.2.0|the release is "0.2.0", and the version of the program "0.1.0"
## [0.1.0] - 2026-01-31|v0.1.0|the release is "v0.1.0", and
## [Unreleased]: 0.1.0|0.1.0|says that 0.1.0 is unreleased
## [0.1.0]|0.1.0|no line "## \[0.1.0\] - YEAR-MONTH-DAY"
## [0x1.0] - 2026-01-31|0.1.0|no line
CASES
printf '## [0.1.0] - 2026-01-31\n\n## [0.0.9] - 2025-12-31\n\n- Older.\n' >CHANGELOG.md
fails_with 'the section of 0.1.0 in CHANGELOG.md is empty' scripts/release-notes 0.1.0

step 'scripts/release-notes leaves out the links of headings, and no other'
links=$'\n[Unreleased]: https://git.example.com/a...main\n[0.1.0]: https://git.example.com/0.1.0'
printf '## [0.1.0] - 2026-01-31\n\n- A [thing].\n\n[thing]: https://thing.example\n%s\n' \
  "$links" >CHANGELOG.md
equal 'notes' "$(scripts/release-notes 0.1.0)" $'- A [thing].\n\n[thing]: https://thing.example'
printf '## [0.1.0] - 2026-01-31\n%s\n' "$links" >CHANGELOG.md
fails_with 'the section of 0.1.0 in CHANGELOG.md is empty' scripts/release-notes 0.1.0

step 'scripts/prepare-release writes the version everywhere, and the date'
write '## [Unreleased]: 0.1.0' 0.1.0
scripts/prepare-release 0.2.0 2026-02-01 >"$work/log"
equal 'the image' "$(cat deploy/swarm.yml)" 'image: idgen:0.2.0 on 10.0.0.1'
equal 'the list of commands' "$(cat Tests/Commands)" 'export IDGEN_IMAGE=idgen:0.2.0'
equal 'what RELEASING says of every version' "$(git diff --stat docs/RELEASING.md)" ''
equal 'the heading' "$(grep -m 1 '^## ' CHANGELOG.md)" '## [0.2.0] - 2026-02-01'
scripts/release-notes 0.2.0 >"$work/log"
fails_with 'no line "## \[Unreleased\]: VERSION"' scripts/prepare-release 0.3.0
git tag 0.3.0
fails_with 'the tag 0.3.0 exists' scripts/prepare-release 0.3.0
while IFS='|' read -r version date pattern; do
  write '## [Unreleased]: 0.1.0' 0.1.0
  fails_with "$pattern" scripts/prepare-release "$version" "$date"
  equal "what $version of $date changes" "$(git status --porcelain)" ''
done <<'CASES'
v0.4.0|2026-02-01|usage
00.4.0|2026-02-01|usage
0.04.0|2026-02-01|usage
0.4.00|2026-02-01|usage
0.4|2026-02-01|usage
0.4.0|2026-2-1|usage
0.4.0|2026-13-45|there is no date 2026-13-45
0.4.0|2026-02-29|there is no date 2026-02-29
CASES

step 'scripts/version fails if there is none'
echo '// none' >Sources/BuildInfo/BuildInfo.swift
fails_with 'BuildInfo.swift states none' scripts/version

step 'scripts/release check accepts the commit of the tag only'
write '## [0.1.0] - 2026-01-31' 0.1.0
fails_with 'HEAD is not the commit of the tag 0.1.0' scripts/release check 0.1.0
git tag -a -m 0.1.0 0.1.0
scripts/release check 0.1.0
git commit -q --allow-empty -m later
fails_with 'HEAD is not the commit of the tag 0.1.0' scripts/release check 0.1.0
git reset -q --hard 0.1.0

step 'scripts/release collect takes the files whose sums are right, and names all in SHA256SUMS'
make_packages() { # ARCHITECTURE [COMMIT]
  mkdir -p "packages/$1"
  for file in "idgen_0.1.0_$1.deb" "idgen-0.1.0-linux-$1.oci.tar"; do
    echo "$file" >"packages/$1/$file"
  done
  printf '{\n  "comment": "The static program, of commit %s"\n}\n' "${2-0123abc}" \
    >"packages/$1/idgen-0.1.0-linux-$1.spdx.json"
  (cd "packages/$1" && sha256sum idgen* >SHA256SUMS)
}
make_packages amd64
make_packages arm64
scripts/release collect packages/amd64 packages/arm64 >"$work/log"
equal 'files' "$(ls .build-release | xargs)" "SHA256SUMS idgen-0.1.0-linux-amd64.oci.tar \
idgen-0.1.0-linux-amd64.spdx.json idgen-0.1.0-linux-arm64.oci.tar \
idgen-0.1.0-linux-arm64.spdx.json idgen_0.1.0_amd64.deb idgen_0.1.0_arm64.deb"
equal 'sums' "$(wc -l <.build-release/SHA256SUMS)" 6
mkdir download
cp .build-release/{SHA256SUMS,idgen_0.1.0_arm64.deb} download
equal 'of what was downloaded' "$(cd download && sha256sum --check --ignore-missing SHA256SUMS)" \
  'idgen_0.1.0_arm64.deb: OK'
echo x >>packages/arm64/idgen_0.1.0_arm64.deb
fails_with 'idgen_0.1.0_arm64.deb: FAILED' scripts/release collect packages/amd64 packages/arm64
make_packages arm64
echo x >packages/arm64/idgen.exe
fails_with 'has files that its SHA256SUMS does not name' scripts/release collect packages/arm64
rm packages/arm64/idgen.exe

step 'scripts/release collect refuses a file that two folders have, and packages of two commits'
fails_with 'two folders have idgen-0.1.0-linux-amd64.oci.tar, idgen-0.1.0-linux-amd64.spdx.json, ' \
  scripts/release collect packages/amd64 packages/amd64
mkdir packages/other
(cd packages/other && echo other >idgen_0.1.0_arm64.deb && sha256sum idgen* >SHA256SUMS)
fails_with 'two folders have idgen_0.1.0_arm64.deb$' \
  scripts/release collect packages/arm64 packages/amd64 packages/other
make_packages arm64 4567def
fails_with 'the SBOMs name no commit, or several: 0123abc, 4567def$' \
  scripts/release collect packages/amd64 packages/arm64
make_packages arm64 unknown
fails_with 'no commit, or several: $' scripts/release collect packages/arm64

step 'scripts/release sign, image and draft: what they ask of cosign, skopeo, docker and gh'
rm -r packages
make_packages amd64
make_packages arm64
scripts/release collect packages/amd64 packages/arm64 >"$work/log"
for tool in cosign skopeo docker gh; do
  cat >"bin/$tool" <<'TOOL'
#!/bin/sh
echo "$(basename "$0")" "$@" >>"$CALLS"
case "$*" in
inspect*) exit "${EXISTS-1}" ;;
*"imagetools inspect"*) printf '{"digest": "sha256:%064d"}' 7 ;;
esac
TOOL
  chmod +x "bin/$tool"
done
export CALLS=$work/release-calls
called() { # WHAT EXPECTED
  equal "$1" "$(cat "$CALLS")" "$2"
  rm "$CALLS"
}
PATH=$PWD/bin:$PATH scripts/release sign
called 'cosign' \
  'cosign sign-blob --yes --bundle .build-release/SHA256SUMS.sigstore.json .build-release/SHA256SUMS'
digest=sha256:$(printf '%064d' 7)
GITHUB_TOKEN=secret GITHUB_ACTOR=Someone GITHUB_OUTPUT=$work/outputs \
  PATH=$PWD/bin:$PATH scripts/release image ghcr.io/Some/idgen >"$work/log"
called 'pushing' "docker login --username Someone --password-stdin ghcr.io
skopeo inspect --raw docker://ghcr.io/some/idgen:0.1.0
$(for architecture in amd64 arm64; do
  echo "skopeo copy --preserve-digests" \
    "oci-archive:.build-release/idgen-0.1.0-linux-$architecture.oci.tar" \
    "docker://ghcr.io/some/idgen:0.1.0-$architecture"
done)
docker buildx imagetools create --tag ghcr.io/some/idgen:0.1.0 ghcr.io/some/idgen:0.1.0-amd64 \
ghcr.io/some/idgen:0.1.0-arm64
docker buildx imagetools inspect --format {{json .Manifest}} ghcr.io/some/idgen:0.1.0
cosign sign --yes --recursive ghcr.io/some/idgen@$digest"
equal 'output' "$(xargs <"$work/outputs")" "name=ghcr.io/some/idgen digest=$digest"
EXISTS=0 PATH=$PWD/bin:$PATH fails_with 'ghcr.io/some/idgen:0.1.0 exists' \
  scripts/release image ghcr.io/Some/idgen
called 'with an image that exists' 'skopeo inspect --raw docker://ghcr.io/some/idgen:0.1.0'
PATH=$PWD/bin:$PATH scripts/release draft 0.1.0
called 'gh' "gh release create 0.1.0 --draft --verify-tag --title idgen 0.1.0 --notes ### Added

- A thing. $(ls .build-release/* | xargs)"
links='[a](docs/A.md), [b](docs/B.md#b) [c](#c) [d](https://d.example/d)'
write "## [0.1.0] - 2026-01-31"$'\n\n'"$links" 0.1.0
git tag -f 0.1.0 >/dev/null
GITHUB_REPOSITORY=some/idgen PATH=$PWD/bin:$PATH scripts/release draft 0.1.0
blob=https://github.com/some/idgen/blob/0.1.0
equal 'links' "$(grep -oE -e '--notes.*' "$CALLS")" \
  "--notes [a]($blob/docs/A.md), [b]($blob/docs/B.md#b) [c](#c) [d](https://d.example/d)"
fails_with 'usage|scripts/release check TAG' scripts/release nothing
unset CALLS
cd - >/dev/null
