// What the desk gains with JavaScript; it works without.
"use strict";

const menus = () => document.querySelectorAll("details.act[open]");

// One menu at a time, and none once the hand or the eye has gone elsewhere.
document.addEventListener("click", (event) => {
  menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menus().forEach((menu) => {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
});

// On a narrow screen the views stand in one line: the open one is shown.
document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
