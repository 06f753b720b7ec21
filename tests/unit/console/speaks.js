/** Has the console speak English, as tests read it. */

import { readFileSync } from "node:fs";

import { speak } from "../../../console/locale.js";

export const textsOf = (language) =>
  JSON.parse(readFileSync(new URL(`../../../console/locales/${language}.json`, import.meta.url), "utf8"));

export const speakIn = (language, locale = language) => speak({ language, locale, texts: textsOf(language) });

speakIn("en", "en-GB");
