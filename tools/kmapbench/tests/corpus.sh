#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that fuzz_results found a way through the reader with, or that once broke
# it: each is read, or refused with its name, a reason and advice, and soon.
set -u

# shellcheck source=tools/kmapbench/tests/tap
. "$(dirname "$0")/tap"

read_or_refused()
{
	timeout 10 "$KMAPBENCH" report "$1" >out 2>err
	case $? in
	0) [ ! -s err ] && return ;;
	2) [ "$(wc -l <err)" -eq 2 ] && grep -qF "kmapbench: $1: " err && return ;;
	esac
	cat err
	return 1
}

for file in "$CORPUS"/*; do
	ok "${file##*/}" read_or_refused "$file"
done
echo "1..$nr"
