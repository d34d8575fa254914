// What can be seen of a page without looking at it: expressions for Tab.ask.

// readable names the texts that do not stand out from what is behind them. Initials are on a
// colour of their own, which has a test in Go.
export const readable = `(() => {
  const numbers = (c) => c.match(/-?[\\d.]+/g).map(Number);
  const colour = (c) => (c.startsWith("color(srgb") ? numbers(c).map((n, i) => (i < 3 ? n * 255 : n)) : numbers(c));
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((n) => (n /= 255) <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if ((c[3] ?? 1) === 1) return c;
    }
    return [255, 255, 255];
  };
  const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const counts = (e) => hasText(e) && visible(e) && !e.closest(":disabled, [aria-hidden=true]");
  return $$("body *").filter(counts).map((e) => {
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => x - y);
    return [(b + 0.05) / (a + 0.05), e.textContent.trim().slice(0, 40)];
  }).filter(([contrast]) => !(contrast >= 4.5)).map(([contrast, text]) => text + ": " + contrast);
})()`;

// wide names what makes the page wider than the window.
export const wide = `document.documentElement.scrollWidth <= innerWidth ? [] :
  $$("body *").filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
    .map((e) => e.outerHTML.slice(0, 99))`;

// covered says what is wrong with where the focus is.
export const covered = `(() => {
  let e = document.activeElement;
  if (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return "";
  const box = e.getBoundingClientRect(), name = e.outerHTML.slice(0, 99);
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    return "out of sight: " + name;
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1);
  const hit = e.getRootNode().elementFromPoint(x, y);
  return hit && (e.contains(hit) || hit.contains(e)) ? "" : "covered by " + hit?.outerHTML.slice(0, 80) + ": " + name;
})()`;
