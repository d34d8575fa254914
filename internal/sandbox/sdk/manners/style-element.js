// A style element: style-src has to allow what is inline.
manner.dress = (root) => {
  const style = document.createElement("style");
  style.textContent = STYLES;
  root.prepend(style);
};
