# setup.sh - what tools/demo, tools/test and tools/wheel share; sourced by them, with bash.
#
# setup_system installs the system packages that are missing, setup_venv makes .venv with the Python
# ones, build makes a directory under build/. Each does nothing when nothing changed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-python3}
VENV=.venv/bin/python

# Debian 12 and Ubuntu 24.04 name them alike. The three -dev packages after LLVM's are what its CMake
# files ask for.
PACKAGES=(gcc g++ cmake ninja-build pkg-config lld-19 llvm-19-dev libzstd-dev libxml2-dev zlib1g-dev
  libffi-dev check)

die() {
  printf '%s\n' "$@" >&2
  exit 1
}

# The packages among the arguments, and those of Python, that are not installed.
missing_packages() {
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" {print $1}' | sort - <(printf '%s\n' "$@") | uniq -u
  # A Python from elsewhere (pyenv, python.org) has its own headers and venv.
  "$PYTHON" - 2>/dev/null <<'PY' || echo python3 python3-dev python3-venv
import ensurepip, os, sysconfig, venv
raise SystemExit(not os.path.exists(sysconfig.get_paths()["include"] + "/Python.h"))
PY
}

# setup_system [PACKAGE...]: installs PACKAGES and those given.
setup_system() {
  local missing apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q)
  if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian or Ubuntu: install what corresponds to ${PACKAGES[*]} $* python3-dev"
    return
  fi
  missing=$(missing_packages "${PACKAGES[@]}" "$@" | xargs)
  if [ -n "$missing" ]; then
    echo "System packages needed: ${PACKAGES[*]} $* python3-dev python3-venv"
    echo "Installing what is missing: $missing"
    if [ "$EUID" != 0 ]; then
      command -v sudo >/dev/null || die "Neither root nor sudo; as root: apt-get install $missing"
      apt=(sudo "${apt[@]}")
    fi
    "${apt[@]}" update || echo "apt-get update failed, going on with the lists that are there"
    # shellcheck disable=SC2086 # a list of words
    "${apt[@]}" install -y --no-install-recommends $missing ||
      die "apt-get could not install: $missing" \
        "LLVM 19 is in Debian 12 and Ubuntu 24.04; older releases need it from the LLVM project"
  fi
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "autograph needs Python 3.11 or later, $PYTHON is $("$PYTHON" --version);" \
      "name another one with PYTHON=..."
}

# .venv with what the project and its extra "test" require, made again when these, the Python or the
# place of the checkout change.
setup_venv() {
  local wanted
  wanted="$PWD $(command -v "$PYTHON") $(cksum pyproject.toml)"
  [ -x $VENV ] && [ "$wanted" = "$(cat .venv/stamp 2>/dev/null)" ] && return
  echo "Making .venv"
  rm -rf .venv
  "$PYTHON" -m venv .venv
  "$PYTHON" - >.venv/requirements <<'PY'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(*project["dependencies"], *project["optional-dependencies"]["test"], sep="\n")
PY
  $VENV -m pip install -q --disable-pip-version-check -r .venv/requirements
  printf '%s\n' "$wanted" >.venv/stamp
}

# build DIR [CMAKE_OPTION...]: configured when the options change, built when the sources do.
build() {
  local dir=$1 wanted
  shift
  wanted="$PWD $*"
  if [ "$wanted" != "$(cat "$dir/stamp" 2>/dev/null)" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    cmake -G Ninja -S . -B "$dir" -DPython_EXECUTABLE="$PWD/$VENV" "$@" >"$dir/configure.log" 2>&1 || {
      cat "$dir/configure.log" >&2
      die "CMake failed"
    }
    printf '%s\n' "$wanted" >"$dir/stamp"
  fi
  # grep fails where nothing is left to show; what ninja says counts
  ninja -C "$dir" | grep -vE 'Entering directory|Re-checking|no work to do|^-- ' ||
    [ "${PIPESTATUS[0]}" = 0 ]
  export PYTHONPATH=$PWD/$dir/python
}

# link_extension DIR: lets a Python started in the checkout import the package with DIR's extension.
link_extension() {
  local module
  for module in "$1"/python/autograph/_core.*.so; do
    ln -sfn "../$module" autograph/
  done
}
