/** What is set for this browser: the language, by the browser's own or as it was chosen here. */

import { languageFor, speak } from "../locale.js";
import { signal } from "../vendor/signals-core.js";

const KEY = "parley.language";
const PATIENCE_MS = 5000;

export class SettingsStore {
  /**
   * @param {object} parts
   * @param {Pick<Storage, "getItem"|"setItem"|"removeItem">} parts.storage
   * @param {() => readonly string[]} parts.wanted the browser's languages, best first
   * @param {(language: string) => Promise<Object<string, import("../locale.js").Text>>} parts.fetch a language's texts
   */
  constructor({ storage, wanted, fetch }) {
    this.storage = storage;
    this.wanted = wanted;
    this.fetch = fetch;
    /** @type {import("../vendor/signals-core.js").Signal<string|null>} */
    this.chosen = signal(storage.getItem(KEY));
  }

  /** Keeps a choice, or goes back to the browser's language. @param {string|null} language */
  async choose(language) {
    if (language) this.storage.setItem(KEY, language);
    else this.storage.removeItem(KEY);
    this.chosen.value = language;
    await this.speak();
  }

  /** Fetches the texts and speaks. Rejects where they cannot be fetched. */
  async speak() {
    const { language, locale } = languageFor(this.chosen.value, this.wanted());
    const texts = await this.fetch(language);
    speak({ language, locale, texts });
    document.documentElement.lang = language;
    document.documentElement.dir = directionOf(language);
  }
}

/** @param {string} language */
function directionOf(language) {
  const locale = /** @type {any} */ (new Intl.Locale(language));
  return (locale.getTextInfo?.() ?? locale.textInfo)?.direction ?? "ltr";
}

/** Of this page. */
export const settings = new SettingsStore({
  storage: globalThis.localStorage, wanted: () => navigator.languages,
  fetch: async (language) => {
    // Nothing is shown before there are words, so one answer that never comes must not be waited for.
    const answer = await fetch(new URL(`../locales/${language}.json`, import.meta.url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.json();
  },
});
