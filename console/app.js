/** Begins: speaks the browser's language, finds out who is here, and draws the page. */

import "./vendor/signals.js"; // teaches Preact to draw anew what reads a signal
import { html } from "./html.js";
import { followAddress } from "./routes.js";
import { SessionStore } from "./stores/session.js";
import { settings } from "./stores/settings.js";
import { render } from "./vendor/preact.js";
import { App } from "./views/app.js";

const AGAIN_MS = 3000;

async function begin() {
  const session = new SessionStore();
  followAddress();
  session.begin();
  await speak();
  const page = /** @type {HTMLElement} */ (document.querySelector("#app"));
  page.replaceChildren(); // what Preact does not recognise of it would stay beside what it draws
  render(html`<${App} session=${session} />`, page);
}

/** Until there are words there is nothing to show. */
async function speak() {
  for (;;) {
    try {
      return await settings.speak();
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
    }
  }
}

begin();
