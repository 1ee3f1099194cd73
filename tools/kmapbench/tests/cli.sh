#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How the whole program behaves, with the fake device behind it: what it exits
# with, what it says, and that nothing that was measured or kept is lost.
set -u

# shellcheck source=tools/kmapbench/tests/tap
. "$(dirname "$0")/tap"
unset KMAPBENCH_ACCEL KMAPBENCH_LANE

# exits STATUS TEXT [NAME=VALUE...] ARGUMENT...: run it, its stderr must have TEXT
exits()
{
	want=$1
	text=$2
	shift 2
	setting=
	while :; do
		case ${1-} in
		FAKE_*=*) setting="$setting $1"; shift ;;
		*) break ;;
		esac
	done
	# shellcheck disable=SC2086 # settings are words
	env $setting "$KMAPBENCH_FAKE" "$@" >out 2>err
	got=$?
	if [ "$got" -eq "$want" ]; then
		[ -z "$text" ] && return
		grep -q -- "$text" err && return
	fi
	echo "exit status $got, not $want; stderr:"
	cat err
	return 1
}

# Errors are two lines: what and why, and advice.
advises()
{
	exits "$@" && [ "$(wc -l <err)" -eq 2 ] && grep -q '^kmapbench: ..*: ..*' err &&
		grep -q '^  [a-z]' err
}

has()
{
	grep -q -- "$1" "$2" || { cat "$2"; return 1; }
}

valid()
{
	"$PYTHON" -W ignore -m jsonschema -i "$1" "$SCHEMA"
}

json()
{
	"$PYTHON" -c "import json, sys
d = json.load(open(sys.argv[1]))
sys.exit(not ($2))" "$1"
}

# Usage
ok 'no command' advises 2 'none given'
ok 'unknown command' advises 2 'no such command' frob
ok 'unknown option' exits 2 'unrecognized option' run --frob
ok 'unknown list' advises 2 'none of the lists' list frob
ok 'unknown map has its neighbour named' advises 2 'did you mean kmap_local?' run kmap_locl
ok 'unknown source' advises 2 'list sources' run kmap.from_user.task.low.frob
ok 'pattern that matches nothing' advises 2 'matches no cell' run 'x*'
ok 'pattern with a hole' advises 2 'empty component' run kmap..task
ok 'zero samples' advises 2 'from 1 to' run --samples 0
ok 'absurd samples' advises 2 'from 1 to' run --samples 99999999999
ok 'more samples than fit a round' advises 2 'a round' run --samples 5000 --rounds 1 kmap
ok 'more rounds than samples' advises 2 'more than the samples' run --rounds 3 --samples 2
ok 'absurd iterations' advises 2 'takes up to' run --iterations 4000000000
ok 'time that is no number' advises 2 'not above 0' run --time soon
ok 'time of zero' advises 2 'not above 0' run --time 0
ok 'nesting beyond the limit' advises 2 'at most 15' run --nest 16
ok 'nesting beyond the limit of some' advises 2 'a fault' run --nest 15 'kmap.*.task.low'
ok 'length past the page' advises 2 'past the end' run --len 4K --offset 1 kmap.read
ok 'reference that is not measured' advises 2 'not among' run --reference kmap kmap_local.none

# What this kernel has not
ok 'illegal cell by name' advises 4 'may sleep' run kmap.none.irq_off.low
ok 'illegal cell among others' advises 4 'may sleep' run kmap.none.irq_off.low kmap_local
ok 'only illegal cells by wildcard' advises 4 'may sleep' run 'kmap.*.irq_off'
ok 'no highmem' advises 4 'no highmem' FAKE_LOWMEM=1 run kmap.none.task.high
ok 'no module' advises 4 'no such device' FAKE_OPEN_ERRNO=2 list
ok 'no module: what to do' has 'modprobe kmap_bench' err
ok 'not root' advises 4 'as root' FAKE_OPEN_ERRNO=13 info
ok 'no capability' advises 4 'CAP_SYS_ADMIN' FAKE_ERRNO=0:1 info
ok 'other module: no such request' advises 4 'another version' FAKE_ERRNO=0:25 info
ok 'other module: too big' advises 4 'another version' FAKE_ERRNO=0:7 info
ok 'other module: too small' advises 4 'another version' FAKE_ERRNO=0:22 info
ok 'no memory' advises 4 'smaller --pool' FAKE_ERRNO=3:12 run kmap
ok 'too many threads' advises 4 'fewer --threads' FAKE_ERRNO=3:16 run kmap
ok 'failed verification' advises 1 'kernel log' FAKE_ERRNO=3:5 run kmap

