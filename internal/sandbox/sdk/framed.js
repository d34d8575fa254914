// The same chat in a frame of the vendor's: see manners/frame.js, which is around it.

const script = document.currentScript;
const tell = (what) => parent.postMessage(what, "*"); // nothing that is secret

manner.say = (host, state) => {
  host.dataset.state = state;
  tell({ state });
};
manner.fold = (folded) => tell({ open: !folded });
addEventListener("message", ({ data, source }) => {
  if (source !== parent) return;
  if (data.asked) document.dispatchEvent(new CustomEvent("caramelo:open", { detail: data.asked }));
  if (data.config && !document.querySelector(HOST)) {
    begin(data.config.secure_connection_token, data.config.project_id, data.lang);
  }
});
addEventListener("DOMContentLoaded", () => tell({ ready: true }));
