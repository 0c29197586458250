// The keys of the desk. The page says which element is for which key: data-key, data-go.
"use strict";

const keys = document.querySelector("#keys");
const FIELDS = "input, textarea, select, [contenteditable]";
const boxOf = { r: "textarea[name=body]", n: "textarea[name=note]" };

// On a Belgian or French keyboard the row of digits writes signs: the place of the key counts.
const keyOf = (event) => {
  if (event.key === "?" || event.key === "/") return event.key;
  return /^Digit[1-9]$/.test(event.code) ? event.code.slice(-1) : event.key;
};

// Who speaks to the computer, or hits keys by mistake, switches off those of one letter.
const theSwitch = document.querySelector("#one-letter-keys");
const nameOfSwitch = `keys ${theDesk.dataset.adviser}`;
const oneLetterKeys = () => theSwitch.checked;
const showKeys = () => {
  document.body.classList.toggle("keys-off", !oneLetterKeys());
  document.querySelectorAll("[data-key]").forEach((one) => {
    if (oneLetterKeys()) one.setAttribute("aria-keyshortcuts", one.dataset.key);
    else one.removeAttribute("aria-keyshortcuts");
  });
};
theSwitch.checked = localStorage.getItem(nameOfSwitch) !== "off";
theSwitch.addEventListener("change", () => {
  localStorage.setItem(nameOfSwitch, oneLetterKeys() ? "on" : "off");
  showKeys();
});
document.addEventListener("htmx:afterSettle", showKeys);
showKeys();

const openKeys = document.querySelector("#open-keys");
openKeys.addEventListener("click", () => keys.showModal());
openKeys.hidden = false;

const sayNotNow = () => say(theDesk.dataset.notNow, true);

const step = (by) => {
  const all = rows();
  const here = all.indexOf(currentRow());
  // From nowhere, down begins at the top and up at the bottom.
  const next = here < 0 ? all.at(by > 0 ? 0 : -1) : all[here + by];
  if (next) next.click();
  else if (by > 0) (document.querySelector("#list [rel=next]") ?? { click: () => say(theDesk.dataset.end, true) }).click();
};

const buttonFor = (key) => document.querySelector(`#desk [data-key="${key}"], .undo [data-key="${key}"]`);
const press = (key) => {
  const button = buttonFor(key);
  if (!button) return key === "u" ? say(theDesk.dataset.noUndo, true) : sayNotNow();
  button.click();
  const menu = button.closest("details.act[open]");
  if (menu) enterMenu(menu);
};

// A request without a branch is given to one; one that has a branch goes on to another.
const giveToBranch = (key) => {
  if (buttonFor(key)) return press(key);
  const menu = theCase.querySelector("details.act[data-act=transfer]");
  if (menu) markOptions(menu);
  if (!menu || !optionFor(menu, key)) return sayNotNow();
  openMenu(menu);
  chooseInMenu(menu.querySelector("[data-menu]"), key);
};

const focusBox = (selector) => {
  const box = theCase.querySelector(selector);
  if (!box) return sayNotNow();
  box.scrollIntoView({ block: "center" });
  box.focus({ preventScroll: true });
};

// It is the member's turn only after a question: the one that is written, or the one before.
const wait = () => {
  const send = theCase.querySelector("#reply [name=then][value=wait]");
  if (send && theCase.querySelector(boxOf.r).value.trim()) return send.click();
  if (buttonFor("w") || !send) return press("w");
  focusBox(boxOf.r);
  say(theDesk.dataset.askFirst, true);
};

let goes; // After g, for a moment, a letter opens a view.
const go = (key) => {
  clearTimeout(goes);
  goes = undefined;
  document.querySelector(`#views [data-go="${CSS.escape(key)}"]`)?.click();
};

const ACTS = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  r: () => focusBox(boxOf.r),
  n: () => focusBox(boxOf.n),
  w: wait,
  g: () => (goes = setTimeout(() => (goes = undefined), 1500)),
  "?": () => keys.showModal(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
};
for (const key of ["a", "s", "t", "v", "e", "u", "d", "c", "x", "f"]) ACTS[key] = () => press(key);
for (const key of ["1", "2", "3", "4"]) ACTS[key] = () => giveToBranch(key);
const MAY_REPEAT = new Set(["j", "k", "ArrowDown", "ArrowUp"]);

// Ctrl and Enter send; with Shift it is the member's turn then, with Alt the request is closed.
const sendFrom = (box, event) => {
  const then = event.shiftKey ? "wait" : event.altKey ? "close" : "";
  const card = box.closest(".card");
  const button = then
    ? card?.querySelector(`[name=then][value=${then}]`)
    : card?.querySelector("[data-send]") ?? box.form?.querySelector("button");
  if (button) box.form.requestSubmit(button);
  else sayNotNow();
};

const inField = (event) => {
  if (event.key === "Escape" && !event.target.closest("details.act, dialog")) {
    (openedRequest()?.querySelector("h1") ?? theList.querySelector("a.item"))?.focus();
  }
};

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key === "Enter" && target.matches("#case textarea")) {
    event.preventDefault();
    if (!event.repeat) sendFrom(target, event);
    return;
  }
  if (isCommand || event.altKey || document.querySelector("dialog[open]")) return;
  const key = keyOf(event);
  const isOff = key.length === 1 && !oneLetterKeys();
  const menu = target.closest("details.act[open] [data-menu]");
  if (menu && !isOff && !target.matches("textarea, input")) {
    // A key held too long has opened the menu: it chooses nothing in it.
    if (event.repeat && key.length === 1) return event.preventDefault();
    if (chooseInMenu(menu, key)) return event.preventDefault();
  }
  if (target.closest(FIELDS)) return inField(event);
  if (isOff) return;
  if (goes !== undefined) {
    event.preventDefault();
    return go(key);
  }
  if (key === "Enter" && target.matches("body, h1, main") && !openedRequest()) return step(1);
  if (!Object.hasOwn(ACTS, key) || (event.repeat && !MAY_REPEAT.has(key))) return;
  event.preventDefault();
  ACTS[key]();
});