# What is there
ok 'list' exits 0 '' list
ok 'list has every list' has '^sources ' out
ok 'list maps' exits 0 '' list maps
ok 'list maps has no other' sh -c '! grep -q ^copies out'
ok 'list --json' exits 0 '' list --json
ok 'list --json is JSON' json out "d['maps'][1]['expr'] == 'kmap_local_page(page)'"
ok 'list cells' exits 0 '' list cells 'kmap.none'
ok 'list cells has the reason' has 'kmap.none.irq_off.low *illegal  the map may sleep' out
ok 'list cells takes a shape' exits 0 '' list cells --nest 16 kmap_local.none.task.low
ok 'list cells says why the shape is refused' has 'at most 15' out
ok 'list cells --json' exits 0 '' list cells --json kmap
ok 'list cells --json is JSON' json out "len(d['cells']) == 12"
ok 'info' exits 0 '' info
ok 'info has the nesting limit' has '^nesting limit  *15$' out
ok 'info --json' exits 0 '' info --json
ok 'info --json is JSON' json out "d['config']['highmem'] and d['last_pkmap'] == 512"

# Measuring
ok 'headline' exits 0 '' run --json a.json
ok 'headline is valid' valid a.json
ok 'headline has both pools of kmap' json a.json \
	"{r['params']['pool'] for r in d['results'] if r['map'] == 'kmap'} == {0, 1024}"
ok 'headline has both pages' json a.json "{r['pages'] for r in d['results']} == {'low', 'high'}"
ok 'costs are per operation' json a.json "[r['median'] for r in d['results']
	if r['cell'] == 'kmap_local.none.task.high'] == [272]"
ok 'cost beyond none' json a.json "[r['beyond_none'] for r in d['results']
	if r['cell'] == 'kmap_local.none.task.high'] == [270]"
ok 'samples keep their rounds' json a.json "all(len(r['samples']) == len(r['rounds']) == 50 and
	sorted(set(r['rounds'])) == list(range(10)) for r in d['results'])"
ok 'table has the ratio' has '^kmap.none.task.high  *50  *322.0  .* 320.0  *1.18$' out
ok 'sentence' has 'kmap_local of a highmem page costs 270.* kmap 320 (640 when it wraps)' out
ok 'headline without highmem' exits 0 '' FAKE_LOWMEM=1 run --json b.json --verbose
ok 'headline without highmem is valid' valid b.json
ok 'arithmetic is not ranked' has '^kmap_local.none.task.low .* arithmetic$' out
ok 'illegal cells are told' json b.json "len(d['illegal']) == 8 and d['illegal'][0]['reason']"
ok 'wildcards pass over illegal cells' exits 0 '' run 'kmap*.none' --json c.json
ok 'the loop is measured as well' json c.json "d['results'][0]['cell'].startswith('none.none.')"
ok 'unknown engine' advises 2 'ioctl or io_uring' run --engine frob
ok 'depth of ioctl' advises 2 'engine io_uring' run --depth 2
ok 'batch of ioctl' advises 2 'engine io_uring' run --batch 2
ok 'batch above the depth' advises 2 'at most the --depth' run --engine io_uring --depth 2 --batch 3
ok 'threads by io_uring' advises 2 'engine ioctl' run --engine io_uring --threads 1,2
ok 'no depth' exits 2 'depth' run --engine io_uring --depth 0
ok 'counters by io_uring' advises 2 'engine ioctl' run --engine io_uring --counters page-faults
ok 'counters of threads' advises 2 'one thread' run --threads 2 --counters page-faults
ok 'unknown event' advises 2 'perf list' run --counters page-faults,frob
ok 'counters' exits 0 '' run --counters page-faults,context-switches kmap.none kmap_local.from_user.task.low.anonymous --json c.json
ok 'counters are valid' valid c.json
ok 'counters are in the table' has '^events per operation  *page-faults  *context-switches$' out
ok 'counters are in the file' json c.json "all([e['name'] for e in r['events']] ==
	['page-faults', 'context-switches'] and r['events'][0]['per_op'] >= 0
	for r in d['results'])"
ok 'counters come back' exits 0 '' report c.json
ok 'none without being asked' sh -c '! grep -q "\"events\"" a.json'
ok 'io: unknown engine' advises 2 'sync or io_uring' io --engine frob
ok 'io: depth of system calls' advises 2 'engine io_uring' io --depth 2
ok 'io: registered buffer of system calls' advises 2 'engine io_uring' io --fixed
ok 'io: size' exits 2 'size 0' io --size 4K,0
ok 'io: size twice' advises 2 'each value once' io --size 4K,4096
ok 'io: unknown map' advises 2 'list maps' io --map frob
ok 'io: a map that is refused' advises 4 'list cells' FAKE_ERRNO=5:95 io --map kmap_local
ok 'io: not on tmpfs' advises 2 'on tmpfs' io --where /proc
ok 'engines: no depth' exits 2 'depth' engines --depth 1,,2
ok 'engines: too many depths' advises 2 'several runs' engines --depth 1,2,3,4,5,6,7,8,9
ok 'engines: module of another version' advises 4 'same tree' FAKE_ERRNO=6:25 engines
ok 'threads' exits 0 '' run --threads 3 --samples 6 kmap --json c.json
ok 'threads are told apart' json c.json "all(len(r['samples']) == 18 and
	set(r['threads']) == {0, 1, 2} for r in d['results'])"
