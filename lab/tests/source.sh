# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels built here, somebody's own kernel build, and User Mode Linux.
# shellcheck disable=SC2016 # single-quoted text is for the guest's shell

# A wanted option that did not stick is an error which names it.
config_checked() {	# LANE-CONFIG CONFIG
	echo "$2" >"$work/config"
	# shellcheck disable=SC2034,SC2317,SC2329,SC1091 # for source.sh
	(
		die() { echo "$1"; exit 125; }
		LAB=$here/.. ARCH_CONFIGS='' LANE_SOURCE='' LANE_CONFIGS='' LANE=t LANE_CONFIG=$1
		. "$here/../source.sh"
		source_config_check "$work/config"
	) >"$work/stdout" 2>&1
	code=$?
}

config_checked $'CONFIG_A=y\nCONFIG_N=8\n# CONFIG_B is not set' $'CONFIG_A=y\nCONFIG_N=8\n# CONFIG_C is not set'
check "config: all options there" exits 0
config_checked $'CONFIG_A=y\nCONFIG_N=8' $'CONFIG_A=m\nCONFIG_N=80'
check "config: another value" prints "t: the kernel's configuration did not take CONFIG_A=y CONFIG_N=8"
config_checked '# CONFIG_B is not set' 'CONFIG_B=y'
check "config: an option that would not go away" prints "t: the kernel's configuration did not take CONFIG_B=n"
config_checked $'CONFIG_A=y\n# CONFIG_A is not set' '# CONFIG_A is not set'
check "config: the later line wins" exits 0

build=$work/kernel
mkdir -p "$build"
refused "kdir: not a build" "holds no .config" run --kdir "$build" -- true
refused "kdir: and a lane" "both a lane and --kdir" run "$lane" --kdir "$build" -- true
refused "arch without kdir" "no lane given" run --arch i386 -- true
printf 'CONFIG_%s=y\n' MIPS >"$build/.config"
refused "kdir: unknown architecture" "not for an architecture" run --kdir "$build" -- true
sed -n 's/=y$/=y/p' "$here"/../configs/{guest,pc}.config >"$build/.config"
echo CONFIG_X86_32=y >>"$build/.config"
refused "kdir: another architecture" "is for i386" run --kdir "$build" --arch armhf -- true
refused "kdir: nothing built" "holds no built kernel" run --kdir "$build" --arch i386 -- true
sed -i '/CONFIG_VIRTIO_PCI/d; s/CONFIG_TMPFS=y/# & is not set/' "$build/.config"
refused "kdir: options missing" "lacks CONFIG_TMPFS CONFIG_VIRTIO_PCI$" run --kdir "$build" -- true

cache=${KMAPBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kmapbench}

um_runs() {
	lab run um-7.3 --file "$here/run" -- sh -c '
		sha256sum <run >/out/file
		for word; do printf "<%s>" "$word"; done
		echo to-stderr >&2
		echo "$KMAPBENCH_LANE $KMAPBENCH_ACCEL" >/out/environment
		grep -c ^processor /proc/cpuinfo >/out/cpus
		exit 7' name 'a  b' "it's" '' '$HOME `x`' $'two\nlines'
	check "um: exit code 7" exits 7
	check "um: arguments arrive unharmed" prints $'<a  b><it\'s><><$HOME `x`><two\nlines>'
	check "um: stderr is stderr, and nothing else" test "$(<"$work/stderr")" = to-stderr
	check "um: /out comes back" test "$(cat "$work/out/um-7.3/environment")" = "um-7.3 um"
	check "um: a file given is there" \
		test "$(cat "$work/out/um-7.3/file")" = "$(sha256sum <"$here/run")"
	check "um: two CPUs" test "$(cat "$work/out/um-7.3/cpus")" = 2

	lab run um-7.3 -- sh -c 'head -c 16777216 /dev/urandom >/tmp/copy
		cat /tmp/copy
		sha256sum </tmp/copy >/out/sum'
	check "um: 16 MiB bit for bit" test "$(sha256sum <"$work/stdout")" = "$(cat "$work/out/um-7.3/sum")"
	refused "um: no emulator" "--accel tcg: unknown" run um-7.3 --accel tcg -- true
}

# A patch to the kernel: there while it is asked for, and gone afterwards.
um_patch() {
	cat >"$work/a.patch" <<-'END'
	--- a/lib/argv_split.c
	+++ b/lib/argv_split.c
	@@ -1,0 +2,6 @@
	+#include <linux/init.h>
	+#include <linux/printk.h>
	+
	+static int __init said(void) { pr_info("patched here\n"); return 0; }
	+late_initcall(said);
	+
	END
	lab run um-7.3 --patch "$work/a.patch" -- sh -c 'dmesg | grep -c "patched here"'
	check "patch: it is in the kernel" prints 1
	lab run um-7.3 -- sh -c 'dmesg | grep -c "patched here"'
	check "patch: and only where it is asked for" prints 0
	printf '%s\n' '--- a/lib/argv_split.c' '+++ b/lib/argv_split.c' '@@ -1,1 +1,1 @@' '-no such line' '+x' >"$work/b.patch"
	refused "patch: one that does not apply" "does not apply to Linux" \
		run um-7.3 --patch "$work/b.patch" -- true
	lab run um-7.3 --patch "$work/a.patch" -- sh -c 'dmesg | grep -c "patched here"'
	check "patch: another one that failed is no matter" prints 1
}

um_left() { pgrep -f "^$cache/built/um-7.3/kernels/.*hostfs=" | wc -l; }
none_left() { [[ $(um_left) -eq 0 ]]; }

um_trouble() {
	local running keeper='trap "echo ending; echo kept >/out/kept; exit" TERM; echo started; sleep 1000 & wait'

	lab run um-7.3 -- sh -c 'echo Y >/sys/module/kmap_bench/parameters/complain; echo still here'
	check "um: splat fails a command that succeeded" exits 1
	check "um: splat names the line" says 'the kernel complained: WARNING: '
	check "um: output is there nevertheless" prints "still here"
	lab run um-7.3 -- sh -c 'echo c >/proc/sysrq-trigger'
	check "um: panic fails" exits 1
	check "um: panic names the line" says 'the kernel complained: Kernel panic'
	lab run um-7.3 --timeout 3 -- sleep 1000
	check "um: hang: 124" exits 124
	check "um: hang: nothing is left running" none_left

	"$lab" run um-7.3 -- sh -c "$keeper" >"$work/stdout" 2>"$work/stderr" &
	running=$!
	for _ in {1..100}; do
		grep -q started "$work/stdout" && break
		sleep 0.1
	done
	check "um: interrupted: there was something to interrupt" test "$(um_left)" -gt 0
	kill -TERM $running
	wait $running
	code=$?
	check "um: interrupted: 130" exits 130
	check "um: interrupted: the command could end what it did" prints $'started\nending'
	check "um: interrupted: what it left in /out came back" grep -qx kept "$work/out/um-7.3/kept"
	check "um: interrupted: nothing is left running" none_left
}

um_kdir() {
	lab run --kdir "$cache/built/um-7.3/build" --arch um -- sh -c 'echo "$KMAPBENCH_LANE"; exit 3'
	check "kdir: exit code 3" exits 3
	check "kdir: the lane's name" prints kdir
}

# The first build takes minutes, which are not worth it for the lab's own sake.
if [[ -e $cache/built/um-7.3/build/linux ]]; then
	lab prepare um-7.3
	check "um: prepare" exits 0
	um_runs
	um_trouble
	um_kdir
	um_patch
else
	skip "um" "not built yet: lab prepare um-7.3"
fi
