/** Markup in JavaScript without a build step: htm reads the template, Preact draws it. Text only ever becomes text. */

import htm from "./vendor/htm.js";
import { h } from "./vendor/preact.js";

export const html = htm.bind(h);

/** @typedef {import("./vendor/preact.js").ComponentChildren} Drawn what a component may give back */
