/** The log-in form. Resolves no further than the agent it got: what follows is app.js's business. */

import { setText, show } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {import("../api.js").Api} api
 * @param {(agent: object) => void} onLogin
 */
export function loginView(root, api, onLogin) {
  const form = root.querySelector("form");
  const [email, password, button] = ["#email", "#password", "button"].map((each) => form.querySelector(each));
  const error = root.querySelector("#login-error");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    setText(error, "");
    try {
      const agent = await api.login(email.value.trim(), password.value);
      password.value = "";
      onLogin(agent);
    } catch (problem) {
      setText(error, explain(problem));
      password.select();
    }
    button.disabled = false;
  });

  return {
    /** @param {string} reason why the agent is asked again; "" for a first visit */
    open(reason) {
      setText(error, reason);
      show(root, true);
      email.focus();
    },
    close() {
      show(root, false);
    },
  };
}

function explain({ status, message }) {
  return status === 401 ? "That email address and password do not belong together." : message;
}
