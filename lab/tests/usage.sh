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
refused "no such patch" "--patch /no/such: cannot be read" run "$lane" --patch /no/such -- true
refused "a patch for a prebuilt kernel" "not built from source" run "$lane" --patch "$here/usage.sh" -- true
refused "no tool" "names no package" run "$lane" --tools "" -- true
refused "a path for a tool" "'../x' is no package's name" run "$lane" --tools fio,../x -- true
refused "ab of nothing" "no --old given" ab --new "$lane" -- kmapbench run
refused "ab of one kernel" "neither --new nor --patch" ab --old "$lane" -- kmapbench run
refused "ab of three" "both --new and --patch" ab --old "$lane" --new "$lane" --patch "$here/run" -- kmapbench run
refused "ab of something else" "not kmapbench run" ab --old "$lane" --new "$lane" -- true
refused "ab of no kernel" "neither a lane nor a folder" ab --old /no/such --new "$lane" -- kmapbench run
refused "ab that writes elsewhere" "has --json" ab --old "$lane" --new "$lane" -- kmapbench run --json x
refused "ab with an option of run" "no option of ab" ab --old "$lane" --file "$here/run" -- kmapbench run
refused "prepare without a lane" "no lane given" prepare

lab list
check "list names all lanes" test "$(wc -l <"$work/stdout")" -eq "$(find "$here/../lanes" -name '*.lane' | wc -l)"
lab deps armmp
check "deps names the emulator" grep -qx qemu-system-arm "$work/stdout"
check "deps names nothing of other lanes" test -z "$(grep -x qemu-system-x86 "$work/stdout")"
lab deps
check "deps without a lane means all" test "$(grep -cx 'qemu-system-x86\|qemu-system-arm' "$work/stdout")" -eq 2
