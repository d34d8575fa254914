// The socket lives in a worker, which is made from a blob: worker-src has to allow blobs.
// connect-src counts in the worker as in the page.
const inWorker = () => {
  let socket;
  onmessage = ({ data }) => {
    if ("send" in data) return socket.send(data.send);
    socket = new WebSocket(data.open);
    socket.onopen = () => postMessage({ event: "open" });
    socket.onmessage = (e) => postMessage({ event: "message", detail: { data: e.data } });
    socket.onclose = (e) => postMessage({ event: "close", detail: { code: e.code, reason: e.reason } });
  };
};
manner.socket = (url) => {
  const socket = { send: (text) => worker.postMessage({ send: text }) };
  const code = new Blob([`(${inWorker})()`], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(code));
  worker.onmessage = ({ data }) => socket[`on${data.event}`](data.detail);
  worker.postMessage({ open: url });
  return socket;
};
