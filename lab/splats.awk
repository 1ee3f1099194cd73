# SPDX-License-Identifier: GPL-2.0-only
#
# Prints the splats of a kernel log, one line each: awk -f splats.awk PATTERNS LOG

FNR == NR && /^#/		{ next }
FNR == NR && /^\[headlines\]/	{ group = "headline"; next }
FNR == NR && /^\[continu/	{ group = "continuation"; next }
FNR == NR			{ pattern[++count] = $0; kind[count] = group; next }
{
	sub(/\r$/, "")
	sub(/^(<[0-9]+>)?\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? /, "")
	what = ""
	for (i = 1; i <= count; i++)
		if ($0 ~ pattern[i])
			what = kind[i]
	if (what == "headline" || (what == "continuation" && !seen))
		print
	if (what != "")
		seen = 1
}