ok 'threads are valid' valid c.json
ok 'by ioctl, no depth' json c.json "all(r['params']['depth'] == 0 for r in d['results'])"
sed 's/,"depth":0,"batch":0//' c.json >older.json
ok 'an older file' exits 0 '' report older.json
ok 'too few samples have no interval' exits 0 '' run --samples 5 kmap.none.task.low --json c.json
ok 'too few samples say so' has 'n too small' out
ok 'too few samples are null' json c.json "d['results'][0]['ci95'] is None"
ok 'too few samples are valid' valid c.json
ok 'one operation is warned about' exits 0 '' run --iterations 1 kmap.none.task.low
ok 'the warning' has '^warning: none.none.task.low and 1 more: samples of one operation' out
ok 'what agrees is not warned about' exits 0 '' run --rounds 2 --samples 6 kmap.none
ok 'no warning' sh -c '! grep ^warning out'
ok 'few rounds' exits 0 '' FAKE_NOISE=9 run --rounds 2 --samples 20 kmap.none
ok 'few rounds are warned about' has '^warning: none.* and 3 more: fewer than 4 rounds .*; measure' out
ok 'drift' exits 0 '' FAKE_NOISE=1 FAKE_DRIFT=5 run --rounds 12 --samples 60 kmap.none
ok 'drift is warned about' has '^warning: .* and 3 more: the second half .*; let the' out
ok 'drift is all' test "$(grep -c ^warning out)" -eq 1
ok 'two modes' exits 0 '' FAKE_NOISE=1 FAKE_MODES=20 run kmap.none
ok 'two modes are warned about' has '^warning: .* and 3 more: samples are around two .*--plot' out
ok 'reference' exits 0 '' run --reference kmap 'kmap*.none.task.high'
ok 'reference is 1' has '^kmap.none.task.high .* 1.00$' out
ok 'reference by the whole name' exits 0 '' \
	run --reference kmap_local.none.task.low 'kmap_local.none.task'
ok 'a reference elsewhere' has '^kmap_local.none.task.high .* 4.03$' out
ok 'plot' exits 0 '' FAKE_NOISE=20 run --plot --nest 0,2 kmap.none.task.low
ok 'plot has boxes' has '^  |-*\[=*#=*\]-*|$' out
ok 'plot has a scale' has '^  8[0-9.]*  *1[0-9.]* ns$' out
ok 'plot has all cells and shapes' test "$(grep -c '^kmap.none.task.low' out)" -eq 3
ok 'plot names the shape' has '^kmap.none.task.low nest=2$' out
ok 'plot of what agrees' exits 0 '' run --plot --json - kmap.none.task.low
ok 'plot of what agrees is a point' has '^  *#$' err
ok 'plot leaves JSON alone' valid out
ok 'json on stdout' exits 0 'beyond none' run --json - kmap.none.task.low
ok 'json on stdout is nothing else' valid out
ok 'time ends a run' env FAKE_DELAY_MS=50 FAKE_NOISE=50 timeout 10 \
	"$KMAPBENCH_FAKE" run --time 0.2 kmap.none.task.low
KMAPBENCH_ACCEL=icount KMAPBENCH_LANE=lane-1 "$KMAPBENCH_FAKE" run --json d.json >out 2>err
ok 'icount counts instructions' has 'median, instructions' out
ok 'icount is valid' valid d.json
ok 'icount in the JSON' json d.json "d['environment']['lane'] == 'lane-1' and
	all(r['unit'] == 'instructions' for r in d['results'])"
KMAPBENCH_ACCEL=tcg "$KMAPBENCH_FAKE" run --json c.json >out 2>err
ok 'emulated time says so' has 'median, ns (emulator)' out
ok 'emulated time is valid' valid c.json

# Until it is precise enough
ok 'precision of what agrees' exits 0 '' run --precision 1% --json c.json kmap.none
ok 'precision of what agrees is reached at once' has \
	'^precision: +-1 % reached in all 4 cells after 4 rounds, ' out
ok 'precision of what agrees is valid' valid c.json
ok 'precision of noise' exits 0 '' FAKE_NOISE=5 run --precision 1% --json c.json kmap.none
ok 'precision of noise is reached' has \
	'^precision: +-1 % reached in all 4 cells after [1-9][0-9]* rounds, ' out
