// The start: brings the connection and the widget together, if the page is set
// up for it.

const start = (script, config) => {
  if (document.querySelector(HOST)) {
    console.warn("Caramelo sandbox: authenticated.js is on the page twice; the second one does nothing.");
    return;
  }
  let connection;
  const widget = buildWidget({ send: (words) => connection.send(words) });
  connection = connect(new URL(script.src).origin, config.secure_connection_token, config.project_id, {
    state: widget.setState,
    hello: widget.hello,
    message: widget.message,
    typing: widget.typing,
    refused: widget.refused,
  });
  connection.unsent().forEach(widget.showWaiting);
  connection.open();
};

const script = document.currentScript;
const config = typeof carameloaiChatbot === "undefined" ? undefined : carameloaiChatbot;
if (!config || !config.secure_connection_token || !config.project_id) {
  console.error(
    "Caramelo sandbox: set carameloaiChatbot = {secure_connection_token, project_id} before this script. " +
      "The token is real_time_access_token from intranet-auth, which your server calls for each page. The chat was not started.",
  );
} else if (!script) {
  console.error("Caramelo sandbox: load authenticated.js with a plain <script src>, not as a module. The chat was not started.");
} else if (document.body) {
  start(script, config);
} else {
  addEventListener("DOMContentLoaded", () => start(script, config));
}
