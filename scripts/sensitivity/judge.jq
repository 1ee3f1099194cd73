# SPDX-License-Identifier: GPL-2.0-only
#
# What is concluded from the samples of two cells: by kmapbench compare, and by the ways that are
# common elsewhere. In: its output in JSON; $old and $new, result files of the sides; $reference,
# the map of the old side where both are in one file. Out: a line of CSV a cell.

def moments:
	length as $n | (add / $n) as $mean
	| { $n, $mean, var: (map((. - $mean) * (. - $mean)) | add / ($n - 1)) };

def called(by; enough):
	if (enough | not) then "none" elif by > 0 then "slower" else "faster" end;

# gup_test and dma_map_benchmark print one mean: here it is read to half a percent.
def one_mean($o; $n):
	($n.mean / $o.mean - 1) as $by | called($by; ($by | fabs) >= 0.005);

# As hyperfine sums up: so many times as fast, plus or minus its standard deviation
def sigma($o; $n):
	($n.mean / $o.mean) as $ratio
	| ($ratio * (($o.var / ($o.mean * $o.mean) + $n.var / ($n.mean * $n.mean)) | sqrt)) as $sd
	| called($ratio - 1; ($ratio - 1 | fabs) > $sd);

# There are hundreds of samples, so that t is normal.
def welch($o; $n):
	($n.mean - $o.mean) as $by
	| called($by; ($by | fabs) > 1.96 * ($o.var / $o.n + $n.var / $n.n | sqrt));

def side($files; $cell):
	[$files[].results[] | select(.cell == $cell) | .samples[]] | moments;

def verdict: if . == "slower" or . == "faster" then . else "none" end;

.cells[]
| (.cell | split(" ")[0]) as $cell
| ($cell | if $reference == "" then . else sub("^[^.]*"; $reference) end) as $before
| side($old; $before) as $o | side($new; $cell) as $n
| [$cell, (.verdict | verdict), one_mean($o; $n), sigma($o; $n), welch($o; $n), .relative,
   .relative_ci95_lo, .relative_ci95_hi]
| @csv
