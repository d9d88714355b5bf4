#!/bin/sh
# Install the servers and the browser that some tests run against, where they are absent.
set -eu
missing=
have() { PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1; }
have nginx || missing="$missing nginx-light"
have chromium || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! have apt-get; then
  echo "Not installed:$missing. The tests that need them are skipped." >&2
  exit 0
fi
echo "Installing$missing ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Nothing is to listen once it is installed: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
# shellcheck disable=SC2086 # one word per package
apt-get install -qq -y --no-install-recommends $missing >/dev/null
