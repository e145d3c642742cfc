#!/usr/bin/env bash
# Measures the main job, `syndic assess`, against the bars of bench/README.md.
#
#   bench/assess.sh [all|build|start|drawn|source|hash|memory|hostile|rivals]…
#
# Everything it makes stands under ${BENCH_WORK:-bench/work} (git-ignored; up to 20 GB). What it prints is the result.
set -euo pipefail
# With it libraries keep a trace of every error they try and drop, which reading policies does by the hundred.
unset RUST_BACKTRACE

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
work=${BENCH_WORK:-$here/work}
inputs=${BENCH_INPUTS:-$root/target/real-inputs/sdists}
python=${BENCH_PYTHON:-python3}
export CARGO_TARGET_DIR=${BENCH_TARGET:-$work/target}
syndic=${BENCH_SYNDIC:-$CARGO_TARGET_DIR/release/syndic}
mkdir -p "$work"

make_input() { # <folder> <arguments of make_inputs.py after the folder's kind…>
  [ -e "$work/$1.made" ] && return
  rm -rf "${work:?}/$1"
  "$python" "$here/make_inputs.py" "${@:2}"
  touch "$work/$1.made"
}

measure() { # <label> <n> <command…>
  python3 "$here/measure.py" "$1" "$2" --clean "$work/state" -- "${@:3}"
}

assess() { # <label> <n> <tree>
  measure "$1" "$2" "$syndic" assess "$work/$3" --plain --state "$work/state"
}

warm() { # <label> <n> <tree> <options of assess…>: the page cache holds the tree, as it does a checkout just made
  python3 "$here/measure.py" "$1" "$2" --clean "$work/state" --warm "$work/$3" -- \
    "$syndic" assess "$work/$3" --plain --state "$work/state" "${@:4}"
}

machine() {
  echo "date       $(date -u +%FT%TZ)"
  echo "commit     $(git -C "$root" rev-parse --short HEAD)$(git -C "$root" diff --quiet HEAD -- . || echo ' with changes')"
  echo "toolchain  $(rustc --version)"
  echo "processor  $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | sort -u), $(nproc) cores"
  echo "memory     $(awk '/MemTotal/ {printf "%.1f GiB", $2 / 1048576}' /proc/meminfo)"
  echo "kernel     $(uname -sr)"
  echo "load       $(cut -d' ' -f1-3 /proc/loadavg)"
}

build() {
  echo; echo "## Cold build: every library and the program, release profile"
  rm -rf "$CARGO_TARGET_DIR"
  local TIMEFORMAT='cpu s %U user + %S system, wall s %R'
  time cargo build --quiet --release --locked -p syndic --manifest-path "$root/Cargo.toml" --timings
}

start() {
  echo; echo "## Start: syndic --version"
  measure "syndic --version" 50 "$syndic" --version
}

drawn_tree() {
  make_input drawn drawn "$inputs" "$work/drawn"
  echo; echo "## Drawn tree: $(find "$work/drawn" -type f | wc -l) files of every kind, $(du -sm --apparent-size "$work/drawn" | cut -f1) MiB"
  warm "drawn tree, new store" 7 drawn
  warm "drawn tree, nothing stored" 5 drawn --no-store
}

source_tree() {
  make_input source source "$inputs" "$work/source"
  echo; echo "## Source tree: $(find "$work/source" -type f | wc -l) files, $(du -sm --apparent-size "$work/source" | cut -f1) MiB"
  warm "source tree, new store" 7 source
  "$syndic" assess "$work/source" --plain --state "$work/state" > /dev/null || true
  python3 "$here/measure.py" "source tree, store of an earlier run" 5 --warm "$work/source" -- \
    "$syndic" assess "$work/source" --plain --state "$work/state"
  warm "source tree, nothing stored" 5 source --no-store
}

hash_weights() {
  make_input one weights "$work/one" 1 4096
  make_input four weights "$work/four" 4 1024
  echo; echo "## Limit of one core, MB/s of CPU: best of 7"
  cargo run --quiet --release --manifest-path "$here/limit/Cargo.toml"
  openssl speed -seconds 2 -bytes 524288 -evp sha256 2> /dev/null | awk '/^sha256/ {printf "openssl sha256 %.0f\n", $2 / 1000}'
  echo; echo "## Weights: 4 GiB of safetensors, page cache warm"
  cat "$work"/one/* "$work"/four/* > /dev/null
  assess "one file of 4 GiB" "${BENCH_RUNS:-5}" one
  assess "four files of 1 GiB" "${BENCH_RUNS:-5}" four
}

memory() {
  make_input mixed mixed "$work/mixed"
  echo; echo "## Mixed tree: $(find "$work/mixed" -type f | wc -l) files, $(du -sm --apparent-size "$work/mixed" | cut -f1) MiB"
  assess "mixed tree" "${BENCH_RUNS:-3}" mixed
}

hostile() {
  make_input many many "$work/many"
  make_input deep deep "$work/deep"
  echo; echo "## Hostile trees"
  assess "100,000 small files" "${BENCH_RUNS:-3}" many
  assess "50 levels, 2,000 files, a loop" "${BENCH_RUNS:-3}" deep
}

# Rivals run where they are installed: BENCH_RIVALS names a folder with one virtual environment for each.
rivals() {
  echo; echo "## Rivals on the same trees in the same run (what they found is in $work/rivals)"
  local folder=${BENCH_RIVALS:?names the folder of virtual environments} out=$work/rivals models=${BENCH_MODELS:-$root/target/real-inputs/wheels}
  rm -rf "$out"; mkdir -p "$out"
  rival() { # <label> <program> <arguments…>
    [ -x "$folder/$2" ] || { echo "$1: not installed"; return; }
    python3 "$here/measure.py" "$1" "${BENCH_RIVAL_RUNS:-1}" --any-exit -- \
      sh -c 'log=$1; shift; exec timeout 300 "$@" > "$log" 2>&1' sh "$out/$(basename "$2").log" "$folder/$2" "${@:3}"
  }
  make_input source source "$inputs" "$work/source"
  assess "syndic, source tree" 3 source
  rival "aibom-scanner, source tree" aibom-scanner/bin/aibom-scanner scan -p "$work/source" -f json -o "$out/aibom-scanner.json"
  rival "nexusshadowscan, source tree" nexusshadowscan/bin/shadowscan code "$work/source"
  rival "cisco-aibom, source tree" cisco-aibom/bin/cisco-aibom analyze "$work/source" -o json -O "$out/cisco-aibom.json"
  measure "syndic, real model files" 3 "$syndic" assess "$models" --plain --state "$work/state"
  rival "modelscan, real model files" modelscan/bin/modelscan -p "$models"
  rival "picklescan, real model files" picklescan/bin/picklescan -p "$models"
}

machine
for part in "${@:-all}"; do
  case $part in
    all) build; start; drawn_tree; source_tree; hash_weights; memory; hostile ;;
    build) build ;;
    start) start ;;
    drawn) drawn_tree ;;
    source) source_tree ;;
    hash) hash_weights ;;
    memory) memory ;;
    hostile) hostile ;;
    rivals) rivals ;;
    *) echo "unknown part: $part" >&2; exit 2 ;;
  esac
done
