# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU, this machine's or a newer one. Until 8.1, a CPU that translates code while another one
# changes it could keep the old translation for ever. Kernels change themselves while they run
# (jump labels), by way of a breakpoint: the CPU takes one that is not there any more, goes back to
# try again, and takes it again, with whatever lock it holds. A machine with such a QEMU gets that
# of its release's backports, beside the kernels; its libraries are those of the older one.

readonly EMULATOR_OLDEST=8.1

# Sets EMULATOR, the words that start it.
emulator_open() {
	local package dir

	[[ $ARCH_KIND == qemu ]] || return 0
	EMULATOR=("$ARCH_QEMU")
	emulator_will_do "$ARCH_QEMU" && return
	package=$(host_packages | awk -v program="$ARCH_QEMU" '$2 == program { print $1 }')
	dir=$CACHE/emulators/$package
	[[ -e $dir/complete ]] || emulator_get
	if emulator_will_do "$dir/usr/bin/$ARCH_QEMU"; then
		EMULATOR=("$dir/usr/bin/$ARCH_QEMU" -L "$dir/usr/share/qemu" -L "$dir/usr/share/seabios")
	else
		note "$LANE: $("$ARCH_QEMU" --version | head -n 1) may hang a kernel that changes its code, and none" \
			"from $EMULATOR_OLDEST on was to be had"
	fi
}

emulator_will_do() {	# PROGRAM
	local version

	version=$("$1" --version 2>/dev/null | sed -n '1s/^QEMU emulator version \([0-9.]*\).*/\1/p')
	[[ -n $version ]] && printf '%s\n' "$EMULATOR_OLDEST" "$version" | sort -CV
}

# Without one, the lab goes on with what the machine has.
emulator_get() {
	mkdir -p "$CACHE/emulators" 2>/dev/null || die_unwritable "$CACHE"
	lock "$CACHE/lock" "the package cache"
	[[ -e $dir/complete ]] || ( emulator_fetch )
	unlock
}

emulator_fetch() {
	local release each

	# shellcheck source=/dev/null
	release=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	apt_open "$(dpkg --print-architecture)" "$release" "@ @-security @-backports"
	say "$LANE: getting $package"
	rm -rf "$dir" "$dir.new"
	mkdir "$dir.new" || die_unwritable "$CACHE"
	for each in "$package" qemu-system-data seabios; do
		apt_download_newest "$each"
		unpack "$dir.new"
	done
	emulator_will_do "$dir.new/usr/bin/$ARCH_QEMU" || return
	touch "$dir.new/complete"
	mv "$dir.new" "$dir" || die_unwritable "$CACHE"
}
