#!/bin/sh
# What the tests use from the system and a wheel cannot bring: OpenSSH's server.  Installs it where that is possible
# without asking anybody (root on Debian and its relatives); elsewhere says what is missing.  Never fails a run: the
# tests that need it are skipped and say so.
PATH="$PATH:/usr/sbin:/usr/local/sbin"

if command -v sshd >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "openssh-server is not installed: the SFTP tests against a real OpenSSH are skipped" >&2
    echo "  (on Debian: sudo apt-get install openssh-server)" >&2
    exit 0
fi
echo "installing openssh-server for the SFTP tests (it is not started as a service)" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    # policy-rc.d keeps the package from starting a server of its own; the tests start theirs on a free loopback port
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=1
    fi
    timeout 300 apt-get install -y -qq --no-install-recommends openssh-server >/dev/null 2>&1
    result=$?
    if [ "${ours:-0}" = 1 ]; then rm -f "$policy"; fi
    return $result
}
if install || { timeout 120 apt-get update -qq >/dev/null 2>&1 && install; }; then
    exit 0
fi
echo "openssh-server could not be installed: the SFTP tests against a real OpenSSH are skipped" >&2
exit 0
