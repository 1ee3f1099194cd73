# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs of any Debian package for the guest: the files of the packages that were named, and the
# libraries that these are linked with. What else they depend on stays behind. Everything goes to
# where a merged /usr has it, so that the guest's own /bin is left alone.

tools_names() {	# PACKAGE[,PACKAGE...]
	local name
	local -a names

	IFS=, read -ra names <<<"$1"
	((${#names[@]})) || die "--tools: names no package" "name Debian packages, with commas in between"
	for name in "${names[@]}"; do
		[[ $name =~ ^[a-z0-9][a-z0-9+.-]+$ ]] ||
			die "--tools $1: '$name' is no package's name" "name Debian packages, with commas in between"
	done
	TOOLS+=("${names[@]}")
}

# Sets TOOLS_ARCHIVE, to what goes behind the lane's own archive.
tools_open() {
	TOOLS_ARCHIVE=
	((${#TOOLS[@]})) || return 0
	mapfile -t TOOLS < <(printf '%s\n' "${TOOLS[@]}" | sort -u)
	TOOLS_ARCHIVE=$CACHE/tools/$ARCH_DEBIAN-$LANE_RELEASE-$(digest "tools: $LANE_SUITES ${TOOLS[*]}").cpio
	[[ -e $TOOLS_ARCHIVE ]] && return
	lock "$CACHE/lock" "the package cache"
	[[ -e $TOOLS_ARCHIVE ]] || tools_build
	unlock
}

tools_build() {
	local dir=$CACHE/tools/new package file
	local -A linked=()

	rm -rf "$dir"
	mkdir -p "$dir"/{packages,tree/usr} 2>/dev/null || die_unwritable "$CACHE"
	apt_open "$ARCH_DEBIAN" "$LANE_RELEASE" "$LANE_SUITES"
	say "$LANE: getting ${TOOLS[*]}"
	tools_plan
	for package in "${TOOLS[@]}"; do
		tools_unpack "$package"
		tools_take "$package"
		while IFS= read -r file; do
			tools_link "$package" "$file"
		done < <(tools_elf "$dir/packages/$package")
	done
	for file in "$dir"/tree/usr/lib*; do
		[[ ! -d $file ]] || ln -s "usr/${file##*/}" "$dir/tree/${file##*/}"
	done
	pack "$dir/tree" "$TOOLS_ARCHIVE.new"
	mv "$TOOLS_ARCHIVE.new" "$TOOLS_ARCHIVE" || die_unwritable "$CACHE"
	rm -rf "$dir"
}

# What apt would install, and in which versions, were nothing there
tools_plan() {
	local log=$dir/plan.log

	apt-get "${APT[@]}" -s install --no-install-recommends "${TOOLS[@]}" >"$log" 2>&1 ||
		die "--tools ${TOOLS[*]}: $(apt_reason "$log")" \
			"name packages of Debian $LANE_RELEASE for $ARCH_DEBIAN"
	sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1 \2/p' "$log" >"$dir/plan"
}

tools_unpack() {	# PACKAGE: nothing when it is none, or has come already
	local version

	[[ ! -d $dir/packages/$1 ]] || return 0
	version=$(awk -v name="$1" '$1 == name { print $2 }' "$dir/plan")
	[[ -n $version ]] || return 0
	apt_download "$1" "$version"
	mkdir "$dir/packages/$1" || die_unwritable "$dir"
	unpack "$dir/packages/$1"
}

tools_take() {	# PACKAGE: all of its files but those to be read by people
	local top name

	[[ -d $dir/packages/$1 ]] || die "--tools $1: a name for several packages" "name one of those"
	for top in "$dir/packages/$1"/*; do
		name=${top##*/}
		case $name in
		usr)			cp -a "$top/." "$dir/tree/usr" ;;
		bin|sbin|lib*)		mkdir -p "$dir/tree/usr/$name" && cp -a "$top/." "$dir/tree/usr/$name" ;;
		*)			cp -a "$top" "$dir/tree" ;;
		esac || die_unwritable "$dir"
	done
	rm -rf "$dir"/tree/usr/share/{doc,man,locale,info,lintian}
}

tools_elf() {	# FOLDER
	find "$1" -type f \( -perm /111 -o -name '*.so*' \) \
		-exec sh -c 'head -c 4 "$1" | grep -q "^.ELF"' sh '{}' \; -print
}

# Takes the libraries that a file is linked with, and theirs: they are in the packages which the
# file's own package depends on. The loader is one of libc's.
tools_link() {	# PACKAGE FILE
	local soname lib dependency

	while read -r soname; do
		[[ -z ${linked[$soname]:-} ]] || continue
		if [[ -z $(tools_find "$soname") ]]; then
			for dependency in $(tools_depends "$1"); do
				tools_unpack "$dependency" </dev/null
			done
		fi
		[[ -n $(tools_find "$soname") ]] ||
			die "--tools: $soname, which ${2##*/} is linked with, is in no package that $1 depends on" \
				"name the package that holds it, too"
		linked[$soname]=1
		while IFS= read -r lib; do
			tools_library "$lib"
		done < <(tools_find "$soname")
	done < <(readelf -d "$2" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p')
}

tools_find() {	# SONAME
	find "$dir/packages" -name "$1" \( -type f -o -type l \)
}

tools_depends() {	# PACKAGE
	apt_depends "$1" "$(awk -v name="$1" '$1 == name { print $2 }' "$dir/plan")" | sed 's/:any$//'
}

# A link of a package leads to another of its files, not to one of this machine.
tools_library() {	# LINK-OR-FILE
	local rest=${1#"$dir/packages/"} file=$1 to
	local package=${rest%%/*}

	rest=${rest#*/}
	[[ $rest == usr/* ]] || rest=usr/$rest
	while [[ -L $file ]]; do
		to=$(readlink "$file")
		[[ $to == /* ]] && file=$dir/packages/$package$to || file=${file%/*}/$to
	done
	install -D "$file" "$dir/tree/$rest" || die_unwritable "$dir"
	tools_link "$package" "$file"
}
