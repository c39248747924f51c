#!/bin/sh
# deno.sh ARG...: runs the Deno that this project is pinned to (scripts/deno_version), with ARG.
#
# It is the deno on PATH where that is this very version; else one from npm, fetched once into the user's cache.
# Standard output is Deno's own; progress and errors go to standard error, and only where something is fetched.
# Paths among ARG stay relative to where you are; `deno.sh task NAME` finds this project's tasks from anywhere.
set -eu

fail() { # what, hint, exit code
  printf 'deno.sh: %s\n  hint: %s\n' "$1" "$2" >&2
  exit "$3"
}

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
read -r version <"$root/scripts/deno_version"

is_pinned() { # deno: is it the pinned version?
  case $("$1" --version 2>/dev/null </dev/null || true) in
    "deno $version" | "deno $version "*) return 0 ;;
    *) return 1 ;;
  esac
}

cache_root() { # where caches of this user lie; the project's own folder where there is no home
  home=${HOME:-$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)}
  if [ -n "${XDG_CACHE_HOME:-}" ]; then
    echo "$XDG_CACHE_HOME/gohttpsnoop"
  elif [ -n "$home" ] && [ -d "$home" ] && [ -w "$home" ]; then
    echo "$home/.cache/gohttpsnoop"
  else
    echo "$root/.cache"
  fi
}

try_thrice() { # log, command...: runs it until it succeeds, three times at most; all that it writes goes to the log
  log=$1
  shift
  try=1
  until "$@" >"$log" 2>&1 </dev/null; do
    if [ "$try" -ge 3 ]; then
      tail -n 20 "$log" >&2
      return 1
    fi
    echo "deno.sh: $1 failed, trying again" >&2
    sleep $((try * 2))
    try=$((try + 1))
  done
}

fetch() { # folder: leaves the pinned deno in it; may run many times at once, the last rename wins
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) platform=linux-x64-glibc ;;
    Linux-aarch64 | Linux-arm64) platform=linux-arm64-glibc ;;
    *) fail "no Deno for $(uname -s) on $(uname -m)" "Use Linux with glibc on x86-64 or arm64." 3 ;;
  esac
  command -v npm >/dev/null ||
    fail "Deno $version is not on PATH, and npm, which can fetch it, is not either" \
      "Install npm (Debian, Ubuntu: apt install npm), or put Deno $version on PATH." 3
  mkdir -p "$1" || fail "cannot make the folder $1" "Set XDG_CACHE_HOME to a folder that you may write to." 1
  temporary=$(mktemp -d "$1/fetch.XXXXXX")
  trap 'rm -rf "$temporary"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo "deno.sh: fetching Deno $version from npm, once, into $1" >&2
  # The package of the platform itself: `deno` names it as an optional dependency, whose failure npm does not tell.
  try_thrice "$temporary/log" npm install --prefix "$temporary" --no-save --no-package-lock --ignore-scripts \
    --no-audit --no-fund "@deno/$platform@$version" ||
    fail "npm could not fetch Deno $version (3 tries; its last words are above)" \
      "Check the network and npm's settings (npm ping), then run this again." 1
  fetched=$temporary/node_modules/@deno/$platform/deno
  chmod 755 "$fetched"
  is_pinned "$fetched" ||
    fail "the Deno $version from npm does not run here" "It needs glibc 2.27 or later; musl (Alpine) does not work." 3
  mv -f "$fetched" "$1/deno"
  rm -rf "$temporary"
  trap - EXIT HUP INT TERM
}

fetch_packages() { # folder: has Deno fetch the packages of deno.lock, once for each state of that file
  stamp=$1/packages-$(cksum <"$root/deno.lock" | tr ' ' -)
  [ -e "$stamp" ] && return
  mkdir -p "$1" || fail "cannot make the folder $1" "Set XDG_CACHE_HOME to a folder that you may write to." 1
  log=$(mktemp "$1/log.XXXXXX")
  trap 'rm -f "$log"' EXIT
  try_thrice "$log" "$deno" install --quiet --config "$root/deno.json" ||
    fail "the npm packages of deno.lock could not be fetched (3 tries; the last words are above)" \
      "Check the network, then run this again." 1
  rm -f "$log"
  trap - EXIT
  : >"$stamp"
}

cache=$(cache_root)
deno=$(command -v deno || true)
if [ -z "$deno" ] || ! is_pinned "$deno"; then
  folder=$cache/deno-$version
  deno=$folder/deno
  [ -x "$deno" ] || fetch "$folder"
fi

# Behind a proxy with its own authority the system's certificates are needed beside Mozilla's.
export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-mozilla,system}"
export DENO_NO_UPDATE_CHECK="${DENO_NO_UPDATE_CHECK:-1}"

if [ "${1:-}" = task ]; then
  shift
  # A task would fetch them too, but tries once.
  fetch_packages "$cache"
  # Deno sets INIT_CWD to the caller's folder, but keeps one that an outer tool (npm, another task) left.
  unset INIT_CWD
  set -- task --quiet --config "$root/deno.json" "$@"
fi
exec "$deno" "$@"
