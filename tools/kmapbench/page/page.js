// SPDX-License-Identifier: GPL-2.0-or-later
/* Draws the charts and hands out the files; all data is in the page. */
"use strict";

function read(id) {
	return JSON.parse(document.getElementById(id).textContent);
}

/* Colours are the style sheet's, by CSS variables, so that light, dark and print just work. */
async function drawCharts() {
	const options = {
		mode: "vega-lite", config: read("config"), renderer: "svg", actions: false, ast: true,
	};

	for (const figure of document.querySelectorAll("figure")) {
		const place = document.createElement("div");

		/* It has roles and texts of its own, for each mark; what is around it says it all. */
		place.ariaHidden = "true";
		figure.querySelector(".chart").append(place);
		await vegaEmbed(place, read(figure.querySelector("script").id), options);
	}
	document.documentElement.dataset.charts = "drawn";
}

function download(event) {
	const { file, name } = event.currentTarget.dataset;
	const link = document.createElement("a");

	link.href = URL.createObjectURL(new Blob([read(file)], { type: "application/json" }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const button of document.querySelectorAll("button[data-file]"))
	button.addEventListener("click", download);
drawCharts();
