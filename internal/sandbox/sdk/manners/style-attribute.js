// Style attributes, as scripts write them that build their HTML from text: style-src has to
// allow what is inline. Rules for a pointer or the focus are left out: they are no state of
// an element.
manner.dress = (root) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  const passing = /::|:hover|:focus|:placeholder/;
  // The rules that are for this screen now.
  const applying = ({ cssRules }) =>
    [...cssRules].flatMap((rule) => {
      if (rule.media) return matchMedia(rule.media.mediaText).matches ? applying(rule) : [];
      return rule.style && !passing.test(rule.selectorText) ? [rule] : [];
    });
  const wear = () => {
    const rules = applying(sheet);
    for (const e of [root.host, ...root.querySelectorAll("*")]) {
      const fits = ({ selectorText }) => (e === root.host ? selectorText === ":host" : e.matches(selectorText));
      const worn = rules.filter(fits);
      e.setAttribute("style", worn.map((rule) => rule.style.cssText).join(" "));
    }
  };
  const attributeFilter = ["hidden", "class", "aria-expanded", "data-state", "disabled"];
  new MutationObserver(wear).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter });
  manner.fold = wear; // at once, so that the chat can get the focus
  addEventListener("resize", wear);
  wear();
};
