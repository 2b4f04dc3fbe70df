# Swift 6.3 on Debian 13, until there is an official image: the toolchain for Debian 12, which runs
# there, over the packages that it needs. scripts/run-on builds it.
FROM swift:6.3-bookworm AS swift
# What no package of Debian has installed. Packages name files by /lib and /bin, too, which are
# links to /usr.
RUN sed -E 's#^/(bin|lib|lib64|sbin)/#/usr/\1/#' /var/lib/dpkg/info/*.list | sort -u >/packaged \
 && find /usr \( -type f -o -type l ! -lname '/etc/alternatives/*' \) ! -path '*/__pycache__/*' \
  | sort | comm -23 - /packaged | tar -c -T - | tar -x -C /opt

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils ca-certificates gcc git libc6-dev \
  libcurl4-openssl-dev libedit2 libncurses-dev libpython3-dev libsqlite3-0 libstdc++-14-dev \
  libxml2-dev pkg-config tzdata zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
COPY --from=swift /opt/usr/ /usr/
RUN swift --version
