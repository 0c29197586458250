// The list stays where it is while requests open beside it. Without this, each opens as a page.
"use strict";

const theDesk = document.querySelector("#desk");
const theList = document.querySelector("#list");
const theCase = document.querySelector("#case");
const rows = () => [...theList.querySelectorAll("a.item")];
const currentRow = () => theList.querySelector("a.item[aria-current]");
const openedRequest = () => theCase.querySelector("#request");

// For who hears the page; what concerns who sees it as well is shown for a moment.
let fading;
const say = (text, isShown = false) => {
  const said = document.querySelector("#said");
  clearTimeout(fading);
  said.className = isShown ? "toast" : "sr";
  said.textContent = text;
  fading = setTimeout(() => said.classList.replace("toast", "sr"), 4000);
};

const markRow = (row) => {
  rows().forEach((one) => one.removeAttribute("aria-current"));
  row?.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });
  theList.querySelectorAll("li.left").forEach((one) => one.contains(row) || one.remove());
};

const showOpened = () => {
  const request = openedRequest();
  theDesk.classList.add("has-request");
  theCase.parentElement.scrollTop = 0;
  document.querySelector("#news").replaceChildren();
  document.title = `${request.dataset.title} · Smart`;
  request.querySelector("h1").focus();
  // What is open has been read; the next answer of the server says the same.
  currentRow()?.classList.remove("unread");
  currentRow()?.querySelector(".tag.new")?.remove();
  say(request.dataset.title);
};

// Who opens another request sooner than a draft saves itself loses nothing: it is saved first, with
// the files that were chosen.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.target.matches("a.item")) return;
  const before = currentRow();
  const form = theCase.querySelector("form[data-composed]");
  markRow(event.target);
  if (!form || !isUnsaved(form)) return;
  event.preventDefault();
  saveDraft(form, true).then((isSaved) => {
    if (isSaved) return event.detail.issueRequest(true);
    markRow(before);
    say(form.querySelector(".draft-status").textContent, true);
  });
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr, pathInfo } = event.detail;
  if (target !== theCase || xhr.responseText.includes('id="request"')) return;
  event.detail.shouldSwap = false;
  if (xhr.status === 404) say(theDesk.dataset.gone, true);
  // Signed out meanwhile, or something is wrong: the page itself says it.
  else window.location.assign(pathInfo.requestPath);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target === theCase) showOpened();
});

// After an action the page is a new one: the list stands where it stood.
const placeOfList = `list ${theDesk.dataset.view}`;
window.addEventListener("pagehide", () => sessionStorage.setItem(placeOfList, theList.scrollTop));
theList.scrollTop = Number(sessionStorage.getItem(placeOfList));
currentRow()?.scrollIntoView({ block: "nearest" });
if (openedRequest() && document.activeElement === document.body && !window.location.hash) {
  openedRequest().querySelector("h1").focus({ preventScroll: true });
  say([document.querySelector(".page-messages")?.innerText, openedRequest().dataset.title].join(" "));
}
