// A Socket.IO server as its documentation writes it: rooms by conversation, fed through the Redis adapter.
"use strict";

const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

async function main() {
  const publisher = createClient({ url: process.env.REDIS_URL });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const http = createServer();
  // ws with its native add-ons, which are installed beside it; compression is off unless asked for.
  const io = new Server(http, {
    adapter: createAdapter(publisher, subscriber),
    transports: ["websocket"],
  });
  // Its guide to performance: the first request of each connection need not be kept.
  io.engine.on("connection", (connection) => {
    connection.request = null;
  });
  io.on("connection", (socket) => {
    socket.on("subscribe", async (conversation, done) => {
      await socket.join(conversation);
      done();
    });
  });
  http.listen(Number(process.env.WEB_PORT), "127.0.0.1");
}

main();
