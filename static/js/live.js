// Counts and list follow what colleagues do. The open request is never replaced under the eye.
"use strict";

const EVERY = 10_000; // milliseconds
const news = document.querySelector("#news");
let etag = "";
let askedAt = Date.now();

// Colleagues see that somebody is writing, as long as keys are pressed now and then.
const WRITES_FOR = 60_000; // milliseconds
let typedAt = -Infinity;
document.addEventListener("input", (event) => {
  if (event.target.matches("#case textarea")) typedAt = Date.now();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target === theCase) typedAt = -Infinity;
});

const pulseAddress = () => {
  const asked = new URLSearchParams({ view: theDesk.dataset.view });
  const after = new URLSearchParams(window.location.search).get("after");
  if (after) asked.set("after", after);
  const request = openedRequest();
  if (request) {
    asked.set("open", request.dataset.reference);
    asked.set("version", request.dataset.version);
    if (Date.now() - typedAt < WRITES_FOR) asked.set("writes", "yes");
  }
  return `${theDesk.dataset.pulse}?${asked}`;
};

const replaceWhereOther = (old, fresh) => {
  if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
};

// Row by row: one that stays keeps its element, and with it focus and place on the screen.
const mergeRows = (old, fresh) => {
  const known = new Map([...old.children].map((row) => [row.dataset.reference, row]));
  let place = old.firstElementChild;
  for (const row of [...fresh.children]) {
    const mine = known.get(row.dataset.reference);
    known.delete(row.dataset.reference);
    if (!mine) {
      row.querySelector("a").removeAttribute("aria-current");
      row.classList.add("arrived");
      old.insertBefore(row, place);
      htmx.process(row);
      continue;
    }
    mine.classList.remove("left");
    replaceWhereOther(mine.firstElementChild, row.firstElementChild);
    mine.firstElementChild.classList.toggle("unread", row.firstElementChild.matches(".unread"));
    if (mine === place) place = place.nextElementSibling;
    else old.insertBefore(mine, place);
  }
  // The open request keeps its row until another one is opened: the next is the next below it.
  for (const row of known.values()) {
    if (row.querySelector("[aria-current]")) row.classList.add("left");
    else row.remove();
  }
};

const refreshList = (fresh) => {
  const rowsNow = theList.querySelector("ul.items");
  const rowsThen = fresh.querySelector("ul.items");
  if (!rowsNow || (!rowsThen && !currentRow())) {
    theList.replaceChildren(...fresh.childNodes);
    htmx.process(theList);
    return;
  }
  mergeRows(rowsNow, rowsThen ?? document.createElement("ul"));
  replaceWhereOther(theList.querySelector("[data-count]"), fresh.querySelector("[data-count]"));
  const [pagesNow, pagesThen] = [theList, fresh].map((one) => one.querySelector("nav.pages"));
  if (pagesNow && pagesThen) replaceWhereOther(pagesNow, pagesThen);
  else if (pagesThen) theList.append(pagesThen);
  else pagesNow?.remove();
};

const refreshViews = (fresh) => {
  for (const link of document.querySelectorAll("#views [data-view]")) {
    const now = link.querySelector("b");
    const then = fresh.querySelector(`[data-view="${CSS.escape(link.dataset.view)}"] b`);
    if (then && now.outerHTML !== then.outerHTML) now.replaceWith(then);
  }
};

const ask = async () => {
  const address = pulseAddress();
  const headers = etag ? { "If-None-Match": etag } : {};
  askedAt = Date.now();
  const answer = await fetch(address, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
  if (!answer) return true; // No connection: the next time.
  if (answer.type === "opaqueredirect" || answer.status === 404) {
    news.textContent = theDesk.dataset.signedOut;
    return false;
  }
  if (answer.status !== 200) return true;
  const text = await answer.text().catch(() => "");
  const parts = new DOMParser().parseFromString(text, "text/html");
  const part = (name) => parts.querySelector(`[data-part=${name}]`);
  // What came for a request that is not open any more would be news of another one.
  if (address !== pulseAddress() || !part("list")) return true;
  etag = answer.headers.get("ETag");
  refreshViews(part("views"));
  refreshList(part("list"));
  replaceWhereOther(news, part("news"));
  replaceWhereOther(document.querySelector("#present"), part("present"));
  return true;
};

// A fault of this script must not end the questions, and must not stay hidden either.
const askOnce = () => ask().catch((error) => {
  console.error(error);
  return true;
});

// Not all desks at the same moment, and none that nobody looks at.
const askLater = () => setTimeout(askNow, EVERY * (0.8 + 0.4 * Math.random()));
const askNow = async () => {
  const goesOn = document.hidden || (await askOnce());
  if (goesOn) askLater();
};
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - askedAt > EVERY) askOnce();
});
askLater();
