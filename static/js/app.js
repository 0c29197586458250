// What the pages gain with JavaScript; every one of them works without.
"use strict";

// A form is sent once: the second press of an impatient hand is not a second request.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
});
// The menu of the account closes as menus do.
const accountMenu = () => document.querySelector("details.menu[open]");
document.addEventListener("click", (event) => {
  const menu = accountMenu();
  if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  const menu = accountMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary").focus();
});
// Back in the browser's history, the form may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending);
});
