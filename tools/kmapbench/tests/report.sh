#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The page that report --output writes, as a browser shows it.
set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/kmapbench/tests/tap
. "$(dirname "$0")/tap"

skip()
{
	nr=$((nr + 1))
	echo "ok $nr - the page in a browser # SKIP $1"
	echo "1..$nr"
	exit 0
}

# measure FILE LANE ACCELERATOR [NAME=VALUE] ARGUMENT...
measure()
{
	file=$1
	lane=$2
	accelerator=$3
	setting=
	shift 3
	case ${1-} in
	FAKE_*=*) setting=$1; shift ;;
	esac
	# shellcheck disable=SC2086 # a setting is a word, or none
	env KMAPBENCH_LANE="$lane" KMAPBENCH_ACCEL="$accelerator" $setting \
		"$KMAPBENCH_FAKE" run --json "$file" "$@" >measure.out 2>&1
}

# fails STATUS TEXT PROGRAM ARGUMENT...: two lines on stderr, the first of which has TEXT
fails()
{
	want=$1
	text=$2
	shift 2
	"$@" >out 2>err
	[ $? -eq "$want" ] && [ "$(wc -l <err)" -eq 2 ] && head -n 1 err | grep -q -- "$text" &&
		return
	cat err
	return 1
}

counters_in_page()
{
	"$KMAPBENCH" report --output - counted.json |
		grep -q '<th class="number" scope="col">page-faults</th>'
}

ok 'results in instructions' measure exact.json exact icount
ok 'results without highmem' measure flat.json flat icount FAKE_LOWMEM=1
ok 'results in time' measure time.json time kvm
# The fake device is exact: one sample of each cell is far off.
sed -i 's/"samples":\[[0-9.]*,/"samples":[4321,/' time.json
ok 'results in emulated time' measure emulated.json emulated tcg
ok 'results in several shapes' measure shapes.json shapes icount --len 64,4K --faults 0,50,100 \
	'kmap*.from_user.task.high.absent'
ok 'results of nesting' measure nest.json nest icount --nest 0,2,5 'kmap*.none.task.high'

# Whoever wrote a file chose its names.
# shellcheck disable=SC2016 # nothing in it is for a shell
hostile='<\/script><script>alert(1)<\/script><img src=x onerror=alert(2)>\\"'"'"'<!-- \&lt; $lines'
sed -e "s/\"cpu\":\"[^\"]*\"/\"cpu\":\"$hostile\"/" \
	-e "s/\"lane\":\"[^\"]*\"/\"lane\":\"$hostile\"/" exact.json >hostile.json

ok 'without charts built in' fails 4 'built without the charts' \
	"$KMAPBENCH_BARE" report --output none.html exact.json
ok 'without charts built in there is no page' test ! -e none.html
ok 'without charts built in there is text' "$KMAPBENCH_BARE" report exact.json
if "$KMAPBENCH" report exact.json --output - 2>&1 | grep -q 'built without the charts'; then
	skip 'built without the charts: no npm'
fi

echo old >old.html
ok 'results with counters' measure counted.json counted icount --counters page-faults kmap.none
ok 'counters are in the page' counters_in_page
ok 'a file that is none' fails 2 'old.html: line 1' "$KMAPBENCH" report --output old.html old.html
ok 'a reference that is none' fails 2 'empty component' \
	"$KMAPBENCH" report --output old.html --reference a..b exact.json
ok 'what was there stays then' grep -qx old old.html
ok 'no such folder' fails 1 'No such file' "$KMAPBENCH" report -o nowhere/x.html exact.json
mkfifo pipe
cat exact.json >pipe &
ok 'a pipe' fails 2 'second time' "$KMAPBENCH" report -o old.html pipe
wait
ok 'a page' "$KMAPBENCH" report -o page.html exact.json flat.json time.json emulated.json \
	shapes.json nest.json --reference 'kmap_atomic.*.*.*.*'
ok 'a page on stdout' sh -c "$KMAPBENCH report -o - exact.json >one.html"
ok 'a page of hostile names' "$KMAPBENCH" report -o hostile.html hostile.json

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	skip 'no chromium'
command -v node >/dev/null || skip 'no node'
[ -e "$NODE_MODULES/playwright-core" ] || skip 'no playwright-core'
mkdir -p "$SCREENSHOTS"
BROWSER=$browser node "$here/report_page.mjs" "$nr"
