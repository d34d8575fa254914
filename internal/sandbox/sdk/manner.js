// How the script does what vendors' scripts do in different manners. This is the manner
// that the strictest policy allows; the files in manners replace parts of it.

const own = (name) => new URL(name, script.src).href;

const manner = {
  dress(root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
  },
  socket: (url) => new WebSocket(url),
  storage: () => sessionStorage,
  ping() {}, // an answer has come
  fold() {}, // the chat was opened or closed
  take: (event) => event.preventDefault(), // it has come: the page need not do without the chat
  say(host, state) {
    host.dataset.state = state;
    document.dispatchEvent(new CustomEvent("caramelo:state", { detail: { state } }));
  },
  launch: (start) => start(),
};
