// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at the pages of report.sh, in its folder, with a browser; TAP from the number
 * given on. What was looked at is left in the folder for screenshots.
 */
import { createRequire } from "module";
import { readFileSync } from "fs";
import { resolve } from "path";

const { BROWSER, NODE_MODULES, SCREENSHOTS } = process.env;
const { chromium } = createRequire(resolve(NODE_MODULES, "x.js"))("playwright-core");

const names = ["exact", "flat", "time", "emulated", "shapes", "nest"];
const files = new Map(names.map(name => [name, JSON.parse(readFileSync(`${name}.json`))]));
let nr = Number(process.argv[2]);

/* What is wrong is a list of texts, and empty if nothing is. */
function report(what, wrong) {
	wrong.slice(0, 10).forEach(text => console.log(`# ${text}`));
	console.log(`${wrong.length ? "not ok" : "ok"} ${++nr} - ${what}`);
}

/* Opens a page, and takes down what it says and asks for. */
async function open(browser, name, options) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const said = [], requests = [];

	page.on("console", message => said.push(message.text()));
	page.on("pageerror", error => said.push(error.message));
	page.on("dialog", dialog => {
		said.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on("request", request => requests.push(request.url()));
	await page.goto(`file://${resolve(name)}`);
	await page.waitForSelector("html[data-charts=drawn]", { timeout: 60000 })
		.catch(() => said.push("the charts are not drawn after 60 s"));
	return { page, said, requests };
}

/* A number that is shown is the one of the file, as far as its digits go. */
function shows(text, value) {
	const digits = (text.split(".")[1] ?? "").length;

	return value === null ? text === "-" :
		text !== "" && Math.abs(Number(text) - value) <= 0.5001 * 10 ** -digits;
}

async function rowsOf(table) {
	return table.evaluate(element => [...element.tBodies[0].rows].map(
		row => [...row.cells].map(cell => cell.firstChild?.textContent ?? "")));
}

/* Every map in every lane */
async function wrongLanes(page) {
	const rows = await rowsOf(page.locator("#lanes table"));
	const lanes = names.slice(0, 4), wrong = [];
	let compared = 0;

	for (const [i, lane] of lanes.entries()) {
		for (const r of files.get(lane).results) {
			const pool = r.params.pool ? ` pool=${r.params.pool}` : "";
			const row = rows.find(cells => cells[0] === r.map + pool && cells[1] === r.pages);

			if (r.copy !== "none" || (r.map === "none" && pool))
				continue;
			compared++;
			if (!row || !shows(row[2 + 2 * i], r.map === "none" ? r.median : r.beyond_none))
				wrong.push(`${lane} ${r.cell}: ${r.beyond_none}, shown: ${row?.[2 + 2 * i]}`);
		}
	}
	return compared ? wrong : ["nothing compared"];
}

/* Every result in every file */
async function wrongCells(page) {
	const tables = await page.locator("#cells table").all(), wrong = [];

	if (tables.length !== names.length)
		return [`${tables.length} tables`];
	for (const [i, name] of names.entries()) {
		const rows = await rowsOf(tables[i]), { results } = files.get(name);

		if (rows.length !== results.length)
			wrong.push(`${name}: ${rows.length} rows, not ${results.length}`);
		results.forEach((r, j) => {
			const [cell, n, median, , beyond] = rows[j] ?? [];

			if (!cell?.startsWith(r.cell) || Number(n) !== r.samples.length ||
			    !shows(median, r.median) || !shows(beyond, r.beyond_none))
				wrong.push(`${name} ${r.cell}: ${r.median}, shown: ${rows[j]}`);
		});
	}
	return wrong;
}

/* What is drawn, and what is said in its place; and that each axis has its own lane's unit */
async function wrongCharts(page) {
	const units = Object.fromEntries(names.map(
		name => [name, files.get(name).environment.unit]));

	return page.evaluate(unitOf => {
		const wrong = [], seen = new Set();

		for (const figure of document.querySelectorAll("figure")) {
			const title = figure.querySelector("figcaption").textContent;
			const chart = figure.querySelector("[role=img]");
			const marks = chart?.querySelectorAll(
				"svg .mark-symbol.role-mark path, svg .mark-rect.role-mark path");
			const unit = unitOf[title.split(/[:,]/)[0]];
			const part = figure.closest("section").id;

			seen.add(part);
			if (!marks?.length)
				wrong.push(`${title}: nothing is drawn`);
			if (!(chart?.getAttribute("aria-label")?.length > title.length))
				wrong.push(`${title}: nothing is said`);
			if (part !== "samples" &&
			    ![...chart.querySelectorAll("text")].some(
				    text => text.textContent.startsWith(`${unit} per`)))
				wrong.push(`${title}: no axis in ${unit}`);
		}
		for (const part of ["lanes", "parts", "series", "samples"]) {
			if (!seen.has(part))
				wrong.push(`${part}: no charts`);
		}
		return wrong;
	}, units);
}

/* What is computed and not mapped is marked, and no more than that */
async function wrongMarks(page) {
	const marks = await page.locator("#lanes tbody sup").count();
	const want = names.slice(0, 4).flatMap(name => files.get(name).results)
		.filter(r => r.copy === "none" && r.mapping === "arithmetic" && !r.params.pool).length;
	const said = await page.locator("#lanes .notes", { hasText: "not ranked" }).count();

	return marks === want && want && said ? [] : [`${marks} marks, not ${want}; ${said} notes`];
}

async function wrongDownloads(page) {
	const buttons = await page.locator("button[data-file]").all(), wrong = [];

	if (buttons.length !== names.length)
		wrong.push(`${buttons.length} buttons`);
	for (const [i, button] of buttons.entries()) {
		const [download] = await Promise.all([
			page.waitForEvent("download", { timeout: 20000 }), button.click()]);

		if (!readFileSync(await download.path()).equals(readFileSync(`${names[i]}.json`)))
			wrong.push(`${download.suggestedFilename()} is not ${names[i]}.json`);
	}
	return wrong;
}

/* What a screen reader and a keyboard need */
async function wrongStructure(page) {
	return page.evaluate(() => {
		const all = selector => [...document.querySelectorAll(selector)];
		const ids = all("[id]:not(svg *)").map(element => element.id);
		const wrong = [];

		if (!document.documentElement.lang)
			wrong.push("no language");
		if (all("h1").length !== 1 || all("main").length !== 1)
			wrong.push("not one heading and one main part");
		if (!all(".headline").some(p => /kmap_local .* costs \d/.test(p.textContent)))
			wrong.push("no headline");
		if (new Set(ids).size !== ids.length)
			wrong.push("ids that stand twice");
		if (!all("table").every(table => table.caption?.textContent && table.tHead))
			wrong.push("a table without a caption or headings");
		if (!all("th").every(th => th.scope))
			wrong.push("a heading that does not say of what");
		if (!all(".frame").every(frame => frame.tabIndex === 0 && frame.ariaLabel))
			wrong.push("a frame that cannot be scrolled by keyboard");
		return wrong;
	});
}

async function wrongFocus(page) {
	const wrong = [];

	for (const selector of [".frame", "summary", "button"]) {
		await page.locator(selector).first().focus();
		await page.keyboard.press("Shift+Tab");
		await page.keyboard.press("Tab");
		if (await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle) ===
		    "none")
			wrong.push(`${selector}: the focus does not show`);
	}
	return wrong;
}

