// Many people may sign in in the same minute. Where the server has no place for the form, this
// page keeps it in memory and sends it again when it is told to come. It is loaded async: until
// then, and without it, the browser sends the form, and the answer has a button for another try.
{
  let sent = null; // the form as it is being sent; null for none
  let waiting;

  const wait = (seconds, says) => {
    const line = document.querySelector("[data-line]");
    const notice = line.firstChild ?? line.appendChild(document.createElement("p"));
    notice.className = "notice";
    if (notice.textContent !== says) notice.textContent = says;
    document.querySelector(".login #alert")?.remove(); // it was about an earlier try
    const ms = (seconds + Math.random()) * 1_000; // which spreads those who are told the same
    return new Promise((later) => (waiting = setTimeout(later, ms)));
  };

  // Shows an answer as the browser would have: the field with autofocus refers to what is wrong.
  const show = (main, title) => {
    document.title = title;
    document.querySelector("main").replaceWith(main);
    scrollTo(0, 0);
    (main.querySelector("[autofocus]") ?? main).focus();
    sent = null;
  };

  const send = async (form) => {
    for (;;) {
      const answer = await fetch(form.action, { method: "POST", body: sent, redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        // The password was right. What follows, the page or a code, the server knows.
        return location.assign("/login/code?" + new URLSearchParams({ next: sent.get("next") }));
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = page.querySelector("main");
      if (!main) throw new Error("not a page of ours");
      const seconds = Number(answer.headers.get("Retry-After"));
      if (answer.status !== 503 || !seconds) return show(main, page.title);
      // The form comes back where there is no place, and not where the database is away.
      const { line, away } = document.querySelector("[data-line]").dataset;
      await wait(seconds, main.querySelector("[data-line]") ? line : away);
    }
  };

  addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-line] + form")) return;
    event.preventDefault();
    const before = sent;
    sent = new URLSearchParams(new FormData(form)); // who is in line may correct what they typed
    if (before) return;
    try {
      await send(form);
    } catch {
      // There is no answer, or none of ours: the browser sends the very same and says so. The
      // server knows the form by its key, so that it counts once.
      if (!sent) return; // somebody has left this page
      for (const [name, value] of sent) form.elements[name].value = value;
      form.submit();
    }
  });

  addEventListener("pagehide", () => {
    clearTimeout(waiting);
    sent = null;
  });
}
