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

const step = (by) => {
  const all = rows();
  const here = all.indexOf(currentRow());
  // From nowhere, down begins at the top and up at the bottom.
  const next = here < 0 ? all.at(by > 0 ? 0 : -1) : all[here + by];
  if (next) next.click();
  else if (by > 0) (document.querySelector("#list [rel=next]") ?? { click: () => say(theDesk.dataset.end, true) }).click();
};

const press = (key) => {
  const button = document.querySelector(`#desk [data-key="${key}"], .undo [data-key="${key}"]`);
  if (button) button.click();
  else say(key === "u" ? theDesk.dataset.noUndo : theDesk.dataset.notNow, true);
};

const focusBox = (selector) => {
  const box = theCase.querySelector(selector);
  if (!box) return say(theDesk.dataset.notNow, true);
  box.scrollIntoView({ block: "center" });
  box.focus({ preventScroll: true });
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
  g: () => (goes = setTimeout(() => (goes = undefined), 1500)),
  "?": () => keys.showModal(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
};
for (const key of ["a", "s", "t", "v", "w", "e", "u", "d", "c", "x", "f", "1", "2", "3", "4"]) ACTS[key] = () => press(key);
const MAY_REPEAT = new Set(["j", "k", "ArrowDown", "ArrowUp"]);

// In an open menu a digit chooses the branch and a letter the reason.
const markOptions = (menu) => {
  menu.querySelectorAll("select").forEach((select) => {
    const options = [...select.options].filter((option) => option.value);
    options.forEach((option, place) => {
      if (select.name.endsWith("topic") || option.dataset.choose) return;
      const branch = document.querySelector(`#views [data-view="${CSS.escape(option.value)}"]`);
      option.dataset.choose = select.name.endsWith("branch") ? branch?.dataset.go : "abcdefghijkl"[place];
      option.textContent = `${option.dataset.choose} · ${option.textContent}`;
    });
  });
};
const chooseInMenu = (menu, key) => {
  const option = menu.querySelector(`option[data-choose="${CSS.escape(key)}"]`);
  if (!option) return false;
  const select = option.closest("select");
  select.value = option.value;
  const open = [...menu.querySelectorAll("select")].find((one) => !one.value);
  (open ?? menu.querySelector("button")).focus();
  return true;
};
// The event of a menu that opens does not rise to the document: it is caught on its way down.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.act[open]")) return;
  markOptions(event.target);
  event.target.querySelector("select, textarea")?.focus();
}, true);

const sendFrom = (box) => {
  const button = box.closest(".card")?.querySelector("[data-send]") ?? box.form?.querySelector("button");
  if (button) box.form.requestSubmit(button);
};

const inField = (event) => {
  if (event.key === "Escape" && !event.target.closest("details.act, dialog")) {
    (openedRequest()?.querySelector("h1") ?? theList.querySelector("a.item"))?.focus();
  }
};

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey && event.key === "Enter" && target.matches("#case textarea")) return sendFrom(target);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const key = keyOf(event);
  const menu = target.closest("details.act[open] [data-menu]");
  if (menu && !target.matches("textarea, input") && chooseInMenu(menu, key)) return event.preventDefault();
  if (target.closest(FIELDS)) return inField(event);
  if (goes !== undefined) {
    event.preventDefault();
    return go(key);
  }
  if (key === "Enter" && target.matches("body, h1, main") && !openedRequest()) return step(1);
  if (!Object.hasOwn(ACTS, key) || (event.repeat && !MAY_REPEAT.has(key))) return;
  event.preventDefault();
  ACTS[key]();
});