/* Text that is too faint, by WCAG's ratio */
async function wrongContrast(page) {
	return page.evaluate(() => {
		const canvas = document.createElement("canvas")
			.getContext("2d", { willReadFrequently: true });
		const luminance = variable => {
			canvas.fillStyle = getComputedStyle(document.documentElement)
				.getPropertyValue(variable);
			canvas.fillRect(0, 0, 1, 1);
			const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(value => {
				const s = value / 255;

				return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
			});
			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		const wrong = [];

		for (const [names, least] of [[["text", "muted", "accent"], 4.5],
			[["map", "toggle", "copy", "c1", "c2", "c3", "c4", "c5", "c6"], 3]]) {
			for (const name of names) {
				for (const below of ["page", "panel"]) {
					const [x, y] = [`--${name}`, `--${below}`].map(luminance)
						.sort((a, b) => b - a);
					const ratio = (x + 0.05) / (y + 0.05);

					if (ratio < least)
						wrong.push(`${name} on ${below}: ${ratio.toFixed(2)}`);
				}
			}
		}
		return wrong;
	});
}

async function wrongWidth(page) {
	return page.evaluate(() => {
		const wide = document.documentElement.scrollWidth, wrong = [];

		if (wide > innerWidth)
			wrong.push(`the page is ${wide} wide, and the window ${innerWidth}`);
		for (const svg of document.querySelectorAll("svg.marks")) {
			const box = svg.getBoundingClientRect();
			const figure = svg.closest("figure").getBoundingClientRect();

			if (box.right > figure.right || box.width < 200)
				wrong.push(`a chart ${box.width} wide in ${figure.width}`);
		}
		return wrong;
	});
}

function isDark(page) {
	return page.evaluate(() => {
		const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g);

		return r < 80 && g < 80 && b < 80;
	});
}

