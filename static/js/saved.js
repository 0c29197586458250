// A slash at the start of a line opens the saved answers. Escape leaves what was typed as text.
"use strict";

let savedBox; // The textarea to which the choice goes.
const savedPart = () => document.querySelector("#case .saved-open");
const savedFilter = () => document.querySelector("#saved-filter");
const savedOptions = () => [...document.querySelectorAll("#saved-list [role=option]")];
const shownOptions = () => savedOptions().filter((one) => !one.hidden);

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const selectOption = (option) => {
  savedOptions().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  option?.scrollIntoView({ block: "nearest" });
  if (option) savedFilter().setAttribute("aria-activedescendant", option.id);
  else savedFilter().removeAttribute("aria-activedescendant");
};

const filterOptions = () => {
  const words = plain(savedFilter().value).split(/\s+/).filter(Boolean);
  savedOptions().forEach((one) => {
    const text = plain(one.textContent);
    one.hidden = !words.every((word) => text.includes(word));
  });
  selectOption(shownOptions()[0]);
  const status = savedPart().querySelector(".saved-panel [role=status]");
  status.textContent = shownOptions().length ? "" : savedPart().dataset.none;
};

const closeSaved = () => {
  const part = savedPart();
  part.querySelector(".saved-panel").hidden = true;
  part.querySelector("[data-saved-button]").setAttribute("aria-expanded", "false");
  savedFilter().setAttribute("aria-expanded", "false");
  savedBox.focus();
};

// What one types into the text takes the way of the keyboard, so that it can be undone there.
const putIntoBox = (text) => {
  savedBox.focus();
  if (!document.execCommand("insertText", false, text)) {
    savedBox.setRangeText(text, savedBox.selectionStart, savedBox.selectionEnd, "end");
    savedBox.dispatchEvent(new Event("input", { bubbles: true }));
  }
};

const openSaved = async (box) => {
  const part = savedPart();
  savedBox = box;
  part.querySelector(".saved-panel").hidden = false;
  part.querySelector("[data-saved-button]").setAttribute("aria-expanded", "true");
  const filter = savedFilter();
  filter.value = "";
  filter.setAttribute("aria-expanded", "true");
  filter.focus();
  if (savedOptions().length) return filterOptions();
  const status = part.querySelector(".saved-panel [role=status]");
  try {
    const answer = await fetch(part.dataset.saved, { redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    document.querySelector("#saved-list").innerHTML = await answer.text();
    filterOptions();
  } catch {
    status.textContent = part.dataset.failed;
  }
};

const insertSaved = (option) => {
  const part = savedPart();
  const note = part.querySelector(".saved-note");
  closeSaved();
  putIntoBox(option.querySelector("[data-text]").textContent);
  note.textContent = option.dataset.fallback ?? "";
  note.hidden = !option.dataset.fallback;
  say(`${part.dataset.inserted} ${option.querySelector("strong").textContent}. ${note.textContent}`);
};

const ON_KEY = {
  Escape: () => {
    const typed = `${savedBox.dataset.slash ?? ""}${savedFilter().value}`;
    closeSaved();
    if (typed) putIntoBox(typed);
  },
  Enter: () => {
    const chosen = savedOptions().find((one) => one.getAttribute("aria-selected") === "true");
    if (chosen && !chosen.hidden) insertSaved(chosen);
  },
};
const stepOption = (by) => {
  const shown = shownOptions();
  const here = shown.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (shown.length) selectOption(shown[(here + by + shown.length) % shown.length]);
};
ON_KEY.ArrowDown = () => stepOption(1);
ON_KEY.ArrowUp = () => stepOption(-1);

// Before the keys of the desk, which leave to it what happens in fields.
document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (target.id === "saved-filter") {
    event.stopPropagation();
    if (!Object.hasOwn(ON_KEY, event.key) || event.isComposing) return;
    event.preventDefault();
    ON_KEY[event.key]();
    return;
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (!target.matches("#case textarea[name=body]") || !savedPart()) return;
  const before = target.value.slice(0, target.selectionStart);
  if (before && !before.endsWith("\n")) return;
  event.preventDefault();
  target.dataset.slash = "/";
  openSaved(target);
}, true);
document.addEventListener("input", (event) => {
  if (event.target.id === "saved-filter") filterOptions();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest("#saved-list [role=option]");
  if (option) return insertSaved(option);
  if (event.target.closest("[data-saved-button]")) {
    const box = theCase.querySelector("textarea[name=body]");
    delete box.dataset.slash;
    return openSaved(box);
  }
  const panel = savedPart()?.querySelector(".saved-panel");
  if (panel && !panel.hidden && !event.target.closest(".saved-panel")) ON_KEY.Escape();
});
