# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A host that lacks something: a program, the network, disk space.

bin=$work/bin
mkdir -p "$bin"
for program in /usr/bin/* /bin/* /usr/sbin/*; do
	[[ ${program##*/} == qemu-system-* ]] || ln -sf "$program" "$bin/"
done
PATH=$bin refused "no emulator" "qemu-system-i386: not found" run "$lane" -- true
check "no emulator: names the package" says "apt-get install qemu-system-x86"

# Nothing listens on the discard port.
printf 'deb http://127.0.0.1:9/debian bookworm main\n' >"$work/dead.list"
export KMAPBENCH_SOURCES=$work/dead.list
KMAPBENCH_CACHE=$work/cache refused "no network, nothing cached" "cannot read any Debian package list" \
	run "$lane" -- true
: >"$work/empty.list"
KMAPBENCH_SOURCES=$work/empty.list KMAPBENCH_CACHE=$work/cache \
	refused "no Debian archive known" "no Debian archive found" run "$lane" -- true
unset KMAPBENCH_SOURCES

if mkdir -p "$work/small" && mount -t tmpfs -o size=512k tmpfs "$work/small" 2>/dev/null; then
	KMAPBENCH_CACHE=$work/small refused "full disk" "$work/small.*(no space|cannot)" run "$lane" -- true
	umount "$work/small"
else
	skip "full disk" "no right to mount a small one"
fi

convert() {
	awk -v release=bookworm -v suites="@ @-security" -f "$here/../sources.awk"
}

converted() {	# SOURCES EXPECTED
	[[ $(convert <<<"$1" | grep -c .) -eq $2 ]]
}

code=none
check "sources: one-line entry" converted 'deb [signed-by=/k.gpg] http://host.test/debian bookworm main' 5
check "sources: deb822 entry" converted $'Types: deb deb-src\nURIs: http://host.test/debian-security/\nSuites: x\nComponents: main' 4
check "sources: a third party's entry is left out" converted 'deb http://host.test/linux/debian bookworm stable' 0
check "sources: a disabled entry is left out" converted $'Enabled: no\nTypes: deb\nURIs: http://host.test/debian\nSuites: x\nComponents: main' 0
