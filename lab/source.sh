# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels that are built here, from Debian's kernel source with our folders put in by
# scripts/overlay. Each lane has a tree of links to the one unpacked source and a build folder of
# its own, so that a changed driver costs one compilation of it; what was built is kept by content.

kernel_source() {
	local work=${KMAPBENCH_BUILT:-$CACHE/built}/$LANE tree key driver

	# The kernel's makefiles cannot do with such names.
	[[ $CACHE != *[[:space:]:]* ]] || die "$CACHE: a space or colon in the name of the cache" \
		"set KMAPBENCH_CACHE to another folder"
	source_open
	driver=${KMAPBENCH_DRIVER:-$ROOT/drivers/misc/kmap_bench}
	key=$(source_key)
	KERNEL_ID=$LANE-$key
	KERNEL_HEADERS=$work/build
	mkdir -p "$work/kernels" 2>/dev/null || die_unwritable "$CACHE"
	if [[ ! -e $work/kernels/$key/complete ]]; then
		lock "$work/lock" "the kernel of $LANE"
		[[ -e $work/kernels/$key/complete ]] || source_build
		unlock
	fi
	touch "$work/kernels/$key/complete"
	KERNEL_RELEASE=$(<"$work/kernels/$key/complete")
	KERNEL_IMAGE=$work/kernels/$key/kernel
	KERNEL_MODULES=$work/kernels/$key/lib/modules/$KERNEL_RELEASE
	driver_find "$KERNEL_MODULES/kernel" "$work/kernels/$key/config"
}

# Sets KERNEL_DRIVER: where the tree's own build left the driver. Empty: build it outside.
driver_find() {	# FOLDER CONFIG
	KERNEL_DRIVER=
	case $(config_value CONFIG_KMAP_BENCH "$2") in
	y)	KERNEL_DRIVER=builtin ;;
	m)	KERNEL_DRIVER=$1/drivers/misc/kmap_bench/kmap_bench.ko ;;
	esac
}

config_value() {	# OPTION CONFIG: y, m, another value, or nothing
	sed -n "s/^$1=//p" "$2"
}

# Sets SOURCE_VERSION and SOURCE_TREE. A newer source is welcome once a day.
source_open() {
	local state=$CACHE/linux/$LANE_SOURCE

	mkdir -p "$CACHE/linux" 2>/dev/null || die_unwritable "$CACHE"
	source_read && fresh "$state" && return
	lock "$CACHE/lock" "the package cache"
	if ! source_read; then
		source_fetch
	elif ! fresh "$state"; then
		( source_fetch ) || note "$LANE: going on with the source in the cache, $SOURCE_VERSION"
		touch "$state"
	fi
	unlock
	source_read || die "$state: cannot be read back" "remove it and try again"
}

