// Publishes to Socket.IO's rooms from outside, with its own emitter: a line of stdin is {conversation, event}.
"use strict";

const { createInterface } = require("node:readline");
const { Emitter } = require("@socket.io/redis-emitter");
const { createClient } = require("redis");

async function main() {
  const client = createClient({ url: process.env.REDIS_URL });
  await client.connect();
  const emitter = new Emitter(client);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const { conversation, event } = JSON.parse(line);
    emitter.to(conversation).emit("event", event);
  });
  lines.on("close", () => client.close());
}

main();
