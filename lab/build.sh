# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds, for one lane, what goes into the guest: the module, the tool, the selftests. Every step
# remembers a digest of what it was made from, and does nothing while that stays the same.

readonly STEP_LIMIT=3600

build_all() {
	BUILD=$OUTPUT/build/$LANE
	mkdir -p "$BUILD" 2>/dev/null || die "$BUILD: cannot create the folder" "make $OUTPUT writable"
	sysroot_open
	lock "$BUILD/lock" "the build of $LANE"
	build_module
	build_tools
	build_selftests
	initramfs_build
	unlock
}

files_in() {	# FOLDER...: all files' names, times and sizes; build products are elsewhere
	find -L "$@" -type f -printf '%p %T@ %s\n' 2>/dev/null | sort
}

digest() {
	local it

	for it in "$@"; do
		if [[ -e $it ]]; then
			files_in "$it"
		else
			printf '%s\n' "$it"
		fi
	done | sha256sum | cut -c 1-16
}

same() {	# STAMP DIGEST
	[[ -r $1 && $(<"$1") == "$2" ]]
}

# Ended by timeout, which takes everything along that make started.
build_stop() {
	[[ -n $BUILDER ]] || return 0
	kill -TERM "$BUILDER" 2>/dev/null
	{ wait "$BUILDER"; } 2>/dev/null
	BUILDER=
}

# A failing build shows what the compiler said, and that is why the lab failed.
step() {	# WHAT LOG COMMAND...
	local what=$1 log=$2 code

	shift 2
	say "$LANE: $what"
	setpriv --pdeathsig TERM timeout -k 5 "$STEP_LIMIT" \
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DEB_BUILD_ARCH -u DEB_HOST_ARCH "$@" \
		>"$log" 2>&1 </dev/null &
	BUILDER=$!
	wait "$BUILDER"
	code=$?
	BUILDER=
	((code)) || return 0
	((code != 124)) || die "$LANE: $what: no end after $STEP_LIMIT s" "the output so far is in $log"
	grep -E -A 3 '([Ee]rror|ERROR)[: ]' "$log" | head -n 30 >&2 || tail -n 30 "$log" >&2
	die_if_full "$log" "${log%/*}"
	die "$LANE: $what failed" "the whole output is in $log"
}

# What is the same keeps its time, and what went away here must not live on there. Times are not
# compared: another branch, or another folder, may well be older.
mirror() {	# FROM TO
	local f

	mkdir -p "$2"
	find "$2" -type f \( -name '*.[chS]' -o -name Makefile -o -name Kconfig \) -printf '%P\n' |
		while IFS= read -r f; do
			[[ -e $1/$f || $f == *.mod.c ]] || rm -f "$2/$f"
		done
	find "$1" -type f -printf '%P\n' |
		while IFS= read -r f; do
			cmp -s "$1/$f" "$2/$f" || install -D -m 644 "$1/$f" "$2/$f" || die_unwritable "$2"
		done
}

# Module type information would need the kernel's vmlinux, which no package carries.
kbuild_words() {
	KBUILD=(-C "$KERNEL_HEADERS" ARCH="$ARCH_KARCH" CROSS_COMPILE="$ARCH_CROSS"
		CONFIG_DEBUG_INFO_BTF_MODULES=)
}

build_module() {
	local from=${KMAPBENCH_DRIVER:-$ROOT/drivers/misc/kmap_bench}
	local to=$BUILD/drivers/misc/kmap_bench stamp=$BUILD/module.stamp want

	MODULE=
	if [[ -n $KERNEL_DRIVER ]]; then
		[[ $KERNEL_DRIVER == builtin ]] || MODULE=$KERNEL_DRIVER
		return
	fi
	[[ -e $from/Makefile ]] || return 0
	MODULE=$to/kmap_bench.ko
	want=$(digest "$from" "$KERNEL_ID" "$ARCH_CROSS")
	same "$stamp" "$want" && [[ -e $MODULE ]] && return
	rm -f "$stamp" "$MODULE"
	[[ -e $BUILD/module.kernel && $(<"$BUILD/module.kernel") == "$KERNEL_ID" ]] || rm -rf "$to"
	mirror "$from" "$to"
	kbuild_words
	step "building the module" "$BUILD/module.log" \
		make -j"$(nproc)" "${KBUILD[@]}" M="$to" CONFIG_KMAP_BENCH=m W=1 modules
	grep -E 'warning: |WARNING: ' "$BUILD/module.log" | grep -v 'the compiler differs' >&2
	printf '%s\n' "$KERNEL_ID" >"$BUILD/module.kernel"
	printf '%s\n' "$want" >"$stamp" || die_unwritable "$BUILD"
}

build_tools() {
	local from=${KMAPBENCH_TOOLS:-$ROOT/tools/kmapbench} stamp=$BUILD/tools.stamp want

	TOOL=
	[[ -e $from/Makefile ]] || return 0
	TOOL=$BUILD/tools/kmapbench
	want=$(digest "$from" "$ROOT/drivers/misc/kmap_bench/kmap_bench_uapi.h" "$SYSROOT_ID" "$ARCH_CROSS")
	same "$stamp" "$want" && [[ -e $TOOL ]] && return
	rm -f "$stamp" "$TOOL"
	mkdir -p "$BUILD/tools"
	step "building kmapbench" "$BUILD/tools.log" make -C "$from" -j"$(nproc)" O="$BUILD/tools" \
		CROSS_COMPILE="$ARCH_CROSS" SYSROOT="$SYSROOT" STATIC=1
	printf '%s\n' "$want" >"$stamp" || die_unwritable "$BUILD"
}

