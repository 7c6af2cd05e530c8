#!/bin/sh
# What the tests use from the system and a wheel cannot bring: OpenSSH's server, Redis, a browser.  Installs it where that is
# possible without asking anybody (root on Debian and its relatives); elsewhere says what is missing.  Never fails a
# run: the tests that need it are skipped and say so.
PATH="$PATH:/usr/sbin:/usr/local/sbin"

missing=""
want() {  # program, package, what it is for
    command -v "$1" >/dev/null 2>&1 && return
    missing="$missing $2"
    echo "$2 is not installed: it is wanted for $3" >&2
}
want sshd openssh-server "the SFTP tests against a real OpenSSH"
want redis-server redis-server "the test of Airflow with Celery workers"
want chromium "chromium fonts-dejavu-core" "the tests of report pages in a real browser"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "those tests are skipped (on Debian: sudo apt-get install$missing)" >&2
    exit 0
fi
echo "installing$missing (no service is started)" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    # policy-rc.d keeps a package from starting a server of its own; the tests start theirs on free loopback ports
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=1
    fi
    result=0
    for package in $missing; do  # one by one: what one system does not have must not keep the others away
        timeout 300 apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || result=$?
    done
    if [ "${ours:-0}" = 1 ]; then rm -f "$policy"; fi
    return $result
}
if install || { timeout 120 apt-get update -qq >/dev/null 2>&1 && install; }; then
    exit 0
fi
echo "they could not be installed: those tests are skipped" >&2
exit 0
