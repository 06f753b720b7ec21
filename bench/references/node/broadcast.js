// A socket server on `ws`, as its README broadcasts: rooms by conversation, fed by Redis pub/sub.
"use strict";

const { createClient } = require("redis");
const { WebSocket, WebSocketServer } = require("ws");

const CHANNEL = "conversation:";
const rooms = new Map();

function join(conversation, socket) {
  if (!rooms.has(conversation)) rooms.set(conversation, new Set());
  rooms.get(conversation).add(socket);
  socket.on("close", () => rooms.get(conversation).delete(socket));
}

function broadcast(event, channel) {
  for (const socket of rooms.get(channel.toString().slice(CHANNEL.length)) ?? []) {
    if (socket.readyState === WebSocket.OPEN) socket.send(event, { binary: false });
  }
}

async function main() {
  const subscriber = createClient({ url: process.env.REDIS_URL });
  await subscriber.connect();
  // As buffers, so that no event is decoded and encoded anew for each socket.
  await subscriber.pSubscribe(`${CHANNEL}*`, broadcast, true);
  // Compression is off unless asked for, as ws advises.
  const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.WEB_PORT) });
  server.on("connection", (socket) => {
    socket.on("message", (text) => {
      const { conversation_id } = JSON.parse(text);
      join(conversation_id, socket);
      socket.send(JSON.stringify({ type: "subscribed", conversation_id }));
    });
  });
}

main();