ok 'precision of noise takes samples' json c.json "len(d['results'][0]['samples']) > 50"
ok 'more precision' exits 0 '' FAKE_NOISE=5 run --precision 0.4 kmap.none
ok 'not more than can be told' has '^precision: +-0.4 %, or +-0.01 ns where that is more, reached' out
ok 'precision out of reach' exits 0 '' FAKE_DELAY_MS=10 FAKE_NOISE=90 \
	run --precision 0.1% --time 0.3 kmap.none
ok 'precision out of reach says so' has \
	'^precision: .* not reached in 4 of 4 cells after [0-9]* rounds, 0.3 s: .*kmap.none.task.high +-[1-9][0-9.]* %' out
ok 'precision out of reach: what to do' has '; try --time [1-9][0-9]*, or --precision [0-9.]*%$' out
ok 'precision of too few rounds' exits 0 '' FAKE_DELAY_MS=50 FAKE_NOISE=50 \
	run --time 0.1 kmap
ok 'precision of too few rounds says so' has 'too few rounds, .* and 4 more; try --time [0-9.]*$' out
ok 'all of them' exits 0 '' FAKE_DELAY_MS=50 FAKE_NOISE=50 run -v --time 0.1 kmap
ok 'all of them are named' has 'kmap.from_user.task.high.resident too few rounds; try' out
ok 'time has a goal' env FAKE_NOISE=1 timeout 10 "$KMAPBENCH_FAKE" run --time 60 kmap.none
ok 'rounds are no goal' exits 0 '' run --time 5 --rounds 2 kmap.none
ok 'rounds are no goal: nothing is said' sh -c '! grep -q ^precision out'
ok 'precision and rounds' advises 2 'say what ends the run' run --precision 1 --rounds 9 kmap
ok 'precision that is no number' advises 2 'not from 0.01 to 100' run --precision high kmap
ok 'precision of nothing' advises 2 'not from 0.01 to 100' run --precision 0 kmap
FAKE_DELAY_MS=20 FAKE_NOISE=50 "$PYTHON" -c 'import pty, sys; pty.spawn(sys.argv[1:])' \
	"$KMAPBENCH_FAKE" run --time 0.6 kmap.none >terminal </dev/null
ok 'on a terminal it tells how far it is' has \
	'% *round [0-9]*  [a-z.]*  about [0-9.]* ns, +-[0-9.]* % of +-1 %  [0-9]* s left' terminal

# Series, and memory that is absent
ok 'several shapes' exits 0 '' run --len 64,4K --faults 0,50,100 --json s.json \
	'kmap*.from_user.task.high.absent' --reference 'kmap_atomic.*.*.*.*'
ok 'several shapes are valid' valid s.json
ok 'several shapes are all there' json s.json "sorted((r['params']['len'],
	r['params']['faults']) for r in d['results'] if r['map'] == 'kmap') == [(64, 0), (64, 50),
	(64, 100), (4096, 0), (4096, 50), (4096, 100)]"
ok 'faults are counted' json s.json "[r['counters']['faults'] for r in d['results']
	if r['source'] and r['map'] == 'kmap'] == 2 * [0, 50 * 50, 50 * 101]"
ok 'a series has its values on top' has '^ns (emulator)\|^ns .* 0 % *50 % *100 %$' out
ok 'a series has a row for the rest' has \
	'^kmap_local.from_user.task.high.absent len=4096 *1372 *1872 *2372$' out
ok 'a series is compared' has '^kmap.from_user.task.high.absent len=64 *+3.5 % *+2.6 % *+2.0 %$' out
ok 'a series is summed up' has '^kmap_local.from_user against kmap_atomic.from_user: .* where faults is 0 %, '  out
ok 'a series has the rows if asked for' exits 0 '' run -v --nest 0,2 kmap.none.task.low
ok 'a series of nesting' has '^kmap.none.task.low *82.00 *82.00$' out
ok 'its rows' has '^kmap.none.task.low  *50 ' out
ok 'preset' exits 0 '' run --preset headline --samples 3 --rounds 1
ok 'preset and patterns' advises 2 'patterns of its own' run --preset headline kmap
ok 'unknown preset' advises 2 'no such preset' run --preset frob
ok 'a value twice' advises 2 '64 twice' run --len 64,64 kmap
ok 'an empty value' advises 2 'not a number' run --len 64,,1K kmap
ok 'too many shapes' advises 2 'more than 4096' run --nest 0,1,2,3,4,5,6,7 --len 1,2,3,4,5,6,7,8 \
	--offset 1,2,3,4,5,6,7,8 --pool 1,2,3,4,5,6,7,8,9 kmap
