// The search shows results while somebody types. The server renders them, and says how
// many there are. If no answer comes, or the sign-in page, the old results are removed,
// because they belong to other words, and the form can still be sent.
{
  const follow = () => {
    const form = document.querySelector("form[data-results]");
    const results = document.getElementById("results");
    if (!form || !results) return;
    let pending, wait;
    form.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        pending?.abort();
        pending = new AbortController();
        const { signal } = pending;
        const query = "?" + new URLSearchParams(new FormData(form));
        const found = await fetch(form.dataset.results + query, { signal, redirect: "error" })
          .then((answer) => (answer.ok ? answer.text() : null))
          .catch(() => null);
        if (signal.aborted) return;
        const said = document.getElementById("results-said");
        if (found === null) {
          results.replaceChildren(form.dataset.lost);
          said.textContent = form.dataset.lost;
          return;
        }
        const page = new DOMParser().parseFromString(found, "text/html");
        results.replaceChildren(...page.body.childNodes);
        history.replaceState(history.state, "", form.action + query);
        said.textContent = results.querySelector("[data-said]")?.textContent ?? "";
      }, 250);
    });
  };
  // The script may come before the page is parsed, or after.
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", follow);
  else follow();
}
