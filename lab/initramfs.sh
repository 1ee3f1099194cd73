# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's file system: one archive for the lane, and behind it a tiny one for each run.

# Prints a module and what it depends on, in the order of insertion. Built-in ones need no file.
module_closure() {	# NAME...
	local name file deps

	for name in "$@"; do
		[[ " $MODULE_SEEN " == *" $name "* ]] && continue
		MODULE_SEEN+=" $name"
		file=$(find "$KERNEL_MODULES" -name "${name//_/[-_]}.ko*" -print -quit)
		if [[ -z $file ]]; then
			grep -q "/${name//_/[-_]}\.ko$" "$KERNEL_MODULES/modules.builtin" 2>/dev/null && continue
			die "$LANE: kernel $KERNEL_RELEASE has no module $name" "correct the name"
		fi
		deps=$(module_uncompressed "$file" | tr '\0' '\n' | sed -n 's/^depends=//p' | head -n 1)
		# shellcheck disable=SC2086 # a list of names
		module_closure ${deps//,/ }
		MODULE_FILES+=("$file")
	done
}

module_uncompressed() {
	case $1 in
	*.xz)	xz -dc "$1" ;;
	*.gz)	gzip -dc "$1" ;;
	*)	cat "$1" ;;
	esac
}

# Copies modules into FOLDER, and their names in the order of insertion into FOLDER/order.
modules_into() {	# FOLDER NAME-OR-FILE...
	local to=$1 it file name
	local -a MODULE_FILES=()

	shift
	mkdir -p "$to"
	for it in "$@"; do
		if [[ $it == */* ]]; then
			[[ -r $it ]] || die "$it: no such module file" "correct --modules"
			MODULE_FILES+=("$it")
		else
			module_closure "$it"
		fi
	done
	for file in "${MODULE_FILES[@]}"; do
		name=${file##*/}
		name=${name%.ko*}.ko
		module_uncompressed "$file" >"$to/$name" || die_unwritable "$to"
		printf '%s\n' "$name"
	done >"$to/order"
}

pack() {	# FOLDER ARCHIVE
	(cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$2" 2>/dev/null ||
		die_unwritable "${2%/*}"
}

initramfs_build() {
	local dir=$BUILD/initramfs stamp=$BUILD/initramfs.stamp want

	INITRAMFS=$BUILD/initramfs.cpio
	want=$(digest "$LAB/guest" "$LAB/splats" "$LAB/splats.awk" "$KERNEL_ID" "$ARCH_MODULES $LANE_MODULES" "$SYSROOT/bin/busybox" \
		"${MODULE:-no module}" "${TOOL:-no tool}" "${SELFTESTS:-no selftests}")
	same "$stamp" "$want" && [[ -e $INITRAMFS ]] && return
	rm -rf "$stamp" "$dir"
	mkdir -p "$dir"/{bin,dev,proc,sys,tmp,out,root,run,etc,lab,usr/lib/kselftest} || die_unwritable "$BUILD"
	cp "$SYSROOT/bin/busybox" "$dir/bin/" || die_unwritable "$dir"
	cp "$LAB/splats" "$LAB/splats.awk" "$dir/lab/"
	cp "$LAB/guest/init" "$dir/init"
	cp "$LAB/guest/kselftest" "$dir/bin/kselftest"
	chmod 755 "$dir/init" "$dir/bin/kselftest"
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$dir/etc/passwd"
	printf 'root:x:0:\n' >"$dir/etc/group"
	MODULE_SEEN=
	# shellcheck disable=SC2086 # a list of names
	modules_into "$dir/lab/modules" $ARCH_MODULES $LANE_MODULES
	[[ -z $MODULE ]] || cp "$MODULE" "$dir/lab/"
	[[ -z $TOOL ]] || cp "$TOOL" "$dir/bin/"
	[[ -z $SELFTESTS ]] || cp -R "$SELFTESTS" "$dir/usr/lib/kselftest/kmap_local"
	pack "$dir" "$INITRAMFS.new"
	mv "$INITRAMFS.new" "$INITRAMFS"
	rm -rf "$dir"
	printf '%s\n' "$want" >"$stamp" || die_unwritable "$BUILD"
}

quoted() {	# WORD...: so that any shell reads back exactly these words
	local word

	for word in "$@"; do
		printf " '%s'" "${word//\'/\'\\\'\'}"
	done
}

# Inserting a module twice is an error: what the lane inserts already is gone through first.
extra_modules() {	# FOLDER
	local -a MODULE_FILES=()

	MODULE_SEEN=
	# shellcheck disable=SC2086 # a list of names
	module_closure $ARCH_MODULES $LANE_MODULES
	modules_into "$1" "${EXTRA_MODULES[@]}"
}

# What only this run knows: the command, its environment, the modules it asked for.
run_archive() {	# ARCHIVE
	local dir=$RUN/lab.d

	mkdir -p "$dir/lab"
	{
		printf 'LAB_HIGHMEM=%s\n' "$LANE_HIGHMEM"
		printf 'LAB_SHELL=%s\n' "$SHELL_WANTED"
		printf 'LAB_MACHINE=%s\n' "$ARCH_KIND"
		printf 'export KMAPBENCH_ACCEL=%s KMAPBENCH_LANE=%s' "$ACCEL" "$LANE"
		quoted "TERM=${TERM:-dumb}"
		[[ -t 1 ]] && printf ' COLUMNS=%s LINES=%s' "$(tput cols 2>/dev/null)" "$(tput lines 2>/dev/null)"
		printf '\nset --'
		quoted "${COMMAND[@]}"
		printf '\n'
	} >"$dir/lab/run"
	((${#EXTRA_MODULES[@]})) && extra_modules "$dir/lab/extra"
	if ((${#EXTRA_FILES[@]})); then
		mkdir -p "$dir/root"
		cp -L "${EXTRA_FILES[@]}" "$dir/root" || die_unwritable "$dir"
	fi
	pack "$dir" "$1"
}
