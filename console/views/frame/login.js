/** The log-in form. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { LanguageChoice } from "../parts/language.js";

/** @param {{session: import("../../stores/session.js").SessionStore}} props */
export function Login({ session }) {
  const email = useRef(/** @type {HTMLInputElement|null} */ (null));
  const password = useRef(/** @type {HTMLInputElement|null} */ (null));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => email.current?.focus(), []);

  async function submit(/** @type {Event} */ event) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await session.logIn(email.current?.value.trim() ?? "", password.current?.value ?? "");
    } catch (failure) {
      setProblem(failure.status === 401 ? t("login.wrong") : failure.message);
      password.current?.select();
    }
    setBusy(false);
  }

  return html`<main class="centred">
    <form class="panel" onSubmit=${submit}>
      <img src=${new URL("../../favicon.svg", import.meta.url).pathname} alt="" width="44" height="44" />
      <h1>${t("login.title")}</h1>
      <label for="email">${t("login.email")}</label>
      <input id="email" ref=${email} name="email" type="email" autocomplete="username" required data-testid="login-email" />
      <label for="password">${t("login.password")}</label>
      <input id="password" ref=${password} name="password" type="password" autocomplete="current-password" required
        data-testid="login-password" />
      <p class="error" role="alert" data-testid="login-error">${problem || (session.ended.value && t("login.ended"))}</p>
      <button class="button primary" data-testid="login-submit" disabled=${busy}>${t("login.submit")}</button>
      <${LanguageChoice} />
    </form>
  </main>`;
}
