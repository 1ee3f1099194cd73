// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report as one HTML page. The charts are Vega-Lite's: here are only what they are
 * drawn from, and the tables and text around them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assets.h"
#include "environment.h"
#include "html.h"
#include "kmapbench.h"
#include "page.h"
#include "report.h"
#include "results_file.h"
#include "series.h"

void page_start_part(struct page *page, const char *id, const char *heading)
{
	fprintf(page->out, "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n"
		"<h2 id=\"%s-heading\">%s</h2>\n", id, id, id, heading);
}

void page_end_part(struct page *page)
{
	fputs("</section>\n", page->out);
}

void page_put_text(struct page *page, const char *class, char *text)
{
	char *line, *rest = text;

	while (text && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		fprintf(page->out, "<p class=\"%s\">", class);
		html_text(page->out, "%s", line);
		fputs("</p>\n", page->out);
	}
	free(text);
}

void page_start_details(struct page *page, const char *fmt, ...)
{
	char summary[2 * TEXT_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(summary, sizeof(summary), fmt, args);
	va_end(args);
	fputs("<details><summary>", page->out);
	html_text(page->out, "%s", summary);
	fputs("</summary>\n", page->out);
}

void page_end_details(struct page *page)
{
	fputs("</details>\n", page->out);
}

/* The policy holds the page to what it says of itself: nothing is fetched from anywhere. */
static void put_head(struct page *page)
{
	FILE *out = page->out;
	size_t i;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';\n"
	      "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>kmapbench", out);
	for (i = 0; i < page->nr_files; i++)
		html_text(out, "%s %s", i ? "," : ":",
			  report_lane(&page->files[i].results->environment));
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", asset_page_css);
}

static int print_sentences(const struct page *page, FILE *out)
{
	int status = STATUS_FINE;
	size_t i;

	if (page->nr_lanes)
		report_sentence(page->lanes, page->nr_lanes, out);
	for (i = 0; i < page->nr_files && !status; i++) {
		const struct results *results = page->files[i].results;

		if (!has_series(results))
			continue;
		fprintf(out, "%s: ", report_lane(&results->environment));
		status = series_sentence(results, page->reference, out);
		fputc('\n', out);
	}
	return status;
}

static int put_headline(struct page *page)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int status;

	if (!out)
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	status = print_sentences(page, out);
	fclose(out);
	fputs("<header>\n<h1>kmapbench</h1>\n", page->out);
	page_put_text(page, "headline", text);
	fputs("</header>\n<noscript><p>The charts are drawn by JavaScript, which is off; the\n"
	      "tables have all numbers.</p></noscript>\n", page->out);
	return status;
}

/* Units are never mixed, and none is taken for another. */
static void put_units(struct page *page)
{
	static const struct {
		const char *unit, *text;
	} units[] = {
		{ UNIT_INSTRUCTIONS, "instructions that were run; they are not time." },
		{ UNIT_NS, "nanoseconds of the machine's clock." },
		{ UNIT_NS_EMULATOR, "nanoseconds that an emulator took; "
		  "they say little about any real machine." },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		for (j = 0; j < page->nr_files; j++) {
			if (strcmp(page->files[j].results->environment.unit, units[i].unit))
				continue;
			fprintf(page->out, "<p class=\"unit\"><strong>%s</strong>: %s</p>\n",
				units[i].unit, units[i].text);
			break;
		}
	}
}

static void put_license(struct page *page, const char *name, const char *license)
{
	page_start_details(page, "%s, BSD-3-Clause", name);
	fputs("<pre>", page->out);
	html_text(page->out, "%s", license);
	fputs("</pre>\n", page->out);
	page_end_details(page);
}

static void put_footer(struct page *page)
{
	fprintf(page->out, "</main>\n<footer>\n<p>Made by kmapbench %s. The charts are drawn by\n"
		"these, which are part of this page:</p>\n", KMAPBENCH_VERSION);
	put_license(page, "Vega", asset_vega_license);
	put_license(page, "Vega-Lite", asset_vega_lite_license);
	put_license(page, "Vega-Embed", asset_vega_embed_license);
	fputs("</footer>\n", page->out);
}

