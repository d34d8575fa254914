// The vendor's style sheet, with a picture, a font for the icon and a sound for an answer:
// style-src, img-src, font-src and media-src have to allow the vendor's origin. Browsers read
// rules for fonts in a document's own sheets alone.
manner.dress = (root) => {
  const sheet = (name) => make("link", { rel: "stylesheet", href: own(name) });
  document.head.append(sheet("font.css"));
  root.prepend(sheet("widget.css"));
};
manner.ping = () => {
  const sound = new Audio(own("ping.wav"));
  sound.play().catch(() => {}); // a browser may want a click before
};
