# scripts/resolve: what is not recorded in dependencies.lock is not built.

package=$work/package
make_dependency() { # NAME: a repository with the versions 1.0.0 and 1.1.0
  local folder=$work/$1
  mkdir -p "$folder/Sources/$1"
  cat >"$folder/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "$1", products: [.library(name: "$1", targets: ["$1"])], targets: [.target(name: "$1")])
SWIFT
  git init -q "$folder"
  for version in 1.0.0 1.1.0; do
    echo "let version = \"$version\"" >"$folder/Sources/$1/Version.swift"
    release "$1" $version
  done
}
release() { # NAME VERSION [OPTION]: of what is there
  git -C "$work/$1" add -A
  git -C "$work/$1" -c user.name=test -c user.email=test@localhost commit -q -m "$2"
  git -C "$work/$1" tag "${@:3}" "$2" >/dev/null
}
depend_on() { # NAME…
  cat >"$package/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
  name: "package",
  dependencies: [$(printf '.package(url: "file://'"$work"'/%s", from: "1.0.0"),' "$@")],
  targets: [
    .target(
      name: "Root", dependencies: [$(printf '.product(name: "%s", package: "%s"),' "$1" "$1")])
  ])
SWIFT
}
lock() { printf '%s\n' '# A comment.' "$@" >"$package/dependencies.lock"; } # LINE…
forget() { # all that SwiftPM has fetched
  rm -rf "$package"/{.build,Package.resolved} "$work/home"
  mkdir -p "$work/home"
}
resolve() { HOME=$work/home "$package/scripts/resolve" "$@" 2>"$work/error"; }
refused() { # PATTERN: with one line
  if resolve; then fail "scripts/resolve accepts what it is to refuse: $1"; fi
  [[ $(cat "$work/error") =~ ^scripts/resolve:\ .*$1 && $(wc -l <"$work/error") == 1 ]] ||
    fail "scripts/resolve says: $(cat "$work/error")"
}

step 'scripts/resolve takes the version that is locked, and refuses everything else'
for name in alpha beta; do make_dependency $name; done
mkdir -p "$package"/{scripts,Sources/Root}
touch "$package/Sources/Root/Root.swift"
cp scripts/resolve "$package/scripts"
depend_on alpha
forget

lock 'alpha 1.0.0 unknown'
refused 'alpha 1\.0\.0 has the content ([0-9a-f]{64}), and not unknown'
recorded=${BASH_REMATCH[1]}
checkout=$package/.build/checkouts/alpha/Sources/alpha

lock "alpha 1.0.0 $recorded"
for time in first second; do
  resolve || fail "the $time time: $(cat "$work/error")"
  equal 'the version' "$(cat "$checkout/Version.swift")" 'let version = "1.0.0"'
done
HOME=$work/home swift build --package-path "$package" --only-use-versions-from-resolved-file \
  >"$work/log" 2>&1 || fail "swift build: $(cat "$work/log")"
forget
resolve --scratch-path "$package/elsewhere" || fail "elsewhere: $(cat "$work/error")"
equal 'elsewhere' "$(ls -A "$package/elsewhere/checkouts")" alpha

lock "alpha 1.1.0 $recorded"
refused "alpha 1\.1\.0 has the content .*, and not $recorded"
lock "alpha 1.2.0 $recorded"
refused 'alpha 1\.2\.0'
lock
refused 'differ: \+alpha 1\.1\.0$'
lock "alpha 1.0.0 $recorded" "beta 1.0.0 $recorded"
refused 'beta'
lock "alpha 1.0.0 $recorded"
resolve || fail "as at first: $(cat "$work/error")"

# A manifest whose name is that of an older compiler is chosen if it declares newer tools.
folder=$package/.build/checkouts/alpha
manifest() { # FILE VERSION
  sed "1s/6\.2/$2/" "$folder/Package.swift" >"$folder/$1"
}
chmod -R u+w "$folder"
manifest Package@swift-6.1.swift 6.1
resolve || fail "a manifest for older tools: $(cat "$work/error")"
for change in 'echo "// changed" >>$checkout/Version.swift' 'touch $checkout/Added.swift' \
  'manifest Package@swift-6.1.swift 6.3' 'manifest Package@swift-5.10.swift 6.2' \
  'manifest Package@swift-6.swift 6.1'; do
  chmod -R u+w "$folder"
  eval "$change"
  refused 'alpha 1\.0\.0 has the content'
  forget
  resolve || fail "after it was fetched anew: $(cat "$work/error")"
done

depend_on alpha beta
refused 'differ: \+beta 1\.1\.0$'
depend_on alpha
resolve || fail "without beta again: $(cat "$work/error")"

# The tag is moved, for somebody who has never fetched it.
echo 'let version = "moved"' >"$work/alpha/Sources/alpha/Version.swift"
release alpha 1.0.0 --force
forget
refused "alpha 1\.0\.0 has the content .*, and not $recorded"
