// Everything is in a frame of the vendor's: frame-src has to allow its origin. The frame gets
// the token, which is in no address, and says how large it wants to be.
manner.launch = () => {
  const { origin } = new URL(script.src);
  const host = document.createElement(HOST);
  const frame = make("iframe", { src: own("frame.html"), title: "Caramelo", allow: "" });
  const size = (open) => {
    Object.assign(frame.style, {
      border: 0,
      colorScheme: "inherit",
      width: open ? "min(420px, 100vw)" : "96px",
      height: open ? "min(700px, 100vh)" : "96px",
    });
  };
  Object.assign(host.style, { position: "fixed", right: 0, bottom: 0, zIndex: 2147483000 });
  host.append(frame);
  size(false);
  let ready = false;
  let asked; // before the frame was ready
  addEventListener("message", ({ data, origin: from, source }) => {
    if (from !== origin || source !== frame.contentWindow) return;
    if (data.ready) {
      frame.contentWindow.postMessage({ config, lang: document.documentElement.lang }, origin);
      if (asked) frame.contentWindow.postMessage({ asked }, origin);
      ready = true;
    }
    if ("open" in data) size(data.open);
    if (data.state) manner.say(host, data.state);
  });
  document.addEventListener("caramelo:open", (event) => {
    manner.take(event);
    asked = event.detail ?? {};
    frame.focus();
    if (ready) frame.contentWindow.postMessage({ asked }, origin);
  });
  document.body.append(host);
};
