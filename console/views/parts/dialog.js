/** A dialog of the page: modal, closed by Escape, its focus kept by the browser. */

import { html } from "../../html.js";
import { useLayoutEffect, useRef } from "../../vendor/hooks.js";

/**
 * Open for as long as it is drawn.
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.name for tests
 * @param {() => void} props.close called when it was closed
 * @param {() => void} props.submit
 * @param {import("../../html.js").Drawn} [props.children]
 */
export function Dialog({ title, name, close, submit, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submitted = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  };
  return html`<dialog ref=${dialog} class="panel" aria-labelledby="dialog-title" data-testid=${name} onClose=${close}>
    <form onSubmit=${submitted}><h2 id="dialog-title">${title}</h2>${children}</form>
  </dialog>`;
}
