// Starts the widget and the connection if the page has set the configuration.

const script = document.currentScript;
const config = typeof carameloaiChatbot === "undefined" ? {} : carameloaiChatbot;
const { secure_connection_token: token, project_id: project } = config;

const start = () => {
  if (document.querySelector(HOST)) {
    console.warn("Caramelo sandbox: authenticated.js is on the page twice; the second one does nothing.");
    return;
  }
  manner.launch(() => begin(token, project, document.documentElement.lang));
};

if (!token || !project) {
  console.error(
    "Caramelo sandbox: set carameloaiChatbot = {secure_connection_token, project_id} before this script. " +
      "The token is real_time_access_token from intranet-auth, which your server calls for each page. " +
      "The chat was not started.",
  );
} else if (document.body) {
  start();
} else {
  addEventListener("DOMContentLoaded", start);
}
