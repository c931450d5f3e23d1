# shellcheck shell=bash
# What Tests/chaos, Tests/soak and Tests/benchmark have in common. Run from the repository's root.
# shellcheck source-path=SCRIPTDIR source=../Config/local/lib/report.sh
. Config/local/lib/report.sh
# shellcheck source-path=SCRIPTDIR source=../Config/local/lib/set-up.sh
. Config/local/lib/set-up.sh

# run_trial NAME ARGUMENTS...: builds the programs as they are released, and runs a trial on them.
run_trial() {
  exec </dev/null
  set_up
  step "Building (a first build takes some minutes)"
  local product
  for product in aviso-ecpds ecpds-simulator ConstantResponder Trials; do
    # The kernel interrupts the build should this shell be killed.
    setpriv --pdeathsig INT swift build --configuration release --product "$product"
  done
  exec "$(swift build --configuration release --show-bin-path)/Trials" "$@"
}
