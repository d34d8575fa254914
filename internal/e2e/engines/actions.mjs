// What a hand does, in the words of WebDriver, which its two protocols share.
const enterKey = "\uE007";
const tabulator = "\uE004";

const keys = (text) => [
  {
    type: "key",
    id: "keyboard",
    actions: [...text].flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]),
  },
];

export const between = 300; // ms between two clicks of somebody impatient

const click = [
  { type: "pointerDown", button: 0 },
  { type: "pointerUp", button: 0 },
];

const press = (x, y, times) => [
  {
    type: "pointer",
    id: "mouse",
    parameters: { pointerType: "mouse" },
    actions: [
      { type: "pointerMove", x: Math.round(x), y: Math.round(y), duration: 0, origin: "viewport" },
      ...Array(times).fill(click).flatMap((e, n) => (n > 0 ? [{ type: "pause", duration: between }, ...e] : e)),
    ],
  },
];

// hand is the part of a tab that works by such actions.
export const hand = (perform) => ({
  press: (x, y, times) => perform(press(x, y, times)),
  type: (text) => perform(keys(text)),
  enter: () => perform(keys(enterKey)),
  tabKey: () => perform(keys(tabulator)),
});
