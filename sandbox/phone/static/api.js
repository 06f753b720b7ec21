/** Calls the sandbox; throws an Error with a sentence a person can read. */
async function call(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(`/sandbox/${path}`, { method, body, headers });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.description || found.title || `The sandbox answered ${answer.status}.`);
  return found;
}

const post = (path, body) => call("POST", path, JSON.stringify(body ?? {}), { "Content-Type": "application/json" });

export const loadPhone = (customer) => call("GET", `phone?customer=${encodeURIComponent(customer)}`);
export const loadDeliveries = () => call("GET", "deliveries?limit=300");
export const loadHealth = () => call("GET", "healthz");
export const sendInbound = (order) => post("inbound", order);
export const addCustomer = (customer) => post("customers", customer);
export const retryNow = () => post("deliveries");
export const verifyWebhook = () => post("verify");

/** Hand a file over; the answer holds its media id. */
export function upload(file) {
  const name = encodeURIComponent(file.name);
  return call("POST", `media?filename=${name}`, file, { "Content-Type": file.type || "application/octet-stream" });
}
