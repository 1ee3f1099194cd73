# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernel against kernel: both are booted in turn, several times, since where a kernel lays out its
# memory differs from boot to boot. The tool compares, with the boot as the outermost random effect.

readonly AB_JSON=ab.json

# The words of `lab run' for one side: a lane, or the folder of somebody's own build.
ab_side() {	# WHAT
	if [[ -r $LAB/lanes/$1.lane ]]; then
		printf '%s\n' "$1"
	else
		[[ -d $1 ]] || die "$1: neither a lane nor a folder that a kernel was built in" \
			"choose one of: $(lanes | tr '\n' ' ')"
		printf '%s\n' --kdir "$1"
	fi
}

ab_options() {
	AB_OLD='' AB_NEW='' AB_PATCH='' AB_BOOTS=4 AB_COMPARE=() AB_RUN=() COMMAND=()
	while (($#)); do
		case $1 in
		--)
			shift
			COMMAND=("$@")
			return
			;;
		--verbose)
			VERBOSE=1
			shift
			continue
			;;
		--old|--new|--patch|--boots|--compare|--accel|--smp|--mem|--append|--arch|--timeout)
			(($# > 1)) || die "$1: its value is missing" "see lab help"
			;;
		*)
			die "$1: no option of ab" "see lab help; COMMAND comes after --"
			;;
		esac
		case $1 in
		--old)		AB_OLD=$2 ;;
		--new)		AB_NEW=$2 ;;
		--patch)	AB_PATCH=$2 ;;
		--boots)	number "$1" "$2" 1 999; AB_BOOTS=$2 ;;
		--compare)	read -ra AB_COMPARE <<<"$2" ;;
		*)		AB_RUN+=("$1" "$2") ;;
		esac
		shift 2
	done
}

ab_check() {
	[[ -n $AB_OLD ]] || die "ab: no --old given" "name a lane, or the folder of a kernel build"
	[[ -n $AB_NEW || -n $AB_PATCH ]] || die "ab: neither --new nor --patch given" \
		"name another kernel, or a patch to that one"
	[[ -z $AB_NEW || -z $AB_PATCH ]] || die "ab: both --new and --patch" \
		"with --patch, the new kernel is the old one with that patch"
	[[ ${COMMAND[*]:0:2} == "kmapbench run" ]] ||
		die "ab: COMMAND is not kmapbench run" "write it after --: lab ab ... -- kmapbench run PATTERN"
	[[ " ${COMMAND[*]}" != *" --json"* ]] || die "ab: COMMAND has --json" \
		"leave it out: results are kept in out/ab"
}

# One boot; its results are kept as those of that side and number.
ab_boot() {	# SIDE NUMBER WORD...
	local side=$1 number=$2 log=$AB_OUT/$1.$2.log lane=$3 code

	shift 2
	[[ $lane != --kdir ]] || lane=kdir
	rm -f "$OUTPUT/out/$lane/$AB_JSON"
	say "ab: boot $number of $AB_BOOTS, $side"
	"$LAB/lab" run "$@" "${AB_RUN[@]}" -- "${COMMAND[@]}" --json "/out/$AB_JSON" >"$log" 2>&1 </dev/null &
	BUILDER=$!
	wait "$BUILDER"
	code=$?
	BUILDER=
	if ((code)) || ! mv "$OUTPUT/out/$lane/$AB_JSON" "$AB_OUT/$side.$number.json"; then
		tail -n 20 "$log" >&2
		die "ab: the $side kernel's boot $number failed with exit code $code" "the whole output is in $log"
	fi
}

ab_boots() {	# A B B A A B B A ...: what drifts hits both alike
	local i

	for ((i = 1; i <= AB_BOOTS; i++)); do
		((i % 2)) && ab_boot old $i "${AB_OLD_WORDS[@]}"
		ab_boot new $i "${AB_NEW_WORDS[@]}"
		((i % 2)) || ab_boot old $i "${AB_OLD_WORDS[@]}"
	done
}

# The tool as it runs here, for files; it needs no device.
ab_tool() {
	local dir=$OUTPUT/build/host

	mkdir -p "$dir" || die_unwritable "$OUTPUT"
	LANE=ab step "building kmapbench for this machine" "$dir/ab.log" make -C "$ROOT/tools/kmapbench" O="$dir"
	AB_TOOL=$dir/kmapbench
}

cmd_ab() {
	local sides i

	ab_options "$@"
	ab_check
	sides=$(ab_side "$AB_OLD") || exit
	mapfile -t AB_OLD_WORDS <<<"$sides"
	sides=$(ab_side "${AB_NEW:-$AB_OLD}") || exit
	mapfile -t AB_NEW_WORDS <<<"$sides"
	[[ -z $AB_PATCH ]] || AB_NEW_WORDS+=(--patch "$AB_PATCH")
	AB_OUT=$OUTPUT/out/ab
	rm -rf "$AB_OUT"
	mkdir -p "$AB_OUT" || die_unwritable "$OUTPUT"
	ab_tool
	ab_boots
	# That these are two lanes is what was asked for.
	[[ "${AB_OLD_WORDS[0]}" == "${AB_NEW_WORDS[0]}" ]] || AB_COMPARE+=(--across lanes)
	for ((i = 1; i <= AB_BOOTS; i++)); do
		AB_COMPARE+=(--old "$AB_OUT/old.$i.json" --new "$AB_OUT/new.$i.json")
	done
	"$AB_TOOL" compare "${AB_COMPARE[@]}"
	exit
}