static void put_scripts(struct page *page)
{
	const char *const scripts[] = {
		asset_vega, asset_vega_lite, asset_vega_embed, asset_page_js
	};
	size_t i;

	html_json(page->out, "config", json_loads(asset_config, 0, NULL));
	for (i = 0; i < ARRAY_SIZE(scripts); i++)
		fprintf(page->out, "<script>%s</script>\n", scripts[i]);
	fputs("</body>\n</html>\n", page->out);
}

static int put_page(struct page *page)
{
	static int (*const parts[])(struct page *page) = {
		page_put_lanes, page_put_parts, page_put_series, page_put_samples,
		page_put_cells, page_put_environment, page_put_files,
	};
	int status;
	size_t i;

	put_head(page);
	status = put_headline(page);
	put_units(page);
	for (i = 0; i < ARRAY_SIZE(parts) && !status; i++)
		status = parts[i](page);
	put_footer(page);
	put_scripts(page);
	return status;
}

static int read_text(struct page_file *file, FILE *in, size_t size)
{
	file->text = calloc(size + 1, 1);
	file->len = file->text ? fread(file->text, 1, size, in) : 0;
	if (file->len == size)
		return STATUS_FINE;
	return fail(STATUS_FAILED, "try again", "%s: cannot read all of it", file->path);
}

/* A pipe gave all it had when its results were loaded, and nobody might open it again. */
static int read_file(struct page_file *file, const char *path)
{
	struct stat st;
	FILE *in;
	int status;

	file->path = path;
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return fail(STATUS_USAGE, "save it as a file first",
			    "%s: cannot be read a second time", path);
	in = fopen(path, "r");
	if (!in || fstat(fileno(in), &st))
		status = fail(STATUS_USAGE, RESULTS_LOAD_ADVICE, "%s: %s", path, strerror(errno));
	else
		status = read_text(file, in, st.st_size);
	if (in)
		fclose(in);
	return status;
}

static int save(const char *output, const char *text, size_t len)
{
	FILE *out = strcmp(output, "-") ? fopen(output, "w") : stdout;
	int error = 0;

	if (!out)
		error = errno;
	else if (fwrite(text, 1, len, out) != len || fflush(out))
		error = errno ?: EIO;
	if (out && out != stdout && fclose(out) && !error)
		error = errno;
	if (!error)
		return STATUS_FINE;
	return fail(STATUS_FAILED, "give --output a file that can be written, or - for stdout",
		    "%s: %s", output, strerror(error));
}

/* Whole, or not at all: only then is it written to a file. */
static int make_page(struct page *page, const char *output)
{
	char *text = NULL;
	size_t len;
	int status;

	page->out = open_memstream(&text, &len);
	if (!page->out)
		return fail(STATUS_FAILED, NULL, "report: out of memory");
	status = put_page(page);
	if (fclose(page->out) && !status)
		status = fail(STATUS_FAILED, NULL, "report: out of memory");
	status = status ?: save(output, text, len);
	free(text);
	return status;
}

int page_save(const char *output, const struct results *results, char *const *paths, size_t nr,
	      const char *reference)
{
	struct page_file *files = calloc(nr, sizeof(*files));
	struct page page = {
		.files = files,
		.nr_files = nr,
		.lanes = calloc(nr, sizeof(*page.lanes)),
		.reference = reference,
	};
	int status = STATUS_FINE;
	size_t i;

	if (!asset_page_js)
		status = fail(STATUS_UNAVAILABLE,
			      "run `make deps' and `make tool', or leave out --output",
			      "report: built without the charts");
	else if (!files || !page.lanes)
		status = fail(STATUS_FAILED, "give fewer files", "report: out of memory");
	for (i = 0; i < nr && !status; i++) {
		status = read_file(&files[i], paths[i]);
		files[i].results = &results[i];
		if (!has_series(&results[i]))
			page.lanes[page.nr_lanes++] = results[i];
	}
	status = status ?: make_page(&page, output);
	for (i = 0; files && i < nr; i++)
		free(files[i].text);
	free(files);
	free(page.lanes);
	return status;
}
