# shellcheck shell=bash
# The tests under ThreadSanitizer or AddressSanitizer, each in a build of its own. Run from the repository's root. Needs report.sh.

# What `swift build` and `swift test` need, which tests are left out, what the steps say, and the folder of the reports; all empty
# without a sanitizer.
BUILD=()
LEFT_OUT=()
UNDER=
REPORTS=

choose_sanitizer() {
  case ${1:-} in
  thread) UNDER=" under ThreadSanitizer" ;;
  address) UNDER=" under AddressSanitizer" ;;
  *) fail "--sanitize is followed by thread or address" ;;
  esac
  BUILD=(--scratch-path ".build-$1" --sanitize "$1")
  # Twelve processes at full load, held to times that are meant for programs at full speed. What they do, the other integration tests
  # have each of them do: workers, simulators, load and proxies.
  LEFT_OUT=(--skip ChaosTests)
  REPORTS=$PWD/.build-$1/reports
  # In files, one for each process, workers that a test starts among them: what those print, and how they end, is their test's business.
  local options="log_path=\"$REPORTS/report\" log_exe_name=1"
  # AddressSanitizer not for leaks: it looks for them when a program ends, and the Swift runtime and OpenSSL keep till then what they
  # allocate once. Memory that grows is what Tests/soak looks for.
  export TSAN_OPTIONS=$options ASAN_OPTIONS="$options detect_leaks=0"
  # Swift's own crash handler takes minutes over programs as large as these.
  export SWIFT_BACKTRACE=enable=no
}

begin_reports() {
  [[ -n $REPORTS ]] || return 0
  rm -rf "$REPORTS"
  mkdir -p "$REPORTS"
}

# Shows what was reported; false where something was.
check_reports() {
  [[ -n $REPORTS ]] || return 0
  local report
  local -a reports
  mapfile -t reports < <(find "$REPORTS" -type f | sort)
  ((${#reports[@]})) || return 0
  for report in "${reports[@]}"; do
    printf '\n%s:\n' "$report"
    swift demangle --compact <"$report" | head -n 80
  done >&2
  printf 'error: %s processes reported something%s\n' "${#reports[@]}" "$UNDER" >&2
  return 1
}
