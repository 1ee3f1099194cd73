# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian packages of any architecture and release, from a private apt state: nothing is
# installed, and the host's own package state is never read or written.

# The machine's own archive entries, reduced to Debian's and turned to another release. A third
# party's entry may well be for the same release; its path and components tell it apart.
apt_sources() {	# RELEASE SUITES
	local -a from=()
	local f

	if [[ -n ${KMAPBENCH_SOURCES:-} ]]; then
		from=("$KMAPBENCH_SOURCES")
	else
		for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
			[[ -r $f ]] && from+=("$f")
		done
	fi
	((${#from[@]})) || return 0
	awk -v release="$1" -v suites="$2" -f "$LAB/sources.awk" "${from[@]}"
}

# Sets APT, the options that make apt see only one architecture's packages of one release.
apt_open() {	# ARCHITECTURE RELEASE SUITES
	local name=$1-$2$3

	APT_ARCH=$1
	APT_DIR=$CACHE/apt/${name//[^a-zA-Z0-9.+-]/_}
	APT=(-q -o Dir::State="$APT_DIR" -o Dir::State::Lists="$APT_DIR/lists"
	     -o Dir::State::status=/dev/null -o Dir::Cache="$APT_DIR/cache"
	     -o Dir::Etc::sourcelist="$APT_DIR/lab.sources" -o Dir::Etc::sourceparts=/dev/null
	     -o APT::Architecture="$1" -o APT::Architectures="$1"
	     -o APT::Update::Post-Invoke=/bin/true
	     -o Acquire::Languages=none -o Acquire::Retries=0
	     -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15
	     -o Debug::NoLocking=1)
	((UID)) || APT+=(-o APT::Sandbox::User=root)
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial" 2>/dev/null ||
		die "$APT_DIR: cannot create the folder" \
			"free some space there, or set KMAPBENCH_CACHE to another folder"
	apt_refresh "$@"
}

apt_has_lists() {
	compgen -G "$APT_DIR/lists/*_Packages*" >/dev/null
}

fresh() {	# FILE: not older than a day
	[[ -n $(find "$1" -mmin -1440 2>/dev/null) ]]
}

# One index out of several may be missing while a mirror is being synchronised: whatever could
# be read is used, and it is up to the search for a package to fail.
apt_refresh() {
	local log=$APT_DIR/update.log

	apt_sources "$2" "$3" >"$APT_DIR/lab.sources.new" || die_unwritable "$APT_DIR"
	if ! cmp -s "$APT_DIR/lab.sources.new" "$APT_DIR/lab.sources"; then
		rm -f "$APT_DIR/stamp"
	fi
	mv "$APT_DIR/lab.sources.new" "$APT_DIR/lab.sources"
	[[ -s $APT_DIR/lab.sources ]] ||
		die "no Debian archive found in this machine's apt sources" \
			"name a sources file with KMAPBENCH_SOURCES=FILE"
	apt_has_lists && fresh "$APT_DIR/stamp" && return
	say "$1: reading the package lists of $2"
	if ! timeout -k 5 120 apt-get "${APT[@]}" update >"$log" 2>&1 || grep -q '^[WE]:' "$log"; then
		die_if_full "$log" "$APT_DIR"
		apt_has_lists || die "cannot read any Debian package list: $(apt_reason "$log")" \
			"check the network and the machine's apt sources; details are in $log"
		note "$1: some package lists are missing or old: $(apt_reason "$log")"
	fi
	touch "$APT_DIR/stamp"
}

apt_reason() {	# LOG
	local why

	why=$(sed -nE 's/ +/ /g; s/^[EW]: *//p' "$1" | head -n 1)
	printf '%s' "${why:-apt-get said nothing}"
}

apt_versions() {	# PACKAGE: all versions, newest first
	apt-cache "${APT[@]}" show "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -ruV
}

apt_has() {	# PACKAGE VERSION
	apt_versions "$1" | grep -qxF -- "$2"
}

apt_depends() {	# PACKAGE VERSION: names, one a line
	apt-cache "${APT[@]}" show "$1=$2" 2>/dev/null |
		sed -nE 's/^(Pre-)?Depends: //p' | sed 's/([^)]*)//g; s/[, |][, |]*/\n/g'
}

# Sets DEB. apt checks the file against the signed lists, also one that is there already.
apt_download() {	# PACKAGE VERSION
	local log=$APT_DIR/download.log

	mkdir -p "$CACHE/debs" 2>/dev/null || die_unwritable "$CACHE"
	if ! (cd "$CACHE/debs" && timeout -k 5 900 apt-get "${APT[@]}" download "$1=$2") >"$log" 2>&1; then
		die_if_full "$log" "$CACHE/debs"
		die "cannot download $1 $2: $(apt_reason "$log")" \
			"check the network and try again; details are in $log"
	fi
	for DEB in "$CACHE/debs/$1_${2//:/%3a}_"{"$APT_ARCH",all}.deb; do
		[[ -e $DEB ]] && return
	done
	die "$1 $2: apt-get left no package file in $CACHE/debs" "look into $log"
}

unpack() {	# FOLDER: adds DEB's files
	local log=$1.log

	if ! dpkg-deb -x "$DEB" "$1" 2>"$log"; then
		die_if_full "$log" "$1"
		rm -f "$DEB"
		die "cannot unpack ${DEB##*/}: $(head -n 1 "$log")" "try again: it will be downloaded anew"
	fi
	rm -f "$log"
}

die_unwritable() {	# FOLDER
	die "$1: cannot be written" "free some space there, or set KMAPBENCH_CACHE to another folder"
}

full() {	# FOLDER
	local avail

	avail=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
	((${avail:-99999} < 1024))
}

die_if_full() {	# LOG FOLDER
	if grep -qi 'no space left' "$1" || full "$2"; then
		die "$2: no space left on the disk" \
			"free some space there, or set KMAPBENCH_CACHE to another folder"
	fi
}

apt_download_newest() {	# PACKAGE
	local version

	version=$(apt_versions "$1" | head -n 1)
	[[ -n $version ]] || die "$1: not in the package lists" \
		"an archive may be in the middle of an update: try again later"
	apt_download "$1" "$version"
}