ok 'list cells wants one shape' advises 2 'one shape' list cells --len 1,2
ok 'cold' exits 0 '' run --samples 6 --rounds 2 'kmap_local.from_user.task.low.anonymous' --json c.json
ok 'cold is valid' valid c.json
ok 'cold found its memory absent each time' json c.json "[(r['counters']['ops'],
	r['counters']['faults'], len(r['samples']), r['median']) for r in d['results']
	if r['source']] == [(774, 774, 6, 2169)]"
ok 'cold takes iterations' exits 0 '' run --samples 2 --rounds 1 --iterations 10 \
	kmap_local.from_user.task.low.anonymous --json c.json
ok 'cold took them' json c.json "[r['counters']['faults'] for r in d['results']
	if r['source']] == [20]"
ok 'memory that nobody provides' advises 4 'nothing here provides' \
	run kmap.from_user.task.low.unheard_of
ok 'memory that nobody provides is passed over' exits 0 '' run -v 'kmap.from_user.task.low.*'
ok 'and told' has 'unheard_of: nothing here provides memory' err
ok 'memory that cannot be absent in part' advises 4 'absent whole' \
	run --faults 50 kmap.from_user.task.low.anonymous
ok 'list cells says so, too' exits 0 '' list cells 'kmap.from_user.task.low.*'
ok 'list cells has the reason of memory' has 'unheard_of *illegal *nothing here provides' out

# What was measured before an end that came early
ok 'a signal' exits 130 'interrupted' FAKE_ERRNO=3:4 FAKE_ROUND=3 run --json c.json kmap.none
ok 'a signal keeps the table' has '^incomplete:' out
ok 'a signal keeps the samples' json c.json "d['complete'] is False and
	15 < len(d['results'][0]['samples']) < 20"
ok 'a signal leaves it valid' valid c.json
FAKE_DELAY_MS=200 FAKE_NOISE=50 "$KMAPBENCH_FAKE" run --json e.json --time 60 kmap.none >out 2>err &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
ok 'SIGTERM' test $? -eq 130
ok 'SIGTERM keeps the samples' json e.json "d['complete'] is False and d['results'][0]['samples']"
ok 'a time limit' exits 1 'did not run' FAKE_ERRNO=3:110 FAKE_ROUND=2 run --json c.json kmap.none
ok 'a time limit keeps the samples' json c.json "len(d['results'][0]['samples']) > 10"
rm -f f.json
ok 'nothing measured' advises 4 'not enough memory' FAKE_ERRNO=3:12 run --json f.json kmap
ok 'nothing measured leaves no file' test ! -e f.json

# Writing
echo old >old.json
# Root could replace the real one, should the program be broken.
full=/dev/full
[ "$(id -u)" -eq 0 ] && full=$dir/full && mknod "$full" c 1 7 2>/dev/null
if [ -c "$full" ] && [ -w "$full" ] && true 2>/dev/null >>"$full"; then
	ok 'full disk' advises 1 'No space left' run --json "$full" kmap
	ok 'full disk keeps the table' has '^kmap.none.task.high' out
	ok 'a device is not replaced' test -c "$full"
	"$KMAPBENCH_FAKE" run kmap >"$full" 2>err
	ok 'stdout full' test $? -eq 1
	ok 'stdout full says so' has '^kmapbench: stdout: No space left' err
	"$KMAPBENCH_FAKE" run --json g.json kmap >"$full" 2>err
	ok 'stdout full with a file' test $? -eq 1
	ok 'stdout full keeps the file' valid g.json
else
	nr=$((nr + 1))
	echo "ok $nr - full disk # SKIP no device that is always full can be made here"
fi
mkfifo pipe
cat pipe >from.pipe &
pid=$!
ok 'a pipe' exits 0 '' run --json pipe kmap
ok 'a pipe stays one' test -p pipe
wait $pid
ok 'a pipe has all' valid from.pipe
ok 'no such folder' advises 1 'No such file' run --json nowhere/x.json kmap
ok 'a folder' advises 1 'Is a directory' run --json . kmap
"$KMAPBENCH_FAKE" list >&- 2>err
ok 'stdout closed' test $? -eq 1
ok 'stdout closed says so' has '^kmapbench: stdout: closed' err
limited()
{
	(ulimit -f 1; trap '' XFSZ; exec "$KMAPBENCH_FAKE" run --json old.json >/dev/null 2>err)
	test $? -eq 1
}
ok 'a file that cannot grow' limited
ok 'a file that cannot grow keeps the old one' has '^old$' old.json
ok 'an old file is replaced' exits 0 '' run --json old.json kmap
ok 'the new one is valid' valid old.json
ln -s old.json link.json
ok 'a link' exits 0 '' run --json link.json kmap
ok 'a link stays one' test -L link.json
ok 'no temporary files are left' sh -c '! ls | grep -E "json\.[A-Za-z0-9]{6}$"'

