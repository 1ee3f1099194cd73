/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ASSETS_H
#define ASSETS_H

#include "compiler.h"

/*
 * Text that assets.S holds. A tool for the guest, or of a machine without npm, is
 * built without that, and then all of these are NULL.
 */
#define ASSET(name)	extern const char asset_##name[] __weak

ASSET(page_css);
ASSET(page_js);

/* Vega-Lite: what all charts have in common, and a specification for each kind of them */
ASSET(config);
ASSET(ranking);
ASSET(parts);
ASSET(series);
ASSET(samples);

ASSET(vega);
ASSET(vega_license);
ASSET(vega_lite);
ASSET(vega_lite_license);
ASSET(vega_embed);
ASSET(vega_embed_license);

#endif /* ASSETS_H */
