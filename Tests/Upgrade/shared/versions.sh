# Two versions for scripts/test-upgrade and scripts/test-installed: the commit HEAD, and a clone that
# differs in its version alone.

declaration=Sources/BuildInfo/BuildInfo.swift
version=$(scripts/version)
IFS=. read -r major minor patch <<<"$version"
next=$major.$((minor + 1)).0
architecture=$(dpkg --print-architecture)

packages_of() { # VERSION: the folder of its packages
  if [[ $1 == "$version" ]]; then
    echo .build-package/out
  else
    echo .build-upgrade/source/.build-package/out
  fi
}
make_packages() {
  local clone=.build-upgrade/source commit
  commit=$(git rev-parse HEAD)
  if [[ $(git -C $clone rev-parse HEAD^ 2>/dev/null) != "$commit" ]]; then
    [[ -e $clone ]] || git clone -q . $clone
    git -C $clone fetch -q origin "$commit"
    git -C $clone reset -q --hard "$commit"
    sed -i "/ static let version = /s/$version/$next/" "$clone/$declaration"
    git -C $clone -c user.name=test -c user.email= commit -q -a -m "Version $next"
  fi
  for folder in . $clone; do
    are_packaged "$folder" || "$folder/scripts/package" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
  done
}
are_packaged() { # FOLDER: whether it has the packages of its HEAD, by their SBOM, and all whole
  local made=$1/.build-package/out
  grep -qs "of commit $(git -C "$1" rev-parse HEAD)" "$made"/*.spdx.json &&
    (cd "$made" && sha256sum --check --status SHA256SUMS)
}
make_images() { # $project:VERSION, of the packages
  local loaded number
  for number in "$version" "$next"; do
    loaded=$(docker load -q -i "$(packages_of "$number")/idgen-$number-linux-$architecture.oci.tar")
    docker tag "${loaded##*: }" "$project:$number"
    equal 'the version of the image' "$(docker run --rm "$project:$number" --version)" "$number"
  done
}
