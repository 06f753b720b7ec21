/**
 * Until all of the page's modules are here there is nobody to say that one could not be fetched: this script says so,
 * and loads the page again once the server answers. No module itself, so that it is there before any of them.
 */

const AGAIN_MS = 3000;

addEventListener("error", ({ target }) => {
  if (!(target instanceof HTMLScriptElement)) return;
  const said = document.querySelector("[data-testid=starting]");
  if (said) said.textContent = "The page could not be fetched whole. Trying again…";
  setTimeout(reloadOnceAnswered, AGAIN_MS);
}, true);

/** Not before: where nobody answers, a reload ends on the browser's own page, which does not try again. */
async function reloadOnceAnswered() {
  const answer = await fetch("/", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(AGAIN_MS) }).catch(() => null);
  if (answer?.ok) location.reload();
  else setTimeout(reloadOnceAnswered, AGAIN_MS);
}
