// In an open menu of the desk a digit chooses the branch and a letter the reason. Where nothing
// else is needed and the step can be undone (data-at-once), the last choice sends the menu.
"use strict";

const optionFor = (menu, key) => menu.querySelector(`option[data-choose="${CSS.escape(key)}"]`);

const keyOfOption = (select, option, place) => {
  const branch = document.querySelector(`#views [data-view="${CSS.escape(option.value)}"]`);
  return select.name.endsWith("branch") ? branch?.dataset.go : "abcdefghijkl"[place];
};
const markOptions = (menu) => {
  for (const select of menu.querySelectorAll("select:not([data-marked]):not([name$=topic])")) {
    select.dataset.marked = "yes";
    [...select.options].filter((option) => option.value).forEach((option, place) => {
      option.dataset.choose ??= keyOfOption(select, option, place);
      option.textContent = `${option.dataset.choose} · ${option.textContent}`;
    });
  }
};

// What a draft brought back was not chosen now: only what is picked counts as decided.
const pick = (select) => (select.dataset.picked = "yes");
const unpicked = (menu) => [...menu.querySelectorAll("select")].find((one) => !one.dataset.picked);
const toWrite = (menu) => [...menu.querySelectorAll("textarea[required]")].find((one) => !one.value);
const chooseInMenu = (menu, key) => {
  const option = optionFor(menu, key);
  if (!option) return false;
  const select = option.closest("select");
  const button = menu.querySelector("button");
  select.value = option.value;
  pick(select);
  const next = unpicked(menu) ?? toWrite(menu);
  if (!next && menu.matches("[data-at-once]")) button.click();
  else (next ?? button).focus();
  return true;
};

const enterMenu = (menu) => {
  if (oneLetterKeys()) markOptions(menu);
  (unpicked(menu) ?? menu.querySelector("select, textarea"))?.focus();
};
const openMenu = (menu) => {
  menu.open = true;
  enterMenu(menu);
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-menu] select")) pick(event.target);
});
// A menu near the right edge opens to the left: nothing of it is cut off.
const keepInside = (menu) => {
  menu.classList.remove("leftwards");
  const [card, pane] = [menu.querySelector("[data-menu]"), theCase].map((one) => one.getBoundingClientRect());
  menu.classList.toggle("leftwards", card.right > pane.right);
};
// The event of a menu that opens does not rise to the document: it is caught on its way down.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches("details.act")) return;
  if (!menu.open) menu.querySelectorAll("select").forEach((select) => delete select.dataset.picked);
  else {
    keepInside(menu);
    if (!menu.querySelector("[data-menu]").contains(document.activeElement)) enterMenu(menu);
  }
}, true);