source_read() {
	[[ -r $state ]] && SOURCE_VERSION=$(<"$state") || return
	SOURCE_TREE=$CACHE/linux/$LANE_SOURCE-${SOURCE_VERSION//:/_}
	[[ -n $SOURCE_VERSION && -e $SOURCE_TREE/.complete ]]
}

source_fetch() {
	local version dir

	apt_open "$(dpkg --print-architecture)" "$LANE_RELEASE" "$LANE_SOURCE_SUITES"
	version=$(apt_versions "$LANE_SOURCE" | head -n 1)
	[[ -n $version ]] || die "$LANE_SOURCE: not in the package lists of $LANE_SOURCE_SUITES" \
		"an archive may be in the middle of an update: try again later"
	dir=$CACHE/linux/$LANE_SOURCE-${version//:/_}
	if [[ ! -e $dir/.complete ]]; then
		say "$LANE: getting $LANE_SOURCE ($version)"
		rm -rf "$dir.new" "$dir"
		mkdir -p "$dir.new/deb" || die_unwritable "$CACHE"
		apt_download "$LANE_SOURCE" "$version"
		unpack "$dir.new/deb"
		xz -T0 -dc "$dir.new/deb/usr/src/$LANE_SOURCE.tar.xz" 2>"$dir.log" |
			tar -x -C "$dir.new" --strip-components=1 2>>"$dir.log" ||
			{ die_if_full "$dir.log" "$CACHE"; die "$DEB: $(head -n 1 "$dir.log")" "try again"; }
		rm -rf "$dir.new/deb" "$dir.log"
		touch "$dir.new/.complete"
		mv "$dir.new" "$dir" || die_unwritable "$CACHE"
	fi
	printf '%s\n' "$version" >"$state" || die_unwritable "$CACHE"
}

source_config() {	# the lane's options, common ones first
	local name

	for name in ${ARCH_CONFIGS/guest/guest tests} $LANE_SOURCE $LANE_CONFIGS; do
		[[ -r $LAB/configs/$name.config ]] ||
			die "$LANE: no such file lab/configs/$name.config" "correct LANE_CONFIGS"
		cat "$LAB/configs/$name.config"
	done
	printf '%s\n' "$LANE_CONFIG"
}

# By content, as all checkouts share the cache.
source_key() {
	{
		printf '%s\n' "$LANE_SOURCE" "$SOURCE_VERSION" "$ARCH_IMAGE"
		source_config
		source_compiler
		cat "$ROOT/scripts/overlay"
		[[ -z $PATCH ]] || cat "$PATCH"
		contents "$driver"
	} | sha256sum | cut -c 1-16
}

source_compiler() {
	"${ARCH_CROSS}gcc" --version | head -n 1
}

contents() {	# FOLDER
	(cd "$1" && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum)
}

source_build() {
	local log=$work/build.log

	KBUILD=(-C "$work/build" -j"$(nproc)" ARCH="$ARCH_KARCH" CROSS_COMPILE="$ARCH_CROSS"
		KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP=0 KBUILD_BUILD_USER=lab
		KBUILD_BUILD_HOST=lab)
	source_tree
	source_configure
	step "building Linux ${SOURCE_VERSION%%-*}; the first time takes minutes" "$log" \
		make "${KBUILD[@]}" "${ARCH_IMAGE##*/}" modules
	grep -A 4 '^[^ ]*drivers/misc/kmap_bench/.* warning: ' "$log" >&2
	source_keep
}

# Links cost a second where copies cost a gigabyte. Nothing writes through them: what differs
# from the source is put there as a new file.
source_tree() {
	tree=$work/source
	if [[ ! -e $work/version || $(<"$work/version") != "$SOURCE_VERSION" ]]; then
		rm -rf "$work"/{version,source,build,config}
		cp -al "$SOURCE_TREE" "$tree" 2>"$log" ||
			{ die_if_full "$log" "$work"; die "$tree: $(head -n 1 "$log")" "try again"; }
		mkdir -p "$work/build" || die_unwritable "$work"
		printf '%s\n' "$SOURCE_VERSION" >"$work/version"
	fi
	source_unpatch
	"$ROOT/scripts/overlay" "$tree" 2>"$log" || die "$(head -n 1 "$log")" "see $log"
	mirror "$driver" "$tree/drivers/misc/kmap_bench"
	[[ -z $PATCH ]] || source_patch
}

# Names that patch could touch are noted first: an interrupted one is undone as well.
source_patch() {
	sed -nE 's,^(---|\+\+\+) [^/\t ]+/([^\t]+).*,\2,p' "$PATCH" | sort -u >"$work/patched"
	patch -d "$tree" -p1 --forward --batch --no-backup-if-mismatch -r - <"$PATCH" >"$log" 2>&1 && return
	source_unpatch
	die "--patch $PATCH: does not apply to Linux ${SOURCE_VERSION%%-*}: $(grep -m 1 -iE 'fail|only garbage|can.t find|previously applied' "$log")" \
		"make it against that source, with paths as a/mm/highmem.c"
}

# Files come back as they were, but as new ones, so that make compiles them again.
source_unpatch() {
	local file

	[[ -e $work/patched ]] || return 0
	while IFS= read -r file; do
		rm -f "$tree/$file"
		[[ ! -e $SOURCE_TREE/$file ]] || cp "$SOURCE_TREE/$file" "$tree/$file" || die_unwritable "$work"
	done <"$work/patched"
	rm -f "$work/patched"
}

source_configure() {
	local want

	want=$(digest "$(source_config)" "$(source_compiler)" "$(<"$driver/Kconfig")")
	same "$work/config.stamp" "$want" && return
	rm -f "$work/config.stamp"
	source_config >"$work/config"
	step "configuring Linux" "$work/config.log" env -C "$tree" ARCH="$ARCH_KARCH" \
		CROSS_COMPILE="$ARCH_CROSS" scripts/kconfig/merge_config.sh -n -O "$work/build" "$work/config"
	source_config_check "$work/build/.config"
	printf '%s\n' "$want" >"$work/config.stamp" || die_unwritable "$work"
}

# An option that the kernel does not know, or that lacks what it depends on, goes away silently.
source_config_check() {	# CONFIG
	local line missing=()

	while read -r line; do
		case $line in
		CONFIG_*)	grep -qxF -- "$line" "$1" || missing+=("$line") ;;
		'# CONFIG_'*)	! grep -q "^${line:2:-11}=" "$1" || missing+=("${line:2:-11}=n") ;;
		esac
	done < <(source_config | awk '
		/^CONFIG_/ { name = $0; sub(/=.*/, "", name) }
		/^# CONFIG_.* is not set$/ { name = $2 }
		/^(CONFIG_|# CONFIG_.* is not set$)/ { wanted[name] = $0 }
		END { for (name in wanted) print wanted[name] }' | sort)
	((${#missing[@]})) || return 0
	die "$LANE: the kernel's configuration did not take ${missing[*]}" \
		"correct lab/configs or lab/lanes/$LANE.lane; what each depends on is in the kernel's Kconfig files"
}

# Only the last ones are worth their place.
source_keep() {
	local dir=$work/kernels/$key release file

	release=$(<"$work/build/include/config/kernel.release")
	rm -rf "$dir"
	mkdir -p "$dir/lib/modules/$release/kernel" || die_unwritable "$work"
	kernel_bare "$work/build/$ARCH_IMAGE" "$dir/kernel"
	cp "$work/build/.config" "$dir/config" || die_unwritable "$work"
	cp "$work/build/modules.builtin" "$dir/lib/modules/$release/" || die_unwritable "$work"
	sed 's/\.o$/.ko/' "$work/build/modules.order" | while IFS= read -r file; do
		install -D -m 644 "$work/build/$file" "$dir/lib/modules/$release/kernel/$file" ||
			die_unwritable "$work"
	done || exit
	printf '%s\n' "$release" >"$dir/complete" || die_unwritable "$work"
	find "$work/kernels" -name complete -printf '%T@ %h\n' | sort -rn | sed '1,12d; s/[^ ]* //' |
		xargs -d '\n' -r rm -rf
}

# Symbols are for debuggers, and there is none in the guest.
kernel_bare() {	# IMAGE TO
	case $1 in
	*/vmlinux|*/linux)	"${ARCH_CROSS}objcopy" -S "$1" "$2" ;;
	*)			cp "$1" "$2" ;;
	esac || die_unwritable "${2%/*}"
}
