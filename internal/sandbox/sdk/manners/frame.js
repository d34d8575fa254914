const SHADOW =
  "0 0 0 1px light-dark(#E7DFD5, #37302A), 0 12px 40px light-dark(rgb(31 27 22 / 16%), rgb(0 0 0 / 50%))";

// Everything is in a frame of the vendor's: frame-src has to allow its origin. The frame gets
// the token, which is in no address, and says how large it wants to be.
manner.launch = () => {
  const { origin } = new URL(script.src);
  const host = document.createElement(HOST);
  const frame = make("iframe", { src: own("frame.html"), title: "Caramelo", allow: "" });
  let open = false;
  const size = () => {
    const floats = open && innerWidth > 480; // else it fills the screen, or is only the bubble
    Object.assign(frame.style, {
      display: "block",
      border: 0,
      colorScheme: "inherit",
      width: floats ? "420px" : open ? "100vw" : "96px",
      height: floats ? "min(640px, 100vh - 40px)" : open ? "100vh" : "96px",
      borderRadius: floats ? "16px" : 0,
      boxShadow: floats ? SHADOW : "none",
    });
    Object.assign(host.style, { right: floats ? "20px" : 0, bottom: floats ? "20px" : 0 });
  };
  addEventListener("resize", size);
  Object.assign(host.style, { position: "fixed", zIndex: 2147483000 });
  host.append(frame);
  size();
  let ready = false;
  let asked; // before the frame was ready
  addEventListener("message", ({ data, origin: from, source }) => {
    if (from !== origin || source !== frame.contentWindow) return;
    if (data.ready) {
      frame.contentWindow.postMessage({ config, lang: document.documentElement.lang }, origin);
      if (asked) frame.contentWindow.postMessage({ asked }, origin);
      ready = true;
    }
    if ("open" in data) {
      open = data.open;
      size();
    }
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
