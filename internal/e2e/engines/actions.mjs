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

const press = (x, y) => [
  {
    type: "pointer",
    id: "mouse",
    parameters: { pointerType: "mouse" },
    actions: [
      { type: "pointerMove", x: Math.round(x), y: Math.round(y), duration: 0, origin: "viewport" },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ],
  },
];

// hand is the part of a tab that works by such actions.
export const hand = (perform) => ({
  press: (x, y) => perform(press(x, y)),
  type: (text) => perform(keys(text)),
  enter: () => perform(keys(enterKey)),
  tabKey: () => perform(keys(tabulator)),
});
