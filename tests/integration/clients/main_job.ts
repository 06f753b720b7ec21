// The main job with a client made of the document (openapi-typescript, openapi-fetch): compiled by tsc, run by node.
// node main_job.ts SITE EMAIL PASSWORD PHONE -> prints the status that the answer ends with.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

const [site, email, password, phone] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: site });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const session = given(await client.POST("/api/v1/auth/login", { body: { email, password, cookie: false } }));
const headers = { authorization: `Bearer ${session.token}` };

const inbox = given(await client.GET("/api/v1/conversations", { headers, params: { query: { q: phone } } }));
const conversation = inbox.data[0];
if (conversation?.contact.phone !== phone) throw new Error("The customer's conversation is not there.");

const path = { conversation_id: conversation.id };
const thread = given(
  await client.GET("/api/v1/conversations/{conversation_id}/messages", { headers, params: { path } }),
);
if (thread.data[0]?.direction !== "inbound") throw new Error("The customer's message is not there.");

const body: components["schemas"]["SendMessage"] = {
  type: "text",
  conversation_id: conversation.id,
  text: { body: "Yes, two are left" },
};
const sent = given(await client.POST("/api/v1/messages/send", { headers, body }));

const refused = await client.POST("/api/v1/messages/send", { headers, body: { type: "text", to: "12" } });
if (refused.error?.error.code !== "invalid") throw new Error("What is wrong was taken.");

let message = sent;
const until = Date.now() + 20_000;
while (message.status !== "read" && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  message = given(
    await client.GET("/api/v1/messages/{message_id}", { headers, params: { path: { message_id: sent.id } } }),
  );
}
console.log(message.status);