async function shoot(page, name) {
	await page.screenshot({ path: resolve(SCREENSHOTS, `${name}.png`), fullPage: true });
}

async function testLooks(page) {
	await shoot(page, "light");
	report("light: the text can be read", [
		...await isDark(page) ? ["it is dark"] : [], ...await wrongContrast(page)]);
	await page.emulateMedia({ colorScheme: "dark" });
	await shoot(page, "dark");
	report("dark: the text can be read", [
		...await isDark(page) ? [] : ["it is not dark"], ...await wrongContrast(page)]);
	await page.emulateMedia({ media: "print" });
	report("print is not dark", await isDark(page) ? ["it is dark"] : []);
	await page.pdf({ path: resolve(SCREENSHOTS, "print.pdf"), format: "A4" });
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
	await page.setViewportSize({ width: 360, height: 740 });
	await page.waitForFunction(() => [...document.querySelectorAll("svg.marks")].every(
		svg => svg.getBoundingClientRect().width < 360), null, { timeout: 20000 })
		.catch(() => {});
	await shoot(page, "phone");
	report("360 pixels are wide enough", await wrongWidth(page));
}

async function testPage(browser) {
	const { page, said, requests } = await open(browser, "page.html",
		{ viewport: { width: 1280, height: 900 } });

	report("charts are drawn, and said", await wrongCharts(page));
	report("lanes have the numbers of the files", await wrongLanes(page));
	report("cells have the numbers of the files", await wrongCells(page));
	report("what is not ranked is marked", await wrongMarks(page));
	report("downloads are the files", await wrongDownloads(page));
	report("structure", await wrongStructure(page));
	report("the focus shows", await wrongFocus(page));
	report("1280 pixels are wide enough", await wrongWidth(page));
	await testLooks(page);
	report("nothing is complained about", said);
	report("nothing is fetched", requests.slice(1));
}

async function testHostile(browser) {
	const { page, said } = await open(browser, "hostile.html", {});
	const { cpu, lane } = JSON.parse(readFileSync("hostile.json")).environment;
	const cells = await page.locator("#environment td").allTextContents();
	const labels = await page.locator("figure [role=img]").evaluateAll(
		charts => charts.map(chart => chart.ariaLabel));

	report("hostile names are text", [
		...said,
		...cells.includes(cpu) ? [] : [`not there: ${cpu}`],
		...labels.every(label => label.includes(lane)) ? [] : [`cut: ${labels[0]}`],
		...await page.locator("img").count() ? ["an element was made of a name"] : [],
		...await page.locator("figure svg").count() ? [] : ["no charts"],
	]);
}

const browser = await chromium.launch({
	executablePath: BROWSER,
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

try {
	await testPage(browser);
	await testHostile(browser);
} finally {
	await browser.close();
}
console.log(`1..${nr}`);
