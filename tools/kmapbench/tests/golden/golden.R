# SPDX-License-Identifier: GPL-2.0-or-later
#
# What R says of some samples, for test_golden.c, which needs no R:
#
#	Rscript golden.R >golden.json
#
# Samples have few digits so that they are the same numbers in both programs.

set.seed(1)

number <- function(x) paste(sprintf("%.17g", x), collapse = ", ")
member <- function(key, x) sprintf("\"%s\": %s", key, number(x))
array <- function(key, x) sprintf("\"%s\": [%s]", key, number(x))
object <- function(...) sprintf("{%s}", paste(c(...), collapse = ",\n "))
list_of <- function(key, objects)
	sprintf("\"%s\": [\n%s\n]", key, paste(objects, collapse = ",\n"))

# wilcox.test(): exact = TRUE for few without ties, and the approximation of all
ranks <- function(x, y)
{
	exact <- length(x) < 50 && length(y) < 50 && !anyDuplicated(c(x, y))
	t <- suppressWarnings(wilcox.test(x, y, exact = exact, correct = TRUE, conf.int = TRUE))
	normal <- suppressWarnings(wilcox.test(x, y, exact = FALSE, correct = TRUE))
	object(array("x", x), array("y", y), member("exact", exact),
	       member("median_x", median(x)), member("quantile_x", quantile(x, 0.3)),
	       member("shift", median(outer(x, y, "-"))), member("estimate", t$estimate),
	       array("conf_int", t$conf.int), member("statistic", t$statistic),
	       member("p", t$p.value), member("p_normal", normal$p.value))
}

cases <- c(
	ranks(round(rnorm(5), 4), round(rnorm(6), 4)),
	ranks(round(rnorm(10), 4), round(rnorm(10, 1), 4)),
	ranks(round(rnorm(49, 0.3), 6), round(rnorm(40), 6)),
	ranks(c(1.5, 2.5, 3.5, 9.25), c(10, 11, 12, 13.125)),
	ranks(round(rnorm(60), 6), round(rnorm(50, 0.2), 6)),
	ranks(round(rexp(30), 1), round(rexp(25, 0.7), 1)),
	ranks(c(1, 1, 1, 2, 2), c(1, 2, 2, 2, 2, 3)),
	ranks(round(rlnorm(120, 5, 0.1), 1), round(rlnorm(90, 5.02, 0.1), 1)))

p <- list(c(0.01, 0.02, 0.03, 0.04), c(0.04, 0.001, 0.9, 0.02, 0.02), c(0.6, 0.7), 0.2)
holm <- sapply(p, function(p) object(array("p", p), array("adjusted", p.adjust(p, "holm"))))

positive <- round(rlnorm(12), 3)

# The bootstrap that stats_resample() does, written down once more
resample <- function(boots)
	unlist(lapply(boots[sample.int(length(boots), replace = TRUE)], function(rounds)
		lapply(rounds[sample.int(length(rounds), replace = TRUE)], function(samples)
			samples[sample.int(length(samples), replace = TRUE)])))

side <- function(key, boots)
{
	values <- unlist(boots)
	boot <- rep(seq_along(boots), sapply(boots, function(b) length(unlist(b))))
	round <- unlist(lapply(boots, function(b) rep(seq_along(b), sapply(b, length))))
	sprintf("\"%s\": %s", key, object(array("samples", values), array("boots", boot),
					  array("rounds", round)))
}

bootstrap <- function(x, y, times = 10000)
{
	drawn <- replicate(times, {
		xs <- resample(x)
		ys <- resample(y)
		c(median(xs), median(ys), median(outer(xs, ys, "-")))
	})
	q <- function(row) quantile(drawn[row, ], c(0.025, 0.975))
	object(side("x", x), side("y", y), array("median_x", q(1)), array("median_y", q(2)),
	       array("shift", q(3)), array("relative", quantile(drawn[3, ] / drawn[2, ],
								 c(0.025, 0.975))))
}

# The same rounds are drawn of both.
resample_pairs <- function(x, y)
{
	drawn <- lapply(sample.int(length(x), replace = TRUE), function(b)
		lapply(sample.int(length(x[[b]]), replace = TRUE), function(r) {
			xs <- x[[b]][[r]]
			ys <- y[[b]][[r]]
			list(xs[sample.int(length(xs), replace = TRUE)],
			     ys[sample.int(length(ys), replace = TRUE)])
		}))
	drawn <- unlist(drawn, recursive = FALSE)
	list(unlist(lapply(drawn, `[[`, 1)), unlist(lapply(drawn, `[[`, 2)))
}

bootstrap_pairs <- function(x, y, times = 10000)
{
	drawn <- replicate(times, {
		both <- resample_pairs(x, y)
		c(median(both[[2]]), median(outer(both[[1]], both[[2]], "-")))
	})
	object(side("x", x), side("y", y),
	       array("shift", quantile(drawn[2, ], c(0.025, 0.975))),
	       array("relative", quantile(drawn[2, ] / drawn[1, ], c(0.025, 0.975))))
}

# A boot of two sides whose rounds have most in common
boot_of_two <- function(rounds, samples, shift, between, within)
{
	means <- rnorm(rounds, 100, between)
	of <- function(means) lapply(means, function(m) round(rnorm(samples, m, within), 3))
	list(of(means + shift), of(means))
}

# wilcox.test() of pairs, given their differences
signed <- function(d)
{
	exact <- length(d) < 50 && !anyDuplicated(abs(d)) && all(d != 0)
	t <- suppressWarnings(wilcox.test(d, exact = exact, correct = TRUE))
	normal <- suppressWarnings(wilcox.test(d, exact = FALSE, correct = TRUE))
	object(array("d", d), member("exact", exact), member("p", t$p.value),
	       member("p_normal", normal$p.value))
}

boot <- function(rounds, samples, mean, between, within)
	lapply(1:rounds, function(i) round(rnorm(samples, rnorm(1, mean, between), within), 3))

boots <- c(
	bootstrap(list(boot(8, 10, 101, 1, 1)), list(boot(10, 6, 100, 1, 1))),
	bootstrap(list(boot(1, 40, 101, 0, 1)), list(boot(1, 50, 100, 0, 1))),
	bootstrap(list(boot(4, 5, 100, 1, 1), boot(5, 6, 102, 1, 1), boot(4, 5, 101, 1, 1)),
		  list(boot(4, 5, 100, 1, 1), boot(4, 5, 99, 1, 1))))

both <- list(boot_of_two(8, 6, 1, 3, 1), boot_of_two(6, 8, 1, 3, 1))
one <- boot_of_two(12, 5, 0.5, 4, 1)
pairs <- c(bootstrap_pairs(one[1], one[2]),
	   bootstrap_pairs(lapply(both, `[[`, 1), lapply(both, `[[`, 2)))

differences <- c(
	signed(round(rnorm(6, 1), 4)),
	signed(round(rnorm(15), 4)),
	signed(round(rnorm(49, 0.2), 6)),
	signed(c(1.5, 2.25, 3.5, 4)),
	signed(round(rnorm(80, 0.1), 6)),
	signed(round(rnorm(30, 0.3), 1)),
	signed(c(1, -1, 0, 2, 2, -3, 0)))

cat(object(sprintf("\"made_by\": \"%s, Rscript golden.R\"", R.version.string),
	   list_of("ranks", cases), list_of("holm", holm),
	   array("positive", positive), member("geometric_mean", exp(mean(log(positive)))),
	   array("student", qt(0.975, 1:60)), list_of("bootstrap", boots),
	   list_of("signed", differences), list_of("pairs", pairs)), "\n", sep = "")
