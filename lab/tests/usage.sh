# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad input is refused before anything is fetched, built or booted.

refused "unknown lane" "no-such: no such lane" run no-such -- true
refused "a path for a lane" "no such lane" run ../lanes/686-pae -- true
refused "unknown verb" "unknown" frobnicate
refused "no lane" "no lane given" run
refused "no command" "no command given" run "$lane"
refused "unknown option" "--frob: unknown option" run "$lane" --frob -- true
refused "option without value" "--smp: its value is missing" run "$lane" --smp
refused "no CPU" "--smp 0" run "$lane" --smp 0 -- true
refused "not a number" "--timeout soon" run "$lane" --timeout soon -- true
refused "strange memory" "--mem lots" run "$lane" --mem lots -- true
refused "unknown accelerator" "--accel warp: unknown" run "$lane" --accel warp -- true
refused "icount with two CPUs" "one CPU" run "$lane" --accel icount --smp 2 -- true
refused "bad regular expression" "not a regular expression" run "$lane" --expect-splat '(' -- true
refused "no such file" "--file /no/such: cannot be read" run "$lane" --file /no/such -- true
refused "no tool" "names no package" run "$lane" --tools "" -- true
refused "a path for a tool" "'../x' is no package's name" run "$lane" --tools fio,../x -- true
refused "prepare without a lane" "no lane given" prepare

lab list
check "list names all lanes" test "$(wc -l <"$work/stdout")" -eq "$(find "$here/../lanes" -name '*.lane' | wc -l)"
lab deps armmp
check "deps names the emulator" grep -qx qemu-system-arm "$work/stdout"
check "deps names nothing of other lanes" test -z "$(grep -x qemu-system-x86 "$work/stdout")"
lab deps
check "deps without a lane means all" test "$(grep -cx 'qemu-system-x86\|qemu-system-arm' "$work/stdout")" -eq 2
