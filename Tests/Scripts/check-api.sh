# scripts/check-api: no public declaration comes, changes or goes unless the changelog names it.

api=$work/api
source_file=$api/Sources/Snowflake/Counter.swift
mkdir -p "$api"/{scripts,docs,Sources/{Snowflake,BuildInfo}}
cp scripts/{check-api,version} "$api/scripts"
echo .build-api >"$api/.gitignore"
git init -q "$api"
commit() { # SUBJECT
  git -C "$api" add -A
  git -C "$api" -c user.name=test -c user.email=test@localhost commit -q -m "$1"
}
version() { echo "public static let version = \"$1\"" >"$api/Sources/BuildInfo/BuildInfo.swift"; }
declare_api() { # LINE…: the members of a public struct
  printf '%s\n' 'public struct Counter: Sendable {' "$@" '}' >"$source_file"
}
write_changelog() { # LINE…: the coming version's section
  printf '%s\n' '# Changelog' '' '## [Unreleased]: 0.2.0' '' "$@" '' '## [0.1.0]: 2026-11-22' '' \
    '### Added' '' '- `Counter.reset()` and `Counter.next()`.' >"$api/CHANGELOG.md"
}
check_api() { "$api/scripts/check-api" "$@" >"$work/output" 2>&1; }
accepted() { check_api || fail "scripts/check-api refuses: $(cat "$work/output")"; }
refused() { # LINE…: of what it says
  local line
  ! check_api || fail "scripts/check-api accepts what it is to refuse: $1"
  for line; do
    grep -qxF -- "$line" "$work/output" || fail "not \"$line\", but: $(cat "$work/output")"
  done
}
base_members=('  public func next() -> Int { 1 }' '  public func first() -> Int { 0 }')

step 'Before there is a record, one is asked for'
version 0.1.0
write_changelog
declare_api "${base_members[@]}"
commit sources
refused 'scripts/check-api: the public API has changed. If it is meant: scripts/check-api --write'
check_api --write
equal 'the record' "$(cat "$api/docs/API.txt")" 'Counter    struct Counter: Sendable
Counter.first()    func first() -> Int
Counter.next()    func next() -> Int'
commit record
accepted

step 'Before the first release: what changes since the record began is named'
# In a file that git does not know yet.
echo 'extension Counter { public var limit: Int { 5 } }' >"$api/Sources/Snowflake/Limit.swift"
refused '+Counter.limit    var limit: Int { get }'
check_api --write
refused '  under "### Added" or "### Changed": `Counter.limit`, added since commit '"$(
  git -C "$api" rev-parse --short=7 HEAD)"
commit 'a record of another commit does not begin anew'
refused '  under "### Added" or "### Changed": `Counter.limit`, added since commit '"$(
  git -C "$api" rev-parse --short=7 HEAD~1)"
write_changelog '### Added' '' '- `Counter.limit`.'
accepted

step 'After a release: a function that is renamed is removed, and another added'
commit release
git -C "$api" tag v0.1.0
version 0.2.0
write_changelog
declare_api "${base_members[0]}" '  public func start() -> Int { 0 }'
check_api --write
commit renamed
refused '  under "### Removed" or "### Changed": `Counter.first()`, removed since release 0.1.0' \
  '  under "### Added" or "### Changed": `Counter.start()`, added since release 0.1.0' \
  'breaks programs: func Counter.first() has been removed'
write_changelog '### Changed' '' '- `Counter.start()` in place of `Counter.first()`.'
accepted

step 'What a release named is not enough for the next one, nor a heading of another kind'
declare_api '  public func start() -> Int { 0 }'
check_api --write
write_changelog '### Changed' '' '- `Counter.start()` in place of `Counter.first()`.' '' \
  '### Added' '' '- `Counter.next()`.'
refused '  under "### Removed" or "### Changed": `Counter.next()`, removed since release 0.1.0'

step 'A new type is named, and not each of its members; a new case breaks programs'
declare_api "${base_members[@]}" '  public enum Kind { case odd, even }'
check_api --write
write_changelog
refused '  under "### Added" or "### Changed": `Counter.Kind`, added since release 0.1.0'
! grep -q 'Kind.odd' "$work/output" || fail "it asks for a member of a new type"
write_changelog '### Added' '' '- `Counter.Kind`.'
accepted
commit 'another release'
git -C "$api" tag 0.2.0
version 0.2.1
declare_api "${base_members[@]}" '  public enum Kind { case odd, even, no }'
check_api --write
commit 'another case'
refused '  under "### Changed" or "### Removed": `Counter.Kind.no`, broken since release 0.2.0' \
  '  and version 0.2.1 must not break what 0.2.0 has: see above'

step 'A commit that was released is compared with the release before, by number'
git -C "$api" tag 0.2.1
git -C "$api" tag v0.1.9 HEAD~2
refused '  and version 0.2.1 must not break what 0.2.0 has: see above'

step 'A shallow clone has no release to compare with'
git clone -q --depth 1 "file://$api" "$work/shallow"
"$work/shallow/scripts/check-api" >"$work/output" 2>&1 || fail "$(cat "$work/output")"
grep -q 'is not checked: git fetch --unshallow --tags$' "$work/output" || fail "it says: $(cat "$work/output")"
