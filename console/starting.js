/**
 * Until all of the page's modules are here there is nobody to say that one could not be fetched: this script says so,
 * and tries again. No module itself, so that it is there before any of them.
 */

const AGAIN_MS = 3000;

addEventListener("error", ({ target }) => {
  if (!(target instanceof HTMLScriptElement)) return;
  document.querySelector("#starting-text").textContent = "The page could not be fetched whole. Trying again…";
  setTimeout(() => location.reload(), AGAIN_MS);
}, true);