# Reports
ok 'report' exits 0 '' report a.json b.json d.json
ok 'report has the lanes' has 'lane-1:' out
ok 'report has a row with all' has '^kmap_local  *low  *67.00  *1093  *0.00\*  *1026 ' out
ok 'report has dashes' has '^kmap_local  *high  *270.0  *1296  *-  *- ' out
ok 'report has the sentence' has '^On .* kmap_local of a highmem page costs 270.*; on ' out
ok 'report of series' exits 0 '' report --reference 'kmap_atomic.*.*.*.*' s.json
ok 'report of series has them' has '^kmap.from_user.task.high.absent len=64 *+3.5 %' out
ok 'report without files' advises 2 'no files' report
ok 'report of no file' advises 2 'No such file' report nowhere.json
head -c 2000 a.json >cut.json
ok 'report of half a file' advises 2 'cut.json: line' report cut.json
sed 's/kmapbench-2/kmapbench-9/' a.json >cut.json
ok 'report of another schema' advises 2 'schema is kmapbench-9' report cut.json
sed 's/"beyond_none"/"beyond"/' a.json >cut.json
ok 'report of an unknown key' advises 2 'unknown key beyond' report cut.json
sed 's/"rounds":\[0,/"rounds":[/' a.json >cut.json
ok 'report of arrays that differ' advises 2 'differ in length' report cut.json
sed 's/"beyond_none"/"beyond":1,&/' a.json >cut.json
invalid()
{
	! valid "$1"
}
ok 'the schema knows no other keys' invalid cut.json

# Files that are not what they seem: where, and what is wrong
# refused TEXT SED-SCRIPT: a.json changed so is
refused()
{
	text=$1
	shift
	sed "$@" a.json >cut.json && ! cmp -s a.json cut.json &&
		advises 2 "^kmapbench: cut.json: line $text" report cut.json
}
ok 'a number that is none' refused '9: samples: sample 0 is not' 's/"samples":\[/&NaN,/'
ok 'infinity' refused '9: samples: sample 0 is not' 's/"samples":\[/&-Infinity,/'
ok 'a hexadecimal number' refused '9: samples: sample 0 is not' 's/"samples":\[/&0x10,/'
ok 'a number with a zero before' refused '9: samples: sample 0' 's/"samples":\[/&01,/'
ok 'a huge number' refused '9: samples: 1e30 is more' 's/"samples":\[/&1e30,/'
ok 'a number beyond all' refused '9: samples: 1e999999 is' 's/"samples":\[/&1e999999,/'
ok 'a sample that is a string' refused '9: samples: sample 0' 's/"samples":\[/&"1",/'
ok 'a sample that is an array' refused '9: samples: sample 0' 's/"samples":\[/&[],/'
ok 'a round with a fraction' refused '9: rounds: sample 0' 's/"rounds":\[/&0.5,/'
ok 'a negative round' refused '9: rounds: -1 is not' 's/"rounds":\[/&-1,/'
ok 'a round beyond all' refused '9: rounds: 9\{20\}' "s/\"rounds\":\\[/&$(printf '%020d' 0 | tr 0 9),/"
ok 'a comma too many' refused '9: threads: sample ' 's/"threads":\[[^]]*/&,/'
ok 'no comma' refused '9: threads: .,. or' 's/"threads":\[0/& 0/'
ok 'arrays that differ have a line' refused '9: .*differ in length' '9s/"rounds":\[0,/"rounds":[/'
ok 'a key that is unknown' refused '9: .*unknown key mediam' '9s/"median"/"mediam"/'
ok 'a key twice' refused '9: duplicate' '9s/"samples":/"samples":[],&/'
ok 'samples that are no array' refused '9: .*no array samples' \
	'9s/"samples":\[[^]]*\]/"samples":0/'
ok 'samples under a disguise' refused '9: .*no array samples' \
	'9s/"samples":\[[^]]*\]/"s\\u0061mples":[0]/'
ok 'an environment that lacks' refused '6: environment: no key cpu' 's/"cpu":"[^"]*",//'
ok 'deep nesting' refused '4: .*depth' "s/\"created\": /&$(printf '%09000d' 0 | tr 0 '[')/"
ok 'a file that ends in samples' refused '10: samples: the file ends' '9{s/\("samples":\[[0-9.]*\).*/\1/;q}'
ok 'half a file' refused '4' '3q'
sed '9s/"expr":"/&\\u001b[31m/' a.json >cut.json
ok 'text with controls is read' exits 0 '' compare --format json a.json cut.json
sed '2s/kmapbench-[0-9]*/\\u001b[31m/' a.json >cut.json
ok 'text with controls is not obeyed' advises 2 'schema is ?.31m' report cut.json
: >cut.json
ok 'an empty file' advises 2 'cut.json: line 1' report cut.json
head -c 3000 /dev/urandom >cut.json
ok 'noise' advises 2 'cut.json: ' report cut.json
ok 'a folder' advises 2 '^kmapbench: .: Is a directory' report .

