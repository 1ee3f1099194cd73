# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A command in the guest behaves as it would here.
# shellcheck disable=SC2016,SC1003 # single-quoted text is for the guest's shell

lab prepare "$lane"
check "prepare" exits 0

lab run "$lane" --accel tcg -- true
check "true: exit code 0" exits 0
check "true: prints nothing" silent

lab run "$lane" --accel tcg --modules virtio_balloon --file "$here/run" -- sh -c '
	sha256sum <run >/out/file
	for word; do printf "<%s>" "$word"; done
	echo to-stderr >&2
	echo "$KMAPBENCH_LANE $KMAPBENCH_ACCEL" >/out/environment
	cut -d " " -f 1 /proc/modules >/out/modules
	exit 7' name 'a  b' "it's" '' '$HOME `x` "y" \' $'two\nlines' '*'
check "exit code 7" exits 7
check "arguments arrive unharmed" prints $'<a  b><it\'s><><$HOME `x` "y" \\><two\nlines><*>'
check "stderr is stderr, and nothing else" test "$(<"$work/stderr")" = to-stderr
check "/out comes back" test "$(cat "$work/out/$lane/environment")" = "$lane tcg"
check "a file given is there" test "$(cat "$work/out/$lane/file")" = "$(sha256sum <"$here/run")"
check "the module is loaded" grep -qx kmap_bench "$work/out/$lane/modules"
check "a module asked for is loaded" grep -qx virtio_balloon "$work/out/$lane/modules"

lab run "$lane" --accel tcg --tools bc,coreutils -- sh -c '
	echo "2 ^ 70" | /usr/bin/bc
	/usr/bin/wc --version | head -n 1 | cut -d " " -f 1-3
	/bin/wc --help 2>&1 | head -n 1 | cut -d " " -f 1'
check "tools: exit code 0" exits 0
check "tools: run, and applets are what they were" prints $'1180591620717411303424\nwc (GNU coreutils)\nBusyBox'
refused "no such tool" "no-such-tool: .*locate package no-such-tool" run "$lane" --tools no-such-tool -- true

lab run "$lane" --accel tcg -- sh -c 'kill -SEGV $$'
check "killed by a signal: 139" exits 139

lab run "$lane" --accel tcg -- no-such-command
check "missing command: 127" exits 127
check "missing command: says so" says 'no-such-command.*not found'

lab run "$lane" --accel tcg -- sh -c '
	i=0; while [ $i -lt 256 ]; do printf "\\$(printf %03o $i)"; i=$((i + 1)); done >/tmp/all
	{ cat /tmp/all; head -c 16777216 /dev/urandom; } >/tmp/copy
	cat /tmp/copy
	sha256sum </tmp/copy >/out/sum'
check "16 MiB: exit code 0" exits 0
check "16 MiB: all of it" test "$(wc -c <"$work/stdout")" -eq $((16 * 1048576 + 256))
check "16 MiB: bit for bit" test "$(sha256sum <"$work/stdout")" = "$(cat "$work/out/$lane/sum")"

count='n=0; while [ $n -lt 1000 ]; do n=$((n + 1)); done; cat /sys/devices/system/clocksource/clocksource0/current_clocksource'
lab run "$lane" --accel icount -- sh -c "$count"
check "icount: runs" exits 0
check "icount: keeps time by the instruction counter" grep -q '^tsc' "$work/stdout"

yes | head -c 3M | "$lab" run "$lane" --accel tcg -- cat >"$work/stdout" 2>"$work/stderr"
code=$?
check "stdin is empty" silent

# A terminal's worth of typing, once the guest is up.
{ sleep 9; echo 'tty; echo $((6 * 7))'; sleep 1; echo 'exit 3'; sleep 4; } |
	timeout 60 script -qec "$lab shell $lane --accel tcg --timeout 30" /dev/null >"$work/typed"
code=$?
check "shell: exit code" exits 3
check "shell: on a terminal of its own" grep -q '^/dev/hvc0' "$work/typed"
check "shell: answers" grep -q '^42' "$work/typed"
