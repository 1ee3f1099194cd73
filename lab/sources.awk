# SPDX-License-Identifier: GPL-2.0-only
#
# Reads apt sources in both formats; writes deb822 entries of Debian's archive for one release.
# -v release=NAME, -v suites="@ @-security ...", where @ is the release.

function classify(uri)
{
	sub(/\/+$/, "", uri)
	if (uri ~ /^[a-z+]+:\/\/.*\/debian-security$/)
		return "security"
	return uri ~ /^[a-z+]+:\/\/.*\/debian$/ ? "main" : ""
}

function wanted(kind,		i, n, all, names, is_security)
{
	n = split(suites, all, " ")
	names = ""
	for (i = 1; i <= n; i++) {
		is_security = all[i] ~ /-security$/
		if (is_security == (kind == "security"))
			names = names " " all[i]
	}
	gsub(/@/, release, names)
	return names
}

function entry(uris, components, signed_by,		i, n, uri, kind)
{
	if ((" " components " ") !~ / main /)
		return
	n = split(uris, uri, " ")
	for (i = 1; i <= n; i++) {
		kind = classify(uri[i])
		if (kind == "" || (uri[i], signed_by) in seen || wanted(kind) == "")
			continue
		seen[uri[i], signed_by] = 1
		printf "Types: deb\nURIs: %s\nSuites:%s\nComponents: main\n", uri[i], wanted(kind)
		if (signed_by != "")
			printf "Signed-By: %s\n", signed_by
		printf "\n"
	}
}

function paragraph_end()
{
	if (tolower(field["enabled"]) != "no" && (" " field["types"] " ") ~ / deb /)
		entry(field["uris"], field["components"], field["signed-by"])
	split("", field)
	name = ""
}

function one_line(		i, options, signed_by, components)
{
	i = 2
	signed_by = ""
	if ($2 ~ /^\[/) {
		options = ""
		for (; i <= NF; i++) {
			options = options " " $i
			if ($i ~ /\]$/)
				break
		}
		i++
		if (match(options, /signed-by=[^] ]+/))
			signed_by = substr(options, RSTART + 10, RLENGTH - 10)
		gsub(/,/, " ", signed_by)
	}
	components = ""
	for (uri_at = i; i + 2 <= NF; i++)
		components = components " " $(i + 2)
	entry($uri_at, components, signed_by)
}

FNR == 1	{ paragraph_end() }
/^#/		{ next }
/^deb[ \t]/	{ sub(/#.*/, ""); one_line(); next }
/^deb-src[ \t]/	{ next }
/^[ \t]*$/	{ paragraph_end(); next }
/^[ \t]/	{ if (name != "") field[name] = field[name] "\n" $0; next }
/^[A-Za-z-]+:/	{
	name = tolower(substr($0, 1, index($0, ":") - 1))
	value = substr($0, index($0, ":") + 1)
	sub(/^[ \t]+/, "", value)
	field[name] = value
}
END		{ paragraph_end() }
