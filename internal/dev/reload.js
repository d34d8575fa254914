// Reloads the page when the program that made it is not the one that runs, and shows why it is still
// the old one. Only make dev has it. A page that nobody looks at asks when somebody does: browsers
// keep six connections to a site.
const mine = document.currentScript.dataset.version;
let events;

const show = (errors) => {
  document.getElementById("dev-errors")?.remove();
  if (!errors) return;
  const box = document.createElement("pre");
  box.id = "dev-errors";
  box.className = "alert";
  box.textContent = errors;
  (document.querySelector("main") ?? document.body).prepend(box);
  box.scrollIntoView();
};

const listen = () => {
  events?.close();
  if (document.hidden) return;
  events = new EventSource("/dev/events");
  events.onmessage = (event) => {
    const { version, errors } = JSON.parse(event.data);
    if (String(version) !== mine) location.reload();
    else if (document.readyState !== "loading") show(errors);
    else addEventListener("DOMContentLoaded", () => show(errors), { once: true });
  };
};

addEventListener("visibilitychange", listen);
addEventListener("pagehide", () => events?.close());
listen();