# Comparing
# change FILE STATEMENT: a.json with d changed, or with each row r changed
change()
{
	"$PYTHON" -c "import json, random, sys
random.seed(sys.argv[1])
d = json.load(open('a.json'))
for r in d['results']:
	noise = lambda cost: [cost * random.gauss(1, 0.002) for _ in r['samples']]
	${2:-pass}
${3:-}
json.dump(d, open(sys.argv[1], 'w'))" "$1"
}

change same.json
change noisy.json "r['samples'] = noise(r['median'])"
change again.json "r['samples'] = noise(r['median'])"
change slow.json "r['samples'] = noise(r['median'] * (1.1 if r['map'] == 'kmap' else 1))"
change more.json "r['samples'] = [c + (r['map'] == 'kmap') for c in r['samples']]"
ok 'compare' exits 0 '' compare a.json same.json
ok 'compare: exact' has '^kmap.none.task.low  *82.00  *82.00  *0.00 .* exact  50/50  same: all' out
ok 'compare: the sentence' has '^Of 19 cells 0 are slower, 0 faster and 19 the same' out
ok 'compare one more' exits 0 '' compare a.json more.json
ok 'compare one more: exact' has '^kmap.none.task.high  .* 50/50  slower: +1 ns$' out
ok 'compare noise' exits 0 '' compare noisy.json again.json
ok 'compare noise: nothing' has '^Of 19 cells 0 are slower, 0 faster and 0 the same; for 19 no' out
ok 'compare noise: how much' has 'no difference proven; larger than 0.[0-9]* % excluded$' out
ok 'compare noise: the boots' has '^note: of one boot' out
ok 'compare slower' exits 0 '' compare noisy.json slow.json
ok 'compare slower: by how much' has \
	'^kmap.read.task.low  .* slower, by 9.[0-9]* % to 10.[0-9] %$' out
ok 'compare slower: the others' has '^kmap_local.read.task.low .* no difference proven;' out
ok 'compare slower: the sentence' has '^The largest difference: kmap.* is slower, by' out
ok 'compare faster' exits 0 '' compare slow.json noisy.json
ok 'compare faster: by how much' has '^kmap.read.task.low  .* faster, by 8.[0-9]* % to 9' out
ok 'a regression' exits 1 '' compare --fail-on regression noisy.json slow.json
ok 'no regression' exits 0 '' compare --fail-on regression slow.json noisy.json
ok 'below the threshold' exits 0 '' \
	compare --threshold 20% --fail-on regression noisy.json slow.json
ok 'below the threshold it is the same' has '^kmap.read.task.low  .* same within 20 %$' out
ok 'several boots' exits 0 '' compare --old noisy.json --old again.json --new slow.json \
	--new slow.json
ok 'several boots: samples of all' has '^kmap.none.task.low .* 100/100 ' out
ok 'several boots: too few' has '^warning: .* and 18 more: 2 or 3 boots' out
ok 'compare by map' exits 0 '' compare --by map --reference kmap_atomic noisy.json
ok 'compare by map: slower' has '^kmap.none.task.high  .* slower, by 17' out
ok 'compare by map: not the loop' sh -c '! grep ^none out'
ok 'compare by, as JSON' exits 0 '' \
	compare --by map --reference kmap_atomic --format json noisy.json
ok 'compare by: rounds are pairs' has '"paired": true' out
ok 'compare, as JSON' exits 0 '' compare --format json noisy.json noisy.json
ok 'compare: rounds of two files are none' has '"paired": false' out
ok 'compare by pages' exits 0 '' compare --by pages --reference low noisy.json
ok 'compare by pages: pairs' has '^kmap.read.task.high  .* slower, by ' out
ok 'compare as CSV' exits 0 '' compare --format csv noisy.json slow.json
ok 'compare as CSV is CSV' "$PYTHON" -c "import csv
rows = list(csv.DictReader(open('out')))
assert len(rows) == 19 and rows[4]['verdict'] == 'slower' and float(rows[4]['p']) < 0.01"
ok 'compare as JSON' exits 0 '' compare --format json noisy.json slow.json
ok 'compare as JSON is JSON' json out "d['schema'] == 'kmapbench-compare-1' and
	d['cells'][4]['shift_ci95_lo'] > 0 and d['cells'][4]['verdict'] == 'slower'"
