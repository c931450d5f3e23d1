# shellcheck shell=bash
# What the scripts tell the person who started them.

step() { printf '==> %s\n' "$*"; }

note() { printf '    %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# run_logged LOG COMMAND...: keeps the command's output in a file, and shows the end of it only when the command fails.
run_logged() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 && return
  show_end_of "$log" "$*"
  return 1
}

show_end_of() {
  printf 'error: failed: %s; the end of its output (%s):\n' "$2" "$1" >&2
  tail -n 20 "$1" | sed 's/^/    /' >&2
}
