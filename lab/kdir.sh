# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Somebody's own kernel build, as a lane without a file.

# The architecture is what the build's configuration says; --arch only has to agree.
kdir_lane() {
	LANE=kdir LANE_KIND=kdir LANE_RELEASE=bookworm LANE_SUITES="@ @-security @-backports"
	LANE_APPEND='' LANE_MODULES='' LANE_TIMEOUT=300 LANE_HIGHMEM=0 LANE_MEM=2G
	[[ -r $KDIR/.config ]] ||
		die "--kdir $KDIR: holds no .config" "give the folder that the kernel was built in"
	KDIR=$(cd "$KDIR" && pwd)
	[[ $KDIR != *[[:space:]:]* ]] ||
		die "--kdir $KDIR: a space or colon in its name" "the kernel's makefiles cannot do with that"
	kdir_arch || die "--kdir $KDIR: not for an architecture of the lab" "those are: $(arches)"
	case $KDIR_ARCH in
	''|"$LANE_ARCH"|"$ARCH_KARCH")	return ;;
	x86)	[[ $ARCH_USER == i386 || $ARCH_USER == x86_64 ]] && return ;;
	esac
	die "--arch $KDIR_ARCH: the kernel in $KDIR is for $LANE_ARCH" "leave --arch out"
}

arches() {
	(cd "$LAB/arches" && printf '%s ' *.arch | sed 's/\.arch//g')
}

# User Mode Linux comes first, as it has its host's options as well.
kdir_arch() {
	for LANE_ARCH in um $(arches); do
		arch_open
		[[ $(config_value "$ARCH_CONFIG" "$KDIR/.config") == y ]] && return
	done
	return 1
}

kernel_kdir() {
	local missing

	KERNEL_HEADERS=$KDIR KERNEL_MODULES=$KDIR
	mapfile -t missing < <(kdir_missing)
	((!${#missing[@]})) || die "--kdir $KDIR: this kernel lacks ${missing[*]}" \
		"add them to its configuration and build it again"
	KERNEL_IMAGE=$(kdir_image)
	[[ -n $KERNEL_IMAGE ]] || die "--kdir $KDIR: holds no built kernel" "run make there first"
	KERNEL_RELEASE=$(cat "$KDIR/include/config/kernel.release") ||
		die "--kdir $KDIR: does not say its release" "run make there first"
	KERNEL_ID=kdir-$(digest "$(stat -Lc '%n %Y %s' "$KERNEL_IMAGE" "$KDIR/.config")")
	driver_find "$KDIR" "$KDIR/.config"
	[[ -z $KERNEL_DRIVER || $KERNEL_DRIVER == builtin || -e $KERNEL_DRIVER ]] ||
		die "$KERNEL_DRIVER: not built" "run make modules in $KDIR"
	if [[ -z $KERNEL_DRIVER && -z $(config_value CONFIG_MODULES "$KDIR/.config") ]]; then
		note "--kdir $KDIR: neither has kmap_bench built in nor can load it; going on without"
		KERNEL_DRIVER=builtin
	fi
}

# One that can be entered unpacked starts seconds earlier in an emulator.
kdir_image() {
	local image

	for image in "$ARCH_IMAGE" arch/x86/boot/bzImage; do
		[[ $image == vmlinux && $(config_value CONFIG_PVH "$KDIR/.config") != y ]] && continue
		[[ -e $KDIR/$image ]] && printf '%s\n' "$KDIR/$image" && return
	done
}

# A driver may as well be a module: the lab loads what it needs.
kdir_missing() {
	local name option value

	for name in $ARCH_CONFIGS; do
		sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=y$/\1/p' "$LAB/configs/$name.config"
	done | while read -r option; do
		value=$(config_value "$option" "$KDIR/.config")
		[[ $value == y || ($value == m && $option == CONFIG_VIRTIO_*) ]] || printf '%s\n' "$option"
	done
}
