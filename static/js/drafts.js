// What is typed saves itself: a second after the last key, before one leaves, and again where it
// failed. Files go with the form; before one leaves by a link, they are kept first.
// The next page may be asked for before the server has what was sent while one left: this tab
// remembers that much for a minute.
"use strict";

const REST = 1_000; // milliseconds after the last key
const PAUSES = [2_000, 5_000, 15_000, 30_000]; // milliseconds before each next attempt
const REMEMBERED = 60_000; // milliseconds after one has left
const COMING = 10_000; // milliseconds until the next page is there
const SMALL = 60_000; // bytes: so much a browser still sends while its page goes

const known = new WeakMap();
const draftOf = (form) => {
  // `typed` counts what was typed; `sent` and `saved` say how much of it.
  if (!known.has(form)) known.set(form, { typed: 0, sent: 0, saved: 0, failures: 0, keepsFiles: false });
  return known.get(form);
};
const statusOf = (form) => form.querySelector(".draft-status");
const composed = () => [...document.querySelectorAll("form[data-composed]")].filter(statusOf);
const hasText = (form) => draftOf(form).saved < draftOf(form).typed;
const hasFiles = (form) =>
  !draftOf(form).keepsFiles && [...form.elements].some((one) => one.files?.length);
const isUnsaved = (form) => !form.dataset.sending && (hasText(form) || hasFiles(form));

const tell = (form, words) => {
  const status = statusOf(form);
  if (status.textContent !== words) status.textContent = words;
};
const bytesIn = (body) => [...body.values()].reduce((sum, value) => sum + new Blob([value]).size + 200, 0);
const bodyOf = (form, withFiles) => {
  const body = new FormData(form);
  if (!withFiles) ["documents", "announced"].forEach((name) => body.delete(name));
  return body;
};

// By whom and where it was typed: nobody else who signs in here finds it.
const nameOf = (form) => `left ${statusOf(form).dataset.owner} ${statusOf(form).dataset.draft}`;
const forget = (form) => sessionStorage.removeItem(nameOf(form));
const remember = (form) => {
  // What was saved since one began to leave stays remembered: the next page was asked for before.
  if (!isUnsaved(form) || !hasText(form)) return;
  const fields = [...bodyOf(form, false)].filter(([, value]) => typeof value === "string");
  try {
    sessionStorage.setItem(nameOf(form), JSON.stringify({ at: Date.now(), fields }));
  } catch {
    forget(form); // Too long for the browser: what was sent while one left has to do.
  }
};
// Fill in what one typed before one left; whether the form says anything else now.
const fill = (form, fields) => {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  let isOther = false;
  for (const one of form.elements) {
    if (!one.name || ["hidden", "file", "submit", "button"].includes(one.type)) continue;
    const given = values.get(one.name) ?? [];
    const [key, value] = ["radio", "checkbox"].includes(one.type)
      ? ["checked", given.includes(one.value)]
      : ["value", given[0] ?? one.value];
    isOther ||= one[key] !== value;
    one[key] = value;
  }
  return isOther;
};
const recall = (form) => {
  const left = JSON.parse(sessionStorage.getItem(nameOf(form)));
  forget(form);
  if (left && Date.now() - left.at < REMEMBERED && fill(form, left.fields)) isTyped(form);
};

// Whether the server has it; and whether it answered that somebody has to sign in again.
const post = async (form, withFiles) => {
  const body = bodyOf(form, withFiles);
  const how = { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: bytesIn(body) < SMALL };
  try {
    const answer = await fetch(statusOf(form).dataset.draft, how);
    if (answer.headers.get("X-Draft")) return { isSaved: true, words: (await answer.text()).trim() };
    return { isSaved: false, hasEnded: answer.redirected || answer.status === 403 };
  } catch {
    return { isSaved: false, hasEnded: false };
  }
};

const saveLater = (form, pause) => {
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => isUnsaved(form) && form.isConnected && saveDraft(form), pause);
};

// Keep it now. The answer of an older attempt says nothing of what was typed since.
const saveDraft = async (form, withFiles = false) => {
  const draft = draftOf(form);
  const { typed } = draft;
  draft.sent = typed;
  clearTimeout(draft.timer);
  const { isSaved, hasEnded, words } = await post(form, withFiles);
  if (isSaved) {
    draft.saved = Math.max(draft.saved, typed);
    draft.failures = 0;
    draft.keepsFiles ||= withFiles;
    // Not at once: a page that is being left lives on until the next one comes, which may have been
    // asked for before this was saved.
    setTimeout(() => hasText(form) || forget(form), COMING);
    if (!composed().some(isUnsaved)) window.removeEventListener("beforeunload", leave);
    tell(form, words);
    return true;
  }
  if (!withFiles && typed <= draft.saved) return true; // A later attempt was faster.
  draft.sent = draft.saved;
  tell(form, hasEnded ? statusOf(form).dataset.ended : statusOf(form).dataset.notSaved);
  // Signed out: the server holds it until somebody signs in, and the next key brings more.
  draft.hasEnded = hasEnded;
  if (!hasEnded) saveLater(form, PAUSES[Math.min(draft.failures++, PAUSES.length - 1)]);
  return false;
};

const flush = () =>
  composed().forEach((form) => {
    const draft = draftOf(form);
    remember(form);
    if (isUnsaved(form) && draft.sent < draft.typed) saveDraft(form);
  });

// What goes neither now nor while the page goes is asked about.
let saves = false; // A link that saves a file leaves nothing.
const mayBeLost = (form) => {
  const draft = draftOf(form);
  if (!isUnsaved(form) || saves) return false;
  return hasFiles(form) || (!draft.hasEnded && (draft.failures > 0 || bytesIn(bodyOf(form, false)) >= SMALL));
};
const leave = (event) => {
  flush();
  if (composed().some(mayBeLost)) event.preventDefault();
};

// Only now: a page that listens for its end is not kept for the way back by every browser.
const mayLeave = () => window.addEventListener("beforeunload", leave);
const isTyped = (form) => {
  mayLeave();
  forget(form);
  draftOf(form).typed += 1;
  saveLater(form, REST);
};
document.addEventListener("input", (event) => {
  const { form } = event.target;
  if (!form?.matches("[data-composed]") || !statusOf(form)) return;
  if (event.target.type !== "file") return isTyped(form);
  mayLeave();
  draftOf(form).keepsFiles = false;
});
window.addEventListener("pagehide", flush);
document.addEventListener("submit", ({ target: form }) => {
  if (form.matches("[data-composed]") && statusOf(form)) forget(form);
});
document.addEventListener("visibilitychange", () => document.hidden && flush());
window.addEventListener("online", flush);
// A form that comes: with its page, or into it. A page that comes back as it was has all its words.
const recallAll = () => composed().filter((form) => !draftOf(form).typed).forEach(recall);
recallAll();
document.addEventListener("htmx:afterSettle", recallAll);
window.addEventListener("pageshow", (event) => event.persisted && composed().forEach(forget));

// Files do not go while a page goes: the link waits until they are kept.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  saves = Boolean(link?.pathname.startsWith("/documents/"));
  if (!link || saves || event.defaultPrevented || event.button || link.target) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.matches("a.item") || link.origin !== window.location.origin || link.getAttribute("href").startsWith("#")) return;
  const waiting = composed().filter((form) => isUnsaved(form) && hasFiles(form));
  if (!waiting.length) return;
  event.preventDefault();
  Promise.all(waiting.map((form) => saveDraft(form, true))).then((all) => {
    if (all.every(Boolean)) window.location.assign(link.href);
  });
});

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
