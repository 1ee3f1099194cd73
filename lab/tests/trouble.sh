# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that hang, complain, die, or are not what the lane promises.

not() {
	! "$@"
}

# Whether a boot is to be repeated, by what it left behind
stumbled() {	# ACCEL ENDED STATUS LOG
	mkdir -p "$work/stumble"
	echo "$3" >"$work/stumble/status"
	echo "$4" >"$work/stumble/console.log"
	(
		# shellcheck disable=SC2034 # for machine.sh
		ACCEL=$1 ENDED=$2 RUN=$work/stumble
		# shellcheck source=/dev/null
		. "$here/../machine.sh"
		emulator_stumbled
	)
}

breakpoint='[    2.3] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI'
check "stumbled: at boot, emulated" stumbled tcg machine 'highmem 0' "$breakpoint"
check "stumbled: not once the command has started" not stumbled tcg machine ready "$breakpoint"
check "stumbled: not on a processor" not stumbled kvm machine '' "$breakpoint"
check "stumbled: no other oops" not stumbled tcg machine '' 'Oops: 0002 [#1] SMP'
check "stumbled: hung at boot" stumbled tcg time 'highmem 0' ''
check "stumbled: no command that hangs" not stumbled tcg time ready ''

complain='echo Y >/sys/module/kmap_bench/parameters/complain'

emulators() { pgrep -f "$work/build" | wc -l; }
no_emulator_left() { [[ $(emulators) -eq 0 ]]; }

lab run "$lane" --accel tcg --timeout 8 -- sleep 1000
check "hang: 124" exits 124
check "hang: says so" says 'no end after 8 s'
check "hang: shows the log" says 'Linux version'
check "hang: no emulator is left" no_emulator_left

# Its own way to say so, and then it does not go.
# shellcheck disable=SC2016 # for the guest's shell
lab run "$lane" --accel tcg -- sh -c '
	for port in /sys/class/virtio-ports/*; do
		! grep -qx lab.status "$port/name" || echo "exit 3" >"/dev/${port##*/}"
	done
	sleep 1000'
check "no power off: the command's exit code" exits 3
check "no power off: says so" says 'no end of the machine 20 s after that of the command'
check "no power off: no emulator is left" no_emulator_left

lab run "$lane" --accel tcg -- sh -c "$complain; echo still here"
check "splat: fails a command that succeeded" exits 1
check "splat: names the line" says 'the kernel complained: WARNING: CPU'
check "splat: output is there nevertheless" prints "still here"

lab run "$lane" --accel tcg -- sh -c 'cd /sys/module/rcupdate/parameters
	cat /proc/sys/kernel/watchdog_thresh rcu_cpu_stall_timeout'
check "no splat: a host that stops for half a minute" prints $'60\n120'

lab run "$lane" --accel tcg -- sh -c 'echo "[ BUG: Invalid wait context ]" >/dev/kmsg'
check "splat: what is no warning in lockdep's words" says 'the kernel complained: . BUG: Invalid'

lab run "$lane" --accel tcg --expect-splat 'WARNING: .* complain' -- sh -c "$complain; exit 3"
check "expected splat: the command's own exit code" exits 3

lab run "$lane" --accel tcg --expect-splat 'WARNING: .* complain' -- true
check "expected splat that does not come: fails" exits 1
check "expected splat that does not come: says so" says 'no splat like'

lab run "$lane" --accel tcg -- sh -c 'echo c >/proc/sysrq-trigger'
check "panic: fails" exits 1
check "panic: names the line" says 'the kernel complained: Kernel panic'
check "panic: shows the log" says 'Linux version'

lab run "$lane" --accel tcg --mem 256M -- true
check "no highmem: fails" exits 125
check "no highmem: says so" says 'kB of highmem, and this lane is to have at least'

keeper='trap "echo ending; echo kept >/out/kept; exit" TERM; echo started; sleep 1000 & wait'
"$lab" run "$lane" --accel tcg -- sh -c "$keeper" >"$work/stdout" 2>"$work/stderr" &
running=$!
for _ in {1..300}; do
	grep -q started "$work/stdout" && break
	sleep 0.1
done
check "interrupted: there was something to interrupt" test "$(emulators)" -gt 0
kill -TERM $running
wait $running
code=$?
check "interrupted: 130" exits 130
check "interrupted: the command could end what it did" prints $'started\nending'
check "interrupted: what it left in /out came back" \
	grep -qx kept "$work/out/$lane/kept"
check "interrupted: no emulator is left" no_emulator_left
check "interrupted: nothing is left behind" test -z "$(find "$work/build" -name 'run.*')"

"$lab" run "$lane" --accel tcg -- yes 2>"$work/stderr" | head -n 1 >"$work/stdout"
code=${PIPESTATUS[0]}
check "nobody reads any more: 141, as for a local command" exits 141
check "nobody reads any more: no emulator is left" no_emulator_left
