#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The man page and --help name the same options and commands, each all of them;
# and the man page can be made without a word from rst2man.
set -u

# shellcheck source=tools/kmapbench/tests/tap
. "$(dirname "$0")/tap"

silent()
{
	"$RST2MAN" "$MAN_PAGE" >page.1 2>err && [ -s page.1 ] && [ ! -s err ] && return
	cat err
	return 1
}

same()
{
	[ -s "$1" ] && diff "$1" "$2"
}

example()
{
	sed -n '/^EXAMPLES$/,$p' "$MAN_PAGE" | grep -q '^    # kmapbench run' &&
		sed -n '/^EXAMPLES$/,$p' "$MAN_PAGE" | grep -q '^    kmap_local\.'
}

"$KMAPBENCH" --help >top.help
sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' top.help | sort >commands.help
sed -n '/^COMMANDS$/,/^OPTIONS/s/^\([a-z][a-z]*\)$/\1/p' "$MAN_PAGE" | sort >commands.man
ok 'commands' same commands.help commands.man

cp top.help all.help
while read -r command; do
	"$KMAPBENCH" "$command" --help >>all.help
	ok "$command is in the synopsis" grep -q "^| \*\*kmapbench ${command}[* ]" "$MAN_PAGE"
done <commands.help
grep -o -e '^ .*' all.help | grep -o -e ' --[a-z]*' | sort -u >options.help
grep -e '^-' "$MAN_PAGE" | grep -v -e '^-*$' | grep -o -e '--[a-z]*' | sed 's/^/ /' |
	sort -u >options.man
ok 'options' same options.help options.man

if [ -n "$RST2MAN" ]; then
	ok 'the man page is made without a warning' silent
else
	nr=$((nr + 1))
	echo "ok $nr - the man page is made without a warning # SKIP no rst2man"
fi
ok 'the man page ends in an example' example

echo "1..$nr"
