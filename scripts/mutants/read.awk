# SPDX-License-Identifier: GPL-2.0-only
#
# Reads mutants: awk -f read.awk FILE... prints a line each of name, lane, objects, breakage,
# checks to run first and what it breaks, between tabs. With -v want=NAME -v tree=LINUX -v out=DIR it writes to DIR the files of
# LINUX as NAME has them, and their names to DIR/files. An edit whose lines do not stand in LINUX
# exactly once is an error: the kernel has moved on.

function fail(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	failed = 1
	exit 2
}

function slurp(path,	line, text, got) {
	while ((got = (getline line < path)) > 0)
		text = text line "\n"
	if (got < 0)
		fail(path ": cannot be read")
	close(path)
	return text
}

function edit_end(	at) {
	if (!edit)
		return
	edit = 0
	if (want == "")
		return
	if (name != want)
		return
	if (!(file in text)) {
		text[file] = slurp(tree "/" file)
		files[++count] = file
	}
	if (old == new)
		fail(name ": changes nothing")
	at = index(text[file], old)
	if (!at)
		fail(name ": " file " has no such lines any more")
	if (index(substr(text[file], at + 1), old))
		fail(name ": " file " has such lines more than once")
	text[file] = substr(text[file], 1, at - 1) new substr(text[file], at + length(old))
	done++
}

function mutant_end() {
	edit_end()
	if (name != "" && want == "") {
		if (!edits || breaks == "")
			fail(name ": lacks a file or what it breaks")
		printf "%s\t%s\t%s\t%s\t%s\t%s\n", name, lane, objects, breakage, first, breaks
	}
	name = file = breaks = ""
	objects = breakage = "-"
	first = usual
	edits = 0
}

FNR == 1		{ mutant_end(); class = FILENAME; sub(/.*\//, "", class); sub(/\.[a-z]*$/, "", class); usual = "-" }
/^#/ && !edit		{ next }
/^$/			{ edit_end(); next }
/^mutant [a-z0-9_]+$/	{ mutant_end(); name = class "." $2; lane = "i386-7.3"; next }
/^lane [^ ]+$/		{ lane = $2; next }
/^objects /		{ sub(/^objects /, ""); objects = $0; next }
/^first [^ ]+$/		{ if (name == "") usual = $2; first = $2; next }
/^breakage [^ ]+$/	{ breakage = $2; next }
/^breaks /		{ sub(/^breaks /, ""); breaks = $0; next }
/^file [^ ]+$/		{ edit_end(); file = $2; edits++; next }
/^@@$/			{ edit_end(); next }
/^[-+|]/ && file != ""	{
	if (!edit)
		old = new = ""
	edit = 1
	line = substr($0, 2) "\n"
	if (/^[-|]/)
		old = old line
	if (/^[+|]/)
		new = new line
	next
}
			{ fail("not understood: " $0) }

END {
	if (failed)
		exit 2
	mutant_end()
	if (want == "")
		exit
	if (!done)
		fail(want ": no such mutant")
	for (i = 1; i <= count; i++) {
		path = out "/" files[i]
		dir = path
		sub(/\/[^\/]*$/, "", dir)
		system("mkdir -p '" dir "'")
		printf "%s", text[files[i]] >path
		print files[i] >(out "/files")
	}
}
