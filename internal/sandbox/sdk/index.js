// Caramelo sandbox: stands in for the vendor's public SDK, which the sandbox does not
// offer. The guide forbids using it together with a secure_connection_token.
if (typeof carameloaiChatbot !== "undefined" && carameloaiChatbot.secure_connection_token) {
  console.error(
    "Caramelo sandbox: index.js is the public SDK and does not work with secure_connection_token. " +
      "Load /sdk/latest/authenticated.js instead. The chat was not started.",
  );
} else {
  console.warn(
    "Caramelo sandbox: it offers the authenticated flow only: load /sdk/latest/authenticated.js. " +
      "The chat was not started.",
  );
}
