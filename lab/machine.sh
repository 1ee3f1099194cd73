# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One machine: started, watched, and surely ended.

# A host that stops a guest for half a minute makes its kernel believe that a CPU is stuck.
readonly PATIENCE="watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
CHILDREN=()

# A child does not outlive the lab, whatever way the lab ends. It is in a session of its own, so
# that Ctrl-C reaches the lab alone.
child() {
	# Without the redirection, bash would give it an empty stdin.
	setpriv --pdeathsig KILL setsid "$@" <&0 &
	CHILD=$!
	CHILDREN+=("$CHILD")
}

children_end() {
	local pid

	for pid in "${CHILDREN[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	((${#CHILDREN[@]})) && { wait "${CHILDREN[@]}"; } 2>/dev/null
	CHILDREN=()
}

accel_args() {
	case $ACCEL in
	icount)	QEMU+=(-accel tcg -icount "shift=0,sleep=off") ;;
	tcg)	QEMU+=(-accel "tcg,thread=multi") ;;
	kvm)	QEMU+=(-accel kvm) ;;
	esac
}

port_args() {	# NAME FILE
	QEMU+=(-chardev "file,id=$1,path=$2" -device "virtserialport,chardev=$1,name=lab.$1")
}

machine_args() {
	local append="console=$ARCH_CONSOLE panic=-1 $PATIENCE $ARCH_APPEND"
	local cpu=$ARCH_CPU

	[[ $ACCEL == icount ]] && append+=" $ARCH_ICOUNT_APPEND"
	[[ $ACCEL == kvm ]] && cpu=$ARCH_KVM_CPU
	QEMU=("${EMULATOR[@]}" -M "$ARCH_MACHINE" -cpu "$cpu" -m "$MEM" -smp "$SMP")
	accel_args
	# shellcheck disable=SC2206 # a list of options
	QEMU+=(-nodefaults -no-user-config -display none -no-reboot ${ARCH_QEMU_ARGS:-}
	       -kernel "$KERNEL_IMAGE" -initrd "$RUN/initrd" -append "$append $LANE_APPEND $APPEND"
	       -serial "file:$RUN/console.log" -device "$ARCH_SERIAL_DEVICE")
	port_args status "$RUN/status"
	port_args stdout "$RUN/stdout"
	port_args stderr "$RUN/stderr"
	port_args out.tar "$RUN/out.tar"
	QEMU+=(-chardev "pipe,id=control,path=$RUN/control"
	       -device "virtserialport,chardev=control,name=lab.control")
	((SHELL_WANTED)) && QEMU+=(-chardev "stdio,id=shell,signal=off" -device "virtconsole,chardev=shell")
	return 0
}

machine_start_qemu() {
	machine_args
	child "${QEMU[@]}" 2>"$RUN/machine.log" <&"$input"
}

# Ends a while after the command, whose exit code is the last that the guest says: what is wrong
# with a kernel may well keep it from powering off.
child_over() {
	# shellcheck disable=SC2016 # for the other shell
	child bash -c 'until grep -q "^exit " "$1"; do sleep 1; done; exec sleep "$2"' - \
		"$RUN/status" "$OFF_LIMIT"
}

# Sets ENDED: machine (by itself), over (only the command), reader (nobody reads our output any
# more) or time.
machine_run() {
	local machine timer over out ended

	run_archive "$RUN/run.cpio"
	cat "$INITRAMFS" ${TOOLS_ARCHIVE:+"$TOOLS_ARCHIVE"} "$RUN/run.cpio" >"$RUN/initrd" || die_unwritable "$RUN"
	touch "$RUN"/{stdout,stderr,status,console.log} || die_unwritable "$RUN"
	mkfifo "$RUN"/control.{in,out} || die_unwritable "$RUN"
	exec {input}</dev/null
	((SHELL_WANTED)) && exec {input}<&0
	"machine_start_$ARCH_KIND"
	machine=$CHILD
	MACHINE=$CHILD
	child tail -c +1 -f -s 0.05 --pid="$machine" "$RUN/stderr" >&2
	child tail -c +1 -f -s 0.05 --pid="$machine" "$RUN/stdout"
	out=$CHILD
	child sleep "$TIMEOUT"
	timer=$CHILD
	child_over
	over=$CHILD
	# Bash would tell of a child's death by a signal on its own.
	{ wait -n -p ended "$machine" "$timer" "$over" "$out"; } 2>/dev/null
	case $ended in
	"$machine")	ENDED=machine ;;
	"$timer")	ENDED="time" ;;
	"$over")	ENDED=over ;;
	*)		ENDED=reader ;;
	esac
	if [[ $ENDED == machine ]]; then
		kill -KILL "$timer" "$over"
		{ wait "${CHILDREN[@]}"; } 2>/dev/null
	fi
	children_end
	MACHINE=
}

# An old QEMU may run a CPU into a breakpoint that another one has just taken away (emulator.sh
# tells why), for once or for ever. Before the command was started, nothing is lost by starting over.
emulator_stumbled() {
	[[ $ACCEL == tcg ]] && ! grep -qx ready "$RUN/status" || return
	case $ENDED in
	machine)	grep -q 'Oops: int3\|int3: 0000' "$RUN/console.log" ;;
	time)		true ;;
	*)		false ;;
	esac
}

# Asks the guest to end its command, and waits until it has handed over everything.
machine_stop() {
	local _

	# Read-write, as that never waits for a reader.
	echo stop 1<>"$RUN/control.in"
	for ((_ = 0; _ < STOP_LIMIT * 10; _++)); do
		kill -0 "$MACHINE" 2>/dev/null || break
		sleep 0.1
	done
	# What was printed last is still on its way.
	sleep 0.2
}

# A /dev/kvm that opens may still hang every kernel: only a boot tells. The answer is kept for as
# long as this host runs.
kvm_works() {
	local boot known

	read -r boot </proc/sys/kernel/random/boot_id
	known=$CACHE/kvm/$boot-$KERNEL_ID
	[[ " $ARCH_KVM_HOSTS " == *" $(dpkg --print-architecture) "* && -r /dev/kvm && -w /dev/kvm ]] ||
		return
	if [[ ! -e $known ]]; then
		say "$LANE: trying whether KVM boots this kernel"
		mkdir -p "$CACHE/kvm" "$RUN/kvm" || die_unwritable "$CACHE"
		kvm_probe && echo works >"$known" || echo fails >"$known"
	fi
	[[ $(<"$known") == works ]]
}

kvm_probe() {
	local ACCEL=kvm SMP=1 TIMEOUT=8 APPEND='' RUN=$RUN/kvm SHELL_WANTED=0 ENDED
	local -a COMMAND=(true) EXTRA_MODULES=() EXTRA_FILES=()
	local TOOLS_ARCHIVE=

	machine_run
	grep -qx 'exit 0' "$RUN/status"
}

accel_choose() {
	case $ARCH_KIND:$ACCEL in
	um:*)	ACCEL=um ;;
	*:)	kvm_works && ACCEL=kvm || ACCEL=tcg ;;
	*:kvm)	kvm_works || die "--accel kvm: does not boot Linux $KERNEL_RELEASE on this machine" \
			"use --accel tcg, or icount for exact counts" ;;
	esac
	[[ -n $SMP ]] && return
	SMP=2
	[[ $ACCEL != icount ]] || SMP=1
}
