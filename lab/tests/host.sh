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

# One that the lab is not to start when there is a better one
old_emulator() {	# VERSION
	# shellcheck disable=SC2016 # for the other shell
	printf '#!/bin/sh\n[ "$1" = --version ] && echo "QEMU emulator version %s (Debian)"\n' "$1" \
		>"$bin/qemu-system-i386"
	chmod +x "$bin/qemu-system-i386"
}

# Runs the lab's choice of an emulator where no other is to be had; prints what would be started.
chosen() {	# VERSION
	old_emulator "$1"
	# shellcheck disable=SC2034,SC2317 # for emulator.sh
	(
		PATH=$bin CACHE=$work/none LAB=$here/.. LANE=$lane ARCH_KIND=qemu ARCH_QEMU=qemu-system-i386
		# shellcheck source=/dev/null
		. "$here/../emulator.sh"
		host_packages() { echo "qemu-system-x86 qemu-system-i386"; }
		emulator_get() { false; }
		note() { echo "$*"; }
		emulator_open
		echo "${EMULATOR[*]}"
	) >"$work/stdout"
}

for version in 8.1.0 8.2 10.0.2 11.1.3; do
	chosen "$version"
	check "emulator $version: is taken" prints qemu-system-i386
done
for version in 7.2.22 8.0.5 strange; do
	chosen "$version"
	check "emulator $version: it is said what may happen" \
		grep -q 'may hang a kernel that changes its code' "$work/stdout"
	check "emulator $version: goes on where there is no other" grep -qx qemu-system-i386 "$work/stdout"
done
# shellcheck disable=SC2034,SC2317 # for emulator.sh
no_emulator() (
	set -u
	unset ARCH_QEMU
	ARCH_KIND=um
	# shellcheck source=/dev/null
	. "$here/../emulator.sh"
	emulator_get() { false; }
	emulator_open
)
check "no emulator: none is looked for where the kernel is a program" no_emulator
old_emulator 7.2.22
PATH=$bin lab run "$lane" -- cat /sys/class/dmi/id/product_version
check "an old emulator: another one is started" exits 0
check "an old emulator: a newer one" grep -qE '^pc-i440fx-([1-9][0-9]|9|8\.[1-9])' "$work/stdout"

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
