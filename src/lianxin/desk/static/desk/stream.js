// One stream of news for all tabs of a post: a browser opens only six connections to one address, and seven tabs would
// wait for each other.  A tab says `listen` with its key (post) and address, and `leave` when it goes.
"use strict";

const streams = new Map();
const RECENT = 5000;

onconnect = (connected) => {
  const port = connected.ports[0];
  port.onmessage = (event) => {
    leave(port);
    if (event.data.listen) join(port, event.data.listen, event.data.address);
  };
};

function leave(port) {
  streams.forEach((stream, key) => {
    stream.ports.delete(port);
    if (!stream.ports.size) { stream.source.close(); streams.delete(key); }
  });
}

function join(port, key, address) {
  let stream = streams.get(key);
  if (!stream || stream.source.readyState === EventSource.CLOSED) {
    stream = { source: new EventSource(address), ports: stream ? stream.ports : new Set(), at: 0, fresh: true };
    streams.set(key, stream);
    const tell = () => { stream.at = Date.now(); stream.ports.forEach((other) => other.postMessage("news")); };
    stream.source.addEventListener("news", tell);
    // The first one greets; a later one says that news may have been missed.
    stream.source.addEventListener("resync", () => { if (!stream.fresh) tell(); stream.fresh = false; });
  }
  stream.ports.add(port);
  // What came between the page's making and its listening.
  if (Date.now() - stream.at < RECENT) port.postMessage("news");
}
