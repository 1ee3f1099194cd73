# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# User Mode Linux: the kernel is the machine. In place of virtio ports the guest sees the run's
# folder, and writes into the very files that an emulator would; a serial line tells it to stop.

machine_start_um() {
	local words="con=null con0=null,fd:1 ssl=null panic=0 $PATIENCE $ARCH_APPEND" stop tmp=/dev/shm

	# A blocked reader in the guest is woken by a signal, so that nothing has to poll.
	exec {stop}<>"$RUN/control.in"
	words+=" ssl0=fd:$stop,null"
	if ((SHELL_WANTED)); then
		exec {screen}>&1
		words+=" con1=fd:$input,fd:$screen"
	fi
	words+=" $LANE_APPEND $APPEND"
	# The guest's memory is a file; where it cannot grow, the guest dies of SIGBUS.
	roomy "$tmp" || tmp=$RUN
	# Without its name: what the folder is called is not to upset the command line.
	# shellcheck disable=SC2086 # a list of words
	child env -C "$RUN" TMPDIR="$tmp" "$KERNEL_IMAGE" mem="$MEM" ncpus="$SMP" seccomp=on \
		uml_dir=./ umid=um hostfs=/proc/self/cwd initrd=initrd $words \
		>>"$RUN/console.log" 2>"$RUN/machine.log" <&"$input"
	exec {stop}>&-
}

roomy() {	# FOLDER: has space for the guest's memory
	local avail

	avail=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
	((${avail:-0} > $(kib "$MEM")))
}

kib() {	# SIZE as QEMU takes it
	case $1 in
	*G)	echo $((${1%G} * 1048576)) ;;
	*M)	echo $((${1%M} * 1024)) ;;
	*)	echo $(($1 * 1024)) ;;
	esac
}
