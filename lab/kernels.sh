# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where a lane's kernel comes from. A provider is a function kernel_KIND that leaves behind
#	KERNEL_ID	names this very kernel among all
#	KERNEL_RELEASE	what uname -r says
#	KERNEL_IMAGE	what QEMU loads
#	KERNEL_MODULES	folder with its modules
#	KERNEL_HEADERS	folder to build modules against
#	KERNEL_DRIVER	"builtin", or kmap_bench.ko as built with the kernel; empty: to be built
# The rest of the lab knows nothing else about kernels.

kernel_open() {
	[[ $(type -t "kernel_$LANE_KIND") == function ]] ||
		die "$LANE: no way to get a kernel of kind '$LANE_KIND'" \
			"correct LANE_KIND in lab/lanes/$LANE.lane"
	KERNEL_DRIVER=
	"kernel_$LANE_KIND"
}

kernel_debian() {
	local state=$CACHE/lanes/$LANE key

	mkdir -p "$CACHE/lanes" 2>/dev/null || die_unwritable "$CACHE"
	# By content: all checkouts share the cache.
	key=$(digest "$(<"$LAB/lanes/$LANE.lane")" "${KMAPBENCH_SOURCES:-}")
	kernel_debian_read "$state" "$key" && fresh "$state" && return
	lock "$CACHE/lock" "the package cache"
	if ! kernel_debian_read "$state" "$key"; then
		kernel_debian_fetch "$state" "$key"
	elif ! fresh "$state"; then
		# What is here works. A newer kernel is welcome, but its absence is no failure.
		( kernel_debian_fetch "$state" "$key" ) ||
			note "$LANE: going on with the kernel in the cache, $KERNEL_RELEASE"
		touch "$state"
	fi
	unlock
	kernel_debian_read "$state" "$key" || die "$state: cannot be read back" "remove it and try again"
}

kernel_debian_read() {	# STATE KEY
	local key='' dir

	[[ -r $1 ]] || return
	{ read -r key; read -r KERNEL_ID; read -r KERNEL_RELEASE; } <"$1"
	dir=$CACHE/kernels/$KERNEL_ID
	[[ $key == "$2" && -n $KERNEL_RELEASE && -e $dir/complete ]] || return
	KERNEL_IMAGE=$dir/kernel
	KERNEL_MODULES=$dir/lib/modules/$KERNEL_RELEASE
	KERNEL_HEADERS=$dir/usr/src/linux-headers-$KERNEL_RELEASE
}

kernel_debian_fetch() {	# STATE KEY
	local image release version headers_depends common kbuild dir

	apt_open "$ARCH_DEBIAN" "$LANE_RELEASE" "$LANE_SUITES"
	kernel_debian_find
	dir=$CACHE/kernels/$ARCH_DEBIAN-$release-$version
	if [[ ! -e $dir/complete ]]; then
		say "$LANE: getting Linux $release ($version)"
		kernel_debian_unpack "$dir.new"
		rm -rf "$dir"
		mv "$dir.new" "$dir"
	fi
	if ! printf '%s\n' "$2" "${dir##*/}" "$release" >"$1.new" || ! mv "$1.new" "$1"; then
		die_unwritable "$1"
	fi
}

# The newest version for which everything is there: image and headers of exactly one version.
# While an archive is being updated, the newest of all may lack one of them.
kernel_debian_find() {
	local meta_version

	for meta_version in $(apt_versions "$LANE_META"); do
		# shellcheck disable=SC2053 # LANE_KERNEL is a pattern
		[[ $meta_version == $LANE_KERNEL ]] || continue
		image=$(apt_depends "$LANE_META" "$meta_version" | grep -m1 '^linux-image-')
		version=$meta_version
		release=${image#linux-image-}
		headers_depends=$(apt_depends "linux-headers-$release" "$version")
		common=$(grep -m1 '^linux-headers-.*-common' <<<"$headers_depends")
		kbuild=$(grep -m1 '^linux-kbuild-' <<<"$headers_depends")
		[[ -n $release && -n $common && -n $kbuild ]] || continue
		apt_has "$image-unsigned" "$version" && image+=-unsigned
		apt_has "$image" "$version" && apt_has "$common" "$version" && return
	done
	die "$LANE: no complete kernel $LANE_META ($LANE_KERNEL) in the package lists" \
		"an archive may be in the middle of an update: try again later"
}

kernel_debian_unpack() {	# FOLDER
	local package kbuild_version

	rm -rf "$1"
	mkdir -p "$1" 2>/dev/null || die_unwritable "$CACHE"
	for package in "$image" "linux-headers-$release" "$common"; do
		apt_download "$package" "$version"
		unpack "$1"
	done
	# The build tools run here, whatever the kernel's architecture.
	apt_open "$(dpkg --print-architecture)" "$LANE_RELEASE" "$LANE_SUITES"
	kbuild_version=$version
	apt_has "$kbuild" "$version" || kbuild_version=$(apt_versions "$kbuild" | head -n 1)
	[[ -n $kbuild_version ]] ||
		die "$kbuild: not in the package lists of this machine's architecture" "try again later"
	apt_download "$kbuild" "$kbuild_version"
	unpack "$1"
	# shellcheck disable=SC2016 # for make
	printf 'include $(dir $(lastword $(MAKEFILE_LIST)))../%s/Makefile\n' "$common" \
		>"$1/usr/src/linux-headers-$release/Makefile"
	kernel_image "$1/boot/vmlinuz-$release" "$1/kernel" || die_unwritable "$1"
	touch "$1/complete" || die_unwritable "$1"
}

u8_at() { od -An -tu1 -j"$2" -N1 "$1"; }
u32_at() { od -An -tu4 -j"$2" -N4 "$1"; }

# Unpacking itself costs an emulated x86 kernel seconds. Where it can be entered unpacked (PVH),
# it is unpacked here; the offsets are those of the x86 boot protocol's setup header.
kernel_image() {	# VMLINUZ IMAGE
	local setup length offset

	if [[ $(dd if="$1" bs=1 skip=514 count=4 status=none | tr -d '\0') == HdrS ]]; then
		setup=$((($(u8_at "$1" 0x1f1) + 1) * 512))
		offset=$((setup + $(u32_at "$1" 0x248)))
		length=$(($(u32_at "$1" 0x24c) - 4))
		if tail -c +$((offset + 1)) "$1" | head -c "$length" | xz -dc >"$2" 2>/dev/null &&
		   grep -qx CONFIG_PVH=y "${1/vmlinuz/config}"; then
			return
		fi
	fi
	cp "$1" "$2"
}
