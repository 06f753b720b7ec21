import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { speakIn, textsOf } from "./speaks.js";
import { LANGUAGES, languageFor, number, t } from "../../../console/locale.js";
import { clock, until } from "../../../console/format/times.js";

const CONSOLE = fileURLToPath(new URL("../../../console/", import.meta.url));
const SOURCES = readdirSync(CONSOLE, { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("vendor"))
  .map((name) => readFileSync(join(CONSOLE, name), "utf8"));
const english = textsOf("en");
const places = (text) => [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map(([place]) => place);

test("every language has the same texts, with the same places to fill", () => {
  for (const language of Object.keys(LANGUAGES)) {
    const texts = textsOf(language);
    assert.deepEqual(Object.keys(texts), Object.keys(english), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.deepEqual(new Set(places(text)), new Set(places(english[key])), `${language} ${key}`);
      assert.equal(typeof text, typeof english[key], `${language} ${key}`);
    }
  }
});

test("a text with plurals has each that its language has", () => {
  for (const language of Object.keys(LANGUAGES)) {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [key, text] of Object.entries(textsOf(language))) {
      if (typeof text !== "string") assert.deepEqual(Object.keys(text).sort(), [...pluralCategories].sort(), `${language} ${key}`);
    }
  }
});

test("every text that is asked for exists, and every text is asked for", () => {
  const asked = SOURCES.flatMap((source) => [...source.matchAll(/\bt\("([^"]+)"/g)].map(([, key]) => key));
  assert.deepEqual(asked.filter((key) => !(key in english)), []);
  const literals = new Set(SOURCES.flatMap((source) => [...source.matchAll(/"([\w.]+)"/g)].map(([, key]) => key)));
  const families = SOURCES.flatMap((source) => [...source.matchAll(/\bt\(`([\w.]+)\$\{/g)].map(([, prefix]) => prefix));
  const unused = Object.keys(english).filter((key) => !literals.has(key) && !families.some((prefix) => key.startsWith(prefix)));
  assert.deepEqual(unused, []);
});

test("what was chosen is spoken, else the first of the browser's languages that is known, with that one's region", () => {
  assert.deepEqual(languageFor(null, ["fr-FR", "de-AT", "en"]), { language: "de", locale: "de-AT" });
  assert.deepEqual(languageFor("en", ["de-AT"]), { language: "en", locale: "en" });
  assert.deepEqual(languageFor("xx", []), { language: "en", locale: "en" });
});

test("numbers, plurals and times are those of the language", () => {
  speakIn("de", "de-DE");
  assert.equal(number(12345), "12.345");
  assert.equal(t("content.order", { n: 1 }), "Bestellung über 1 Artikel");
  assert.equal(clock("2026-03-12T14:03:00Z", { timeZone: "UTC" }), "14:03");
  speakIn("en", "en-US");
  assert.equal(clock("2026-03-12T14:03:00Z", { timeZone: "UTC" }).replace(/\s/u, " "), "02:03 PM");
  assert.equal(t("composer.left", { n: 1 }), "1 character left");
  assert.equal(until("2026-03-12T14:03:00Z", Date.parse("2026-03-12T14:00:00Z")), "3 min");
});

test("what a text has no value for stays as it is, and what a value says is not read again", () => {
  speakIn("en");
  assert.equal(t("waits", { reason: "{reason} $& {n}" }), "Waits: {reason} $& {n}");
  assert.equal(t("waits"), "Waits: {reason}");
});
