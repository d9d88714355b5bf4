#!/bin/sh
# `make demo`: a release's whole life on the sandbox, with every command shown.
# The sandbox's state goes into .cache/demo, so that the user's own stays as it is.
set -eu

state=$PWD/.cache/demo
export PYPKG_SANDBOX=true PYPKG_DATA_HOME="$state" PYPKG_CACHE_HOME="$state/cache"

blue='' bold='' plain=''
if [ -t 1 ]; then
    blue=$(printf '\033[1;34m') bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s\n' "$blue# $1$plain"; }
run() {
    printf '%s\n' "$bold\$ pypkg $*$plain"
    pypkg "$@"
}

say 'A Kubernetes API on this machine, in a process of its own'
run sandbox up
pypkg sandbox reset >/dev/null

say 'A Jinja2 chart with a subchart, installed as a release'
run install web charts-example/web --set replicas=3 --wait
run status web
run list

say 'Other values: a new revision'
run upgrade web charts-example/web --set replicas=2 --wait
run history web

say 'And back to the first one'
run rollback web 1 --wait
run history web

cat > "$state/env" <<ENV
export PATH="$(dirname "$(command -v pypkg)"):\$PATH" PYPKG_SANDBOX=true
export PYPKG_DATA_HOME="$state" PYPKG_CACHE_HOME="$state/cache"
export KUBECONFIG="$state/sandbox/kubeconfig"
ENV
cat <<NEXT

The release and its cluster are there to play with. In this shell:

  . .cache/demo/env          (kubectl and helm find the sandbox then, too)

and next:

  pypkg get manifest web
  pypkg upgrade web charts-example/web --set replicas=5 --dry-run=server
  pypkg create mine && pypkg install mine ./mine

"pypkg sandbox down" stops it.
NEXT
