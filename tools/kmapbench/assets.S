/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the page of a report consists of, each with an end for C. See assets.h. */
	.macro asset name, file
	.global asset_\name
asset_\name:
	.incbin "\file"
	.byte 0
	.endm

	.section .rodata
	asset page_css, "page.css"
	asset page_js, "page.js"
	asset config, "config.json"
	asset ranking, "ranking.json"
	asset parts, "parts.json"
	asset series, "series.json"
	asset samples, "samples.json"
	asset vega, "vega/build/vega.min.js"
	asset vega_license, "vega/LICENSE"
	asset vega_lite, "vega-lite/build/vega-lite.min.js"
	asset vega_lite_license, "vega-lite/LICENSE"
	asset vega_embed, "vega-embed/build/vega-embed.min.js"
	asset vega_embed_license, "vega-embed/LICENSE"

	.section .note.GNU-stack, "", %progbits
