# shellcheck shell=bash
# What the project needs from the system, installed where it is missing. Does nothing, quickly, when all is there.
# Needs report.sh.

readonly MINIMUM_SWIFT=6.2

set_up() {
  require_swift
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} == 0)) && return
  step "Set-up: installing ${packages[*]}"
  install_packages "${packages[@]}" || fail "the packages could not be installed: ${packages[*]}"
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} == 0)) || fail "still missing after the installation: ${packages[*]}"
}

require_swift() {
  local version
  command -v swift >/dev/null || fail "no swift on the PATH; Swift $MINIMUM_SWIFT or newer is needed: https://www.swift.org/install/linux/"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*[0-9]\).*/\1/p')
  [[ $(printf '%s\n' "$MINIMUM_SWIFT" "$version" | sort -V | head -n 1) == "$MINIMUM_SWIFT" ]] ||
    fail "Swift $MINIMUM_SWIFT or newer is needed, and $(command -v swift) is ${version:-of an unknown version}: https://www.swift.org/install/linux/"
}

# The Debian and Ubuntu packages of whatever is not there. Asks for the thing, not for the package: what came another way counts too.
missing_packages() {
  command -v pkg-config >/dev/null || echo pkg-config
  pkg-config --exists librabbitmq 2>/dev/null || echo librabbitmq-dev
  pkg-config --exists openssl 2>/dev/null || echo libssl-dev
  pkg-config --exists libcurl 2>/dev/null || echo libcurl4-openssl-dev
  has_rabbitmq || echo rabbitmq-server
  command -v python3 >/dev/null || echo python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

has_rabbitmq() {
  compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null || command -v rabbitmq-server >/dev/null
}

# In a subshell, so that its traps end with it.
install_packages() (
  command -v apt-get >/dev/null || fail "no apt-get here; please install what Debian calls: $*"
  may_become_root || fail "no right to install packages; as root, run: apt-get install $*"
  log=$(mktemp -t aviso-ecpds-set-up.XXXXXX)
  note "log: $log"
  if [[ " $* " == *" rabbitmq-server "* ]]; then
    trap allow_service_starts EXIT
    trap 'exit 130' INT TERM HUP
    forbid_service_starts
  fi
  apt_get "$log" update || note "the package lists could not be brought up to date; trying with the old ones"
  apt_get "$log" install --yes --no-install-recommends "$@" || return 1
  if [[ " $* " == *" rabbitmq-server "* ]]; then
    keep_service_off
  fi
  rm -f "$log"
)

# Asks for the password once, where there is somebody to ask.
may_become_root() {
  ((EUID == 0)) && return
  command -v sudo >/dev/null || return 1
  if [[ -t 0 ]]; then sudo --validate; else sudo --non-interactive true; fi
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo --non-interactive "$@"; fi
}

# Another apt may hold the lists' lock, which has no time-out of its own: three attempts.
apt_get() {
  local log=$1 attempt
  shift
  for attempt in 1 2 3; do
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
      apt-get --quiet -o DPkg::Lock::Timeout=120 "$@" </dev/null >"$log" 2>&1 && return
    ((attempt == 3)) || sleep $((attempt * 5))
  done
  show_end_of "$log" "apt-get $*"
  return 1
}

# Debian starts a service that it installs. This one would take the standard port and is not wanted: the project runs a broker of its
# own. The policy is for this service alone, and means nothing once this shell is gone, even if nobody was left to remove the file.
readonly SERVICE_POLICY=/usr/sbin/policy-rc.d
readonly SERVICE_POLICY_MARK='Written by the set-up of aviso-ecpds-worker'

forbid_service_starts() {
  if [[ -e $SERVICE_POLICY ]] && ! grep -q "$SERVICE_POLICY_MARK" "$SERVICE_POLICY"; then
    return
  fi
  as_root tee "$SERVICE_POLICY" >/dev/null <<POLICY
#!/bin/sh
# $SERVICE_POLICY_MARK while process $BASHPID installs packages.
[ -d /proc/$BASHPID ] || exit 0
case \$1 in
rabbitmq-server* | epmd*) exit 101 ;;
esac
POLICY
  as_root chmod 755 "$SERVICE_POLICY"
}

allow_service_starts() {
  if grep -qs "$SERVICE_POLICY_MARK" "$SERVICE_POLICY"; then
    as_root rm -f "$SERVICE_POLICY"
  fi
}

keep_service_off() {
  [[ -d /run/systemd/system ]] || return 0
  as_root systemctl --quiet disable rabbitmq-server.service 2>/dev/null || return 0
  note "the system's own RabbitMQ service is installed, but neither started nor enabled"
}
