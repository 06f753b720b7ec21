/** /docs: the API's document, shown by Swagger UI, which is a script that leaves one name in the window. */

const { SwaggerUIBundle } = /** @type {any} */ (globalThis);

const dark = matchMedia("(prefers-color-scheme: dark)");
/** Swagger UI knows its dark colours by a class only. */
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);

dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  filter: true,
  // Otherwise it asks a service on the internet about the document.
  validatorUrl: null,
});
