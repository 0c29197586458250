// Drafts save themselves through htmx; this adds what htmx leaves open.
"use strict";

// The names of the files go along, so that the server can say which one did not arrive. Asked of
// the document: a form may come into the page later.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-composed]")) return;
  for (const input of event.target.querySelectorAll("input[type=file]")) {
    for (const file of input.files) event.formData.append("announced", file.name);
  }
});
// An error is read before anything else; the browser jumps there by itself where it can.
document.querySelector("form[data-composed] .alert.error[autofocus]")?.focus();

// A draft that cannot be saved says so: signed out meanwhile, or no connection.
const notSaved = (event) => {
  const status = event.target;
  if (!status.dataset?.notSaved) return;
  if (event.type === "htmx:beforeSwap" && !event.detail.xhr.getResponseHeader("X-Draft")) {
    event.detail.shouldSwap = false;
    status.textContent = status.dataset.notSaved;
  } else if (event.type !== "htmx:beforeSwap") {
    status.textContent = status.dataset.notSaved;
  }
};
["htmx:beforeSwap", "htmx:sendError", "htmx:responseError"].forEach((name) => {
  document.addEventListener(name, notSaved);
});