# The selftests build inside a kernel tree: one is laid out of links to the kernel's own files.
build_selftests() {
	local from=${KMAPBENCH_SELFTESTS:-$ROOT/tools/testing/selftests/kmap_local}
	local tree=$BUILD/selftests-tree stamp=$BUILD/selftests.stamp want file
	local -a shared=(drivers/misc/kmap_bench/kmap_bench_uapi.h tools/kmapbench/user_memory.{c,h})
	local -a libraries=(-idirafter "$SYSROOT/usr/include")

	for file in "$SYSROOT"/usr/lib/*-linux-*; do
		libraries+=("-L$file")
	done

	SELFTESTS=
	[[ -e $from/Makefile ]] || return 0
	SELFTESTS=$BUILD/selftests
	kernel_tools_open
	want=$(digest "$from" "${shared[@]/#/$ROOT/}" "$KERNEL_TOOLS_ID" "$SYSROOT_ID" "$ARCH_CROSS")
	same "$stamp" "$want" && [[ -d $SELFTESTS ]] && return
	rm -rf "$stamp" "$SELFTESTS" "$tree"
	mkdir -p "$tree" "$SELFTESTS"
	cp -Rs "$KERNEL_TOOLS/." "$tree/"
	mkdir -p "$tree/tools/testing/selftests/kmap_local"
	for file in "${shared[@]}"; do
		mkdir -p "$tree/${file%/*}"
		cp -p "$ROOT/$file" "$tree/$file"
	done
	cp -Rp "$from/." "$tree/tools/testing/selftests/kmap_local/"
	step "building the selftests" "$BUILD/selftests.log" \
		make -C "$tree/tools/testing/selftests/kmap_local" -j"$(nproc)" install ARCH="$ARCH_USER" \
		CROSS_COMPILE="$ARCH_CROSS" CC="${ARCH_CROSS}gcc -static ${libraries[*]}" INSTALL_PATH="$SELFTESTS"
	printf '%s\n' "$want" >"$stamp" || die_unwritable "$BUILD"
}

# Static libraries and the shell of the guest's architecture.
sysroot_open() {
	local -a packages
	local package dir

	mapfile -t packages < <(grep -v '^#' "$LAB/guest-packages")
	SYSROOT_ID=$ARCH_DEBIAN-$LANE_RELEASE-$(digest "${packages[*]}")
	SYSROOT=$CACHE/sysroot/$SYSROOT_ID
	[[ -e $SYSROOT/complete ]] && return
	lock "$CACHE/lock" "the package cache"
	if [[ ! -e $SYSROOT/complete ]]; then
		dir=$SYSROOT.new
		rm -rf "$dir"
		mkdir -p "$dir" 2>/dev/null || die_unwritable "$CACHE"
		apt_open "$ARCH_DEBIAN" "$LANE_RELEASE" "$LANE_SUITES"
		say "$LANE: getting ${packages[*]}"
		for package in "${packages[@]}"; do
			apt_download_newest "$package"
			unpack "$dir"
		done
		touch "$dir/complete" || die_unwritable "$dir"
		rm -rf "$SYSROOT"
		mv "$dir" "$SYSROOT"
	fi
	unlock
}

# The kernel tree's own build and check scripts, which the selftests and the static checks use.
kernel_tools_open() {
	local source=linux-source-6.1 dir tar

	KERNEL_TOOLS=$CACHE/linux-6.1-tools
	KERNEL_TOOLS_ID=$source-$(digest "$(<"$LAB/kernel-tools")")
	[[ -e $KERNEL_TOOLS/.complete && $(<"$KERNEL_TOOLS/.complete") == "$KERNEL_TOOLS_ID" ]] && return
	lock "$CACHE/lock" "the package cache"
	dir=$CACHE/linux-6.1-tools.new
	rm -rf "$dir"
	mkdir -p "$dir/deb" 2>/dev/null || die_unwritable "$CACHE"
	apt_open "$(dpkg --print-architecture)" bookworm "@ @-security"
	say "getting the kernel's build and check scripts ($source)"
	apt_download_newest "$source"
	unpack "$dir/deb"
	tar=$dir/deb/usr/src/$source.tar.xz
	grep -v '^#' "$LAB/kernel-tools" >"$dir/names"
	xz -T0 -dc "$tar" | tar -x -C "$dir" --strip-components=1 --wildcards -T "$dir/names" 2>"$dir.log" ||
		{ die_if_full "$dir.log" "$dir"; die "$tar: $(head -n 1 "$dir.log")" "try again"; }
	rm -rf "$dir/deb" "$dir/names" "$dir.log"
	printf '%s\n' "$KERNEL_TOOLS_ID" >"$dir/.complete" || die_unwritable "$dir"
	rm -rf "$KERNEL_TOOLS"
	mv "$dir" "$KERNEL_TOOLS"
	unlock
}