cp out first
ok 'compare once more' exits 0 '' compare --format json noisy.json slow.json
ok 'compare repeats to the digit' cmp out first
ok 'compare and draw' exits 0 '' compare --plot noisy.json slow.json
ok 'compare and draw has boxes' has '^new  .*|-*\[=*#=*\]-*|$' out
ok 'compare and draw what agrees' exits 0 '' compare --plot a.json same.json
ok 'compare and draw what agrees: points' has '^old  *#$' out
ok 'compare and draw data' advises 2 'text only' compare --plot --format csv a.json same.json
ok 'compare as Markdown' exits 0 '' compare --format markdown noisy.json slow.json
ok 'compare as Markdown has rows' has '^| kmap.none.task.low | 8[0-9.]* | 9' out
change other.json "r['samples'] = r['samples'][:7]; r['rounds'] = r['rounds'][:7]
	r['threads'] = r['threads'][:7]" "d['complete'] = False"
ok 'compare with less' exits 0 '' compare noisy.json other.json
ok 'compare with less: rounds' has '^warning: .*fewer than 4 rounds' out
ok 'compare with less: incomplete' has '^warning: other.json: the run was stopped' out
ok 'compare units' advises 2 "d.json: unit is .instructions., not .ns., as in a.json" \
	compare a.json d.json
ok 'compare units and lanes' exits 0 '' compare --across units,lanes a.json d.json
ok 'compare lanes' advises 2 "d.json: lane is .lane-1., not " compare --across units a.json d.json
change other.json '' "d['environment']['kernel'] = '9.9'"
ok 'compare kernels' exits 0 '' compare a.json other.json
ok 'boots of two kernels' advises 2 "other.json: kernel is .9.9." \
	compare --old a.json --old other.json --new a.json
change other.json "r['mapping'] = 'page_table' if r['pages'] == 'low' else r['mapping']"
ok 'compare pages' advises 2 'kmap_local.none.task.low: addresses are arithmetic, not low' \
	compare other.json b.json
ok 'compare pages all the same' exits 0 '' compare --across pages other.json b.json
ok 'compare pages: not ranked' has '^kmap_local.none.task.low .* not ranked' out
change other.json "r['params']['nest'] = 1"
ok 'compare shapes' advises 2 'other.json: .*: nest is 1, not 0, as in' compare a.json other.json
ok 'compare shapes all the same' exits 0 '' compare --across shapes a.json other.json
ok 'compare shapes: both are named' has '^kmap.read.task.low nest=1 vs kmap.read.task.low ' out
change other.json '' "d['results'] = d['results'][:3]"
ok 'compare some' exits 0 '' compare a.json other.json
ok 'compare some: the rest is told' has '^note: 16 cells of old are not in new' out
change other.json '' "d['results'] = []"
ok 'compare none' advises 2 'has no cell of' compare a.json other.json
ok 'compare one file' advises 2 'not an old file and a new one' compare a.json
ok 'compare by nothing' advises 2 'nothing that a cell has' compare --by moon a.json
ok 'compare by without reference' advises 2 'no --reference' compare --by map a.json
ok 'compare with an unknown reference' advises 2 'nothing to compare' \
	compare --by map --reference frob a.json
ok 'reference without by' advises 2 'no --by' compare --reference kmap a.json a.json
ok 'unknown format' advises 2 'unknown' compare --format html a.json a.json
ok 'unknown threshold' advises 2 'not from 0 to 100' compare --threshold soon a.json a.json
ok 'unknown word of across' advises 2 'unknown' compare --across moons a.json a.json
ok 'unknown failure' advises 2 'unknown' compare --fail-on rain a.json a.json

# Checks
ok 'check' exits 0 '' check
ok 'check says what was seen' has '^identity.low  *pass  *15 mappings$' out
ok 'check runs nothing destructive' sh -c '! grep overflow out'
ok 'check sums up' has '^4 passed, 0 failed, 0 skipped, 0 known to fail$' out
ok 'check of one' exits 0 '' check identity.high
ok 'check of one runs that one' has '^1 passed, 0 failed' out
ok 'check without highmem' exits 0 '' FAKE_LOWMEM=1 check 'sleep*'
ok 'check says why it skipped' has '^sleep.high  *skip  *this kernel has no highmem' out
ok 'a check that fails' exits 1 '' FAKE_REASON=gone check
ok 'a check that fails says why' has '^sleep.low  *FAIL  *gone' out
ok 'the others go on' has '^2 passed, 2 failed' out
ok 'a failure that is known' exits 0 '' FAKE_REASON=gone FAKE_KNOWN=1 check
ok 'a failure that is known says so' has '^sleep.low  *known  *gone' out
ok 'check as JSON' exits 0 '' check --json
ok 'check as JSON has all' json out "len(d) == 4 and d[0]['check'] == 'identity.low' and d[0]['verdict'] == 'pass'"
ok 'check of none' advises 2 'no check of that name' check nothing
ok 'check that is refused' advises 4 'sleep' FAKE_ERRNO=4:1 check sleep
ok 'list checks' exits 0 '' list checks
ok 'list checks has them' has '^  overflow' out

echo "1..$nr"
