# Sourced by the other scripts: where the build tools are, and what the browser side is compiled with.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# What the set-up installs. Nothing is written outside this folder, target/ and end2end/node_modules.
tools=${MUSTER_TOOLS:-$HOME/.cache/muster-tools}
PATH=$tools/bin:$tools/node_modules/.bin:$HOME/.cargo/bin:$PATH
export PATH

wasm_target=wasm32-unknown-unknown

# The Debian way of getting the browser target; see tools/wasm-from-debian.
debian_rustc=$tools/rustc-web/rustc

# True when the installed compiler can build for the browser.
rustc_has_wasm_target() {
  compgen -G "$(rustc --print sysroot)/lib/rustlib/$wasm_target/lib/libstd-*.rlib" >/dev/null
}

# `cargo` for the browser side: with the installed compiler, else with Debian's.
wasm_cargo() {
  if rustc_has_wasm_target; then
    cargo "$@"
  else
    RUSTC=$debian_rustc RUSTFLAGS="${RUSTFLAGS:-} -Clinker=wasm-ld-22" cargo "$@"
  fi
}

# The oldest compiler that this project takes, such as 1.95.
oldest_rust() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml; }

# Version of a package in Cargo.lock.
locked_version() {
  awk -v name="\"$1\"" '$1 == "name" { found = $3 == name } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}
